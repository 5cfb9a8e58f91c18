"""Trouble with the disk as errors of our own: what was not written, where, and what to do."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from gateway.core.errors import RetriableError


@contextlib.contextmanager
def disk_named(folder: Path, consequence: str) -> Iterator[None]:
    """``consequence``: a sentence that says what was kept and what was not.

    A full disk is SQLite's ``OperationalError`` (full, or an I/O error) and tantivy's ``ValueError``; both keep what
    was acknowledged and can go on when there is room again.
    """
    try:
        yield
    except (sqlite3.OperationalError, OSError, ValueError) as error:
        if isinstance(error, ValueError) and type(error) is not ValueError:  # text that is none, and the like
            raise
        raise RetriableError(
            f"The index in {folder} cannot be written; the disk is full or failing. {consequence} "
            "Make room, then go on",
            detail=str(error),
            retry_after=30.0,
        ) from error
