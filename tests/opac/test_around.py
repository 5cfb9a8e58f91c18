"""Other editions, decisions and lost records on the pages, in both languages, whatever stands in them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from lxml.html import HtmlElement

from gateway.core.decision import Decision, Kind
from gateway.core.ports import IndexPage
from gateway.frontends.opac import Pages
from gateway.frontends.opac.wording import DECISIONS
from gateway.union.around import Around
from tests.opac import samples

Parse = Callable[[str], HtmlElement]
EVIL = '<script>alert("1")</script>&amp;'


def around(total: int = 1, why: str = "看过原书") -> Around:
    decisions = tuple(Decision(f"d{n}", kind, ("a:1",), (), "李", 1_795_000_000, why) for n, kind in enumerate(Kind))
    return Around(IndexPage(total, (samples.HONGLOU,)), decisions, (samples.HONGLOU,))


def words(element: HtmlElement) -> str:
    return " ".join(element.text_content().split())


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "en",
            [
                "Other editions of this work 1",
                "What cataloguers decided",
                "Reason:",
                "Kept apart from:",
                "Nov 18, 2026",
            ],
        ),
        ("zh", ["本作品的其他版本 1", "编目员的决定", "理由：", "与下列记录分开：", "2026年11月18日"]),
    ],
)
def test_the_page_tells_what_is_around(pages: Pages, parse: Parse, language: str, expected: list[str]) -> None:
    document = parse(pages.record(language, samples.HONGLOU, back=None, around=around()))
    text = words(document)
    assert [phrase for phrase in expected if phrase not in text] == []
    links = document.xpath("//section[contains(@class, 'editions')]//a/@href")
    assert links == [f"/records/{samples.HONGLOU.id}"], "nothing more to show"
    assert "李" not in words(document.xpath("//section[contains(@class, 'provenance')]")[0])


def test_more_editions_than_fit_can_be_asked_for(pages: Pages, parse: Parse) -> None:
    document = parse(pages.record("en", samples.HONGLOU, back=None, around=around(total=40)))
    assert document.xpath("//section[contains(@class, 'editions')]/p/a/@href") == [
        f"/records/{samples.HONGLOU.id}?editions=all"
    ]


def test_nothing_around_is_not_mentioned(pages: Pages, parse: Parse) -> None:
    text = words(parse(pages.record("en", samples.HONGLOU, back=None)))
    assert "Other editions of this work" not in text
    assert "cataloguer" not in text


def test_reasons_are_text_only(pages: Pages, parse: Parse) -> None:
    page = pages.record("en", samples.HONGLOU, back=None, around=around(why=EVIL))
    assert EVIL not in page
    assert EVIL in parse(page).text_content()


def test_every_kind_of_decision_has_words() -> None:
    assert DECISIONS.keys() == {kind.value for kind in Kind}


@pytest.mark.parametrize(("language", "lead"), [("en", "is here now:"), ("zh", "现见：")])
def test_a_lost_record_links_to_its_parts(pages: Pages, parse: Parse, language: str, lead: str) -> None:
    document = parse(pages.error(language, 410, "Gone", "It went", [(EVIL, "/records/wa"), ("红楼梦", "/records/wb")]))
    assert document.xpath("//main//ul/li/a/@href") == ["/records/wa", "/records/wb"]
    assert [element.text for element in document.xpath("//main//ul/li/a")] == [EVIL, "红楼梦"]
    assert lead in words(document)
