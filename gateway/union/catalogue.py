"""The shared index as a catalogue that protocol servers serve."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.records.write import to_iso2709

from gateway.core.ports import Index, IndexSearch
from gateway.core.query import Query
from gateway.core.record import Flavour, RawRecord


class UnionResultSet:
    """Positions of a search over the index; each fetch reads just its range."""

    def __init__(self, index: Index, query: Query, total: int) -> None:
        self._index = index
        self._query = query
        self._total = total

    @property
    def total(self) -> int:
        return self._total

    async def fetch(self, start: int, count: int) -> Sequence[RawRecord]:
        page = await self._index.search(IndexSearch(self._query, start=start - 1, size=count))
        return [
            RawRecord(
                source="union",
                payload=to_iso2709(union.record, "utf-8"),
                flavour=union.record.flavour or Flavour.MARC21,
                charset="utf-8",
                local_id=union.id,
                position=position,
                holdings=union.holdings,
            )
            for position, union in enumerate(page.records, start)
        ]


class UnionCatalogue:
    """Database ``union``: every union record of the index."""

    def __init__(self, index: Index) -> None:
        self._index = index

    @property
    def databases(self) -> Sequence[str]:
        return ("union", "Default")

    async def search(self, databases: Sequence[str], query: Query) -> UnionResultSet:
        page = await self._index.search(IndexSearch(query, size=0))
        return UnionResultSet(self._index, query, page.total)
