"""Decisions move with the index, and go on to count there."""

from __future__ import annotations

from dataclasses import replace

from gateway.core.ports import Change, Index
from gateway.core.record import Contributor, Identifier, Publication, Record, Title
from gateway.union import Unifier, moving
from gateway.union.cataloguing import Cataloguing
from index.embedded import open_index


def book(uid: str) -> Record:
    source, local_id = uid.split(":")
    return Record(
        id=uid,
        source=source,
        local_id=local_id,
        titles=(Title("红楼梦"),),
        contributors=(Contributor("曹雪芹", "aut", primary=True),),
        publications=(Publication(publisher="人民文学出版社", date="1996"),),
        year=1996,
        identifiers=(Identifier("isbn", "9787020002207", "9787020002207"),),
        languages=("chi",),
    )


async def test_decisions_move_with_the_index(index: Index) -> None:
    unifier = Unifier(index)
    await unifier.add([book("a:1"), book("b:1"), book("c:1")])
    made = await Cataloguing(unifier).split(["b:1"], by="li", at=1, why="seen")
    other = await open_index("")
    try:
        await moving.copy(index, other)
        assert (await moving.compare(index, other)).named == []
        assert await other.decisions() == made.decisions
        await Unifier(other).add([replace(book("b:1"), extent="1606页")])
        assert len(await other.unions_of(["a:1", "b:1", "c:1"])) == 2
        lost = replace(made.decisions[0], why="not seen")
        await other.apply(Change((), (), decisions=(lost,)))
        assert (await moving.compare(index, other)).named[-1] == f"Decision {lost.id} is missing or differs"
    finally:
        await other.close()
