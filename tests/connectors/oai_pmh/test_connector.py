"""Harvesting from a server on loopback that answers as each test tells it."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator, Callable

import pytest
from aiohttp import web

from connectors.oai_pmh import OAIConnector, connect
from gateway.core.deadline import Deadline
from gateway.core.errors import (
    ConfigurationError,
    DataError,
    FatalTargetError,
    RemoteProtocolError,
    RetriableError,
    UnsupportedQueryError,
)
from gateway.core.ports import Batch, Connector, HarvestingConnector
from gateway.core.target import Target
from gateway.protocols.simple import parse_simple

Answer = str | bytes | web.Response
HEAD = '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><responseDate>{0}</responseDate><request>x</request>'
MARC = (
    '<record xmlns="http://www.loc.gov/MARC21/slim"><leader>00000nam a2200000   4500</leader>'
    '<controlfield tag="001">{0}</controlfield></record>'
)
FORMATS = ("oai_dc", "mods", "marc21")


def listing(*records: str, token: str | None = None, date: str = "2024-05-05T10:00:00Z") -> str:
    end = "" if token is None else f'<resumptionToken completeListSize="9">{token}</resumptionToken>'
    return f"{HEAD.format(date)}<ListRecords>{''.join(records)}{end}</ListRecords></OAI-PMH>"


def record(number: int, deleted: bool = False) -> str:
    status = ' status="deleted"' if deleted else ""
    inner = "" if deleted else f"<metadata>{MARC.format(number)}</metadata>"
    return (
        f"<record><header{status}><identifier>oai:x:{number}</identifier><datestamp>2024-01-01</datestamp></header>"
        f"{inner}</record>"
    )


def error(code: str) -> str:
    return f'{HEAD.format("2024-05-05T10:00:00Z")}<error code="{code}">words</error></OAI-PMH>'


class Server:
    """``handler`` answers ListRecords; what was asked for is kept."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.handler: Callable[[dict[str, str]], Answer] = lambda asked: listing(record(1))
        self.granularity = "YYYY-MM-DDThh:mm:ssZ"
        self.deleted = "persistent"
        self.identify: Answer | None = None
        self.formats: Answer | None = None
        self.url = ""
        self.connectors: list[OAIConnector] = []

    async def handle(self, request: web.Request) -> web.Response:
        asked = dict(request.query)
        if asked["verb"] == "Identify":
            answer = self.identify or (
                f"{HEAD.format('2024-05-05T10:00:00Z')}<Identify><repositoryName>R</repositoryName>"
                f"<granularity>{self.granularity}</granularity><deletedRecord>{self.deleted}</deletedRecord>"
                "</Identify></OAI-PMH>"
            )
        elif asked["verb"] == "ListMetadataFormats":
            formats = "".join(
                f"<metadataFormat><metadataPrefix>{each}</metadataPrefix></metadataFormat>" for each in FORMATS
            )
            answer = self.formats or (
                f"{HEAD.format('2024-05-05T10:00:00Z')}<ListMetadataFormats>{formats}</ListMetadataFormats></OAI-PMH>"
            )
        else:
            self.asked.append(asked)
            answer = self.handler(asked)
        if isinstance(answer, web.Response):
            return answer
        return web.Response(body=answer.encode() if isinstance(answer, str) else answer, content_type="text/xml")

    def connector(self, **options: str) -> OAIConnector:
        made = connect(Target("lib", "oai_pmh", self.url, name={"en": "Lib"}, options=options))
        self.connectors.append(made)
        return made

    async def batches(self, cursor: str = "", **options: str) -> list[Batch]:
        return [batch async for batch in self.connector(**options).harvest(cursor)]


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    running = Server()
    app = web.Application()
    app.router.add_get("/oai", running.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    running.url = f"http://127.0.0.1:{runner.addresses[0][1]}/oai"
    yield running
    for connector in running.connectors:
        await connector.close()
    await runner.cleanup()


def ids(batches: list[Batch]) -> list[str]:
    return [raw.local_id or "" for batch in batches for raw in batch.records]


def pages(*answers: str) -> Callable[[dict[str, str]], Answer]:
    """The first answer for a list from its beginning, answer n for the token ``tn``."""

    def handler(asked: dict[str, str]) -> Answer:
        return answers[int(asked.get("resumptionToken", "t0")[1:])]

    return handler


async def test_it_is_a_connector_that_harvests(server):
    connector = server.connector()
    assert isinstance(connector, Connector)
    assert isinstance(connector, HarvestingConnector)
    with pytest.raises(UnsupportedQueryError, match="shared index"):
        async for _ in connector.search(parse_simple("a"), start=1, limit=1, deadline=Deadline(0)):
            pass


async def test_a_whole_list(server):
    server.handler = pages(listing(record(1), record(2, True), token="t1"), listing(record(3), token=""))
    first, last = await server.batches()
    assert [raw.local_id for raw in first.records] == ["oai:x:1"]
    assert first.records[0].source == "lib"
    assert first.records[0].format == "marcxml"
    assert (first.deletions, first.total) == (("oai:x:2",), 9)
    assert ids([last]) == ["oai:x:3"]
    assert server.asked == [
        {"verb": "ListRecords", "metadataPrefix": "marc21"},
        {"verb": "ListRecords", "resumptionToken": "t1"},
    ]


async def test_options(server):
    server.handler = pages(listing(record(1), record(2, True)))
    (batch,) = await server.batches(set="a:b", prefix="oai_dc", strip="oai:x:")
    assert server.asked == [{"verb": "ListRecords", "metadataPrefix": "oai_dc", "set": "a:b"}]
    assert (ids([batch]), batch.deletions) == (["1"], ("2",))


async def test_the_same_record_twice_in_a_part_counts_as_it_came_last(server):
    server.handler = pages(listing(record(1), record(2, True), record(1, True), record(2)))
    (batch,) = await server.batches()
    assert (ids([batch]), batch.deletions) == (["oai:x:2"], ("oai:x:1",))


async def test_going_on_from_any_cursor(server):
    server.handler = pages(*(listing(record(n), token=f"t{n + 1}" if n < 4 else None) for n in range(5)))
    whole = await server.batches()
    for at, batch in enumerate(whole[:-1]):
        assert ids(await server.batches(batch.cursor)) == ids(whole[at + 1 :])


@pytest.mark.parametrize(
    ("granularity", "overlap", "since"),
    [
        ("YYYY-MM-DDThh:mm:ssZ", "", "2024-05-05T09:00:00Z"),
        ("YYYY-MM-DDThh:mm:ssZ", "0", "2024-05-05T10:00:00Z"),
        ("YYYY-MM-DD", "0", "2024-05-05"),
        ("YYYY-MM-DD", "86400", "2024-05-04"),
    ],
)
async def test_the_next_harvest_begins_where_the_last_one_began(server, granularity, overlap, since):
    server.granularity = granularity
    late = "2024-06-06T00:00:00Z"
    server.handler = pages(listing(record(1), token="t1"), listing(record(2), date=late))
    options = {"overlap": overlap} if overlap else {}
    cursor = (await server.batches(**options))[-1].cursor
    server.asked.clear()
    server.handler = lambda asked: error("noRecordsMatch")
    (batch,) = await server.batches(cursor, **options)
    assert (batch.records, batch.deletions) == ((), ())
    assert server.asked == [{"verb": "ListRecords", "metadataPrefix": "marc21", "from": since}]


async def test_a_server_that_says_seconds_but_takes_days(server):
    server.handler = pages(listing(record(1)))
    cursor = (await server.batches())[-1].cursor
    server.handler = lambda asked: error("badArgument") if "T" in asked.get("from", "") else listing(record(2))
    assert ids(await server.batches(cursor)) == ["oai:x:2"]
    assert [asked["from"] for asked in server.asked[1:]] == ["2024-05-05T09:00:00Z", "2024-05-05"]


async def test_another_set_or_address_begins_anew(server):
    server.handler = pages(listing(record(1)))
    cursor = (await server.batches(set="a"))[-1].cursor
    server.asked.clear()
    await server.batches(cursor, set="b")
    assert "from" not in server.asked[0]


async def test_an_expired_token_begins_the_list_again(server):
    alive = False

    def handler(asked: dict[str, str]) -> str:
        nonlocal alive
        if "resumptionToken" not in asked:
            return listing(record(1), token="t1", date="2024-07-07T00:00:00Z")
        if not alive:
            alive = True
            return error("badResumptionToken")
        return listing(record(2))

    server.handler = handler
    assert ids(await server.batches()) == ["oai:x:1", "oai:x:1", "oai:x:2"]


async def test_a_server_that_forgets_every_token_is_given_up(server):
    server.handler = lambda asked: error("badResumptionToken") if "resumptionToken" in asked else listing(token="t1")
    with pytest.raises(FatalTargetError, match="forgets"):
        await server.batches()
    assert len(server.asked) == 8


# Lists that would never end


async def test_the_same_token_for_ever(server):
    server.handler = lambda asked: listing(record(1), token="t1")
    with pytest.raises(RemoteProtocolError, match="circles"):
        await server.batches()
    assert len(server.asked) <= 3


async def test_tokens_in_a_circle(server):
    server.handler = pages(
        *(listing(record(n), token=f"t{next}") for n, next in enumerate((1, 2, 3, 1)))
    )  # fmt: skip
    with pytest.raises(RemoteProtocolError, match="circles"):
        await server.batches()
    assert len(server.asked) <= 8


async def test_one_token_for_all_parts_is_no_circle(server):
    counter = iter(range(100))

    def handler(asked: dict[str, str]) -> str:
        number = next(counter)
        return listing(record(number), token="same" if number < 5 else None)

    server.handler = handler
    assert len(ids(await server.batches())) == 6


async def test_new_tokens_without_records_for_ever(server):
    counter = iter(range(10_000))
    server.handler = lambda asked: listing(token=f"t{next(counter)}")
    with pytest.raises(RemoteProtocolError, match="no record"):
        await server.batches()
    assert len(server.asked) < 150


# Faults


async def test_a_broken_record_is_told_and_the_others_kept(server):
    server.handler = pages(listing(record(1), record(2).replace("</leader>", ""), record(3)))
    (batch,) = await server.batches()
    assert ids([batch]) == ["oai:x:1", "oai:x:3"]
    assert "oai:x:2" in batch.faults[0]


@pytest.mark.parametrize(
    ("value", "seconds"), [("7", 7.0), ("", None), ("soon", None), ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0)]
)
async def test_503_is_to_be_tried_again_after_the_time_it_says(server, value, seconds):
    headers = {"Retry-After": value} if value else {}
    server.handler = lambda asked: web.Response(status=503, headers=headers)
    with pytest.raises(RetriableError) as caught:
        await server.batches()
    assert caught.value.retry_after == seconds


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (web.Response(status=404), FatalTargetError),
        (web.Response(status=401), FatalTargetError),
        (web.Response(status=500), RetriableError),
        (web.Response(status=302, headers={"Location": "http://192.0.2.1/"}), FatalTargetError),
        (error("cannotDisseminateFormat"), FatalTargetError),
        (error("serviceUnavailable"), RetriableError),
        ("<html><title>Welcome</title></html>", RemoteProtocolError),
        ('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', RemoteProtocolError),
        (b"", RemoteProtocolError),
    ],
    ids=["404", "401", "500", "redirect", "format", "busy", "page", "entity", "empty"],
)
async def test_faults_by_class(server, answer, kind):
    server.handler = lambda asked: answer
    with pytest.raises(kind):
        await server.batches()


async def test_an_error_under_an_http_error_is_read(server):
    server.handler = lambda asked: web.Response(status=422, body=error("noSetHierarchy").encode())
    with pytest.raises(FatalTargetError, match="no sets"):
        await server.batches(set="a")


async def test_packed_answers(server):
    body = listing(record(1)).encode()
    for name, packed in (("gzip", gzip.compress(body)), ("deflate", zlib.compress(body))):
        headers = {"Content-Encoding": name}
        server.handler = lambda asked, packed=packed, headers=headers: web.Response(body=packed, headers=headers)
        assert ids(await server.batches()) == ["oai:x:1"]


async def test_200_megabytes_are_not_read(server):
    bomb = gzip.compress(b"<a>" + b" " * 200_000_000)
    server.handler = lambda asked: web.Response(body=bomb, headers={"Content-Encoding": "gzip"})
    with pytest.raises(RemoteProtocolError, match="the rest was not read"):
        await server.batches()


async def test_a_connection_that_breaks_is_to_be_tried_again(server):
    packed = gzip.compress(listing(record(1)).encode())[:-20]
    server.handler = lambda asked: web.Response(body=packed, headers={"Content-Encoding": "gzip"})
    with pytest.raises((RetriableError, RemoteProtocolError)):
        await server.batches()
    other = connect(Target("lib", "oai_pmh", "http://127.0.0.1:1/oai"))
    try:
        with pytest.raises(RetriableError, match="cannot be reached"):
            await anext(aiter(other.harvest()))
    finally:
        await other.close()


async def test_a_repository_that_cannot_identify_itself_is_harvested(server):
    server.identify = "<html/>"
    server.formats = error("badVerb")
    server.handler = pages(listing(record(1)))
    assert ids(await server.batches()) == ["oai:x:1"]
    assert server.asked[0]["metadataPrefix"] == "oai_dc"


async def test_who_keeps_no_deletions_is_told(server):
    server.deleted = "no"
    server.handler = pages(listing(record(1), token="t1"), listing(record(2)))
    first, last = await server.batches()
    assert first.notes == ()
    assert "in full" in last.notes[0]


async def test_cancelling_frees_at_once(server):
    waiting = asyncio.Event()

    async def never(request: web.Request) -> web.Response:
        waiting.set()
        await asyncio.sleep(60)
        return web.Response()

    app = web.Application()
    app.router.add_get("/", never)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    connector = connect(Target("lib", "oai_pmh", f"http://127.0.0.1:{runner.addresses[0][1]}/"))
    task = asyncio.create_task(anext(aiter(connector.harvest())))
    await waiting.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await connector.close()
    await runner.cleanup()


@pytest.mark.parametrize("url", ["ftp://x/", "http://", "http://[", "x"])
def test_bad_addresses(url):
    with pytest.raises(ConfigurationError):
        connect(Target("lib", "oai_pmh", url))


@pytest.mark.parametrize("overlap", ["-1", "x", "1e99", "nan"])
def test_bad_overlaps(overlap):
    with pytest.raises(ConfigurationError, match="overlap"):
        connect(Target("lib", "oai_pmh", "http://x/", options={"overlap": overlap}))


@pytest.mark.parametrize("cursor", ["x", "[]", '{"bogus": 1}', "1"])
async def test_a_damaged_cursor_is_told(server, cursor):
    with pytest.raises(DataError, match="in full"):
        await server.batches(cursor)
