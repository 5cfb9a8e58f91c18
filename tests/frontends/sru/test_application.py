"""The SRU server: three versions, three ways of asking, schemas, packings, explain and the diagnostics by number."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from lxml import etree

from gateway.core.errors import FatalTargetError, RetriableError
from gateway.core.query import INDEXES, Clause, Relation, SortKey
from gateway.core.record import RawRecord
from gateway.frontends.sru import application
from gateway.protocols.sru.context_sets import context_sets
from gateway.protocols.sru.cql import parse, to_query
from gateway.protocols.sru.explain import parse_explain
from gateway.protocols.sru.response import parse_search
from gateway.protocols.sru.server_request import MAX_REQUEST, SCHEMAS

Client = Any  # the fixture of conftest
SPACES = {
    "1.1": "http://www.loc.gov/zing/srw/",
    "1.2": "http://www.loc.gov/zing/srw/",
    "2.0": "http://docs.oasis-open.org/ns/search-ws/sruResponse",
}


@pytest.mark.parametrize("version", ["1.1", "1.2", "2.0"])
async def test_search_in_every_version(client: Client, version: str) -> None:
    root = await client.search(version=version, query="dc.title = 红楼梦", maximumRecords="2")
    space = SPACES[version]
    assert root.tag == f"{{{space}}}searchRetrieveResponse"
    assert root.findtext(f"{{{space}}}numberOfRecords") == "3"
    assert root.findtext(f"{{{space}}}nextRecordPosition") == "3"
    packing = "recordXMLEscaping" if version == "2.0" else "recordPacking"
    records = root.findall(f".//{{{space}}}record")
    assert [each.findtext(f"{{{space}}}recordPosition") for each in records] == ["1", "2"]
    assert [each.findtext(f"{{{space}}}{packing}") for each in records] == ["xml", "xml"]
    assert root.findtext(f".//{{{space}}}echoedSearchRetrieveRequest/{{{space}}}query") == "dc.title = 红楼梦"
    assert (root.find(".//{*}xQuery/{*}searchClause") is None) == (version == "2.0")
    titles = root.findall(".//{http://www.loc.gov/MARC21/slim}datafield[@tag='200']/{*}subfield[@code='a']")
    assert [each.text for each in titles] == ["红楼梦 & <续>", "红楼梦"]
    assert client.shelf.asked[0] == (("main",), to_query(parse("dc.title = 红楼梦")))


async def test_ways_of_asking_are_the_same(client: Client) -> None:
    parameters = {"operation": "searchRetrieve", "version": "1.1", "query": "红楼梦", "maximumRecords": "1"}
    got = await client.get("/sru/main", **parameters)
    posted = await client.read(await client.http.post("/sru/main", data=parameters))
    assert etree.tostring(got) == etree.tostring(posted)
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in parameters.items() if name != "operation")
    envelope = (
        '<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body>'
        f'<searchRetrieveRequest xmlns="http://www.loc.gov/zing/srw/">{inner}</searchRetrieveRequest>'
        "</S:Body></S:Envelope>"
    )
    response = await client.http.post("/sru/main", data=envelope.encode(), headers={"Content-Type": "text/xml"})
    root = await client.read(response)
    assert root.tag == "{http://schemas.xmlsoap.org/soap/envelope/}Envelope"
    assert root.findtext(".//{*}searchRetrieveResponse/{*}numberOfRecords") == "3"
    assert len(client.shelf.asked) == 3
    assert len({asked[1] for asked in client.shelf.asked}) == 1


async def test_our_own_client_reads_every_answer(client: Client) -> None:
    for version in SPACES:
        for packing in ("xml", "string"):
            name = "recordXMLEscaping" if version == "2.0" else "recordPacking"
            root = await client.search(version=version, **{name: packing})
            answer = parse_search(etree.tostring(root))
            assert (answer.total, len(answer.records), len(answer.surrogates)) == (3, 2, 1)
            assert [each.position for each in answer.records] == [1, 2]
            assert answer.next_position is None
            assert answer.records[0].identifier == ("" if version == "1.1" else "local1")


@pytest.mark.parametrize(
    ("schema", "given", "missing"),
    [
        ("marcxml", [1, 2], [3]),
        ("info:srw/schema/1/marcxml-v1.1", [1, 2], [3]),
        ("MARCXML", [1, 2], [3]),
        ("cnmarcxml", [1], [2, 3]),
        ("unimarcxml", [1, 2], [3]),
        ("dc", [1, 2, 3], []),
        ("info:srw/schema/1/dc-v1.1", [1, 2, 3], []),
        ("mods", [1, 2, 3], []),
        ("http://www.loc.gov/mods/v3", [1, 2, 3], []),
        ("union", [1, 2, 3], []),
    ],
)
async def test_schemas(client: Client, schema: str, given: list[int], missing: list[int]) -> None:
    root = await client.search(recordSchema=schema)
    for position, each in enumerate(root.findall(".//{*}record[{*}recordData]"), 1):
        surrogate = each.find("{*}recordData/{*}diagnostic/{*}uri")
        assert (surrogate is None) == (position in given), position
        assert (surrogate is not None) == (position in missing)
        if surrogate is not None:
            assert surrogate.text == "info:srw/diagnostic/1/67"
            assert each.findtext("{*}recordSchema") == "info:srw/schema/1/diagnostics-v1.1"
    if schema == "dc":
        data = root.find(".//{*}recordData/{*}dc")
        assert data is not None
        found = [(etree.QName(each).localname, each.text) for each in data]
        assert ("title", "红楼梦 & <续>") in found
        assert ("creator", "曹雪芹") in found
        assert ("publisher", "人民文学出版社") in found
        assert ("date", "1996") in found
        assert ("identifier", "urn:isbn:9787020002207") in found
    if schema == "cnmarcxml":
        assert root.find(".//{http://www.nlc.cn/}record") is not None


async def test_numbers_of_records(client: Client) -> None:
    root = await client.search(maximumRecords="0")
    assert root.findtext("{*}numberOfRecords") == "3"
    assert root.find("{*}records") is None
    root = await client.search(startRecord="3")
    assert len(root.findall(".//{*}recordData")) == 1
    assert root.find("{*}nextRecordPosition") is None
    client.shelf.records *= 100
    assert len((await client.search(maximumRecords="9999")).findall(".//{*}recordData")) == 50
    assert len((await client.search()).findall(".//{*}recordData")) == 10
    client.shelf.records = []
    root = await client.search()
    assert (root.findtext("{*}numberOfRecords"), root.find("{*}diagnostics")) == ("0", None)


@pytest.mark.parametrize(
    ("parameters", "number", "details"),
    [
        ({"version": "3.0"}, 5, "2.0"),
        ({"version": "1.0"}, 5, "1.2"),
        ({"operation": "update"}, 4, "update"),
        ({"operation": "scan"}, 7, "scanClause"),
        ({"operation": "scan", "scanClause": "title = a"}, 4, "scan"),
        ({"operation": "scan", "scanClause": "title = a", "maximumTerms": "0"}, 6, "maximumTerms=0"),
        ({"operation": "scan", "scanClause": "title = a", "maximumTerms": "201"}, 121, "1 to 200"),
        ({"operation": "scan", "scanClause": "a", "maximumTerms": "5", "responsePosition": "7"}, 120, "0 to 6"),
        ({"query": ""}, 7, "query"),
        ({"nonsense": "1"}, 8, "nonsense"),
        ({"startRecord": "0"}, 6, "startRecord=0"),
        ({"startRecord": "x"}, 6, "startRecord=x"),
        ({"maximumRecords": "-1"}, 6, "maximumRecords=-1"),
        ({"maximumRecords": "１"}, 6, "maximumRecords=１"),
        ({"startRecord": "4"}, 61, "4 of 3"),
        ({"recordSchema": "bibframe"}, 66, "bibframe"),
        ({"recordPacking": "zip"}, 71, "recordPacking=zip"),
        ({"recordXPath": "/a"}, 72, "/a"),
        ({"stylesheet": "/a.xsl"}, 111, "/a.xsl"),
        ({"version": "2.0", "queryType": "rumour"}, 11, "rumour"),
        ({"version": "2.0", "facetLimit": "10"}, 8, "facetLimit"),
        ({"version": "1.2", "facetLimit": "10"}, 8, "facetLimit"),
        ({"version": "2.0", "facetSort": "alphanumeric"}, 7, "facetSort"),
        ({"version": "2.0", "facetLimit": "x"}, 6, "facetLimit=x"),
        ({"version": "2.0", "facetLimit": "5:dc.publisher"}, 16, "dc.publisher"),
        ({"version": "2.0", "facetLimit": "5:dc.nosuch"}, 16, "dc.nosuch"),
        ({"version": "2.0", "facetLimit": "5", "facetStart": "0"}, 6, "facetStart=0"),
        ({"version": "2.0", "facetLimit": "5", "facetSort": "colour"}, 6, "facetSort=colour"),
        ({"version": "2.0", "facetCount": "1"}, 8, "facetCount"),
        ({"query": "a and"}, 10, "position 5"),
        ({"query": "foo.title = a"}, 15, "foo"),
        ({"query": "dc.foo = a"}, 16, "dc.foo"),
        ({"query": "wenyuan.region = 1"}, 16, "region"),
        ({"query": "dc.title encloses a"}, 19, "encloses"),
        ({"query": "dc.title any/stem a"}, 20, "stem"),
        ({"query": "a and/foo b"}, 46, "foo"),
        ({"query": "^a"}, 32, "one end"),
        ({"query": "a sortby colour"}, 80, "colour"),
        ({"sortKeys": "title,,7"}, 82, "title,,7"),
        ({"sortKeys": "title,,1,1"}, 91, "title,,1,1"),
        ({"sortKeys": "title,,1,0,abort"}, 92, "abort"),
        ({"sortKeys": "title,marcxml"}, 87, "marcxml"),
        ({"sortKeys": "colour"}, 80, "colour"),
        ({"query": "x" * 20_000}, 10, "too long"),
    ],
)
async def test_refusals(client: Client, parameters: dict[str, str], number: int, details: str) -> None:
    asked = {"operation": "searchRetrieve", "version": "1.2", "query": "a", **parameters}
    got, said = client.diagnostic(await client.read(await client.http.post("/sru", data=asked)))
    assert got == number
    assert details in said


async def test_refusals_that_are_no_parameters(client: Client) -> None:
    async def number(response: Any) -> int:
        found: int = client.diagnostic(await client.read(response))[0]
        return found

    assert await number(await client.http.get("/sru/nowhere?operation=explain")) == 235
    assert await number(await client.http.get("/sru?query=a&query=b")) == 6
    assert await number(await client.http.get("/sru?query=%FF")) == 6
    assert await number(await client.http.get("/sru?" + "&".join(f"x-{n}=1" for n in range(60)))) == 6
    assert await number(await client.http.post("/sru", data=b"query=" + b"a" * MAX_REQUEST)) == 12
    xml = {"Content-Type": "text/xml"}
    assert await number(await client.http.post("/sru", data=b"<a/>", headers=xml)) == 4
    assert await number(await client.http.post("/sru", data=b"<!DOCTYPE a><a/>", headers=xml)) == 1


@pytest.mark.parametrize(
    ("error", "number"),
    [(RetriableError("busy"), 2), (FatalTargetError("no"), 1), (FatalTargetError("no such database"), 235)],
)
async def test_errors_of_the_catalogue(client: Client, error: Exception, number: int) -> None:
    client.shelf.error = error
    assert client.diagnostic(await client.search())[0] == number


async def test_a_fault_of_ours_tells_the_log_not_the_client(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    client.shelf.error = ZeroDivisionError("secret")
    with caplog.at_level(logging.ERROR):
        root = await client.search()
    assert client.diagnostic(root)[0] == 1
    assert b"secret" not in etree.tostring(root)
    assert "secret" in caplog.text


async def test_sort_keys_and_their_precedence(client: Client) -> None:
    await client.search(sortKeys="title,,0 date")
    await client.search(query="a sortby dc.date/sort.descending", sortKeys="title")
    assert [asked[1].sort for asked in client.shelf.asked] == [
        (SortKey("title", True), SortKey("year")),
        (SortKey("year", True),),
    ]


async def test_other_query_types(client: Client) -> None:
    await client.search(version="2.0", queryType="searchTerms", query="题名:红楼梦")
    await client.get(**{"operation": "searchRetrieve", "version": "1.1", "x-pquery": "@attr 1=4 红楼梦"})
    clauses = [next(asked[1].clauses()) for asked in client.shelf.asked]
    assert clauses[0] == Clause("title", "红楼梦", Relation.ALL)
    assert (clauses[1].index, clauses[1].term) == ("title", "红楼梦")
    root = await client.get(**{"operation": "searchRetrieve", "version": "1.1", "x-pquery": "@attr 1=9999 a"})
    assert client.diagnostic(root)[0] == 16


async def test_explain_is_complete_and_true(client: Client) -> None:
    for path in ("/sru", "/sru/", "/sru/main", "/sru/MAIN", "/sru?operation=explain&version=1.1"):
        explain = parse_explain(await (await client.http.get(path)).read())
        assert explain.host == "127.0.0.1"
        assert explain.title in ("馆", "Lib")
        assert (explain.default_records, explain.max_records) == (10, 50)
    assert {name for name, _ in explain.schemas} == set(SCHEMAS)
    assert dict(explain.sets)["dc"] == "info:srw/cql-context-set/1/dc-v1.1"
    points = {context_sets().resolve(name) for name in explain.indexes}  # every index that is listed can be asked
    assert points == set(INDEXES)
    for schema in SCHEMAS:
        assert (await client.search(recordSchema=schema)).find("{*}diagnostics") is None
    for relation in explain.relations:
        term = "1990 1991" if relation == "within" else "1990"
        root = await client.search(query=f'wenyuan.year {relation} "{term}"')
        assert root.find("{*}diagnostics") is None, relation


async def test_it_also_stands_alone(client: Client) -> None:
    async with TestClient(TestServer(application(client.shelf))) as http:
        for path in ("/", "/main", "/second"):
            response = await http.get(path, params={"query": "a", "operation": "searchRetrieve", "version": "1.2"})
            assert parse_search(await response.read()).total == 3
    assert [asked[0] for asked in client.shelf.asked] == [("main",), ("main",), ("Second",)]


async def test_methods(client: Client) -> None:
    assert (await client.http.put("/sru")).status == web.HTTPMethodNotAllowed.status_code


async def test_the_echo_is_in_the_order_of_the_schema(client: Client) -> None:
    parameters = {"x-a><b": "1", "sortKeys": "title", "maximumRecords": "1", "query": "a", "version": "1.1"}
    root = await client.get(operation="searchRetrieve", **parameters)
    echo = root.find("{*}echoedSearchRetrieveRequest")
    assert echo is not None
    names = [etree.QName(each).localname for each in echo]
    assert names == ["version", "query", "xQuery", "maximumRecords", "sortKeys"]


async def test_records_in_other_encodings_and_broken_ones_harm_no_answer(client: Client) -> None:
    gbk = '<?xml version="1.0" encoding="gbk"?><record xmlns="http://www.loc.gov/MARC21/slim">红</record>'.encode("gbk")
    client.shelf.records = [
        RawRecord("lib", gbk, "marcxml"),
        RawRecord("lib", b"<record>", "marcxml"),
        RawRecord("lib", b"<record>\xff</record>", "marcxml"),
        RawRecord("lib", b"", "iso2709"),
    ]
    root = await client.search()
    data = root.findall(".//{*}recordData")
    assert data[0][0].text == "红"
    assert [each[0].tag.rpartition("}")[2] for each in data] == ["record", "diagnostic", "diagnostic", "diagnostic"]
