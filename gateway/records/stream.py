"""Cut a stream of ISO 2709 records apart in constant memory, finding the next record again after rubbish."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple, Protocol

from gateway.core.errors import DataError

MAX_RECORD: Final = 16 * 1024 * 1024
_BLOCK: Final = 256 * 1024
_PADDING: Final = b" \t\r\n\x00\x1a\xef\xbb\xbf"
#: What a leader looks like: length, five codes, counts, base address, three codes, entry map. Real files have blanks,
#: ``#``, ``^`` or ``_`` in places, so only digits and the printable rest are asked for.
_LEADER: Final = re.compile(rb"[0-9 ]{4}[0-9][\x20-\x7e]{5}[0-9# |]{2}[0-9]{5}[\x20-\x7e]{3}[0-9# |_]{2}")
#: A stricter one to look for among rubbish.
_SOUND_LEADER: Final = re.compile(rb"[0-9]{5}[\x20-\x7e]{5}[0-9]{2}[0-9]{5}[\x20-\x7e]{3}4[0-9# |_]")
_SHORTEST: Final = 26


class Readable(Protocol):
    """Anything that gives bytes: a file opened in binary mode, a socket file, ``io.BytesIO``."""

    def read(self, size: int, /) -> bytes: ...


class Chunk(NamedTuple):
    """The bytes of one record and where they began in the stream."""

    offset: int
    data: bytes


def split(stream: Readable, *, limit: int = MAX_RECORD) -> Iterator[Chunk | DataError]:
    """Records of a stream, in order; a ``DataError`` (given, not raised) for each stretch of bytes that is none.

    The stated length is believed when a record terminator stands there; otherwise the next terminator ends the
    record. Rubbish before a leader is skipped and told. Memory is bound by ``limit`` bytes, however long the stream.
    """
    begin = length = 0  # of the rubbish met since the last record
    for item in _items(stream, limit):
        if isinstance(item, _Rubbish):
            begin = begin if length else item.offset
            length += item.length
            continue
        if length:
            yield DataError(f"{length} bytes that belong to no record were skipped", offset=begin)
            length = 0
        yield item
    if length:
        yield DataError(f"{length} bytes that belong to no record were skipped", offset=begin)


class _Rubbish(NamedTuple):
    offset: int
    length: int


def _items(stream: Readable, limit: int) -> Iterator[Chunk | DataError | _Rubbish]:
    """As ``split``, with every stretch of rubbish by itself."""
    buffer = b""
    offset = 0  # of buffer[0] in the stream
    at = 0
    dropping = 0  # bytes dropped so far of a record over the limit
    ended = False
    while True:
        stop = _record_end(buffer, at, ended)
        if stop < 0 and not ended:
            # Keep what is unfinished; blocks grow with it, so that one long record is not copied again and again.
            rest = buffer[at:]
            offset += at
            if dropping or len(rest) > limit:
                dropping += len(rest)
                offset += len(rest)
                rest = b""
            block = stream.read(max(_BLOCK, len(rest)))
            ended = not block
            buffer, at = rest + block, 0
            continue
        if stop < 0:
            stop = len(buffer)
        piece = buffer[at:stop]
        begin = offset + at
        at = stop
        if dropping:
            total = dropping + len(piece)
            yield DataError(
                f"{total} bytes without a record terminator are more than the {limit} that a record may have; skipped",
                offset=begin - dropping,
            )
            dropping = 0
        else:
            yield from _pieces(piece, begin)
        if ended and at >= len(buffer):
            return


def _record_end(buffer: bytes, at: int, ended: bool) -> int:
    """Position behind the record that begins at ``at``; -1 when more bytes are needed."""
    first = buffer.find(b"\x1d", at)
    if first < 0:
        return -1
    stated = buffer[at : at + 5]
    if stated.isdigit():
        end = at + int(stated)
        if end == first + 1:
            return end
        # A terminator inside a record: believe the length if a record ends there and none begins at the terminator.
        if end > first + 1:
            if end > len(buffer) and not ended:
                return -1
            if buffer[end - 1 : end] == b"\x1d" and not _LEADER.match(buffer[first + 1 : first + 64].lstrip(_PADDING)):
                return end
    return first + 1


def _pieces(piece: bytes, begin: int) -> Iterator[Chunk | _Rubbish]:
    """What lies between two record terminators: mostly one record; sometimes rubbish, or records run together."""
    stripped = piece.lstrip(_PADDING)
    begin += len(piece) - len(stripped)
    if not stripped or stripped == b"\x1d":
        return
    leader = _LEADER.match(stripped)
    if leader is None and not stripped.startswith(b"%05d" % len(stripped)):
        found = _SOUND_LEADER.search(stripped)
        if found is not None and found.start() > 0:
            yield _Rubbish(begin, found.start())
            begin += found.start()
            stripped = stripped[found.start() :]
        elif stripped.count(b"\x1e") < 2 or len(stripped) < _SHORTEST:
            yield _Rubbish(begin, len(stripped))
            return
    yield from _run_together(stripped, begin)


def _run_together(data: bytes, begin: int) -> Iterator[Chunk]:
    """Records whose terminator was lost lie in one piece; a leader behind a field terminator begins the next."""
    start = 0
    while True:
        stated = data[start : start + 5]
        length = int(stated) if stated.isdigit() else 0
        # Only a length that ends at a field terminator followed by a leader is proof enough to cut there.
        cut = start + length
        for end in (cut, cut - 1):
            if start + _SHORTEST < end < len(data) and data[end - 1] == 0x1E and _LEADER.match(data, end):
                cut = end
                break
        else:
            yield Chunk(begin + start, data[start:])
            return
        yield Chunk(begin + start, data[start:cut])
        start = cut
