"""The main job: one request, the shared index at once, the live libraries merged in, by a deadline."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, AsyncIterator

from gateway.core.answer import Answer, Scope, SearchRequest
from gateway.core.errors import WenyuanError
from gateway.core.ports import Index
from gateway.federation.asking import Room, Turns
from gateway.federation.decided import Decided
from gateway.federation.indexed import NOTHING, Indexed
from gateway.federation.keeper import Keeper
from gateway.federation.live import LiveSearch, LiveSearches
from gateway.federation.members import Members
from gateway.federation.view import View
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
        self.indexed = Indexed(index, members)
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

    async def search(self, request: SearchRequest) -> Answer:
        """The answer when all libraries have answered or the deadline is reached, whichever comes first."""
        async with contextlib.aclosing(self._steps(request, 0.0, every=None)) as steps:
            return await anext(steps)

    @contextlib.asynccontextmanager
    async def screen(self, request: SearchRequest, linger: float) -> AsyncIterator[Answer]:
        """The answer for a page whose script asks again; it is drawn in the block, and others give way until then.

        It is there at once where the index can fill the page, soon where it has something for it, at the deadline at
        the latest. Libraries still asked then are told as ``waiting`` and go on for ``linger`` seconds.
        """
        async with contextlib.aclosing(self._steps(request, linger, every=None)) as steps:
            yield await anext(steps)

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
        foreground, screen = self._room.foreground, object()
        try:
            if request.scope is not Scope.LIVE and (linger > 0 or every is not None):
                foreground.enter(screen)
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
            known = await self.indexed.page(request) if request.scope is not Scope.LIVE else NOTHING
            view = View(request, started, known, live, self.indexed, self._room)
            if not view.filled:
                foreground.leave(screen)
            if live is None:
                yield await self._draw(view, final=True)
                return
            if every is not None:
                async for answer in self._snapshots(view, live, until, every):
                    yield answer
                    foreground.leave(screen)
                    if answer.complete:
                        return
            if linger > 0 and known.records:
                until = min(until, started + (0.0 if view.filled else self._settings.page_patience))
            if loop.time() < until:
                foreground.leave(screen)
                await live.wait_complete(until)
            foreground.enter(screen)
            yield await self._draw(view, final=live.complete or linger <= 0)
        finally:
            foreground.leave(screen)
            self.active -= 1
            if not self.active:
                self.quiet.set()
            if live is not None:
                self.searches.leave(live, linger)

    def _reserve(self, deadline: float) -> float:
        """Seconds of the deadline that are kept for drawing the answer up."""
        return min(max(RESERVE, 1.5 * self._drawing), deadline / 4) if deadline > 1 else min(RESERVE, deadline / 20)

    async def _draw(self, view: View, *, final: bool) -> Answer:
        loop = asyncio.get_running_loop()
        began = loop.time()
        answer = await view.answer(final=final)
        self._drawing = max(loop.time() - began, 0.7 * self._drawing)
        return self._show(answer)

    def _show(self, answer: Answer) -> Answer:
        self.keeper.show(answer.records)
        return answer

    async def _snapshots(
        self, view: View, live: LiveSearch, until: float, every: float
    ) -> AsyncGenerator[Answer, None]:
        """The answer at once, at the first records, and then as often as it is worth: drawing it costs time, too."""
        loop = asyncio.get_running_loop()
        next_due = 0.0
        version = -1
        while loop.time() < until:
            finished = live.complete
            if finished or live.version > version:
                version, began = live.version, loop.time()
                yield await self._draw(view, final=finished)
                if finished:
                    return
                if len(live.results):
                    next_due = began + max(every, SPARING * self.active * (loop.time() - began))
            await live.wait(version, until)
            await live.wait_complete(min(next_due, until))

    async def close(self) -> None:
        await self.searches.close()
        await self.keeper.close()
        await self.members.close()


class BusyError(WenyuanError):
    """More searches at once than the operator allows."""

    kind = "busy"
