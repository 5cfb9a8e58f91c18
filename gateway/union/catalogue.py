"""The shared index as a catalogue that protocol servers serve."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from gateway.core.errors import DataError, UnsupportedQueryError
from gateway.core.ports import Index, IndexPage, IndexScan, IndexSearch, ScanningIndex, ScanPage
from gateway.core.query import Clause, Query, Relation, Truncation
from gateway.core.record import Flavour, RawRecord, Record, UnionRecord
from gateway.core.serving import DatabaseInfo, ScanTerm
from gateway.core.target import Target
from gateway.records import iso2709
from gateway.records.write import to_iso2709

#: Records read at once for whoever reads on, and result sets for which some are held.
_AHEAD, _WINDOWS = 100, 64
_EVERYTHING = ("union", "Default")
_TITLES: Mapping[str, str] = MappingProxyType({"zh": "文渊联合目录", "en": "Wenyuan union catalogue"})
_NOTHING = IndexPage(0, ())
#: Relations whose term is a place in a list.
_PLACES = frozenset((Relation.ALL, Relation.ANY, Relation.PHRASE, Relation.EXACT, Relation.EQ, Relation.GE))


class UnionResultSet:
    """Positions of a search over the index; each fetch reads just its range."""

    def __init__(self, catalogue: UnionCatalogue, databases: Sequence[str], query: Query, total: int) -> None:
        self._catalogue = catalogue
        self._databases = databases
        self._query = query
        self._total = total
        self._next = 1  #: where the last reading ended

    @property
    def total(self) -> int:
        return self._total

    async def fetch(self, start: int, count: int) -> Sequence[RawRecord]:
        """Whoever reads on where he stopped is read ahead for: the search is not made anew for each few records."""
        first, held = self._catalogue.windows.get(self, (0, ()))
        if first <= start and start + count <= first + len(held):
            self._next = start + count
            return held[start - first : start - first + count]
        ahead = min(_AHEAD, self._total - start + 1) if start == self._next and start > 1 else 0
        self._next = start + count
        search = IndexSearch(self._query, sort=self._query.sort, start=start - 1, size=max(count, ahead))
        page = await self._catalogue.find(self._databases, search)
        sources = self._catalogue.sources(self._databases)
        raws = [raw_of(union, sources, position) for position, union in enumerate(page.records, start)]
        if len(raws) > count:
            self._catalogue.keep(self, start, raws)
        return raws[:count]


def raw_of(union: UnionRecord, sources: Sequence[str] | None, position: int) -> RawRecord:
    """The union record in MARC; for some libraries only (``sources``): as the first of them has it, with its copies."""
    record: Record = union.record
    if sources is not None:
        record = next((member for member in union.members if member.source in sources), record)
    return _Presented.of(
        union,
        sources,
        source="union" if record is union.record else record.source,
        payload=_as_held(record) or _in_utf8(record),
        flavour=record.flavour or Flavour.MARC21,
        position=position,
    )


class _Presented(RawRecord):
    """A raw record in UTF-8 whose copies are gathered when somebody asks for them: most syntaxes have no place for
    any."""

    __slots__ = ("_merged", "_sources")

    _merged: Record  # not the union: records that were read ahead would keep all its members
    _sources: Sequence[str] | None

    @classmethod
    def of(
        cls,
        union: UnionRecord,
        sources: Sequence[str] | None,
        *,
        source: str,
        payload: bytes,
        flavour: Flavour,
        position: int,
    ) -> _Presented:
        raw = cls.__new__(cls)
        put = object.__setattr__
        put(raw, "source", source)
        put(raw, "payload", payload)
        put(raw, "format", "iso2709")
        put(raw, "flavour", flavour)
        put(raw, "charset", "utf-8")
        put(raw, "local_id", union.id)
        put(raw, "position", position)
        put(raw, "_merged", union.record)
        put(raw, "_sources", sources)
        return raw

    def __getattr__(self, name: str) -> Any:
        # Only reached while the slot is empty.
        if name != "holdings":
            raise AttributeError(name)
        found = self._merged.holdings
        if self._sources is not None:
            found = tuple(holding for holding in found if holding.source in self._sources)
        object.__setattr__(self, "holdings", found)
        return found


def _in_utf8(record: Record) -> bytes:
    """The record's own MARC written in UTF-8, or one that is built of what is known of it."""
    raw = record.raw
    if raw is not None and raw.format == "iso2709":
        try:
            return iso2709.write(iso2709.read(raw.payload, raw.charset, settled=record.charset))
        except DataError:
            return to_iso2709(record, "utf-8")
    return to_iso2709(record, "utf-8")


def _as_held(record: Record) -> bytes | None:
    """The bytes that came, where they are a sound record in UTF-8 already: nothing is read and written anew."""
    raw = record.raw
    if raw is None or raw.format != "iso2709":
        return None
    data = raw.payload
    base = data[12:17]
    if data[:5] != b"%05d" % len(data) or data[-2:] != b"\x1e\x1d" or data[10:12] != b"22" or not base.isdigit():
        return None
    last = data[int(base) - 10 : int(base) - 1]  # length and start of the last field, which ends the record
    if not last.isdigit() or int(last[:4]) + int(last[4:]) + int(base) + 1 != len(data):
        return None
    marked = data[9:10] == b"a" or record.flavour is not Flavour.MARC21
    plain = data.isascii() and b"\x1b" not in data  # MARC-8 has Chinese in ASCII bytes after an escape
    return data if plain or (marked and record.charset == "utf-8") else None


class UnionCatalogue:
    """Database ``union`` is every union record of the index; each library's id is the database of what it has.

    ``rewrite`` turns a query into what the index can answer (``gateway.federation.planner.for_index``), None when
    nothing can match.
    """

    def __init__(
        self,
        index: Index,
        targets: Sequence[Target] = (),
        rewrite: Callable[[Query], Query | None] = lambda query: query,
        title: Mapping[str, str] = _TITLES,
    ) -> None:
        self._index = index
        self._targets = {
            target.id.lower(): target for target in targets if target.id.lower() not in ("union", "default")
        }
        self._rewrite = rewrite
        self._title = title
        self.windows: dict[UnionResultSet, tuple[int, Sequence[RawRecord]]] = {}  #: read ahead, the latest last

    def keep(self, results: UnionResultSet, start: int, raws: Sequence[RawRecord]) -> None:
        """Records that will probably be asked for next; only those of the result sets that were last read on."""
        self.windows.pop(results, None)
        self.windows[results] = (start, raws)
        if len(self.windows) > _WINDOWS:
            del self.windows[next(iter(self.windows))]

    @property
    def databases(self) -> Sequence[str]:
        return (*_EVERYTHING, *(target.id for target in self._targets.values()))

    def describe(self, database: str) -> DatabaseInfo:
        target = self._targets.get(database.lower())
        if target is None:
            return DatabaseInfo(
                self._title,
                {"zh": "各馆书目，同一版本合为一条", "en": "The records of all libraries, one for each edition"},
            )
        return DatabaseInfo(
            {"zh": target.label("zh"), "en": target.label("en")},
            {"zh": "此馆入藏的联合书目", "en": "The union records that this library has"},
        )

    async def search(self, databases: Sequence[str], query: Query) -> UnionResultSet:
        page = await self.find(databases, IndexSearch(query, size=0))
        return UnionResultSet(self, databases, query, page.total)

    async def count(self, databases: Sequence[str], clauses: Sequence[Clause]) -> Sequence[int]:
        """See :class:`gateway.core.serving.CountingCatalogue`."""
        searches = (self.find(databases, IndexSearch(Query(clause), size=0)) for clause in clauses)
        return [page.total for page in await asyncio.gather(*searches)]

    async def find(self, databases: Sequence[str], search: IndexSearch) -> IndexPage:
        """See :class:`gateway.core.serving.JointCatalogue`."""
        if search.query is not None:
            query = self._rewrite(search.query)
            if query is None:
                return replace(_NOTHING, facets=dict.fromkeys(search.facets, ()))
            search = replace(search, query=query)
        sources = self.sources(databases)
        if sources is not None:
            chosen = {value for name, value in search.filters if name == "library"}
            kept = [source for source in sources if not chosen or source in chosen]
            if not kept:
                return replace(_NOTHING, facets=dict.fromkeys(search.facets, ()))
            others = tuple(pair for pair in search.filters if pair[0] != "library")
            search = replace(search, filters=(*others, *(("library", source) for source in kept)))
        return await self._index.search(search)

    @property
    def browsable(self) -> frozenset[str]:
        return self._index.browsable if isinstance(self._index, ScanningIndex) else frozenset()

    async def browse(self, databases: Sequence[str], clause: Clause, *, before: int, count: int) -> ScanPage:
        """Whole headings and codes; a word with masks or a range is no place in such a list."""
        if not isinstance(self._index, ScanningIndex) or clause.index not in self._index.browsable:
            raise UnsupportedQueryError(f"'{clause.index}' cannot be browsed here", feature=f"index {clause.index}")
        if clause.truncation is not Truncation.NONE or clause.relation not in _PLACES:
            raise UnsupportedQueryError(
                "A list begins at a term; give the term itself, without masks or ranges",
                feature=f"relation {clause.relation.value} in a scan clause",
            )
        scan = IndexScan(clause.index, clause.term, before, count, self.sources(databases))
        return await self._index.scan(scan)

    async def scan(self, databases: Sequence[str], clause: Clause, *, before: int, count: int) -> Sequence[ScanTerm]:
        """See :class:`gateway.core.serving.ScanningCatalogue`."""
        return (await self.browse(databases, clause, before=before, count=count)).terms

    def sources(self, databases: Sequence[str]) -> tuple[str, ...] | None:
        """The libraries that the databases are; None for all of them."""
        named = [self._targets.get(name.lower()) for name in databases]
        return None if not named or None in named else tuple(target.id for target in named if target is not None)
