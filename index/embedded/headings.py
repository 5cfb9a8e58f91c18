"""Browse lists: the terms of an access point in order, with the number of unions that have each.

Kept in the database beside the unions, because tantivy's dictionary cannot be read in order. Written with the search
index, so both show the same state; writing a union again is harmless.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gateway.core.ports import IndexScan, ScanPage, ScanTerm
from index.embedded.store import Store
from index.request import scan_start

_SOURCES = " AND EXISTS (SELECT 1 FROM holders WHERE holders.num = headings.num AND source IN ({marks}))"
#: Those that are there already were written a moment ago, by a try that met half a character.
_PUT = "INSERT OR IGNORE INTO headings (place, term, num, display) VALUES (?, ?, ?, ?)"
_LIST = """
    SELECT term, count(*), max(display) FROM headings WHERE place = ? AND term {side} ?{narrowing}
    GROUP BY term ORDER BY term {direction} LIMIT ?
"""


def clear(store: Store) -> None:
    store.connection().execute("DELETE FROM headings")


def write(store: Store, gone: Iterable[int], unions: Mapping[int, Mapping[str, Mapping[str, str]]]) -> None:
    """Take away the headings of these numbers, then put those of ``unions`` (``Document.headings`` by number), at once.

    Numbers in ``unions`` that may have headings already must be in ``gone``, too.
    """
    db = store.connection()
    rows = [
        (place, term, num, display)
        for num, places in unions.items()
        for place, terms in places.items()
        for term, display in terms.items()
    ]
    rows.sort()  # the table's own order: neighbours are written together
    db.execute("BEGIN IMMEDIATE")
    try:
        db.executemany("DELETE FROM headings WHERE num = ?", [(num,) for num in gone])
        try:
            db.executemany(_PUT, rows)
        except UnicodeEncodeError:
            db.executemany(_PUT, [(place, _whole(term), num, _whole(display)) for place, term, num, display in rows])
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def scan(store: Store, asked: IndexScan) -> ScanPage:
    """See ``gateway.core.ports.ScanningIndex``."""
    start = scan_start(asked)
    if asked.sources is not None and not asked.sources:
        return ScanPage((), 0, first=True, last=True)
    wanted = min(asked.before, asked.count)
    earlier = _terms(store, asked, start, wanted + 1, forward=False)
    before = earlier[:wanted][::-1]
    room = asked.count - len(before)
    later = _terms(store, asked, start, room + 1, forward=True)
    return ScanPage(tuple(before + later[:room]), len(before), first=len(earlier) <= wanted, last=len(later) <= room)


def _terms(store: Store, asked: IndexScan, start: str, limit: int, *, forward: bool) -> list[ScanTerm]:
    sources = asked.sources or ()
    statement = _LIST.format(
        side=">=" if forward else "<",
        direction="ASC" if forward else "DESC",
        narrowing=_SOURCES.format(marks=",".join("?" * len(sources))) if sources else "",
    )
    values: list[Any] = [asked.index, start, *sources, limit]
    rows = store.connection().execute(statement, values)
    return [ScanTerm(term, count, display) for term, count, display in rows]


def _whole(value: str) -> str:
    """Without halves of surrogate pairs, which SQLite does not take."""
    return value.encode("utf-8", "replace").decode()
