"""The union catalogue over Z39.50: its databases, their character sets, sorting, browsing, and the libraries live."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from gateway.core.errors import RetriableError
from gateway.core.ports import IndexSearch
from gateway.core.query import Clause, Query
from gateway.core.target import Target
from gateway.protocols.z3950 import charneg, oids
from gateway.protocols.z3950.apdu import DefaultDiagnostic, InitRequest, Option, PresentRequest
from gateway.protocols.z3950.records import payload
from gateway.protocols.z3950.rpn import Attribute, External, Operand
from gateway.protocols.z3950.services import GenericSort, ScanRequest, SortKeySpec, SortRequest
from gateway.records import iso2709
from gateway.records.normalise import normalise
from gateway.union import Unifier
from gateway.union.catalogue import UnionCatalogue
from gateway.union.live import LiveCatalogue
from index.embedded import open_index
from tests.support.world import raw
from tests.support.z3950_requests import search

RECORDS = (
    raw("a", 1, "红楼梦", "曹雪芹著", isbn="9787020002207", year=1996),
    raw("b", 7, "红楼梦", "曹雪芹著", isbn="9787020002207", year=1996),
    raw("a", 2, "围城", "钱锺书著", year=1980),
    raw("b", 3, "水浒传", "施耐庵著", year=1975),
)
TARGETS = (Target("a", "z3950"), Target("b", "z3950"))


class Live:
    """The libraries' own systems: answers what the index has for the libraries that were named."""

    def __init__(self, shared: UnionCatalogue) -> None:
        self.shared = shared
        self.asked: list[tuple[str, ...]] = []

    async def __call__(self, query, libraries):
        self.asked.append(tuple(libraries))
        if query.root.term == "nobody":
            raise RetriableError("No library answered", detail="a: refused")
        return (await self.shared.find(libraries, IndexSearch(query))).records


@pytest.fixture
async def live() -> AsyncIterator[Live]:
    index = await open_index("")
    await Unifier(index).add([normalise(each) for each in RECORDS])
    await index.refresh()
    yield Live(UnionCatalogue(index, TARGETS))
    await index.close()


@pytest.fixture
async def client(live, start, open_client):
    return await open_client(await start(LiveCatalogue(live.shared, live)))


async def titles(client, count: int, charset: str = "utf-8") -> list[tuple[str, bytes]]:
    """(title, octets) of the first records of the result set."""
    answer = await client.ask(PresentRequest(1, count, syntax=oids.UNIMARC))
    out = []
    for item in answer.records.value:
        assert isinstance(item.record, External), item
        data = item.record.octets
        out.append((iso2709.read(data, charset).fields("200")[0].get("a"), data))
    return out


@pytest.mark.parametrize(
    ("databases", "query", "count"),
    [
        (("union",), "@attr 1=4 红楼梦", 1),
        (("Default",), "@attr 1=1016 著", 3),
        (("a",), "@attr 1=1016 著", 2),
        (("B",), "@attr 1=1016 著", 2),
        (("a", "b"), "@attr 1=1016 著", 3),
        (("a", "union"), "@attr 1=1016 著", 3),
        (("live",), "@attr 1=1016 著", 3),
        (("live", "b"), "@attr 1=1016 著", 2),
    ],
)
async def test_databases(client, databases, query, count) -> None:
    assert (await client.ask(search(query, databases=databases))).count == count


async def test_live_asks_the_libraries_that_were_chosen(live, client) -> None:
    await client.ask(search("@attr 1=4 围城", databases=("live", "a")))
    await client.ask(search("@attr 1=4 围城", databases=("LIVE",)))
    assert live.asked == [("a",), ()]
    assert [title for title, _ in await titles(client, 1)] == ["围城"]


async def test_when_no_library_answers(client) -> None:
    answer = await client.ask(search("nobody", databases=("live",)))
    assert answer.records == DefaultDiagnostic(2, "No library answered")


async def test_a_librarys_database_gives_its_own_record_and_copies(client) -> None:
    for library in ("a", "b"):
        await client.ask(search("@attr 1=4 红楼梦", databases=(library,)))
        answer = await client.ask(PresentRequest(1, 1, syntax=oids.OPAC))
        (item,) = answer.records.value
        assert item.name == library
        found = payload(item.record)
        assert iso2709.read(found.data, "utf-8").fields("905")[0].get("a") == library
        assert {holding.barcode[:1] for holding in found.holdings} == {library}
    await client.ask(search("@attr 1=4 红楼梦", databases=("union",)))
    (item,) = (await client.ask(PresentRequest(1, 1, syntax=oids.OPAC))).records.value
    assert {holding.barcode[:1] for holding in payload(item.record).holdings} == {"a", "b"}


@pytest.mark.parametrize(
    ("database", "terms", "records"),
    [
        ("union", "utf-8", "utf-8"),
        ("union.gbk", "gbk", "gbk"),
        ("a.GB18030", "gb18030", "gb18030"),
        ("union.marc8", "utf-8", "marc-8"),
        ("live.gbk", "gbk", "gbk"),
        ("union.utf8", "utf-8", "utf-8"),
    ],
)
async def test_character_sets_by_database(client, database, terms, records) -> None:
    asked = search("@attr 1=4 红楼梦", charset=terms, databases=(database,))
    assert (await client.ask(asked)).count == 1
    ((title, data),) = await titles(client, 1, records)
    assert title == "红楼梦"
    assert iso2709.read(data).charset == ("gbk" if records == "gb18030" else records)


async def test_databases_of_different_character_sets(client) -> None:
    answer = await client.ask(search("x", databases=("a.gbk", "b")))
    assert answer.records.condition == 23
    assert (await client.ask(search("x", databases=("union.klingon",)))).records.condition == 109
    assert (await client.ask(search("x", databases=("nosuch.gbk",)))).records.condition == 109


async def test_what_was_negotiated_holds_for_terms_of_every_database(live, start, open_client) -> None:
    server = await start(LiveCatalogue(live.shared, live), term_charset="gbk", record_charset="gbk")
    init = InitRequest(options=frozenset(Option), other_info=charneg.propose(records=True))
    client = await open_client(server, init)
    assert (await client.ask(search("@attr 1=4 红楼梦", databases=("union",)))).count == 1
    assert iso2709.read((await titles(client, 1))[0][1]).charset == "utf-8"
    assert (await client.ask(search("@attr 1=4 红楼梦", databases=("union.gbk",)))).count == 1
    assert (await titles(client, 1, "gbk"))[0][0] == "红楼梦"
    plain = await open_client(server)
    assert (await plain.ask(search("@attr 1=4 红楼梦", charset="gbk", databases=("union",)))).count == 1
    assert (await titles(plain, 1, "gbk"))[0][0] == "红楼梦"


@pytest.mark.parametrize(("database", "relation", "first"), [("union", 0, "水浒传"), ("a", 1, "红楼梦")])
async def test_sorting_keeps_its_order_over_presents(client, database, relation, first) -> None:
    await client.ask(search("@attr 1=1016 著", databases=(database,)))
    answer = await client.ask(SortRequest((SortKeySpec(GenericSort("date"), relation),)))
    assert answer.status == 0
    assert (await titles(client, 2))[0][0] == first


async def test_scan_of_a_librarys_titles_in_its_character_set(client) -> None:
    start = Operand((Attribute(1, 4),), "红".encode("gbk"))
    answer = await client.ask(ScanRequest(start, ("a.gbk",), attribute_set=oids.BIB1, count=1, position=1))
    assert answer.status == 0
    assert [(term.term.decode("gbk"), term.occurrences) for term in answer.entries.entries] == [("红楼梦", 1)]
    start = Operand((Attribute(1, 4),), "围".encode())
    answer = await client.ask(ScanRequest(start, ("live",), attribute_set=oids.BIB1, count=9, position=1))
    terms = [term.term.decode() for term in answer.entries.entries]
    assert terms == sorted(terms)
    assert answer.status == 5


async def test_scan_tells_where_the_term_stands(client) -> None:
    """Fewer terms lie before it than were wanted: its position says so (3.2.8.1.5)."""
    first = Operand((Attribute(1, 4),), b"0")
    answer = await client.ask(ScanRequest(first, ("union",), attribute_set=oids.BIB1, count=3, position=3))
    assert (answer.position, answer.returned) == (1, 3)


async def test_the_other_marc_is_converted_where_the_operator_wants_it(live, start, open_client) -> None:
    client = await open_client(await start(live.shared, convert=True))
    await client.ask(search("@attr 1=4 红楼梦", databases=("union.gbk",), charset="gbk"))
    (item,) = (await client.ask(PresentRequest(1, 1, syntax=oids.USMARC))).records.value
    assert item.record.oid == oids.USMARC
    marc = iso2709.read(item.record.octets)
    assert (marc.charset, marc.fields("245")[0].get("a").strip(" /")) == ("gbk", "红楼梦")
    plain = await open_client(await start(live.shared))
    await plain.ask(search("@attr 1=4 红楼梦", databases=("union",)))
    (item,) = (await plain.ask(PresentRequest(1, 1, syntax=oids.USMARC))).records.value
    assert item.record == DefaultDiagnostic(238, str(oids.UNIMARC))


async def test_reading_on_makes_the_search_no_more_often_than_needed(live) -> None:
    """Who reads a result set from its beginning gets the same records as who jumps about, from fewer searches."""
    asked = []
    find = live.shared.find

    async def counted(databases, search):
        asked.append((search.start, search.size))
        return await find(databases, search)

    live.shared.find = counted
    results = await live.shared.search(("union",), Query(Clause("any", "著")))
    one_by_one = [(await results.fetch(at, 1))[0] for at in (1, 2, 3)]
    assert asked == [(0, 0), (0, 1), (1, 2)]
    again = await live.shared.search(("union",), Query(Clause("any", "著")))
    assert list(await again.fetch(1, 3)) == one_by_one
    assert [(await again.fetch(at, 1))[0] for at in (3, 1, 2)] == [one_by_one[at] for at in (2, 0, 1)]
    for _ in range(200):
        more = await live.shared.search(("union",), Query(Clause("any", "著")))
        await more.fetch(1, 1)
        await more.fetch(2, 1)
    assert len(live.shared.windows) == 64
