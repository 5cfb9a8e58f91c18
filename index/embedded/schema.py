"""The tables of the embedded index: SQLite holds the truth, everything else can be made from it again.

Every applied change has a number; ``unions.changed`` and ``dissolved.changed`` say which change touched them last, so
that a search index that knows the last change it holds can fetch what it lacks. ``changes`` keeps, for each second, the
last change in it: a change happened at the ``at`` of the first row that is not below its number. ``holders`` says which
libraries have a union, or had it when it is dissolved. A union's ``num`` is never used twice. ``headings`` are the
browse lists; like the search index they are made from the unions when those are indexed, and made anew with it.
``decisions`` are the cataloguers'; ``departed`` says of each record that was deleted who was in one union with it.
"""

from __future__ import annotations

import secrets
import sqlite3

from gateway.core.errors import ConfigurationError

#: One entry per version of the file; entry n takes a file from version n to n + 1.
MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID, STRICT;
    CREATE TABLE unions (
        num INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        body TEXT NOT NULL,
        why TEXT NOT NULL,
        added REAL NOT NULL,
        changed INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX unions_changed ON unions (changed);
    CREATE TABLE records (
        num INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        uid TEXT NOT NULL UNIQUE,
        source TEXT NOT NULL,
        local_id TEXT NOT NULL,
        body TEXT NOT NULL,
        payload BLOB,
        format TEXT,
        flavour TEXT,
        charset TEXT,
        raw_local_id TEXT,
        raw_holdings TEXT,
        added REAL NOT NULL,
        changed INTEGER NOT NULL,
        union_num INTEGER REFERENCES unions (num) ON DELETE SET NULL,
        ordinal INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE INDEX records_union ON records (union_num, ordinal);
    CREATE INDEX records_source ON records (source, local_id);
    CREATE TABLE keys (
        key TEXT NOT NULL,
        record INTEGER NOT NULL REFERENCES records (num) ON DELETE CASCADE,
        PRIMARY KEY (key, record)
    ) WITHOUT ROWID, STRICT;
    CREATE INDEX keys_record ON keys (record);
    CREATE TABLE dissolved (
        num INTEGER PRIMARY KEY,
        id TEXT NOT NULL,
        changed INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX dissolved_changed ON dissolved (changed);
    """,
    """
    CREATE TABLE changes (number INTEGER PRIMARY KEY, at INTEGER NOT NULL) STRICT;
    CREATE INDEX changes_at ON changes (at);
    INSERT INTO changes SELECT CAST(value AS INTEGER), CAST(strftime('%s', 'now') AS INTEGER) FROM meta
        WHERE name = 'change' AND CAST(value AS INTEGER) > 0;
    CREATE TABLE holders (
        source TEXT NOT NULL,
        num INTEGER NOT NULL,
        PRIMARY KEY (num, source)
    ) WITHOUT ROWID, STRICT;
    INSERT INTO holders SELECT DISTINCT source, union_num FROM records WHERE union_num IS NOT NULL;
    CREATE INDEX dissolved_id ON dissolved (id);
    """,
    """
    CREATE TABLE headings (
        place TEXT NOT NULL,
        term TEXT NOT NULL,
        num INTEGER NOT NULL,
        display TEXT NOT NULL,
        PRIMARY KEY (place, term, num)
    ) WITHOUT ROWID, STRICT;
    CREATE INDEX headings_num ON headings (num);
    """,
    """
    CREATE TABLE decisions (id TEXT PRIMARY KEY, at INTEGER NOT NULL, body TEXT NOT NULL) WITHOUT ROWID, STRICT;
    CREATE TABLE departed (uid TEXT PRIMARY KEY, heirs TEXT NOT NULL) WITHOUT ROWID, STRICT;
    """,
)


def migrate(connection: sqlite3.Connection, place: str) -> None:
    """Bring the file to this program's version, in one transaction per step.

    Raises ``ConfigurationError`` when the file was written by a later version of the program.
    """
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > len(MIGRATIONS):
        raise ConfigurationError(
            f"The index at {place} was written by a later version of Wenyuan (format {version}, this program knows "
            f"{len(MIGRATIONS)}); upgrade the program or choose another folder"
        )
    for number, script in enumerate(MIGRATIONS[version:], start=version + 1):
        connection.executescript(f"BEGIN IMMEDIATE;\n{script}\nPRAGMA user_version = {number};\nCOMMIT;")
    connection.execute("INSERT OR IGNORE INTO meta VALUES ('identity', ?)", (secrets.token_hex(16),))
    connection.execute("INSERT OR IGNORE INTO meta VALUES ('change', '0')")
