"""SRU over the shared index as the gateway mounts it: databases, joint records, facets, lists, explain, stylesheet."""

from __future__ import annotations

import contextlib
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from lxml import etree

from gateway import plugins
from gateway.core.answer import FACETS
from gateway.core.target import Target
from gateway.federation.planner import for_index
from gateway.frontends.sru import application
from gateway.protocols.sru.context_sets import context_sets
from gateway.protocols.sru.explain import parse_explain
from gateway.protocols.sru.server_request import SCHEMAS
from gateway.records.normalise import normalise
from gateway.union import Unifier
from gateway.union.catalogue import UnionCatalogue
from tests.support.world import raw

SAME = {"author": "曹雪芹著", "isbn": "9787020002207"}
STATEMENT = Path("docs/protocols/sru.md").read_text(encoding="utf-8").partition("## Client")[0]
TARGETS = [
    Target("a", "test", name={"zh": "甲馆", "en": "Library A"}, region="610100"),
    Target("b", "test", name={"zh": "乙馆", "en": "Library B"}, region="610200", sector="university"),
]


class Union:
    def __init__(self, http: TestClient[web.Request, web.Application], catalogue: UnionCatalogue) -> None:
        self.http = http
        self.catalogue = catalogue

    async def get(self, path: str = "/sru", headers: dict[str, str] | None = None, **asked: str) -> etree._Element:
        response = await self.http.get(path, params=asked, headers=headers)
        assert response.status == 200
        return etree.fromstring(await response.read())

    async def search(self, query: str, database: str = "union", **more: str) -> etree._Element:
        asked = {"operation": "searchRetrieve", "version": "1.2", "query": query, **more}
        return await self.get(f"/sru/{database}", **asked)

    async def total(self, query: str, database: str = "union") -> int:
        root = await self.search(query, database, maximumRecords="0")
        assert root.find("{*}diagnostics") is None, etree.tostring(root)
        return int(root.findtext("{*}numberOfRecords", "-1"))

    async def scan(self, clause: str, database: str = "union", **more: str) -> list[tuple[str, int, str, str]]:
        asked = {"operation": "scan", "version": "1.2", "scanClause": clause, **more}
        root = await self.get(f"/sru/{database}", **asked)
        assert root.find("{*}diagnostics") is None, etree.tostring(root)
        names = ("value", "numberOfRecords", "displayTerm", "whereInList")
        rows = [[term.findtext(f"{{*}}{name}", "") for name in names] for term in root.iter("{*}term")]
        return [(value, int(count), shown, where) for value, count, shown, where in rows]


@pytest.fixture
async def union(tmp_path: Path) -> AsyncIterator[Union]:
    index = await plugins.index_factory("embedded")(str(tmp_path / "index"))
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(index.close)
        raws = [
            raw("a", 1, "红楼梦", **SAME),
            raw("a", 2, "红楼梦研究", "俞平伯著", year=1990, subject="文学研究"),
            raw("b", 1, "紅樓夢", **SAME),
            raw("b", 2, "Moby Dick", "Melville", year=1851, language="eng", subject="Whales"),
        ]
        await Unifier(index).add([normalise(each) for each in raws])
        await index.refresh()
        catalogue = UnionCatalogue(index, TARGETS, lambda query: for_index(query, TARGETS))
        outer = web.Application()
        outer.add_subapp("/sru", application(catalogue))
        yield Union(await stack.enter_async_context(TestClient(TestServer(outer))), catalogue)


async def test_each_library_is_a_database(union: Union) -> None:
    assert [await union.total("红楼梦", name) for name in ("union", "default", "a", "A", "b")] == [2, 2, 2, 2, 1]
    assert await union.total("dc.title = moby", "a") == 0
    assert await union.total("wenyuan.library = b", "a") == 1, "both have it"
    assert await union.total("wenyuan.region = 6102 and 红楼梦") == 1
    assert await union.total("wenyuan.sector = university") == 2
    assert await union.total("wenyuan.sector = government") == 0


async def test_a_record_is_everybodys(union: Union) -> None:
    root = await union.search("bath.isbn = 9787020002207")
    record = root.find(".//{http://www.loc.gov/MARC21/slim}record")
    assert record is not None
    assert [each.get("tag") for each in record.findall("{*}datafield[@tag='852']")] == ["852", "852"]
    owners = record.findall("{*}datafield[@tag='852']/{*}subfield[@code='a']")
    assert {each.text for each in owners} == {"a", "b"}
    assert record.findtext("{*}controlfield[@tag='001']") == root.findtext(".//{*}recordIdentifier")
    uid = root.findtext(".//{*}recordIdentifier", "")
    assert await union.total(f"rec.id = {uid}") == 1
    for schema in ("unimarcxml", "cnmarcxml"):
        root = await union.search("红楼梦", recordSchema=schema)
        assert len(root.findall(f".//{{{SCHEMAS[schema][0]}}}record")) == 2
    root = await union.search("moby", recordSchema="cnmarcxml")
    assert root.findtext(".//{*}recordData/{*}diagnostic/{*}uri") == "info:srw/diagnostic/1/67"


async def test_the_unions_own_schema_loses_nothing_and_is_valid(union: Union) -> None:
    root = await union.search("bath.isbn = 9787020002207", recordSchema="union")
    found = root.find(".//{urn:wenyuan:union:1}union")
    assert found is not None
    schema = etree.XMLSchema(etree.parse("config/schema/union-1.xsd"))
    schema.assertValid(etree.fromstring(etree.tostring(found)))
    assert {(each.get("source"), each.get("localId")) for each in found.findall("{*}member")} == {
        ("a", "000001"),
        ("b", "000001"),
    }
    assert {each.get("value") for each in found.findall("{*}identifier[@scheme='isbn']")} == {"9787020002207"}
    assert {each.get("source") for each in found.findall("{*}holding")} == {"a", "b"}
    assert found.find("{*}why[@same='true']") is not None


@pytest.mark.parametrize("schema", ["marcxml", "dc", "mods", "union"])
async def test_every_record_comes_in_every_general_schema(union: Union, schema: str) -> None:
    root = await union.search("cql.allRecords = 1", recordSchema=schema)
    assert root.findtext("{*}numberOfRecords") == "3"
    assert len(root.findall(".//{*}recordData")) == 3
    assert root.find(".//{*}diagnostic") is None


async def test_all_records(union: Union) -> None:
    assert await union.total("cql.allRecords = 1") == 3
    assert await union.total("cql.allRecords = 1", "a") == 2
    assert await union.total("cql.allRecords = 1 not dc.title = moby") == 2
    assert await union.total("cql.allRecords = 1 and dc.title = moby") == 1
    assert await union.total("dc.title = moby or cql.allRecords = 1") == 3


async def test_sorting(union: Union) -> None:
    async def years(query: str, **more: str) -> list[str | None]:
        root = await union.search(query, recordSchema="dc", **more)
        return [each.text for each in root.iter("{http://purl.org/dc/elements/1.1/}date")]

    assert await years("cql.allRecords = 1 sortBy dc.date") == ["1851", "1990", "2000"]
    assert await years("cql.allRecords = 1 sortBy dc.date/sort.descending") == ["2000", "1990", "1851"]
    assert await years("cql.allRecords = 1", sortKeys="date,,0") == ["2000", "1990", "1851"]


async def test_facets(union: Union) -> None:
    asked = {"version": "2.0", "query": "cql.allRecords = 1", "maximumRecords": "0"}
    root = await union.get(**asked, facetLimit="10")
    assert root.findtext("{*}resultCountPrecision") == "info:srw/vocabulary/resultCountPrecision/1/exact"
    facets = {each.findtext("{*}facetDisplayLabel"): each for each in root.iter("{*}facet")}
    assert tuple(facets) == FACETS
    for facet in facets.values():
        assert facet.find("{*}terms/{*}term") is not None
        for term in facet.findall("{*}terms/{*}term"):
            query = term.findtext("{*}query", "")
            assert await union.total(query) == int(term.findtext("{*}count", "")), query
    root = await union.get(
        **asked, facetLimit="1:dc.language,9:year", facetStart="2:dc.language", facetSort="alphanumeric:year"
    )
    found = [
        (each.findtext("{*}index"), [term.text for term in each.iter("{*}actualTerm")])
        for each in root.iter("{*}facet")
    ]
    assert found == [("dc.language", ["eng"]), ("year", ["1851", "1990", "2000"])]
    for name in "ab":
        assert (await union.get(f"/sru/{name}", **asked, facetLimit="9")).find(".//{*}facet") is not None


async def test_scan_gives_terms_that_find_what_they_count(union: Union) -> None:
    for index in sorted(union.catalogue.browsable):
        for value, count, _, _ in await union.scan(f'wenyuan.{index} == ""', maximumTerms="50"):
            assert await union.total(f'wenyuan.{index} == "{value}"') == count, (index, value)


async def test_scan_positions(union: Union) -> None:
    everything = await union.scan('wenyuan.title = ""', maximumTerms="50")
    terms = [value for value, *_ in everything]
    assert terms == sorted(terms)
    assert [where for *_, where in everything] == ["first", *["inner"] * (len(terms) - 2), "last"]
    assert ("moby dick", 1, "Moby Dick") in [row[:3] for row in everything]

    async def around(term: str, position: int, count: int) -> list[str]:
        more = {"responsePosition": str(position), "maximumTerms": str(count)}
        return [row[0] for row in await union.scan(f'title = "{term}"', **more)]

    at = terms.index("红楼梦")
    assert await around("紅樓夢", 1, 2) == terms[at : at + 2]
    assert await around("红楼梦", 0, 2) == terms[at + 1 : at + 3]
    assert await around("红楼梦", 2, 2) == terms[at - 1 : at + 1]
    assert await around("红楼梦", 3, 2) == terms[max(0, at - 2) :][:2]
    assert await around("龘龘龘", 1, 5) == []
    assert [row[1] for row in await union.scan('title = "moby dick"', "b", maximumTerms="1")] == [1]
    assert "moby dick" not in [row[0] for row in await union.scan('title = ""', "a", maximumTerms="50")]


@pytest.mark.parametrize(
    ("clause", "number"),
    [("note = a", 16), ("title = a*", 19), ("a and b", 48), ('date within "1 2"', 16), ("a and", 10)],
)
async def test_scan_refuses(union: Union, clause: str, number: int) -> None:
    root = await union.get(operation="scan", version="1.2", scanClause=clause)
    assert root.tag == "{http://www.loc.gov/zing/srw/}scanResponse"
    assert root.findtext(".//{*}uri") == f"info:srw/diagnostic/1/{number}"


async def test_explain_is_true_of_every_database(union: Union) -> None:
    for database in ("union", "a", "b"):
        for version in ("1.1", "1.2", "2.0"):
            asked = {} if version == "2.0" else {"operation": "explain", "version": version}
            body = await (await union.http.get(f"/sru/{database}", params=asked or {"version": "2.0"})).read()
            explain = parse_explain(body)
            assert explain.database == f"sru/{database}"
            root = etree.fromstring(body)
            scannable = root.findall(".//{*}index[@scan='true']/{*}map/{*}name")
            assert scannable
            for each in scannable:
                assert context_sets().resolve(f"{each.get('set')}.{each.text}") in union.catalogue.browsable
            assert root.findtext(".//{*}supports[@type='scan']") == "true"
            assert {e.text for e in root.iterfind(".//{*}supports[@type='facet']")} == {f"wenyuan.{n}" for n in FACETS}
    titles = {e.get("lang"): e.text for e in etree.fromstring(body).iterfind(".//{*}databaseInfo/{*}title")}
    assert titles == {"zh": "乙馆", "en": "Library B"}


async def test_every_supported_modifier_and_mask_is_taken(union: Union) -> None:
    body = await (await union.http.get("/sru")).read()
    supports: dict[str, list[str]] = {}
    for each in etree.fromstring(body).iterfind(".//{*}supports"):
        supports.setdefault(each.get("type", ""), []).append(each.text or "")
    for modifier in supports["relationModifier"]:
        await union.total(f"dc.title =/{modifier} moby")
    for modifier in supports["sortModifier"]:
        await union.total(f"moby sortBy dc.date/sort.{modifier}")
    for mask in supports["maskingCharacter"]:
        assert await union.total(f"dc.title = mob{mask}") == 1
    for anchor in supports["anchoring"]:
        assert await union.total(f'dc.title = "{anchor}moby dick{anchor}"') == 1
    for boolean in supports["booleanOperator"]:
        modifiers = "/distance=1/unit=word/ordered" if boolean == "prox" else ""
        await union.total(f"dc.title = moby {boolean}{modifiers} dc.title = dick")
    for packing in supports["recordPacking"]:
        root = await union.search("moby", recordPacking=packing)
        assert root.findtext(".//{*}recordPacking") == packing


async def test_the_statement_agrees_with_explain(union: Union) -> None:
    """docs/protocols/sru.md names the same schemas, versions, limits and diagnostics as the code."""
    server = STATEMENT
    listed = dict(re.findall(r"^\| `(\w+)`(?: \(default\))? \| (\S+) \|", server, re.MULTILINE))
    assert listed == {name: names[0] for name, names in SCHEMAS.items()}
    explain = parse_explain(await (await union.http.get("/sru")).read())
    assert listed == dict(explain.schemas)
    assert f"({explain.default_records} unless asked, never more than {explain.max_records})" in server
    named = re.search(r"Lists: ([^|]+)\|", server)
    assert named is not None
    assert set(re.findall(r"`(\w+)`", named[1])) == union.catalogue.browsable
    offered = re.search(r"Facets: ([^|]+)\|", server)
    assert offered is not None
    assert re.findall(r"`(\w+)`", offered[1]) == list(FACETS)


def test_the_statement_lists_the_diagnostics_that_the_code_has() -> None:
    numbers = re.search(r"standard's number: ([\d\s]+)\.", STATEMENT)
    assert numbers is not None
    listed = {int(number) for number in numbers[1].split()}
    raised: set[int] = set()
    for folder in ("gateway/frontends/sru", "gateway/protocols/sru"):
        for path in Path(folder).glob("*.py"):
            source = path.read_text(encoding="utf-8")
            raised |= {int(n) for n in re.findall(r"(?:RefusedError|SRUDiagnostic\.standard)\((\d+)", source)}
            if path.name == "diagnostics.py":
                raised |= {int(n) for n in re.findall(r'^    \("[a-z0-9 ]+", (\d+)\),', source, re.MULTILINE)}
                bib1 = re.search(r"_BIB1 = \{([^}]+)\}", source)
                assert bib1 is not None
                raised |= {int(n) for n in re.findall(r": (\d+)", bib1[1])}
    raised.add(121)  # or 6, by the number that was asked for
    assert listed == raised


async def test_a_browser_gets_a_stylesheet_and_a_program_none(union: Union) -> None:
    for path, base in (("/sru", "/sru/"), ("/sru/", "/sru/"), ("/sru/a", "/sru/")):
        text = await (await union.http.get(path, headers={"Accept": "text/html,application/xml;q=0.9"})).text()
        href = re.search(r'<\?xml-stylesheet type="text/css" href="([^"]+)"\?>', text)
        assert href is not None, path
        assert (
            union.http.make_url(path).join(type(union.http.make_url("/"))(href[1])).path == f"{base}stylesheet/sru.css"
        )
        assert "xml-stylesheet" not in await (await union.http.get(path)).text()
    response = await union.http.get("/sru/stylesheet/sru.css")
    assert (response.status, response.content_type) == (200, "text/css")
    asked = {"operation": "searchRetrieve", "version": "1.2", "query": "moby", "stylesheet": "sru.css"}
    assert "xml-stylesheet" in await (await union.http.get("/sru", params=asked)).text()
    root = await union.get(**{**asked, "stylesheet": "http://elsewhere.example/x.xsl"})
    assert root.findtext(".//{*}uri") == "info:srw/diagnostic/1/111"
