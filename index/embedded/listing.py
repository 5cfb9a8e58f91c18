"""Unions in the order of their last change, dissolved ones included: what a harvester of the gateway is given.

A mark is the number of a change and of a union. Both only grow, and a union that changes moves behind every mark given
so far; so a reader who goes on behind the last mark meets every union that was there when it began, in its last form,
or its end.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from gateway.core.ports import Listed, Listing
from index.embedded.store import Store

_MARK = re.compile(r"([0-9]{1,18})\.([0-9]{1,18})")

#: A dissolved id that a later union has again, or had again, is told by that one.
_ROWS = """
    SELECT changed, num, id, 0 AS gone FROM unions WHERE {of_unions}
    UNION ALL
    SELECT changed, num, id, 1 AS gone FROM dissolved AS d WHERE {of_dissolved}
        AND NOT EXISTS (SELECT 1 FROM unions WHERE unions.id = d.id)
        AND NOT EXISTS (SELECT 1 FROM dissolved AS e WHERE e.id = d.id AND e.num > d.num)
"""


T = TypeVar("T")


def one_view(store: Store, work: Callable[[], T]) -> T:
    """What ``work`` reads in several statements, all of one instant: a change in between is not seen."""
    db = store.connection()
    db.execute("BEGIN")
    try:
        return work()
    finally:
        db.execute("COMMIT")


def page(store: Store, listing: Listing, after: str, size: int, whole: bool) -> tuple[Listed, ...]:
    rows, values = _rows(store, listing, after)
    found = store.connection().execute(f"{rows} ORDER BY changed, num LIMIT :size", {**values, "size": size}).fetchall()
    return _read(store, found, whole)


def count(store: Store, listing: Listing) -> int:
    rows, values = _rows(store, listing, "")
    return int(store.connection().execute(f"SELECT count(*) FROM ({rows})", values).fetchone()[0])  # noqa: S608


def one(store: Store, union_id: str, whole: bool) -> Listed | None:
    rows = _ROWS.format(of_unions="id = :id", of_dissolved="id = :id")
    found = store.connection().execute(rows, {"id": union_id}).fetchall()
    return next(iter(_read(store, found[:1], whole)), None)


def first(store: Store) -> int | None:
    row = store.connection().execute("SELECT at FROM changes ORDER BY number LIMIT 1").fetchone()
    return None if row is None else int(row[0])


def sources(store: Store) -> Mapping[str, int]:
    return dict(store.connection().execute("SELECT source, count(*) FROM records GROUP BY source ORDER BY source"))


def _rows(store: Store, listing: Listing, after: str) -> tuple[str, dict[str, Any]]:
    """The statement (without order) and its values; times become numbers of changes, which are indexed."""
    change, num = _position(after)
    values: dict[str, Any] = {"change": change, "num": num}
    both = ["(changed, num) > (:change, :num)", "changed >= :change"]
    db = store.connection()
    if listing.since is not None:
        row = db.execute("SELECT max(number) FROM changes WHERE at < ?", (listing.since,)).fetchone()
        values["before"] = row[0] or 0
        both.append("changed > :before")
    if listing.until is not None:
        row = db.execute("SELECT max(number) FROM changes WHERE at <= ?", (listing.until,)).fetchone()
        values["last"] = row[0] or 0
        both.append("changed <= :last")
    if listing.sources is not None:
        names = [f":source{number}" for number in range(len(listing.sources))]
        values.update(zip((name[1:] for name in names), listing.sources, strict=True))
        held = f"SELECT 1 FROM holders WHERE source IN ({', '.join(names)}) AND holders.num = {{table}}.num"  # noqa: S608
        return _ROWS.format(
            of_unions=" AND ".join([*both, f"EXISTS ({held.format(table='unions')})"]),
            of_dissolved=" AND ".join([*both, f"EXISTS ({held.format(table='d')})"]),
        ), values
    return _ROWS.format(of_unions=" AND ".join(both), of_dissolved=" AND ".join(both)), values


def _position(mark: str) -> tuple[int, int]:
    if not mark:
        return 0, 0
    match = _MARK.fullmatch(mark)
    if match is None:
        raise ValueError(f"{mark!r} is no place in the list of changes")
    return int(match[1]), int(match[2])


def _read(store: Store, rows: list[tuple[int, int, str, int]], whole: bool) -> tuple[Listed, ...]:
    db = store.connection()
    living = [num for _, num, _, gone in rows if not gone]
    unions = {num: union for num, union, _ in store.unions(living)} if whole else {}
    out = []
    for changed, num, union_id, gone in rows:
        (at,) = db.execute("SELECT at FROM changes WHERE number >= ? ORDER BY number LIMIT 1", (changed,)).fetchone()
        held = db.execute("SELECT source FROM holders WHERE num = ? ORDER BY source", (num,))
        out.append(
            Listed(union_id, at, tuple(row[0] for row in held), f"{changed}.{num}", unions.get(num), gone=bool(gone))
        )
    return tuple(out)
