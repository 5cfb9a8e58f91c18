import json

import pytest
from lxml import etree, html

LIBRARIES = ("a", "b")


@pytest.fixture
async def two(site, record):
    same = {"author": "曹雪芹著", "isbn": "9787020002207"}
    client, world = await site(
        {
            "a": {"records": [record("a", 1, "红楼梦", **same), record("a", 2, "红楼梦研究", year=1990)]},
            "b": {"records": [record("b", 1, "紅樓夢", **same)]},
        }
    )
    return client, world


async def problem(response, status, *words):
    assert response.status == status
    assert response.content_type == "application/problem+json"
    document = await response.json()
    assert document["status"] == status
    assert {"type", "title", "detail", "instance"} <= document.keys()
    for word in words:
        assert word in document["detail"]
    return document


async def test_json_has_the_published_shape(two):
    client, _ = two
    response = await client.get("/search", params={"q": "红楼梦", "format": "json"})
    assert response.status == 200
    document = await response.json()
    assert {"query", "total", "page", "size", "took_ms", "records", "facets", "targets"} <= document.keys()
    assert document["total"] == 2
    first = document["records"][0]
    assert {member["source"] for member in first["members"]} == {"a", "b"}
    assert {holding["source"] for holding in first["holdings"]} == {"a", "b"}
    for target in document["targets"]:
        assert {"id", "name", "state", "hits", "returned", "ms", "diagnostic"} == target.keys()


async def test_accept_chooses_and_format_overrules(two):
    client, _ = two
    for accept, media in (
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html"),
        ("application/json", "application/json"),
        ("*/*", "application/json"),
        ("text/event-stream", "text/event-stream"),
        ("application/json;q=0.3, application/x-ndjson", "application/x-ndjson"),
    ):
        response = await client.get("/search", params={"q": "红楼梦"}, headers={"Accept": accept})
        assert response.content_type == media, accept
        await response.read()
    response = await client.get(
        "/search", params={"q": "红楼梦", "format": "html"}, headers={"Accept": "application/json"}
    )
    assert response.content_type == "text/html"
    await problem(await client.get("/search", params={"q": "x", "format": "pdf"}), 406, "format=")
    await problem(await client.get("/search", params={"q": "x"}, headers={"Accept": "image/png"}), 406)


async def test_ndjson_and_sse_tell_targets_then_the_answer(two):
    client, _ = two
    response = await client.get("/search", params={"q": "红楼梦", "format": "ndjson"})
    events = [json.loads(line) for line in (await response.text()).splitlines()]
    assert {event["id"] for event in events if event["event"] == "target"} == set(LIBRARIES)
    assert events[-1]["event"] == "done" and events[-1]["total"] == 2
    response = await client.get("/search", params={"q": "红楼梦研究", "format": "sse"})
    blocks = (await response.text()).strip().split("\n\n")
    names = [block.splitlines()[0] for block in blocks]
    assert names[-1] == "event: done" and "event: target" in names
    assert json.loads(blocks[-1].splitlines()[1].removeprefix("data: "))["complete"] is True


async def test_the_page_shows_titles_libraries_and_targets(two):
    client, _ = two
    response = await client.get("/search", params={"q": "红楼梦"}, headers={"Accept": "text/html"})
    text = html.fromstring(await response.text()).text_content()
    assert "红楼梦研究" in text
    assert response.headers["Content-Security-Policy"].startswith("default-src 'self'")


async def test_a_record_in_every_form(two):
    client, _ = two
    found = await (await client.get("/search", params={"q": "红楼梦", "format": "json"})).json()
    for identifier in (found["records"][0]["id"], found["records"][0]["members"][1]["uid"]):
        document = await (await client.get(f"/records/{identifier}?format=json")).json()
        assert document["id"] == found["records"][0]["id"]
    identifier = found["records"][0]["id"]
    xml = await (await client.get(f"/records/{identifier}?format=marcxml")).read()
    assert etree.fromstring(xml).tag == "{http://www.loc.gov/MARC21/slim}record"
    marc = await (await client.get(f"/records/{identifier}?format=iso2709")).read()
    assert int(marc[:5]) == len(marc)
    assert "红楼梦".encode() in marc or "紅樓夢".encode() in marc
    page = await client.get(f"/records/{identifier}", headers={"Accept": "text/html"})
    assert page.content_type == "text/html"
    await problem(await client.get("/records/wnosuchrecord"), 404, "wnosuchrecord")


async def test_targets_health_and_metrics(two):
    client, world = two
    await client.get("/search", params={"q": "红楼梦", "format": "json"})
    document = await (await client.get("/targets")).json()
    assert [target["id"] for target in document["targets"]] == list(LIBRARIES)
    assert document["targets"][0]["last"]["state"] == "ok"
    assert "password" not in json.dumps(document)
    assert (await client.get("/healthz")).status == 200
    await world.federation.keeper.drain()
    ready = await (await client.get("/readyz")).json()
    assert ready["index"]["records"] == 3
    metrics = await (await client.get("/metrics")).text()
    assert 'wenyuan_target_searches{target="a"} 1.0' in metrics
    assert 'wenyuan_target_events_total{event="suspensions",target="a"} 0.0' in metrics
    assert 'wenyuan_target_patience_seconds{target="a"} 10.0' in metrics
    assert document["targets"][0]["counts"]["searches"] == 1
    assert (document["targets"][0]["suspended"], document["targets"][0]["quarantined"]) == (False, False)
    assert 'wenyuan_http_requests_total{method="GET",route="/search",status="200"} 1.0' in metrics
    page = await client.get("/targets", headers={"Accept": "text/html"})
    assert page.content_type == "text/html"


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({}, ["q=", "红楼梦"]),
        ({"q": "  "}, ["q="]),
        ({"q": "x", "size": "100000"}, ["size='100000'", "from 1 to 100"]),
        ({"q": "x", "size": "-1"}, ["size"]),
        ({"q": "x", "page": "0"}, ["page"]),
        ({"q": "x", "page": "999999999999"}, ["page"]),
        ({"q": "x", "sort": "colour"}, ["sort", "relevance"]),
        ({"q": "x", "scope": "moon"}, ["scope", "index, live or all"]),
        ({"q": "x", "deadline": "nan"}, ["deadline"]),
        ({"q": "x", "deadline": "1e9"}, ["deadline"]),
        ({"q": "x", "filter": "colour:red"}, ["filter", "library"]),
        ({"q": "x", "filter": "year"}, ["facet:value"]),
        ({"q": "x", "syntax": "sql"}, ["syntax", "cql"]),
        ({"q": "x", "siez": "3"}, ["siez", "size"]),
        ({"q": "x", "targets": "nowhere"}, ["nowhere", "/targets"]),
        ({"q": "字" * 17_000}, ["17,000 characters"]),
        ({"q": '(title = "x', "syntax": "cql"}, []),
        ({"q": "nosuch.index = x", "syntax": "cql"}, ["nosuch.index"]),
    ],
)
async def test_bad_input_gets_a_problem_that_helps(two, params, words):
    client, _ = two
    document = await problem(await client.get("/search", params={**params, "format": "json"}), 400, *words)
    if params.get("q", "").startswith("("):
        assert isinstance(document["position"], int)


async def test_a_50_kb_query_and_a_longer_line(two):
    client, _ = two
    await problem(await client.get("/search", params={"q": "x" * 50_000}), 400, "50,000 characters")


async def test_a_page_shows_its_error_as_a_page(two):
    client, _ = two
    response = await client.get("/search", params={"q": "x", "size": "100000"}, headers={"Accept": "text/html"})
    assert (response.status, response.content_type) == (400, "text/html")
    assert "size" in html.fromstring(await response.text()).text_content()


async def test_other_addresses_and_methods(two):
    client, _ = two
    await problem(await client.get("/nowhere"), 404, "/nowhere")
    response = await client.post("/search")
    await problem(response, 405, "GET")
    assert "GET" in response.headers["Allow"]
    response = await client.get("/search", headers={"Accept": "text/html"}, allow_redirects=False)
    assert (response.status, response.headers["Location"]) == (302, "/")


async def test_too_many_searches_are_told_to_come_back(site, record):
    client, world = await site({"a": {}}, max_searches=1)
    world.federation.active = 1
    response = await client.get("/search", params={"q": "x", "format": "json"})
    await problem(response, 503)
    assert response.headers["Retry-After"] == "5"


async def test_the_language_is_remembered(two):
    client, _ = two
    response = await client.get("/?lang=en", headers={"Accept": "text/html"})
    assert response.cookies["lang"].value == "en"
    assert 'lang="en"' in await response.text()


async def test_static_files_are_cached_for_ever_by_their_hash(two):
    client, _ = two
    text = await (await client.get("/", headers={"Accept": "text/html"})).text()
    address = html.fromstring(text).xpath("//link[@rel='stylesheet']/@href")[0]
    response = await client.get(address)
    assert (response.status, response.content_type) == (200, "text/css")
    assert "immutable" in response.headers["Cache-Control"]
    assert "Cache-Control" not in (await client.get(address.partition("?")[0])).headers


@pytest.mark.parametrize("form", ["html", "json"])
async def test_what_is_large_goes_gzipped_to_whom_can_read_it(two, form):
    client, _ = two
    params = {"q": "红楼梦", "format": form}
    plain = await client.get("/search", params=params, headers={"Accept-Encoding": "identity"})
    packed = await client.get("/search", params=params, headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert int(packed.headers["Content-Length"]) < int(plain.headers["Content-Length"]) / 2
    for response in (plain, packed):
        assert "Accept-Encoding" in ", ".join(response.headers.getall("Vary"))
        assert "红楼梦" in await response.text()


async def test_what_is_small_is_not_packed(two):
    client, _ = two
    response = await client.get("/healthz", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in response.headers


async def test_a_brief_answer_says_which_records_and_no_more(two):
    client, _ = two
    whole = await (await client.get("/search", params={"q": "红楼梦", "format": "json"})).json()
    brief = await (await client.get("/search", params={"q": "红楼梦", "format": "json", "brief": "1"})).json()
    assert brief["total"] == whole["total"] == 2
    assert [record.keys() for record in brief["records"]] == [{"id", "title", "member_count"}] * 2
    assert [(record["id"], record["member_count"]) for record in brief["records"]] == [
        (record["id"], len(record["members"])) for record in whole["records"]
    ]
    assert not {"facets", "targets", "years"} & brief.keys()


@pytest.mark.parametrize("brief", ["0", "1"])
async def test_a_stream_brief_or_not_ends_with_what_it_showed(two, brief):
    client, _ = two
    response = await client.get("/search", params={"q": "红楼梦", "format": "ndjson", "brief": brief})
    events = [json.loads(line) for line in (await response.text()).splitlines()]
    pages = [event for event in events if event["event"] == "answer"]
    assert {event["id"] for event in events if event["event"] == "target"} == {"a", "b"}
    assert events[-1]["event"] == "done" and events[-1]["complete"]
    assert pages[-1]["records"] == events[-1]["records"]
    assert ("members" in events[-1]["records"][0]) is (brief == "0")
