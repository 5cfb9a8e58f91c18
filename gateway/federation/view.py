"""One reader's look at a search: the page, the total and the counts of index and live answers together.

Merging and counting hundreds of union records takes the processor for longer than another reader should wait. It is
done beside the event loop, on a copy of the result set, which goes on growing meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import ParamSpec, TypeVar

from gateway.core.answer import Answer, Scope, SearchRequest
from gateway.core.ports import IndexPage
from gateway.core.record import UnionRecord
from gateway.core.target import Diagnostic, State, TargetStatus
from gateway.federation.asking import Room
from gateway.federation.facets import Counted, add_counts, add_years, count, matching, years
from gateway.federation.indexed import Indexed, is_deep
from gateway.federation.live import LiveSearch
from gateway.federation.ranking import ordered
from gateway.federation.resultset import Partition, ResultSet
from gateway.federation.rows import Row
from gateway.federation.totals import total_of

T = TypeVar("T")
P = ParamSpec("P")

#: So many different descriptions are merged and counted in a few thousandths of a second.
_LITTLE = 60
#: At least, probably and at most so many.
Estimate = tuple[int, int, int]


@dataclass(slots=True, eq=False)
class View:
    """Of one ``request``, with its page, order and filters; ``known`` is the index's part."""

    request: SearchRequest
    started: float  #: loop time
    known: IndexPage
    live: LiveSearch | None
    indexed: Indexed
    room: Room
    similar: IndexPage | None = None  #: what matches nearly, once nothing else was found

    @property
    def filled(self) -> bool:
        """Whether the index alone has a whole page to show."""
        request = self.request
        end = request.page * request.size
        return len(self.known.records) >= (request.size if is_deep(request) else end)

    @property
    def known_page(self) -> Sequence[UnionRecord]:
        """The page as the index has it."""
        request = self.request
        if request.scope is not Scope.ALL or is_deep(request):
            return self.known.records
        return self.known.records[(request.page - 1) * request.size :]

    async def answer(self, *, final: bool) -> Answer:
        """The page as everything that has come so far makes it."""
        request = self.request
        statuses = self._statuses(final=final)
        records, found, estimate = self.known_page, self.known, None
        if self.live is not None and (final or len(self.live.results) or not self.filled):
            stated = [(status.hits or 0, status.returned) for status in statuses]
            async with self.room.drawing.of(self):
                with self.room.foreground.ahead():
                    records, found, estimate = await self._merged(self.live, stated)
        if found.total or request.scope is Scope.LIVE or request.filters:
            return self._answer(records, found, estimate, statuses, final=final)
        if self.similar is None:
            self.similar = await self.indexed.similar(request)
        return self._answer(self.similar.records, self.similar, None, statuses, final=final)

    def _answer(
        self,
        records: Sequence[UnionRecord],
        found: IndexPage,
        estimate: Estimate | None,
        statuses: Sequence[TargetStatus],
        *,
        final: bool,
    ) -> Answer:
        now = asyncio.get_running_loop().time()
        waiting = any(status.state is State.WAITING for status in statuses)
        near = found is self.similar
        return Answer(
            request=self.request,
            total=found.total,
            records=tuple(records),
            facets=dict(found.facets),
            years=found.years,
            cursor=found.cursor,
            targets=tuple(statuses),
            took_ms=round((now - self.started) * 1000, 1),
            complete=final and not waiting,
            total_is_estimate=estimate is not None,
            estimate=estimate,
            age=max(0.0, self.started - self.live.born) if self.live is not None else 0.0,
            approximate=near and found.total > 0,
            suggestion=found.suggestion if near else "",
        )

    async def _merged(
        self, live: LiveSearch, stated: Sequence[tuple[int, int]]
    ) -> tuple[Sequence[UnionRecord], IndexPage, Estimate | None]:
        """``stated``: of each library what it says it has, and what it gave."""
        request = self.request
        deep, partly = is_deep(request), self.known.total > len(self.known.records)
        live_ids = sorted(live.results.record_ids()) if partly and not deep else ()
        stored = await self.indexed.index.known(live_ids) if live_ids else frozenset()
        counted = Counted(request.facets, request.within, self.indexed.regions(request))
        work = _Work(request, self.known, stored, counted, live.results.copy(), stated)
        if deep:
            estimate = await work.done(work.estimate, self.known.total)
            live.results.adopt(work.own)
            return self.known.records, self.known, estimate
        records, found, estimate = await work.done(work.draw)
        live.results.adopt(work.own)
        if request.scope is Scope.ALL and records:
            # Members of the shown unions that only the index knows (a library that is silent today).
            unions = await self.indexed.index.unions_of([member.id for union in records for member in union.members])
            if any(member.id not in work.results for union in unions for member in union.members):
                records = await work.done(work.completed, records, unions)
        return records, found, estimate

    def _statuses(self, *, final: bool) -> list[TargetStatus]:
        if self.live is None:
            return []
        statuses = list(self.live.statuses.values())
        if not final:
            return statuses
        spent = asyncio.get_running_loop().time() - self.started
        return [_out_of_time(status, spent) for status in statuses]


class _Work:
    """What is worked out of one copy of a result set, beside the event loop."""

    def __init__(
        self,
        request: SearchRequest,
        known: IndexPage,
        stored: frozenset[str],
        counted: Counted,
        results: ResultSet,
        stated: Sequence[tuple[int, int]],
    ) -> None:
        """``stored``: which of the records that came are in the index."""
        self._request = request
        self._known = known
        self._stored = stored
        self._counted = counted
        self._stated = stated
        self.results = results
        self.own: Partition = {}  #: of the live records alone

    async def done(self, part: Callable[P, T], *args: P.args, **options: P.kwargs) -> T:
        """A part of the work: at once where it is little, as the first records are, else beside the event loop."""
        if self.results.descriptions + sum(len(union.members) for union in self._known.records) <= _LITTLE:
            return part(*args, **options)
        return await asyncio.to_thread(part, *args, **options)

    def draw(self) -> tuple[Sequence[UnionRecord], IndexPage, Estimate | None]:
        """The page, its total and counts, and the estimate."""
        request, known, counted = self._request, self._known, self._counted
        live_rows = self._live_rows()
        self.results.add(member for union in known.records for member in union.members)
        rows = self.results.rows()
        passing = matching(rows, request.filters, counted.regions)
        place = {m.id: position for position, union in enumerate(known.records) for m in union.members}
        rank = {row.union.id: place[m.id] for row in passing for m in row.union.members if m.id in place}
        listed = ordered(passing, request.query, request.sort, rank)
        if known.total <= len(known.records):  # the whole index answer is at hand: count exactly
            total, facets = len(passing), count(rows, request.filters, counted=counted)
            by_year = years(rows, request.filters, counted.regions) if request.histogram else ()
        else:
            stored = self._stored.union(member.id for union in known.records for member in union.members)
            new = [row for row in rows if not any(member.id in stored for member in row.union.members)]
            total = max(known.total + len(matching(new, request.filters, counted.regions)), len(passing))
            facets = add_counts(known.facets, count(new, request.filters, counted=counted))
            by_year = known.years
            if request.histogram:
                by_year = add_years(by_year, years(new, request.filters, counted.regions))
        begin = (request.page - 1) * request.size
        page = [row.union for row in listed[begin : begin + request.size]]
        return page, IndexPage(total, (), facets, years=by_year), self._estimate(total, live_rows)

    def completed(self, page: Sequence[UnionRecord], stored: Sequence[UnionRecord]) -> list[UnionRecord]:
        """The page with what the index has stored of its unions merged in."""
        self.results.add(member for union in stored for member in union.members)
        by_member = {member.id: union for union in self.results.unions() for member in union.members}
        return list({by_member[u.members[0].id].id: by_member[u.members[0].id] for u in page}.values())

    def estimate(self, total: int) -> Estimate | None:
        """Of a page where live answers are not merged."""
        return self._estimate(total, self._live_rows())

    def _live_rows(self) -> list[Row]:
        rows = self.results.rows()
        self.own = self.results.partition()
        return rows

    def _estimate(self, total: int, rows: Sequence[Row]) -> Estimate | None:
        """None when all that the libraries have was fetched."""
        if not any(has > got for has, got in self._stated):
            return None
        found = total_of((len(row.union.members) for row in rows), self._stated)
        if self._request.filters:  # of what is still to come, probably as large a share passes them
            passing = matching(rows, self._request.filters, self._counted.regions)
            share = len(passing) / len(rows) if rows else 0.0
            more = round((found.estimate - len(rows)) * share)
            return total, total + more, total + found.high - len(rows)
        high = max(found.high, total + found.high - len(rows))
        return max(total, found.low), max(total, found.estimate), high


def _out_of_time(status: TargetStatus, seconds: float) -> TargetStatus:
    """A target that is still waited for when the searcher's deadline is reached."""
    if status.state is not State.WAITING:
        return status
    if status.returned:
        words = f"{status.returned} record(s) came, the rest did not within the {seconds:.1f} s that this search had"
        return replace(status, state=State.PARTIAL, diagnostic=Diagnostic(words, "timeout"))
    words = f"No answer within the {seconds:.1f} s that this search had"
    return replace(status, state=State.TIMEOUT, ms=round(seconds * 1000, 1), diagnostic=Diagnostic(words, "timeout"))
