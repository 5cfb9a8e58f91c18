"""Asking one member: plan, budget, breaker, normalisation, and an honest status whatever happens."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

from gateway.core.deadline import Deadline
from gateway.core.errors import (
    DataError,
    DeadlineExceededError,
    ProtocolError,
    RetriableError,
    UnsupportedQueryError,
    WenyuanError,
)
from gateway.core.ports import Page
from gateway.core.query import Query
from gateway.core.record import Record
from gateway.core.target import Diagnostic, State, TargetStatus
from gateway.federation.fairness import FairSlots
from gateway.federation.foreground import Foreground
from gateway.federation.hedging import allowed, hedged
from gateway.federation.members import Member, Members
from gateway.federation.planner import for_target
from gateway.records.normalise import normalise

log = logging.getLogger(__name__)

#: A target that was given less time than this and stayed silent is not blamed for it.
FAIR_CHANCE = 3.0
#: Where the event loop was late for more than this share of the time, the gateway is to blame.
_BUSY = 0.25
#: Shares of all members: while more than this is silent, nobody is hurried; with more than that, nobody is blamed.
_CROWD, _OUTAGE = 0.25, 0.6
#: Seconds; less than that is not worth another wait.
_WORTH_WAITING = 0.02
#: Seconds before a member that was well is asked once more.
_RETRY_PAUSE = 0.1

#: Questions asked in one iteration of the event loop. Asking a hundred takes as long as reading the first ten answers.
_STEP = 16
#: Libraries without a kept connection that are asked at once, and the seconds after which one no longer counts. A
#: thousand connections opened at one time would be a thousand that come too late.
_OPENING, _SOON = 128, 0.5

Deliver = Callable[[Member, list[Record], TargetStatus], None]


def _nothing() -> None:
    """For who holds nothing."""


class Room:
    """What all searches of a gateway share: see ``Turns``. At most ``concurrency`` targets are asked at one time."""

    def __init__(self, concurrency: int) -> None:
        self.slots = FairSlots(concurrency)
        self.steps = FairSlots(_STEP)
        self.opening = FairSlots(_OPENING)
        self.desk = FairSlots(1)
        self.drawing = FairSlots(1)
        self.foreground = Foreground()


class Turns:
    """When one search may do what others want to do, too: ask a library, and understand a page of records.

    Understanding takes the processor. One page at a time, and the searches in turn, keeps everything else going in
    between: a reader sees the first page while the hundredth is still to be read. Asking goes in steps, for the same
    reason, and so that no library is given up because this gateway opened more connections than it could look after.
    """

    def __init__(self, room: Room) -> None:
        self._room = room

    async def to_begin(self) -> None:
        """Wait until the search may begin at all."""
        await self._room.foreground.clear()

    @contextlib.asynccontextmanager
    async def to_ask(self, member: Member) -> AsyncIterator[Callable[[], None]]:
        """Gives what to call when the first answer is there."""
        async with self._room.slots.of(self):
            answered = _nothing if member.kept else await self._room.opening.briefly(self, _SOON)
            try:
                await self._room.foreground.clear()
                await self._room.steps.briefly(self, 0.0)
                yield answered
            finally:
                answered()

    @contextlib.asynccontextmanager
    async def to_understand(self) -> AsyncIterator[None]:
        async with self._room.desk.of(self):
            await self._room.foreground.clear()
            yield


class Asking:
    """One search of one member, from ``start``; calls ``deliver`` for every page and once more at its end."""

    def __init__(
        self, members: Members, member: Member, query: Query, *, start: int, limit: int, before: TargetStatus | None
    ) -> None:
        self._members = members
        self._member = member
        self._query = query
        self._start = start
        self._limit = limit
        target = member.target
        self.status = before or TargetStatus(target.id, target.label(), State.WAITING)
        self.status = replace(self.status, state=State.WAITING, diagnostic=None)
        self._had = self.status.returned
        self._unreadable: list[str] = []
        self._note: Diagnostic | None = None
        self._began = 0.0  #: when the member was asked; what it waited for its turn before is not the member's time
        self._first: float | None = None  #: seconds to the first page
        self._own = 0.0  #: seconds that this gateway needed itself, or let pages wait
        self._lag: Callable[[], float] = float
        self._answered: Callable[[], None] = _nothing

    async def run(self, deliver: Deliver, turns: Turns, slow_after: float) -> None:
        """Never raises but for cancellation; the failure is the status."""
        loop = asyncio.get_running_loop()
        self._began = loop.time()
        member = self._member
        try:
            query = for_target(self._query, member.target)
            if query is None:
                self.status = replace(self.status, hits=0)
                self._finish(State.OK, None, deliver, loop.time())
                return
            if member.left_alone:
                self._members.probe(member, query)  # nobody waits for what will probably fail again
                self._finish(State.SUSPENDED, left_alone(member, loop.time()), deliver, loop.time())
                return
            self._query = query
            async with member.slots.of(turns), turns.to_ask(member) as self._answered:
                with self._members.asking(), self._members.lag.watched() as self._lag:
                    self._began = loop.time()
                    await self._ask(deliver, turns)
                    self._succeed(deliver, slow_after, loop.time())
        except asyncio.CancelledError:
            waited = self._waited(loop.time())
            if waited >= self._fair_chance() and self.status.returned == self._had:
                self._blame(f"no answer within {waited:.1f} s", loop.time(), costly=True)
            else:
                member.breaker.abandoned()
            raise
        except UnsupportedQueryError as error:
            member.breaker.abandoned()
            self._finish(State.UNSUPPORTED, _diagnostic(error), deliver, loop.time())
        except DeadlineExceededError as error:
            self._fail(State.TIMEOUT, _diagnostic(error), deliver, loop.time())
        except TimeoutError:
            words = f"No complete answer within the {self._waited(loop.time()):.1f} s that this library is given"
            self._fail(State.TIMEOUT, Diagnostic(words, "timeout"), deliver, loop.time())
        except WenyuanError as error:
            again = error.retry_after if isinstance(error, RetriableError) else None
            self._fail(State.ERROR, _diagnostic(error), deliver, loop.time(), retry_after=again)
        except Exception as error:  # a connector's bug costs its own library's answer only
            log.exception("connector of %s failed", member.target.id)
            words = f"The connector {member.target.connector!r} failed unexpectedly"
            self._fail(State.ERROR, Diagnostic(words, "internal", detail=repr(error)[:300]), deliver, loop.time())
        member.note(self.status)

    async def _ask(self, deliver: Deliver, turns: Turns) -> None:
        """All pages, within the target's time; once more when that is fair and worth it."""
        loop = asyncio.get_running_loop()
        patience = self._member.patience
        async with asyncio.timeout(None) as timeout:
            clock = Clock(timeout, loop.time() + patience, self._more_time)
            try:
                try:
                    await self._pages(deliver, patience, turns, clock)
                except RetriableError as error:
                    pause = self._pause_before_retry(error, patience)
                    if pause is None:
                        raise
                    self._member.counts["retries"] += 1
                    await asyncio.sleep(pause)
                    await self._pages(deliver, patience, turns, clock)
            finally:
                clock.stop()

    def _more_time(self) -> float:
        """Seconds that the member is owed beyond its patience, by what happened so far: those for which this gateway
        was late itself; and all that its file gives it while so many others are silent, too, that it is hardly they."""
        more = self._lag()
        if self._members.silent() > _CROWD:
            more += self._member.target.timeout - self._member.patience
        return more

    def _pause_before_retry(self, error: RetriableError, patience: float) -> float | None:
        """Seconds until the member is asked again after this error; None when it is not.

        Only a member that was well is worth it: one that fails again and again would cost every search two failures. A
        connection that came too late for a gateway that was busy itself is another matter.
        """
        if self.status.returned > self._had:
            return None
        waited = asyncio.get_running_loop().time() - self._began
        own_fault = isinstance(error, DeadlineExceededError) and self._lag() > waited * _BUSY
        was_well = not isinstance(error, DeadlineExceededError) and not self._member.breaker.failures
        pause = _RETRY_PAUSE * (0.5 + random.random())  # noqa: S311
        if not own_fault and not (was_well and len(self._member.history)):
            return None
        if error.retry_after is not None and error.retry_after > pause:
            return None
        return pause if waited + pause < patience / 2 or own_fault else None

    async def _pages(self, deliver: Deliver, patience: float, turns: Turns, clock: Clock) -> None:
        connector = self._members.connector(self._member)
        loop = asyncio.get_running_loop()
        # The clock decides, because it knows when the gateway itself was late.
        deadline = Deadline.after(max(2 * patience, self._member.target.timeout + 1.0), loop.time())

        def ask() -> AsyncIterator[Page]:
            return connector.search(self._query, start=self._start, limit=self._limit, deadline=deadline)

        late = self._member.history.late() if allowed(self._member.target) else None
        with contextlib.ExitStack() as held:
            pages = ask() if late is None else hedged(ask, late, lambda: self._second(held), self._won)
            async for page in pages:
                arrived = loop.time()
                self._answered()
                clock.hold()  # from here on the time is ours, not the library's
                if self._first is None:
                    self._first = arrived - self._began
                async with turns.to_understand():
                    records = self._understand(page)
                    if page.diagnostics:
                        self._note = page.diagnostics[0]
                    self.status = replace(
                        self.status,
                        hits=page.total,
                        returned=self.status.returned + len(page.records),
                        ms=(arrived - self._began) * 1000,
                    )
                    deliver(self._member, records, self.status)
                self._own += loop.time() - arrived
                clock.go_on(loop.time() - arrived)

    def _second(self, held: contextlib.ExitStack) -> bool:
        """Whether to ask a second time, now that the first page is late; it takes one of the member's connections."""
        member = self._member
        if not member.slots.take_if_free():
            return False
        held.callback(member.slots.give_back)
        if not member.hedges.take():
            return False
        member.counts["hedges"] += 1
        return True

    def _won(self) -> None:
        self._member.counts["hedges_won"] += 1

    def _understand(self, page: Page) -> list[Record]:
        records = []
        for raw in page.records:
            try:
                records.append(normalise(raw))
            except DataError as error:
                self._unreadable.append(f"record {raw.position}: {error}")
            except Exception as error:  # one bad record never loses a page
                log.exception("record %d of %s cannot be understood", raw.position, raw.source)
                self._unreadable.append(f"record {raw.position}: {error!r}")
        return records

    def _succeed(self, deliver: Deliver, slow_after: float, now: float) -> None:
        member, status = self._member, self.status
        seconds = self._waited(now) - self._own
        member.heard = now
        member.answered(seconds if self._first is None else self._first, seconds)
        if status.returned > self._had:
            member.kept_its_word()
        elif status.hits and not self._had and not self._unreadable and self._start == 1 and self._limit:
            member.lied(now, status.hits)
        self._finish(State.OK, self._remark(slow_after, seconds), deliver, now)

    def _remark(self, slow_after: float, seconds: float) -> Diagnostic | None:
        """What is worth saying although the target answered."""
        if self._unreadable:
            words = f"{len(self._unreadable)} record(s) could not be read"
            return Diagnostic(words, "data", detail="; ".join(self._unreadable[:3])[:500])
        if self._note:
            return self._note
        if seconds >= slow_after:
            return Diagnostic(f"Answered slowly, after {seconds:.1f} s", "slow")
        return None

    def _waited(self, now: float) -> float:
        """Seconds of the member's own time."""
        return max(0.0, now - self._began - self._lag())

    def _fair_chance(self) -> float:
        """Seconds after which a member that is still silent when its reader leaves is blamed for it."""
        slowest = self._member.history.slowest() or 0.0
        return min(max(FAIR_CHANCE, 1.5 * slowest), self._member.target.timeout)

    def _blame(self, reason: str, now: float, *, costly: bool = False, retry_after: float | None = None) -> None:
        """Tell the breaker, unless the gateway itself was too busy to know better."""
        member = self._member
        late, silent = self._lag(), self._members.silent()
        if costly and (late > (now - self._began) * _BUSY or silent > _OUTAGE):
            member.breaker.abandoned()
            excuse = f"this gateway was late by {late:.1f} s, and {silent:.0%} of the libraries were silent with it"
            member.decide(f"not blamed ({reason}): {excuse}")
            return
        member.counts["timeouts"] += costly
        member.failed(now, reason, costly=costly, retry_after=retry_after)
        if costly:
            self._members.probe(member, self._query)  # the next reader shall know

    def _fail(
        self, state: State, diagnostic: Diagnostic, deliver: Deliver, now: float, *, retry_after: float | None = None
    ) -> None:
        costly = state is State.TIMEOUT and self.status.returned == self._had
        self._blame(diagnostic.message, now, costly=costly, retry_after=retry_after)
        if self.status.returned:
            state = State.PARTIAL
        self._finish(state, diagnostic, deliver, now)

    def _finish(self, state: State, diagnostic: Diagnostic | None, deliver: Deliver, now: float) -> None:
        self.status = replace(
            self.status, state=state, diagnostic=diagnostic, ms=round((now - self._began - self._own) * 1000, 1)
        )
        deliver(self._member, [], self.status)


class Clock:
    """The time that a target is given: it stands while the gateway works on a page, and while its loop is late."""

    def __init__(self, timeout: asyncio.Timeout, at: float, owed: Callable[[], float]) -> None:
        self._loop = asyncio.get_running_loop()
        self._timeout = timeout
        self._at = at
        self._owed = owed
        self._granted = 0.0
        self._timer: asyncio.TimerHandle | None = self._loop.call_at(at, self._due)

    def hold(self) -> None:
        self.stop()

    def go_on(self, held: float) -> None:
        """``held``: seconds since it was told to hold."""
        self._at += held
        self._timer = self._loop.call_at(self._at, self._due)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _due(self) -> None:
        owed = self._owed()
        if owed - self._granted > _WORTH_WAITING:
            self._at += owed - self._granted
            self._granted = owed
            self._timer = self._loop.call_at(self._at, self._due)
        else:
            self._timeout.reschedule(self._loop.time())


def left_alone(member: Member, now: float) -> Diagnostic:
    """Why a member is not asked."""
    breaker, kind = (member.breaker, "suspended") if member.breaker.suspended else (member.trust, "quarantined")
    again = breaker.retry_in(now)
    when = f"it is tried again in {again:.0f} s" if again >= 1 else "it is being tried again now"
    times = f"{breaker.failures} times in a row" if breaker.failures > 1 else "when it was asked last"
    did = "it failed" if kind == "suspended" else "it said that it had records and gave none"
    return Diagnostic(f"Not asked, because {did} {times}; {when}", kind, detail=breaker.reason)


def _diagnostic(error: WenyuanError) -> Diagnostic:
    code = getattr(error, "code", "")
    kind = error.kind
    if isinstance(error, ProtocolError):
        kind = "protocol"
    elif isinstance(error, RetriableError) and not isinstance(error, DeadlineExceededError):
        kind = "unreachable"
    return Diagnostic(error.message, kind, str(code), error.detail or "")
