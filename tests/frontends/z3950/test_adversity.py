"""Clients that are slow, greedy, silent, rude or many: the others are served, and nothing is left behind."""

from __future__ import annotations

import asyncio

import pytest

from gateway.core.record import RawRecord
from gateway.protocols.z3950.apdu import InitRequest, PresentRequest, PresentStatus, Range
from gateway.protocols.z3950.schema_services import PDU
from gateway.protocols.z3950.services import Close, CloseReason
from tests.support.shelf import BOOKS, Shelf, record
from tests.support.z3950_requests import search


async def until(condition, seconds: float = 5.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - what is waited for is the state of the server's sockets
            await asyncio.sleep(0.01)


async def served(client) -> bool:
    return (await client.ask(search("红"))).count == 2


async def test_rubbish_gets_a_close_and_the_door(start, open_client) -> None:
    server = await start()
    client = await open_client(server)
    client.writer.write(b"GET / HTTP/1.0\r\n\r\n")
    answer = await client.next()
    assert isinstance(answer, Close)
    assert answer.reason == CloseReason.PROTOCOL_ERROR
    with pytest.raises(EOFError):
        await client.next()
    await until(lambda: server.sessions == 0)


async def test_an_oversized_request_is_refused_by_its_length(start, open_client) -> None:
    server = await start(max_request=10000)
    client, other = await open_client(server), await open_client(server)
    client.writer.write(b"\xb6\x83\x7f\xff\xff")
    assert (await client.next()).reason == CloseReason.PROTOCOL_ERROR
    assert await served(other)


async def test_a_request_before_init(start, open_client) -> None:
    client = await open_client(await start(), init=None)
    client.writer.write(PDU.encode(search("x")))
    with pytest.raises(EOFError):
        while await client.next():
            pass


async def test_an_idle_session_is_closed(start, open_client) -> None:
    server = await start(idle_seconds=0.1)
    client = await open_client(server)
    assert (await client.next()).reason == CloseReason.LACK_OF_ACTIVITY
    await until(lambda: server.sessions == 0)


async def test_a_request_that_trickles_in_is_cut_off(start, open_client) -> None:
    server = await start(pdu_seconds=0.2)
    slow, other = await open_client(server), await open_client(server)
    data = slow.connection.send(search("红"))

    async def trickle() -> None:
        for octet in data:
            slow.writer.write(bytes((octet,)))
            await asyncio.sleep(0.02)

    task = asyncio.create_task(trickle())
    assert await served(other)
    assert (await slow.next()).reason == CloseReason.LACK_OF_ACTIVITY
    task.cancel()


async def test_a_request_octet_by_octet_is_served(start, open_client) -> None:
    client = await open_client(await start())
    for octet in client.connection.send(search("红")):
        client.writer.write(bytes((octet,)))
        await client.writer.drain()
    assert (await client.next()).count == 2


async def test_two_hundred_idle_connections(start, open_client) -> None:
    server = await start(max_sessions=300, max_sessions_per_address=300)
    idle = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(200)]
    client = await open_client(server)
    assert await served(client)
    assert server.sessions == 201
    for _, writer in idle:
        writer.close()
    await until(lambda: server.sessions == 1)


async def test_limits_of_sessions(start, open_client) -> None:
    server = await start(max_sessions=3, max_sessions_per_address=2)
    first = await open_client(server)
    await open_client(server)
    third = await open_client(server, init=None)
    answer = await third.next()
    assert answer == Close(reason=CloseReason.RESOURCES, diagnostic="too many sessions from this address")
    await first.close()
    await until(lambda: server.sessions == 1)
    assert await served(await open_client(server))


async def test_limit_of_all_sessions(start, open_client) -> None:
    server = await start(max_sessions=1)
    client = await open_client(server)
    second = await open_client(server, init=None)
    assert (await second.next()).diagnostic == "too many sessions"
    assert await served(client)


async def test_a_client_that_never_reads(start, open_client) -> None:
    """It gets no second answer before it has read the first; meanwhile the others are served."""
    server = await start(Shelf(BOOKS * 2000, databases=("shelf",)), idle_seconds=0.5, max_records=100000)
    greedy, other = await open_client(server), await open_client(server)
    greedy.writer.transport.pause_reading()
    greedy.writer.write(greedy.connection.send(search("9")))
    for _ in range(40):
        greedy.writer.write(greedy.connection.send(PresentRequest(1, 10000)))
    assert await served_some(other)
    await until(lambda: server.sessions == 0, 30)  # the one that never reads is put out, too; the other left idle


async def served_some(client) -> bool:
    return (await client.ask(search("红"))).count == 4000


async def test_a_client_that_leaves_in_the_middle(start, open_client) -> None:
    server = await start()
    client = await open_client(server)
    client.writer.write(client.connection.send(search("slow")))
    await client.writer.drain()
    await asyncio.sleep(0.05)
    client.writer.transport.abort()
    await until(lambda: server.sessions == 0)
    assert not [task for task in asyncio.all_tasks() if "_answer" in repr(task)]


async def test_shutting_down_says_close(start, open_client) -> None:
    server = await start()
    client, busy = await open_client(server), await open_client(server)
    busy.writer.write(busy.connection.send(search("slow")))
    await asyncio.sleep(0.05)
    await server.close()
    for each in (client, busy):
        assert (await each.next()).reason == CloseReason.SHUTDOWN
    assert server.sessions == 0


async def test_close_while_a_search_runs(start, open_client) -> None:
    server = await start()
    client = await open_client(server)
    client.writer.write(client.connection.send(search("slow")))
    answer = await client.ask(Close())
    assert isinstance(answer, Close)
    await until(lambda: server.sessions == 0)


async def test_five_hundred_sessions_one_after_the_other(start, open_client) -> None:
    server = await start()
    for _ in range(500):
        client = await open_client(server, init=InitRequest(options=frozenset({0, 1})))
        assert await served(client)
        await client.close()
    await until(lambda: server.sessions == 0)


class Endless:
    """A result set of a million records; it remembers how many it was asked for at once."""

    total = 1_000_000
    most = 0

    async def fetch(self, start: int, count: int) -> list[RawRecord]:
        self.most = max(self.most, count)
        return [record(BOOKS[0])] * count


class Million(Shelf):
    def __init__(self) -> None:
        super().__init__()
        self.found = Endless()

    async def search(self, databases, query):
        return self.found if query.root.term == "million" else await super().search(databases, query)


async def test_a_present_of_a_million_records(start, open_client) -> None:
    """So many come as fit an answer, the client is told to ask on, and nobody else waits."""
    shelf = Million()
    server = await start(shelf, max_records=500, max_message=1 << 20)
    greedy, other = await open_client(server), await open_client(server)
    assert (await greedy.ask(search("million"))).count == 1_000_000
    greedy.writer.write(greedy.connection.send(PresentRequest(1, 1_000_000)))
    assert await served(other)
    answer = await greedy.next()
    assert (answer.status, answer.returned, answer.next_position) == (PresentStatus.PARTIAL_2, 500, 501)
    assert shelf.found.most == 500
    answer = await greedy.ask(PresentRequest(999_000, 1_001))
    assert (answer.returned, answer.next_position) == (500, 999_500)


async def test_ranges_of_a_million_records(start, open_client) -> None:
    server = await start(Million(), max_records=500)
    client = await open_client(server)
    await client.ask(search("million"))
    ranges = tuple(Range(at, 100_000) for at in range(100_001, 900_000, 100_000))
    answer = await client.ask(PresentRequest(1, 100_000, additional_ranges=ranges))
    assert answer.returned == 500


async def test_slow_ones_idle_ones_and_greedy_ones_together(start, open_client) -> None:
    """Two hundred silent connections and ten that trickle: the tenth honest client is served like the first."""
    server = await start(Million(), max_sessions=300, max_sessions_per_address=300)
    silent = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(200)]
    slow = [await open_client(server) for _ in range(10)]
    halves = [client.connection.send(search("红")) for client in slow]
    for client, data in zip(slow, halves, strict=True):
        client.writer.write(data[: len(data) // 2])
    for _ in range(10):
        honest = await open_client(server)
        assert await served(honest)
        await honest.close()
    for client, data in zip(slow, halves, strict=True):
        client.writer.write(data[len(data) // 2 :])
        assert (await client.next()).count == 2
    for _, writer in silent:
        writer.close()
    await until(lambda: server.sessions == 10)
