"""Records to the database's text and back."""

from __future__ import annotations

import json
from dataclasses import fields, replace

import pytest

from gateway.core import codec
from gateway.core.errors import DataError
from gateway.core.record import Flavour, Holding, Link, RawRecord, Record, Title, TitleKind, Warning
from index.stored import body_of, dumped, merged_body, merged_of, record_of, row_of
from index.testing.library import library

RICH = replace(
    library()[0],
    titles=(Title("红楼梦", other=("程乙本",)), Title("石头记", TitleKind.VARIANT, pinyin="shi tou ji")),
    flavour=Flavour.CNMARC,
    charset_confidence=0.5,
    links=(Link("http://example.org/"),),
    warnings=(Warning("isbn-invalid", "The ISBN is wrong.", "010$a"),),
    raw=RawRecord("xa", b"\x00\xff", flavour=Flavour.CNMARC, charset="gbk", holdings=(Holding("xa", copies=0),)),
)


@pytest.mark.parametrize("record", [*library(), RICH, replace(RICH, raw=None)], ids=lambda record: str(record.id))
def test_a_record_comes_back(record: Record) -> None:
    assert record_of(row_of(record)) == record


def test_the_text_holds_what_the_codec_says() -> None:
    plain = codec.plain(RICH)
    for name in ("id", "source", "local_id", "raw"):
        del plain[name]
    assert json.loads(body_of(RICH)) == plain


def test_every_attribute_is_kept() -> None:
    stored = record_of(row_of(RICH))
    for field in fields(Record):
        assert getattr(stored, field.name) == getattr(RICH, field.name)


@pytest.mark.parametrize("flavour", [None, *Flavour])
@pytest.mark.parametrize("charset", ["utf-8", "gbk", "marc-8"])
def test_what_stands_first_is_had_without_the_rest(flavour: Flavour | None, charset: str) -> None:
    titles = (Title('","flavour":"marc21","charset":"big5'),)
    for record in (replace(RICH, flavour=flavour, charset=charset, titles=titles), Record(id="a:1", source="a",
                   local_id="1", flavour=flavour, charset=charset)):  # fmt: skip
        row = list(row_of(record))
        assert (record_of(tuple(row)).flavour, record_of(tuple(row)).charset) == (flavour, charset)
        row[3] = row[3][:-1] + "damaged"
        stored = record_of(tuple(row))
        assert (stored.flavour, stored.charset) == (flavour, charset)
        with pytest.raises(DataError):
            stored.titles  # noqa: B018


def test_a_merged_record_has_the_raw_of_its_leader() -> None:
    assert merged_of(merged_body(RICH), [library()[1], RICH]) == RICH
    assert merged_of(merged_body(RICH), [library()[1]]) == replace(RICH, raw=None)


def test_half_a_character_is_kept() -> None:
    odd = replace(RICH, summary="a\ud800b")
    row = row_of(odd)
    assert [value for value in row if isinstance(value, str) and "\ud800" in value] == []
    assert record_of(row).summary == "a\ud800b"


def test_damaged_text_is_said_so() -> None:
    row = list(row_of(RICH))
    row[3] = "{not json"
    with pytest.raises(DataError, match="cannot be read"):
        _ = record_of(tuple(row)).titles


def test_the_same_values_give_the_same_text() -> None:
    assert dumped(RICH.holdings) == dumped(replace(RICH).holdings)
