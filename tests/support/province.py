"""Libraries whose catalogues overlap, and what an index makes of them. Run as a program it is a writer to be killed:

    python -m tests.support.province LOCATION FILE FIRST

takes the steps (batches of records, and deletions now and then) that :func:`save` wrote to FILE from number FIRST on,
and prints a line when the index is open, the number of each step that is acknowledged, and how many conflicts there
were. LOCATION is a folder or the address of an Elasticsearch index.
"""

from __future__ import annotations

import asyncio
import pickle
import random
import sys
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from gateway import plugins
from gateway.core.errors import ConflictError
from gateway.core.ports import Change, Index, IndexSearch, SharedIndex
from gateway.core.record import Record, UnionRecord
from gateway.demo.members import load_members
from gateway.demo.records import records
from gateway.records import keys
from gateway.records.normalise import normalise
from gateway.union import Unifier

BATCH = 25
#: Every so many batches some records of an earlier one are gone at their source.
_DELETED_EVERY = 5


def libraries(count: int, size: int) -> dict[str, list[Record]]:
    """So many libraries with so many records each at most; most editions are in several."""
    members = [member for member in load_members() if not member.down][:count]
    return {member.id: [normalise(one.raw()) for one in islice(records(member), size)] for member in members}


def shelves(names: Sequence[str], size: int) -> dict[str, list[Record]]:
    """The libraries of these names. ``made0`` to ``made3`` are four that share ``size`` editions of the benchmarks'
    made collection; the copies of an edition lie on different shelves, in different places."""
    if not names[0].startswith("made"):
        return {name: found for name, found in libraries(6, size).items() if name in names}
    from benchmarks._library import Library

    made = Library()
    found = [record for number in range(size) for record in made.records(number)]
    random.Random(size).shuffle(found)
    return {name: found[int(name[-1]) :: 4] for name in names}


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


async def undisturbed(found: Sequence[Record], gone: Sequence[str] = ()) -> list[UnionRecord]:
    """What the embedded index makes of these records when nothing happens."""
    index = await plugins.index_factory("embedded")("")
    try:
        unifier = Unifier(index)
        await unifier.add(found)
        await unifier.delete(gone)
        return await everything(index)
    finally:
        await index.close()


async def check(index: Index, expected: list[UnionRecord]) -> None:
    """The index holds these unions, each member leads to its own, and nothing else is there."""
    found = await everything(index)
    assert [sorted(member.id for member in one.members) for one in found] == [
        sorted(member.id for member in one.members) for one in expected
    ]
    assert found == expected
    statistics = await index.statistics()
    assert statistics["unions"] == len(expected)
    assert statistics["records"] == sum(len(one.members) for one in expected)
    for one in random.Random(1).sample(expected, min(20, len(expected))):
        for member in one.members:
            held = await index.resolve(keys.uid(member.id))
            assert held is not None
            assert held.id == one.id


Step = tuple[Sequence[Record], Sequence[str]]


def steps(libraries: dict[str, list[Record]]) -> list[Step]:
    """What a writer does one after another: (records to add, ids to delete). What is deleted never comes back."""
    out: list[Step] = []
    for found in libraries.values():
        for number, batch in enumerate(batches(found)):
            out.append((batch, ()))
            if number % _DELETED_EVERY == _DELETED_EVERY - 1:
                out.append(((), [record.id for record in found[(number - 2) * BATCH : (number - 1) * BATCH : 4]]))
    return out


def outcome(done: Sequence[Step]) -> tuple[list[Record], set[str]]:
    """The records that are left after these steps, and the ids of those that are gone."""
    gone = {uid for _, deleted in done for uid in deleted}
    left = {record.id: record for added, _ in done for record in added if record.id not in gone}
    return list(left.values()), gone


async def do(unifier: Unifier, step: Step) -> None:
    added, deleted = step
    await unifier.add(added)
    await unifier.delete(deleted)


def engine(location: str) -> str:
    return "elasticsearch" if location.startswith("http") else "embedded"


class Counted:
    """An index that many write, whose conflicts are counted."""

    def __init__(self, index: SharedIndex) -> None:
        self._index = index
        self.conflicts = 0

    def __getattr__(self, name: str) -> object:
        return getattr(self._index, name)

    async def begin(self) -> Index:
        view = await self._index.begin()
        apply = view.apply

        async def counted(change: Change) -> None:
            try:
                await apply(change)
            except ConflictError:
                self.conflicts += 1
                raise

        view.apply = counted  # type: ignore[method-assign]
        return view


def save(todo: Sequence[Step], path: Path) -> Path:
    path.write_bytes(pickle.dumps(list(todo)))
    return path


def load(path: Path) -> list[Step]:
    return pickle.loads(path.read_bytes())  # type: ignore[no-any-return]


async def write(location: str, todo: Sequence[Step], first: int, until: int | None = None) -> None:
    """Take the steps from number ``first`` on; one that is to be killed waits for it before step ``until``."""
    index = await plugins.index_factory(engine(location))(location)
    counted = Counted(index) if isinstance(index, SharedIndex) else None
    unifier = Unifier(counted or index)
    print("open", flush=True)
    for number, step in enumerate(todo):
        if number == until:
            await asyncio.Event().wait()
        if number >= first:
            await do(unifier, step)
            print(number, flush=True)
    await index.close()
    print("conflicts", counted.conflicts if counted else 0, flush=True)


if __name__ == "__main__":
    asyncio.run(write(sys.argv[1], load(Path(sys.argv[2])), *map(int, sys.argv[3:])))
