"""The part of the match graph that a change can touch.

Two records are linked when they share a block key and are judged the same, and when a cataloguer joined them. Whether a
cluster is right depends on everything that is linked to it, however far, and on nothing else; so whatever touches a
component means that all of it is partitioned afresh. That makes the result independent of the order in which records
arrive.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

from gateway.core.courtesy import give_way
from gateway.core.ports import Index
from gateway.core.record import Record
from gateway.records import keys, matching
from gateway.records.constraints import FREE, Constraints


class Neighbourhood:
    """Records at hand with their keys and features, each worked out once; the index is asked for those not at hand.

    For one task alone, which awaits what it asks for; what takes the processor is done beside the event loop.
    """

    def __init__(
        self, index: Index, coming: Mapping[str, Record], going: Iterable[str], decided: Constraints = FREE
    ) -> None:
        self._index = index
        self._decided = decided
        self._coming = coming
        self._going = frozenset(going)
        self._seen: dict[str, _Node] = {}
        self._by_key: dict[str, dict[str, _Node]] = {}
        self._asked: set[str] = set()
        self._new = tuple(coming.values())  #: not yet taken

    def record(self, record_id: str) -> Record:
        return self._seen[record_id].record

    def features(self, record_id: str) -> keys.Features:
        return self._seen[record_id].features

    async def linked(self, record: Record) -> set[str]:
        """Ids of what a record (perhaps an old version, not in the graph itself) is linked to."""
        node = _Node(record)
        await self._ask(node.keys)
        return await asyncio.to_thread(self._neighbours, node) | await self._partners([record.id])

    async def component(self, seeds: Iterable[Record]) -> set[str]:
        """Ids of all records that hang together with one of the seeds."""
        frontier = await self._taken(seeds)
        found = {node.record.id for node in frontier}
        while frontier:
            await self._ask({key for node in frontier for key in node.keys})
            reached = await asyncio.to_thread(self._reached, frontier)
            if self._decided:
                reached |= await self._partners([node.record.id for node in frontier])
            reached -= found
            found |= reached
            frontier = [self._seen[uid] for uid in reached]
        return found

    async def _ask(self, wanted: Iterable[str]) -> None:
        new = [key for key in wanted if key not in self._asked]
        self._asked.update(new)
        found = await self._index.candidates(new) if new else ()
        await self._taken([one for one in found if one.id not in self._going and one.id not in self._coming])

    async def _taken(self, records: Iterable[Record]) -> list[_Node]:
        """The nodes of these records, now at hand."""
        records = list(records)
        new, self._new = self._new, ()
        if not new and not records:
            return []
        return (await asyncio.to_thread(self._take_all, [*new, *records]))[len(new) :]

    def _take_all(self, records: Iterable[Record]) -> list[_Node]:
        return [self._take(record) for record in records]

    async def _partners(self, record_ids: Iterable[str]) -> set[str]:
        """Ids of the records that cataloguers joined to these, as far as they are there."""
        named = {partner for name in record_ids for partner in self._decided.partners(name)} - self._going
        if missing := sorted(named - self._seen.keys()):
            for union in await self._index.unions_of(missing):
                for member in union.members:
                    if member.id in named:
                        self._take(member)
        return named & self._seen.keys()

    def _take(self, record: Record) -> _Node:
        node = self._seen.get(record.id)
        if node is None:
            give_way()
            node = self._seen[record.id] = _Node(record)
            for key in node.keys:
                self._by_key.setdefault(key, {})[record.id] = node
        return node

    def _reached(self, nodes: Iterable[_Node]) -> set[str]:
        return {uid for node in nodes for uid in self._neighbours(node)}

    def _neighbours(self, node: _Node) -> set[str]:
        give_way()
        out: set[str] = set()
        compared = {node.record.id}
        for key in node.keys:
            for uid, other in self._by_key.get(key, {}).items():
                if uid in compared:
                    continue
                compared.add(uid)
                if matching.same(node.features, other.features):
                    out.add(uid)
        return out


class _Node:
    __slots__ = ("features", "keys", "record")

    def __init__(self, record: Record) -> None:
        self.record = record
        self.features = keys.features(record)
        self.keys = keys.feature_keys(self.features)
