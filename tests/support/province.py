"""Libraries whose catalogues overlap, and what an index makes of them. Run as a program it is a writer to be killed:

    python -m tests.support.province LOCATION SIZE LIBRARY...

adds the libraries' records batch by batch and prints a line for each batch that is acknowledged.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from itertools import islice

from gateway.core.ports import Index, IndexSearch
from gateway.core.record import Record, UnionRecord
from gateway.demo.members import load_members
from gateway.demo.records import records
from gateway.records.normalise import normalise
from gateway.union import Unifier

BATCH = 25


def libraries(count: int, size: int) -> dict[str, list[Record]]:
    """So many libraries with so many records each at most; most editions are in several."""
    members = [member for member in load_members() if not member.down][:count]
    return {member.id: [normalise(one.raw()) for one in islice(records(member), size)] for member in members}


def batches(found: Sequence[Record]) -> list[Sequence[Record]]:
    return [found[start : start + BATCH] for start in range(0, len(found), BATCH)]


async def everything(index: Index) -> list[UnionRecord]:
    """All unions by id, after checking that none is listed twice."""
    await index.refresh()
    out: list[UnionRecord] = []
    while True:
        page = await index.search(IndexSearch(None, start=len(out), size=300))
        out += page.records
        if not page.records:
            break
    assert len({union.id for union in out}) == len(out) == page.total
    return sorted(out, key=lambda union: union.id)


async def write(location: str, names: Sequence[str], size: int) -> None:
    from index.elasticsearch import open_index

    index = await open_index(location)
    unifier = Unifier(index)
    for name, found in libraries(6, size).items():
        if name in names:
            for batch in batches(found):
                await unifier.add(batch)
                print(name, flush=True)
    await index.close()


if __name__ == "__main__":
    asyncio.run(write(sys.argv[1], sys.argv[3:], int(sys.argv[2])))
