"""Cataloguers' decisions, and which records were in one union with those that are gone, in the file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence

from gateway.core import codec
from gateway.core.decision import Decision
from gateway.records import keys
from index.stored import decoded, dumped

_NAMES = tuple[str, ...]


def write(connection: sqlite3.Connection, decisions: Iterable[Decision], heirs: Mapping[str, Sequence[str]]) -> None:
    """Inside the transaction of a change."""
    connection.executemany(
        "INSERT INTO decisions (id, at, body) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body",
        [(one.id, one.at, dumped(one)) for one in decisions],
    )
    connection.executemany(
        "INSERT INTO departed VALUES (?, ?) ON CONFLICT (uid) DO UPDATE SET heirs = excluded.heirs",
        [(keys.uid(name), dumped(left)) for name, left in heirs.items()],
    )


def decisions(connection: sqlite3.Connection) -> tuple[Decision, ...]:
    rows = connection.execute("SELECT body FROM decisions ORDER BY at, id")
    return tuple([codec.parse(Decision, decoded(body)) for (body,) in rows])


def heirs(connection: sqlite3.Connection, uid: str) -> tuple[str, ...] | None:
    row = connection.execute("SELECT heirs FROM departed WHERE uid = ?", (uid,)).fetchone()
    return None if row is None else codec.parse(_NAMES, decoded(row[0]))
