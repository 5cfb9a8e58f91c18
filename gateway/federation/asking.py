"""Asking one member: plan, budget, breaker, normalisation, and an honest status whatever happens."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
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
from gateway.federation.members import Member, Members
from gateway.federation.planner import for_target
from gateway.records.normalise import normalise

log = logging.getLogger(__name__)

#: A target that was given less time than this and stayed silent is not blamed for it.
FAIR_CHANCE = 3.0

Deliver = Callable[[Member, list[Record], TargetStatus], None]


class Turns:
    """When one search may do what others want to do, too: ask a library, and understand a page of records.

    Understanding takes the processor. One page at a time, and the searches in turn, keeps everything else going in
    between: a reader sees the first page while the hundredth is still to be read.
    """

    def __init__(self, slots: FairSlots, desk: FairSlots) -> None:
        self._slots = slots
        self._desk = desk

    def to_ask(self) -> AbstractAsyncContextManager[None]:
        return self._slots.of(self)

    def to_understand(self) -> AbstractAsyncContextManager[None]:
        return self._desk.of(self)


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
        self._unreadable: list[str] = []
        self._note: Diagnostic | None = None
        self._began = 0.0
        self._own = 0.0  #: seconds that this gateway needed itself, or let pages wait

    async def run(self, deliver: Deliver, turns: Turns, slow_after: float) -> None:
        """Never raises but for cancellation; the failure is the status."""
        loop = asyncio.get_running_loop()
        self._began = loop.time()
        member = self._member
        success = False
        try:
            query = for_target(self._query, member.target)
            if query is None:
                self.status = replace(self.status, hits=0)
                self._finish(State.OK, None, deliver, loop.time())
                return
            if member.breaker.suspended:
                self._members.probe(member, query)  # nobody waits for what will probably fail again
                self._finish(State.SUSPENDED, _suspended(member, loop.time()), deliver, loop.time())
                return
            self._query = query
            async with turns.to_ask():
                deadline = Deadline.after(member.target.timeout, loop.time())
                async with asyncio.timeout_at(deadline.at) as clock:
                    await self._pages(deliver, deadline, turns, clock)
            success = True
            self._finish(State.OK, self._remark(slow_after, loop.time()), deliver, loop.time())
        except asyncio.CancelledError:
            waited = loop.time() - self._began
            if waited >= FAIR_CHANCE and not self.status.returned:
                member.breaker.failure(loop.time(), f"no answer within {waited:.1f} s")
            else:
                member.breaker.abandoned()
            raise
        except TimeoutError:
            seconds = loop.time() - self._began
            words = f"No complete answer within the {seconds:.1f} s that this library is given"
            self._fail(State.TIMEOUT, Diagnostic(words, "timeout"), deliver, loop.time())
        except UnsupportedQueryError as error:
            member.breaker.abandoned()
            self._finish(State.UNSUPPORTED, _diagnostic(error), deliver, loop.time())
        except DeadlineExceededError as error:
            self._fail(State.TIMEOUT, _diagnostic(error), deliver, loop.time())
        except WenyuanError as error:
            self._fail(State.ERROR, _diagnostic(error), deliver, loop.time())
        except Exception as error:  # a connector's bug costs its own library's answer only
            log.exception("connector of %s failed", member.target.id)
            words = f"The connector {member.target.connector!r} failed unexpectedly"
            self._fail(State.ERROR, Diagnostic(words, "internal", detail=repr(error)[:300]), deliver, loop.time())
        member.note(self.status, success=success)
        if success:
            member.breaker.success()

    async def _pages(self, deliver: Deliver, deadline: Deadline, turns: Turns, clock: asyncio.Timeout) -> None:
        connector = self._members.connector(self._member)
        loop = asyncio.get_running_loop()
        pages = connector.search(self._query, start=self._start, limit=self._limit, deadline=deadline)
        async for page in pages:
            arrived = loop.time()
            clock.reschedule(None)  # from here on the time is ours, not the library's
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
            clock.reschedule(deadline.at + self._own)

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

    def _remark(self, slow_after: float, now: float) -> Diagnostic | None:
        """What is worth saying although the target answered."""
        if self._unreadable:
            words = f"{len(self._unreadable)} record(s) could not be read"
            return Diagnostic(words, "data", detail="; ".join(self._unreadable[:3])[:500])
        if self._note:
            return self._note
        seconds = now - self._began - self._own
        if seconds >= slow_after:
            return Diagnostic(f"Answered slowly, after {seconds:.1f} s", "slow")
        return None

    def _fail(self, state: State, diagnostic: Diagnostic, deliver: Deliver, now: float) -> None:
        self._member.breaker.failure(now, diagnostic.message)
        if self.status.returned:
            state = State.PARTIAL
        self._finish(state, diagnostic, deliver, now)

    def _finish(self, state: State, diagnostic: Diagnostic | None, deliver: Deliver, now: float) -> None:
        self.status = replace(
            self.status, state=state, diagnostic=diagnostic, ms=round((now - self._began - self._own) * 1000, 1)
        )
        deliver(self._member, [], self.status)


def _suspended(member: Member, now: float) -> Diagnostic:
    breaker = member.breaker
    again = breaker.retry_in(now)
    when = f"it is tried again in {again:.0f} s" if again >= 1 else "it is being tried again now"
    return Diagnostic(
        f"Not asked, because it failed {breaker.failures} times in a row; {when}", "suspended", detail=breaker.reason
    )


def _diagnostic(error: WenyuanError) -> Diagnostic:
    code = getattr(error, "code", "")
    kind = error.kind
    if isinstance(error, ProtocolError):
        kind = "protocol"
    elif isinstance(error, RetriableError) and not isinstance(error, DeadlineExceededError):
        kind = "unreachable"
    return Diagnostic(error.message, kind, str(code), error.detail or "")
