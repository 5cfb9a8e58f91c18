"""SEQUENCE OF NamePlusRecord, where a client and a server spend their time (ANSI/NISO Z39.50-2003, 4.1).

The common shape of a record (a name, then octets under an identifier) goes without the tables of ``codec``; every other
shape goes through them.
"""

from __future__ import annotations

from struct import Struct
from typing import Any

from gateway.protocols.z3950 import apdu, ber, rpn
from gateway.protocols.z3950.ber import BerError, header
from gateway.protocols.z3950.codec import SequenceOf

#: [1], [1] and EXTERNAL one within the other, each tag with a length of two octets; and one such tag.
_WRAPPED, _SHORT = Struct(">HHHHHH"), Struct(">HH")
#: The same with indefinite lengths, up to the tag of the object identifier, and what ends them with their SEQUENCE.
_OPEN, _ENDS = b"\xa1\x80\xa1\x80\x28\x80\x06", bytes(8)


class RecordList(SequenceOf):
    def read(self, buffer: bytes, start: int, stop: int, constructed: bool, depth: int) -> tuple[Any, ...]:
        if not constructed:
            raise BerError("a list of records is not constructed")
        out = []
        general = self.item.read
        make, external, oid_of, unpack = apdu.NamePlusRecord, rpn.External, ber.read_oid, _WRAPPED.unpack_from
        known, text = b"", ""  # the name that came last: mostly the next one, too
        while start < stop:
            tag, built, begin, end = header(buffer, start, stop)
            if tag != ber.SEQUENCE:
                raise BerError(f"an unexpected tag {tag:#x} in a list of records")
            start = end
            at = begin
            if end - at > 16 and buffer[at] == 0x80 and buffer[at + 1] < 0x80:
                at += 2 + buffer[at + 1]
            if end - at > 16:
                outer, first, middle, second, inner, third = unpack(buffer, at)
                size = end - at
                if (
                    outer == middle == 0xA182
                    and inner == 0x2882
                    and first == size - 4
                    and second == size - 8
                    and third == size - 12
                    and buffer[at + 12] == 0x06
                ):
                    oid_at = at + 14
                    oid_end = oid_at + buffer[oid_at - 1]
                    octets_at = oid_end + 4
                    if (
                        octets_at <= end
                        and buffer[oid_end] == 0x81
                        and buffer[oid_end + 1] == 0x82
                        and buffer[oid_end + 2] << 8 | buffer[oid_end + 3] == end - octets_at
                    ):
                        name = buffer[begin + 2 : at]
                        if name != known:
                            known, text = name, name.decode("utf-8", "surrogateescape")
                        found = external(oid_of(buffer, oid_at, oid_end, False, 0), buffer[octets_at:end])
                        out.append(make(found, text if at > begin else None))
                        continue
            out.append(general(buffer, begin, end, built, depth + 1))
        return tuple(out)

    def write(self, value: tuple[apdu.NamePlusRecord, ...]) -> bytes:
        parts: list[bytes] = []
        general = self.item.encode
        heads: dict[tuple[str | None, str], tuple[bytes, bytes]] = {}  # a name and an identifier, encoded
        for item in value:
            record = item.record
            if type(record) is not rpn.External or record.octets is None or record.oid is None or _odd(record):
                parts.append(general(item))
                continue
            octets = record.octets
            known = heads.get((item.name, record.oid))
            if known is None:
                known = heads[item.name, record.oid] = _heads(item.name, record.oid)
            name, oid = known
            size = len(oid) + 4 + len(octets)
            if not 0x100 <= len(octets) < 0xFF00 - len(oid) - len(name):
                parts.append(general(item))
                continue
            parts += (
                _SHORT.pack(0x3082, size + 12 + len(name)),
                name,
                _WRAPPED.pack(0xA182, size + 8, 0xA182, size + 4, 0x2882, size),
                oid,
                _SHORT.pack(0x8182, len(octets)),
                octets,
            )
        return b"".join(parts)


def _heads(name: str | None, oid: str) -> tuple[bytes, bytes]:
    """The elements before the octets of a record."""
    number = ber.write_oid(oid)
    if name is None:
        return b"", b"\x06" + ber.length(len(number)) + number
    text = name.encode("utf-8", "surrogateescape")
    return b"\x80" + ber.length(len(text)) + text, b"\x06" + ber.length(len(number)) + number


def _odd(record: rpn.External) -> bool:
    """Whether it has what an octet-aligned EXTERNAL of a record does not have."""
    return not (record.single is None and record.indirect is None and record.descriptor is None and record.bits is None)


def compact(buffer: bytearray, begin: int) -> tuple[bytes, int] | None:
    """A record as YAZ writes it, each length around its octets indefinite, with definite ones; and where it ends.

    None when what begins there is of another shape or size, or not there to its end.
    """
    try:
        at = begin + 2
        if buffer[at] == 0x80:
            size = buffer[at + 1]
            if size >= 0x80:
                return None
            at += 2 + size
        if not buffer.startswith(_OPEN, at):
            return None
        oid_end = at + 8 + buffer[at + 7]
        if buffer[oid_end] != 0x81 or buffer[oid_end + 1] != 0x82:
            return None
        stop = oid_end + 4 + (buffer[oid_end + 2] << 8 | buffer[oid_end + 3])
    except IndexError:
        return None
    size, named = stop - at - 6, at - begin - 2
    if not 0x100 <= size < 0xFF00 - named or not buffer.startswith(_ENDS, stop):
        return None
    head = _SHORT.pack(0x3082, size + 12 + named)
    inner = _WRAPPED.pack(0xA182, size + 8, 0xA182, size + 4, 0x2882, size)
    return b"".join((head, buffer[begin + 2 : at], inner, buffer[at + 6 : stop])), stop + 8
