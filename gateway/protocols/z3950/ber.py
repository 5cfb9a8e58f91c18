"""Basic Encoding Rules (ISO/IEC 8825-1): identifiers, lengths, primitive values. ``framing`` cuts a stream.

Everything here raises :class:`BerError` for bytes that break the rules or a limit; the connection turns that into
``RemoteProtocolError``. A tag is known by its *key*: class bits in bits 7 and 8, the number in bits 1 to 5 when it is
below 31 and from bit 9 up otherwise, the constructed bit left out. So the key of a one-octet identifier is that octet
without its bit 6, and telling tags apart costs one dictionary look-up.
"""

from __future__ import annotations

from functools import lru_cache

#: Deepest nesting of constructed values. A query of a hundred operators in a chain fits.
MAX_DEPTH = 120
#: A tag number above this, an integer, object identifier or bit string longer than these (octets), is refused.
MAX_TAG = 1 << 20
MAX_INTEGER = 8
MAX_OID = 64
MAX_BITS = 64

UNIVERSAL, CONTEXT = 0x00, 0x80
BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, NULL, OID, OBJECT_DESCRIPTOR, EXTERNAL = 1, 2, 3, 4, 5, 6, 7, 8
SEQUENCE, GENERALIZED_TIME, VISIBLE_STRING, GENERAL_STRING = 0x10, 0x18, 0x1A, 0x1B


class BerError(ValueError):
    """Bytes that are not BER, or exceed a limit, or do not fit the schema."""


class IndefiniteLengthError(BerError):
    """A nested length is indefinite: the message has to go through :func:`definite` first."""


class Oid(str):
    """An object identifier in dotted form."""

    __slots__ = ()


class Time(str):
    """A GeneralizedTime, as written."""

    __slots__ = ()


def key(number: int, tag_class: int = CONTEXT) -> int:
    return tag_class | number if number < 31 else tag_class | number << 8


def identifier(tag: int, constructed: bool) -> bytes:
    """The identifier octets of a key."""
    first = (tag & 0xC0) | (0x20 if constructed else 0)
    if tag < 0x100:
        return bytes((first | (tag & 0x1F),))
    number = tag >> 8
    octets = [number & 0x7F]
    while number := number >> 7:
        octets.append(number & 0x7F | 0x80)
    return bytes((first | 0x1F, *reversed(octets)))


def length(count: int) -> bytes:
    """Definite length octets in the shortest form."""
    if count < 0x80:
        return _SHORT[count]
    octets = count.to_bytes((count.bit_length() + 7) // 8, "big")
    return bytes((0x80 | len(octets),)) + octets


_SHORT = [bytes((count,)) for count in range(0x80)]


def header(buffer: bytes | bytearray, position: int, end: int) -> tuple[int, bool, int, int]:
    """(key, constructed, start, stop) of the value at ``position``; its content is ``buffer[start:stop]``.

    ``IndexError`` when the buffer ends within the header: the callers catch it once for a whole message.
    """
    first = buffer[position]
    position += 1
    tag = first & 0xDF
    if first & 0x1F == 0x1F:
        tag, position = _long_tag(buffer, position, first)
    size = buffer[position]
    position += 1
    if size >= 0x80:
        if size == 0x80:
            raise IndefiniteLengthError("a length is indefinite")
        count = size & 0x7F
        if position + count > end:
            raise BerError("a length is cut off")
        size = int.from_bytes(buffer[position : position + count], "big")
        position += count
    stop = position + size
    if stop > end:
        raise BerError("a value is longer than what holds it")
    return tag, first & 0x20 != 0, position, stop


def _long_tag(buffer: bytes | bytearray, position: int, first: int) -> tuple[int, int]:
    number = 0
    while True:
        octet = buffer[position]
        position += 1
        number = number << 7 | octet & 0x7F
        if number > MAX_TAG:
            raise BerError("a tag number is too large")
        if octet < 0x80:
            return key(number, first & 0xC0), position


def definite(buffer: bytes, depth: int = 0, position: int = 0, end: int | None = None) -> bytes:
    """The same message with definite lengths everywhere."""
    stop = len(buffer) if end is None else end
    out, position = _definite(buffer, position, stop, depth, until_mark=False)
    return out


def _definite(buffer: bytes, position: int, end: int, depth: int, *, until_mark: bool) -> tuple[bytes, int]:
    if depth > MAX_DEPTH:
        raise BerError("nested too deeply")
    parts: list[bytes] = []
    while position < end:
        begin = position
        first = buffer[position]
        position += 1
        if first & 0x1F == 0x1F:
            _, position = _long_tag(buffer, position, first)
        size_at = position
        if buffer[size_at] == 0x80:
            if not first & 0x20:
                raise BerError("a primitive value with indefinite length")
            content, position = _definite(buffer, size_at + 1, end, depth + 1, until_mark=True)
        else:
            _, _, start, stop = header(buffer, begin, end)
            position = stop
            if until_mark and first == 0 and start == stop:
                return b"".join(parts), stop
            if first & 0x20:
                content, _ = _definite(buffer, start, stop, depth + 1, until_mark=False)
            else:
                content = buffer[start:stop]
        parts += (buffer[begin:size_at], length(len(content)), content)
    if until_mark:
        raise BerError("end-of-contents octets are missing")
    return b"".join(parts), position


# ----------------------------------------------------------------------------------------------- primitive values


def read_integer(buffer: bytes, start: int, stop: int, constructed: bool, depth: int) -> int:
    if constructed or not 0 < stop - start <= MAX_INTEGER:
        raise BerError("an integer of no or too many octets")
    return int.from_bytes(buffer[start:stop], "big", signed=True)


def write_integer(value: int) -> bytes:
    return value.to_bytes(
        value.bit_length() // 8 + 1 if value >= 0 else (value + 1).bit_length() // 8 + 1, "big", signed=True
    )


def read_boolean(buffer: bytes, start: int, stop: int, constructed: bool, depth: int) -> bool:
    if constructed or stop - start != 1:
        raise BerError("a boolean is not one octet")
    return buffer[start] != 0


def write_boolean(value: bool) -> bytes:
    return b"\xff" if value else b"\x00"


def read_octets(buffer: bytes, start: int, stop: int, constructed: bool, depth: int) -> bytes:
    """An octet string; a constructed one is joined from its segments (8.7.3)."""
    if not constructed:
        return buffer[start:stop]
    if depth > MAX_DEPTH:
        raise BerError("nested too deeply")
    parts = []
    while start < stop:
        _, inner, begin, end = header(buffer, start, stop)
        parts.append(read_octets(buffer, begin, end, inner, depth + 1))
        start = end
    return b"".join(parts)


def read_string(buffer: bytes, start: int, stop: int, constructed: bool, depth: int) -> str:
    """Text as UTF-8; octets that are not UTF-8 survive as lone surrogates, see :func:`recode`."""
    octets = buffer[start:stop] if not constructed else read_octets(buffer, start, stop, True, depth)
    return octets.decode("utf-8", "surrogateescape")


def write_string(value: str) -> bytes:
    return value.encode("utf-8", "surrogateescape")


def read_bits(buffer: bytes, start: int, stop: int, constructed: bool, depth: int) -> frozenset[int]:
    """Positions of the bits that are set; the first bit is 0."""
    if constructed or not 0 < stop - start <= MAX_BITS or buffer[start] > 7:
        raise BerError("a bit string of no or too many octets")
    count = (stop - start - 1) * 8 - buffer[start]
    return frozenset(bit for bit in range(count) if buffer[start + 1 + bit // 8] & 0x80 >> bit % 8)


def write_bits(value: frozenset[int]) -> bytes:
    count = max(value, default=0) // 8 + 1
    octets = bytearray(count)
    for bit in value:
        octets[bit // 8] |= 0x80 >> bit % 8
    return bytes((count * 8 - 1 - max(value, default=count * 8 - 1),)) + bytes(octets)


def read_oid(buffer: bytes, start: int, stop: int, constructed: bool, depth: int) -> Oid:
    if constructed or not 0 < stop - start <= MAX_OID:
        raise BerError("an object identifier of no or too many octets")
    return _oid(buffer[start:stop])


@lru_cache(maxsize=512)
def _oid(octets: bytes) -> Oid:
    arcs: list[int] = []
    number = 0
    for octet in octets:
        number = number << 7 | octet & 0x7F
        if octet < 0x80:
            arcs.append(number)
            number = 0
    if octets[-1] >= 0x80:
        raise BerError("an object identifier is cut off")
    first = min(arcs[0] // 40, 2)
    return Oid(".".join(map(str, (first, arcs[0] - first * 40, *arcs[1:]))))


@lru_cache(maxsize=512)
def write_oid(value: str) -> bytes:
    arcs = [int(arc) for arc in value.split(".")]
    if len(arcs) < 2 or arcs[0] > 2 or (arcs[0] < 2 and arcs[1] > 39) or min(arcs) < 0:
        raise ValueError(f"{value!r} is no object identifier")
    out = bytearray()
    for arc in (arcs[0] * 40 + arcs[1], *arcs[2:]):
        octets = [arc & 0x7F]
        while arc := arc >> 7:
            octets.append(arc & 0x7F | 0x80)
        out += bytes(reversed(octets))
    return bytes(out)


def recode(text: str, charset: str) -> str:
    """Text that :func:`read_string` took for UTF-8, read as ``charset`` instead; never fails."""
    return text.encode("utf-8", "surrogateescape").decode(charset, "replace")


def readable(text: str) -> str:
    """Text for people: octets that were not UTF-8 are shown as GB 18030 or else as Latin-1."""
    octets = text.encode("utf-8", "surrogateescape")
    for charset in ("utf-8", "gb18030"):
        try:
            return octets.decode(charset)
        except UnicodeDecodeError:
            continue
    return octets.decode("latin-1")


def strip(encoded: bytes) -> bytes:
    """The content of one encoded value; empty when it is none."""
    try:
        _, _, start, stop = header(encoded, 0, len(encoded))
    except (BerError, IndexError):
        return b""
    return encoded[start:stop]
