"""The laboratory's servers against the gateway's own decoders."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter

import pytest

from gateway.core.errors import ConfigurationError
from gateway.core.query import Clause, Query
from gateway.core.record import Flavour, RawRecord
from gateway.lab import shelves, z3950
from gateway.lab.plan import HOST, Plan
from gateway.lab.servers import Servers
from gateway.protocols.sru.response import parse_search
from gateway.protocols.z3950 import Connection, Role
from gateway.protocols.z3950.apdu import Apdu, InitRequest, PresentRequest, SearchRequest
from gateway.protocols.z3950.querymap import AskingRules, to_rpn
from gateway.records.normalise import normalise
from tests.support.waiting import until


class Client:
    """An origin that asks and reads one answer at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.connection = Connection(Role.ORIGIN)

    async def ask(self, message: Apdu) -> Apdu:
        self.writer.write(self.connection.send(message))
        return await self.answer()

    async def answer(self) -> Apdu:
        while not isinstance(event := self.connection.next_event(), Apdu):
            self.connection.receive_data(await asyncio.wait_for(self.reader.read(65536), 5))
        return event


@contextlib.asynccontextmanager
async def clients(plan: Plan):
    async with Servers(plan.members()) as servers, contextlib.AsyncExitStack() as stack:
        made = []
        for port in servers.ports.values():
            reader, writer = await asyncio.open_connection(HOST, port)
            stack.callback(writer.transport.abort)
            made.append(Client(reader, writer))
            await made[-1].ask(InitRequest())
        yield made


def search(term: str, count: int = 5) -> SearchRequest:
    rules = AskingRules({}, lambda text: text.encode())
    return SearchRequest(
        query=to_rpn(Query(Clause("any", term)), rules),
        small_set_upper_bound=count,
        large_set_lower_bound=1 << 30,
        medium_set_present_number=count,
    )


def read(answer, library) -> list:
    raws = [
        RawRecord(library.id, item.record.octets, "iso2709", library.flavour, library.charset)
        for item in answer.records.value
    ]
    return [normalise(raw) for raw in raws]


async def test_a_search_finds_its_topic_in_either_charset():
    plan = Plan(2, charsets=("utf-8", "gbk"))
    async with clients(plan) as made:
        for client, library in zip(made, plan.members(), strict=True):
            answer = await client.ask(search("戏曲"))
            assert (answer.count, answer.returned, answer.next_position, answer.status) == (20, 5, 6, True)
            records = read(answer, library)
            assert all("戏曲" in record.title.text for record in records), library
            assert records[0].holdings[0].library == library.id
            assert {record.id for record in records} == {
                f"{library.id}:{shelves.TOPICS.index('戏曲'):02d}{number:08d}"
                for number in shelves.editions(library, shelves.TOPICS.index("戏曲"))[:5]
            }


async def test_the_rest_is_presented_and_what_is_not_there_is_refused():
    async with clients(Plan(1)) as (client,):
        first = await client.ask(search("戏曲", 20))
        rest = await client.ask(PresentRequest(6, 10))
        assert [item.record.octets for item in rest.records.value] == [
            item.record.octets for item in first.records.value[5:15]
        ]
        assert (await client.ask(PresentRequest(15, 10))).records.condition == 13


async def test_answers_stay_in_order_whatever_their_delays():
    async with clients(Plan(1, latency="lognormal:0.005:1.5")) as (client,):
        await client.ask(search("戏曲", 1))
        for start in range(1, 11):
            client.writer.write(client.connection.send(PresentRequest(start, 1)))
        found = [(await client.answer()).records.value[0].record.octets for _ in range(10)]
        whole = await client.ask(PresentRequest(1, 10))
        assert found == [item.record.octets for item in whole.records.value]


async def test_a_reference_comes_back():
    async with clients(Plan(1)) as (client,):
        request = search("戏曲")
        answer = await client.ask(SearchRequest(**{f: getattr(request, f) for f in ("query",)}, reference_id=b"r7"))
        assert answer.reference_id == b"r7"


@pytest.mark.parametrize("octets", [b"\x00" * 100, b"GET / HTTP/1.0\r\n\r\n", b"\xb4\x84\x7f\xff\xff\xff"])
async def test_what_is_no_request_ends_the_connection(octets):
    async with Servers(Plan(1).members()) as servers:
        reader, writer = await asyncio.open_connection(HOST, servers.ports["lib0001"])
        writer.write(octets)
        writer.write_eof()
        assert await asyncio.wait_for(reader.read(), 5) == b""
        writer.close()


async def fetch(port: int, target: str) -> tuple[str, bytes]:
    reader, writer = await asyncio.open_connection(HOST, port)
    writer.write(f"GET {target} HTTP/1.1\r\nHost: lab\r\n\r\n".encode())
    head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)).decode()
    size = int(head.lower().partition("content-length:")[2].split()[0])
    body = await asyncio.wait_for(reader.readexactly(size), 5)
    writer.close()
    return head, body


async def test_sru_answers_are_sru():
    library = Plan(1, sru=1, charsets=("gbk",)).members()[0]
    async with Servers([library]) as servers:
        target = "/lab?operation=searchRetrieve&version=1.2&query=%E6%88%8F%E6%9B%B2&startRecord=3&maximumRecords=4"
        _, body = await fetch(servers.ports[library.id], target)
        answer = parse_search(body)
        head, _ = await fetch(servers.ports[library.id], "/lab?operation=explain")
    assert (answer.total, [record.position for record in answer.records]) == (20, [3, 4, 5, 6])
    assert {record.flavour for record in answer.records} == {Flavour.CNMARC}
    raw = RawRecord(library.id, answer.records[0].payload, "marcxml", Flavour.CNMARC, "utf-8")
    assert "戏曲" in normalise(raw).title.text
    assert head.startswith("HTTP/1.1 400")


async def test_a_taken_port_is_told():
    library = Plan(1).members()[0]
    async with Servers([library]) as servers:
        with pytest.raises(ConfigurationError, match="--base-port"):
            async with Servers([library], servers.ports[library.id]):
                pass


def test_libraries_share_some_editions_and_have_their_own():
    one, other = Plan(2).members()
    mine, theirs = set(shelves.editions(one, 3)), set(shelves.editions(other, 3))
    assert len(mine) == len(theirs) == 20
    assert len(mine & theirs) < 10
    held = [set(shelves.editions(library, 3)) for library in Plan(113).members()]
    common = set.union(*(a & b for a in held for b in held if a is not b))
    assert 50 < len(common) <= 80
    titles = [shelves.title_of(3, number) for number in range(4000)]
    assert len(set(titles)) > 3500


@pytest.mark.parametrize("size", [0, 5, 0x7F, 0x80, 0xFFFF, 0x10000])
def test_lengths_are_read_as_they_are_written(size):
    message = z3950.tlv(0xB7, b"x" * size)
    assert z3950.framed(message) == len(message)
    assert z3950.framed(message[:1]) > 1


async def test_a_second_question_while_the_first_is_thought_about_is_another_draw():
    plan = Plan(1, latency="lognormal:0.01:0.5:0.5", seed=3)
    library = plan.members()[0]
    topic = next(
        topic
        for topic in range(len(shelves.TOPICS))
        if library.latency.delay(3, 1, (("search", topic, 1), topic)) > 60
        and library.latency.delay(3, 1, (("search", topic, 1), topic), 1) < 60
    )
    lines, thinking = set(), Counter()
    first, second = (z3950.Z3950Line(library, lines, thinking) for _ in range(2))
    key = (("search", topic, 1), topic)
    said = []
    second._utter = lambda answer, spoilt: said.append(answer)
    first.say(b"one", key)
    second.say(b"two", key)
    assert thinking[(1, key)] == 2
    await until(lambda: said)
    assert said == [b"two"]
    first.connection_lost(None)
    assert not thinking
