"""How a request ends that cannot be carried out."""

from __future__ import annotations

from gateway.protocols.z3950.apdu import DefaultDiagnostic


class Refusal(Exception):  # noqa: N818 - it is an answer, not an error
    """The request is answered with this Bib-1 diagnostic."""

    def __init__(self, condition: int, addinfo: str = "") -> None:
        super().__init__(condition, addinfo)
        self.diagnostic = DefaultDiagnostic(condition, addinfo)
