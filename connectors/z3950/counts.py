"""What each term found by itself, where a target says so in its Search response (searchResult-1, 3.2.2.1.12)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from gateway.core.target import Diagnostic
from gateway.protocols.z3950 import oids
from gateway.protocols.z3950.apdu import SearchResponse
from gateway.protocols.z3950.ber import BerError
from gateway.protocols.z3950.rpn import External, Operand, RpnQuery
from gateway.protocols.z3950.schema_records import QueryTerm, SearchInfoReport, SubqueryReport

#: Terms that are told; more would hide what matters.
_SHOWN = 12


@dataclass(frozen=True, slots=True)
class TermCount:
    term: str
    count: int


def of_response(response: SearchResponse, decode: Callable[[bytes], str]) -> tuple[TermCount, ...]:
    """The counts of single terms, in the order of their coming; what cannot be read counts as absent."""
    units = [*(response.additional_info or ()), *(response.other_info or ())]
    found = [unit.information for unit in units if isinstance(unit.information, External)]
    return tuple(
        TermCount(term, report.count)
        for external in found
        if external.oid == oids.USER_INFO_SEARCH_RESULT and external.single is not None
        for report in _reports(external.single)
        if report.count is not None and (term := _term(report, decode))
    )


def _reports(encoded: bytes) -> Iterator[SubqueryReport]:
    try:
        yield from SearchInfoReport.decode(encoded)
    except BerError:
        return


def _term(report: SubqueryReport, decode: Callable[[bytes], str]) -> str:
    expression = report.expression
    if isinstance(expression, QueryTerm):
        term: object = expression.term
    elif isinstance(expression, RpnQuery) and isinstance(expression.root, Operand):
        term = expression.root.term
    else:
        return ""
    if isinstance(term, bytes):
        return decode(term).strip()
    return str(term) if isinstance(term, str | int) else ""


def explanation(counts: tuple[TermCount, ...]) -> Diagnostic | None:
    """Why a query of several terms found nothing; None when the counts do not tell."""
    if len(counts) < 2:
        return None
    shown = ", ".join(f"{item.term}: {item.count}" for item in counts[:_SHOWN])
    return Diagnostic("Nothing has all of these words; what each of them finds alone is told", "counts", detail=shown)
