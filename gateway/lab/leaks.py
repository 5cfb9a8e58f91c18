"""Many searches of libraries with every fault at once: what sockets, tasks and memory they leave behind."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass
from pathlib import Path

from gateway.lab.faults import FAULTS
from gateway.lab.footprint import Footprint
from gateway.lab.laboratory import Laboratory
from gateway.lab.matrix import OpenFederation, ask
from gateway.lab.plan import Plan
from gateway.lab.shelves import TOPICS
from gateway.settings import GatewaySettings

_AT_ONCE = 4
#: Seconds for each search: enough for those that answer, and for nothing else.
_DEADLINE = 0.3
#: Left out over SRU, where 32 MB are read before it is given up: a thousand times that is another test.
_NOT_OVER_SRU = frozenset({"huge"})


@dataclass(frozen=True, slots=True)
class Leaks:
    """What there is more of after ``searches`` than after half of them, and when all was closed."""

    protocol: str
    searches: int
    faults: int
    before: Footprint
    after: Footprint
    sockets_left: int
    tasks_left: int

    def __str__(self) -> str:
        before, after = self.before, self.after
        return (
            f"Leaks: {self.searches} searches of {self.faults} faults over {self.protocol}: "
            f"sockets {before.sockets} → {after.sockets}, tasks {before.tasks} → {after.tasks}, "
            f"memory {before.memory:.1f} → {after.memory:.1f} MB (from half of them to the end); "
            f"left when all was closed: {self.sockets_left:+d} sockets, {self.tasks_left:+d} tasks"
        )


async def leaks(open_federation: OpenFederation, protocol: str, searches: int, seed: int) -> Leaks:
    names = [fault.name for fault in FAULTS.values() if protocol in fault.protocols]
    if protocol == "sru":
        names = [name for name in names if name not in _NOT_OVER_SRU]
    libraries = len(names) + 4
    plan = Plan(libraries, seed, libraries if protocol == "sru" else 0, 1, faults=dict.fromkeys(names, 1))
    start = await Footprint.taken()
    async with Laboratory(plan, topics=len(TOPICS)) as laboratory:
        with tempfile.TemporaryDirectory(prefix="wenyuan-lab-") as folder:
            settings = GatewaySettings(data=Path(folder), cache_seconds=0)
            async with open_federation(settings, laboratory.targets) as federation:

                async def searched(count: int) -> Footprint:
                    for number in range(0, count, _AT_ONCE):
                        for member in federation.members:
                            member.breaker.success()  # all are asked every time
                        terms = (TOPICS[(number + at) % len(TOPICS)] for at in range(min(_AT_ONCE, count - number)))
                        await asyncio.gather(*(ask(federation, term, _DEADLINE) for term in terms))
                    await federation.keeper.drain()
                    return await Footprint.taken()

                first = searches // 2
                before = await searched(first)
                after = await searched(searches - first)
    end = await Footprint.taken()
    return Leaks(protocol, searches, len(names), before, after, end.sockets - start.sockets, end.tasks - start.tasks)
