"""Records that go out with the bytes that came, and those that are written anew."""

from __future__ import annotations

from dataclasses import fields, replace

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


def test_a_record_in_two_sets_is_read_as_it_was_understood() -> None:
    """Its charset is known by then; the field in another one is found all the same."""
    raw = record(CHINESE, "gbk", Flavour.CNMARC)
    payload = raw.payload
    utf8 = iso2709.write(iso2709.read(payload, "gbk"))
    mixed = payload.replace("红楼梦".encode("gbk"), "红楼梦：程甲本".encode())
    for data in (payload, utf8, mixed):
        again = replace(raw, payload=data)
        known = normalise(again)
        made = iso2709.read(raw_of(UnionRecord("u", known, (known,)), None, 1).payload)
        assert list(made.texts) == list(iso2709.read(data, "gbk").texts)


def shown(raw: RawRecord) -> dict[str, object]:
    return {field.name: getattr(raw, field.name) for field in fields(RawRecord)}


def test_copies_are_gathered_when_they_are_wanted() -> None:
    known = normalise(record(CHINESE))
    (copy,) = known.holdings
    other = replace(copy, source="other", barcode="x")
    both = replace(known.materialise(), holdings=(copy, other))
    union = UnionRecord("u", both, (known,))
    assert raw_of(union, None, 1).holdings == (copy, other)
    mine = raw_of(union, [known.source], 7)
    assert mine.holdings == (copy,)
    assert mine.holdings is mine.holdings
    assert (mine.source, mine.position, mine.local_id, mine.charset) == (known.source, 7, "u", "utf-8")
    plain = RawRecord(known.source, mine.payload, "iso2709", Flavour.MARC21, "utf-8", "u", 7, (copy,))
    assert shown(mine) == shown(plain)
    assert replace(mine, position=1).position == 1
    with pytest.raises(AttributeError):
        mine.nosuch  # noqa: B018
