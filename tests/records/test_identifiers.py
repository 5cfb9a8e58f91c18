"""Standard numbers in the shapes that catalogues have."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.records.identifiers import (
    Number,
    isbn10,
    isbn13,
    parse_csbn,
    parse_isbn,
    parse_ismn,
    parse_isrc,
    parse_issn,
)


@pytest.mark.parametrize(
    ("text", "value", "valid", "remainder"),
    [
        ("9787020002207", "9787020002207", True, ""),
        ("978-7-02-000220-7", "9787020002207", True, ""),
        ("7020002203", "7020002203", False, ""),
        ("7-02-000220-X", "9787020002207", True, ""),
        ("7-02-000220-x", "9787020002207", True, ""),
        ("ISBN 7-02-000220-X", "9787020002207", True, ""),
        ("ISBN7-02-000220-X", "9787020002207", True, ""),
        ("ISBN-13: 978-7-02-000220-7", "9787020002207", True, ""),
        ("ＩＳＢＮ　９７８－７－０２－０００２２０－７", "9787020002207", True, ""),
        ("7-02-000220-XCNY59.70", "9787020002207", True, "CNY59.70"),
        ("7-02-000220-X￥59.70", "9787020002207", True, "¥59.70"),
        ("978-7-02-000220-7 (平装) : CNY59.70", "9787020002207", True, "(平装) : CNY59.70"),
        ("9787020002207 59.70", "9787020002207", True, "59.70"),
        ("9787020002208", "9787020002208", False, ""),
        ("0-306-40615-2", "9780306406157", True, ""),
        ("0306406152 (v. 1)", "9780306406157", True, "(v. 1)"),
        ("979-10-90636-07-1", "9791090636071", True, ""),
        ("306-40615-2", "9780306406157", True, ""),
        ("7-5006-0345", "750060345", False, ""),
    ],
)
def test_isbn_is_taken_apart(text: str, value: str, valid: bool, remainder: str) -> None:
    found = parse_isbn(text)
    assert found is not None
    assert found == Number(value, valid, text, remainder)


@pytest.mark.parametrize("text", ["", "平装", "CNY59.70", "0.38元", "v. 1", "-", "ISBN"])
def test_what_is_no_isbn_gives_none(text: str) -> None:
    assert parse_isbn(text) is None


@given(st.integers(0, 999_999_999))
def test_ten_and_thirteen_are_one_number(stem: int) -> None:
    ten = isbn10(isbn13(f"{stem:09d}0"))
    assert ten[:9] == f"{stem:09d}"
    hyphenated = f"{ten[0]}-{ten[1:4]}-{ten[4:9]}-{ten[9]}"
    found = parse_isbn(hyphenated + "CNY12.00")
    assert found is not None
    assert (found.value, found.valid, found.remainder) == (isbn13(ten), True, "CNY12.00")
    assert parse_isbn(isbn13(ten)) == Number(isbn13(ten), True, isbn13(ten), "")


@given(st.text(max_size=40))
def test_nothing_breaks_the_parsers(text: str) -> None:
    for parse in (parse_isbn, parse_issn, parse_ismn, parse_isrc, parse_csbn):
        found = parse(text)
        assert found is None or (found.raw == text and found.value)


def test_issn() -> None:
    assert parse_issn("1000-0135") == Number("1000-0135", True, "1000-0135", "")
    assert parse_issn("ISSN 03178471") == Number("0317-8471", True, "ISSN 03178471", "ISSN")
    assert parse_issn("2434-561x : CNY5.00") == Number("2434-561X", True, "2434-561x : CNY5.00", ": CNY5.00")
    wrong = parse_issn("1000-0136")
    assert wrong is not None
    assert not wrong.valid
    assert parse_issn("19991231 and more 123456789") is not None
    assert parse_issn("123456789") is None


def test_ismn_of_both_lengths() -> None:
    ten = parse_ismn("M-2306-7118-7")
    thirteen = parse_ismn("979-0-2306-7118-7")
    assert ten is not None
    assert thirteen is not None
    assert ten.value == thirteen.value == "9790230671187"
    assert ten.valid
    assert parse_ismn("978-7-02-000220-7") is None


def test_isrc_and_unified_book_number() -> None:
    assert parse_isrc("CN-A08-98-339-00/A.J6") is None
    found = parse_isrc("CN-A08-98-33900")
    assert found is not None
    assert found.value == "CNA089833900"
    assert parse_csbn("10019·1602") == Number("10019·1602", True, "10019·1602", "")
    assert parse_csbn("统一书号：10019.1602  1.25元") == Number(
        "10019·1602", True, "统一书号：10019.1602  1.25元", "1.25元"
    )
