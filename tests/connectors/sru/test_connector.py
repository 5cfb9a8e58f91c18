"""The SRU connector against servers that answer well, page oddly, lie, stall, break off or are something else."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web

from connectors.sru import connect
from gateway.core.deadline import Deadline
from gateway.core.errors import (
    ConfigurationError,
    DeadlineExceededError,
    FatalTargetError,
    RemoteProtocolError,
    RetriableError,
    UnsupportedQueryError,
)
from gateway.core.ports import Connector
from gateway.core.query import Clause, Query, Relation
from gateway.core.record import Flavour
from gateway.core.target import Target
from gateway.protocols.simple import parse_simple
from gateway.protocols.sru.safe_xml import MAX_BODY

Server = Any  # the fixture of conftest


def library(server: Server, total: int, cap: int = 1000) -> Callable[[web.Request], Awaitable[web.Response]]:
    """A sound server with ``total`` records that never gives more than ``cap`` at once."""

    async def handler(request: web.Request) -> web.Response:
        start, count = int(request.query["startRecord"]), int(request.query["maximumRecords"])
        numbers = list(range(start, min(start + min(count, cap), total + 1)))
        return server.xml(total, numbers)

    return handler


def numbers(pages: list[Any]) -> list[int]:
    return [int(re.findall(rb'tag="001">(\d+)', raw.payload)[0]) for page in pages for raw in page.records]


async def test_it_is_a_connector(server: Server) -> None:
    assert isinstance(server.connector(), Connector)


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("1.1", {"operation": "searchRetrieve", "version": "1.1", "recordPacking": "xml"}),
        ("1.2", {"operation": "searchRetrieve", "version": "1.2", "recordPacking": "xml"}),
        ("2.0", {"version": "2.0", "queryType": "cql", "recordXMLEscaping": "xml"}),
    ],
)
async def test_parameters_of_each_version(server: Server, version: str, expected: dict[str, str]) -> None:
    server.handler = library(server, 1)
    await server.pages("题名:红楼梦 作者:曹雪芹", options={"version": version, "x-collection": "main"}, limit=7)
    assert server.asked == [
        expected
        | {
            "query": "dc.title = 红楼梦 and dc.creator = 曹雪芹",
            "startRecord": "1",
            "maximumRecords": "7",
            "recordSchema": "marcxml",
            "x-collection": "main",
        }
    ]
    assert "+" not in server.queries[0]


async def test_post_and_other_charsets_and_kept_parameters(server: Server) -> None:
    server.handler = library(server, 0)
    options = {"method": "post"}

    async def handler(request: web.Request) -> web.Response:
        return server.xml(0, [])

    server.handler = handler
    await server.pages("红楼梦", options=options)
    assert server.forms[0]["query"] == "红楼梦"
    await server.pages("红楼梦", url=server.url + "?db=main", term_charset="gbk")
    assert "query=%BA%EC%C2%A5%C3%CE" in server.queries[1]
    assert server.asked[1]["db"] == "main"
    with pytest.raises(UnsupportedQueryError, match="gbk"):
        await server.pages("\u0f40", term_charset="gbk")


async def test_records_carry_what_is_known(server: Server) -> None:
    async def handler(request: web.Request) -> web.Response:
        return server.xml(1, [5], schema="info:srw/schema/8/unimarcxml-v0.1")

    server.handler = handler
    page = (await server.pages(start=1))[0]
    raw = page.records[0]
    assert (raw.source, raw.format, raw.flavour, raw.charset, raw.position) == (
        "lib", "marcxml", Flavour.UNIMARC, "utf-8", 1,
    )  # fmt: skip
    page = (await server.pages(flavour=Flavour.CNMARC))[0]
    assert page.records[0].flavour is Flavour.CNMARC


async def test_pages_follow_until_the_limit(server: Server) -> None:
    server.handler = library(server, 100)
    pages = await server.pages(limit=25, page_size=10)
    assert [len(page.records) for page in pages] == [10, 10, 5]
    assert numbers(pages) == list(range(1, 26))
    assert [raw.position for page in pages for raw in page.records] == list(range(1, 26))
    assert {page.total for page in pages} == {100}


async def test_pages_end_with_the_result_set(server: Server) -> None:
    server.handler = library(server, 12)
    assert numbers(await server.pages(limit=50, page_size=10)) == list(range(1, 13))
    assert numbers(await server.pages(start=9, limit=50, page_size=10)) == [9, 10, 11, 12]
    assert len(server.asked) == 3


async def test_no_hits_is_one_empty_page(server: Server) -> None:
    server.handler = library(server, 0)
    pages = await server.pages()
    assert [(page.total, page.records, page.diagnostics) for page in pages] == [(0, (), ())]


async def test_only_the_count_can_be_asked(server: Server) -> None:
    server.handler = library(server, 7)
    pages = await server.pages(limit=0)
    assert [(page.total, page.records, page.diagnostics) for page in pages] == [(7, (), ())]
    assert server.asked[0]["maximumRecords"] == "0"


async def test_a_silent_cap_is_noticed(server: Server) -> None:
    server.handler = library(server, 30, cap=4)
    assert numbers(await server.pages(limit=10, page_size=10)) == list(range(1, 11))
    assert [each["maximumRecords"] for each in server.asked] == ["10", "4", "2"]


async def test_a_server_that_gives_too_much_is_cut(server: Server) -> None:
    async def handler(request: web.Request) -> web.Response:
        return server.xml(9, list(range(1, 10)))

    server.handler = handler
    assert numbers(await server.pages(limit=3)) == [1, 2, 3]
    assert len(server.asked) == 1


async def test_promises_without_records_end_with_a_note(server: Server) -> None:
    async def handler(request: web.Request) -> web.Response:
        return server.xml(30, [1, 2] if request.query["startRecord"] == "1" else [])

    server.handler = handler
    pages = await server.pages(limit=20, page_size=2)
    assert numbers(pages) == [1, 2]
    assert "says that it has 30 records, but gave none from 3 on" in pages[-1].diagnostics[0].message


async def test_out_of_range_is_the_end_not_an_error(server: Server) -> None:
    async def handler(request: web.Request) -> web.Response:
        return server.xml(2, [], server.diagnostic(61))

    server.handler = handler
    pages = await server.pages(start=5)
    assert [(page.total, page.records) for page in pages] == [(2, ())]
    assert pages[0].diagnostics[0].code == "info:srw/diagnostic/1/61"


async def test_surrogates_and_warnings_come_beside_the_records(server: Server) -> None:
    async def handler(request: web.Request) -> web.Response:
        return server.xml(1, [1], server.diagnostic(59, "half"))

    server.handler = handler
    page = (await server.pages())[0]
    assert numbers([page]) == [1]
    assert page.diagnostics[0].message == "Result set created with valid partial results available"
    assert page.diagnostics[0].detail == "half"


@pytest.mark.parametrize(
    ("number", "kind"),
    [(16, UnsupportedQueryError), (2, RetriableError), (3, FatalTargetError), (66, FatalTargetError)],
)
async def test_a_diagnostic_alone_is_an_error(server: Server, number: int, kind: type[Exception]) -> None:
    async def handler(request: web.Request) -> web.Response:
        return server.xml(0, [], server.diagnostic(number, "dc.nosuch"))

    server.handler = handler
    with pytest.raises(kind, match=f"Lib refused: .*diagnostic/1/{number}: dc.nosuch"):
        await server.pages()


EXPLAIN = """<explainResponse xmlns="http://www.loc.gov/zing/srw/"><version>1.2</version><record>
<recordSchema>http://explain.z3950.org/dtd/2.0/</recordSchema><recordPacking>string</recordPacking><recordData>
&lt;explain xmlns="http://explain.z3950.org/dtd/2.0/">&lt;indexInfo>&lt;index>&lt;map>&lt;name set="dc">title&lt;/name>
&lt;/map>&lt;/index>&lt;/indexInfo>&lt;configInfo>&lt;setting type="maximumRecords">3&lt;/setting>&lt;/configInfo>
&lt;/explain></recordData></record></explainResponse>"""


async def test_explain_is_read_once_and_used(server: Server) -> None:
    sound = library(server, 10)
    broken = True

    async def handler(request: web.Request) -> web.Response:
        if request.query["operation"] != "explain":
            return await sound(request)
        return web.Response(status=503) if broken else web.Response(text=EXPLAIN, content_type="text/xml")

    server.handler = handler
    one = server.connector(options={"explain": "yes"})

    async def search(text: str) -> list[int]:
        deadline = Deadline.after(5, asyncio.get_running_loop().time())
        return numbers([p async for p in one.search(parse_simple(text), start=1, limit=5, deadline=deadline)])

    with pytest.raises(RetriableError):
        await search("a")
    broken = False
    assert await asyncio.gather(search("a"), search("题名:a")) == [[1, 2, 3, 4, 5]] * 2
    with pytest.raises(UnsupportedQueryError, match=r"Lib does not list the index 'dc\.creator'"):
        await search("作者:a")
    assert [each["operation"] for each in server.asked].count("explain") == 2
    assert {each["maximumRecords"] for each in server.asked if "maximumRecords" in each} == {"3", "2"}


async def test_a_schema_that_was_only_guessed_is_given_up_once(server: Server) -> None:
    async def handler(request: web.Request) -> web.Response:
        if "recordSchema" in request.query:
            return server.xml(1, [], server.diagnostic(66, "marcxml"))
        return server.xml(1, [1])

    server.handler = handler
    one = server.connector()
    for _ in range(2):
        deadline = Deadline.after(5, asyncio.get_running_loop().time())
        assert numbers([p async for p in one.search(parse_simple("a"), start=1, limit=5, deadline=deadline)]) == [1]
    assert ["recordSchema" in each for each in server.asked] == [True, False, False]
    with pytest.raises(FatalTargetError, match="Unknown schema"):
        await server.pages(options={"schema": "marcxml"})


async def test_an_unknown_access_point_is_refused_before_anything_is_sent(server: Server) -> None:
    server.handler = library(server, 1)
    with pytest.raises(UnsupportedQueryError, match="barcode"):
        await server.pages("条码:1")
    assert server.asked == []
    await server.pages("条码:1", attributes={"barcode": "koha.barcode"})
    assert server.asked[0]["query"] == "koha.barcode = 1"
    with pytest.raises(UnsupportedQueryError, match="subject"):
        await server.pages("主题:a", attributes={"subject": ""})


async def test_relations_that_a_server_lacks_are_written_otherwise(server: Server) -> None:
    one = server.connector(options={"relations": "= >= <="})
    assert one.cql(Query(Clause("title", "a b", Relation.ALL))) == "dc.title = a and dc.title = b"
    assert one.cql(Query(Clause("title", "a b", Relation.ANY))) == "dc.title = a or dc.title = b"
    assert one.cql(Query(Clause("year", "1990 2000", Relation.WITHIN))) == "dc.date >= 1990 and dc.date <= 2000"
    with pytest.raises(UnsupportedQueryError, match="exact"):
        one.cql(Query(Clause("title", "a b", Relation.EXACT)))


@pytest.mark.parametrize(
    ("status", "headers", "kind", "words"),
    [
        (401, {}, FatalTargetError, "credentials"),
        (403, {}, FatalTargetError, "credentials"),
        (404, {}, FatalTargetError, "no SRU service"),
        (400, {}, FatalTargetError, "does not accept"),
        (500, {}, RetriableError, "at the moment.*HTTP 500"),
        (502, {}, RetriableError, "at the moment"),
        (503, {"Retry-After": "7"}, RetriableError, "at the moment"),
        (429, {"Retry-After": "7"}, RetriableError, "at the moment"),
    ],
)
async def test_http_errors(server: Server, status: int, headers: dict[str, str], kind: type, words: str) -> None:
    async def handler(request: web.Request) -> web.Response:
        return web.Response(status=status, headers=headers, text="<html>no</html>", content_type="text/html")

    server.handler = handler
    with pytest.raises(kind, match=words) as caught:
        await server.pages()
    if headers:
        assert caught.value.retry_after == 7


@pytest.mark.parametrize(
    ("value", "low", "high"),
    [
        ("Wed, 01 Jan 2020 00:00:00 GMT", 0, 0),
        ("Fri, 01 Jan 2100 00:00:00 GMT", 86_400, 86_400),
        ("999999999", 86_400, 86_400),
    ],
)
async def test_retry_after_is_bounded(server: Server, value: str, low: float, high: float) -> None:
    async def handler(request: web.Request) -> web.Response:
        return web.Response(status=503, headers={"Retry-After": value})

    server.handler = handler
    with pytest.raises(RetriableError) as caught:
        await server.pages()
    assert low <= caught.value.retry_after <= high


@pytest.mark.parametrize("value", ["soon", "-3", "", "１"])
async def test_retry_after_that_says_nothing(server: Server, value: str) -> None:
    async def handler(request: web.Request) -> web.Response:
        return web.Response(status=503, headers={"Retry-After": value})

    server.handler = handler
    with pytest.raises(RetriableError) as caught:
        await server.pages()
    assert caught.value.retry_after is None


async def test_a_web_page_is_called_one(server: Server) -> None:
    async def handler(request: web.Request) -> web.Response:
        return web.Response(text="<!doctype html><title>图书馆</title>", content_type="text/html")

    server.handler = handler
    with pytest.raises(RemoteProtocolError, match=r"Lib answered with a web page.*图书馆"):
        await server.pages()


async def test_too_large_an_answer_is_not_read_to_its_end(server: Server) -> None:
    sent = 0

    async def handler(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse()
        await response.prepare(request)
        block = b" " * 1_000_000
        for _ in range(200):
            await response.write(block)
            sent += len(block)
        return response

    server.handler = handler
    with pytest.raises(RemoteProtocolError, match="more than 3560000 bytes"):  # 1 MB, and a quarter for each of 10
        await server.pages(seconds=30, timeout=30.0, limit=10)
    assert sent < 20_000_000 < MAX_BODY

    async def announced(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "200000000"})
        await response.prepare(request)
        await response.write(b"<")
        return response

    server.handler = announced
    with pytest.raises(RemoteProtocolError, match="announces 200000000 bytes"):
        await server.pages()


async def test_redirects_stay_on_the_host(server: Server) -> None:
    sound = library(server, 1)

    async def handler(request: web.Request) -> web.Response:
        if request.path == "/sru":
            raise web.HTTPFound(f"/moved?{request.query_string}")
        return await sound(request)

    server.handler = handler
    assert numbers(await server.pages()) == [1]

    async def away(request: web.Request) -> web.Response:
        raise web.HTTPFound("http://127.0.0.2:9/sru")

    server.handler = away
    with pytest.raises(FatalTargetError, match=r"another server.*127.0.0.2"):
        await server.pages()

    async def around(request: web.Request) -> web.Response:
        raise web.HTTPFound(str(request.rel_url))

    server.handler = around
    with pytest.raises(FatalTargetError, match="without end"):
        await server.pages()

    async def nowhere(request: web.Request) -> web.Response:
        return web.Response(status=302)

    server.handler = nowhere
    with pytest.raises(FatalTargetError, match="no Location"):
        await server.pages()


async def test_nobody_listens(unused_tcp_port: int) -> None:
    one = connect(Target("lib", "sru", url=f"http://127.0.0.1:{unused_tcp_port}/", name={"en": "Lib"}))
    deadline = Deadline.after(5, asyncio.get_running_loop().time())
    with pytest.raises(RetriableError, match=f"Lib cannot be reached at 127.0.0.1:{unused_tcp_port}"):
        [page async for page in one.search(parse_simple("a"), start=1, limit=1, deadline=deadline)]
    await one.close()


async def test_garbage_and_broken_connections() -> None:
    answers = [b"\x00\x01garbage\r\n\r\n", b"", b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<x>"]

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answers[0])
        await writer.drain()
        writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    while answers:
        one = connect(Target("lib", "sru", url=f"http://127.0.0.1:{port}/", name={"en": "Lib"}))
        deadline = Deadline.after(5, asyncio.get_running_loop().time())
        with pytest.raises((RemoteProtocolError, RetriableError), match="Lib"):
            [page async for page in one.search(parse_simple("a"), start=1, limit=1, deadline=deadline)]
        await one.close()
        del answers[0]
    listening.close()
    await listening.wait_closed()


async def test_silence_ends_at_the_deadline_or_the_timeout_whichever_is_nearer(server: Server) -> None:
    gone = asyncio.Event()

    async def handler(request: web.Request) -> web.Response:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            gone.set()
            raise
        return server.xml(0, [])

    server.handler = handler
    with pytest.raises(DeadlineExceededError, match="Lib did not answer in time"):
        await server.pages(seconds=0.05)
    with pytest.raises(DeadlineExceededError):
        await server.pages(seconds=50, timeout=0.05)


async def test_cancelling_closes_the_connection_at_once() -> None:
    arrived, left = asyncio.Event(), asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        arrived.set()
        await reader.read()
        left.set()
        writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    one = connect(Target("lib", "sru", url=f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/"))
    deadline = Deadline.after(60, asyncio.get_running_loop().time())

    async def ask() -> None:
        async for _ in one.search(parse_simple("a"), start=1, limit=1, deadline=deadline):
            pass

    task = asyncio.create_task(ask())
    await asyncio.wait_for(arrived.wait(), 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.wait_for(left.wait(), 5)
    await one.close()
    listening.close()
    await listening.wait_closed()


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"url": "ftp://host/x"}, "not an SRU address"),
        ({"url": ""}, "not an SRU address"),
        ({"url": "http://"}, "not an SRU address"),
        ({"url": "http://host:99999/"}, "not an address"),
        ({"options": {"version": "3.0"}}, "SRU version '3.0'"),
    ],
)
def test_wrong_settings_are_said_at_once(more: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        connect(Target(**{"id": "lib", "connector": "sru", "url": "http://host/", **more}))  # type: ignore[arg-type]


def test_an_address_may_come_in_parts_or_with_a_plus() -> None:
    assert connect(Target("lib", "sru", url="sru+https://host/x"))._url.scheme == "https"
    assert str(connect(Target("lib", "sru", host="h", port=8080, database="db"))._url) == "http://h:8080/db"
