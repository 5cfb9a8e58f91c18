"""Judgements over samples whose truth is known."""

from __future__ import annotations

import pytest

from connectors.z3950.probing import evidence
from gateway.core.record import Flavour
from gateway.records.normalise import normalise
from tests.support.shelf import BOOKS, record

CHINESE = BOOKS[:5]


@pytest.mark.parametrize("charset", ["utf-8", "gbk", "big5", "marc-8"])
def test_the_charset_of_records(charset: str) -> None:
    books = [book for book in CHINESE if charset != "big5" or book.title == "水浒传"]
    if charset == "big5":
        from tests.support.shelf import Book

        books = [Book("紅樓夢", "曹雪芹", 1996), Book("三國演義", "羅貫中", 1998), Book("水滸傳", "施耐庵", 1997)]
    found = evidence.records_charset([record(book, charset).payload for book in books])
    assert found.value == charset
    assert found.confidence >= 0.6


def test_plain_ascii_tells_nothing() -> None:
    found = evidence.records_charset([record(BOOKS[5]).payload])
    assert (found.value, found.confidence) == ("", 0.0)
    assert evidence.records_charset([]).value == ""


@pytest.mark.parametrize(
    ("found", "words", "control", "value", "confidence"),
    [
        ({"utf-8": 0, "gbk": 5, "big5": 0}, 5, {}, "gbk", 0.99),
        ({"utf-8": 4, "gbk": 1, "big5": 0}, 6, {}, "utf-8", 0.5),
        ({"utf-8": 2, "gbk": 2, "big5": 0}, 2, {}, "utf-8", 0.3),
        ({"utf-8": 0, "gbk": 0, "big5": 0}, 5, {}, "", 0.0),
        ({"utf-8": 5, "gbk": 5, "big5": 5}, 5, {"gbk": 17}, "", 0.0),
        ({"utf-8": 0, "gbk": 0, "big5": 0}, 0, {}, "", 0.0),
    ],
)
def test_the_charset_of_terms(found, words, control, value, confidence) -> None:
    judged = evidence.terms_charset(found, words, control)
    assert (judged.value, judged.confidence) == (value, confidence)
    assert judged.why


def test_the_flavour_is_what_the_fields_show() -> None:
    raws = [record(book, flavour=Flavour.UNIMARC) for book in CHINESE]
    assert evidence.flavour(raws).value == "unimarc"
    raws = [record(book) for book in CHINESE]
    judged = evidence.flavour(raws)
    assert (judged.value, judged.confidence) == ("marc21", 0.99)


def test_words_out_of_titles() -> None:
    han, latin = evidence.title_words([record(book) for book in BOOKS])
    assert han == ["红楼梦", "三国演义", "水浒传", "西游记", "红与黑"]
    assert latin == []


def test_what_a_record_must_answer_to() -> None:
    items = evidence.known_items([normalise(record(BOOKS[0], "gbk", Flavour.CNMARC))])
    assert items == {
        "title": "红楼梦", "any": "红楼梦", "author": "曹雪芹", "isbn": "9787020002207", "year": "1996", "id": "1996",
    }  # fmt: skip
