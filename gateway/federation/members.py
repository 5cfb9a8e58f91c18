"""The member libraries: their connectors, made once and kept warm, and their health."""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections import Counter, deque
from collections.abc import Callable, Coroutine, Iterable, Iterator
from dataclasses import dataclass, field

from gateway.core.deadline import Deadline
from gateway.core.errors import ConfigurationError, RetriableError, UnsupportedQueryError, WenyuanError
from gateway.core.ports import Connector, ConnectorFactory, WarmingConnector
from gateway.core.query import Query
from gateway.core.target import Target, TargetStatus
from gateway.federation.breaker import Breaker
from gateway.federation.fairness import FairSlots
from gateway.federation.hedging import Budget
from gateway.federation.history import History
from gateway.federation.lag import LoopLag

#: Decisions about one target that are remembered.
_DECISIONS = 12
#: Seconds.
_A_MOMENT = 0.5
#: Members from which on their number tells something.
_MANY = 8
#: What is counted of each target since the start.
COUNTS = (
    "searches", "failures", "timeouts", "retries", "hedges", "hedges_won", "probes", "suspensions", "quarantines",
    "warmed",
)  # fmt: skip
#: A connection that was used not longer ago is taken for open; connectors close them after a minute or later.
_KEPT_SECONDS = 45.0
#: Connections opened at one time when the gateway starts.
_WARMED_AT_ONCE = 32


@dataclass(frozen=True, slots=True)
class Decision:
    """What the gateway decided about a target, and why."""

    at: float  #: seconds since 1970
    words: str


def _distrust() -> Breaker:
    return Breaker(threshold=3, pause=60.0, longest_pause=3600.0)


@dataclass(slots=True)
class Member:
    """One target with its connector and what was learnt of it."""

    target: Target
    breaker: Breaker = field(default_factory=Breaker)
    trust: Breaker = field(default_factory=_distrust)  #: of a target that says it has hits and gives none
    history: History = field(default_factory=History)
    hedges: Budget = field(default_factory=Budget)
    last: TargetStatus | None = None  #: how it fared when it was asked last
    typical_ms: float | None = None  #: moving average over successful searches
    counts: Counter[str] = field(default_factory=Counter)  #: of ``COUNTS``
    decisions: deque[Decision] = field(default_factory=lambda: deque(maxlen=_DECISIONS))
    connector: Connector | None = None
    heard: float = -math.inf  #: loop time of its latest good answer
    slots: FairSlots = field(init=False)  #: searches that ask it at one time

    def __post_init__(self) -> None:
        self.slots = FairSlots(max(1, self.target.max_connections))

    @property
    def searches(self) -> int:
        return self.counts["searches"]

    @property
    def kept(self) -> bool:
        """Whether a connection with it is probably still open."""
        return asyncio.get_running_loop().time() - self.heard < _KEPT_SECONDS

    @property
    def left_alone(self) -> bool:
        return self.breaker.suspended or self.trust.suspended

    @property
    def patience(self) -> float:
        """Seconds that a search waits for it at most."""
        return self.history.patience(self.target.timeout)

    def decide(self, words: str) -> None:
        self.decisions.append(Decision(time.time(), words))

    def note(self, status: TargetStatus) -> None:
        self.last = status
        self.counts["searches"] += 1
        self.hedges.earn()

    def answered(self, first: float, whole: float) -> None:
        """A search came to its good end after so many seconds of the target's own time."""
        old, ms = self.typical_ms, whole * 1000
        self.typical_ms = ms if old is None else 0.8 * old + 0.2 * ms
        self.history.answered(first, whole)
        if self.breaker.suspended:
            self.decide("asked again: it answers")
        self.breaker.success()

    def failed(self, now: float, reason: str, *, costly: bool = False, retry_after: float | None = None) -> None:
        was = self.breaker.suspended
        self.breaker.failure(now, reason, costly=costly, retry_after=retry_after)
        self.counts["failures"] += 1
        if self.breaker.suspended and not was:
            self.counts["suspensions"] += 1
            self.decide(f"left alone for {self.breaker.retry_in(now):.0f} s: {reason}")
        elif was:
            self.decide(f"left alone for {self.breaker.retry_in(now):.0f} s more: {reason}")

    def kept_its_word(self) -> None:
        if self.trust.suspended:
            self.decide("out of quarantine: it gives records again")
        self.trust.success()

    def lied(self, now: float, hits: int) -> None:
        """It said that it has hits, and gave no record."""
        was = self.trust.suspended
        self.trust.failure(now, f"said that it has {hits} records and gave none")
        if self.trust.suspended:
            self.counts["quarantines"] += not was
            self.decide(f"in quarantine for {self.trust.retry_in(now):.0f} s: {self.trust.reason}")


class Members:
    """All targets by id, in the order given. ``factories`` finds a connector's entry point by name."""

    def __init__(self, targets: Iterable[Target], factories: Callable[[str], ConnectorFactory]) -> None:
        self._factories = factories
        self._members = {target.id: Member(target) for target in targets}
        self._probes: set[asyncio.Task[None]] = set()
        self._closed = False
        self.lag = LoopLag()
        self._asked = 0  #: questions under way
        self._most_asked = (0.0, 0)  #: loop time and how many were under way then

    def __iter__(self) -> Iterator[Member]:
        return iter(self._members.values())

    def __len__(self) -> int:
        return len(self._members)

    def get(self, identifier: str) -> Member | None:
        return self._members.get(identifier)

    def choose(self, identifiers: Iterable[str]) -> list[Member]:
        """Enabled members, or just those named. Raises ``ConfigurationError`` for a name that is not known."""
        wanted = dict.fromkeys(identifiers)
        unknown = [name for name in wanted if name not in self._members]
        if unknown:
            raise ConfigurationError(f"No library is called {', '.join(map(repr, unknown))}; /targets lists them all")
        return [m for m in self if m.target.id in wanted] if wanted else [m for m in self if m.target.enabled]

    def connector(self, member: Member) -> Connector:
        """The member's connector; raises what its factory raises (``ConfigurationError``) every time it is asked."""
        if self._closed:
            raise RetriableError("The gateway is closing; nobody is asked any more")
        if member.connector is None:
            member.connector = self._factories(member.target.connector)(member.target)
        return member.connector

    @contextlib.contextmanager
    def asking(self) -> Iterator[None]:
        """One question is under way."""
        self._look()
        self._asked += 1
        try:
            yield
        finally:
            self._look()
            self._asked -= 1

    def silent(self) -> float:
        """What share of all members is waited for, or was a moment ago. When most are late together, it is not they;
        of a few that says nothing, so for them it is 0."""
        self._look()
        return self._most_asked[1] / len(self) if len(self) >= _MANY else 0.0

    def _look(self) -> None:
        now = asyncio.get_running_loop().time()
        at, asked = self._most_asked
        if self._asked >= asked or now - at > _A_MOMENT:
            self._most_asked = (now, self._asked)

    # ------------------------------------------------------------------------------------------------ behind answers

    def probe(self, member: Member, query: Query) -> None:
        """If it is time to, ask a member that is left alone for one record behind the answer; its breakers learn."""
        now = asyncio.get_running_loop().time()
        if not member.breaker.allow(now):
            return
        if not member.trust.allow(now):
            member.breaker.abandoned()
            return
        member.counts["probes"] += 1
        self._behind(self._probe(member, query), f"probe {member.target.id}")

    def _behind(self, work: Coroutine[object, object, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._probes.add(task)
        task.add_done_callback(self._probes.discard)

    async def _probe(self, member: Member, query: Query) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        deadline = Deadline.after(member.target.timeout, began)
        total = records = 0
        first: float | None = None
        try:
            async with asyncio.timeout_at(deadline.at):
                async for page in self.connector(member).search(query, start=1, limit=1, deadline=deadline):
                    first = first or loop.time() - began
                    total, records = page.total, records + len(page.records)
        except UnsupportedQueryError:
            _undecided(member)
        except TimeoutError:
            _undecided(member)
            member.failed(loop.time(), f"no answer within {member.target.timeout:g} s")
        except asyncio.CancelledError:
            _undecided(member)
            raise
        except Exception as error:  # whatever it is, the target is not well
            _undecided(member)
            member.failed(loop.time(), str(error), retry_after=getattr(error, "retry_after", None))
        else:
            _undecided(member)
            whole = loop.time() - began
            member.answered(whole if first is None else first, whole)
            if records:
                member.kept_its_word()
            elif total:
                member.lied(loop.time(), total)

    def warm_up(self) -> None:
        """Open a connection to every enabled member whose connector can, behind everything else."""
        self._behind(self._warm_up(), "warm-up")

    async def _warm_up(self) -> None:
        places = asyncio.Semaphore(_WARMED_AT_ONCE)

        async def warm(member: Member) -> None:
            loop = asyncio.get_running_loop()
            async with places:
                try:
                    connector = self.connector(member)
                    if isinstance(connector, WarmingConnector):
                        await connector.warm(Deadline.after(member.target.timeout, loop.time()))
                        member.heard = loop.time()
                        member.counts["warmed"] += 1
                except WenyuanError as error:
                    member.decide(f"not reached at the start: {error}")
                    member.breaker.failure(loop.time(), str(error))

        await asyncio.gather(*(warm(member) for member in self if member.target.enabled))

    async def close(self) -> None:
        self._closed = True  # what still runs must not open what nobody closes
        for task in self._probes:
            task.cancel()
        await asyncio.gather(*self._probes, return_exceptions=True)
        async with asyncio.TaskGroup() as group:
            for member in self:
                if member.connector is not None:
                    group.create_task(_close(member.connector))
                    member.connector = None


def _undecided(member: Member) -> None:
    """Frees the place of the probe in both breakers, whatever it found."""
    member.breaker.abandoned()
    member.trust.abandoned()


async def _close(connector: Connector) -> None:
    with contextlib.suppress(Exception):  # closing must not stop the others from closing
        await asyncio.wait_for(connector.close(), 2.0)
