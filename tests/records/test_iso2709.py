"""ISO 2709: what is written is read back, what is damaged is kept and told, nothing escapes but DataError."""

from __future__ import annotations

import io
import random
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.errors import DataError
from gateway.records import iso2709, marcxml
from gateway.records.iso2709 import Chunk
from gateway.records.marc import Field, MarcRecord, embedded

LEADER = "00000nam0 2200000   450 "


def _sample() -> MarcRecord:
    return MarcRecord(
        LEADER,
        [
            Field.control("001", "012001000001"),
            Field("010", " ", " ", [("a", "978-7-02-000220-7"), ("d", "CNY59.70")]),
            Field("200", "1", " ", [("a", "红楼梦"), ("9", "hong lou meng"), ("f", "曹雪芹著")]),
            Field("210", " ", " ", [("a", "北京"), ("c", "人民文学出版社"), ("d", "1982")]),
            Field("606", "0", " ", [("a", "章回小说"), ("y", "中国")]),
            Field("606", "0", " ", [("a", "古典小说")]),
        ],
    )


def _codes(record: MarcRecord) -> set[str]:
    return {item.split(":")[0] for item in record.damage}


_text = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=40)
_tags = st.from_regex(r"\A[0-9]{3}\Z").filter(lambda tag: tag[:2] != "00")
_fields = st.one_of(
    st.builds(Field.control, st.sampled_from(["001", "005", "008"]), _text),
    st.builds(
        Field,
        _tags,
        st.sampled_from(" 01"),
        st.sampled_from(" 29"),
        st.lists(st.tuples(st.sampled_from("abcx9A1"), _text), min_size=1, max_size=5),
    ),
)


@given(st.lists(_fields, min_size=1, max_size=12), st.sampled_from(["utf-8", "gb18030"]))
def test_what_is_written_is_read_back(fields: list[Field], charset: str) -> None:
    data = iso2709.write(MarcRecord(LEADER, fields), charset)
    assert int(data[:5]) == len(data)
    back = iso2709.read(data, charset)
    if charset == "utf-8" or back.charset == "gb18030" or back.charset == "ascii":
        assert back.fields() == fields
    assert not _codes(back) & {"wrong-length", "base-address", "directory-fault", "lost-fields"}
    assert list(iso2709.split(io.BytesIO(data))) == [Chunk(0, data)]


@given(st.lists(_fields, min_size=1, max_size=8))
def test_xml_carries_the_same_record(fields: list[Field]) -> None:
    record = MarcRecord("00000nam0a2200000   4500", fields)
    data = marcxml.write(record)
    assert data == marcxml.write(record)
    kept = [field for field in fields if field.is_control or field.subfields]
    assert marcxml.read(data).fields() == kept


def test_the_accessors() -> None:
    record = iso2709.read(iso2709.write(_sample()))
    assert record.control("001") == "012001000001"
    assert record.control("009") == ""
    assert record.tags() == {"001", "010", "200", "210", "606"}
    title = record.first("200")
    assert title is not None
    assert (title.ind1, title.ind2, title.get("f"), title.get("x")) == ("1", " ", "曹雪芹著", "")
    assert title.all("a", "f") == ["红楼梦", "曹雪芹著"]
    assert title.subfields == (("a", "红楼梦"), ("9", "hong lou meng"), ("f", "曹雪芹著"))
    assert [field.get("a") for field in record.fields("606")] == ["章回小说", "古典小说"]
    assert [field.tag for field in record.fields("210", "010")] == ["010", "210"]
    assert record.first("999") is None
    assert record.fields("999", "998") == []


def test_separators_in_values_cannot_break_a_record() -> None:
    field = Field("300", " ", " ", [("a", "one\x1ftwo\x1ethree\x1dfour")])
    assert field.subfields == (("a", "one two three four"),)


def test_embedded_fields_of_unimarc_links() -> None:
    field = Field(
        "461", " ", "0",
        [("1", "001CAL 0120010"), ("1", "2001 "), ("a", "中国文学丛书"), ("v", "第2辑"), ("1", "701 0"), ("a", "鲁迅")],
    )  # fmt: skip
    found = embedded(field)
    assert [item.tag for item in found] == ["001", "200", "701"]
    assert found[0].data == "CAL 0120010"
    assert (found[1].ind1, found[1].get("a"), found[1].get("v")) == ("1", "中国文学丛书", "第2辑")
    assert (found[2].ind2, found[2].get("a")) == ("0", "鲁迅")
    assert embedded(Field("410", " ", "0", [("t", "plain")])) == []


@pytest.mark.parametrize(
    ("name", "spoil", "code"),
    [
        ("length", lambda data: b"00099" + data[5:], "wrong-length"),
        ("base", lambda data: data[:12] + b"00031" + data[17:], "base-address"),
        ("base with blanks", lambda data: data[:12] + b"  1 7" + data[17:], "base-address"),
        ("no end", lambda data: data[:-1], "no-record-terminator"),
        ("no ends", lambda data: data[:-2], "no-field-terminator"),
        ("directory", lambda data: data[:27] + b"99999" + data[32:], "directory-fault"),
        ("behind", lambda data: data + b"rubbish", "trailing-bytes"),
    ],
)
def test_damage_is_told_and_every_field_is_kept(name: str, spoil: object, code: str) -> None:
    assert callable(spoil), name
    record = iso2709.read(spoil(iso2709.write(_sample())))
    assert code in _codes(record)
    assert record.fields() == _sample().fields()


def test_a_record_transcoded_without_its_directory_is_whole() -> None:
    # GBK to UTF-8 by a text tool: every length and position behind the first Chinese character is wrong.
    data = iso2709.write(_sample(), "gbk").decode("gbk").encode("utf-8")
    record = iso2709.read(data)
    assert record.fields() == _sample().fields()
    assert {"wrong-length", "directory-fault"} <= _codes(record)


def test_fields_in_another_order_than_the_directory_are_no_damage() -> None:
    data = iso2709.write(_sample())
    base = int(data[12:17])
    entries = [data[at : at + 12] for at in range(24, base - 1, 12)]
    shuffled = data[:24] + b"".join([entries[0], *reversed(entries[1:])]) + data[base - 1 :]
    record = iso2709.read(shuffled)
    assert record.damage == ()
    assert [field.tag for field in record.fields()] == ["001", "606", "606", "210", "200", "010"]
    assert record.fields("606")[0].get("a") == "古典小说"


def test_a_record_over_99999_bytes_is_read_whole() -> None:
    fields = [Field("330", " ", " ", [("a", f"{at}" + "内容提要" * 800)]) for at in range(30)]
    bodies = [field.text.encode() + b"\x1e" for field in fields]
    starts = [sum(map(len, bodies[:at])) for at in range(30)]
    directory = b"".join(
        b"330%04d%05d" % (len(body) % 10_000, start % 100_000) for body, start in zip(bodies, starts, strict=True)
    )
    data = b"99999nam0 22%05d   450 " % (25 + len(directory)) + directory + b"\x1e" + b"".join(bodies) + b"\x1d"
    assert len(data) > 200_000
    record = iso2709.read(data)
    assert record.fields() == fields
    with pytest.raises(DataError, match="99999"):
        iso2709.write(record)


def test_a_field_too_long_to_write_is_refused() -> None:
    with pytest.raises(DataError, match="330"):
        iso2709.write(MarcRecord(LEADER, [Field("330", " ", " ", [("a", "x" * 10_000)])]))
    with pytest.raises(DataError, match="three ASCII"):
        iso2709.write(MarcRecord(LEADER, [Field("33", " ", " ", [("a", "x")])]))


@pytest.mark.parametrize("data", [b"", b"00026", b"\x1d", b"00026     2200025   4500\x1e\x1d", b"x" * 5000])
def test_what_has_no_field_is_refused(data: bytes) -> None:
    with pytest.raises(DataError):
        iso2709.read(data)


class _Trickle:
    """A stream that gives little at a time, as sockets do, and remembers the largest request."""

    def __init__(self, data: bytes) -> None:
        self._stream = io.BytesIO(data)

    def read(self, size: int, /) -> bytes:
        return self._stream.read(min(size, 701))


def test_a_stream_is_cut_and_rubbish_is_told() -> None:
    one = iso2709.write(_sample())
    data = (
        b"\xef\xbb\xbf"
        + one
        + b"\r\n"
        + b"rubbish rubbish " * 4
        + b"\x1d"
        + one
        + b"some junk"
        + one
        + one[:-1]
        + one
        + one
    )
    for stream in (io.BytesIO(data), _Trickle(data)):
        found = list(iso2709.split(stream))
        chunks = [item for item in found if isinstance(item, Chunk)]
        faults = [item for item in found if isinstance(item, DataError)]
        assert len(chunks) == 6
        assert [data[chunk.offset : chunk.offset + len(chunk.data)] for chunk in chunks] == [c.data for c in chunks]
        assert all(iso2709.read(chunk.data).fields() == _sample().fields() for chunk in chunks)
        assert [fault.offset for fault in faults] == [3 + len(one) + 2, data.index(b"some junk")]


def test_a_terminator_inside_a_record_does_not_end_it() -> None:
    one = iso2709.write(_sample())
    at = one.index(b"hong lou")
    stray = one[: at + 4] + b"\x1d" + one[at + 5 :]
    found = list(iso2709.split(io.BytesIO(stray + one)))
    assert [len(item.data) for item in found if isinstance(item, Chunk)] == [len(one), len(one)]


def test_bytes_without_end_are_bounded() -> None:
    one = iso2709.write(_sample())
    found = list(iso2709.split(io.BytesIO(b"\x1e" * 3_000_000 + b"\x1d" + one), limit=1_000_000))
    assert isinstance(found[0], DataError)
    assert found[0].offset == 0
    assert found[1] == Chunk(3_000_001, one)
    assert len(found) == 2


def _mutations(seed: int, count: int) -> Iterator[bytes]:
    chance = random.Random(seed)
    originals = [iso2709.write(_sample(), charset) for charset in ("utf-8", "gbk", "big5", "marc-8", "gb18030")[:2]]
    originals.append(iso2709.write(MarcRecord(LEADER, [Field("245", "1", "0", [("a", "紅樓夢研究")])]), "big5"))
    originals.append(iso2709.write(MarcRecord(LEADER, [Field("245", "1", "0", [("a", "紅樓夢研究")])]), "marc-8"))
    special = b"\x1d\x1e\x1f\x1b\x00 09\xff\x80$1("
    for _ in range(count):
        data = bytearray(chance.choice(originals))
        for _ in range(chance.randint(1, 6)):
            at = chance.randrange(len(data)) if data else 0
            kind = chance.randrange(5)
            if kind == 0:
                data[at : at + 1] = bytes([chance.choice(special)])
            elif kind == 1:
                data[at : at + 1] = bytes([chance.randrange(256)])
            elif kind == 2:
                del data[at : at + chance.randint(1, 30)]
            elif kind == 3:
                data[at:at] = data[at : at + chance.randint(1, 40)]
            else:
                data[at:at] = bytes(chance.choice(special) for _ in range(3))
        yield bytes(data)


def test_twenty_thousand_broken_records_raise_nothing_else() -> None:
    read = refused = 0
    for data in _mutations(20260101, 20_000):
        try:
            record = iso2709.read(data, "gbk")
        except DataError:
            refused += 1
            continue
        read += 1
        for field in record.fields():
            assert isinstance(field.subfields, tuple)
            assert field.get("a") is not None
            embedded(field)
    assert read + refused == 20_000
    assert read > 15_000
    for data in _mutations(7, 200):
        for item in iso2709.split(io.BytesIO(data * 3)):
            assert isinstance(item, (Chunk, DataError))


@pytest.mark.parametrize(
    "unit", [b"\x1e", b"\x1f", b"\x1e\x1fa", b"\x1b$1", b"\xb0", b"\xe2a", b"00026nam  2200025   4500", b"a\x1d"]
)
def test_hostile_records_of_a_megabyte_are_answered(unit: bytes) -> None:
    for head in (b"00026nam  2200025   4500", b"99999nam  2299999   4500" + b"245000000000" * 100 + b"\x1e"):
        data = head + b"\x1e" + unit * (1_000_000 // len(unit))
        try:
            record = iso2709.read(data)
        except DataError:
            continue
        assert sum(len(field.text) for field in record.fields()) <= len(data)
        for item in iso2709.split(io.BytesIO(data)):
            assert isinstance(item, (Chunk, DataError))
