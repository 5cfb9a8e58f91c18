"""Scan and Sort as a client asks for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from connectors.z3950 import failures
from connectors.z3950.session import Session, expect_sort
from gateway.core.errors import RemoteProtocolError, UnsupportedQueryError
from gateway.core.ports import ScanTerm
from gateway.core.query import SortKey
from gateway.protocols.z3950 import diagnostics, oids
from gateway.protocols.z3950.apdu import DefaultDiagnostic
from gateway.protocols.z3950.querymap import USE, attributes_of, bib1_map
from gateway.protocols.z3950.rpn import Operand
from gateway.protocols.z3950.services import (
    GenericSort,
    ScanRequest,
    ScanResponse,
    SortAttributes,
    SortKeySpec,
    SortRequest,
    TermInfo,
)

_FAILED = 6


async def scan(
    session: Session,
    databases: Sequence[str],
    start: Operand,
    *,
    before: int,
    count: int,
    decode: Callable[[bytes], str],
) -> tuple[ScanTerm, ...]:
    """Terms of an access point around ``start`` (3.2.8). Raises what the target's diagnostic means."""
    request = ScanRequest(start, tuple(databases), attribute_set=oids.BIB1, count=count, position=before + 1)
    answer = await session.request(request, "the scan")
    if not isinstance(answer, ScanResponse):
        raise RemoteProtocolError(f"{session.peer} answered with {type(answer).__name__} where ScanResponse was due")
    entries = (answer.entries.entries if answer.entries else None) or ()
    found = tuple(
        ScanTerm(decode(entry.term) if isinstance(entry.term, bytes) else str(entry.term), entry.occurrences or 0,
                 entry.display or "")
        for entry in entries
        if isinstance(entry, TermInfo)
    )  # fmt: skip
    if not found and answer.status == _FAILED:
        records = (answer.entries.diagnostics if answer.entries else None) or ()
        told = [diagnostic for record in records for diagnostic in diagnostics.flat(record)]
        raise failures.of_diagnostic(told[0] if told else DefaultDiagnostic(1), session.peer, "the scan")
    return found


def sort_keys(keys: Sequence[SortKey], attributes: Mapping[str, str]) -> tuple[SortKeySpec, ...]:
    """The keys by the Use attributes that the target searches them with; relevance is its own order.

    ``UnsupportedQueryError`` for keys that Bib-1 does not name.
    """
    specifications = []
    for key in keys:
        if key.key == "relevance":
            continue
        text = attributes.get(key.key) or bib1_map()[0].get(key.key, "")
        use = tuple(attribute for attribute in attributes_of(text) if attribute.type == USE) if text != "-" else ()
        if not use:
            raise UnsupportedQueryError(f"This library cannot sort by {key.key}", feature=f"sort {key.key}")
        specifications.append(SortKeySpec(GenericSort(SortAttributes(oids.BIB1, use)), relation=int(key.descending)))
    return tuple(specifications)


async def sort(session: Session, keys: tuple[SortKeySpec, ...]) -> None:
    """Put the result set of the last search in order (3.2.7)."""
    answer = expect_sort(await session.request(SortRequest(keys), "the sorting"), session.peer)
    if answer.status:
        told = [diagnostic for record in answer.diagnostics or () for diagnostic in diagnostics.flat(record)]
        raise failures.of_diagnostic(told[0] if told else DefaultDiagnostic(1), session.peer, "the sorting")
