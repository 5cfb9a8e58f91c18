"""The main job: one request, the shared index at once, the live libraries merged in, by a deadline."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, replace

from gateway.core.answer import Answer, Scope, SearchRequest
from gateway.core.errors import RetriableError, UnsupportedQueryError, WenyuanError
from gateway.core.ports import CompletingIndex, Completion, Index, IndexPage, IndexSearch, SimilarIndex
from gateway.core.query import Query
from gateway.core.record import UnionRecord
from gateway.core.target import Diagnostic, State, TargetStatus
from gateway.federation.asking import Room, Turns
from gateway.federation.decided import Decided
from gateway.federation.facets import Counted, add_counts, add_years, count, matching, years
from gateway.federation.keeper import Keeper
from gateway.federation.live import LiveSearch, LiveSearches
from gateway.federation.members import Members
from gateway.federation.planner import for_index
from gateway.federation.ranking import ordered
from gateway.federation.regions import Regions, regions
from gateway.federation.resultset import ResultSet
from gateway.federation.totals import total_of
from gateway.settings import GatewaySettings

log = logging.getLogger(__name__)

#: Deeper than this the order is the index's alone: what was seen live is in it by then.
MERGE_DEPTH = 500
#: Seconds of the deadline that are kept for drawing the answer up.
RESERVE = 0.05
#: Drawing up answers as they stand takes at most one part in so many of the time, that of all searches together.
SPARING = 10


class Federation:
    """Made once by the application; ``search`` and ``stream`` serve every front door."""

    def __init__(self, *, index: Index, members: Members, keeper: Keeper, settings: GatewaySettings) -> None:
        self.index = index
        self.members = members
        self.keeper = keeper
        self._settings = settings
        self._decided = Decided(index)
        self._room = Room(settings.concurrency)
        self.searches = LiveSearches(seconds=settings.cache_seconds, records=settings.cache_records)
        self.active = 0
        self._drawing = 0.0  #: seconds that drawing up an answer took lately
        self.quiet = asyncio.Event()  #: set while no search is under way
        self.quiet.set()
        keeper.make_way_for(self.quiet)

    async def search(self, request: SearchRequest, *, linger: float = 0.0) -> Answer:
        """The answer when all libraries have answered or the deadline is reached, whichever comes first.

        With ``linger`` (seconds) libraries still asked at the deadline are left to go on for that long, and are told
        as ``waiting``: for a page whose script asks again. Such a page is shown as soon as the index can fill it.
        """
        async with contextlib.aclosing(self._steps(request, linger, every=None)) as steps:
            return [answer async for answer in steps][-1]

    def stream(self, request: SearchRequest, *, every: float = 0.2) -> AsyncGenerator[Answer, None]:
        """The answer as it stands: at once from the index, then whenever a library answered, at most once per
        ``every`` seconds, and at the end (``complete`` or at the deadline)."""
        return self._steps(request, 0.0, every=every)

    async def _steps(self, request: SearchRequest, linger: float, every: float | None) -> AsyncGenerator[Answer, None]:
        loop = asyncio.get_running_loop()
        started = loop.time()
        until = started + request.deadline - self._reserve(request.deadline)
        chosen = self.members.choose(request.targets)
        if self.active >= self._settings.max_searches:
            raise BusyError("Too many searches are under way; try again in a few seconds")
        self.active += 1
        self.quiet.clear()
        live: LiveSearch | None = None
        try:
            if request.scope is not Scope.INDEX and chosen:
                limit = min(max(self._settings.fetch, request.page * request.size), 1000)
                key = (request.query.root, tuple(member.target.id for member in chosen))
                decided = await self._decided.now()

                def make() -> LiveSearch:
                    return LiveSearch(
                        self.members,
                        chosen,
                        request.query,
                        limit=limit,
                        turns=Turns(self._room),
                        slow_after=self._settings.slow_after,
                        keep=self.keeper.keep,
                        decided=decided,
                    )

                live = self.searches.join(key, limit, make)
            known = await self._ask_index(request) if request.scope is not Scope.LIVE else _NOTHING
            view = _View(request, started, known, live, self)
            if live is None:
                yield await view.answer(final=True)
                return
            if every is not None:
                async for answer in self._snapshots(view, live, until, every):
                    yield answer
                    if answer.complete:
                        return
            if linger > 0 and view.filled:
                until = min(until, started + self._settings.page_patience)
            await live.wait_complete(until)
            yield await view.answer(final=live.complete or linger <= 0)
        finally:
            self.active -= 1
            if not self.active:
                self.quiet.set()
            if live is not None:
                self.searches.leave(live, linger)

    def _reserve(self, deadline: float) -> float:
        """Seconds of the deadline that are kept for drawing the answer up."""
        return min(max(RESERVE, 1.5 * self._drawing), deadline / 4) if deadline > 1 else min(RESERVE, deadline / 20)

    def drew(self, seconds: float) -> None:
        """Tell how long an answer took to draw up."""
        self._drawing = max(seconds, 0.7 * self._drawing)

    async def _snapshots(
        self, view: _View, live: LiveSearch, until: float, every: float
    ) -> AsyncGenerator[Answer, None]:
        """The answer at once, at the first records, and then as often as it is worth: drawing it costs time, too."""
        loop = asyncio.get_running_loop()
        next_due = 0.0
        version = -1
        while loop.time() < until:
            finished = live.complete
            if finished or live.version > version:
                version, began = live.version, loop.time()
                yield await view.answer(final=finished)
                if finished:
                    return
                if len(live.results):
                    next_due = began + max(every, SPARING * self.active * (loop.time() - began))
            await live.wait(version, until)
            await live.wait_complete(min(next_due, until))

    async def _ask_index(self, request: SearchRequest) -> IndexPage:
        """The index's part. What it cannot do, or not now, is no error as long as live libraries are asked, too."""
        query = for_index(request.query, (member.target for member in self.members))
        if query is None:
            return _NOTHING
        end = request.page * request.size
        merged = request.scope is Scope.ALL and end <= MERGE_DEPTH
        asked = replace(
            self._counting(request, query),
            start=0 if merged else end - request.size,
            size=end if merged else request.size,
            cursor=request.cursor,
        )
        try:
            return await self.index.search(asked)
        except (UnsupportedQueryError, RetriableError) as error:
            if request.scope is Scope.INDEX:
                raise
            log.info("the index did not answer: %s", error)
            return _NOTHING

    def regions(self, request: SearchRequest) -> Regions:
        """The regions that a request filters by or counts; none when it does neither."""
        chosen = [value for facet, value in (*request.filters, *request.within) if facet == "region"]
        if not chosen and "region" not in request.facets:
            return ()
        return regions((member.target for member in self.members), chosen)

    def _counting(self, request: SearchRequest, query: Query) -> IndexSearch:
        """All that a request asks of the index but its page."""
        return IndexSearch(
            query,
            request.filters,
            request.sort,
            facets=request.facets,
            within=request.within,
            regions=self.regions(request),
            histogram=request.histogram,
        )

    async def alike(self, union: UnionRecord, size: int) -> tuple[UnionRecord, ...]:
        """What else a reader of this record may want; nothing when the index cannot say."""
        if not isinstance(self.index, SimilarIndex):
            return ()
        try:
            return await self.index.similar(union, size=size)
        except RetriableError as error:
            log.info("the index did not answer: %s", error)
            return ()

    async def similar(self, request: SearchRequest) -> IndexPage:
        """What the index has that matches the request nearly; nothing when it has what matches exactly."""
        query = for_index(request.query, (member.target for member in self.members))
        if query is None:
            return _NOTHING
        start = (request.page - 1) * request.size
        asked = replace(
            self._counting(request, query), start=start, size=request.size, cursor=request.cursor, forgiving=True
        )
        try:
            found = await self.index.search(asked)
        except (UnsupportedQueryError, RetriableError) as error:
            log.info("the index did not answer: %s", error)
            return _NOTHING
        return found if found.approximate else _NOTHING

    async def complete(self, beginning: str, size: int) -> tuple[Completion, ...]:
        """What a reader may be about to type; nothing when the index cannot say."""
        return await self.index.complete(beginning, size=size) if isinstance(self.index, CompletingIndex) else ()

    async def close(self) -> None:
        await self.searches.close()
        await self.keeper.close()
        await self.members.close()


class BusyError(WenyuanError):
    """More searches at once than the operator allows."""

    kind = "busy"


_NOTHING = IndexPage(0, ())


@dataclass(slots=True)
class _View:
    """One reader's look at a live search, with this reader's page, order and filters."""

    request: SearchRequest
    started: float
    known: IndexPage
    live: LiveSearch | None
    federation: Federation
    similar: IndexPage | None = None  #: what matches nearly, once nothing else was found

    @property
    def filled(self) -> bool:
        """Whether the index alone has a whole page to show."""
        request = self.request
        merged = request.page * request.size <= MERGE_DEPTH
        return len(self.known.records) >= (request.page * request.size if merged else request.size)

    async def answer(self, *, final: bool) -> Answer:
        request = self.request
        loop = asyncio.get_running_loop()
        began = loop.time()
        statuses = self._statuses(final, began)
        deep = request.scope is Scope.ALL and request.page * request.size > MERGE_DEPTH
        if self.live is None or deep:
            records, found = list(self.known.records), self.known
        else:
            records, found = await self._merged(self.live)
        total = found.total
        approximate = not total and request.scope is not Scope.LIVE and not request.filters
        if approximate:
            if self.similar is None:
                self.similar = await self.federation.similar(request)
            records, found = list(self.similar.records), self.similar
            total = found.total
        self.federation.keeper.show(records)
        waiting = any(status.state is State.WAITING for status in statuses)
        self.federation.drew(loop.time() - began)
        estimate = None if approximate else self._estimate(total, statuses)
        return Answer(
            request=request,
            total=total,
            records=tuple(records),
            facets=dict(found.facets),
            years=found.years,
            cursor=found.cursor,
            targets=tuple(statuses),
            took_ms=round((loop.time() - self.started) * 1000, 1),
            complete=final and not waiting,
            total_is_estimate=estimate is not None,
            estimate=estimate,
            age=max(0.0, self.started - self.live.born) if self.live is not None else 0.0,
            approximate=approximate and total > 0,
            suggestion=self.similar.suggestion if approximate and self.similar else "",
        )

    def _estimate(self, total: int, statuses: Sequence[TargetStatus]) -> tuple[int, int, int] | None:
        """At least, probably and at most so many; None when all that the libraries have was fetched."""
        stated = [(status.hits or 0, status.returned) for status in statuses]
        if self.live is None or not any(has > got for has, got in stated):
            return None
        rows = self.live.results.rows()
        found = total_of((len(row.union.members) for row in rows), stated)
        if self.request.filters:  # of what is still to come, probably as large a share passes them
            passing = matching(rows, self.request.filters, self.federation.regions(self.request))
            share = len(passing) / len(rows) if rows else 0.0
            more = round((found.estimate - len(rows)) * share)
            return total, total + more, total + found.high - len(rows)
        high = max(found.high, total + found.high - len(rows))
        return max(total, found.low), max(total, found.estimate), high

    async def _merged(self, live: LiveSearch) -> tuple[list[UnionRecord], IndexPage]:
        """The page, and the total and the counts of index and live answers together."""
        request = self.request
        counted = Counted(request.facets, request.within, self.federation.regions(request))
        live_ids = sorted(live.results.record_ids())
        partly = self.known.total > len(self.known.records)
        known_ids = await self.federation.index.known(live_ids) if partly else frozenset()
        everything = live.results.with_more(member for union in self.known.records for member in union.members)
        rows = everything.rows()
        passing = matching(rows, request.filters, counted.regions)
        place = {m.id: position for position, union in enumerate(self.known.records) for m in union.members}
        rank = {row.union.id: place[m.id] for row in passing for m in row.union.members if m.id in place}
        listed = ordered(passing, request.query, request.sort, rank)
        if not partly:  # the whole index answer is at hand: count exactly
            total, facets = len(passing), count(rows, request.filters, counted=counted)
            by_year = years(rows, request.filters, counted.regions) if request.histogram else ()
        else:
            stored = known_ids.union(member.id for union in self.known.records for member in union.members)
            new = [row for row in rows if not any(member.id in stored for member in row.union.members)]
            total = max(self.known.total + len(matching(new, request.filters, counted.regions)), len(passing))
            facets = add_counts(self.known.facets, count(new, request.filters, counted=counted))
            by_year = self.known.years
            if request.histogram:
                by_year = add_years(by_year, years(new, request.filters, counted.regions))
        begin = (request.page - 1) * request.size
        page = [row.union for row in listed[begin : begin + request.size]]
        return await self._complete(page, everything), IndexPage(total, (), facets, years=by_year)

    async def _complete(self, page: Sequence[UnionRecord], results: ResultSet) -> list[UnionRecord]:
        """Add to the shown unions the members that only the index knows (a library that is silent today)."""
        if self.request.scope is not Scope.ALL or not page:
            return list(page)
        ids = [member.id for union in page for member in union.members]
        missing = [
            member
            for union in await self.federation.index.unions_of(ids)
            for member in union.members
            if member.id not in results
        ]
        if not missing:
            return list(page)
        fuller = results.with_more(missing)
        by_member = {member.id: union for union in fuller.unions() for member in union.members}
        return list({by_member[u.members[0].id].id: by_member[u.members[0].id] for u in page}.values())

    def _statuses(self, final: bool, now: float) -> list[TargetStatus]:
        if self.live is None:
            return []
        statuses = list(self.live.statuses.values())
        if not final:
            return statuses
        return [_out_of_time(status, now - self.started) for status in statuses]


def _out_of_time(status: TargetStatus, seconds: float) -> TargetStatus:
    """A target that is still waited for when the searcher's deadline is reached."""
    if status.state is not State.WAITING:
        return status
    if status.returned:
        words = f"{status.returned} record(s) came, the rest did not within the {seconds:.1f} s that this search had"
        return replace(status, state=State.PARTIAL, diagnostic=Diagnostic(words, "timeout"))
    words = f"No answer within the {seconds:.1f} s that this search had"
    return replace(status, state=State.TIMEOUT, ms=round(seconds * 1000, 1), diagnostic=Diagnostic(words, "timeout"))
