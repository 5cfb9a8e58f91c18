"""What the gateway asks of connectors and indexes. Adapters are found by entry point and satisfy these protocols."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from gateway.core.deadline import Deadline
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


@dataclass(frozen=True, slots=True)
class FacetValue:
    value: str
    count: int


@dataclass(frozen=True, slots=True)
class IndexPage:
    total: int
    records: tuple[UnionRecord, ...]
    facets: Mapping[str, tuple[FacetValue, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """One atomic step of an index: these records were (re)written, these unions now hold them.

    ``unions`` are complete; ``dissolved`` are ids of unions that no longer exist under that id.
    """

    records: tuple[Record, ...]
    unions: tuple[UnionRecord, ...]
    dissolved: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()  #: record ids that are gone at their source


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


class IndexFactory(Protocol):
    """The entry point of group ``wenyuan.indexes``. ``location`` is a folder or a URL."""

    async def __call__(self, location: str) -> Index: ...
