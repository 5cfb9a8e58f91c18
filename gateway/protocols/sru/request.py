"""Requests of the SRU client: parameters of 1.1, 1.2 and 2.0 in the order in which people read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import quote, urlencode

VERSIONS = ("1.1", "1.2", "2.0")


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """``start`` is 1-based. ``packing`` is xml or string; empty values are left to the server's default."""

    query: str
    version: str = "1.2"
    start: int = 1
    maximum: int = 10
    schema: str = ""
    packing: str = "xml"
    query_type: str = "cql"
    extra: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


def search_parameters(request: SearchRequest) -> list[tuple[str, str]]:
    """Name and value pairs, not yet encoded. 2.0 has no ``operation`` and renames ``recordPacking``."""
    if request.version == "2.0":
        found = [("version", "2.0"), ("queryType", request.query_type), ("query", request.query)]
    else:
        found = [("operation", "searchRetrieve"), ("version", request.version), ("query", request.query)]
    found += [("startRecord", str(request.start)), ("maximumRecords", str(request.maximum))]
    if request.schema:
        found.append(("recordSchema", request.schema))
    if request.packing:
        found.append(("recordXMLEscaping" if request.version == "2.0" else "recordPacking", request.packing))
    found += request.extra.items()
    return found


def explain_parameters(version: str = "1.2") -> list[tuple[str, str]]:
    """In 2.0 a request without any query is an explain request."""
    return [] if version == "2.0" else [("operation", "explain"), ("version", version)]


def encode(parameters: list[tuple[str, str]], charset: str = "utf-8") -> str:
    """A query string; blanks as ``%20``, since not every server reads ``+``.

    The standard knows UTF-8 only; ``charset`` is for servers that do not. Raises ``UnicodeEncodeError``.
    """
    return urlencode(parameters, quote_via=quote, encoding=charset, errors="strict")
