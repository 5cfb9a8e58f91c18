"""The searched side is made anew beside the old one and put in its place, while others search and write."""

from __future__ import annotations

import asyncio
import itertools
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateway.cli.main import parser
from gateway.core.errors import ConfigurationError, RetriableError
from gateway.core.ports import Change, IndexSearch, Listing, RebuildingIndex
from gateway.core.query import Clause, Query
from gateway.union import Unifier
from index.elasticsearch import ElasticsearchIndex, open_index, rebuilding, schema
from index.testing import fill
from index.testing.library import library, union, unions
from tests.support.province import check, do, outcome, shelves, steps, undisturbed

_ROOT = Path(__file__).resolve().parents[3]
#: A later version of the program, with one field more.
_LATER = """
import sys
from index.elasticsearch import rebuilding, schema
rebuilding._GRACE = 0.2
schema.SCHEMA_VERSION += 1
older = schema._unions
def later():
    made = older()
    made["properties"]["shelf"] = {"type": "keyword"}
    return made
schema._unions = later
from gateway.cli import main
sys.exit(main())
"""
_DREAM = IndexSearch(Query(Clause("title", "红楼梦")))


@pytest.fixture(autouse=True)
def _no_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rebuilding, "_GRACE", 0.2)


@asynccontextmanager
async def searching(index: ElasticsearchIndex, expected: int) -> AsyncIterator[list[int]]:
    """Searches without a pause; any error, or another total, fails."""
    totals: list[int] = []

    async def search() -> None:
        while True:
            totals.append((await index.search(_DREAM)).total)

    going = asyncio.create_task(search())
    yield totals
    assert not going.done(), going.exception()
    going.cancel()
    await asyncio.gather(going, return_exceptions=True)
    assert set(totals) == {expected}


async def names(index: ElasticsearchIndex, location: str) -> list[str]:
    prefix = location.rsplit("/", 1)[1]
    return sorted(await index._transport.read(lambda es: es.indices.get(index=f"{prefix}-unions-v*")))


async def test_rebuilt_while_others_search_and_write(location: str) -> None:
    todo = steps(shelves(("sxlib", "xalib"), 50))
    index, other = await open_index(location), await open_index(location)
    assert isinstance(index, RebuildingIndex)
    unifier = Unifier(other)

    async def write() -> None:
        for step in todo:
            await do(unifier, step)

    writing = asyncio.create_task(write())
    await asyncio.sleep(0.5)
    used = [await names(index, location)]
    while not writing.done():
        await index.rebuild()
        used.append(await names(index, location))
    await writing
    counted = await index.rebuild()
    assert all(len(one) == 1 for one in used)
    assert all(one != other for one, other in itertools.pairwise(used))
    await check(other, await undisturbed(outcome(todo)[0]))
    assert counted >= (await index.statistics())["unions"]
    await index.close()
    await other.close()


async def test_a_later_version_takes_over_while_searches_go_on(location: str) -> None:
    index = await open_index(location)
    await fill(index)
    gone = library()[20]
    await index.apply(Change((), (), (), (gone.id,)))
    listed = await index.listed(Listing(), size=1_000, whole=True)
    words = ["index", "rebuild", "--from", "elasticsearch", "--from-location", location]
    async with searching(index, 4) as totals:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", _LATER, *words, cwd=_ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        said, wrong = await process.communicate()
        assert process.returncode == 0, wrong.decode()
    assert f"{len(unions(library()))} union records" in said.decode()
    assert len(totals) > 10
    assert await names(index, location) == [f"{location.rsplit('/', 1)[1]}-unions-v{schema.SCHEMA_VERSION + 1}"]
    # Whoever lists the changes goes on where it was: numbers and times are as before.
    assert await index.listed(Listing(), size=1_000, whole=True) == listed
    # The earlier version may search, but neither write nor start again.
    with pytest.raises(ConfigurationError, match="start the later version"):
        await index.apply(Change((gone,), (union(gone),)))
    await index.close()
    with pytest.raises(ConfigurationError, match="use the later version"):
        await open_index(location)


async def test_an_index_of_an_earlier_format_is_opened_to_be_rebuilt_only(
    location: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    index = await open_index(location)
    await fill(index)
    await index.close()
    monkeypatch.setattr(schema, "SCHEMA_VERSION", schema.SCHEMA_VERSION + 1)
    with pytest.raises(ConfigurationError, match="run wenyuan index rebuild"):
        await open_index(location)
    options = parser().parse_args(
        ["index", "rebuild", "--from", "elasticsearch", "--from-location", location, "--json"]
    )
    assert await options.run(options) == 0
    assert str(len(unions(library()))) in capsys.readouterr().out
    index = await open_index(location)
    assert (await index.search(_DREAM)).total == 4
    await index.apply(Change((library()[0],), (union(library()[0]),)))
    await index.close()


async def test_a_rebuilding_that_fails_changes_nothing(location: str, monkeypatch: pytest.MonkeyPatch) -> None:
    index = await open_index(location)
    await fill(index)
    before = await names(index, location)

    async def count(self: rebuilding.Rebuilding, name: str) -> int:
        return 5 if name == before[0] else 6

    with monkeypatch.context() as patch:
        patch.setattr(rebuilding.Rebuilding, "_count", count)
        with pytest.raises(Exception, match="it is not used"):
            await index.rebuild()
    assert await names(index, location) == before
    record = library()[0]
    await index.apply(Change((record,), (union(record),)))
    await index.close()


async def test_a_rebuilding_that_was_killed_is_named_and_done_again(
    location: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = await open_index(location, patience=0.2)
    await fill(index)
    made = rebuilding.Rebuilding(index._transport, index._location, index.log, index.patient)
    actions = made._aliases
    with monkeypatch.context() as patch:

        async def killed(_: object) -> None:
            raise asyncio.CancelledError

        patch.setattr(made, "_round", killed)
        patch.setattr(made, "_aliases", lambda todo: actions([one for one in todo if "remove" in one]))
        with pytest.raises(asyncio.CancelledError):
            await made._turn_over("", None)
    record = library()[0]
    with pytest.raises(RetriableError, match="run wenyuan index rebuild again"):
        await index.apply(Change((record,), (union(record),)))
    assert (await index.search(_DREAM)).total == 4
    await index.rebuild()
    await index.apply(Change((record,), (union(record),)))
    await index.close()
