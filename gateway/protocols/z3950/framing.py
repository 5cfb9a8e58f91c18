"""Messages out of a stream of octets, those of indefinite length made definite on the way (ISO/IEC 8825-1, 8.1.3)."""

from __future__ import annotations

from collections.abc import Callable

from gateway.protocols.z3950.ber import MAX_DEPTH, BerError, length

Shortcut = Callable[[bytearray, int], tuple[bytes, int] | None]


class Framer:
    """Takes messages off the start of a growing buffer, looking at every octet once.

    Many servers write indefinite lengths: those are made definite in the same pass, because it has to be made anyway
    to find the end of the message. ``shortcut`` may do so at once for a SEQUENCE that it knows: it is given the buffer
    and where the value begins, and gives the value with definite lengths and where it ends, or None.
    """

    __slots__ = ("_limit", "_parts", "_position", "_shortcut", "_stack")

    def __init__(self, limit: int, shortcut: Shortcut | None = None) -> None:
        self._limit = limit
        self._shortcut = shortcut
        self._position = 0  # within a message of indefinite length: how far it was read
        self._stack: list[tuple[bytes, list[bytes | bytearray]]] = []  # its open values: identifier, content before
        self._parts: list[bytes | bytearray] = []  # content of the innermost open value

    def take(self, buffer: bytearray) -> bytes | None:
        """The first message, removed from the buffer, or None while some of it is missing.

        ``BerError`` as soon as what has come exceeds the limit, or says that it will.
        """
        if not self._stack:
            parsed = _open_header(buffer, 0)
            if parsed is None:
                return None
            first, size, start = parsed
            if size >= 0:
                stop = start + size
                if stop > self._limit:
                    raise BerError(f"a message of {stop} octets, more than the {self._limit} that are allowed")
                if len(buffer) < stop:
                    return None
                whole = bytes(buffer[:stop])
                del buffer[:stop]
                return whole
            self._open(buffer, first, 0, start)
        message = self._scan(buffer)
        if message is not None:
            del buffer[: self._position]
            self._position = 0
        return message

    def _open(self, buffer: bytearray, first: int, begin: int, start: int) -> None:
        """Go into a value of indefinite length whose content begins at ``start``."""
        if not first & 0x20:
            raise BerError("a primitive value with indefinite length")
        if len(self._stack) >= MAX_DEPTH:
            raise BerError("nested too deeply")
        self._stack.append((bytes(buffer[begin : start - 1]), self._parts))
        self._parts = []
        self._position = start

    def _scan(self, buffer: bytearray) -> bytes | None:
        """Read on from where the octets ended last time. The shortest headers are read here, because most are such."""
        have, limit, stack, shortcut = len(buffer), self._limit, self._stack, self._shortcut
        while True:
            begin = self._position
            if begin + 2 > have:
                return None
            first, size = buffer[begin], buffer[begin + 1]
            if first == 0x30 and size == 0x80 and shortcut is not None and len(stack) < MAX_DEPTH - 4:
                found = shortcut(buffer, begin)
                if found is not None and found[1] <= limit:
                    self._parts.append(found[0])
                    self._position = found[1]
                    continue
            if first & 0x1F != 0x1F and size < 0x80:
                stop = begin + 2 + size
            else:
                parsed = _open_header(buffer, begin)
                if parsed is None:
                    return None
                first, size, start = parsed
                if size < 0:
                    self._open(buffer, first, begin, start)
                    continue
                stop = start + size
            if stop > have or stop > limit:
                if stop > limit:
                    raise BerError(f"a message of more than the {limit} octets that are allowed")
                return None
            self._position = stop
            parts = self._parts
            if first or size:
                parts.append(buffer[begin:stop])
                continue
            head, outer = stack.pop()
            content = b"".join(parts)
            size = len(content)
            outer += (head, length(size), content)
            self._parts = outer
            if not stack:
                self._parts = []
                return b"".join(outer)


def _open_header(buffer: bytearray, position: int) -> tuple[int, int, int] | None:
    """(first octet, length or -1, start of the content) or None when the header is not complete."""
    have = len(buffer)
    if position + 2 <= have:  # nearly always: one octet each
        first, size = buffer[position], buffer[position + 1]
        if first & 0x1F != 0x1F and size <= 0x80:
            return first, size if size < 0x80 else -1, position + 2
    elif position >= have:
        return None
    first = buffer[position]
    position += 1
    if first & 0x1F == 0x1F:
        for extra in range(5):
            if position >= have:
                return None
            position += 1
            if buffer[position - 1] < 0x80:
                break
            if extra == 3:
                raise BerError("a tag number is too large")
    if position >= have:
        return None
    size = buffer[position]
    position += 1
    if size == 0x80:
        return first, -1, position
    if size > 0x80:
        count = size & 0x7F
        # The leading octets tell already that it is too much: do not wait for the rest of an absurd length.
        if any(buffer[position : position + max(0, count - 4)]):
            raise BerError("a length of more than 4 GB")
        if count > 16:
            raise BerError("a length of more than 16 octets")
        if position + count > have:
            return None
        size = int.from_bytes(buffer[position : position + count], "big")
        position += count
    return first, size, position
