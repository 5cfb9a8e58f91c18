"""What one harvest of one source did."""

from __future__ import annotations

from dataclasses import dataclass

#: So many faults are kept in words; the rest are counted.
NAMED = 50


@dataclass(slots=True)
class Report:
    source: str
    mode: str = "full"  #: full | changes | resumed (the harvest before was cut off)
    state: str = "running"  #: running | ok | partial (limited, or some records could not be read) | error
    started: str = ""  #: UTC, YYYY-MM-DDThh:mm:ssZ
    seconds: float = 0.0
    batches: int = 0
    received: int = 0  #: records that came, deletions aside
    deleted: int = 0  #: deletions that took a record out of the index
    unreadable: int = 0
    warnings: int = 0  #: records kept with warnings
    retries: int = 0
    total: int | None = None  #: records in the whole list, when the source says
    faults: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    error: str = ""

    def fault(self, words: str) -> None:
        self.unreadable += 1
        if len(self.faults) < NAMED:
            self.faults = (*self.faults, words)

    def add_notes(self, notes: tuple[str, ...]) -> None:
        self.notes = tuple(dict.fromkeys((*self.notes, *notes)))[:NAMED]
