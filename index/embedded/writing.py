"""One change in the tables: what is there is read in few statements, everything else is worked out beforehand.

Unions come first, so that each record is written once, with its place in its union: a record is a long row, and
writing it again for its place would cost as much as storing it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from gateway.core.courtesy import give_way
from gateway.core.errors import DataError
from gateway.core.ports import Change
from gateway.core.record import Record, UnionRecord
from gateway.records import keys
from index.stored import COLUMNS, dumped, merged_body, row_of

Find = Callable[[str, Iterable[Any]], Iterator[tuple[Any, ...]]]

_INSERT = (
    f"INSERT INTO records (num, uid, added, changed, union_num, ordinal, {COLUMNS})"  # noqa: S608
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_VALUES = (
    "UPDATE records SET changed = ?, body = ?, payload = ?, format = ?, flavour = ?, charset = ?, raw_local_id = ?,"
    " raw_holdings = ?{place} WHERE num = ?"
)
_UPDATE = _VALUES.format(place="")
_UPDATE_PLACED = _VALUES.format(place=", union_num = ?, ordinal = ?")


@dataclass(frozen=True, slots=True)
class Written:
    """What a change did to the unions, by number."""

    unions: Mapping[int, tuple[UnionRecord, float]]  #: as they are now, with the time when their first member came
    touched: Set[int]  #: not written themselves, but a member of theirs was changed or taken away


class Writing:
    """The change of one number and instant, inside a transaction. ``find`` runs a statement over a list of values."""

    def __init__(self, db: sqlite3.Connection, find: Find, number: int, instant: float) -> None:
        self._db = db
        self._find = find
        self._number = number
        self._instant = instant

    def run(self, change: Change) -> Written:
        """Raises ``DataError`` when the change contradicts what is stored; nothing must be committed then."""
        coming = {record.id: record for record in change.records}
        unions = {union.id: union for union in change.unions}
        place = {
            member.id: (union.id, at) for union in unions.values() for at, member in enumerate(union.members)
        }  # fmt: skip
        held = {
            row[0]: row[1:]
            for row in self._find(
                "SELECT id, num, union_num, ordinal, added FROM records WHERE id IN (%s)",
                [*coming, *place, *change.deleted],
            )
        }
        _check(unions.values(), coming.keys() | held.keys(), frozenset(change.deleted))
        concerned = {*place, *change.deleted}
        left = {row[1] for name, row in held.items() if name in concerned and row[1] is not None}
        self._dissolve("id", [uid for uid in change.dissolved if uid not in unions])
        added = {name: row[3] for name, row in held.items()}
        first = {
            union.id: min(added.get(member.id, self._instant) for member in union.members) for union in unions.values()
        }
        nums = self._put_unions(unions.values(), first)
        places = {name: (nums[uid], at) for name, (uid, at) in place.items()}
        self._put_records(coming, held, places)
        self._move(held, places, coming)
        self._db.executemany("DELETE FROM records WHERE id = ?", [(name,) for name in change.deleted])
        self._dissolve("num", self._without_members(left))
        written = {nums[union.id]: (union, first[union.id]) for union in unions.values()}
        touched = left | {row[1] for name, row in held.items() if name in coming and row[1] is not None}
        return Written(written, touched - written.keys())

    def _put_unions(self, unions: Iterable[UnionRecord], added: Mapping[str, float]) -> dict[str, int]:
        """Numbers by id; ``added`` by id says when the first member came."""
        nums: dict[str, int] = dict(
            self._find("SELECT id, num FROM unions WHERE id IN (%s)", [union.id for union in unions])
        )
        old = list(nums.values())
        row = self._db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'unions'").fetchone()
        following = row[0] if row else 0
        new_rows, rows, holders = [], [], []
        for union in unions:
            give_way()
            first = added[union.id]
            text = (merged_body(union.record, union.members), dumped(union.why))
            if union.id in nums:
                rows.append((*text, first, self._number, nums[union.id]))
            else:
                following += 1
                nums[union.id] = following
                new_rows.append((following, union.id, *text, first, self._number))
            holders += [(source, nums[union.id]) for source in union.sources]
        self._db.executemany("UPDATE unions SET body = ?, why = ?, added = ?, changed = ? WHERE num = ?", rows)
        self._db.executemany(
            "INSERT INTO unions (num, id, body, why, added, changed) VALUES (?, ?, ?, ?, ?, ?)", new_rows
        )
        self._db.executemany("DELETE FROM holders WHERE num = ?", [(num,) for num in old])
        self._db.executemany("INSERT INTO holders VALUES (?, ?)", holders)
        return nums

    def _put_records(
        self,
        coming: Mapping[str, Record],
        held: Mapping[str, tuple[int, int | None, int, float]],
        places: Mapping[str, tuple[int, int]],
    ) -> None:
        (following,) = self._db.execute("SELECT coalesce(max(num), 0) FROM records").fetchone()
        new_rows, placed, unplaced, old, its_keys = [], [], [], [], []
        for record in coming.values():
            give_way()
            row = row_of(record)
            known = held.get(record.id)
            where = places.get(record.id)
            if known is None:
                following += 1
                num = following
                union_num, ordinal = where or (None, 0)
                new_rows.append(
                    (num, keys.uid(record.id), self._instant, self._number, union_num, ordinal, *row)
                )  # fmt: skip
            else:
                num = known[0]
                old.append((num,))
                if where is None:
                    unplaced.append((self._number, *row[3:], num))
                else:
                    placed.append((self._number, *row[3:], *where, num))
            its_keys += [(key, num) for key in keys.block_keys(record)]
        self._db.executemany(_INSERT, new_rows)
        self._db.executemany(_UPDATE, unplaced)
        self._db.executemany(_UPDATE_PLACED, placed)
        self._db.executemany("DELETE FROM keys WHERE record = ?", old)
        self._db.executemany("INSERT OR IGNORE INTO keys VALUES (?, ?)", its_keys)

    def _move(
        self,
        held: Mapping[str, tuple[int, int | None, int, float]],
        places: Mapping[str, tuple[int, int]],
        coming: Mapping[str, Record],
    ) -> None:
        """Records that only change their place, and those that a union no longer names."""
        inside = self._find(
            "SELECT num, id FROM records WHERE union_num IN (%s)", {union_num for union_num, _ in places.values()}
        )
        self._db.executemany(
            "UPDATE records SET union_num = NULL WHERE num = ?",
            [(num,) for num, name in list(inside) if name not in places],
        )
        self._db.executemany(
            "UPDATE records SET union_num = ?, ordinal = ? WHERE num = ?",
            [
                (*where, held[name][0])
                for name, where in places.items()
                if name not in coming and held[name][1:3] != where
            ],
        )

    def _without_members(self, nums: Iterable[int]) -> list[int]:
        """Those of these unions that lost their last member to others."""
        return [
            row[0]
            for row in self._find(
                "SELECT num FROM unions WHERE NOT EXISTS (SELECT 1 FROM records WHERE union_num = unions.num)"
                " AND num IN (%s)",
                nums,
            )
        ]

    def _dissolve(self, column: str, values: Sequence[Any]) -> None:
        listed = [(value,) for value in values]
        self._db.executemany(
            f"INSERT INTO dissolved (num, id, changed) SELECT num, id, {self._number} FROM unions WHERE {column} = ?",  # noqa: S608
            listed,
        )
        self._db.executemany(f"DELETE FROM unions WHERE {column} = ?", listed)  # noqa: S608


def _check(unions: Iterable[UnionRecord], stored: set[str], deleted: frozenset[str]) -> None:
    for union in unions:
        for member in union.members:
            if member.id not in stored or member.id in deleted:
                raise DataError(f"Union {union.id} names member {member.id}, which is not stored; nothing was changed")
