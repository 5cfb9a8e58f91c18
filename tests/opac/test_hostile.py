"""Records come from strangers: whatever a field holds, a page holds it as text."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Callable
from enum import Enum
from typing import Any

import pytest
from lxml.html import HtmlElement

from gateway.core.answer import ALL_FACETS
from gateway.core.ports import FacetValue, IndexScan, ScanPage, ScanTerm
from gateway.core.query import Clause, Query
from gateway.core.record import Record, UnionRecord
from gateway.core.target import State, TargetStatus
from gateway.frontends.opac import Pages
from tests.opac import samples

EVIL = "</script></title>\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}%(n)s"


def poisoned(kind: Any) -> Any:
    """A value of this type with the evil text wherever there is text."""
    origin = typing.get_origin(kind)
    if origin is tuple:
        return (poisoned(typing.get_args(kind)[0]),)
    if origin is not None:
        return poisoned(next(item for item in typing.get_args(kind) if item is not type(None)))
    if kind is str:
        return EVIL
    if kind in (int, float, bool):
        return kind(2)
    if issubclass(kind, Enum):
        return next(iter(kind))
    hints = typing.get_type_hints(kind)
    return kind(**{name: poisoned(hint) for name, hint in hints.items() if name in _shown(kind)})


def _shown(kind: Any) -> set[str]:
    """The fields of a record's parts that a page may show: all but the raw bytes."""
    return {field.name for field in dataclasses.fields(kind)} - {"raw"}


@pytest.fixture(scope="module")
def evil_union() -> UnionRecord:
    record = poisoned(Record)
    assert record.titles[0].text == record.holdings[0].call_number == record.summary == EVIL
    return UnionRecord("waaaa", record, (record, record), (poisoned(UnionRecord).why[0],))


def assert_harmless(html: str, document: HtmlElement) -> None:
    assert "<script>alert" not in html
    assert "<img" not in html
    assert "alert(1)" in document.text_content()
    scripts = [script for script in document.xpath("//script") if not script.get("src")]
    assert all(script.get("type") == "application/ld+json" for script in scripts)
    assert document.xpath("//*[@onerror]") == []
    for address in document.xpath("//a/@href"):
        assert address.startswith(("/", "#", "http://", "https://")), address
    assert "49" not in document.text_content()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_record_with_evil_in_every_field(
    pages: Pages, parse: Callable[[str], HtmlElement], evil_union: UnionRecord, language: str
) -> None:
    html = pages.record(language, evil_union, back=f"/search?q={EVIL}")
    assert_harmless(html, parse(html))


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("complete", [True, False])
def test_an_answer_with_evil_everywhere(
    pages: Pages, parse: Callable[[str], HtmlElement], evil_union: UnionRecord, language: str, complete: bool
) -> None:
    statuses = tuple(
        dataclasses.replace(poisoned(TargetStatus), id=f"{EVIL}{state}", state=state, ms=3.0) for state in State
    )
    answer = samples.answer(
        request=dataclasses.replace(samples.request(), query=Query(Clause("any", EVIL), text=EVIL)),
        records=(evil_union,),
        facets={name: (FacetValue(EVIL, 3),) for name in ALL_FACETS},
        years=((1990, 1), (2000, 2)),
        targets=statuses,
        complete=complete,
    )
    params = {name: [EVIL] for name in ("q", "index", "scope", "sort", "targets", "lang", "within", EVIL)}
    html = pages.search(language, answer, params={**params, "filter": [EVIL, f"year:{EVIL}", f"form:{EVIL}"]})
    assert_harmless(html, parse(html))


def test_errors_and_libraries(pages: Pages, parse: Callable[[str], HtmlElement]) -> None:
    html = pages.error("zh", 400, EVIL, EVIL)
    assert_harmless(html, parse(html))
    target = dataclasses.replace(samples.TARGETS[0], id=EVIL, name={"zh": EVIL}, connector=EVIL)
    html = pages.targets("zh", [target], {EVIL: dataclasses.replace(poisoned(TargetStatus), id=EVIL)})
    assert_harmless(html, parse(html))
    terms = ScanPage((ScanTerm(EVIL, 1, EVIL),))
    for index in ("title", EVIL):
        html = pages.browse("zh", IndexScan(index, EVIL), terms, offered={"title", EVIL})
        assert_harmless(html, parse(html))
    html = pages.home("zh", targets=[target], statistics={EVIL: 1})
    assert_harmless(html, parse(html))


def test_links_of_records_are_followed_only_over_http(pages: Pages, parse: Callable[[str], HtmlElement]) -> None:
    document = parse(pages.record("zh", samples.HONGLOU, back=None))
    assert "https://example.org/shitouji" in document.xpath("//a/@href")
    assert [address for address in document.xpath("//a/@href") if address.startswith("javascript:")] == []
