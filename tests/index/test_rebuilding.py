"""The search side of the embedded index is made anew from the records while searches and writes go on."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from gateway.cli.main import parser
from gateway.core.errors import ConfigurationError, RetriableError
from gateway.core.ports import Change, IndexScan, IndexSearch, RebuildingIndex
from gateway.core.query import Clause, Query
from gateway.union import Unifier
from index.embedded import open_index, searcher
from index.testing import fill
from index.testing.library import library, union, unions
from tests.support.province import check, do, outcome, shelves, steps, undisturbed

DREAM = IndexSearch(Query(Clause("title", "红楼梦")))


async def test_rebuilt_while_others_search_and_write(tmp_path: Path) -> None:
    todo = steps(shelves(("sxlib", "xalib"), 60))
    index = await open_index(str(tmp_path))
    assert isinstance(index, RebuildingIndex)
    reader = await open_index(str(tmp_path), read_only=True)
    await fill(index)
    unifier = Unifier(index)
    rebuilt = 0

    async def search() -> None:
        while True:
            assert (await index.search(DREAM)).total >= 4
            assert (await reader.search(DREAM)).total >= 4
            assert (await index.scan(IndexScan("title", "红楼梦", count=1))).terms[0].term == "红楼梦"

    async def write() -> None:
        for step in todo:
            await do(unifier, step)

    searching, writing = asyncio.create_task(search()), asyncio.create_task(write())
    while not writing.done():
        await index.rebuild()
        rebuilt += 1
    await writing
    assert not searching.done(), searching.exception()
    searching.cancel()
    await asyncio.gather(searching, return_exceptions=True)
    assert rebuilt
    await Unifier(index).delete([record.id for record in library()])
    await index.rebuild()
    expected = await undisturbed(outcome(todo)[0])
    await check(index, expected)
    await reader.close()
    await index.close()
    assert [name for name in await asyncio.to_thread(os.listdir, tmp_path) if "search" in name] == ["search"]
    again = await open_index(str(tmp_path))
    await check(again, expected)
    await again.close()


async def test_a_rebuilding_that_fails_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = await open_index(str(tmp_path))
    await fill(index)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(searcher, "to_tantivy", full)
        with pytest.raises(RetriableError, match="searches go on as before"):
            await index.rebuild()
    assert not (tmp_path / "search.new").exists()
    assert (await index.search(DREAM)).total == 4
    record = library()[5]
    await index.apply(Change((record,), (union(record),)))
    await index.refresh()
    await index.close()


async def test_readers_do_not_rebuild(tmp_path: Path) -> None:
    await (await open_index(str(tmp_path))).close()
    reader = await open_index(str(tmp_path), read_only=True)
    with pytest.raises(ConfigurationError, match="for reading only"):
        await reader.rebuild()
    await reader.close()


async def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    index = await open_index(str(tmp_path))
    await fill(index)
    options = parser().parse_args(["index", "rebuild", "--data", str(tmp_path)])
    with pytest.raises(ConfigurationError, match="being written by another process"):
        await options.run(options)
    await index.close()
    assert await options.run(options) == 0
    assert f"{len(unions(library()))} union records" in capsys.readouterr().out


async def test_moving_needs_a_place(tmp_path: Path) -> None:
    options = parser().parse_args(["index", "move", "--data", str(tmp_path)])
    with pytest.raises(ConfigurationError, match="Give --to"):
        await options.run(options)
