"""The embedded index lists its unions by change: who follows the marks misses nothing, whatever changes meanwhile."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.core.ports import Change, Listing
from index.embedded import EmbeddedIndex, open_index
from index.embedded.store import Store
from index.testing import ListingContract
from index.testing.library import library, union, unions


@pytest.fixture
async def index() -> AsyncIterator[EmbeddedIndex]:
    opened = await open_index("")
    yield opened
    await opened.close()


class TestListing(ListingContract):
    """What every engine keeps that lists."""


def test_times_bound_a_list_and_never_run_backwards(tmp_path: Path):
    store = Store(tmp_path / "records.sqlite", writable=True)
    records = library()[:4]
    for record, now in zip(records, (100.2, 200.9, 150.0, 300.0), strict=True):
        store.apply(Change((record,), (union(record),)), now=now)
    from index.embedded import listing

    found = listing.page(store, Listing(), "", 10, False)
    assert [one.at for one in found] == [100, 200, 200, 300]
    assert listing.first(store) == 100
    for since, until, expected in (
        (None, None, 4), (100, None, 4), (101, None, 3), (200, 200, 2), (None, 199, 1), (301, None, 0), (None, 99, 0),
    ):  # fmt: skip
        assert len(listing.page(store, Listing(since, until), "", 10, False)) == expected
        assert listing.count(store, Listing(since, until)) == expected
    store.close()


async def test_an_index_of_the_first_version_is_brought_up(tmp_path: Path):
    made = unions(library())
    index = await open_index(str(tmp_path))
    await index.apply(Change(tuple(library()), tuple(made)))
    await index.close()
    old = sqlite3.connect(tmp_path / "records.sqlite")
    old.executescript(
        "DROP TABLE changes; DROP TABLE holders; DROP INDEX dissolved_id; DROP TABLE headings;"
        "DROP TABLE decisions; DROP TABLE departed; PRAGMA user_version = 1;"
    )
    old.close()
    index = await open_index(str(tmp_path))
    found = await index.listed(Listing(), size=1000, whole=False)
    await index.close()
    assert {one.id: one.sources for one in found} == {one.id: tuple(sorted(one.sources)) for one in made}
    assert len({one.at for one in found}) == 1
