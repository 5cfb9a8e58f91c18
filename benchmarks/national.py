"""A national union of 3,000 libraries: a queueing model with measured costs, and as much of it for real as fits here.

    python -m benchmarks national                          measure the costs, then the model's tables
    python -m benchmarks.national --real 3000              one gateway over so many simulated libraries
    python -m benchmarks.national --cpu-ms 0.15             the model alone, with costs given

The model is a discrete-event simulation of searches that arrive at random at several gateways. A search asks every
library it is planned for; a library answers after a log-normal delay, on one of the sessions that it grants to all
gateways together; each of its records costs the gateway's one processor some time to understand, page by page in the
turns of the searches, and some more to write behind the answer. What is counted is when a search is complete, how many
sockets and how much memory it holds meanwhile, and how busy processors and sessions are.
"""

from __future__ import annotations

import argparse
import asyncio
import heapq
import os
import random
import re
import statistics
import tempfile
import time
from collections import Counter, deque
from dataclasses import dataclass, field, replace
from pathlib import Path

from gateway.app import open_federation
from gateway.core.answer import Scope, SearchRequest
from gateway.core.query import Clause, Query
from gateway.core.target import State
from gateway.lab.footprint import memory, sockets
from gateway.lab.laboratory import Laboratory
from gateway.lab.plan import Plan
from gateway.lab.shelves import TOPICS
from gateway.settings import GatewaySettings


@dataclass(frozen=True, slots=True)
class Costs:
    """Of one gateway process, per record or connection."""

    cpu_ms: float = 0.15  #: to read, merge and order one record
    ask_ms: float = 0.25  #: to ask one library and take its answer, records aside
    write_ms: float = 0.8  #: to write one record that is new to the index, behind the answer
    record_kb: float = 10.0  #: while a search holds it
    session_kb: float = 60.0  #: a kept session with a library


@dataclass(frozen=True, slots=True)
class Union:
    """What is simulated."""

    libraries: int = 3000
    gateways: int = 1
    rate: float = 1.0  #: searches a second, over all gateways
    asked: float = 1.0  #: share of the libraries that a search asks live
    records: int = 20  #: fetched of each
    new: float = 0.02  #: share of the records that the index does not have yet
    sessions: int = 4  #: that a library grants to all gateways together
    median: float = 0.3  #: seconds of a library's answer
    sigma: float = 0.8
    deadline: float = 8.0
    costs: Costs = field(default_factory=Costs)


@dataclass(slots=True)
class Seen:
    complete: list[float] = field(default_factory=list)
    share: list[float] = field(default_factory=list)  #: of the libraries asked, in the answer at the deadline
    cpu: float = 0.0  #: busy share of a gateway's processor with answers
    writing: float = 0.0  #: and what writing asks of it beside that
    sessions: float = 0.0  #: busy share of the libraries' sessions
    sockets: int = 0  #: of one gateway, at most
    memory: float = 0.0  #: MB of one gateway's searches and sessions, at most


class Simulation:
    """Events in order of time; ``run`` gives what was seen after ``seconds`` of simulated time."""

    def __init__(self, union: Union, seed: int = 1) -> None:
        self.union = union
        self.dice = random.Random(seed)
        self.now = 0.0
        self._events: list[tuple[float, int, str, tuple[int, ...]]] = []
        self._count = 0
        # A processor takes its searches in turn, one answer of each.
        self._turns: list[deque[tuple[int, deque[int]]]] = [deque() for _ in range(union.gateways)]
        self._queues: list[dict[int, deque[int]]] = [{} for _ in range(union.gateways)]
        self._working = [False] * union.gateways
        self._free = [union.sessions] * union.libraries
        self._waiting: list[deque[tuple[int, int]]] = [deque() for _ in range(union.libraries)]
        self._searches: dict[int, tuple[int, float, int, int]] = {}  # gateway, began, asked, answered
        self._open = [0] * union.gateways
        self._held = [0] * union.gateways
        self._session_seconds = self._cpu_seconds = 0.0
        self.seen = Seen()

    def run(self, seconds: float) -> Seen:
        union, costs = self.union, self.union.costs
        at, number = 0.0, 0
        while (at := at + self.dice.expovariate(union.rate)) < seconds:
            self._at(at, "search", number)
            number += 1
        while self._events:
            self.now, _, kind, values = heapq.heappop(self._events)
            if self.now > seconds + union.deadline:
                break
            getattr(self, f"_{kind}")(*values)
        span = seconds * union.gateways
        self.seen.cpu = self._cpu_seconds / span
        written = union.rate * union.asked * union.libraries * union.records * union.new
        self.seen.writing = written * costs.write_ms / 1000 / union.gateways
        self.seen.sessions = self._session_seconds / (seconds * union.libraries * union.sessions)
        return self.seen

    def _at(self, when: float, kind: str, *values: int) -> None:
        self._count += 1
        heapq.heappush(self._events, (when, self._count, kind, values))

    def _search(self, number: int) -> None:
        union = self.union
        gateway = number % union.gateways
        asked = self.dice.sample(range(union.libraries), max(1, round(union.libraries * union.asked)))
        self._searches[number] = (gateway, self.now, len(asked), 0)
        self._at(self.now + union.deadline, "deadline", number)
        for library in asked:
            if self._free[library]:
                self._begin(library, number)
            else:
                self._waiting[library].append((number, library))

    def _begin(self, library: int, number: int) -> None:
        gateway = self._searches[number][0]
        self._free[library] -= 1
        self._open[gateway] += 1
        self.seen.sockets = max(self.seen.sockets, self._open[gateway])
        delay = self.union.median * self.dice.lognormvariate(0.0, self.union.sigma)
        self._session_seconds += delay
        self._at(self.now + delay, "answer", library, number)

    def _answer(self, library: int, number: int) -> None:
        self._free[library] += 1
        while self._waiting[library]:
            waiting, _ = self._waiting[library].popleft()
            if waiting in self._searches:  # else its time is up, and it asks no more
                self._begin(library, waiting)
                break
        gateway = number % self.union.gateways
        self._open[gateway] -= 1
        if number not in self._searches:
            return
        queues = self._queues[gateway]
        if number not in queues:
            queues[number] = deque()
            self._turns[gateway].append((number, queues[number]))
        queues[number].append(library)
        if not self._working[gateway]:
            self._work(gateway)

    def _work(self, gateway: int) -> None:
        """The next answer in turn is understood."""
        turns = self._turns[gateway]
        while turns:
            number, queue = turns.popleft()
            if number not in self._searches or not queue:
                self._queues[gateway].pop(number, None)
                continue
            queue.popleft()
            turns.append((number, queue))
            costs = self.union.costs
            seconds = (costs.ask_ms + self.union.records * costs.cpu_ms) / 1000
            self._working[gateway] = True
            self._cpu_seconds += seconds
            self._at(self.now + seconds, "understood", gateway, number)
            return
        self._working[gateway] = False

    def _understood(self, gateway: int, number: int) -> None:
        if number in self._searches:
            _, began, asked, answered = self._searches[number]
            self._searches[number] = (gateway, began, asked, answered + 1)
            self._held[gateway] += self.union.records
            costs = self.union.costs
            held = self._held[gateway] * costs.record_kb + self.union.libraries * costs.session_kb
            self.seen.memory = max(self.seen.memory, held / 1024)
            if answered + 1 == asked:
                self._end(number)
        self._work(gateway)

    def _deadline(self, number: int) -> None:
        if number in self._searches:
            self._end(number)

    def _end(self, number: int) -> None:
        gateway, began, asked, answered = self._searches.pop(number)
        self._held[gateway] -= answered * self.union.records
        self.seen.complete.append(self.now - began)
        self.seen.share.append(answered / asked)


# ------------------------------------------------------------------------------------------------------ the tables


def tables(costs: Costs, seconds: float = 60.0) -> None:
    base = Union(costs=costs)
    print(f"\nCosts: {costs}\n")
    heads = (
        "what", "libraries asked", "gateways", "searches/s", "p50 s", "p99 s", "in the answer", "CPU, answers",
        "CPU, writing", "sessions busy", "sockets", "MB",
    )  # fmt: skip
    print(f"| {' | '.join(heads)} |\n|---|{'--:|' * (len(heads) - 1)}")
    rows = [
        ("a province", replace(base, libraries=113)),
        ("a province, busy", replace(base, libraries=113, rate=2.0)),
        ("all asked live", replace(base, rate=0.05)),
        ("all asked live", replace(base, rate=0.2)),
        ("all asked live", replace(base, rate=1.0)),
        ("four gateways", replace(base, gateways=4, rate=1.0)),
        ("sixteen gateways", replace(base, gateways=16, rate=1.0)),
        ("sixteen gateways", replace(base, gateways=16, rate=5.0)),
        ("5 records of each", replace(base, gateways=4, rate=1.0, records=5)),
        ("one in twenty asked", replace(base, gateways=4, rate=5.0, asked=0.05)),
        ("one in twenty asked", replace(base, gateways=4, rate=20.0, asked=0.05)),
        ("one in a hundred asked", replace(base, gateways=4, rate=50.0, asked=0.01)),
    ]
    for name, union in rows:
        seen = Simulation(union).run(seconds)
        ordered = sorted(seen.complete) or [0.0]
        p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
        print(f"| {name} | {round(union.libraries * union.asked):,} | {union.gateways} | {union.rate:g} "
              f"| {statistics.median(ordered):.2f} | {p99:.2f} | {statistics.mean(seen.share or [0.0]):.0%} "
              f"| {seen.cpu:.0%} | {seen.writing:.0%} | {seen.sessions:.0%} | {seen.sockets:,} | {seen.memory:,.0f} |",
              flush=True)  # fmt: skip


# ------------------------------------------------------------------------------------------------------ measuring


@dataclass(frozen=True, slots=True)
class Measured:
    libraries: int
    cold: float
    warm: float
    ok: int
    cpu: float  #: seconds of a warm search, decoding processes included
    behind: float  #: and of writing what it brought
    records: int
    before: float  #: MB
    after: float
    sockets: int
    missing: str  #: why the others did not answer, mostly


async def measure(libraries: int, *, records: int = 20, searches: int = 3, deadline: float = 60.0) -> Measured:
    """Searches of so many simulated libraries without delays, one after the other, by one gateway in this process."""
    plan = Plan(libraries, size=records, timeout=deadline)
    async with Laboratory(plan, topics=searches + 1) as laboratory:
        targets = laboratory.targets
        with tempfile.TemporaryDirectory(prefix="wenyuan-national-") as folder:
            settings = GatewaySettings(data=Path(folder), fetch=records, cache_seconds=0, concurrency=5000)
            async with open_federation(settings, targets) as federation:
                before, wall, cpu, behind, ok = memory(), [], [], [], libraries
                reasons: Counter[str] = Counter()
                for term in TOPICS[: searches + 1]:
                    request = SearchRequest(
                        Query(Clause("any", term), text=term), scope=Scope.LIVE, size=20, deadline=deadline
                    )
                    used, began = _cpu(), time.perf_counter()
                    answer = await federation.search(request)
                    wall.append(time.perf_counter() - began)
                    cpu.append(_cpu() - used)
                    ok = min(ok, sum(status.state is State.OK for status in answer.targets))
                    words = (status.diagnostic.message for status in answer.targets if status.state is not State.OK)
                    reasons.update(re.sub(r"[\d.:]+", "#", each) for each in words)
                    used = _cpu()
                    await federation.keeper.drain()
                    behind.append(_cpu() - used)
                fetched = sum(status.returned for status in answer.targets)
                return Measured(
                    libraries, wall[0], statistics.median(wall[1:]), ok, statistics.median(cpu[1:]),
                    statistics.median(behind[1:]), fetched, before, memory(), sockets(),
                    "; ".join(f"{count} x {words}" for words, count in reasons.most_common(3)),
                )  # fmt: skip


def _cpu() -> float:
    times = os.times()
    return times.user + times.system


def told(found: Measured) -> str:
    return (
        f"{found.libraries:,} libraries: cold {found.cold:.2f} s, warm {found.warm:.2f} s, {found.ok:,} answered "
        f"in full, {found.records:,} records, CPU {found.cpu:.2f} s a search and {found.behind:.2f} s behind it, "
        f"{found.before:.0f} MB before and {found.after:.0f} MB after, {found.sockets:,} sockets"
        + (f"; missing in all searches: {found.missing}" if found.missing else "")
    )


async def costs_of_this_machine() -> Costs:
    """From provinces of two sizes: what a library costs follows from few records, what a record costs from many."""
    few, many = await measure(113, records=2), await measure(113, records=20)
    print(told(few), told(many), sep="\n", flush=True)
    cpu_ms = max(0.01, (many.cpu - few.cpu) / (many.records - few.records) * 1000)
    ask_ms = max(0.0, few.cpu / few.libraries * 1000 - 2 * cpu_ms)
    return Costs(round(cpu_ms, 3), round(ask_ms, 3), round(many.behind / many.records * 1000, 3))


def run() -> None:
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    tables(asyncio.run(costs_of_this_machine()))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.national")
    parser.add_argument("--real", type=int, metavar="N", help="one gateway over N simulated libraries, for real")
    parser.add_argument("--records", type=int, default=20, help="of --real: of each library (20)")
    parser.add_argument("--cpu-ms", type=float, help="of a record: the model alone, nothing is measured")
    parser.add_argument("--ask-ms", type=float, default=Costs().ask_ms)
    parser.add_argument("--write-ms", type=float, default=Costs().write_ms)
    given = parser.parse_args()
    if given.real:
        print(told(asyncio.run(measure(given.real, records=given.records, searches=2, deadline=240.0))))
    elif given.cpu_ms:
        tables(Costs(given.cpu_ms, given.ask_ms, given.write_ms))
    else:
        run()
