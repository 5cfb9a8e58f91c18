"""What a union record is found by."""

from __future__ import annotations

from dataclasses import replace

from gateway.core.record import Contributor, Record, Title, TitleKind, UnionRecord
from gateway.records import text
from index.document import MAX_TEXT, document, prior
from index.testing.library import library, union


def made(**values: object) -> UnionRecord:
    return union(replace(library()[0], **values))  # type: ignore[arg-type]


def test_a_name_s_reading_is_a_name_s() -> None:
    out = document(made(contributors=(Contributor("曾国藩", "aut", primary=True),)), 0.0)
    assert out.terms["author_pinyin_key"] == ["zengguofan"]
    assert out.terms["author_initials"] == ["zgf"]


def test_the_cataloguer_s_reading_counts_too() -> None:
    out = document(made(titles=(Title("重庆", pinyin="Zhong qing"),)), 0.0)
    assert set(out.terms["title_pinyin_key"]) == {"chongqing", "zhongqing"}


def test_titles_of_all_members_are_found() -> None:
    one, two = library()[0], library()[1]
    variant = replace(two, titles=(*two.titles, Title("石头记", TitleKind.VARIANT)))
    merged = UnionRecord("w1", one, (one, variant))
    assert "石头记" in document(merged, 0.0).terms["title_key"]


def test_all_words_of_all_fields_are_in_any() -> None:
    record: Record = library()[0]
    any_tokens = set(document(union(record), 0.0).running["any"].split(" "))
    for value in (record.title.text, record.contributors[0].name, record.publications[0].publisher, "I242.4/1"):
        assert any_tokens.issuperset(text.query_tokens(value.replace(".", "").replace("/", "")))


def test_a_year_beyond_reason_does_no_harm() -> None:
    for year in (None, 0, 9999, -300):
        numbers = document(made(year=year), 0.0).numbers
        assert all(abs(number) < 2**63 for number in numbers.values())


def test_very_long_text_is_cut() -> None:
    out = document(made(summary="梦" * (3 * MAX_TEXT)), 0.0)
    assert len(out.running["note_units"].split(" ")) <= MAX_TEXT + 10


def test_many_libraries_weigh_a_little() -> None:
    assert prior(1, 1990) < prior(2, 1990) < prior(113, 1990)
    assert prior(1, 1950) < prior(1, 2020)
    assert prior(113, 2100) < 2 ** (40 * 1.4) < 2**63
