"""Every fault of the laboratory at once, over each protocol: all others answer whole, in time, and each is named."""

from __future__ import annotations

import pytest

from gateway.app import open_federation
from gateway.core.target import State
from gateway.lab.faults import FAULTS
from gateway.lab.footprint import Footprint
from gateway.lab.laboratory import Laboratory
from gateway.lab.leaks import leaks
from gateway.lab.matrix import SIZE, ask, has_all, named
from gateway.lab.plan import Plan
from gateway.settings import GatewaySettings

HEALTHY = 12
EACH = 2
#: More than the searches need on a busy machine: what is held against is the deadline, not the speed.
DEADLINE = 8.0
#: ``Target.max_connections`` that nobody set.
MOST_CONNECTIONS = 4


def province(protocol: str) -> Plan:
    faults = {fault.name: EACH for fault in FAULTS.values() if protocol in fault.protocols}
    libraries = HEALTHY + EACH * len(faults)
    return Plan(libraries, sru=libraries if protocol == "sru" else 0, size=SIZE, faults=faults, timeout=DEADLINE)


@pytest.mark.parametrize("protocol", ["z3950", "sru"])
async def test_every_fault_at_once(tmp_path, protocol):
    before = await Footprint.taken()
    async with Laboratory(province(protocol)) as laboratory:
        settings = GatewaySettings(data=tmp_path, fetch=SIZE, cache_seconds=0)
        async with open_federation(settings, laboratory.targets) as federation:
            answer, took = await ask(federation, "戏曲", DEADLINE)
    after = await Footprint.taken()
    faults = {library.id: library.fault for library in laboratory.libraries}
    assert took < DEADLINE + 20.0, "some of these libraries never end"
    for status in answer.targets:
        fault = FAULTS.get(faults[status.id])
        if fault is None:
            assert has_all(status), status
        else:
            assert named(fault, status), (fault.name, status)
            assert status.state is State.OK or status.diagnostic is not None
    assert (after.sockets, after.tasks) <= (before.sockets, before.tasks)


@pytest.mark.parametrize("protocol", ["z3950", "sru"])
async def test_nothing_leaks(protocol):
    found = await leaks(open_federation, protocol, 12, seed=1)
    assert (found.sockets_left, found.tasks_left) == (0, 0), str(found)
    kept = MOST_CONNECTIONS * (found.faults + 4)
    assert found.after.sockets <= kept, str(found)
    assert found.after.tasks <= found.before.tasks + 4, str(found)
