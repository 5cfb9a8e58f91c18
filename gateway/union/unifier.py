"""Clustering of records into union records, incrementally, over any index.

Every change is one atomic ``index.apply``: the records, the unions that now hold them and the ids that are no more.
The lock makes changes of one process follow one another. Where other processes write to the same index, each change is
worked out over a view that notices theirs, and worked out afresh when it does.

What cataloguers decided (``gateway.union.cataloguing``) takes part in every change: the clusters depend on the records
and the decisions that there are, whichever of them came first.
"""

from __future__ import annotations

import asyncio
import dataclasses
import random
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TypeVar

from gateway.core.courtesy import give_way
from gateway.core.decision import Decision
from gateway.core.errors import ConfigurationError, ConflictError
from gateway.core.ports import Change, DecidingIndex, Index, SharedIndex
from gateway.core.record import Record, UnionRecord
from gateway.records import keys
from gateway.records.clusters import partition
from gateway.records.constraints import FREE, Constraints
from gateway.records.merge import merge
from gateway.union.component import Neighbourhood

T = TypeVar("T")

#: Of several writers at least one gets through each time, so this many rounds are for crowds.
_ATTEMPTS = 60
_LONGEST_PAUSE = 0.5

#: Given a view of the index and the decisions of now, what is to be decided; whatever it reads there counts as read.
Decide = Callable[[Index, Sequence[Decision]], Awaitable[Sequence[Decision]]]


class Unifier:
    """One per index. ``add`` and ``delete`` may be called from many tasks."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._lock = asyncio.Lock()
        self._decided: tuple[Sequence[Decision], Constraints] = ((), FREE)

    async def add(self, records: Sequence[Record]) -> list[UnionRecord]:
        """Insert or replace records by id; return the unions that hold them, each once, in the order of the records.

        Of several records with one id the last counts. A record that is stored already with the same raw and the same
        values is not written again.
        """
        coming = {record.id: record for record in records}
        if not coming:
            return []
        async with self._lock:
            return await self._undisturbed(lambda index: self._add(index, coming))

    async def delete(self, record_ids: Sequence[str]) -> int:
        """Take records out that are gone at their source; return how many there were."""
        async with self._lock:
            return await self._undisturbed(lambda index: self._delete(index, frozenset(record_ids)))

    async def decide(self, decide: Decide) -> list[UnionRecord]:
        """Write the decisions that ``decide`` gives, and cluster all that they are about afresh, in one change.

        Returns the unions that hold the records they name, in the order of their ids. ``decide`` may be called more
        than once, and raises what the caller is to see.
        """
        async with self._lock:
            return await self._undisturbed(lambda index: self._decide(index, decide))

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

    async def _add(self, index: Index, coming: dict[str, Record]) -> list[UnionRecord]:
        before = await index.unions_of(list(coming))
        stored = {member.id: member for union in before for member in union.members if member.id in coming}
        changed = await asyncio.to_thread(_changed, coming, stored)
        if changed:
            await self._change(index, changed, [stored[uid] for uid in changed if uid in stored], frozenset())
        after = await index.unions_of(list(coming)) if changed else before
        holding = {member.id: union for union in after for member in union.members}
        # Another writer may have deleted one already.
        return list({holding[uid].id: holding[uid] for uid in coming if uid in holding}.values())

    async def _delete(self, index: Index, wanted: frozenset[str]) -> int:
        before = await index.unions_of(sorted(wanted))
        gone = [member for union in before for member in union.members if member.id in wanted]
        if gone:
            await self._change(index, {}, gone, frozenset(record.id for record in gone))
        return len(gone)

    async def _change(
        self, index: Index, changed: dict[str, Record], old: Iterable[Record], going: frozenset[str]
    ) -> None:
        decided = self._constraints(await decisions_of(index))
        around = Neighbourhood(index, changed, going, decided)
        seeds = list(changed.values())
        for record in old:
            seeds += [around.record(uid) for uid in await around.linked(record)]
        component, before = await _closed(index, around, seeds, [record.id for record in old], going)
        written, dissolved = await asyncio.to_thread(_unions, around, component, before, decided, frozenset(changed))
        heirs = {
            member.id: tuple(other.id for other in union.members if other.id not in going)
            for union in (before if going else ())
            for member in union.members
            if member.id in going
        }
        await index.apply(Change(tuple(changed.values()), written, dissolved, tuple(sorted(going)), heirs))

    async def _decide(self, index: Index, decide: Decide) -> list[UnionRecord]:
        if not isinstance(index, DecidingIndex):
            raise ConfigurationError("This index cannot keep decisions; move it to one that can (wenyuan index move)")
        known = await index.decisions()
        made = tuple(await decide(index, known))
        decided = Constraints({one.id: one for one in (*known, *made)}.values())
        named = sorted({name for one in made for name in one.named})
        around = Neighbourhood(index, {}, (), decided)
        seeds = [member for union in await index.unions_of(named) for member in union.members]
        component, before = await _closed(index, around, seeds, [], frozenset())
        written, dissolved = await asyncio.to_thread(_unions, around, component, before, decided, frozenset())
        await index.apply(Change((), written, dissolved, decisions=made))
        return sorted(await self._index.unions_of(named), key=lambda union: union.id)

    def _constraints(self, decisions: Sequence[Decision]) -> Constraints:
        if self._decided[0] is not decisions:
            self._decided = (decisions, Constraints(decisions))
        return self._decided[1]


async def decisions_of(index: Index) -> tuple[Decision, ...]:
    """What was decided about the records of this index; nothing where an index keeps no decisions."""
    return await index.decisions() if isinstance(index, DecidingIndex) else ()


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
    around: Neighbourhood,
    component: set[str],
    before: Sequence[UnionRecord],
    decided: Constraints,
    changed: frozenset[str],
) -> tuple[tuple[UnionRecord, ...], tuple[str, ...]]:
    """The unions of these records that are to be written, and the ids of those before that are no more."""
    held = {union.id: union for union in before}
    gone = set(held)
    out: list[UnionRecord] = []
    for cluster in partition([around.features(uid) for uid in sorted(component)], decided):
        give_way()
        ids = cluster.ids
        union_id = min(map(keys.uid, ids))
        gone.discard(union_id)
        old = held.get(union_id)
        as_before = old is not None and changed.isdisjoint(ids) and {member.id for member in old.members} == set(ids)
        if not (as_before and old is not None and old.why == cluster.why):
            out.append(merge([around.record(uid) for uid in ids], cluster.why))
    return tuple(out), tuple(sorted(gone))


def _changed(coming: dict[str, Record], stored: dict[str, Record]) -> dict[str, Record]:
    """Those that are new or other than they are stored; to compare them all their values are worked out."""
    changed = {}
    for uid, record in coming.items():
        give_way()
        if uid not in stored or not _alike(record, stored[uid]):
            changed[uid] = record
    return changed


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
