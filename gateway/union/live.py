"""The shared index and the libraries' own systems behind one set of database names."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from gateway.core.ports import ScanPage
from gateway.core.query import Clause, Query
from gateway.core.record import RawRecord, UnionRecord
from gateway.core.serving import ResultSet, ScanTerm
from gateway.union.catalogue import UnionCatalogue, raw_of

#: Asks these libraries (none named: all) and gives what they have, merged; raises when none of them answers.
Ask = Callable[[Query, Sequence[str]], Awaitable[Sequence[UnionRecord]]]

LIVE = "live"


class LiveResultSet:
    """What the libraries answered, kept as long as the result set is."""

    def __init__(self, unions: Sequence[UnionRecord]) -> None:
        self._unions = tuple(unions)

    @property
    def total(self) -> int:
        return len(self._unions)

    async def fetch(self, start: int, count: int) -> Sequence[RawRecord]:
        chosen = self._unions[max(start, 1) - 1 : max(start, 1) - 1 + max(count, 0)]
        return [raw_of(union, None, position) for position, union in enumerate(chosen, start)]


class LiveCatalogue:
    """``shared`` with one database more, ``live``: together with libraries' databases it asks just those libraries."""

    def __init__(self, shared: UnionCatalogue, ask: Ask) -> None:
        self._shared = shared
        self._ask = ask

    @property
    def databases(self) -> Sequence[str]:
        return (*self._shared.databases, LIVE)

    async def search(self, databases: Sequence[str], query: Query) -> ResultSet:
        others = _others(databases)
        if len(others) == len(databases):
            return await self._shared.search(databases, query)
        return LiveResultSet(await self._ask(query, self._shared.sources(others) or ()))

    async def count(self, databases: Sequence[str], clauses: Sequence[Clause]) -> Sequence[int] | None:
        """See ``gateway.core.serving.CountingCatalogue``; libraries are not asked for it."""
        if len(_others(databases)) < len(databases):
            return None
        return await self._shared.count(databases, clauses)

    @property
    def browsable(self) -> frozenset[str]:
        return self._shared.browsable

    async def browse(self, databases: Sequence[str], clause: Clause, *, before: int, count: int) -> ScanPage:
        """What the index knows of these databases: the libraries' own lists differ too much to be merged."""
        return await self._shared.browse(_others(databases), clause, before=before, count=count)

    async def scan(self, databases: Sequence[str], clause: Clause, *, before: int, count: int) -> Sequence[ScanTerm]:
        return (await self.browse(databases, clause, before=before, count=count)).terms


def _others(databases: Sequence[str]) -> list[str]:
    return [name for name in databases if name.lower() != LIVE]
