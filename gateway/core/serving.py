"""What a protocol server (Z39.50, SRU) asks of the catalogue behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from gateway.core.query import Clause, Query
from gateway.core.record import RawRecord


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


@dataclass(frozen=True, slots=True)
class ScanTerm:
    """One entry of a browse list."""

    term: str
    count: int  #: records that have it


@runtime_checkable
class ScanningCatalogue(Protocol):
    """A catalogue whose access points can be browsed too."""

    async def scan(self, databases: Sequence[str], clause: Clause, *, before: int, count: int) -> Sequence[ScanTerm]:
        """``count`` terms of the clause's index in order, of which at most ``before`` lie before the clause's term.

        Raises ``UnsupportedQueryError`` when the index cannot be browsed.
        """
        ...
