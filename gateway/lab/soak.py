"""A soak: readers of every habit search for minutes while libraries come and go; errors and memory are counted."""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
import statistics
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from gateway.core.answer import Answer, Scope, SearchRequest
from gateway.core.query import Clause, Query
from gateway.core.target import State
from gateway.federation.search import Federation
from gateway.lab.footprint import Footprint, memory, sockets
from gateway.lab.laboratory import Laboratory
from gateway.lab.matrix import OpenFederation
from gateway.lab.plan import Plan
from gateway.lab.shelves import TOPICS
from gateway.settings import GatewaySettings

READERS = 2
_PAUSE = 2.0
_SAMPLE = 5.0
_DEADLINE = 15.0


@dataclass(slots=True)
class Soak:
    """What was seen. ``samples`` are (seconds since the start, MB)."""

    seconds: float
    searches: int = 0
    took: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    samples: list[tuple[float, float]] = field(default_factory=list)
    sockets: int = 0
    tasks: int = 0

    @property
    def slope(self) -> float:
        """MB a minute, by least squares over the samples after the first third (caches fill before)."""
        used = self.samples[len(self.samples) // 3 :]
        if len(used) < 3:
            return 0.0
        return statistics.linear_regression(*zip(*used, strict=True)).slope * 60

    def lines(self) -> list[str]:
        ordered = sorted(self.took) or [0.0]
        p50, p99 = (ordered[min(len(ordered) - 1, int(len(ordered) * share))] for share in (0.5, 0.99))
        first, last = (self.samples[0][1], self.samples[-1][1]) if self.samples else (0.0, 0.0)
        return [
            f"searches  {self.searches} in {self.seconds:.0f} s by {READERS} readers; p50 {p50:.2f} s, p99 {p99:.2f} s",
            f"errors    {sum(self.errors.values())} {dict(self.errors) or ''}".rstrip(),
            f"libraries {dict(self.states)}",
            f"memory    {first:.0f} MB at the start, {last:.0f} MB at the end, slope {self.slope:+.2f} MB a minute",
            f"left      {self.sockets:+d} sockets, {self.tasks:+d} tasks after all was closed",
        ]


async def soak(open_federation: OpenFederation, plan: Plan, seconds: float, tell: Callable[[str], None]) -> Soak:
    """Run it; ``tell`` gets a line every half minute."""
    found = Soak(seconds)
    before = await Footprint.taken()
    async with Laboratory(plan, topics=len(TOPICS)) as laboratory:
        with tempfile.TemporaryDirectory(prefix="wenyuan-soak-") as folder:
            settings = GatewaySettings(data=Path(folder), fetch=plan.size)
            async with open_federation(settings, laboratory.targets) as federation:
                steady = frozenset(library.id for library in laboratory.libraries if not library.fault)
                until = asyncio.get_running_loop().time() + seconds
                async with asyncio.TaskGroup() as group:
                    group.create_task(_watch(found, until, tell))
                    for number in range(READERS):
                        dice = random.Random(f"{plan.seed}/{number}")  # noqa: S311
                        group.create_task(_reader(found, federation, steady, dice, until))
    after = await Footprint.taken()
    found.sockets, found.tasks = after.sockets - before.sockets, after.tasks - before.tasks
    return found


async def _watch(found: Soak, until: float, tell: Callable[[str], None]) -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    while loop.time() < until:
        await asyncio.sleep(min(_SAMPLE, max(0.01, until - loop.time())))
        found.samples.append((loop.time() - began, memory()))
        if len(found.samples) % 6 == 0:
            tell(
                f"{loop.time() - began:6.0f} s  {found.searches} searches, {sum(found.errors.values())} errors, "
                f"{memory():.0f} MB, {sockets()} sockets {found.errors.most_common(1) or ''}".rstrip()
            )


async def _reader(
    found: Soak, federation: Federation, steady: frozenset[str], dice: random.Random, until: float
) -> None:
    loop = asyncio.get_running_loop()
    while loop.time() < until:
        began = loop.time()
        try:
            await _visit(found, federation, steady, dice)
        except Exception as error:  # whatever a reader would see as a failure is what the soak counts
            found.errors[repr(error)[:200]] += 1
        found.searches += 1
        found.took.append(loop.time() - began)
        await asyncio.sleep(dice.random() * 2 * _PAUSE)


async def _visit(found: Soak, federation: Federation, steady: frozenset[str], dice: random.Random) -> None:
    term = dice.choice(TOPICS)
    query = Query(Clause(dice.choice(("any", "title")), term), text=term)
    scope = dice.choice((Scope.LIVE, Scope.ALL, Scope.ALL, Scope.INDEX))
    request = SearchRequest(query, scope=scope, page=dice.choice((1, 1, 2)), deadline=_DEADLINE)
    habit = dice.random()
    if habit < 0.15:  # looks and leaves
        async with contextlib.aclosing(federation.stream(request)) as answers:
            async for _ in answers:
                break
        return
    if habit < 0.25:  # goes away while nothing has come
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(federation.search(request), 0.05)
        return
    _judge(found, await federation.search(request), steady)


def _judge(found: Soak, answer: Answer, steady: frozenset[str]) -> None:
    for status in answer.targets:
        kind = "steady" if status.id in steady else "flapping"
        found.states[f"{kind} {status.state.value}"] += 1
        if kind == "steady" and status.state is not State.OK:
            words = status.diagnostic.message if status.diagnostic else "no reason"
            found.errors[f"steady library: {status.state.value}, {_without_numbers(words)}"] += 1
    if answer.targets and not answer.records:
        found.errors["an answer without records"] += 1


def _without_numbers(words: str) -> str:
    """Alike for all libraries."""
    return re.sub(r"[\d.:]+", "#", words)
