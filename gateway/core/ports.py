"""What the gateway asks of connectors and indexes. Adapters are found by entry point and satisfy these protocols."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from gateway.core.deadline import Deadline
from gateway.core.decision import Decision
from gateway.core.query import Query, SortKey
from gateway.core.record import RawRecord, Record, UnionRecord
from gateway.core.target import Diagnostic, Target


@dataclass(frozen=True, slots=True)
class Page:
    """Some records of a target's result set, as they arrive."""

    total: int  #: hits in the target's result set
    records: tuple[RawRecord, ...]
    diagnostics: tuple[Diagnostic, ...] = ()  #: non-fatal: surrogate diagnostics, limits, warnings


@runtime_checkable
class Connector(Protocol):
    """One target behind one protocol. Made once per target, used by many searches at once, closed at the end."""

    def search(self, query: Query, *, start: int, limit: int, deadline: Deadline) -> AsyncIterator[Page]:
        """Yield pages of the result set from 1-based ``start``, at most ``limit`` records in all.

        Yields at least one page (with the total) unless it raises. Raises ``UnsupportedQueryError`` before anything is
        sent when the query cannot be expressed; ``FatalTargetError``, ``RetriableError`` or ``ProtocolError`` else.
        The deadline is of ``asyncio``'s loop time; cancellation frees the connection at once.
        """
        ...

    async def close(self) -> None: ...


@runtime_checkable
class WarmingConnector(Protocol):
    """A connector that can open its connection before the first search pays for it."""

    async def warm(self, deadline: Deadline) -> None:
        """Raises as ``search`` does when the target cannot be reached."""
        ...


@dataclass(frozen=True, slots=True)
class Batch:
    """One step of a harvest: what a source has new, changed or deleted, and where the harvest goes on behind it."""

    records: tuple[RawRecord, ...]
    cursor: str  #: opaque text for ``harvest``; after the last batch it is where the next harvest begins
    deletions: tuple[str, ...] = ()  #: local ids that are gone at the source
    faults: tuple[str, ...] = ()  #: sentences about records that could not be read out of the answer
    notes: tuple[str, ...] = ()  #: sentences about the source that concern no single record
    total: int | None = None  #: records in the whole list, when the source says


@runtime_checkable
class HarvestingConnector(Protocol):
    """A connector whose target can be copied whole, then kept up by what changed since."""

    def harvest(self, cursor: str = "") -> AsyncIterator[Batch]:
        """Yield everything from ``cursor`` on ("": everything there is) and end when the source has no more.

        May be taken up again from the cursor of any batch; what it gives may then come twice, but nothing is left
        out. Raises ``RetriableError`` (go on from the last cursor after its ``retry_after``), ``FatalTargetError`` or
        ``ProtocolError``.
        """
        ...


class ConnectorFactory(Protocol):
    """The entry point of group ``wenyuan.connectors``."""

    def __call__(self, target: Target) -> Connector: ...


@dataclass(frozen=True, slots=True)
class IndexSearch:
    """One request to an index. ``query`` None asks for everything."""

    query: Query | None
    filters: tuple[tuple[str, str], ...] = ()  #: (facet, value); values of one facet are or-ed, facets and-ed
    sort: tuple[SortKey, ...] = ()
    start: int = 0  #: 0-based
    size: int = 20
    facets: tuple[str, ...] = ()
    facet_size: int = 30
    forgiving: bool = False  #: when nothing matches as typed, show what is nearly so (``IndexPage.approximate``)
    #: (facet, value): of the facet ``class`` the values directly under this one are counted, too
    within: tuple[tuple[str, str], ...] = ()
    #: (region, ids of its libraries): what filters by the facet ``region`` mean and what that facet counts
    regions: tuple[tuple[str, tuple[str, ...]], ...] = ()
    histogram: bool = False  #: count every year (``IndexPage.years``)
    #: "" begins a walk through the whole result, ``IndexPage.cursor`` goes on with it; None is an ordinary page.
    #: A walk sees the index as it was at its beginning, whatever is written meanwhile, and is not bound by ``start``.
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class FacetValue:
    value: str
    count: int


@dataclass(frozen=True, slots=True)
class IndexPage:
    total: int
    records: tuple[UnionRecord, ...]
    facets: Mapping[str, tuple[FacetValue, ...]] = field(default_factory=dict)
    approximate: bool = False  #: nothing matched as typed: these match nearly
    suggestion: str = ""  #: what was probably meant, as text to type, when the page is approximate
    years: tuple[tuple[int, int], ...] = ()  #: (year, records) under all filters but those of years, in order
    cursor: str = ""  #: where a walk goes on; "" at its end. What was deleted since it began is left out of pages


@dataclass(frozen=True, slots=True)
class Change:
    """One atomic step of an index: these records were (re)written, these unions now hold them.

    ``unions`` are complete; ``dissolved`` are ids of unions that no longer exist under that id.
    """

    records: tuple[Record, ...]
    unions: tuple[UnionRecord, ...]
    dissolved: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()  #: record ids that are gone at their source
    #: by deleted record the ids of those that were in one union with it and stay (``TracingIndex``)
    heirs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    decisions: tuple[Decision, ...] = ()  #: made or undone with this change; one with a known id takes its place


@runtime_checkable
class Index(Protocol):
    """The shared index: the truth about every record seen, and the search over their unions."""

    async def apply(self, change: Change) -> None:
        """Store durably; visible to ``search`` at the latest after ``refresh``."""
        ...

    async def candidates(self, keys: Sequence[str]) -> tuple[Record, ...]:
        """All stored records that share one of these match keys (``gateway.records.keys.block_keys``)."""
        ...

    async def unions_of(self, record_ids: Sequence[str]) -> tuple[UnionRecord, ...]:
        """The unions that hold these records (``source:local_id``), each once."""
        ...

    async def known(self, record_ids: Sequence[str]) -> frozenset[str]:
        """Those of the record ids that are stored; cheap, nothing is decoded."""
        ...

    async def resolve(self, uid: str) -> UnionRecord | None:
        """The union that holds the member with this uid (a union's id is one of them)."""
        ...

    async def search(self, search: IndexSearch) -> IndexPage: ...

    async def refresh(self) -> None:
        """Make everything applied so far visible to ``search``."""
        ...

    async def statistics(self) -> Mapping[str, int]:
        """At least ``records`` and ``unions``."""
        ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Listed:
    """A union record, living or gone, in the order in which unions last changed."""

    id: str
    at: int  #: when it was last changed, in seconds since 1970; never less than that of an earlier change
    sources: tuple[str, ...]  #: target ids of the libraries that have it; of a gone one: that had it
    mark: str  #: opaque text: the list goes on behind this one
    union: UnionRecord | None = None  #: None when it is gone, or when only the heads were asked for
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """Which unions to list: those whose last change lies in ``since`` … ``until`` (both included)."""

    since: int | None = None  #: seconds since 1970
    until: int | None = None
    sources: tuple[str, ...] | None = None  #: only those that one of these libraries has (or had, when gone)


@runtime_checkable
class ListingIndex(Protocol):
    """An index that can list its unions by change, gone ones included: what a harvester of us needs."""

    async def listed(self, listing: Listing, *, after: str = "", size: int, whole: bool) -> tuple[Listed, ...]:
        """The next ``size`` behind the mark ``after`` (raises ``ValueError`` when that is none), the oldest change
        first; ``whole`` gives the union records, too. What changes while a list is read moves to its end, so that a
        reader who follows the marks misses nothing and ends."""
        ...

    async def listed_count(self, listing: Listing) -> int: ...

    async def listed_one(self, union_id: str, *, whole: bool) -> Listed | None:
        """The union that has or last had exactly this id; None when none ever did."""
        ...

    async def listed_first(self) -> int | None:
        """When the oldest change happened, in seconds since 1970; None for an empty index."""
        ...

    async def sources(self) -> Mapping[str, int]:
        """How many records each source has, by target id."""
        ...


@dataclass(frozen=True, slots=True)
class ScanTerm:
    """One entry of a browse list. Asking for exactly ``term`` in its access point finds ``count`` records."""

    term: str  #: folded
    count: int
    display: str = ""  #: as a cataloguer wrote it, where that is known


@dataclass(frozen=True, slots=True)
class IndexScan:
    """Which part of an access point's terms, in the order of their folded text."""

    index: str  #: access point
    term: str  #: as typed; the list begins at the first term that is not before it
    before: int = 0  #: so many terms before that one, too, as far as there are
    count: int = 10  #: terms in all
    sources: tuple[str, ...] | None = None  #: count only what one of these libraries has; terms of others are left out


@dataclass(frozen=True, slots=True)
class ScanPage:
    terms: tuple[ScanTerm, ...]
    before: int = 0  #: how many of them lie before the term that was asked for
    first: bool = False  #: nothing lies before these
    last: bool = False  #: nothing follows them


@runtime_checkable
class ScanningIndex(Protocol):
    """An index whose access points can be browsed."""

    @property
    def browsable(self) -> frozenset[str]:
        """The access points that ``scan`` knows."""
        ...

    async def scan(self, scan: IndexScan) -> ScanPage:
        """Raises ``UnsupportedQueryError`` for another access point."""
        ...


@dataclass(frozen=True, slots=True)
class Completion:
    """What a reader may be about to type."""

    text: str  #: as a cataloguer wrote it
    index: str  #: the access point whose value it is: title, author or subject


@runtime_checkable
class CompletingIndex(Protocol):
    """An index that completes what is being typed."""

    async def complete(self, beginning: str, *, size: int = 10) -> tuple[Completion, ...]:
        """Titles, authors and subjects that begin so (in any script, in pinyin or its initials), those of the records
        that most libraries have first; each text once. Empty when there is none, whatever was typed."""
        ...


@runtime_checkable
class SimilarIndex(Protocol):
    """An index that knows what else a reader of one record may want."""

    async def similar(self, union: UnionRecord, *, size: int = 5) -> tuple[UnionRecord, ...]:
        """Others about the same subjects, of the same people, class or series, the nearest first; never the record
        itself."""
        ...


@runtime_checkable
class DecidingIndex(Protocol):
    """An index that keeps what cataloguers decided: written by ``apply`` in one step with what came of it."""

    async def decisions(self) -> tuple[Decision, ...]:
        """All of them, undone ones included, the oldest first; costs nothing while there are no new ones."""
        ...


@runtime_checkable
class TracingIndex(Protocol):
    """An index that remembers, of a record that is gone, which others were in one union with it."""

    async def heirs(self, uid: str) -> tuple[str, ...] | None:
        """Ids of the records that were left when the one with this uid went; None when no record with it ever went."""
        ...


@runtime_checkable
class NotingIndex(Protocol):
    """An index that keeps small texts beside its records, as durable as they are, and lost with them only."""

    async def note(self, name: str) -> str | None: ...

    async def set_note(self, name: str, value: str) -> None: ...


@runtime_checkable
class SharedIndex(Index, Protocol):
    """An index that several processes write at once."""

    async def begin(self) -> Index:
        """A view of the index for one change: what is read through it is remembered, and its ``apply`` raises
        ``ConflictError``, and changes nothing, when another writer changed any of that since.
        """
        ...


@runtime_checkable
class RebuildingIndex(Protocol):
    """An index that can make its searched side anew from the records it keeps, in the present format, while searches
    and writes go on."""

    async def rebuild(self, progress: Callable[[int], None] | None = None) -> int:
        """Return how many unions the new side holds (what is left of gone ones included, where that is kept with
        them). ``progress`` hears how many are done. Until it is whole, and if it fails, searches see the old one."""
        ...


class IndexFactory(Protocol):
    """The entry point of group ``wenyuan.indexes``. ``location`` is a folder or a URL; ``outdated`` asks for an index
    of an earlier format, too, which is only to be rebuilt."""

    async def __call__(self, location: str, *, outdated: bool = False) -> Index: ...
