"""The quick ways through a list of records give what the tables give."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.protocols.z3950 import oids
from gateway.protocols.z3950.apdu import DefaultDiagnostic, NamePlusRecord, PresentResponse, ResponseRecords
from gateway.protocols.z3950.ber import BerError
from gateway.protocols.z3950.framing import Framer
from gateway.protocols.z3950.record_list import compact
from gateway.protocols.z3950.rpn import External
from gateway.protocols.z3950.schema_core import NamePlusRecord as Table
from gateway.protocols.z3950.schema_core import RecordsList
from gateway.protocols.z3950.schema_services import PDU

#: Sizes about the borders of the forms of a length.
SIZES = (0, 1, 90, 127, 128, 200, 240, 241, 242, 243, 244, 255, 256, 257, 1000, 65_240, 65_280, 65_500, 65_535, 65_536)


def message(*records: NamePlusRecord) -> bytes:
    return PDU.encode(PresentResponse(returned=len(records), records=ResponseRecords(records)))


def loose(record: bytes, name: bytes | None, oid: bytes = b"\x2a\x86\x48\xce\x13\x05\x0a") -> bytes:
    """One record as YAZ writes it."""
    size = len(record)
    octets = bytes((0x80 | (size.bit_length() + 7) // 8,)) + size.to_bytes((size.bit_length() + 7) // 8, "big")
    head = b"" if name is None else b"\x80" + bytes((len(name),)) + name
    inner = b"\x06" + bytes((len(oid),)) + oid + b"\x81" + (octets if size >= 0x80 else bytes((size,))) + record
    return b"\x30\x80" + head + b"\xa1\x80\xa1\x80\x28\x80" + inner + bytes(8)


def framed(data: bytes, *, quick: bool) -> bytes | None:
    return Framer(1 << 20, compact if quick else None).take(bytearray(data))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", [None, "", "db", "馆藏" * 20, "x" * 127, "x" * 300])
def test_every_size_is_read_as_it_was_written(size: int, name: str | None) -> None:
    item = NamePlusRecord(External(oids.USMARC, octets=b"7" * size), name)
    encoded = RecordsList.encode((item, item))
    assert encoded[-len(encoded) // 2 :][-size - 1 :] == Table.encode(item)[-size - 1 :]
    assert RecordsList.decode(encoded) == (item, item)
    assert RecordsList.write((item,)) == Table.encode(item)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", [None, b"", b"db", b"x" * 127])
def test_a_record_of_yaz(size: int, name: bytes | None) -> None:
    body = b"\xb9\x80\x98\x01\x01\x9b\x01\x00\xbc\x80" + loose(b"7" * size, name) * 3 + bytes(4)
    slow = framed(body, quick=False)
    assert slow is not None
    assert framed(body, quick=True) == slow
    found = PDU.decode(slow).records.value
    text = None if name is None else name.decode()
    assert found == (NamePlusRecord(External(oids.USMARC, octets=b"7" * size), text),) * 3


def test_a_record_of_yaz_octet_by_octet() -> None:
    body = b"\xb9\x80\x9b\x01\x00\xbc\x80" + loose(b"7" * 300, b"db") * 2 + bytes(4)
    framer, buffer = Framer(1 << 20, compact), bytearray()
    for octet in body[:-1]:
        buffer.append(octet)
        assert framer.take(buffer) is None
    buffer += body[-1:]
    assert framer.take(buffer) == framed(body, quick=False)


def test_the_limit_holds_for_the_quick_way() -> None:
    body = b"\xb9\x80\x9b\x01\x00\xbc\x80" + loose(b"7" * 300, b"db") * 4 + bytes(4)
    with pytest.raises(BerError, match="more than the 700 octets"):
        Framer(700, compact).take(bytearray(body))


@settings(deadline=None)
@given(st.integers(0, 359), st.integers(0, 255), st.booleans())
def test_damage_is_seen_alike_on_both_ways(at: int, octet: int, cut: bool) -> None:
    body = bytearray(b"\xb9\x80\x9b\x01\x00\xbc\x80" + loose(b"7" * 300, b"db") + bytes(4))
    body[at % len(body)] = octet
    if cut:
        del body[at:]
    outcomes = []
    for quick in (False, True):
        try:
            outcomes.append(framed(bytes(body), quick=quick))
        except BerError:
            outcomes.append(b"refused")
    assert outcomes[0] == outcomes[1]


def test_other_shapes_go_through_the_tables() -> None:
    items = (
        NamePlusRecord(External(oids.SUTRS, single=b"\x1b\x01x"), "db"),
        NamePlusRecord(DefaultDiagnostic(14, "x")),
        NamePlusRecord(External(oids.USMARC, octets=b"7" * 300, indirect=3), "db"),
    )
    assert PDU.decode(message(*items)).records.value == items


@pytest.mark.parametrize("data", ["1000", "300430020500", "9c03020100"])
def test_lists_that_are_none(data: str) -> None:
    with pytest.raises(BerError):
        RecordsList.decode(bytes.fromhex(data))
