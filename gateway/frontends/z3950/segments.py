"""Answers that are longer than one message of the client, in segments (3.3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gateway.protocols.z3950.apdu import (
    FinalFragment,
    IntermediateFragment,
    NamePlusRecord,
    StartingFragment,
)
from gateway.protocols.z3950.rpn import External

#: Octets that wrap one record in its response, at most, and those around all of them.
WRAPPING, FRAME = 64, 64


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one answer, in octets. ``level`` 0 is one message; at level 1 whole records are spread over messages; at level
    2 records, too, may be in pieces."""

    message: int  #: one message
    record: int  #: one record
    answer: int  #: all messages together
    level: int = 0
    segments: int = 1  #: messages at most


def weight(item: NamePlusRecord) -> int:
    """Octets of a record with what wraps it, at most."""
    record = item.record
    if isinstance(record, External):
        return len(record.octets or record.single or b"") + WRAPPING
    if isinstance(record, IntermediateFragment | FinalFragment) and isinstance(record.value, bytes):
        return len(record.value) + WRAPPING
    if isinstance(record, StartingFragment) and isinstance(record.value, External):
        return len(record.value.octets or b"") + WRAPPING
    return WRAPPING


def cut(records: Sequence[NamePlusRecord], limits: Limits) -> tuple[list[tuple[NamePlusRecord, ...]], int]:
    """(contents of the messages, how many of the records are whole in them): all, unless the messages do not suffice.

    A record that is larger than a message has to be one that can be in pieces.
    """
    room = limits.message - FRAME
    segments: list[tuple[NamePlusRecord, ...]] = []
    current: list[NamePlusRecord] = []
    size = complete = 0
    for number, record in enumerate(records):
        for piece in _pieces(record, room):
            heavy = weight(piece)
            if current and size + heavy > room:
                segments.append(tuple(current))
                if len(segments) >= limits.segments:
                    return _whole(segments, complete)
                current, size = [], 0
            current.append(piece)
            size += heavy
        complete = number + 1
    segments.append(tuple(current))
    return segments, complete


def _whole(segments: list[tuple[NamePlusRecord, ...]], complete: int) -> tuple[list[tuple[NamePlusRecord, ...]], int]:
    """Without the beginning of a record whose end did not fit."""
    while segments and isinstance(segments[-1][-1].record, StartingFragment | IntermediateFragment):
        rest = segments.pop()
        while rest and isinstance(rest[-1].record, StartingFragment | IntermediateFragment):
            rest = rest[:-1]
        if rest:
            segments.append(rest)
    return segments or [()], complete


def _pieces(item: NamePlusRecord, room: int) -> Iterator[NamePlusRecord]:
    """The record, or a beginning, middles and an end of its octets that fit ``room`` each."""
    record = item.record
    if weight(item) <= room or not isinstance(record, External) or record.octets is None:
        yield item
        return
    data, step = record.octets, room - WRAPPING
    for start in range(0, len(data), step):
        piece = data[start : start + step]
        if not start:
            yield NamePlusRecord(StartingFragment(External(record.oid, octets=piece)), item.name)
        elif start + step < len(data):
            yield NamePlusRecord(IntermediateFragment(piece))
        else:
            yield NamePlusRecord(FinalFragment(piece))
