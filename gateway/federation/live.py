"""A live search: its targets are asked once, however many readers wait for it.

Readers join and leave. Identical searches in flight share one; a finished one serves further pages and repeats until it
is too old. When the last reader leaves, everything that is still under way is cancelled and its sockets are freed.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextvars import copy_context
from dataclasses import replace

from gateway.core.asker import ASKER
from gateway.core.query import Node, Query
from gateway.core.record import Record
from gateway.core.target import State, TargetStatus
from gateway.federation.asking import Asking, Turns
from gateway.federation.members import Member, Members
from gateway.federation.resultset import ResultSet
from gateway.records.constraints import FREE, Constraints

Key = tuple[Node, tuple[str, ...]]

#: Seconds from a new search to the look at which old ones are dropped: thousands of records let go of at once take as
#: long as a page, and right now the reader of the new one waits.
_SWEEP = 1.0
#: A target in one of these states is asked again when a finished search is used again.
_FAILED = frozenset({State.TIMEOUT, State.ERROR, State.PARTIAL, State.SUSPENDED})


class _Link:
    """From a question to its search, until it is answered.

    The frames of a question that failed are often kept for long by the traceback of its error, in a cycle; they shall
    not keep thousands of records with them.
    """

    def __init__(self, search: LiveSearch) -> None:
        self.search: LiveSearch | None = search

    def deliver(self, member: Member, records: list[Record], status: TargetStatus) -> None:
        if self.search is not None:
            self.search.deliver(member, records, status)


class LiveSearch:
    """Side-by-side questions to ``chosen`` and the result set that grows from their answers."""

    def __init__(
        self,
        members: Members,
        chosen: Sequence[Member],
        query: Query,
        *,
        limit: int,
        turns: Turns,
        slow_after: float,
        keep: Callable[[Sequence[Record]], None],
        decided: Constraints = FREE,
    ) -> None:
        self.results = ResultSet(decided)
        self.statuses = {
            member.target.id: TargetStatus(member.target.id, member.target.label(), State.WAITING) for member in chosen
        }
        self.born = asyncio.get_running_loop().time()
        self.version = 0
        self.readers = 0
        self.lingering: asyncio.TimerHandle | None = None
        self._members = members
        self._chosen = {member.target.id: member for member in chosen}
        self._query = query
        self._limit = limit
        self._turns = turns
        self._slow_after = slow_after
        self._keep = keep
        self._unkept: list[Record] = []
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._changed = asyncio.Event()
        self._beginning: asyncio.Task[None] | None = asyncio.create_task(self._begin(), name="begin to ask")

    @property
    def complete(self) -> bool:
        return self._beginning is None and not self._tasks

    @property
    def idle(self) -> bool:
        """Whether nothing is under way and nobody reads it."""
        return self.complete and not self.readers

    async def _begin(self) -> None:
        """Ask them all, when nothing goes before: to begin with a hundred libraries takes as long as a page."""
        try:
            await self._turns.to_begin()
            for member in self._chosen.values():
                self._ask(member, start=1, limit=self._limit_of(member))
        finally:
            self._beginning = None
            self._notify()

    def _limit_of(self, member: Member) -> int:
        return min(self._limit, member.target.max_records)

    def _ask(self, member: Member, *, start: int, limit: int) -> None:
        identifier = member.target.id
        before = self.statuses.get(identifier) if start > 1 else None
        asking = Asking(self._members, member, self._query, start=start, limit=limit, before=before)
        self.statuses[identifier] = asking.status
        link = _Link(self)
        run = asking.run(link.deliver, self._turns, self._slow_after)
        context = copy_context()
        context.run(ASKER.set, id(self))
        task = asyncio.create_task(run, name=f"ask {identifier}", context=context)
        self._tasks[identifier] = task
        task.add_done_callback(lambda _: self._done(identifier, task, link))

    def deliver(self, member: Member, records: list[Record], status: TargetStatus) -> None:
        self.statuses[member.target.id] = status
        if records:
            self.results.add(records)
            self._unkept.extend(records)
        self._notify()

    def _done(self, identifier: str, task: asyncio.Task[None], link: _Link) -> None:
        link.search = None
        if task.cancelled():
            with contextlib.suppress(asyncio.CancelledError):
                task.result()  # the task lets go of its error, whose frames refer to the task
        if self._tasks.get(identifier) is task:
            del self._tasks[identifier]
        if self.complete:
            self._hand_over()
        self._notify()

    def _notify(self) -> None:
        self.version += 1
        self._changed.set()

    def _hand_over(self) -> None:
        """Give what was seen to the keeper; only now, so that writing never slows the answer."""
        if self._unkept:
            self._keep(self._unkept)
            self._unkept = []

    async def wait(self, version: int, until: float) -> bool:
        """Wait for something newer than ``version`` or for loop time ``until``; whether there is something newer."""
        while self.version <= version:
            self._changed.clear()
            try:
                async with asyncio.timeout_at(until):
                    await self._changed.wait()
            except TimeoutError:
                return False
        return True

    async def wait_complete(self, until: float) -> bool:
        """Wait until every target has answered or for loop time ``until``; whether every one has."""
        while not self.complete:
            if not await self.wait(self.version, until):
                return self.complete
        return True

    def want(self, limit: int) -> None:
        """Fetch on from targets that have more than was fetched, until each gave ``limit`` records or its own most."""
        self._limit = max(self._limit, limit)
        for identifier, member in self._chosen.items():
            status = self.statuses[identifier]
            most = self._limit_of(member)
            if identifier in self._tasks or status.state is not State.OK:
                continue
            if status.returned < min(most, status.hits or 0):
                self._ask(member, start=status.returned + 1, limit=most - status.returned)

    def retry_failed(self) -> None:
        for identifier, member in self._chosen.items():
            if identifier not in self._tasks and self.statuses[identifier].state in _FAILED:
                self._ask(member, start=1, limit=self._limit_of(member))

    def cancel(self) -> None:
        """Free everything at once; what had come stays."""
        if self._beginning is not None:
            self._beginning.cancel()
            self._beginning = None
        for task in self._tasks.values():
            task.cancel()
        for identifier, status in self.statuses.items():
            if status.state is State.WAITING:
                state = State.PARTIAL if status.returned else State.TIMEOUT
                self.statuses[identifier] = replace(status, state=state)
        self._hand_over()

    async def closed(self) -> None:
        """Wait until cancelled questions have let go of their sockets."""
        tasks = list(self._tasks.values())
        if tasks:
            await asyncio.wait(tasks, timeout=1.0)


class LiveSearches:
    """The live searches under way and the finished ones still fresh enough to serve again."""

    def __init__(self, *, seconds: float = 60.0, records: int = 30_000) -> None:
        """Finished ones are kept for ``seconds``, as long as all together have not more than ``records``."""
        self._searches: OrderedDict[Key, LiveSearch] = OrderedDict()
        self._seconds = seconds
        self._records = records
        self._sweeping: asyncio.TimerHandle | None = None
        self.shared = 0  #: times that a reader found his search made already

    def __len__(self) -> int:
        return len(self._searches)

    def join(self, key: Key, limit: int, make: Callable[[], LiveSearch]) -> LiveSearch:
        loop = asyncio.get_running_loop()
        if self._sweeping is None:
            self._sweeping = loop.call_later(_SWEEP, self._sweep)
        search = self._searches.get(key)
        if search is None or (search.idle and self._too_old(search, loop.time())):
            search = self._searches[key] = make()
        else:
            self.shared += 1
            if search.complete:
                search.retry_failed()
            search.want(limit)
        self._searches.move_to_end(key)
        search.readers += 1
        if search.lingering is not None:
            search.lingering.cancel()
            search.lingering = None
        return search

    def leave(self, search: LiveSearch, linger: float = 0.0) -> None:
        """A reader goes. ``linger`` seconds are left to what is under way, for a reader who is coming back."""
        search.readers -= 1
        if search.idle:
            self._expire(asyncio.get_running_loop().time())
        if search.readers or search.complete:
            return
        if linger > 0:
            search.lingering = asyncio.get_running_loop().call_later(linger, self._give_up, search)
        else:
            search.cancel()

    @staticmethod
    def _give_up(search: LiveSearch) -> None:
        search.lingering = None
        if not search.readers:
            search.cancel()

    @property
    def records(self) -> int:
        """Of all searches that are kept or under way."""
        return sum(len(search.results) for search in self._searches.values())

    def _sweep(self) -> None:
        self._sweeping = None
        self._expire(asyncio.get_running_loop().time())

    def _expire(self, now: float) -> None:
        """Drop what is too old, then what was used longest ago until the rest is small enough."""
        held = self.records
        for key, search in list(self._searches.items()):
            if search.idle and (held > self._records or self._too_old(search, now)):
                held -= len(search.results)
                del self._searches[key]

    def _too_old(self, search: LiveSearch, now: float) -> bool:
        return now - search.born > self._seconds

    async def close(self) -> None:
        if self._sweeping is not None:
            self._sweeping.cancel()
        for search in self._searches.values():
            search.cancel()
        for search in self._searches.values():
            with contextlib.suppress(Exception):
                await search.closed()
        self._searches.clear()
