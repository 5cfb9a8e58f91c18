"""Requests for tests of Z39.50."""

from __future__ import annotations

from gateway.protocols import pqf
from gateway.protocols.z3950.apdu import SearchRequest


def search(text: str, **more: object) -> SearchRequest:
    """A Search request of a query in PQF; ``charset`` is of its terms, all else are fields of the request."""
    charset = str(more.pop("charset", "utf-8"))
    more.setdefault("databases", ("shelf",))
    return SearchRequest(query=pqf.parse(text, lambda term: term.encode(charset)), **more)  # type: ignore[arg-type]
