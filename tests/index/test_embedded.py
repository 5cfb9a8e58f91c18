"""What only the embedded index promises: one writer, rebuilding, replaying, repair, a loop that is never blocked."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.core.errors import ConfigurationError, RetriableError
from gateway.core.ports import Change, IndexScan, IndexSearch
from gateway.core.query import Clause, Query, Relation
from gateway.core.record import Title
from index.embedded import EmbeddedIndex, engine, finding, open_index, searcher, translate
from index.testing.library import library, union, unions

DREAM = IndexSearch(Query(Clause("title", "红楼梦")), facets=("library", "year"))


async def filled(folder: Path) -> EmbeddedIndex:
    index = await open_index(str(folder))
    records = library()
    await index.apply(Change(tuple(records), tuple(unions(records))))
    await index.refresh()
    return index


async def answers(index: EmbeddedIndex) -> list[str]:
    return sorted(found.id for found in (await index.search(DREAM)).records)


async def test_a_second_writer_is_refused_in_words(tmp_path: Path) -> None:
    index = await filled(tmp_path)
    with pytest.raises(ConfigurationError, match="being written by another process"):
        await open_index(str(tmp_path))
    assert len(await answers(index)) == 4
    await index.close()
    again = await open_index(str(tmp_path))
    assert len(await answers(again)) == 4
    await again.close()


async def test_readers_beside_the_writer(tmp_path: Path) -> None:
    index = await filled(tmp_path)
    reader = await open_index(str(tmp_path), read_only=True)
    assert await answers(reader) == await answers(index)
    record = library()[5]
    with pytest.raises(ConfigurationError, match="for reading only"):
        await reader.apply(Change((record,), (union(record),)))
    await index.apply(Change((), (), (), (record.id,)))
    await index.refresh()
    assert await answers(reader) == await answers(index)
    await reader.close()
    await index.close()


async def test_reading_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="There is no index"):
        await open_index(str(tmp_path / "none"), read_only=True)
    assert not (tmp_path / "none").exists()


async def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="cannot be used"):
        await open_index(str(tmp_path / "file" / "index"))


async def test_a_database_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "records.sqlite").write_bytes(b"this is no database" * 100)
    with pytest.raises(ConfigurationError, match="cannot be opened"):
        await open_index(str(tmp_path))


async def test_a_file_of_a_later_version(tmp_path: Path) -> None:
    await (await filled(tmp_path)).close()
    with sqlite3.connect(tmp_path / "records.sqlite") as database:
        database.execute("PRAGMA user_version = 999")
    database.close()
    with pytest.raises(ConfigurationError, match="later version"):
        await open_index(str(tmp_path))


async def test_closing_twice_is_harmless(tmp_path: Path) -> None:
    index = await filled(tmp_path)
    await index.close()
    await index.close()


async def test_changes_become_visible_by_themselves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "VISIBLE_AFTER", 0.01)
    index = await open_index(str(tmp_path))
    record = library()[0]
    await index.apply(Change((record,), (union(record),)))
    for _ in range(500):
        if await answers(index):
            break
        await asyncio.sleep(0.01)
    assert await answers(index) == [union(record).id]
    await index.close()


async def test_the_search_index_is_made_again_when_it_is_gone(tmp_path: Path) -> None:
    index = await filled(tmp_path)
    before = await answers(index)
    await index.close()
    shutil.rmtree(tmp_path / "search")
    index = await open_index(str(tmp_path))
    assert await answers(index) == before
    await index.close()


@pytest.mark.parametrize("how", ["removed", "cut", "emptied"])
@pytest.mark.parametrize("suffix", ["meta.json", ".term", ".idx", ".fast", ".store", ".pos"])
async def test_a_damaged_search_index_is_made_again_at_the_start(tmp_path: Path, suffix: str, how: str) -> None:
    index = await filled(tmp_path)
    before = await index.search(DREAM)
    await index.close()
    (victim, *_) = [path for path in (tmp_path / "search").iterdir() if path.name.endswith(suffix)]
    content = victim.read_bytes()
    victim.unlink()
    if how != "removed":
        victim.write_bytes(content[: len(content) // 2] if how == "cut" else b"")
    index = await open_index(str(tmp_path))
    assert await index.search(DREAM) == before
    await index.close()


@pytest.mark.parametrize("what", ["identity", "schema"])
async def test_a_search_index_of_another_database_or_version_is_not_used(
    tmp_path: Path, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await (await filled(tmp_path / "one")).close()
    other = await open_index(str(tmp_path / "two"))
    record = library()[0]
    await other.apply(Change((record,), (union(record),)))
    await other.close()
    if what == "identity":
        shutil.rmtree(tmp_path / "one" / "search")
        shutil.copytree(tmp_path / "two" / "search", tmp_path / "one" / "search")
    else:
        monkeypatch.setattr(searcher, "SCHEMA_VERSION", translate.SCHEMA_VERSION + 1)
    index = await open_index(str(tmp_path / "one"))
    assert len(await answers(index)) == 4
    await index.close()


async def test_what_the_search_lacks_is_replayed_at_the_start(tmp_path: Path) -> None:
    """As after a kill between the two commits: an older search folder beside a newer database."""
    index = await filled(tmp_path)
    await index.close()
    shutil.copytree(tmp_path / "search", tmp_path / "old")
    index = await open_index(str(tmp_path))
    gone, one, two = (record for record in library() if record.id in ("xa:3", "xa:2", "bj:3"))
    joined = union(one, two)
    await index.apply(Change((), (joined,), tuple({union(one).id, union(two).id} - {joined.id}), (gone.id,)))
    await index.close()
    shutil.rmtree(tmp_path / "search")
    (tmp_path / "old").rename(tmp_path / "search")
    index = await open_index(str(tmp_path))
    whole = next(found for found in unions(library()) if len(found.members) == 3)
    assert await answers(index) == sorted([joined.id, whole.id])
    everything = await index.search(IndexSearch(None, size=100))
    assert everything.total == (await index.statistics())["unions"]
    await index.close()


async def test_damage_found_in_a_search_is_repaired_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = await filled(tmp_path)
    before = await index.search(DREAM)

    def broken(*_: object) -> None:
        raise ValueError("Data corrupted")

    with monkeypatch.context() as patch:
        patch.setattr(finding.Finder, "facets", broken)
        with pytest.raises(RetriableError, match="being rebuilt") as caught:
            await index.search(DREAM)
    assert caught.value.retry_after
    for _ in range(500):
        try:
            assert await index.search(DREAM) == before
            break
        except RetriableError:
            await asyncio.sleep(0.01)
    else:
        pytest.fail("the search index was never repaired")
    await index.close()


async def test_a_failed_indexing_is_made_up_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = await open_index(str(tmp_path))
    record = library()[0]

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    await index.apply(Change((record,), (union(record),)))
    with monkeypatch.context() as patch:
        patch.setattr(searcher, "to_tantivy", full)
        with pytest.raises(RetriableError, match=r"searches do not see the last ones.*No space"):
            await index.refresh()
    assert await index.resolve(union(record).id) == union(record)
    await index.refresh()
    assert await answers(index) == [union(record).id]
    await index.close()


async def test_a_cancelled_write_is_whole(tmp_path: Path) -> None:
    index = await open_index(str(tmp_path))
    records = library()
    task = asyncio.create_task(index.apply(Change(tuple(records), tuple(unions(records)))))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await index.statistics())["records"] == len(records)
    await index.refresh()
    assert len(await answers(index)) == 4
    await index.close()


async def test_the_loop_goes_on_while_the_index_works(tmp_path: Path) -> None:
    index = await open_index(str(tmp_path))
    records = library()
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0)

    ticker = asyncio.create_task(tick())
    await index.apply(Change(tuple(records), tuple(unions(records))))
    await index.refresh()
    await index.search(IndexSearch(Query(Clause("title", "old man", Relation.PHRASE))))
    ticker.cancel()
    assert ticks > 20
    await index.close()


async def test_searches_and_writes_at_once(tmp_path: Path) -> None:
    index = await filled(tmp_path)
    records = library()

    async def search() -> None:
        for _ in range(20):
            assert len(await answers(index)) == 4

    async def write() -> None:
        for record in records[10:25]:
            await index.apply(Change((record,), ()))
            await index.refresh()

    await asyncio.gather(search(), search(), search(), write())
    await index.close()


async def test_half_a_character_in_a_title_stops_nothing(tmp_path: Path) -> None:
    odd, other = library()[0], library()[1]
    odd = replace(odd, titles=(Title("红楼\ud800梦"), Title("红楼\udfff梦")))
    index = await open_index(str(tmp_path))
    await index.apply(Change((odd, other), (union(odd), union(other))))
    await index.refresh()
    page = await index.search(IndexSearch(Query(Clause("author", "曹雪芹"))))
    headings = await index.scan(IndexScan("title", "红", 0, 5))
    await index.close()
    assert {record.id for record in page.records} == {union(odd).id, union(other).id}
    assert len(headings.terms) == 2


async def test_what_changed_between_storing_and_indexing_is_indexed_as_stored(tmp_path: Path) -> None:
    first, second = library()[0], library()[3]
    index = await open_index(str(tmp_path))
    await index.apply(Change((first, second), (union(first, second),)))
    await index.apply(Change((replace(second, titles=(Title("石头记"),)),), ()))
    await index.refresh()
    changed = IndexSearch(Query(Clause("title", "石头记")))
    assert [found.id for found in (await index.search(changed)).records] == [union(first, second).id]
    await index.apply(Change((first,), (union(first),), deleted=(second.id,)))
    await index.refresh()
    assert not (await index.search(changed)).total
    await index.close()
