"""What targets on one host share: its limit of sessions, and the patience with it when it is down."""

from __future__ import annotations

import asyncio
import gc

import pytest

from connectors.z3950.hosts import Host, host_of
from gateway.core.deadline import Deadline
from gateway.core.errors import DeadlineExceededError, RetriableError
from gateway.frontends.z3950 import serve
from tests.support import peers
from tests.support.shelf import Shelf


class Pool:
    def __init__(self, idle: int = 0, busy: int = 0) -> None:
        self.idle, self.busy = idle, busy

    @property
    def open_sessions(self) -> int:
        return self.idle + self.busy

    def drop_idle(self) -> bool:
        self.idle -= self.idle > 0
        return self.idle >= 0 and self.busy == 0


def soon(seconds: float = 0.05) -> Deadline:
    return Deadline.after(seconds, asyncio.get_running_loop().time())


async def test_the_least_limit_of_all_targets_holds() -> None:
    host, one, two = Host("h:210"), Pool(busy=1), Pool(busy=1)
    host.join(one, 0)
    assert host.limit == 0
    host.join(two, 3)
    host.join(one, 2)
    assert (host.limit, host.open_sessions) == (2, 2)
    with pytest.raises(DeadlineExceededError, match="All 2 sessions that h:210 may have"):
        await host.enter(soon())
    waiting = asyncio.create_task(host.enter(soon(5)))
    await asyncio.sleep(0)
    one.busy = 0
    host.left()
    await waiting
    assert host.open_sessions == 2, "the one that is coming counts"
    host.arrived()
    assert host.open_sessions == 1


async def test_an_idle_session_makes_room() -> None:
    host, one = Host("h:210"), Pool(idle=1)
    host.join(one, 1)
    await host.enter(soon())
    assert one.idle == 0


def test_patience_grows_and_ends() -> None:
    host = Host("h:210")
    host.failed(100.0)
    host.check(100.0)
    waits = []
    for _ in range(7):
        host.failed(100.0)
        with pytest.raises(RetriableError) as caught:
            host.check(100.0)
        waits.append(caught.value.retry_after)
    assert waits == [0.25, 0.5, 1.0, 2.0, 4.0, 5.0, 5.0]
    assert "could not be reached 8 times in a row" in caught.value.message
    host.check(105.0)
    host.succeeded()
    host.check(100.0)


def test_a_host_lives_as_long_as_a_target_on_it() -> None:
    assert host_of("a:1") is not host_of("b:1")
    kept = host_of("c:1")
    assert host_of("c:1") is kept
    kept.failed(0.0)
    kept.failed(0.0)
    del kept
    gc.collect()
    host_of("c:1").check(0.0)


async def test_two_databases_of_one_server_share_its_sessions(connector, fetch) -> None:
    server = await serve(Shelf(), "127.0.0.1", 0, max_sessions=2)
    try:
        options = {"host_connections": "2"}
        targets = [connector(server.port, database=name, options=options) for name in ("shelf", "Other")]
        searches = [fetch(targets[number % 2], "红", seconds=10) for number in range(12)]
        totals = [pages[0].total for pages in await asyncio.gather(*searches)]
        assert totals == [2] * 12
        assert sum(target.open_sessions for target in targets) <= 2
    finally:
        await server.close()


async def test_a_server_that_is_down_is_not_hammered(connector, fetch) -> None:
    target = connector(peers.free_port())
    for _ in range(2):
        with pytest.raises(RetriableError, match="refuses connections"):
            await fetch(target)
    with pytest.raises(RetriableError, match="2 times in a row") as caught:
        await fetch(target)
    assert 0 < caught.value.retry_after <= 0.25
