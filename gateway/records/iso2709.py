"""ISO 2709 exchange format: bytes to :class:`MarcRecord` and back, and streams of records cut apart.

Sound records take the short way: the body is cut at its terminators by C code, and the directory is compared with the
one that the body should have. Anything else takes the long way, which keeps all that can be kept and says what was
wrong. Source: ISO 2709:2008; MARC 21 Specifications, "Record structure"; UNIMARC Manual, section 3.

Codes of damage: ``wrong-length``, ``base-address``, ``no-directory``, ``directory-fault``, ``lost-fields``,
``no-field-terminator``, ``no-record-terminator``, ``trailing-bytes``; those of ``gateway.records.charset`` beside them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import accumulate
from typing import Final

from gateway.core.errors import DataError
from gateway.records import charset as charsets
from gateway.records.marc import SUBFIELD, MarcRecord
from gateway.records.stream import MAX_RECORD, Chunk, split

__all__ = ["MAX_RECORD", "Chunk", "read", "split", "write"]

_LEADER: Final = 24
_ENTRY: Final = 12
#: The tag of each entry, of one that is cut short at the end, too.
_TAG: Final = re.compile(r"(.{1,3}).{0,9}", re.DOTALL)
_MAX_LENGTH: Final = 99_999
_MAX_FIELD: Final = 9_999
#: Sets without shifts, whose bytes above 7F hold no field terminator.
_STATELESS: Final = frozenset({"utf-8", "gbk", "gb18030", "big5", "ascii", "latin-1"})
#: The beginning of a field that carries its own tag, where a directory should be.
_TAGGED: Final = re.compile(rb"\x1e?[0-9A-Z]{3}(?![0-9]{9})")


class _Digits(dict[int, str]):
    """Numbers as the digits of a directory entry, each written once."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self._width = width

    def __missing__(self, number: int) -> str:
        digits = f"{number:0{self._width}d}"
        if len(self) < 100_000:
            self[number] = digits
        return digits


_LENGTH: Final = _Digits(4)
_START: Final = _Digits(5)


def _directory(tags: Sequence[str], lengths: Sequence[int]) -> str:
    """The directory of fields of these lengths (bytes, their terminators among them) that follow one another."""
    starts = map(_START.__getitem__, accumulate(lengths, initial=0))
    return "".join([tag + _LENGTH[length] + start for tag, length, start in zip(tags, lengths, starts, strict=False)])


def read(data: bytes, charset: str | None = None, *, settled: str = "") -> MarcRecord:
    """One record; ``data`` begins at its leader. ``charset`` is what the sender is known to use: evidence, no order.
    ``settled`` is what these very bytes were found to be when they were read before: they are not weighed anew.

    Raises ``DataError`` only when nothing can be read at all: no directory and no field.
    """
    damage: list[str] = []
    size = len(data)
    end = data.find(b"\x1d", _LEADER)
    if end != size - 1 or not data.startswith(b"%05d" % size):
        end = _measure(data, end, damage)
    leader = data[:_LEADER].decode("latin-1")
    # A base address with signs or blanks in it is no number of ours, whatever int() would make of it.
    base = int(leader[12:17]) if leader[12:17].isdecimal() else 0
    if (
        base <= _LEADER
        or base > end
        or data[base - 1] != 0x1E
        or (base - 1) % _ENTRY
        or data.find(b"\x1e", 24) < base - 1
    ):
        base = _find_base(data, end, damage)
    directory = data[_LEADER : max(base - 1, _LEADER)].decode("latin-1")
    body = data[base:end]
    parts = body.split(b"\x1e")
    if parts[-1]:
        if parts[-1].strip(b" \r\n\x00\x1a"):
            damage.append("no-field-terminator: the last field does not end with a field terminator")
        else:
            parts.pop()
    else:
        parts.pop()
    count = len(parts)
    tags = _TAG.findall(directory)
    sound = 12 * count == len(directory) and directory == _directory(tags, [len(part) + 1 for part in parts])
    if base == _LEADER:
        tags, parts = _without_directory(parts, damage)
        sound = False
    elif not sound:
        tags, parts = _recover(directory, body, parts, damage)
    if not parts:
        raise DataError("This record has no field that can be read", offset=0)
    text = charsets.ascii_text(body)
    if text is not None and sound:
        return MarcRecord.from_texts(leader, tags, text.split("\x1e")[:count], "ascii", 1.0, tuple(damage))
    decoded = charsets.decode_fields(parts, tags, leader, charset, settled)
    if decoded.damage:
        damage.extend(decoded.damage)
    return MarcRecord.from_texts(leader, tags, decoded.texts, decoded.charset, decoded.confidence, tuple(damage))


def _measure(data: bytes, end: int, damage: list[str]) -> int:
    """Where the body ends, when the record's length and its terminator do not agree."""
    size = len(data)
    if size < _LEADER + 2:
        raise DataError(f"A record of {size} bytes is too short to hold a leader and one field", offset=0)
    stated = data[:5]
    if end < 0:
        damage.append("no-record-terminator: the record does not end with a record terminator")
        end = size
    elif data[end + 1 :].strip(b" \r\n\x00\x1a"):
        damage.append(f"trailing-bytes: {size - end - 1} bytes follow the end of the record")
    real = min(end + 1, size)
    if stated != b"%05d" % real and real <= _MAX_LENGTH:
        shown = stated.decode("ascii", "replace")
        damage.append(f"wrong-length: the leader says {shown!r} bytes, the record has {real}")
    return end


def _find_base(data: bytes, end: int, damage: list[str]) -> int:
    """Where the first field begins, when the leader's base address is wrong: behind the first field terminator."""
    first = data.find(b"\x1e", _LEADER, end)
    if first < 0:
        raise DataError("This record has no field terminator, so no field can be told from another", offset=0)
    if _TAGGED.match(data, _LEADER) and (data[12:17] == b"00024" or not data[_LEADER:first].isdigit()):
        return _LEADER
    stated = data[12:17].decode("ascii", "replace")
    if stated != f"{first + 1:05d}":
        damage.append(f"base-address: the leader says {stated!r}, the fields begin at {first + 1}")
    return first + 1


def _without_directory(parts: list[bytes], damage: list[str]) -> tuple[list[str], list[bytes]]:
    """Fields of a record without directory, each beginning with its tag: MAB2 on diskette, and records that lost it."""
    damage.append("no-directory: the record has no directory; each field begins with its tag")
    tagged = [part for part in parts if len(part) > 3]
    return [part[:3].decode("latin-1") for part in tagged], [part[3:] for part in tagged]


def _recover(directory: str, body: bytes, parts: list[bytes], damage: list[str]) -> tuple[list[str], list[bytes]]:
    """Tags and fields when the directory is not the plain one: out of order (legal), or wrong (told)."""
    entries = [directory[at : at + _ENTRY] for at in range(0, len(directory), _ENTRY)]
    exact = _by_directory(entries, body)
    if exact is not None:
        if len(exact[1]) < len(parts):
            damage.append(f"lost-fields: {len(parts) - len(exact[1])} fields have no entry in the directory")
        return exact
    damage.append("directory-fault: lengths or positions in the directory are wrong; the terminators were used")
    tags = [entry[:3] for entry in entries if len(entry) >= 3]
    tags = _in_order(tags, [entry[7:12] for entry in entries if len(entry) >= 3], parts, len(body))
    if len(parts) > len(tags):
        parts = _join_strays(parts, len(tags))
    if len(parts) != len(tags):
        damage.append(f"lost-fields: the directory has {len(tags)} entries, the record {len(parts)} fields")
        tags, parts = _align(tags, parts)
    return tags, parts


def _in_order(tags: list[str], starts: list[str], parts: list[bytes], size: int) -> list[str]:
    """Tags in the order of the fields: wrong positions mostly keep the true order, which may not be the directory's.

    Positions that run over 99,999 begin again at zero, and damaged ones lie far outside: then the directory's order is
    taken, and also when it suits the fields better (control tags for fields without subfields).
    """
    if len(set(starts)) < len(starts) or not all(start.isdecimal() for start in starts):
        return tags
    positions = [int(start) for start in starts]
    if size > _MAX_LENGTH or not positions or max(positions) > 2 * size:
        return tags
    ordered = [tag for _, tag in sorted(zip(positions, tags, strict=True))]

    def fits(order: list[str]) -> int:
        return sum((tag[:2] == "00") == (b"\x1f" not in part) for tag, part in zip(order, parts, strict=False))

    return ordered if fits(ordered) >= fits(tags) else tags


def _by_directory(entries: list[str], body: bytes) -> tuple[list[str], list[bytes]] | None:
    """Fields where the directory says they are, if every one of them ends right there with its terminator."""
    tags: list[str] = []
    found: list[bytes] = []
    for entry in entries:
        if len(entry) != _ENTRY or not entry[3:].isdecimal():
            return None
        length, start = int(entry[3:7]), int(entry[7:12])
        stop = start + length - 1
        if length < 1 or stop >= len(body) or body[stop] != 0x1E or body.find(b"\x1e", start) != stop:
            return None
        if start and body[start - 1] != 0x1E:
            return None
        tags.append(entry[:3])
        found.append(body[start:stop])
    return (tags, found) if found else None


def _join_strays(parts: list[bytes], wanted: int) -> list[bytes]:
    """Fields cut by a terminator inside them are put together, as long as there are more than ``wanted``."""
    joined: list[list[bytes]] = []
    spare = len(parts) - wanted
    whole = False  # whether the field before has subfields
    for part in parts:
        if spare > 0 and whole and part[2:3] != b"\x1f":
            joined[-1].append(part)
            spare -= 1
        else:
            joined.append([part])
            whole = b"\x1f" in part
    return [b" ".join(pieces) for pieces in joined]


def _align(tags: list[str], parts: list[bytes]) -> tuple[list[str], list[bytes]]:
    """Pair tags and fields in order, control tags with fields without subfields only."""
    paired_tags: list[str] = []
    paired: list[bytes] = []
    at = 0
    for tag in tags:
        control = tag[:2] == "00"
        if at < len(parts) and control == (SUBFIELD.encode() not in parts[at]):
            paired_tags.append(tag)
            paired.append(parts[at])
            at += 1
        elif at < len(parts) and not control and b"\x1f" not in parts[at]:
            at += 1
            if at < len(parts):
                paired_tags.append(tag)
                paired.append(parts[at])
                at += 1
    return paired_tags, paired


def write(marc: MarcRecord, charset: str = "utf-8", errors: charsets.Errors = "strict") -> bytes:
    """The record in ISO 2709 with true lengths, in ``charset``.

    Leader positions 0-4, 10-11, 12-16 and 20-23 are computed; position 9 says ``a`` for a MARC 21 record (one that has
    a 245) in UTF-8, and is blank where it said so and the charset is another. Raises ``DataError`` when a tag is not
    three ASCII characters or when the record (99,999 bytes) or a field (9,999 bytes) is too long, and for a character
    that the charset lacks unless ``errors`` is ``ncr`` (``&#xHHHH;`` stands for it then).
    """
    directory, body = _together(marc, charset, errors) or _one_by_one(marc, charset, errors)
    base = _LEADER + len(directory) + 1
    total = base + len(body) + 1
    if total > _MAX_LENGTH:
        raise DataError(f"The record has {total} bytes; ISO 2709 allows {_MAX_LENGTH}. Use MARCXML")
    leader = marc.leader.encode("ascii", "replace")
    coding = leader[9:10]
    if charsets.canonical(charset) != "utf-8":
        coding = b" " if coding == b"a" else coding
    elif "245" in marc.tags():
        coding = b"a"
    head = b"%05d%b%b22%05d%b4500" % (total, leader[5:9], coding, base, leader[17:20])
    return b"".join((head, directory, b"\x1e", body, b"\x1d"))


def _together(marc: MarcRecord, charset: str, errors: charsets.Errors) -> tuple[bytes, bytes] | None:
    """Directory and body by C code, for sets in which a field is encoded alike wherever it stands.

    None for other sets, and for fields that only the other way can tell about.
    """
    tags, texts = marc.tag_list, marc.texts
    joined = "".join(tags)
    if charsets.canonical(charset) not in _STATELESS or len(joined) != 3 * len(tags) or not joined.isascii():
        return None
    body = charsets.encode("\x1e".join([*texts, ""]), charset, errors)
    lengths = [len(part) + 1 for part in body.split(b"\x1e")[:-1]]
    if len(lengths) != len(tags) or max(lengths, default=0) > _MAX_FIELD or len(body) > _MAX_LENGTH:
        return None
    if any(len(tag) != 3 for tag in tags):
        return None
    return _directory(tags, lengths).encode("ascii"), body


def _one_by_one(marc: MarcRecord, charset: str, errors: charsets.Errors) -> tuple[bytes, bytes]:
    entries: list[bytes] = []
    bodies: list[bytes] = []
    start = 0
    for tag, text in zip(marc.tag_list, marc.texts, strict=True):
        if len(tag) != 3 or not tag.isascii():
            raise DataError(f"Tag {tag!r} is not three ASCII characters; correct it before writing ISO 2709")
        body = charsets.encode(text, charset, errors) + b"\x1e"
        if len(body) > _MAX_FIELD:
            raise DataError(
                f"Field {tag} has {len(body)} bytes in {charset}; ISO 2709 allows {_MAX_FIELD}. Use MARCXML"
            )
        entries.append(b"%b%04d%05d" % (tag.encode("ascii"), len(body), min(start, 99_999)))
        bodies.append(body)
        start += len(body)
    return b"".join(entries), b"".join(bodies)
