"""Completions, and what is shown when nothing matches as typed."""

import pytest
from lxml import html


@pytest.fixture
async def filled(site, record):
    client, world = await site(
        {"a": {"records": [record("a", 1, "红楼梦", author="曹雪芹著"), record("a", 2, "红楼梦研究", year=1990)]}}
    )
    await (await client.get("/search", params={"q": "红楼梦"})).read()
    await world.federation.keeper.close()  # all that was seen is written
    await world.federation.index.refresh()
    world.libraries["a"].records = ()
    return client


async def test_completions_have_the_form_of_opensearch(filled):
    response = await filled.get("/suggest", params={"q": "hongl", "size": "5"})
    assert response.content_type == "application/x-suggestions+json"
    typed, texts, kinds, addresses = await response.json(content_type=None)
    assert typed == "hongl"
    assert set(texts) == {"红楼梦", "红楼梦研究"}
    assert kinds == ["题名", "题名"]
    for text, address in zip(texts, addresses, strict=True):
        found = await (await filled.get(address, params={"scope": "index", "format": "json"})).json()
        assert text in [record["title"] for record in found["records"]]


@pytest.mark.parametrize("typed", ["", " ", "没有这个", "x" * 201])
async def test_no_completions(filled, typed):
    response = await filled.get("/suggest", params={"q": typed})
    assert response.status == 200
    assert (await response.json(content_type=None))[1:] == [[], [], []]


@pytest.mark.parametrize("size", ["0", "21", "-1", "x", "९", "99999999"])
async def test_a_size_out_of_range_is_a_problem(filled, size):
    response = await filled.get("/suggest", params={"q": "红", "size": size})
    assert response.status == 400
    assert (await response.json(content_type=None))["parameter"] == "size"


@pytest.mark.parametrize("scope", ["index", "all"])
async def test_what_was_meant_is_told(filled, scope):
    response = await filled.get("/search", params={"q": "红搂梦", "scope": scope, "format": "json"})
    document = await response.json()
    assert (document["approximate"], document["suggestion"]) == (True, "红楼梦")
    assert document["records"][0]["title"] == "红楼梦"


async def test_what_was_meant_in_one_field_is_typed_into_that_field(filled):
    params = {"q": "红搂梦", "index": "title", "scope": "index", "format": "json"}
    document = await (await filled.get("/search", params=params)).json()
    assert document["suggestion"] == "红楼梦"


async def test_filters_are_not_loosened(filled):
    params = {"q": "红搂梦", "scope": "index", "format": "json", "filter": "form:book"}
    document = await (await filled.get("/search", params=params)).json()
    assert (document["total"], document["approximate"], document["suggestion"]) == (0, False, "")


async def test_exact_answers_say_so(filled):
    document = await (await filled.get("/search", params={"q": "红楼梦", "scope": "index", "format": "json"})).json()
    assert (document["approximate"], document["suggestion"]) == (False, "")


@pytest.mark.parametrize(("language", "words"), [("zh", "您要找的是不是"), ("en", "Did you mean")])
async def test_the_page_asks_back(filled, language, words):
    params = {"q": "红搂梦", "scope": "index", "format": "html", "lang": language}
    page = html.fromstring(await (await filled.get("/search", params=params)).text())
    (line,) = page.xpath("//*[@class='meant']")
    assert words in line.text_content()
    (link,) = line.xpath("a")
    assert link.text == "红楼梦"
    again = await (await filled.get(link.get("href"), params={"format": "json"})).json()
    assert (again["total"], again["approximate"]) == (2, False)
