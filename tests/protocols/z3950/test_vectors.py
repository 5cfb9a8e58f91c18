"""The cases of tests/vectors/z3950: encoded, decoded, byte by byte, with trailing octets, cut at every offset."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.core.errors import RemoteProtocolError
from gateway.protocols import pqf
from gateway.protocols.z3950 import codec, schema_records
from gateway.protocols.z3950.apdu import InitRequest, InitResponse
from gateway.protocols.z3950.ber import BerError
from gateway.protocols.z3950.codec import Type
from gateway.protocols.z3950.connection import NEED_DATA, Connection
from gateway.protocols.z3950.framing import Framer, Shortcut
from gateway.protocols.z3950.record_list import compact
from gateway.protocols.z3950.schema import Query
from gateway.protocols.z3950.schema_services import PDU
from gateway.protocols.z3950.state import Role

CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "vectors" / "z3950" / "vectors.json").read_text("utf-8")
)


def named(case: dict[str, Any]) -> str:
    return f"{case['kind']}: {case['name']}".encode("ascii", "replace").decode()


ALL = pytest.mark.parametrize("case", CASES, ids=named)


def kind(case: dict[str, Any]) -> Type:
    if case["kind"] == "apdu":
        return PDU
    if case["kind"] == "pqf":
        return Query
    found: Type = getattr(codec, case["type"]) if case["kind"] == "ber" else getattr(schema_records, case["schema"])
    return found


def octets(case: dict[str, Any]) -> bytes:
    return bytes.fromhex(case["hex"])


def expected(case: dict[str, Any], decoded: object) -> bool:
    if case["kind"] == "ber":
        value = case["value"]
        if case["type"] == "OCTETS":
            value = bytes.fromhex(value)
        return decoded == (frozenset(value) if isinstance(value, list) else value)
    if case["kind"] == "pqf":
        return decoded == pqf.parse(case["text"]) == pqf.parse(case["canonical"])
    return repr(decoded) == case["value"]


def test_there_are_enough() -> None:
    assert len(CASES) >= 150
    assert len({(case["kind"], case["name"], case["hex"]) for case in CASES}) == len(CASES)


@ALL
def test_decode_and_encode(case: dict[str, Any]) -> None:
    value = kind(case).decode(octets(case))
    assert expected(case, value)
    assert kind(case).encode(value) == octets(case)
    if case["kind"] == "pqf":
        assert pqf.dump(value) == case["canonical"]


@ALL
def test_trailing_octets_are_refused(case: dict[str, Any]) -> None:
    with pytest.raises(BerError):
        kind(case).decode(octets(case) + b"\x00")


@ALL
def test_cut_at_every_offset(case: dict[str, Any]) -> None:
    data = octets(case)
    for end in range(len(data)):
        with pytest.raises(BerError):
            kind(case).decode(data[:end])


@ALL
def test_framed_byte_by_byte(case: dict[str, Any]) -> None:
    data = octets(case)
    framer, buffer = Framer(len(data)), bytearray()
    for octet in data[:-1]:
        buffer.append(octet)
        assert framer.take(buffer) is None
    buffer += data[-1:] + b"\xff\xff"
    assert framer.take(buffer) == data
    assert buffer == b"\xff\xff"


@ALL
@pytest.mark.parametrize("shortcut", [None, compact])
def test_indefinite_lengths_mean_the_same(case: dict[str, Any], shortcut: Shortcut | None) -> None:
    data = octets(case)
    loose = indefinite(data)
    framer, buffer = Framer(len(loose), shortcut), bytearray()
    for octet in loose[:-1]:
        buffer.append(octet)
        assert framer.take(buffer) is None
    buffer += loose[-1:] + data
    assert (framer.take(buffer), framer.take(buffer), buffer) == (data, data, b"")
    assert repr(kind(case).decode(loose)) == repr(kind(case).decode(data))
    assert repr(kind(case).decode(indefinite(data, wide=True))) == repr(kind(case).decode(data))


def indefinite(data: bytes, *, wide: bool = False) -> bytes:
    """The same value with indefinite length wherever it is constructed; ``wide``: the other lengths in two octets."""
    out, position = b"", 0
    while position < len(data):
        start = position
        position += 1
        if data[start] & 0x1F == 0x1F:
            while data[position] & 0x80:
                position += 1
            position += 1
        head = data[start:position]
        size = data[position]
        position += 1
        if size & 0x80:
            count = size & 0x7F
            size = int.from_bytes(data[position : position + count], "big")
            position += count
        content = data[position : position + size]
        position += size
        if head[0] & 0x20:
            out += head + b"\x80" + indefinite(content, wide=wide) + b"\x00\x00"
        elif wide:
            out += head + b"\x82" + len(content).to_bytes(2, "big") + content
        else:
            out += data[start:position]
    return out


SESSIONS = pytest.mark.parametrize("case", [case for case in CASES if case["kind"] == "apdu"], ids=named)
_CLIENT_TAGS = {20, 22, 24, 26, 29, 31, 32, 33, 35, 43, 46, 48}


@SESSIONS
def test_through_a_connection(case: dict[str, Any]) -> None:
    """Each APDU byte by byte at the side that it is meant for: an event, or the one error that there is."""
    data = octets(case)
    tag = data[0] & 0x1F if data[0] & 0x1F != 0x1F else data[1]
    role = Role.TARGET if tag in _CLIENT_TAGS else Role.ORIGIN
    connection = Connection(role)
    if role is Role.TARGET and tag != 20:
        connection.receive_data(PDU.encode(InitRequest()))
        connection.next_event()
        connection.send(InitResponse())
    if role is Role.ORIGIN:
        connection.send(InitRequest())
    for octet in data[:-1]:
        connection.receive_data(bytes((octet,)))
        assert connection.next_event() is NEED_DATA
    connection.receive_data(data[-1:])
    try:
        event = connection.next_event()
    except RemoteProtocolError as error:
        assert "may not send" in str(error)
    else:
        assert repr(event) == case["value"]
