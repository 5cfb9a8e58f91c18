"""Walks through the embedded index: pieces, patience, what is kept."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from gateway.core.errors import UnsupportedQueryError
from gateway.core.ports import Change, Index, IndexSearch
from gateway.core.query import SortKey
from index.embedded import open_index, walking
from index.testing import fill
from index.testing.finding import copies, walked
from index.testing.library import union


@pytest_asyncio.fixture
async def index(tmp_path: Path) -> AsyncIterator[Index]:
    opened = await open_index(str(tmp_path / "index"))
    await fill(opened)
    yield opened
    await opened.close()


@pytest.mark.parametrize("piece", [1, 5, 7])
async def test_a_walk_goes_from_piece_to_piece(index: Index, monkeypatch: pytest.MonkeyPatch, piece: int) -> None:
    monkeypatch.setattr(walking, "_PIECE", piece)
    search = IndexSearch(None, sort=(SortKey("year", True), SortKey("title")))
    whole = await index.search(IndexSearch(None, size=100, sort=search.sort))
    for size in (1, 4, 50):
        pages = await walked(index, search, size)
        assert [one.id for page in pages for one in page.records] == [one.id for one in whole.records]


async def test_two_walks_side_by_side(index: Index) -> None:
    one = await index.search(IndexSearch(None, size=10, cursor=""))
    other = await index.search(IndexSearch(None, size=10, cursor="", sort=(SortKey("title"),)))
    again = await index.search(IndexSearch(None, size=10, cursor=one.cursor))
    assert not {union.id for union in one.records} & {union.id for union in again.records}
    assert other.cursor != one.cursor


async def test_a_walk_that_paused_too_long_is_told_to_begin_again(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = await index.search(IndexSearch(None, size=5, cursor=""))
    monkeypatch.setattr(walking, "PATIENCE", -1.0)
    with pytest.raises(UnsupportedQueryError, match="too old"):
        await index.search(IndexSearch(None, size=5, cursor=page.cursor))


async def test_only_so_many_states_are_kept(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walking, "MOST_VIEWS", 2)
    cursors = []
    for record in copies(3):
        cursors.append((await index.search(IndexSearch(None, size=5, cursor=""))).cursor)
        await index.apply(Change((record,), (union(record),)))
        await index.refresh()
    with pytest.raises(UnsupportedQueryError, match="too old"):
        await index.search(IndexSearch(None, size=5, cursor=cursors[0]))
    for cursor in cursors[1:]:
        assert (await index.search(IndexSearch(None, size=5, cursor=cursor))).records


async def test_a_cursor_of_an_index_that_was_started_again(tmp_path: Path) -> None:
    first = await open_index(str(tmp_path / "index"))
    await fill(first)
    page = await first.search(IndexSearch(None, size=5, cursor=""))
    await first.close()
    second = await open_index(str(tmp_path / "index"))
    with pytest.raises(UnsupportedQueryError, match="started again"):
        await second.search(IndexSearch(None, size=5, cursor=page.cursor))
    await second.close()
