"""Several gateways and harvesters write to one index at once, some die, the node is busy or away: nothing is lost,
nothing is there twice, and the unions are those of an undisturbed run (of the embedded index)."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from gateway.core.errors import ConflictError, RetriableError
from gateway.core.ports import Change
from gateway.core.record import Record
from gateway.records import keys
from gateway.union import Unifier
from index.elasticsearch import ElasticsearchIndex, open_index
from index.elasticsearch import log as log_module
from index.testing.library import library, union
from tests.support import elasticsearch
from tests.support.province import batches, check, libraries, save, undisturbed

_ROOT = Path(__file__).resolve().parents[3]
_KILLS = int(os.environ.get("WENYUAN_KILLS", "2"))


async def test_four_writers_at_once(location: str) -> None:
    shelves = libraries(4, 80)
    gone = {name: [record.id for record in found[::9]] for name, found in shelves.items()}

    async def write(name: str, found: Sequence[Record]) -> None:
        index = await open_index(location)
        try:
            unifier = Unifier(index)
            for batch in batches(found):
                await unifier.add(batch)
            assert await unifier.delete(gone[name]) == len(gone[name])
            await unifier.add(found[:9])  # one of them was deleted: it comes back
        finally:
            await index.close()

    await asyncio.gather(*(write(name, found) for name, found in shelves.items()))
    back = {found[0].id for found in shelves.values()}
    all_gone = [uid for uids in gone.values() for uid in uids if uid not in back]
    index = await open_index(location)
    await check(index, await undisturbed([record for found in shelves.values() for record in found], all_gone))
    await index.close()


async def test_a_change_worked_out_from_old_readings_is_refused(index: ElasticsearchIndex, location: str) -> None:
    one, two = library()[0], library()[1]
    other = await open_index(location)
    view = await index.begin()
    assert await view.candidates(keys.block_keys(two)) == ()
    await other.apply(Change((one,), (union(one),)))
    with pytest.raises(ConflictError):
        await view.apply(Change((two,), (union(two),)))
    assert await index.known([two.id]) == frozenset()
    await other.close()


async def test_a_change_to_other_records_is_no_conflict(index: ElasticsearchIndex, location: str) -> None:
    one, two = library()[0], library()[9]
    other = await open_index(location)
    view = await index.begin()
    assert await view.candidates(keys.block_keys(two)) == ()
    await other.apply(Change((one,), (union(one),)))
    await view.apply(Change((two,), (union(two),)))
    assert await other.known([one.id, two.id]) == {one.id, two.id}
    await other.close()


async def test_what_a_dead_writer_left_is_finished_by_the_next(location: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_module, "LEASE", 0.2)
    one, two = library()[0], library()[1]
    dying = await open_index(location)

    async def die(*_: object) -> None:
        raise RetriableError("the power went off here")

    monkeypatch.setattr(dying.log, "apply", die)
    with pytest.raises(RetriableError):
        await dying.apply(Change((one,), (union(one),)))
    survivor = await open_index(location)
    assert await survivor.resolve(keys.uid(one.id)) == union(one)
    with pytest.raises(RetriableError):
        await dying.apply(Change((two,), (union(two),)))
    await survivor.refresh()
    assert await survivor.resolve(keys.uid(two.id)) == union(two)
    await dying.close()
    await survivor.close()


async def test_the_log_is_pruned_and_who_was_left_behind_catches_up(
    location: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_module, "KEPT", 5)
    monkeypatch.setattr(log_module, "_PRUNED_EVERY", 10)
    records = library()
    idle, busy = await open_index(location), await open_index(location)
    view = await idle.begin()
    for record in records[:23]:
        await busy.apply(Change((record,), (union(record),)))
    with pytest.raises(ConflictError):
        await view.apply(Change((records[30],), (union(records[30]),)))
    await idle.apply(Change((records[30],), (union(records[30]),)))
    assert (await busy.statistics())["change"] == 24
    await busy.refresh()
    assert (await busy.statistics())["records"] == 24
    fresh = await open_index(location)
    assert (await fresh.statistics())["change"] == 24
    for opened in (idle, busy, fresh):
        await opened.close()


@pytest.mark.parametrize("seed", [20261121])
async def test_writers_that_are_killed(location: str, seed: int, tmp_path: Path) -> None:
    """SIGKILL at random instants while another writer goes on; the killed one's work is begun again each time."""
    size = 75
    shelves = libraries(3, size)
    killed, survivor, *_ = shelves
    dice = random.Random(seed)
    todo = save([(batch, ()) for batch in batches(shelves[killed])], tmp_path / "steps")

    def kill_once() -> bool:
        with subprocess.Popen(
            [sys.executable, "-m", "tests.support.province", location, str(todo), "0"],
            cwd=_ROOT,
            stdout=subprocess.PIPE,
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline(), "the writer ended by itself"
            try:
                process.wait(dice.random() * 0.4)
            except subprocess.TimeoutExpired:
                process.kill()
                return True
            return process.returncode == 0

    async def go_on() -> None:
        index = await open_index(location)
        for batch in batches(shelves[survivor]):
            await Unifier(index).add(batch)
            await asyncio.sleep(0.2)
        await index.close()

    going = asyncio.create_task(go_on())
    for _ in range(_KILLS):
        assert await asyncio.to_thread(kill_once)
    await going
    index = await open_index(location)
    for batch in batches(shelves[killed]):
        await Unifier(index).add(batch)
    await check(index, await undisturbed([*shelves[killed], *shelves[survivor]]))
    await index.close()


async def test_the_node_is_stopped_and_started_again(node: elasticsearch.Node, location: str) -> None:
    if not node.ours:
        pytest.skip("the node of WENYUAN_ES_URL is not ours to stop")
    shelves = libraries(2, 120)
    index = await open_index(location)
    unifier = Unifier(index)

    async def write(found: Sequence[Record]) -> None:
        for batch in batches(found):
            await unifier.add(batch)
            await asyncio.sleep(0.05)

    writing = [asyncio.create_task(write(found)) for found in shelves.values()]
    await asyncio.sleep(0.5)
    await asyncio.to_thread(node.kill)
    await asyncio.to_thread(node.start)
    await asyncio.gather(*writing)
    await check(index, await undisturbed([record for found in shelves.values() for record in found]))
    await index.close()
