"""Records that go out with the bytes that came, and those that are written anew."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.core.record import Flavour, RawRecord, UnionRecord
from gateway.records import iso2709
from gateway.records.normalise import normalise
from gateway.union.catalogue import raw_of
from tests.support.shelf import BOOKS, record

CHINESE, ENGLISH = BOOKS[0], BOOKS[5]


def sent(raw: RawRecord) -> bytes:
    known = normalise(raw)
    return raw_of(UnionRecord("u", known, (known,)), None, 1).payload


@pytest.mark.parametrize(
    ("book", "charset", "flavour"),
    [
        (ENGLISH, "utf-8", Flavour.MARC21),
        (ENGLISH, "gbk", Flavour.CNMARC),
        (CHINESE, "utf-8", Flavour.MARC21),
        (CHINESE, "utf-8", Flavour.CNMARC),
    ],
)
def test_sound_ones_in_utf8_go_as_they_came(book, charset, flavour) -> None:
    raw = record(book, charset, flavour)
    assert sent(raw) is raw.payload


@pytest.mark.parametrize("charset", ["gbk", "marc-8"])
def test_others_come_in_utf8(charset) -> None:
    raw = record(CHINESE, charset)
    data = sent(raw)
    assert data != raw.payload
    assert data[9:10] == b"a"
    assert iso2709.read(data).fields("245")[0].get("a") == "红楼梦"
    assert iso2709.read(data).charset == "utf-8"


def damaged(data: bytes, kind: str) -> bytes:
    base = int(data[12:17])
    return {
        "length": b"00099" + data[5:],
        "unmarked": data[:9] + b" " + data[10:],
        "directory": data[: base - 10] + b"000100000" + data[base - 1 :],
        "rubbish in the directory": data[: base - 10] + b"xxxxyyyyy" + data[base - 1 :],
        "base": data[:12] + b"     " + data[17:],
        "end": data[:-2] + b" \x1d",
    }[kind]


@pytest.mark.parametrize("kind", ["length", "unmarked", "directory", "rubbish in the directory", "base", "end"])
def test_unsound_ones_are_written_anew(kind) -> None:
    raw = record(CHINESE)
    data = sent(replace(raw, payload=damaged(raw.payload, kind)))
    made = iso2709.read(data)
    assert made.damage == ()
    assert data[9:10] == b"a"
    assert made.fields("245")[0].get("a") == "红楼梦"
