"""Targets that refuse, stay silent, break off or talk rubbish; sessions kept, discarded, and never leaked."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from gateway.core.deadline import Deadline
from gateway.core.errors import (
    ConfigurationError,
    DeadlineExceededError,
    FatalTargetError,
    RemoteProtocolError,
    RetriableError,
)
from gateway.core.query import Clause, Query
from gateway.protocols.z3950 import charneg, oids
from gateway.protocols.z3950.apdu import (
    Apdu,
    DefaultDiagnostic,
    InfoUnit,
    InitRequest,
    InitResponse,
    NamePlusRecord,
    PresentRequest,
    ResponseRecords,
    SearchRequest,
    SearchResponse,
)
from gateway.protocols.z3950.ber import Oid
from gateway.protocols.z3950.rpn import External
from gateway.protocols.z3950.schema import OtherInformation
from gateway.protocols.z3950.schema_records import DiagnosticFormat1, DiagnosticUnit
from gateway.protocols.z3950.services import AccessControlRequest, Close, CloseReason, SimpleChallenge
from tests.support.peers import free_port
from tests.support.z3950_script import Hangup

EMPTY = SearchResponse(count=0)


async def forever(request: Apdu) -> list[Apdu]:
    await asyncio.Event().wait()
    return []


async def until(condition, seconds: float = 5.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - what is waited for is the state of sockets
            await asyncio.sleep(0.01)


def hang_up(request: Apdu) -> list[Apdu]:
    raise Hangup


def reset(request: Apdu) -> list[Apdu]:
    raise Hangup(True)


async def test_refused(connector, fetch) -> None:
    port = free_port()
    with pytest.raises(RetriableError, match=f"127.0.0.1:{port} refuses connections"):
        await fetch(connector(port))


@pytest.mark.parametrize(
    ("answer", "cls", "words"),
    [
        (hang_up, RetriableError, "closed the connection during the search"),
        (reset, RetriableError, "(reset|closed) the connection during the search"),
        (lambda r: [b"HTTP/1.1 400 Bad Request\r\n\r\n"], RemoteProtocolError, "broke the rules"),
        (lambda r: [b"\xb7\x84\x7f\xff\xff\xff"], RemoteProtocolError, "more than"),
        (lambda r: [b"\xb7\x03\x01"], DeadlineExceededError, "did not answer the search in time"),
        (lambda r: [], DeadlineExceededError, "did not answer the search in time"),
        (lambda r: [Close(reason=CloseReason.SHUTDOWN, diagnostic="bye")], RetriableError, "shutdown.*bye"),
        (lambda r: [Close(reason=CloseReason.SECURITY_VIOLATION)], FatalTargetError, "security violation"),
        (lambda r: [Close(reason=77)], RetriableError, "unspecified"),
        (lambda r: [AccessControlRequest(SimpleChallenge(b"?"))], FatalTargetError, "challenge"),
    ],
)
async def test_failures_in_the_search(script, connector, fetch, answer, cls, words) -> None:
    target = await script(answer)
    made = connector(target.port)
    with pytest.raises(cls, match=words) as caught:
        await fetch(made, seconds=0.3)
    assert f"127.0.0.1:{target.port}" in caught.value.message
    assert type(caught.value) is cls
    assert made.open_sessions == 0
    await until(lambda: target.open == 0)


async def test_silence_at_init(script, connector, fetch) -> None:
    target = await script(forever, welcome=None)
    with pytest.raises(DeadlineExceededError, match="did not answer Init in time"):
        await fetch(connector(target.port), seconds=0.2)


async def test_a_connection_cut_at_init(script, connector, fetch) -> None:
    target = await script(hang_up, welcome=None)
    with pytest.raises(RetriableError, match="closed the connection during Init"):
        await fetch(connector(target.port))
    with pytest.raises(RetriableError, match=r"during Init; some servers do so when the account is wrong"):
        await fetch(connector(target.port, user="u", password="p"))


def refusal(condition: int | None) -> InitResponse:
    if condition is None:
        return InitResponse(result=False)
    unit = DiagnosticUnit(DefaultDiagnostic(condition, "who are you"))
    explained = External(oids.DIAG_FORMAT_1, single=DiagnosticFormat1.encode((unit,)))
    information = External(Oid("1.2.840.10003.10.3"), single=OtherInformation.encode((InfoUnit(explained),)))
    return InitResponse(result=False, user_information=information)


@pytest.mark.parametrize(
    ("condition", "fields", "words", "code"),
    [
        (None, {}, "may want an account", ""),
        (None, {"user": "u"}, "check the account", ""),
        (1011, {}, "Bad Userid and/or Password", "bib1:1011"),
    ],
)
async def test_the_session_is_refused(script, connector, fetch, condition, fields, words, code) -> None:
    target = await script(hang_up, welcome=refusal(condition))
    made = connector(target.port, **fields)
    with pytest.raises(FatalTargetError, match=words) as caught:
        await fetch(made)
    assert caught.value.code == code
    assert made.open_sessions == 0


async def test_a_session_is_kept_and_used_again(script, connector, fetch) -> None:
    target = await script(lambda r: [EMPTY])
    made = connector(target.port)
    for _ in range(5):
        await fetch(made)
    assert target.connections == 1
    assert made.open_sessions == 1
    await made.close()
    await until(lambda: target.open == 0)
    assert isinstance(target.heard[-1], Close)


async def test_a_kept_session_that_the_target_dropped_is_no_failure(script, connector, fetch) -> None:
    seen = 0

    def second_time_gone(request: Apdu) -> list[Apdu]:
        nonlocal seen
        seen += 1
        if seen == 2:
            raise Hangup
        return [EMPTY]

    target = await script(second_time_gone)
    made = connector(target.port)
    for _ in range(3):
        assert (await fetch(made))[0].total == 0
    assert target.connections == 2


async def test_a_target_that_always_drops_fails_after_one_more_try(script, connector, fetch) -> None:
    seen = 0

    def gone_after_one(request: Apdu) -> list[Apdu]:
        nonlocal seen
        seen += 1
        if seen > 1:
            raise Hangup
        return [EMPTY]

    target = await script(gone_after_one)
    made = connector(target.port)
    await fetch(made)
    with pytest.raises(RetriableError):
        await fetch(made)
    assert target.connections == 2
    assert made.open_sessions == 0


async def test_an_idle_session_expires(script, connector, fetch) -> None:
    target = await script(lambda r: [EMPTY])
    made = connector(target.port, options={"idle_seconds": "0.05"})
    await fetch(made)
    await until(lambda: made.open_sessions == 0)
    await until(lambda: target.open == 0)
    assert isinstance(target.heard[-1], Close)


async def test_cancellation_frees_the_socket(script, connector, fetch) -> None:
    target = await script(forever)
    made = connector(target.port)
    task = asyncio.create_task(fetch(made))
    await until(lambda: len(target.heard) == 2)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    assert made.open_sessions == 0


async def test_leaving_after_the_first_page_frees_the_socket(script, connector) -> None:
    def endless(request: Apdu) -> list[Apdu]:
        return [SearchResponse(count=100)] if isinstance(request, SearchRequest) else []

    target = await script(endless)
    made = connector(target.port)
    deadline = Deadline.after(5, asyncio.get_running_loop().time())
    search = made.search(Query(Clause("title", "x")), start=1, limit=50, deadline=deadline)
    page = asyncio.create_task(anext(search))
    await until(lambda: any(isinstance(r, PresentRequest) for r in target.heard))
    page.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await page
    await search.aclose()
    assert made.open_sessions == 0


async def test_no_more_connections_than_allowed(script, connector, fetch) -> None:
    gate = asyncio.Event()

    async def gated(request: Apdu) -> list[Apdu]:
        await gate.wait()
        return [EMPTY]

    target = await script(gated)
    made = connector(target.port, max_connections=2)
    tasks = [asyncio.create_task(fetch(made)) for _ in range(6)]
    await until(lambda: target.open == 2)
    late = asyncio.create_task(fetch(made, seconds=0.1))
    with pytest.raises(DeadlineExceededError, match="All 2 connections"):
        await late
    gate.set()
    await asyncio.gather(*tasks)
    assert target.connections == 2
    assert made.open_sessions == 2


@pytest.mark.parametrize(
    ("wanted", "granted", "records", "terms", "read_as"),
    [
        ("yes", "utf-8", "yes", "utf-8", "utf-8"),
        ("big5 gbk", "gbk", "yes", "gbk", "gbk"),
        ("gbk", "gbk", "no", "gbk", "big5"),
        ("gbk", "", "yes", "big5", "big5"),
        ("no", "", "yes", "big5", "big5"),
    ],
)
async def test_a_charset_that_was_negotiated_is_used(
    script, connector, fetch, wanted, granted, records, terms, read_as
) -> None:
    class Negotiating:
        def __call__(self, request: Apdu) -> list[Apdu]:
            if isinstance(request, InitRequest):
                proposal = charneg.proposal_of(request)
                units = None
                if proposal is not None:
                    units, _ = charneg.answer(proposal, known=lambda name: name if name == granted else None)
                return [InitResponse(options=request.options, other_info=units)]
            found = ResponseRecords((NamePlusRecord(External(oids.USMARC, octets=b"00000")),))
            return [SearchResponse(count=1, returned=1, next_position=0, present_status=0, records=found)]

    target = await script(Negotiating(), welcome=None)
    options = {"negotiate_charset": wanted, "negotiate_records": records}
    (page,) = await fetch(connector(target.port, term_charset="big5", record_charset="big5", options=options), "紅")
    term = "紅".encode(terms)
    assert target.heard[-1].query.root.term == term
    assert page.records[0].charset == read_as


def test_a_charset_that_nobody_knows(connector) -> None:
    with pytest.raises(ConfigurationError, match="negotiate_charset"):
        connector(1, options={"negotiate_charset": "nosuch-set"})
