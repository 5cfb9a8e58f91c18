"""Scan and Sort in the words of the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gateway.core.query import SortKey
from gateway.core.serving import BrowsingCatalogue, Catalogue, ScanningCatalogue, ScanTerm
from gateway.frontends.z3950.refusal import Refusal
from gateway.protocols.z3950 import oids
from gateway.protocols.z3950.apdu import DefaultDiagnostic
from gateway.protocols.z3950.querymap import USE, bib1_map
from gateway.protocols.z3950.rpn import Operand
from gateway.protocols.z3950.rpnquery import clause
from gateway.protocols.z3950.services import (
    GenericSort,
    ListEntries,
    ScanRequest,
    ScanResponse,
    SortAttributes,
    SortKeySpec,
    SortRequest,
    TermInfo,
)

#: Terms of one Scan response.
MAX_TERMS = 200
_SORTABLE = {"title": "title", "author": "author", "year": "year", "date": "year", "any": "relevance"}
_MAX_KEYS = 5


async def scan(
    catalogue: Catalogue,
    databases: Sequence[str],
    request: ScanRequest,
    decode: Callable[[bytes], str],
    encode: Callable[[str], bytes],
) -> ScanResponse:
    """``Refusal`` or ``UnsupportedQueryError`` when it cannot be done."""
    if not isinstance(catalogue, ScanningCatalogue):
        raise Refusal(1025, "Scan")
    if request.step_size:
        raise Refusal(205, str(request.step_size))
    if request.attribute_set not in (None, oids.BIB1):
        raise Refusal(121, str(request.attribute_set))
    if not 1 <= request.count <= MAX_TERMS:
        raise Refusal(1029, str(MAX_TERMS))
    position = 1 if request.position is None else request.position
    if not 0 <= position <= request.count + 1:
        raise Refusal(233, str(position))
    start = clause(request.start, decode)
    before = max(position - 1, 0)
    if isinstance(catalogue, BrowsingCatalogue):
        page = await catalogue.browse(databases, start, before=before, count=request.count)
        terms: Sequence[ScanTerm] = page.terms
        position = page.before + (position > 0)
    else:
        terms = await catalogue.scan(databases, start, before=before, count=request.count)
    if not terms:
        return scan_failure(DefaultDiagnostic(241, ""))
    entries = tuple(TermInfo(encode(item.term), occurrences=item.count) for item in terms)
    complete = len(entries) == request.count
    return ScanResponse(
        status=0 if complete else 5, returned=len(entries), position=position, step_size=0, entries=ListEntries(entries)
    )


def scan_failure(diagnostic: DefaultDiagnostic) -> ScanResponse:
    return ScanResponse(status=6, returned=0, entries=ListEntries(diagnostics=(diagnostic,)))


def sort_keys(request: SortRequest) -> tuple[SortKey, ...]:
    """``Refusal`` for keys that no catalogue here can sort by (207, 211)."""
    if len(request.keys) > _MAX_KEYS:
        raise Refusal(211, str(_MAX_KEYS))
    return tuple(_sort_key(key) for key in request.keys)


def _sort_key(key: SortKeySpec) -> SortKey:
    if not isinstance(key.element, GenericSort):
        raise Refusal(210)
    element = key.element.value
    if isinstance(element, str):
        name = element.lower()
    elif isinstance(element, SortAttributes):
        use = Operand(element.attributes, b"").value(USE)
        name = bib1_map()[1].get(use, "") if isinstance(use, int) else ""
    else:
        name = ""
    if name not in _SORTABLE:
        raise Refusal(207, name)
    if key.relation not in (0, 1):
        raise Refusal(214, str(key.relation))
    return SortKey(_SORTABLE[name], descending=key.relation == 1)
