"""Walks by cursor, exports, trees of facets, years, highlights, browse lists, similar records, OpenSearch."""

import json
from xml.etree import ElementTree

import pytest

from gateway.core.record import RawRecord
from gateway.records import iso2709
from gateway.records.marc import Field, MarcRecord

BOOKS = 23


def _book(number: int) -> RawRecord:
    fields = [
        Field.control("001", str(number)),
        Field("101", "0", " ", [("a", "chi")]),
        Field("200", "1", " ", [("a", f"紅樓夢研究第{number}種"), ("f", "俞平伯著")]),
        Field("210", " ", " ", [("c", "棠棣出版社"), ("d", str(1950 + number))]),
        Field("606", "0", " ", [("a", "古典小说"), ("x", "小说研究")]),
        Field("690", " ", " ", [("a", "I207.411" if number % 2 else "TP311.1"), ("v", "4")]),
        Field("701", " ", "0", [("a", "俞平伯"), ("4", "著")]),
    ]
    marc = MarcRecord("00000nam0 2200000   450 ", fields)
    return RawRecord("a", iso2709.write(marc, "utf-8"), charset="utf-8", local_id=str(number), position=number)


@pytest.fixture
async def filled(site):
    client, world = await site(
        {"a": {"records": [_book(number) for number in range(1, BOOKS + 1)], "region": "610118"}}, fetch=100
    )
    await (await client.get("/search", params={"q": "红楼梦"})).read()
    await world.federation.keeper.close()  # all that was seen is written
    await world.federation.index.refresh()
    world.libraries["a"].records = ()
    return client


async def _json(client, path, **params):
    response = await client.get(path, params={"q": "红楼梦", "format": "json", **params})
    return response.status, await response.json(content_type=None)


@pytest.mark.parametrize("sort", ["relevance", "title,newest", "added,stroke", "oldest"])
async def test_a_walk_by_cursor_gives_everything_once(filled, sort):
    _, whole = await _json(filled, "/search", scope="index", size="100", sort=sort)
    cursor, seen = "", []
    while True:
        status, page = await _json(filled, "/search", cursor=cursor, size="7", sort=sort)
        assert (status, page["total"]) == (200, BOOKS)
        seen += [record["id"] for record in page["records"]]
        cursor = page["cursor"]
        if not cursor:
            break
    assert seen == [record["id"] for record in whole["records"]]
    assert "cursor" not in whole


@pytest.mark.parametrize(
    ("params", "name"),
    [
        ({"cursor": "", "page": "2"}, "cursor"),
        ({"cursor": "", "scope": "all"}, "cursor"),
        ({"facets": "colour"}, "facets"),
        ({"within": "library:a"}, "within"),
        ({"years": "yes"}, "years"),
        ({"sort": "title,colour"}, "sort"),
        ({"sort": "title,newest,author,stroke,added"}, "sort"),
        ({"from": "x"}, "from"),
    ],
)
async def test_what_cannot_be_asked_is_named(filled, params, name):
    status, problem = await _json(filled, "/search", **params)
    assert (status, problem["parameter"]) == (400, name)


async def test_a_cursor_that_is_none_is_a_problem(filled):
    status, problem = await _json(filled, "/search", cursor="nonsense")
    assert (status, problem["feature"]) == (400, "cursor")


async def test_trees_and_years_are_counted_when_asked_for(filled):
    asked = {"scope": "index", "facets": "class,region,availability", "within": "class:I", "years": "1"}
    _, page = await _json(filled, "/search", **asked)
    classes = {item["value"]: item["count"] for item in page["facets"]["class"]}
    assert classes == {"I": 12, "I2": 12, "T": 11}
    assert page["facets"]["region"] == [{"value": "610000", "count": 23}, {"value": "610100", "count": 23}]
    assert page["years"] == [{"year": 1950 + n, "count": 1} for n in range(1, BOOKS + 1)]
    _, county = await _json(filled, "/search", scope="index", facets="region", filter="region:610118")
    assert {"value": "610118", "count": 23} in county["facets"]["region"]
    _, narrowed = await _json(filled, "/search", scope="all", filter="year:1960..1969", facets="class", years="1")
    assert narrowed["total"] == 10
    assert len(narrowed["years"]) == BOOKS
    _, nowhere = await _json(filled, "/search", scope="index", filter="region:110000")
    assert nowhere["total"] == 0


async def test_the_form_of_years_leads_to_a_filter(filled):
    response = await filled.get("/search?q=红楼梦&from=1960&to=&page=2&filter=year:1950", allow_redirects=False)
    assert response.status == 302
    assert response.headers["Location"].endswith("&filter=year:1960..")
    assert "page" not in response.headers["Location"]
    none = await filled.get("/search?q=x&from=&to=", allow_redirects=False)
    assert none.headers["Location"] == "/search?q=x"


async def test_matches_are_shown_in_the_text_as_written(filled):
    _, page = await _json(filled, "/search", q="hongloumeng", scope="index", highlight="1", size="1")
    (title,) = [item for item in page["records"][0]["highlights"] if item["field"] == "title"]
    assert [title["text"][start:end] for start, end in title["spans"]] == ["紅樓夢"]
    response = await filled.get("/search?q=红楼梦&scope=index&format=html")
    assert "<mark>紅樓夢</mark>" in await response.text()


@pytest.mark.parametrize("form", ["ndjson", "marcxml", "iso2709"])
async def test_the_whole_result_as_a_stream(filled, form, monkeypatch):
    monkeypatch.setattr("gateway.frontends.http.exporting.STEP", 5)
    response = await filled.get("/export", params={"q": "红楼梦", "format": form, "sort": "title"})
    body = await response.read()
    assert (response.status, response.headers["X-Total-Count"]) == (200, str(BOOKS))
    assert "attachment" in response.headers["Content-Disposition"]
    if form == "ndjson":
        titles = [json.loads(line)["title"] for line in body.splitlines()]
    elif form == "marcxml":
        fields = ElementTree.fromstring(body).iterfind(".//{*}datafield[@tag='200']/{*}subfield[@code='a']")
        titles = [field.text for field in fields]
    else:
        records = body.split(b"\x1d")[:-1]
        titles = [iso2709.read(part + b"\x1d").first("200").get("a") for part in records]
    assert len(titles) == len(set(titles)) == BOOKS


@pytest.mark.parametrize(
    ("params", "status"), [({"page": "1"}, 400), ({"scope": "live"}, 400), ({"format": "html"}, 406), ({"q": ""}, 400)]
)
async def test_exports_that_are_refused(filled, params, status):
    response = await filled.get("/export", params={"q": "x", "format": "ndjson", **params})
    assert response.status == status


async def test_a_browse_list_and_what_it_leads_to(filled):
    page = await (await filled.get("/browse?index=subject&term=小说研究&before=1&size=5&format=json")).json()
    assert [(one["term"], one["count"]) for one in page["terms"]] == [("古典小说 小说研究", BOOKS), ("小说研究", BOOKS)]
    found = await (await filled.get(page["terms"][1]["search"] + "&format=json")).json()
    assert found["total"] == BOOKS
    html = await (await filled.get("/browse?index=author&lang=zh", headers={"Accept": "text/html"})).text()
    assert "俞平伯" in html


@pytest.mark.parametrize("query", ["index=colour", "size=0", "before=x", "term=" + "x" * 201, "colour=red"])
async def test_lists_that_are_refused(filled, query):
    response = await filled.get(f"/browse?{query}&format=json")
    assert response.status == 400


async def test_similar_records(filled):
    _, page = await _json(filled, "/search", scope="index", size="1")
    identifier = page["records"][0]["id"]
    found = await (await filled.get(f"/records/{identifier}/similar?size=3")).json()
    assert len(found["records"]) == 3
    assert identifier not in [record["id"] for record in found["records"]]
    assert (await filled.get("/records/wnothing/similar")).status == 404
    assert (await filled.get(f"/records/{identifier}/similar?size=x")).status == 400
    html = await (await filled.get(f"/records/{identifier}?lang=en", headers={"Accept": "text/html"})).text()
    assert "Similar records" in html


async def test_browsers_can_search_here_by_themselves(filled):
    response = await filled.get("/opensearch.xml")
    assert response.content_type == "application/opensearchdescription+xml"
    root = ElementTree.fromstring(await response.read())
    templates = {url.get("type"): url.get("template") for url in root.iterfind("{*}Url")}
    assert templates["text/html"].startswith("http://127.0.0.1:")
    assert templates["text/html"].endswith("/search?q={searchTerms}&page={startPage?}")
    odd = await (await filled.get("/opensearch.xml", headers={"Host": 'x"><evil'})).text()
    assert "evil" not in odd
