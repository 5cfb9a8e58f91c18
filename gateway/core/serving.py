"""What a protocol server (Z39.50, SRU) asks of the catalogue behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from gateway.core.query import Query
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
