"""The fault matrix: each fault in some of a province's libraries, and what a reader of the others notices.

For each row a laboratory and a federation of its own; two searches of different topics, live, by a deadline. *late*
is how much later than the deadline the slowest answer came; *whole* how many libraries without the fault gave all their
records in every one of them; *named* how many with the fault were told as the table of ``faults`` says, in the first.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from gateway.core.answer import Answer, Scope, SearchRequest
from gateway.core.query import Clause, Query
from gateway.core.target import State, Target, TargetStatus
from gateway.federation.search import Federation
from gateway.lab.faults import FAULTS, Fault
from gateway.lab.footprint import Footprint, forget_peak, memory
from gateway.lab.plan import Plan
from gateway.lab.servers import Servers
from gateway.lab.shelves import TOPICS
from gateway.settings import GatewaySettings

#: ``gateway.app.open_federation``; a parameter because the laboratory lies below the application.
OpenFederation = Callable[[GatewaySettings, Sequence[Target]], AbstractAsyncContextManager[Federation]]

SEARCHES = 2
#: Records of each library: the matrix is about faults, not about load.
SIZE = 2
#: An answer so much later than its deadline (seconds) is still in time.
TOLERANCE = 0.05


@dataclass(frozen=True, slots=True)
class Row:
    protocol: str
    fault: str
    faulty: int
    whole: int
    healthy: int
    late: float  #: seconds; below 0 when everything came before the deadline
    named: int
    sockets: int  #: left open when all was closed
    tasks: int
    peak: float  #: MB of the process
    words: str  #: what the reader is told

    @property
    def good(self) -> bool:
        whole = self.whole == self.healthy and self.named == self.faulty
        return whole and self.late <= TOLERANCE and self.sockets <= 0 and self.tasks <= 0


def cases(faults: Sequence[str] = tuple(FAULTS)) -> list[tuple[str, Fault]]:
    """Each fault over each protocol that can have it."""
    return [(protocol, FAULTS[name]) for protocol in ("z3950", "sru") for name in faults
            if protocol in FAULTS[name].protocols]  # fmt: skip


def plan_of(protocol: str, fault: Fault, faulty: int, libraries: int, seed: int) -> Plan:
    sru = libraries if protocol == "sru" else 0
    return Plan(libraries, seed, sru, SIZE, faults={fault.name: faulty})


async def matrix(
    open_federation: OpenFederation, *, libraries: int, sizes: Sequence[int], seed: int, deadline: float
) -> AsyncIterator[Row]:
    # What a process loads once is not the faults' doing.
    await row(open_federation, Plan(2, seed, 1, SIZE), "z3950", FAULTS["silent"], 10.0)
    for protocol, fault in cases():
        for faulty in sizes:
            plan = plan_of(protocol, fault, faulty, libraries, seed)
            yield await row(open_federation, plan, protocol, fault, deadline)


async def row(open_federation: OpenFederation, plan: Plan, protocol: str, fault: Fault, deadline: float) -> Row:
    """One line of the table, measured. The servers are in this process: they cost little, a process for each much."""
    members = plan.members()
    bad = {library.id for library in members if library.fault == fault.name}
    before = await Footprint.taken()
    forget_peak()
    late, whole = -deadline, {library.id for library in members} - bad
    healthy = len(whole)
    first: Answer | None = None
    with tempfile.TemporaryDirectory(prefix="wenyuan-lab-") as folder:
        settings = GatewaySettings(data=Path(folder), fetch=SIZE, cache_seconds=0)
        async with Servers(members) as servers, AsyncExitStack() as stack:
            targets = [library.target(servers.ports[library.id]) for library in members]
            federation = await stack.enter_async_context(open_federation(settings, targets))
            for topic in TOPICS[:SEARCHES]:
                answer, took = await ask(federation, topic, deadline)
                first = first or answer
                late = max(late, took - deadline)
                whole &= {status.id for status in answer.targets if has_all(status)}
    after = await Footprint.taken()
    assert first is not None
    told = [status for status in first.targets if status.id in bad]
    return Row(
        protocol,
        fault.name,
        len(bad),
        len(whole),
        healthy,
        late,
        sum(named(fault, status) for status in told),
        after.sockets - before.sockets,
        after.tasks - before.tasks,
        memory("VmHWM"),
        words_of(told[0]) if told else "",
    )


async def ask(federation: Federation, term: str, deadline: float) -> tuple[Answer, float]:
    """The answer, and the seconds that it took."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    request = SearchRequest(Query(Clause("any", term), text=term), scope=Scope.LIVE, size=SIZE, deadline=deadline)
    answer = await federation.search(request)
    return answer, loop.time() - began


def has_all(status: TargetStatus) -> bool:
    return status.state is State.OK and status.returned == SIZE


def named(fault: Fault, status: TargetStatus) -> bool:
    """Whether a reader is told of the fault as it should be."""
    if status.state not in fault.states or (fault.answers and not has_all(status)):
        return False
    diagnostic = status.diagnostic
    if diagnostic is None or diagnostic.kind == "slow":
        return has_all(status)
    return not fault.kinds or diagnostic.kind in fault.kinds


def words_of(status: TargetStatus) -> str:
    if status.diagnostic is None:
        return status.state.value
    return f"{status.state.value}, {status.diagnostic.kind}: {status.diagnostic.message}"


def heading() -> str:
    return (
        "| protocol | fault | in | whole | late ms | named | sockets | tasks | peak MB | told of the first | |\n"
        "|---|---|--:|--:|--:|--:|--:|--:|--:|---|---|"
    )


def line_of(row: Row) -> str:
    """One line of the table, in Markdown."""
    late = f"{row.late * 1000:.0f}" if row.late > 0 else "-"
    words = row.words.replace("|", "/")
    return (
        f"| {row.protocol} | {row.fault} | {row.faulty} | {row.whole}/{row.healthy} | {late} "
        f"| {row.named}/{row.faulty} | {row.sockets:+d} | {row.tasks:+d} | {row.peak:.0f} | {words} "
        f"| {'ok' if row.good else '**no**'} |"
    )
