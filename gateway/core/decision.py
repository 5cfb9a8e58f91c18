"""What cataloguers decided about which records describe one edition.

A decision names records (``source:local_id``), never union records: those come and go with every harvest, while a
record keeps its id for as long as its library has it, and has it again when it comes back.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    JOIN = "join"  #: all of ``records`` describe one edition
    SPLIT = "split"  #: ``records`` describe one edition, and ``others``, which were with them, another
    NEVER = "never"  #: none of ``records`` describes the edition that one of ``others`` does


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision, kept for ever. An undone one no longer counts and says who undid it."""

    id: str
    kind: Kind
    records: tuple[str, ...]  #: record ids, sorted
    others: tuple[str, ...] = ()  #: record ids, sorted; none for a join
    by: str = ""  #: who decided
    at: int = 0  #: when, in seconds since 1970
    why: str = ""
    undone_by: str = ""
    undone_at: int | None = None
    undone_why: str = ""

    @property
    def stands(self) -> bool:
        return self.undone_at is None

    @property
    def named(self) -> tuple[str, ...]:
        """Every record that it is about."""
        return (*self.records, *self.others)
