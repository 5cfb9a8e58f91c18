from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import lxml.html
import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import gateway.frontends.opac as opac
from gateway.frontends.opac.language import catalogue, day, negotiate, number, text_tag

ROOT = Path(opac.__file__).parent
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2), "translate": None}
PLACEHOLDER = re.compile(r"%\(\w+\)s")


def extracted() -> list[str | tuple[str, ...]]:
    found = extract_from_dir(str(ROOT), METHODS, keywords=KEYWORDS)
    messages = [message for _, _, message, _, _ in found]
    assert len(messages) > 100
    return messages


def chinese() -> Catalog:
    with (ROOT / "locale/zh/LC_MESSAGES/messages.po").open("rb") as stream:
        return read_po(stream, locale="zh")


def test_every_message_has_a_chinese_translation_with_the_same_placeholders() -> None:
    catalog = chinese()
    faults = []
    for message in extracted():
        singular = message[0] if isinstance(message, tuple) else message
        entry = catalog.get(singular)
        if (
            entry is None
            or not entry.string
            or entry.fuzzy
            or (isinstance(entry.string, tuple) and not entry.string[0])
        ):
            faults.append(f"missing: {singular}")
            continue
        translated = entry.string[0] if isinstance(entry.string, tuple) else entry.string
        if sorted(PLACEHOLDER.findall(translated)) != sorted(PLACEHOLDER.findall(singular)):
            faults.append(f"placeholders differ: {singular}")
    assert not faults


def test_no_translation_is_left_over() -> None:
    used = {message[0] if isinstance(message, tuple) else message for message in extracted()}
    kept = {entry.id[0] if entry.pluralizable else entry.id for entry in chinese() if entry.id}
    assert kept - used == set()


def own_words(html: str) -> str:
    """The text that the page says itself: without what is tagged as another language, form values and data."""
    document = lxml.html.document_fromstring(html)
    language = document.get("lang")[:2]
    for element in list(document.iter("script", "style", "template")):
        element.drop_tree()
    for element in list(document.body.iter()):
        if element.get("lang") and not element.get("lang").startswith(language) and element.getparent() is not None:
            element.drop_tree()
    return " ".join([*document.itertext(), *document.xpath("//@placeholder | //@aria-label | //@title")])


@pytest.mark.parametrize(
    "name", ["home", "home without libraries", "empty", "targets", "targets without libraries", "error"]
)
def test_chinese_pages_speak_chinese(every_page: Callable[[str], dict[str, str]], name: str) -> None:
    words = set(re.findall(r"[A-Za-z]{3,}", own_words(every_page("zh")[name])))
    names = {"Wenyuan", "ISBN", "ISSN", "SRU", "ISO", "shaanxi", "xian", "baoji", "xianyang", "weinan", "yanan",
             "hanzhong", "yulin", "ankang", "shangluo", "tongchuan", "hancheng"}  # fmt: skip
    assert words <= names


@pytest.mark.parametrize("name", ["home without libraries", "targets", "targets without libraries", "error"])
def test_english_pages_speak_english(every_page: Callable[[str], dict[str, str]], name: str) -> None:
    assert re.findall(r"[\u3400-\u9fff]+", own_words(every_page("en")[name])) == []


def test_plurals() -> None:
    english, zh = catalogue("en"), catalogue("zh")
    assert english.ngettext("%(num)s copy", "%(num)s copies", 1) == "%(num)s copy"
    assert english.ngettext("%(num)s copy", "%(num)s copies", 2) == "%(num)s copies"
    assert {zh.ngettext("%(num)s copy", "%(num)s copies", n) for n in (1, 2)} == {"%(num)s 册"}


@pytest.mark.parametrize(
    ("header", "query", "cookie", "expected"),
    [
        ("", None, None, "zh"),
        ("en-GB,en;q=0.9,zh;q=0.8", None, None, "en"),
        ("fr, zh-TW;q=0.4, en;q=0.3", None, None, "zh"),
        ("de", None, None, "zh"),
        ("en;q=0", None, None, "zh"),
        ("en;q=wrong", None, None, "zh"),
        ("zh", "en", "zh", "en"),
        ("zh", None, "en", "en"),
        ("en", "xx", "<script>", "en"),
        (";;;,,,q=,", None, None, "zh"),
    ],
)
def test_language_is_asked_for_then_remembered_then_negotiated(
    header: str, query: str | None, cookie: str | None, expected: str
) -> None:
    assert negotiate(header, query, cookie) == expected


def test_numbers_and_days() -> None:
    assert number(12345, "zh") == number(12345, "en") == "12,345"
    assert day("2025-07-01", "zh") == "2025年7月1日"
    assert day("2025-07-01", "en") == "Jul 1, 2025"
    assert day("soon", "en") == "soon"


@pytest.mark.parametrize(
    ("text", "languages", "tag"),
    [
        ("红楼梦", ("chi",), "zh"),
        ("源氏物語", ("jpn",), "ja"),
        ("The story of the stone", ("eng",), "en"),
        ("A dream of red mansions", ("chi",), "en"),
        ("قىزىل راۋاق", ("uig",), "ug"),
        ("Les misérables", (), ""),
    ],
)
def test_text_is_tagged_by_its_script_and_language(text: str, languages: tuple[str, ...], tag: str) -> None:
    assert text_tag(text, languages) == tag
