"""One search against a target that follows a script."""

from __future__ import annotations

import pytest

from gateway.core.errors import (
    ConfigurationError,
    FatalTargetError,
    RemoteProtocolError,
    RetriableError,
    UnsupportedQueryError,
)
from gateway.core.query import Clause, Query
from gateway.core.record import Flavour
from gateway.core.target import Target
from gateway.protocols import pqf
from gateway.protocols.z3950 import oids
from gateway.protocols.z3950.apdu import (
    Apdu,
    DefaultDiagnostic,
    Diagnostics,
    FinalFragment,
    NamePlusRecord,
    PresentRequest,
    PresentResponse,
    ResponseRecords,
    SearchRequest,
    SearchResponse,
    Segment,
    SurrogateExternal,
)
from gateway.protocols.z3950.rpn import External
from gateway.protocols.z3950.schema_records import SUTRS, DiagnosticFormat1, DiagnosticUnit
from gateway.protocols.z3950.services import ResourceControlRequest

TOTAL = 50


def record(position: int, syntax: str = oids.USMARC) -> NamePlusRecord:
    return NamePlusRecord(External(syntax, octets=b"%05d" % position), "db")


def records(start: int, count: int) -> ResponseRecords:
    return ResponseRecords(tuple(record(position) for position in range(start, start + count)))


def usual(request: Apdu, total: int = TOTAL, piggyback: bool = True) -> list[Apdu]:
    """A target with ``total`` records that does all as it is asked."""
    if isinstance(request, SearchRequest):
        count = min(total, request.medium_set_present_number) if piggyback else 0
        return [
            SearchResponse(
                count=total,
                returned=count,
                next_position=count + 1,
                present_status=0 if count else None,
                records=records(1, count) if count else None,
            )
        ]
    if isinstance(request, PresentRequest):
        return [PresentResponse(returned=request.count, records=records(request.start, request.count))]
    return []


def payloads(pages) -> list[int]:
    return [int(raw.payload) for page in pages for raw in page.records]


async def test_one_round_trip_when_the_target_piggybacks(script, connector, fetch) -> None:
    target = await script(usual)
    pages = await fetch(connector(target.port, flavour=Flavour.CNMARC, record_charset="gbk"), "红楼梦")
    assert [type(request).__name__ for request in target.heard] == ["InitRequest", "SearchRequest"]
    (page,) = pages
    assert (page.total, payloads(pages)) == (TOTAL, list(range(1, 21)))
    first = page.records[0]
    assert (first.source, first.format, first.flavour, first.charset, first.position) == (
        "t", "iso2709", Flavour.CNMARC, "gbk", 1,
    )  # fmt: skip
    request = target.heard[1]
    assert pqf.dump(request.query) == "@attr 1=4 红楼梦"
    assert (request.databases, request.syntax, request.small_set_elements) == (("Default",), oids.USMARC, "F")


async def test_settings_of_the_target_reach_the_wire(script, connector, fetch) -> None:
    target = await script(usual)
    made = connector(
        target.port,
        database="a+b",
        term_charset="gbk",
        syntax="cnmarc",
        element_set="B",
        attributes={"title": "1=4 4=1"},
        user="u",
        password="p",
        group="g",
        options={"isbn": "13"},
    )
    await fetch(made, "红楼梦")
    init, request = target.heard
    assert (init.authentication.group, init.authentication.user, init.authentication.password) == ("g", "u", "p")
    assert request.databases == ("a", "b")
    assert request.query.root.term == "红楼梦".encode("gbk")
    assert [attribute.type for attribute in request.query.root.attributes] == [1, 4]
    assert (request.syntax, request.medium_set_elements) == (oids.UNIMARC, "B")
    await fetch(made, Query(Clause("isbn", "7-02-000220-X")))
    assert target.heard[-1].query.root.term == b"9787020002207"


@pytest.mark.parametrize(
    ("authentication", "shown"),
    [("open", "OpenAuth"), ("anonymous", "Null"), ("none", "NoneType"), ("idpass", "IdPass"), ("auto", "IdPass")],
)
async def test_forms_of_authentication(script, connector, fetch, authentication, shown) -> None:
    target = await script(usual)
    await fetch(connector(target.port, user="u", password="p", options={"authentication": authentication}))
    assert type(target.heard[0].authentication).__name__ == shown


@pytest.mark.parametrize("pipeline", ["no", "yes"])
@pytest.mark.parametrize("piggyback", [True, False])
async def test_the_rest_comes_in_chunks(script, connector, fetch, pipeline, piggyback) -> None:
    target = await script(lambda request: usual(request, piggyback=piggyback))
    pages = await fetch(connector(target.port, options={"pipeline": pipeline}), limit=45)
    assert payloads(pages) == list(range(1, 46))
    asked = [(r.start, r.count) for r in target.heard if isinstance(r, PresentRequest)]
    assert asked == [(1, 20), (21, 20), (41, 5)][piggyback:]
    assert all(page.total == TOTAL for page in pages)


async def test_without_piggyback_when_the_target_is_known_to_fail_at_it(script, connector, fetch) -> None:
    target = await script(usual)
    await fetch(connector(target.port, options={"piggyback": "no"}))
    search = target.heard[1]
    assert (search.small_set_upper_bound, search.large_set_lower_bound, search.syntax) == (0, 1, None)
    assert isinstance(target.heard[2], PresentRequest)


async def test_later_pages(script, connector, fetch) -> None:
    target = await script(usual)
    pages = await fetch(connector(target.port), start=41, limit=20)
    assert payloads(pages) == list(range(41, 51))
    assert pages[0].records[0].position == 41


@pytest.mark.parametrize(("start", "limit", "total"), [(1, 20, 0), (60, 20, 50), (1, 0, 50), (101, 20, 500)])
async def test_nothing_to_fetch_is_one_page_with_the_total(script, connector, fetch, start, limit, total) -> None:
    target = await script(lambda request: usual(request, total=total))
    (page,) = await fetch(connector(target.port), start=start, limit=limit)
    assert (page.total, page.records) == (total, ())
    assert len(target.heard) == 2


async def test_max_records_bounds_a_search(script, connector, fetch) -> None:
    target = await script(usual)
    assert len(payloads(await fetch(connector(target.port, max_records=7), limit=20))) == 7


async def test_a_target_that_sends_fewer_at_once(script, connector, fetch) -> None:
    def stingy(request: Apdu) -> list[Apdu]:
        if isinstance(request, PresentRequest):
            count = min(request.count, 3)
            return [PresentResponse(returned=count, status=2, records=records(request.start, count))]
        return usual(request, total=10, piggyback=False)

    target = await script(stingy)
    assert payloads(await fetch(connector(target.port, options={"pipeline": "yes"}))) == list(range(1, 11))


async def test_a_target_that_sends_more_than_asked(script, connector, fetch) -> None:
    def generous(request: Apdu) -> list[Apdu]:
        if isinstance(request, PresentRequest):
            return [PresentResponse(returned=30, records=records(request.start, 30))]
        return usual(request, piggyback=False)

    target = await script(generous)
    assert payloads(await fetch(connector(target.port))) == list(range(1, 21))


async def test_a_set_that_ends_early(script, connector, fetch) -> None:
    def liar(request: Apdu) -> list[Apdu]:
        if isinstance(request, PresentRequest):
            return [PresentResponse(status=5, records=DefaultDiagnostic(13, ""))]
        return usual(request)

    target = await script(liar)
    pages = await fetch(connector(target.port), limit=40)
    assert payloads(pages) == list(range(1, 21))
    (note,) = pages[-1].diagnostics
    assert (note.code, note.message) == ("bib1:13", "Present request out-of-range")


async def test_a_set_that_gives_nothing(script, connector, fetch) -> None:
    target = await script(lambda r: [PresentResponse()] if isinstance(r, PresentRequest) else usual(r, piggyback=False))
    pages = await fetch(connector(target.port))
    assert payloads(pages) == []
    assert "stopped sending" in pages[-1].diagnostics[0].message


async def test_segments(script, connector, fetch) -> None:
    def segmenting(request: Apdu) -> list[Apdu]:
        if isinstance(request, PresentRequest):
            parts = [Segment(returned=8, records=records(at, 8).value) for at in (1, 9)]
            return [*parts, PresentResponse(returned=4, records=records(17, 4))]
        return usual(request, piggyback=False)

    target = await script(segmenting)
    assert payloads(await fetch(connector(target.port))) == list(range(1, 21))


@pytest.mark.parametrize(
    ("failure", "cls", "code"),
    [
        (DefaultDiagnostic(114, "9"), UnsupportedQueryError, "bib1:114"),
        (DefaultDiagnostic(3, ""), UnsupportedQueryError, "bib1:3"),
        (DefaultDiagnostic(109, "db"), FatalTargetError, "bib1:109"),
        (DefaultDiagnostic(1011, ""), FatalTargetError, "bib1:1011"),
        (DefaultDiagnostic(2, ""), RetriableError, "bib1:2"),
        (DefaultDiagnostic(31, ""), RetriableError, "bib1:31"),
        (Diagnostics((DefaultDiagnostic(114, ""), DefaultDiagnostic(1, ""))), UnsupportedQueryError, "bib1:114"),
        (None, FatalTargetError, "bib1:100"),
    ],
)
async def test_a_search_that_fails(script, connector, fetch, failure, cls, code) -> None:
    target = await script(lambda request: [SearchResponse(status=False, records=failure)])
    made = connector(target.port)
    with pytest.raises(cls) as caught:
        await fetch(made)
    assert caught.value.code == code
    assert f"127.0.0.1:{target.port}" in str(caught.value)
    with pytest.raises(cls):
        await fetch(made)
    assert target.connections == 1  # the session is as good as before


def only(*, syntax: str | None = None, element_set: str | None = None, condition: int = 239, surrogate: bool = False):
    """A target that gives records in one form only."""

    def answer(request: Apdu) -> list[Apdu]:
        failure = DefaultDiagnostic(condition, "")
        if isinstance(request, SearchRequest):
            good = request.syntax == syntax if syntax else request.medium_set_elements == element_set
            if good:
                return usual(request)
            refused = ResponseRecords((NamePlusRecord(failure),) * 20) if surrogate else failure
            return [SearchResponse(count=TOTAL, present_status=5, records=refused)]
        good = request.syntax == syntax if syntax else request.composition == element_set
        if good:
            return usual(request)
        refused = ResponseRecords((NamePlusRecord(failure),) * request.count) if surrogate else failure
        return [PresentResponse(status=5, records=refused)]

    return answer


@pytest.mark.parametrize("surrogate", [True, False])
@pytest.mark.parametrize("condition", [238, 239, 227])
async def test_another_syntax_is_asked_for_when_the_target_wants_it(
    script, connector, fetch, condition, surrogate
) -> None:
    target = await script(only(syntax=oids.UNIMARC, condition=condition, surrogate=surrogate))
    made = connector(target.port)
    assert payloads(await fetch(made)) == list(range(1, 21))
    before = len(target.heard)
    await fetch(made)
    assert len(target.heard) == before + 1  # the second search asks at once as it works


@pytest.mark.parametrize("element_set", ["F", None])
async def test_another_element_set(script, connector, fetch, element_set) -> None:
    target = await script(only(element_set=element_set, condition=25))
    assert payloads(await fetch(connector(target.port, element_set="B"))) == list(range(1, 21))


async def test_no_form_works(script, connector, fetch) -> None:
    target = await script(only(syntax=oids.SUTRS))
    pages = await fetch(connector(target.port))
    assert pages[0].total == TOTAL
    assert pages[-1].diagnostics[0].code == "bib1:239"


async def test_a_surrogate_diagnostic_is_one_records_affair(script, connector, fetch) -> None:
    explicit = External(
        oids.DIAG_FORMAT_1, single=DiagnosticFormat1.encode((DiagnosticUnit(DefaultDiagnostic(15, "no")),))
    )
    mixed = (
        record(1),
        NamePlusRecord(DefaultDiagnostic(14, "")),
        NamePlusRecord(SurrogateExternal(explicit)),
        record(4),
    )

    target = await script(lambda r: [SearchResponse(count=4, returned=4, records=ResponseRecords(mixed))])
    (page,) = await fetch(connector(target.port))
    assert [raw.position for raw in page.records] == [1, 4]
    assert [note.code for note in page.diagnostics] == ["bib1:14", "bib1:15"]


async def test_other_syntaxes_are_told_by_what_came(script, connector, fetch) -> None:
    sutrs = External(oids.SUTRS, single=SUTRS.encode(b"text"))
    xml = External(oids.XML, octets=b"<record xmlns='http://www.loc.gov/MARC21/slim'/>")
    broken = External(oids.OPAC, single=b"\x30\x02\xa1\x00")
    came = tuple(NamePlusRecord(item) for item in (sutrs, xml, broken))
    target = await script(lambda r: [SearchResponse(count=3, returned=3, records=ResponseRecords(came))])
    (page,) = await fetch(connector(target.port))
    assert [(raw.format, raw.position) for raw in page.records] == [("sutrs", 1), ("marcxml", 2)]
    assert page.diagnostics[0].message == "Record 3 cannot be read"


async def test_fragments_were_not_agreed(script, connector, fetch) -> None:
    part = NamePlusRecord(FinalFragment(b"x"))
    target = await script(lambda r: [SearchResponse(count=1, returned=1, records=ResponseRecords((part,)))])
    with pytest.raises(RemoteProtocolError, match="fragment"):
        await fetch(connector(target.port))


async def test_the_wrong_answer(script, connector, fetch) -> None:
    target = await script(lambda r: [b"\xbb\x03\x80\x01\x00"])  # a Delete response
    with pytest.raises(RemoteProtocolError, match="may not send Delete response"):
        await fetch(connector(target.port))


async def test_resource_control_is_answered(script, connector, fetch) -> None:
    def controlling(request: Apdu) -> list[Apdu]:
        if isinstance(request, SearchRequest):
            return [ResourceControlRequest(False), ResourceControlRequest(True)]
        return [SearchResponse(count=0)]

    target = await script(controlling)
    (page,) = await fetch(connector(target.port))
    assert page.total == 0
    assert type(target.heard[-1]).__name__ == "ResourceControlResponse"
    assert target.heard[-1].go_on


async def test_reference_ids(script, connector, fetch) -> None:
    target = await script(usual)
    await fetch(connector(target.port, options={"reference_ids": "yes"}), limit=45)
    assert [request.reference_id for request in target.heard] == [b"1", b"2", b"3", b"4"]


async def test_what_cannot_be_asked_is_not_sent(script, connector, fetch) -> None:
    target = await script(usual)
    made = connector(target.port, term_charset="latin-1", attributes={"author": "-"})
    for query in (Query(Clause("author", "x")), Query(Clause("title", "红"))):
        with pytest.raises(UnsupportedQueryError):
            await fetch(made, query)
    assert target.connections == 0


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"term_charset": "klingon"}, "klingon"),
        ({"syntax": "nosuch"}, "nosuch"),
        ({"options": {"max_pdu": "big"}}, "no number"),
    ],
)
def test_settings_that_cannot_work(connector, fields, words) -> None:
    with pytest.raises(ConfigurationError, match=words):
        connector(1, **fields)


def test_a_target_without_a_host() -> None:
    from connectors.z3950 import connect

    with pytest.raises(ConfigurationError, match="names no host"):
        connect(Target("t", "z3950"))
