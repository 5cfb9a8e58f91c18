from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

from gateway.frontends.opac.links import SearchLinks, address, search_for

LINKS = SearchLinks(
    {
        "q": ["红楼梦 & co"],
        "filter": ["form:book", "year:1990"],
        "page": ["3"],
        "sort": ["title"],
        "format": ["html"],
        "lang": ["en"],
    }
)


def pairs(url: str) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(url).query, keep_blank_values=True)


def test_a_changed_parameter_replaces_and_an_empty_one_removes() -> None:
    assert ("page", "4") in pairs(LINKS.with_(page="4"))
    assert [value for name, value in pairs(LINKS.with_(page="4")) if name == "page"] == ["4"]
    assert "page" not in dict(pairs(LINKS.with_(page="")))


def test_the_query_is_escaped_and_the_format_is_not_inherited() -> None:
    assert ("q", "红楼梦 & co") in pairs(LINKS.with_())
    assert "format" not in dict(pairs(LINKS.with_()))
    assert ("format", "sse") in pairs(LINKS.with_(format="sse"))


def test_filtering_goes_back_to_the_first_page_and_keeps_the_rest() -> None:
    added = pairs(LINKS.filtered(add=("language:chi",)))
    assert [value for name, value in added if name == "filter"] == ["form:book", "year:1990", "language:chi"]
    assert ("sort", "title") in added
    assert "page" not in dict(added)
    removed = pairs(LINKS.filtered(remove=("form:book",)))
    assert [value for name, value in removed if name == "filter"] == ["year:1990"]
    assert "filter" not in dict(pairs(LINKS.unfiltered()))


def test_a_filter_is_never_there_twice() -> None:
    twice = pairs(LINKS.filtered(add=("form:book",)))
    assert [value for name, value in twice if value == "form:book"] == ["form:book"]


def test_a_new_search_keeps_order_and_language_but_no_filter_and_no_page() -> None:
    assert LINKS.hidden() == (("sort", "title"), ("lang", "en"))


def test_a_single_value_is_taken_as_one() -> None:
    assert SearchLinks({"q": "红楼梦"}).get("q") == "红楼梦"


def test_addresses() -> None:
    assert address("/targets") == "/targets"
    assert pairs(search_for('a"b', "author")) == [("q", 'a"b'), ("index", "author")]
    assert pairs(search_for("x")) == [("q", "x")]
