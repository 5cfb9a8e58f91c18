"""The server's answers, asked by the client half of the same core."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.core.query import Clause, SortKey
from gateway.core.record import Flavour
from gateway.protocols import pqf
from gateway.protocols.z3950 import charneg, diagnostics, oids
from gateway.protocols.z3950.apdu import (
    CompSpec,
    DatabaseElementSet,
    DefaultDiagnostic,
    IdPass,
    InitRequest,
    InitResponse,
    OpenAuth,
    Option,
    PresentRequest,
    PresentResponse,
    Range,
    ResponseRecords,
    SearchRequest,
    SearchResponse,
    Specification,
    Uri,
)
from gateway.protocols.z3950.ber import Oid
from gateway.protocols.z3950.records import payload
from gateway.protocols.z3950.rpn import Attribute, External, Null, Operand, Type2Query
from gateway.protocols.z3950.schema import OtherInformation
from gateway.protocols.z3950.schema_records import SUTRS
from gateway.protocols.z3950.services import (
    Close,
    CloseReason,
    DeleteRequest,
    DeleteResponse,
    ExtendedServicesRequest,
    ExtendedServicesResponse,
    GenericSort,
    ListStatus,
    ResourceReportRequest,
    ResourceReportResponse,
    ScanRequest,
    ScanResponse,
    SortAttributes,
    SortKeySpec,
    SortRequest,
    SortResponse,
    TriggerResourceControlRequest,
)
from gateway.records import charset as charsets
from gateway.records import iso2709, marcxml
from tests.support.shelf import Shelf
from tests.support.z3950_requests import search


def condition(answer: object) -> tuple[int, str]:
    records = getattr(answer, "records", None) or answer.diagnostics[0]  # type: ignore[attr-defined]
    assert isinstance(records, DefaultDiagnostic)
    return records.condition, records.addinfo or ""


def titles(answer: object) -> list[str]:
    assert isinstance(answer, SearchResponse | PresentResponse)
    assert isinstance(answer.records, ResponseRecords)
    out = []
    for item in answer.records.value:
        assert isinstance(item.record, External)
        field = iso2709.read(item.record.octets or b"").fields("245", "200")
        out.append(next(iter(field)).get("a"))
    return out


async def test_init_negotiates_what_both_can(start, open_client) -> None:
    client = await open_client(await start(), init=None)
    wanted = frozenset({Option.SEARCH, Option.SCAN, Option.EXTENDED_SERVICES, Option.CONCURRENT_OPERATIONS})
    answer = await client.ask(
        InitRequest(options=wanted, preferred_size=5000, exceptional_size=9000, reference_id=b"7")
    )
    assert isinstance(answer, InitResponse)
    assert answer.result
    assert answer.options == {Option.SEARCH, Option.SCAN}
    assert (answer.preferred_size, answer.exceptional_size) == (5000, 9000)
    assert answer.versions == {0, 1, 2}
    assert answer.reference_id == b"7"


async def test_version_2(start, open_client) -> None:
    client = await open_client(await start(), init=None)
    answer = await client.ask(InitRequest(versions=frozenset({0, 1})))
    assert answer.versions == {0, 1}


@pytest.mark.parametrize("given", [IdPass(None, "reader", "secret"), OpenAuth("reader/secret")])
async def test_the_right_password(start, open_client, given) -> None:
    server = await start(authenticate=lambda user, password: (user, password) == ("reader", "secret"))
    client = await open_client(server, init=InitRequest(authentication=given))
    assert isinstance(await client.ask(search("x")), SearchResponse)


@pytest.mark.parametrize("given", [None, Null.NULL, IdPass(None, "reader", "wrong"), OpenAuth("reader")])
async def test_the_wrong_password(start, open_client, given) -> None:
    server = await start(authenticate=lambda user, password: (user, password) == ("reader", "secret"))
    client = await open_client(server, init=None)
    answer = await client.ask(InitRequest(authentication=given))
    assert not answer.result
    (unit,) = OtherInformation.decode(answer.user_information.single)
    assert diagnostics.flat(unit.information)[0].condition == 1011
    with pytest.raises(EOFError):
        await client.next()


async def test_search_present_and_piggyback(start, open_client) -> None:
    client = await open_client(await start())
    answer = await client.ask(search("@attr 1=4 红"))
    assert (answer.status, answer.count, answer.returned, answer.records) == (True, 2, 0, None)
    answer = await client.ask(PresentRequest(1, 2, composition="F", syntax=oids.USMARC))
    assert (titles(answer), answer.next_position, answer.status) == (["红楼梦", "红与黑"], 0, 0)
    answer = await client.ask(search("红", small_set_upper_bound=2, large_set_lower_bound=3))
    assert (titles(answer), answer.next_position, answer.present_status) == (["红楼梦", "红与黑"], 0, 0)
    medium = {"large_set_lower_bound": 9, "medium_set_present_number": 1, "medium_set_elements": "B"}
    answer = await client.ask(search("红", **medium))
    assert (titles(answer), answer.next_position) == (["红楼梦"], 2)
    answer = await client.ask(search("红", large_set_lower_bound=2, medium_set_present_number=1))
    assert answer.records is None


async def test_reference_ids_and_names_of_databases(start, open_client) -> None:
    shelf = Shelf()
    client = await open_client(await start(shelf))
    answer = await client.ask(search("红", databases=("OTHER", "Shelf", "shelf"), reference_id=b"\x00r"))
    assert answer.reference_id == b"\x00r"
    assert shelf.asked[0][0] == ("Other", "shelf")


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (search("x", databases=("none",)), (109, "none")),
        (search("x", databases=()), (109, "")),
        (search("@attr 1=9999 x"), (114, "9999")),
        (search("@attr 1=1018 x"), (114, "index publisher")),
        (search("@prox 0 1 1 2 k 2 a b"), (110, "prox")),
        (search("@attr 1=4 红", charset="gbk"), (125, "the term is not utf-8")),
        (SearchRequest(query=Type2Query(b"x"), databases=("shelf",)), (107, "Type2Query")),
        (search("broken"), (1, "the catalogue failed; the operator finds the cause in the log")),
        (search("@set nosuch"), (30, "nosuch")),
    ],
)
async def test_searches_that_fail(start, open_client, request_, expected) -> None:
    client = await open_client(await start())
    answer = await client.ask(request_)
    assert answer.status is False
    assert (answer.count, answer.result_set_status) == (0, 3)
    assert condition(answer) == expected
    assert (await client.ask(search("红"))).count == 2


@pytest.mark.parametrize("text", ["title = 红楼梦", '"红楼"'])
async def test_cql_by_type_104(start, open_client, text) -> None:
    client = await open_client(await start())
    query = External(oids.QUERY_CQL, single=b"\x1b" + bytes((len(text.encode()),)) + text.encode())
    answer = await client.ask(SearchRequest(query=query, databases=("shelf",)))
    assert answer.count == 1
    query = External(oids.QUERY_CQL, octets=b"title = (")
    assert condition(await client.ask(SearchRequest(query=query, databases=("shelf",))))[0] == 108


async def test_named_result_sets(start, open_client) -> None:
    client = await open_client(await start(max_result_sets=2))
    await client.ask(search("红", result_set="red"))
    assert (await client.ask(search("@and @set red @attr 1=4 楼", result_set="two"))).count == 1
    assert condition(await client.ask(search("红", result_set="red", replace=False))) == (21, "red")
    assert condition(await client.ask(search("红", result_set="three"))) == (112, "2")
    answer = await client.ask(PresentRequest(2, 1, result_set="red"))
    assert titles(answer) == ["红与黑"]
    answer = await client.ask(DeleteRequest(0, ("two", "nosuch")))
    expected = (ListStatus("two", 0), ListStatus("nosuch", 1))
    assert (answer.status, answer.statuses) == (9, expected)
    assert condition(await client.ask(PresentRequest(1, 1, result_set="two"))) == (30, "two")
    assert (await client.ask(DeleteRequest(1))) == DeleteResponse(0)
    assert condition(await client.ask(PresentRequest(1, 1, result_set="red"))) == (30, "red")


async def test_a_failed_search_leaves_no_old_set(start, open_client) -> None:
    client = await open_client(await start())
    await client.ask(search("红"))
    await client.ask(search("broken"))
    assert condition(await client.ask(PresentRequest(1, 1))) == (30, "default")


async def test_without_named_sets(start, open_client) -> None:
    client = await open_client(await start(), init=InitRequest(options=frozenset({0, 1})))
    assert condition(await client.ask(search("红", result_set="red"))) == (22, "red")


@pytest.mark.parametrize(("first", "count"), [(0, 1), (3, 1), (1, 3), (-1, 1), (1, -1), (1, 1000000)])
async def test_present_out_of_range(start, open_client, first, count) -> None:
    client = await open_client(await start())
    await client.ask(search("红"))
    answer = await client.ask(PresentRequest(first, count))
    assert answer.status == 5
    assert condition(answer)[0] == 13


async def test_ranges(start, open_client) -> None:
    client = await open_client(await start())
    await client.ask(search("9"))
    answer = await client.ask(PresentRequest(1, 1, additional_ranges=(Range(3, 2),)))
    assert titles(answer) == ["红楼梦", "水浒传", "西游记"]


async def test_the_syntaxes_of_one_record(start, open_client) -> None:
    client = await open_client(await start())
    await client.ask(search("红楼梦"))

    async def present(syntax: Oid | None, **more: object) -> External | DefaultDiagnostic:
        answer = await client.ask(PresentRequest(1, 1, syntax=syntax, **more))  # type: ignore[arg-type]
        return answer.records.value[0].record if isinstance(answer.records, ResponseRecords) else answer.records

    for syntax in (None, oids.USMARC):
        assert payload(await present(syntax)).format == "iso2709"
    found = payload(await present(oids.XML))
    assert next(iter(marcxml.read(found.data).fields("245"))).get("a") == "红楼梦"
    assert "245 10 $a红楼梦" in payload(await present(oids.SUTRS)).data.decode()
    found = payload(await present(oids.OPAC))
    assert (found.format, found.holdings[0].barcode, found.holdings[0].status) == ("iso2709", "1996", "available")
    assert await present(oids.UNIMARC) == DefaultDiagnostic(238, oids.USMARC)
    assert await present(oids.GRS1) == DefaultDiagnostic(238, oids.USMARC)
    assert await present(Oid("1.2.3")) == DefaultDiagnostic(239, "1.2.3")
    either = CompSpec(False, Specification(elements="F"), None, (oids.UNIMARC, oids.XML))
    assert (await present(None, composition=either)).oid == oids.XML
    any_other = CompSpec(True, None, None, (Oid("1.2.3"),))
    assert (await present(None, composition=any_other)).oid == oids.USMARC


@pytest.mark.parametrize(
    ("composition", "number"),
    [
        ("X", 25),
        ((DatabaseElementSet("shelf", "Z"),), 25),
        (CompSpec(True, Specification(elements="X")), 25),
        (CompSpec(True, Specification(schema=Uri("nosuch"))), 1066),
        (CompSpec(True, Specification(schema=Oid("1.2.3"))), 1066),
        (CompSpec(True, Specification(schema=Uri("dc"), elements="mods")), 1066),
        (CompSpec(True, Specification(elements=External(octets=b""))), 244),
    ],
)
async def test_element_sets_that_we_lack(start, open_client, composition, number) -> None:
    client = await open_client(await start())
    await client.ask(search("红"))
    answer = await client.ask(PresentRequest(1, 1, composition=composition))
    assert condition(answer)[0] == number
    piggyback = search("红", small_set_upper_bound=9, small_set_elements="X")
    answer = await client.ask(piggyback)
    assert (answer.status, answer.count, answer.present_status) == (True, 2, 5)
    assert condition(answer) == (25, "X")


async def test_gbk_library(start, open_client) -> None:
    client = await open_client(await start(Shelf(charset="gbk", flavour=Flavour.CNMARC), term_charset="gbk"))
    answer = await client.ask(search("@attr 1=4 红楼", charset="gbk", small_set_upper_bound=5))
    record = answer.records.value[0].record
    assert record.oid == oids.UNIMARC
    assert "红楼梦".encode("gbk") in record.octets
    assert condition(await client.ask(search("@attr 1=4 楼", charset="utf-8")))[0] == 125


async def test_negotiated_utf8_is_for_terms_and_records(start, open_client) -> None:
    server = await start(Shelf(charset="gbk", flavour=Flavour.CNMARC), term_charset="gbk")
    client = await open_client(server, init=None)
    wanted = frozenset({Option.SEARCH, Option.PRESENT, Option.NEGOTIATION})
    answer = await client.ask(InitRequest(options=wanted, other_info=charneg.propose(records=True)))
    assert charneg.selected_charset(charneg.selection_of(answer)) == "utf-8"
    assert Option.NEGOTIATION in answer.options
    answer = await client.ask(search("红楼", small_set_upper_bound=5))
    assert "红楼梦".encode() in answer.records.value[0].record.octets


@pytest.mark.parametrize("name", ["gbk", "GB2312", "gb18030", "big5", "marc-8", "utf-8"])
@pytest.mark.parametrize("records", [True, False, None])
async def test_other_character_sets_are_negotiated(start, open_client, name, records) -> None:
    """Terms always, records only where they were asked for in it."""
    client = await open_client(await start(Shelf(), term_charset="utf-8"), init=None)
    wanted = frozenset({Option.SEARCH, Option.PRESENT, Option.NEGOTIATION})
    proposed = charneg.propose(("iso5426", name, "utf-8"), records=records, languages=("chi", "eng"))
    answer = await client.ask(InitRequest(options=wanted, other_info=proposed))
    selection = charneg.selection_of(answer)
    assert (charneg.selected_charset(selection), selection.records) == (name.lower(), records)
    assert selection.language == "eng"
    charset = {"GB2312": "gbk"}.get(name, name)
    term = charsets.encode("西", charset)
    request = search("x", small_set_upper_bound=5)
    answer = await client.ask(replace(request, query=pqf.parse("@attr 1=4 x", lambda text: term)))
    assert answer.count == 1
    record = iso2709.read(answer.records.value[0].record.octets, charset if records else "utf-8")
    assert record.first("245").get("a") == ("西游&#x8BB0;" if records and name == "big5" else "西游记")
    sutrs = await client.ask(PresentRequest(1, 1, syntax=oids.SUTRS))
    text, _ = charsets.decode(SUTRS.decode(sutrs.records.value[0].record.single), charset if records else "utf-8")
    assert "$a西" in text


async def test_records_in_the_databases_charset(start, open_client) -> None:
    client = await open_client(await start(Shelf(charset="gbk"), record_charset="utf-8"))
    answer = await client.ask(search("红楼", small_set_upper_bound=5))
    assert titles(answer) == ["红楼梦"]
    assert "红楼梦".encode() in answer.records.value[0].record.octets


async def test_messages_are_filled_and_not_more(start, open_client) -> None:
    client = await open_client(await start(), init=InitRequest(options=frozenset({0, 1}), preferred_size=500))
    await client.ask(search("9"))
    answer = await client.ask(PresentRequest(1, 5))
    assert (answer.status, answer.returned, answer.next_position) == (2, len(titles(answer)), answer.returned + 1)
    assert 0 < answer.returned < 5
    answer = await client.ask(PresentRequest(answer.next_position, 1))
    assert answer.returned == 1


async def test_a_record_too_large_for_the_client(start, open_client) -> None:
    init = InitRequest(options=frozenset({0, 1}), preferred_size=100, exceptional_size=100)
    client = await open_client(await start(), init=init)
    await client.ask(search("红"))
    answer = await client.ask(PresentRequest(1, 2))
    conditions = [item.record.condition for item in answer.records.value]
    assert set(conditions) <= {16, 17}


async def test_records_of_one_answer_are_bounded(start, open_client) -> None:
    client = await open_client(await start(max_records=3))
    await client.ask(search("9"))
    answer = await client.ask(PresentRequest(1, 5))
    assert (answer.status, answer.returned, answer.next_position) == (2, 3, 4)


async def test_scan(start, open_client) -> None:
    client = await open_client(await start())
    start_at = Operand((Attribute(1, 1003),), "吴".encode())
    answer = await client.ask(ScanRequest(start_at, ("shelf",), count=3, position=2))
    assert isinstance(answer, ScanResponse)
    assert (answer.status, answer.returned, answer.position) == (0, 3, 2)
    assert [entry.term.decode() for entry in answer.entries.entries] == ["司汤达", "吴承恩", "施耐庵"]
    answer = await client.ask(ScanRequest(start_at, ("shelf",), count=50))
    assert answer.status == 5


@pytest.mark.parametrize(
    ("request_", "number"),
    [
        (ScanRequest(Operand((Attribute(1, 4),), b"x"), ("none",)), 109),
        (ScanRequest(Operand((Attribute(1, 31),), b"x"), ("shelf",)), 114),
        (ScanRequest(Operand((), b"x"), ("shelf",), attribute_set=Oid("1.2.840.10003.3.5")), 121),
        (ScanRequest(Operand((), b"x"), ("shelf",), step_size=2), 205),
        (ScanRequest(Operand((), b"x"), ("shelf",), count=0), 1029),
        (ScanRequest(Operand((), b"x"), ("shelf",), count=100000), 1029),
        (ScanRequest(Operand((), b"x"), ("shelf",), position=99), 233),
        (ScanRequest(Operand((Attribute(1, 4),), "龥龥".encode()), ("shelf",)), 241),
    ],
)
async def test_scans_that_fail(start, open_client, request_, number) -> None:
    client = await open_client(await start())
    answer = await client.ask(request_)
    assert (answer.status, answer.returned) == (6, 0)
    assert answer.entries.diagnostics[0].condition == number


async def test_scan_of_a_catalogue_without_it(start, open_client) -> None:
    class Plain:
        databases = ("shelf",)

        async def search(self, databases, query):
            raise NotImplementedError

    client = await open_client(await start(Plain()))
    answer = await client.ask(ScanRequest(Operand((), b"x"), ("shelf",)))
    assert answer.entries.diagnostics[0].condition == 1025


async def test_sort(start, open_client) -> None:
    shelf = Shelf()
    client = await open_client(await start(shelf))
    await client.ask(search("红"))
    by_year = SortKeySpec(GenericSort(SortAttributes(oids.BIB1, (Attribute(1, 31),))))
    assert (await client.ask(SortRequest((by_year,)))) == SortResponse(count=2)
    assert titles(await client.ask(PresentRequest(1, 2))) == ["红与黑", "红楼梦"]
    down = SortKeySpec(GenericSort("date"), relation=1)
    await client.ask(SortRequest((down,), output="sorted"))
    assert titles(await client.ask(PresentRequest(1, 2, result_set="sorted"))) == ["红楼梦", "红与黑"]
    assert shelf.asked[-1][1].sort == (SortKey("year", descending=True),)
    assert shelf.asked[-1][1].root == Clause("any", "红")


@pytest.mark.parametrize(
    ("request_", "number"),
    [
        (SortRequest((SortKeySpec(GenericSort("shelfmark")),)), 207),
        (SortRequest((SortKeySpec(GenericSort(Specification(elements="F"))),)), 207),
        (SortRequest((SortKeySpec(()),)), 210),
        (SortRequest((SortKeySpec(GenericSort("title"), 3),)), 214),
        (SortRequest((SortKeySpec(GenericSort("title")),) * 6), 211),
        (SortRequest((SortKeySpec(GenericSort("title")),), ("default", "default")), 230),
        (SortRequest((SortKeySpec(GenericSort("title")),), ()), 208),
        (SortRequest((SortKeySpec(GenericSort("title")),), ("nosuch",)), 30),
    ],
)
async def test_sorts_that_fail(start, open_client, request_, number) -> None:
    client = await open_client(await start())
    await client.ask(search("红"))
    answer = await client.ask(request_)
    assert answer.status == 2
    assert condition(answer)[0] == number


async def test_services_that_we_lack_are_answered(start, open_client) -> None:
    client = await open_client(await start())
    answer = await client.ask(ExtendedServicesRequest(1, Oid("1.2.840.10003.9.5")))
    assert isinstance(answer, ExtendedServicesResponse)
    assert (answer.status, answer.diagnostics[0].condition) == (3, 221)
    assert isinstance(await client.ask(ResourceReportRequest()), ResourceReportResponse)


async def test_close(start, open_client) -> None:
    client = await open_client(await start())
    answer = await client.ask(Close(reference_id=b"bye"))
    assert answer == Close(reason=CloseReason.FINISHED, reference_id=b"bye")
    with pytest.raises(EOFError):
        await client.next()


@pytest.mark.parametrize("together", [True, False])
async def test_a_search_can_be_cancelled(start, open_client, together) -> None:
    client = await open_client(await start())
    requests = [client.connection.send(search("slow")), client.connection.send(TriggerResourceControlRequest(3))]
    if together:
        client.writer.write(b"".join(requests))
    else:
        client.writer.write(requests[0])
        await client.writer.drain()
        client.writer.write(requests[1])
    answer = await client.next()
    assert answer.status is False
    assert condition(answer)[0] == 105
    assert (await client.ask(search("红"))).count == 2


async def test_a_trigger_with_nothing_to_trigger(start, open_client) -> None:
    client = await open_client(await start())
    client.writer.write(client.connection.send(TriggerResourceControlRequest(3)))
    assert (await client.ask(search("红"))).count == 2


async def test_pipelined_requests(start, open_client) -> None:
    client = await open_client(await start())
    client.writer.write(client.connection.send(search("红")))
    for position in (1, 2):
        client.writer.write(client.connection.send(PresentRequest(position, 1)))
    assert (await client.next()).count == 2
    assert [titles(await client.next()) for _ in range(2)] == [["红楼梦"], ["红与黑"]]
