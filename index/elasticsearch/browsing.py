"""Browse lists out of a node: terms in order with the number of unions that have each.

A union's heading is one value, its folded term and what a cataloguer wrote, so that one composite aggregation gives
terms, counts and texts in the order of the terms.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from gateway.core.ports import IndexScan, ScanPage, ScanTerm
from index.request import scan_start

#: Between the term and what was written; less than any character of a folded term, and no folded term holds it.
BETWEEN = "\x1f"
_PAGE = 1_000

Ask = Callable[[dict[str, Any]], Awaitable[Any]]


def field(access_point: str) -> str:
    return f"heading_{access_point}"


def headings(found: Mapping[str, Mapping[str, str]]) -> dict[str, list[str]]:
    """``Document.headings`` as the fields of a union's document."""
    return {
        field(name): [f"{term}{BETWEEN}{written}" for term, written in terms.items()]
        for name, terms in found.items()
        if terms
    }


async def scan(ask: Ask, asked: IndexScan) -> ScanPage:
    """See ``gateway.core.ports.ScanningIndex``; ``ask`` sends a search for unions."""
    start = scan_start(asked)
    if asked.sources is not None and not asked.sources:
        return ScanPage((), 0, first=True, last=True)
    wanted = min(asked.before, asked.count)
    earlier = await _terms(ask, asked, start, wanted + 1, "desc") if start else []
    before = earlier[:wanted][::-1]
    room = asked.count - len(before)
    later = await _terms(ask, asked, start, room + 1, "asc")
    return ScanPage(tuple(before + later[:room]), len(before), first=len(earlier) <= wanted, last=len(later) <= room)


async def _terms(ask: Ask, asked: IndexScan, start: str, wanted: int, order: str) -> list[ScanTerm]:
    """The next ``wanted`` terms on one side of ``start``; the term itself lies on the side of ``asc``."""
    found: dict[str, tuple[int, str]] = {}
    after = start
    while True:
        size = min(_PAGE, wanted + 20)
        answer = await ask(_request(asked, after, size, order))
        buckets = answer["aggregations"]["list"]["buckets"]
        for bucket in buckets:
            after = str(bucket["key"]["heading"])
            term, _, written = after.partition(BETWEEN)
            count, shown = found.get(term, (0, ""))
            found[term] = (count + int(bucket["doc_count"]), max(shown, written))
        if len(buckets) < size or len(found) > wanted:  # the last term's other spellings may still be to come
            break
    return [ScanTerm(term, count, shown) for term, (count, shown) in list(found.items())[:wanted]]


def _request(asked: IndexScan, after: str, size: int, order: str) -> dict[str, Any]:
    source = {"heading": {"terms": {"field": field(asked.index), "order": order}}}
    listed = {"composite": {"size": size, "sources": [source], "after": {"heading": after}}}
    body: dict[str, Any] = {"size": 0, "track_total_hits": False, "aggs": {"list": listed}}
    if asked.sources:
        body["query"] = {"bool": {"filter": [{"terms": {"sources": list(asked.sources)}}]}}
    return body
