"""Present responses that came in several messages (3.3): records put together, whole ones and those in pieces."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.core.errors import RemoteProtocolError
from gateway.protocols.z3950.apdu import (
    FinalFragment,
    IntermediateFragment,
    NamePlusRecord,
    PresentResponse,
    ResponseRecords,
    Segment,
    StartingFragment,
)
from gateway.protocols.z3950.rpn import External


class Segments:
    """The segments of one answer; ``limit`` is how many octets of records they may have together."""

    def __init__(self, peer: str, limit: int) -> None:
        self._peer = peer
        self._limit = limit
        self._size = 0
        self._records: list[NamePlusRecord] = []

    def __bool__(self) -> bool:
        return bool(self._records)

    def add(self, segment: Segment) -> None:
        """``RemoteProtocolError`` when it becomes too much."""
        self._records += segment.records
        self._size += sum(map(_octets, segment.records))
        if self._size > self._limit:
            raise RemoteProtocolError(
                f"{self._peer} sends more than the {self._limit} octets in segments that are allowed"
            )

    def completed(self, response: PresentResponse) -> PresentResponse:
        """The response with the records of all segments, those that came in pieces made whole. Begins anew."""
        records, self._records, self._size = self._records, [], 0
        if isinstance(response.records, ResponseRecords):
            records += response.records.value
        elif response.records is not None:
            return response
        whole = self._joined(records)
        return PresentResponse(
            reference_id=response.reference_id,
            other_info=response.other_info,
            returned=len(whole),
            next_position=response.next_position,
            status=response.status,
            records=ResponseRecords(whole),
        )

    def _joined(self, records: Sequence[NamePlusRecord]) -> tuple[NamePlusRecord, ...]:
        out: list[NamePlusRecord] = []
        first: NamePlusRecord | None = None
        pieces: list[bytes] = []
        for item in records:
            record = item.record
            if isinstance(record, StartingFragment) and first is None:
                first, pieces = item, [_piece(record.value)]
            elif isinstance(record, IntermediateFragment) and first is not None:
                pieces.append(_piece(record.value))
            elif isinstance(record, FinalFragment) and first is not None:
                pieces.append(_piece(record.value))
                assert isinstance(first.record, StartingFragment)
                begin = first.record.value
                oid = begin.oid if isinstance(begin, External) else None
                out.append(NamePlusRecord(External(oid, octets=b"".join(pieces)), first.name))
                first = None
            elif isinstance(record, StartingFragment | IntermediateFragment | FinalFragment) or first is not None:
                raise RemoteProtocolError(f"{self._peer} sent the pieces of a record out of order")
            else:
                out.append(item)
        if first is not None:
            raise RemoteProtocolError(f"{self._peer} sent a record without its end")
        return tuple(out)


def _piece(value: External | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.octets or b""


def _octets(item: NamePlusRecord) -> int:
    record = item.record
    if isinstance(record, External):
        return len(record.octets or record.single or b"")
    if isinstance(record, StartingFragment | IntermediateFragment | FinalFragment):
        return len(_piece(record.value))
    return 0
