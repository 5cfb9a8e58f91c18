"""Clustering of records into union records, incrementally, over any index.

Every change is one atomic ``index.apply``: the records, the unions that now hold them and the ids that are no more.
The lock makes changes of one process follow one another. Where other processes write to the same index, each change is
worked out over a view that notices theirs, and worked out afresh when it does.
"""

from __future__ import annotations

import asyncio
import dataclasses
import random
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TypeVar

from gateway.core.errors import ConflictError
from gateway.core.ports import Change, Index, SharedIndex
from gateway.core.record import Record, UnionRecord
from gateway.records import keys, matching
from gateway.records.merge import merge
from gateway.union.component import Neighbourhood

T = TypeVar("T")

#: Of several writers at least one gets through each time, so this many rounds are for crowds.
_ATTEMPTS = 60
_LONGEST_PAUSE = 0.5


class Unifier:
    """One per index. ``add`` and ``delete`` may be called from many tasks."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._lock = asyncio.Lock()

    async def add(self, records: Sequence[Record]) -> list[UnionRecord]:
        """Insert or replace records by id; return the unions that hold them, each once, in the order of the records.

        Of several records with one id the last counts. A record that is stored already with the same raw and the same
        values is not written again.
        """
        coming = {record.id: record for record in records}
        if not coming:
            return []
        async with self._lock:
            return await self._undisturbed(lambda index: _add(index, coming))

    async def delete(self, record_ids: Sequence[str]) -> int:
        """Take records out that are gone at their source; return how many there were."""
        async with self._lock:
            return await self._undisturbed(lambda index: _delete(index, frozenset(record_ids)))

    async def _undisturbed(self, work: Callable[[Index], Awaitable[T]]) -> T:
        """Do it over a view of the index, again when another writer came between."""
        if not isinstance(self._index, SharedIndex):
            return await work(self._index)
        for attempt in range(1, _ATTEMPTS):
            try:
                return await work(await self._index.begin())
            except ConflictError:
                await asyncio.sleep(random.uniform(0, min(0.02 * attempt, _LONGEST_PAUSE)))  # noqa: S311 (jitter)
        return await work(await self._index.begin())

    async def resolve(self, uid: str) -> UnionRecord | None:
        """The union that holds the member with this uid, whatever it was merged with since."""
        return await self._index.resolve(uid)


async def _add(index: Index, coming: dict[str, Record]) -> list[UnionRecord]:
    before = await index.unions_of(list(coming))
    stored = {member.id: member for union in before for member in union.members if member.id in coming}
    changed = {uid: record for uid, record in coming.items() if uid not in stored or not _alike(record, stored[uid])}
    if changed:
        await _change(index, changed, [stored[uid] for uid in changed if uid in stored], frozenset())
    after = await index.unions_of(list(coming)) if changed else before
    holding = {member.id: union for union in after for member in union.members}
    # Another writer may have deleted one already.
    return list({holding[uid].id: holding[uid] for uid in coming if uid in holding}.values())


async def _delete(index: Index, wanted: frozenset[str]) -> int:
    before = await index.unions_of(sorted(wanted))
    gone = [member for union in before for member in union.members if member.id in wanted]
    if gone:
        await _change(index, {}, gone, frozenset(record.id for record in gone))
    return len(gone)


async def _change(index: Index, changed: dict[str, Record], old: Iterable[Record], going: frozenset[str]) -> None:
    around = Neighbourhood(index, changed, going)
    seeds = list(changed.values())
    for record in old:
        seeds += [around.record(uid) for uid in await around.linked(record)]
    component, before = await _closed(index, around, seeds, [record.id for record in old], going)
    unions = await asyncio.to_thread(_unions, around, component, before, frozenset(changed))
    same = {union.id: union for union in before}
    written = tuple(union for union in unions if same.get(union.id) is not union)
    dissolved = tuple(sorted(set(same) - {union.id for union in unions}))
    await index.apply(Change(tuple(changed.values()), written, dissolved, tuple(sorted(going))))


async def _closed(
    index: Index, around: Neighbourhood, seeds: list[Record], touched: list[str], going: frozenset[str]
) -> tuple[set[str], Sequence[UnionRecord]]:
    """All ids to partition, and the unions that hold any of them now.

    A stored union may hold members that are no longer linked (the rules of another version of the program made it);
    they are drawn in, so that no record is ever left without a union.
    """
    component = await around.component(seeds)
    while True:
        before = await index.unions_of(sorted({*component, *touched}))
        outside = [
            member
            for union in before
            for member in union.members
            if member.id not in component and member.id not in going
        ]
        if not outside:
            return component, before
        component |= await around.component(outside)


def _unions(
    around: Neighbourhood, component: set[str], before: Sequence[UnionRecord], changed: frozenset[str]
) -> list[UnionRecord]:
    """The unions of these records; one that has not changed is the very object from ``before``."""
    held = {union.id: union for union in before}
    out: list[UnionRecord] = []
    for cluster in matching.partition([around.features(uid) for uid in sorted(component)]):
        ids = cluster.ids
        old = held.get(min(map(keys.uid, ids)))
        if old is not None and changed.isdisjoint(ids) and {member.id for member in old.members} == set(ids):
            out.append(old)
        else:
            out.append(merge([around.record(uid) for uid in ids], cluster.why))
    return out


def _alike(new: Record, old: Record) -> bool:
    """Whether writing ``new`` over ``old`` would change nothing; a raw's place in some result set does not count."""
    if new.raw is None or old.raw is None:
        return new == old
    one, other = new.raw, old.raw
    return (
        one.payload == other.payload
        and one.holdings == other.holdings
        and (one.format, one.flavour, one.charset, one.local_id)
        == (other.format, other.flavour, other.charset, other.local_id)
        and _same_values(new, old)
    )


_VALUES = tuple(field.name for field in dataclasses.fields(Record) if field.name != "raw")


def _same_values(new: Record, old: Record) -> bool:
    return all(getattr(new, name) == getattr(old, name) for name in _VALUES)
