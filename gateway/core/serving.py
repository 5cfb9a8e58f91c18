"""What a protocol server (Z39.50, SRU) asks of the catalogue behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from gateway.core.ports import IndexPage, IndexSearch, ScanPage, ScanTerm
from gateway.core.query import Clause, Query
from gateway.core.record import RawRecord

__all__ = [
    "BrowsingCatalogue",
    "Catalogue",
    "CountingCatalogue",
    "DatabaseInfo",
    "DescribedCatalogue",
    "JointCatalogue",
    "ResultSet",
    "ScanTerm",
    "ScanningCatalogue",
]


class ResultSet(Protocol):
    """A finished search; records are fetched by 1-based position."""

    @property
    def total(self) -> int: ...

    async def fetch(self, start: int, count: int) -> Sequence[RawRecord]: ...


class Catalogue(Protocol):
    """One or several databases that can be searched."""

    @property
    def databases(self) -> Sequence[str]:
        """Names, the default first; compared without regard to case."""
        ...

    async def search(self, databases: Sequence[str], query: Query) -> ResultSet:
        """Raises ``UnsupportedQueryError`` with the feature that is lacking."""
        ...


@runtime_checkable
class JointCatalogue(Protocol):
    """A catalogue of union records, which gives a page of them, their facets and their number at once."""

    async def find(self, databases: Sequence[str], search: IndexSearch) -> IndexPage:
        """The search over these databases; what the search itself filters by library is narrowed further by them.

        Raises ``UnsupportedQueryError`` with the feature that is lacking.
        """
        ...


@dataclass(frozen=True, slots=True)
class DatabaseInfo:
    """What a database is called, by language (zh, en)."""

    title: Mapping[str, str]
    description: Mapping[str, str]


@runtime_checkable
class DescribedCatalogue(Protocol):
    """A catalogue that says of its databases what explain records tell clients."""

    def describe(self, database: str) -> DatabaseInfo: ...


@runtime_checkable
class BrowsingCatalogue(Protocol):
    """A catalogue that says which of its access points can be browsed, and where a browse list ends."""

    @property
    def browsable(self) -> frozenset[str]:
        """Access points that can be browsed; none when the index behind it cannot."""
        ...

    async def browse(self, databases: Sequence[str], clause: Clause, *, before: int, count: int) -> ScanPage:
        """As :meth:`ScanningCatalogue.scan`, with the place of the clause's term and the ends of the list."""
        ...


@runtime_checkable
class CountingCatalogue(Protocol):
    """A catalogue that can say at little cost what each part of a query finds by itself."""

    async def count(self, databases: Sequence[str], clauses: Sequence[Clause]) -> Sequence[int] | None:
        """Records of the databases that each clause finds; None where that would mean asking libraries again."""
        ...


@runtime_checkable
class ScanningCatalogue(Protocol):
    """A catalogue whose access points can be browsed too."""

    async def scan(self, databases: Sequence[str], clause: Clause, *, before: int, count: int) -> Sequence[ScanTerm]:
        """``count`` terms of the clause's index in order, of which at most ``before`` lie before the clause's term.

        Raises ``UnsupportedQueryError`` when the index cannot be browsed.
        """
        ...
