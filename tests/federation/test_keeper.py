"""What is seen live is written in few steps, and not again while it stays the same."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import pytest_asyncio

from gateway.core.record import Holding, RawRecord, Record, Title
from gateway.federation.keeper import Keeper, Remembered
from gateway.union import Unifier
from index.embedded import EmbeddedIndex, open_index


@pytest_asyncio.fixture
async def index() -> AsyncIterator[EmbeddedIndex]:
    opened = await open_index("")
    yield opened
    await opened.close()


class Written:
    """What reaches the index, batch by batch."""

    def __init__(self, index: EmbeddedIndex) -> None:
        self.batches: list[list[str]] = []
        self._unifier = Unifier(index)

    async def add(self, records: Sequence[Record]) -> None:
        self.batches.append([record.id for record in records])
        await self._unifier.add(records)


def record(source: str, title: str, payload: bytes = b"as it came", **more: object) -> Record:
    raw = RawRecord(source, payload, local_id=title, **more)  # type: ignore[arg-type]
    return Record(id=f"{source}:{title}", source=source, local_id=title, titles=(Title(title),), year=1999, raw=raw)


async def kept(keeper: Keeper, *records: Record) -> None:
    keeper.keep(records)
    await keeper.drain()


async def test_the_same_bytes_are_written_once(index: EmbeddedIndex) -> None:
    written = Written(index)
    keeper = Keeper(written.add, index)
    keeper.start()
    one, other = record("xa", "红楼梦"), record("bj", "西游记")
    await kept(keeper, one, other)
    again = replace(one, raw=replace(one.raw, position=7))  # type: ignore[type-var]
    await kept(keeper, again, record("bj", "西游记", b"corrected"))
    await keeper.close()
    assert [set(batch) for batch in written.batches] == [{one.id, other.id}, {other.id}]
    assert (keeper.written, keeper.unchanged) == (3, 1)


async def test_a_copy_lent_out_is_a_change(index: EmbeddedIndex) -> None:
    written = Written(index)
    keeper = Keeper(written.add, index)
    keeper.start()
    await kept(keeper, record("xa", "红楼梦", holdings=(Holding("xa", status="available"),)))
    await kept(keeper, record("xa", "红楼梦", holdings=(Holding("xa", status="unavailable"),)))
    await keeper.close()
    assert len(written.batches) == 2


async def test_what_was_deleted_meanwhile_is_written_again(index: EmbeddedIndex) -> None:
    written = Written(index)
    keeper = Keeper(written.add, index)
    keeper.start()
    one = record("xa", "红楼梦")
    await kept(keeper, one)
    await Unifier(index).delete([one.id])
    await kept(keeper, one)
    await keeper.close()
    assert written.batches == [[one.id], [one.id]]
    assert await index.known([one.id])


async def test_an_edition_s_records_come_in_one_batch(index: EmbeddedIndex) -> None:
    written = Written(index)
    keeper = Keeper(written.add, index)
    keeper.BATCH = 3  # type: ignore[misc]
    keeper.start()
    titles = [f"第{number}种" for number in range(4)]
    await kept(keeper, *(record(source, title) for source in ("xa", "bj", "hz", "yl") for title in titles))
    await keeper.close()
    assert [len(batch) for batch in written.batches] == [4, 4, 4, 4]
    assert all(len({name.partition(":")[2] for name in batch}) == 1 for batch in written.batches)


def test_the_latest_things_are_remembered_and_those_asked_for_again():
    remembered = Remembered(3)
    for number in range(3):
        remembered.put(f"a{number}", number)
    remembered.put("b", 10)
    assert remembered.get("a0") == 0
    for number in range(3):
        remembered.put(f"c{number}", number)
    assert remembered.get("a0") == 0, "it was asked for again when the others were forgotten"
    assert remembered.get("a1") is None
    assert [remembered.get(f"c{number}") for number in range(3)] == [0, 1, 2]


def test_what_changed_is_remembered_as_it_is_now():
    remembered = Remembered(2)
    remembered.put("a", 1)
    remembered.put("b", 1)
    remembered.put("a", 2)
    remembered.put("c", 1)
    assert remembered.get("a") == 2
