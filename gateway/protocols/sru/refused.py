"""How a request to our SRU server is refused."""

from __future__ import annotations

from gateway.protocols.sru.diagnostics import SRUDiagnostic


class RefusedError(Exception):
    """The request is refused; ``diagnostic`` says why, ``version`` in which dialect to say so."""

    def __init__(self, number: int, details: str, version: str = "1.2") -> None:
        super().__init__(details)
        self.diagnostic = SRUDiagnostic.standard(number, details)
        self.version = version
