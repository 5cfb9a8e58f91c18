"""Cutting typed pinyin into syllables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypinyin import lazy_pinyin

from index.pinyin import SYLLABLES, initials_like, spellings


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("hongloumeng", ("hong", "lou", "meng")),
        ("zhongguo", ("zhong", "guo")),
        ("lvxing", ("lv", "xing")),
        ("xian", ("xian",)),
    ],
)
def test_the_likeliest_spelling_is_first(word: str, expected: tuple[str, ...]) -> None:
    assert spellings(word)[0] == expected


def test_another_spelling_is_kept() -> None:
    assert ("xi", "an") in spellings("xian")
    assert ("fan", "gan") in spellings("fangan")
    assert ("fang", "an") in spellings("fangan")


@pytest.mark.parametrize("word", ["", "hamlet", "sea", "area", "红楼", "hong lou", "x" * 500, "a1"])
def test_what_is_no_pinyin(word: str) -> None:
    assert spellings(word) == ()


@given(st.lists(st.sampled_from(sorted(SYLLABLES - set("aeo"))), min_size=1, max_size=8))
def test_whatever_is_spelt_can_be_read(parts: list[str]) -> None:
    ways = spellings("".join(parts))
    assert 1 <= len(ways) <= 4
    assert all("".join(way) == "".join(parts) and SYLLABLES.issuperset(way) for way in ways)


def test_the_readings_of_common_characters_are_syllables() -> None:
    text = "的一是不了人我在有他这为之大来以个中上们到说国和地也子时道出而要于就下得可你年生自会那后能对着事其里所去行过家十用发天如然作方成者多日都三小军二无同么经法当起与好看学进种将还分此心前面又定见只主没公从"  # noqa: E501
    missing = set(lazy_pinyin(text)) - SYLLABLES
    assert missing == set()


def test_initials() -> None:
    assert initials_like("hlm")
    assert not initials_like("h")
    assert not initials_like("usa")
    assert not initials_like("h2o")
    assert not initials_like("红楼")
