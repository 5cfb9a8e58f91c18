"""Elasticsearch keeps decisions, finds editions of a work, and notices who decides while another program clusters."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from gateway.core.ports import Index, IndexSearch
from gateway.core.record import Record
from gateway.records import keys
from gateway.records.clusters import partition
from gateway.records.constraints import Constraints
from gateway.union import Unifier
from gateway.union.cataloguing import Cataloguing
from index.elasticsearch import ElasticsearchIndex, open_index
from index.testing.deciding import DecidingContract
from index.testing.library import library
from index.testing.works import WorksContract


class TestDeciding(DecidingContract, WorksContract):
    """What every engine keeps."""


def copies(source: str) -> list[Record]:
    """Ten editions as this library has them."""
    chosen = [record for record in library() if record.form == "book"][:10]
    return [replace(r, id=f"{source}:{r.id}", source=source, local_id=r.id, raw=None) for r in chosen]


async def clusters(index: Index) -> set[tuple[str, ...]]:
    await index.refresh()
    page = await index.search(IndexSearch(None, size=1000))
    return {tuple(sorted(member.id for member in union.members)) for union in page.records}


async def test_three_programs_harvest_while_a_fourth_decides(index: ElasticsearchIndex, location: str) -> None:
    """The unions are those of the records and decisions that there are in the end, whoever came first."""
    first = copies("a")
    await Unifier(index).add(first)
    others = [await open_index(location) for _ in range(3)]
    try:

        async def harvest(opened: ElasticsearchIndex, source: str) -> None:
            unifier = Unifier(opened)
            for record in copies(source):
                await unifier.add([record])

        async def decide() -> None:
            desk = Cataloguing(Unifier(index))
            for number in range(0, 10, 2):
                one, other = first[number].id, first[number + 1].id
                await desk.join([one, other], by="li", at=number)
                if number % 4 == 0:
                    await desk.split([one], by="li", at=100 + number)

        await asyncio.gather(decide(), *(harvest(one, source) for one, source in zip(others, "bcd", strict=True)))
        decided = Constraints(await index.decisions())
        held = [keys.features(record) for source in "abcd" for record in copies(source)]
        assert await clusters(index) == {cluster.ids for cluster in partition(held, decided)}
        assert [await one.decisions() for one in others] == [await index.decisions()] * 3
    finally:
        for one in others:
            await one.close()


async def test_decisions_are_read_once_while_there_are_no_new_ones(index: ElasticsearchIndex, location: str) -> None:
    unifier = Unifier(index)
    await unifier.add(copies("a"))
    reads = 0
    read = index.deciding._read

    async def counting():
        nonlocal reads
        reads += 1
        return await read()

    index.deciding._read = counting  # type: ignore[method-assign]
    for source in "bcd":
        await unifier.add(copies(source))
    assert reads == 0
    other = await open_index(location)
    try:
        await Cataloguing(Unifier(other)).never(copies("a")[0].id, copies("a")[1].id, by="li", at=1)
    finally:
        await other.close()
    await unifier.add(copies("e"))
    await unifier.add(copies("f"))
    assert reads == 1
    assert len(await index.decisions()) == 1


async def test_decisions_and_traces_outlive_the_program(location: str) -> None:
    opened = await open_index(location)
    unifier = Unifier(opened)
    await unifier.add([*copies("a"), *copies("b")])
    made = await Cataloguing(unifier).split([copies("a")[0].id], by="li", at=1)
    going = copies("a")[1].id
    (union,) = await opened.unions_of([going])
    await unifier.delete([going])
    await opened.close()
    again = await open_index(location)
    try:
        assert await again.decisions() == made.decisions
        left = tuple(member.id for member in union.members if member.id != going)
        assert left
        assert await again.heirs(keys.uid(going)) == left
    finally:
        await again.close()
