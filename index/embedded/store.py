"""The truth of the embedded index: records, match keys and unions in one SQLite file.

Blocking; one :class:`Store` belongs to one thread. Writing: WAL with ``synchronous=FULL``, so that what ``apply`` has
acknowledged survives a power cut as well as a killed process: a harvest saves its checkpoint after the acknowledgement
and would never fetch a lost record again. Reading connections see whole changes only.
"""

from __future__ import annotations

import itertools
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from gateway.core import codec
from gateway.core.ports import Change
from gateway.core.record import Evidence, Record, UnionRecord
from index.embedded import deciding
from index.embedded.schema import migrate
from index.embedded.writing import Writing, Written
from index.stored import COLUMNS, decoded, merged_of, record_of

#: SQLite's own limit on variables in one statement is higher; short lists keep statements cached.
_BATCH = 400
#: So many unions are held between being stored and being indexed; what exceeds them is read again.
_RECENT = 5_000

_EVIDENCE = tuple[Evidence, ...]


class Store:
    """``path`` is the database file; ``writable`` creates and migrates it."""

    def __init__(self, path: Path, *, writable: bool) -> None:
        self._path = path
        self._recent: dict[int, tuple[UnionRecord, float]] = {}
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10.0)
        self._db.execute("PRAGMA foreign_keys = ON")
        self._db.execute(f"PRAGMA cache_size = {-64000 if writable else -32000}")
        if writable:
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            # Keys and headings fall on pages everywhere; those written again soon are carried over once (32 MB).
            self._db.execute("PRAGMA wal_autocheckpoint = 8000")
            migrate(self._db, str(path.parent))
        else:
            self._db.execute("PRAGMA query_only = ON")

    def close(self) -> None:
        self._db.close()

    # Changes

    def apply(self, change: Change, *, now: float | None = None) -> int:
        """Write the change in one transaction and return its number; ``DataError`` when it contradicts the store."""
        instant = time.time() if now is None else now
        self._db.execute("BEGIN IMMEDIATE")
        try:
            number = self.last_change() + 1
            self._db.execute("UPDATE meta SET value = ? WHERE name = 'change'", (str(number),))
            self._date(number, int(instant))
            written = Writing(self._db, self._in, number, instant).run(change)
            if change.decisions or change.heirs:
                deciding.write(self._db, change.decisions, change.heirs)
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:  # SQLite takes a change back by itself when the disk is full
                self._db.execute("ROLLBACK")
            raise
        self._remember(written)
        return number

    def _remember(self, written: Written) -> None:
        """Unions just written are indexed in a moment: they need not be read and decoded for it."""
        for num in (*written.touched, *written.unions):
            self._recent.pop(num, None)
        room = _RECENT - len(self._recent)
        self._recent.update(itertools.islice(written.unions.items(), max(room, 0)))

    def _date(self, number: int, now: int) -> None:
        """When the change happened; never before an earlier one, whatever the clock does."""
        row = self._db.execute("SELECT number, at FROM changes ORDER BY number DESC LIMIT 1").fetchone()
        if row is not None and row[1] >= now:
            self._db.execute("UPDATE changes SET number = ? WHERE number = ?", (number, row[0]))
        else:
            self._db.execute("INSERT INTO changes VALUES (?, ?)", (number, now))

    def _unions_of_records(self, ids: Iterable[str]) -> set[int]:
        found = self._in("SELECT DISTINCT union_num FROM records WHERE union_num IS NOT NULL AND id IN (%s)", ids)
        return {row[0] for row in found}

    # Reading

    def identity(self) -> str:
        """Random, made with the file: tells whether a search index was built from this very file."""
        return str(self._db.execute("SELECT value FROM meta WHERE name = 'identity'").fetchone()[0])

    def last_change(self) -> int:
        return int(self._db.execute("SELECT value FROM meta WHERE name = 'change'").fetchone()[0])

    def setting(self, name: str) -> str | None:
        row = self._db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def set(self, name: str, value: str) -> None:
        self._db.execute(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", (name, value)
        )

    def candidates(self, wanted: Sequence[str]) -> tuple[Record, ...]:
        rows = self._in(
            f"SELECT {COLUMNS} FROM records WHERE num IN (SELECT record FROM keys WHERE key IN (%s))",  # noqa: S608
            wanted,
        )
        found = {row[0]: row for row in rows}
        return tuple(record_of(found[uid]) for uid in sorted(found))

    def unions_of(self, record_ids: Sequence[str]) -> tuple[UnionRecord, ...]:
        nums = sorted(self._unions_of_records(record_ids))
        return tuple(union for _, union, _ in self.unions(nums))

    def known(self, record_ids: Sequence[str]) -> frozenset[str]:
        return frozenset(row[0] for row in self._in("SELECT id FROM records WHERE id IN (%s)", record_ids))

    def resolve(self, uid: str) -> UnionRecord | None:
        rows = self._db.execute("SELECT union_num FROM records WHERE uid = ? AND union_num IS NOT NULL", (uid,))
        found = list(self.unions([row[0] for row in rows]))
        return found[0][1] if found else None

    def unions(self, nums: Sequence[int]) -> Iterator[tuple[int, UnionRecord, float]]:
        """(number, union, time added) of those that exist, in the order asked for."""
        heads: dict[int, tuple[str, str, str, float]] = {
            row[0]: row[1:] for row in self._in("SELECT num, id, body, why, added FROM unions WHERE num IN (%s)", nums)
        }
        members: dict[int, list[Record]] = {}
        for row in self._in(
            f"SELECT union_num, {COLUMNS} FROM records WHERE union_num IN (%s) ORDER BY union_num, ordinal",  # noqa: S608
            nums,
        ):
            members.setdefault(row[0], []).append(record_of(row[1:]))
        for num in nums:
            if num in heads and num in members:
                uid, body, why, added = heads[num]
                reasons = codec.parse(_EVIDENCE, decoded(why)) if why != "[]" else ()
                yield num, UnionRecord(uid, merged_of(body, members[num]), tuple(members[num]), reasons), added

    def merged(self, nums: Sequence[int]) -> Iterator[tuple[int, Record]]:
        """(number, merged record) of those that exist, in the order asked for, without reading all of their members."""
        bodies = dict(self._in("SELECT num, body FROM unions WHERE num IN (%s)", nums))
        leads = {num: str(decoded(body)[0][0]) for num, body in bodies.items()}
        rows = self._in(f"SELECT {COLUMNS} FROM records WHERE id IN (%s)", leads.values())  # noqa: S608
        records = {record.id: record for record in map(record_of, rows)}
        for num in nums:
            if num in bodies:
                lead = records.get(leads[num])
                yield num, merged_of(bodies[num], self.members(num) if lead is None else [lead])

    def members(self, num: int) -> list[Record]:
        """The members of one union."""
        rows = self._db.execute(f"SELECT {COLUMNS} FROM records WHERE union_num = ? ORDER BY ordinal", (num,))  # noqa: S608
        return [record_of(row) for row in rows]

    @property
    def recent(self) -> Mapping[int, tuple[UnionRecord, float]]:
        """Unions written a moment ago and not asked for since, by number, with the time added."""
        return self._recent

    def written_unions(self, nums: Sequence[int]) -> Iterator[tuple[int, UnionRecord, float]]:
        """As :meth:`unions`, in any order, once for each writing: those written a moment ago are given from memory."""
        others = []
        for num in nums:
            recent = self._recent.pop(num, None)
            if recent is None:
                others.append(num)
            else:
                yield num, *recent
        yield from self.unions(others)

    def highest_union(self) -> int:
        """The highest number that any union ever had."""
        row = self._db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'unions'").fetchone()
        return int(row[0]) if row else 0

    def touched_since(self, change: int) -> tuple[list[int], list[int]]:
        """(unions written, unions dissolved) by later changes than this one, by number, in the order of the changes."""
        written = self._db.execute("SELECT num FROM unions WHERE changed > ? ORDER BY changed, num", (change,))
        gone = self._db.execute("SELECT num FROM dissolved WHERE changed > ? ORDER BY num", (change,))
        return [row[0] for row in written], [row[0] for row in gone]

    def statistics(self) -> Mapping[str, int]:
        records, unions = self._db.execute(
            "SELECT (SELECT count(*) FROM records), (SELECT count(*) FROM unions)"
        ).fetchone()
        return {"records": records, "unions": unions, "change": self.last_change()}

    def connection(self) -> sqlite3.Connection:
        """For what reads the same file in another way (``index.embedded.listing``)."""
        return self._db

    def _in(self, statement: str, values: Iterable[Any]) -> Iterator[tuple[Any, ...]]:
        listed = list(dict.fromkeys(values))
        for start in range(0, len(listed), _BATCH):
            part = listed[start : start + _BATCH]
            yield from self._db.execute(statement % ",".join("?" * len(part)), part)
