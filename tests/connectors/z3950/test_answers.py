"""Answers of targets in many messages or with more than records: segments, pieces, counts of terms, schemas."""

from __future__ import annotations

import pytest

from connectors.z3950.counts import explanation, of_response
from gateway.core.errors import ConfigurationError, RemoteProtocolError
from gateway.core.query import Boolean, Clause, Operator, Query
from gateway.frontends.z3950 import serve
from gateway.protocols.z3950 import oids
from gateway.protocols.z3950.apdu import (
    CompSpec,
    DefaultDiagnostic,
    FinalFragment,
    InfoUnit,
    IntermediateFragment,
    NamePlusRecord,
    PresentRequest,
    PresentResponse,
    ResponseRecords,
    SearchRequest,
    SearchResponse,
    Segment,
    Specification,
    StartingFragment,
    Uri,
)
from gateway.protocols.z3950.ber import Oid
from gateway.protocols.z3950.rpn import Attribute, External, Operand, RpnQuery
from gateway.protocols.z3950.schema_records import QueryTerm, SearchInfoReport, SubqueryReport
from tests.support.shelf import BOOKS, Shelf


def whole(octets: bytes) -> NamePlusRecord:
    return NamePlusRecord(External(oids.USMARC, octets=octets), "db")


BEGIN = NamePlusRecord(StartingFragment(External(oids.UNIMARC, octets=b"be")), "db")
MIDDLE = NamePlusRecord(IntermediateFragment(b"gin"))
END = NamePlusRecord(FinalFragment(External(octets=b"end")))


def answering(segments: list[tuple[NamePlusRecord, ...]], last: tuple[NamePlusRecord, ...], total: int = 3):
    def answer(request):
        if isinstance(request, SearchRequest):
            return [SearchResponse(count=total)]
        sent = [Segment(returned=len(records), records=records) for records in segments]
        return [*sent, PresentResponse(returned=total, records=ResponseRecords(last))]

    return answer


async def test_pieces_are_put_together(script, connector, fetch) -> None:
    target = await script(answering([(whole(b"1"), BEGIN), (MIDDLE,)], (END, whole(b"3"))))
    (page,) = await fetch(connector(target.port, options={"piggyback": "no"}))
    assert [raw.payload for raw in page.records] == [b"1", b"beginend", b"3"]


@pytest.mark.parametrize(
    ("segments", "last", "words"),
    [
        ([(BEGIN,)], (whole(b"2"),), "out of order"),
        ([(BEGIN, BEGIN)], (END,), "out of order"),
        ([(MIDDLE,)], (END,), "out of order"),
        ([(whole(b"1"),)], (END,), "out of order"),
        ([(whole(b"1"), BEGIN)], (), "without its end"),
    ],
)
async def test_pieces_that_do_not_fit(script, connector, fetch, segments, last, words) -> None:
    target = await script(answering(segments, last))
    with pytest.raises(RemoteProtocolError, match=words):
        await fetch(connector(target.port, options={"piggyback": "no"}))


async def test_segments_without_end_are_cut_off(script, connector, fetch) -> None:
    target = await script(answering([(whole(b"x" * 900),)] * 20, ()))
    with pytest.raises(RemoteProtocolError, match="segments"):
        await fetch(connector(target.port, options={"piggyback": "no", "max_pdu": "2000"}))


async def test_a_segmented_answer_that_fails_in_the_end(script, connector, fetch) -> None:
    def answer(request):
        if isinstance(request, SearchRequest):
            return [SearchResponse(count=3)]
        return [Segment(returned=1, records=(whole(b"1"),)), PresentResponse(status=5, records=DefaultDiagnostic(2))]

    pages = await fetch(connector((await script(answer)).port, options={"piggyback": "no"}))
    assert [page.diagnostics[0].code for page in pages if page.diagnostics] == ["bib1:2"]


async def test_our_server_sends_segments_to_our_client(connector, fetch) -> None:
    server = await serve(Shelf(BOOKS * 50), "127.0.0.1", 0, max_message=100_000)
    try:
        options = {"max_pdu": "1500", "piggyback": "no"}
        target = connector(server.port, database="shelf", max_records=300, page_size=20, options=options)
        found = await fetch(target, Query(Clause("any", "9")), limit=300)
        assert [len(page.records) for page in found if page.records][:3] == [20, 20, 20]
        assert sum(len(page.records) for page in found) == 300
    finally:
        await server.close()


# ------------------------------------------------------------------------------------------------------------- counts

TWO = Query(Boolean(Operator.AND, Clause("title", "红楼"), Clause("title", "nothing")))


def reported(total: int, *reports: SubqueryReport) -> SearchResponse:
    unit = InfoUnit(External(oids.USER_INFO_SEARCH_RESULT, single=SearchInfoReport.encode(reports)))
    return SearchResponse(count=total, additional_info=(unit,))


REPORTS = (
    SubqueryReport(False, "1", QueryTerm("红楼".encode("gbk")), 12),
    SubqueryReport(False, "2", RpnQuery(oids.BIB1, Operand((Attribute(1, 4),), b"nothing")), 0),
    SubqueryReport(True, "3", None, 0),
    SubqueryReport(False, "4", QueryTerm(b"uncounted"), None),
)


async def test_counts_tell_why_nothing_was_found(script, connector, fetch) -> None:
    target = await script(lambda request: [reported(0, *REPORTS)])
    (page,) = await fetch(connector(target.port, term_charset="gbk"), TWO)
    (note,) = page.diagnostics
    assert (page.total, note.kind, note.detail) == (0, "counts", "红楼: 12, nothing: 0")


async def test_counts_are_not_told_when_something_was_found(script, connector, fetch) -> None:
    target = await script(lambda request: [reported(5, *REPORTS)])
    (page,) = await fetch(connector(target.port), TWO, limit=0)
    assert page.diagnostics == ()


def test_reports_that_cannot_be_read() -> None:
    rubbish = External(oids.USER_INFO_SEARCH_RESULT, single=b"\x30\x01\x00")
    other = External(Oid("1.2.3"), single=b"\x05\x00")
    response = SearchResponse(additional_info=(InfoUnit(rubbish), InfoUnit(other), InfoUnit("text")))
    assert of_response(response, bytes.decode) == ()
    assert explanation(()) is None


async def test_our_server_tells_our_client(connector, fetch) -> None:
    class Counting(Shelf):
        async def count(self, databases, clauses):
            return [(await self.search(databases, Query(clause))).total for clause in clauses]

    server = await serve(Counting(), "127.0.0.1", 0)
    try:
        (page,) = await fetch(connector(server.port, database="shelf"), TWO)
        assert [note.detail for note in page.diagnostics] == ["红楼: 1, nothing: 0"]
    finally:
        await server.close()


# ------------------------------------------------------------------------------------------------------------ schemas


@pytest.mark.parametrize(
    ("schema", "sent"),
    [("info:srw/schema/1/dc-v1.1", Uri("info:srw/schema/1/dc-v1.1")), ("1.2.840.1", Oid("1.2.840.1"))],
)
async def test_a_schema_is_asked_for(script, connector, fetch, schema, sent) -> None:
    target = await script(answering([], (whole(b"1"), whole(b"2"), whole(b"3"))))
    await fetch(connector(target.port, options={"schema": schema}))
    search, present = target.heard[-2:]
    assert (search.small_set_upper_bound, search.syntax) == (0, None)
    assert isinstance(present, PresentRequest)
    assert (present.syntax, present.composition) == (oids.XML, CompSpec(False, Specification(sent)))


async def test_a_server_without_the_schema_is_asked_as_usual(script, connector, fetch) -> None:
    def answer(request):
        if isinstance(request, SearchRequest):
            return [SearchResponse(count=1)]
        if isinstance(request.composition, CompSpec):
            return [PresentResponse(status=5, records=DefaultDiagnostic(1066))]
        return [PresentResponse(returned=1, records=ResponseRecords((whole(b"1"),)))]

    target = await script(answer)
    (page,) = await fetch(connector(target.port, options={"schema": "nosuch"}))
    assert [raw.payload for raw in page.records] == [b"1"]


@pytest.mark.parametrize(("schema", "format_"), [("dc", "dc"), ("mods", "mods"), ("marcxml", "marcxml")])
async def test_schemas_of_our_server(connector, fetch, schema, format_) -> None:
    server = await serve(Shelf(), "127.0.0.1", 0)
    try:
        (page,) = await fetch(connector(server.port, database="shelf", options={"schema": schema}), "红楼")
        assert [raw.format for raw in page.records] == [format_]
        assert "红楼梦".encode() in page.records[0].payload
    finally:
        await server.close()


def test_options_that_cannot_work(connector) -> None:
    with pytest.raises(ConfigurationError):
        connector(1, options={"max_pdu": "much"})
