"""Libraries that die, keep silent or talk nonsense: the answer comes by the deadline, whole for all the others, each
failure in words, and nothing stays behind in the process."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import os
import signal
import tracemalloc
from pathlib import Path

import pytest

from gateway.app import open_federation
from gateway.core.answer import Scope, SearchRequest
from gateway.core.query import Clause, Query
from gateway.core.target import State
from gateway.demo.members import load_members
from gateway.demo.supervisor import Province
from gateway.settings import GatewaySettings, target_from_url


async def _silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while await reader.read(1000):
            pass
    writer.close()


async def _garbage(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        await reader.read(1000)
        writer.write(bytes(range(256)) * 40)
        await writer.drain()
        await reader.read(1000)
    writer.close()


async def _resetting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1000)
    writer.write(b"\xb5\x82\x01")  # an InitResponse that breaks off
    with contextlib.suppress(ConnectionError):
        await writer.drain()
    writer.transport.abort()


async def _dripping(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        await reader.read(1000)
        for byte in b"\xb5\x81\xf0" + bytes(240):
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0.2)
    writer.close()


BAD = {"silent": _silent, "garbage": _garbage, "resetting": _resetting, "dripping": _dripping}


@contextlib.asynccontextmanager
async def bad_servers():
    guests: set[asyncio.Task[None]] = set()

    async def serve(behave, reader, writer):
        guests.add(asyncio.current_task())
        try:
            await behave(reader, writer)
        finally:
            guests.discard(asyncio.current_task())
            writer.transport.abort()

    async with contextlib.AsyncExitStack() as stack:
        ports = {}
        for name, behave in BAD.items():
            server = await asyncio.start_server(functools.partial(serve, behave), "127.0.0.1", 0)
            await stack.enter_async_context(server)
            ports[name] = server.sockets[0].getsockname()[1]
        yield ports
        for guest in guests:
            guest.cancel()
        await asyncio.gather(*guests, return_exceptions=True)
        await asyncio.sleep(0)  # aborted transports close in the loop's next round


def open_sockets() -> int:
    found = 0
    for entry in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            found += str(entry.readlink()).startswith("socket:")
    return found


def ask(term: str, deadline: float = 1.5) -> SearchRequest:
    return SearchRequest(Query(Clause("any", term), text=term), scope=Scope.LIVE, deadline=deadline)


SLOW = "yulin"


@pytest.fixture
async def province(tmp_path: Path):
    """All libraries that answer at once."""
    ids = [known.id for known in load_members() if known.serves and known.id != SLOW]
    async with Province(tmp_path / "province", library_ids=ids, processes=2) as running:
        yield running


async def test_bad_libraries_cost_only_their_own_answer(tmp_path, province):
    good = province.targets
    async with bad_servers() as ports:
        bad = [target_from_url(f"z3950://127.0.0.1:{port}/db?id={name}") for name, port in ports.items()]
        bad += [target_from_url(f"sru+http://127.0.0.1:{port}/sru?id=sru-{name}") for name, port in ports.items()]
        async with open_federation(GatewaySettings(data=tmp_path / "index"), [*good, *bad]) as federation:
            loop = asyncio.get_running_loop()
            began = loop.time()
            answer = await federation.search(ask("红楼梦", deadline=4.0))
            took = loop.time() - began
    assert took < 24.0, "the deadline was 4 s, and some of these never end"
    by_id = {status.id: status for status in answer.targets}
    for target in good:
        assert by_id[target.id].state is State.OK, by_id[target.id]
        assert by_id[target.id].returned == by_id[target.id].hits
    for name in ports:
        for identifier in (name, f"sru-{name}"):
            status = by_id[identifier]
            expected = State.TIMEOUT if name in ("silent", "dripping") else State.ERROR
            assert status.state is expected or (name == "dripping" and status.state is State.ERROR), status
            assert status.diagnostic is not None and len(status.diagnostic.message) > 15
    assert answer.total >= 1


async def test_a_library_killed_in_mid_search(tmp_path, province):
    async with Province(tmp_path / "dying", library_ids=[SLOW]) as dying:
        targets = [*province.targets, *dying.targets]
        async with open_federation(GatewaySettings(data=tmp_path / "index"), targets) as federation:
            search = asyncio.create_task(federation.search(ask("红楼梦", deadline=60.0)))
            await asyncio.sleep(1.0)
            os.kill(dying.pids[SLOW], signal.SIGKILL)  # it is still thinking about its answer
            answer = await asyncio.wait_for(search, 30.0)
    by_id = {status.id: status for status in answer.targets}
    dead = by_id.pop(SLOW)
    assert dead.state is State.ERROR
    assert dead.diagnostic is not None
    assert dead.diagnostic.kind in ("unreachable", "protocol")
    assert all(status.state is State.OK for status in by_id.values()), by_id


async def test_nothing_stays_behind(tmp_path):
    """Sockets, tasks and memory are where they were after many searches of nothing but bad libraries."""
    async with bad_servers() as ports:
        bad = [target_from_url(f"z3950://127.0.0.1:{port}/db?id={name}") for name, port in ports.items()]
        bad += [target_from_url(f"sru+http://127.0.0.1:{port}/sru?id=sru-{name}") for name, port in ports.items()]
        settings = GatewaySettings(data=tmp_path / "index", cache_seconds=0)
        async with open_federation(settings, bad) as federation:

            async def round_of_searches(first: int, count: int) -> None:
                for number in range(first, first + count):
                    for member in federation.members:
                        member.breaker.success()  # ask every one every time
                    await federation.search(ask(f"第{number}问", deadline=0.1))
                await asyncio.sleep(0.4)
                gc.collect()

            await round_of_searches(0, 5)
            sockets, tasks = open_sockets(), len(asyncio.all_tasks())
            tracemalloc.start()
            await round_of_searches(5, 5)
            before = tracemalloc.get_traced_memory()[0]
            await round_of_searches(10, 25)
            grown = tracemalloc.get_traced_memory()[0] - before
            tracemalloc.stop()
            assert open_sockets() <= sockets + 1
            assert len(asyncio.all_tasks()) <= tasks + 1
            assert grown < 400_000, f"{grown} bytes more after 25 searches"
