"""Answers in segments: at level 1 whole records, at level 2 records in pieces, at no level a partial answer."""

from __future__ import annotations

import pytest

from gateway.frontends.z3950.segments import Limits, cut, weight
from gateway.protocols.z3950 import oids
from gateway.protocols.z3950.apdu import (
    DefaultDiagnostic,
    FinalFragment,
    InitRequest,
    IntermediateFragment,
    NamePlusRecord,
    Option,
    PresentRequest,
    PresentResponse,
    Segment,
    StartingFragment,
)
from gateway.protocols.z3950.rpn import External
from gateway.protocols.z3950.schema_services import PDU
from tests.support.shelf import BOOKS, Shelf
from tests.support.z3950_requests import search

BASIC = frozenset({Option.SEARCH, Option.PRESENT})
LEVEL_1, LEVEL_2 = BASIC | {Option.SEGMENTATION_1}, BASIC | {Option.SEGMENTATION_1, Option.SEGMENTATION_2}


async def present(client, request: PresentRequest) -> tuple[list[Segment], PresentResponse]:
    segments = []
    event = await client.ask(request)
    while isinstance(event, Segment):
        segments.append(event)
        event = await client.next()
    return segments, event


async def test_whole_records_in_segments(start, open_client) -> None:
    server = await start(Shelf(BOOKS * 20))
    client = await open_client(server, init=InitRequest(options=LEVEL_1, preferred_size=700))
    assert (await client.ask(search("9"))).count == 120
    segments, response = await present(client, PresentRequest(2, 100, reference_id=b"r"))
    assert len(segments) > 20
    assert all(len(PDU.encode(message)) <= 700 for message in (*segments, response))
    assert all(segment.returned == len(segment.records) > 0 for segment in segments)
    assert {segment.reference_id for segment in segments} == {b"r"}
    assert (response.returned, response.next_position, response.status) == (100, 102, 0)
    records = [item for segment in segments for item in segment.records] + list(response.records.value)
    assert len(records) == 100
    assert all(isinstance(item.record, External) for item in records)


async def test_without_segmentation_the_answer_ends_early(start, open_client) -> None:
    client = await open_client(await start(Shelf(BOOKS * 20)), init=InitRequest(options=BASIC, preferred_size=700))
    await client.ask(search("9"))
    segments, response = await present(client, PresentRequest(1, 100))
    assert segments == []
    assert response.status == 2
    assert response.next_position == response.returned + 1 < 10


async def test_the_client_bounds_the_segments(start, open_client) -> None:
    client = await open_client(await start(Shelf(BOOKS * 20)), init=InitRequest(options=LEVEL_1))
    await client.ask(search("9"))
    segments, response = await present(client, PresentRequest(1, 100, max_segments=3, max_segment_size=600))
    assert len(segments) == 2
    assert all(len(PDU.encode(message)) <= 600 for message in (*segments, response))
    count = sum(len(segment.records) for segment in segments) + len(response.records.value)
    assert (response.returned, response.next_position, response.status) == (count, count + 1, 2)
    _, response = await present(client, PresentRequest(1, 2, max_segment_size=20))
    assert response.records.condition == 242


async def test_records_in_pieces(start, open_client) -> None:
    whole = await open_client(await start(), init=InitRequest(options=BASIC))
    await whole.ask(search("9"))
    (_, complete) = await present(whole, PresentRequest(1, 6))
    client = await open_client(await start(), init=InitRequest(options=LEVEL_2, preferred_size=5000))
    await client.ask(search("9"))
    segments, response = await present(client, PresentRequest(1, 6, max_segment_size=260))
    assert all(len(PDU.encode(message)) <= 260 for message in (*segments, response))
    assert (response.returned, response.next_position, response.status) == (6, 0, 0)
    octets = b""
    for item in [item for segment in segments for item in segment.records] + list(response.records.value):
        record = item.record.value if isinstance(item.record, StartingFragment | IntermediateFragment | FinalFragment) \
            else item.record  # fmt: skip
        octets += record.octets if isinstance(record, External) else record
    assert octets == b"".join(item.record.octets for item in complete.records.value)


async def test_records_that_cannot_be_in_pieces(start, open_client) -> None:
    client = await open_client(await start(), init=InitRequest(options=LEVEL_2))
    await client.ask(search("9"))
    _, response = await present(client, PresentRequest(1, 6, max_segment_size=260, syntax=oids.OPAC))
    conditions = {item.record.condition for item in response.records.value if hasattr(item.record, "condition")}
    assert conditions == {16}
    _, response = await present(client, PresentRequest(1, 2, max_record_size=100))
    assert {item.record.condition for item in response.records.value} == {17}


@pytest.mark.parametrize("size", [10, 60, 300, 5000])
@pytest.mark.parametrize("segments", [1, 2, 7, 1000])
def test_cut_loses_nothing(size: int, segments: int) -> None:
    records = [
        NamePlusRecord(External(oids.USMARC, octets=bytes([number]) * (number * size % 977 + 1)), "db")
        for number in range(1, 9)
    ] + [NamePlusRecord(DefaultDiagnostic(14))]
    contents, complete = cut(records, Limits(400, 5000, 50_000, 2, segments))
    assert 1 <= len(contents) <= segments
    assert all(sum(map(weight, content)) <= 400 - 64 for content in contents)
    octets = b""
    for item in [item for content in contents for item in content]:
        record = getattr(item.record, "value", item.record)
        octets += record if isinstance(record, bytes) else getattr(record, "octets", b"")
    assert octets == b"".join(getattr(item.record, "octets", b"") for item in records[:complete])
    assert complete == len(records) or len(contents) <= segments
