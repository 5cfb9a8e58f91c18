"""One harvest: what is written when, what is tried again, what is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import pytest

from gateway.core.errors import ConfigurationError, FatalTargetError, RemoteProtocolError, RetriableError
from gateway.core.ports import Batch
from gateway.core.record import RawRecord, Record
from gateway.core.target import Target
from gateway.harvest import Checkpoint, Checkpoints, Harvester, Report, Schedule
from gateway.harvest.runner import MAX_ATTEMPTS
from gateway.union import Unifier
from index.embedded import EmbeddedIndex, open_index
from tests.support.world import raw

LIB = Target("lib", "test")
TITLES = ("红楼梦", "西游记", "水浒传", "三国演义", "儒林外史", "聊斋志异")


def book(number: int, title: str = "") -> RawRecord:
    made = raw("lib", number, title or TITLES[number], f"作者{number}著", year=1980 + number)
    return replace(made, local_id=f"oai:{number}")


class Source:
    """A list of batches, numbered by cursor; ``faults`` are raised, once each, before the batch of their number."""

    def __init__(self, *batches: Batch, faults: dict[int, list[Exception]] | None = None) -> None:
        self.batches = batches
        self.faults = faults or {}
        self.asked: list[str] = []
        self.thrice = asyncio.Event()

    async def harvest(self, cursor: str = "") -> AsyncIterator[Batch]:
        self.asked.append(cursor)
        if len(self.asked) == 3:
            self.thrice.set()
        for number in range(int(cursor or 0), len(self.batches)):
            if self.faults.get(number):
                raise self.faults[number].pop(0)
            yield replace(self.batches[number], cursor=str(number + 1))


def batch(*records: RawRecord, **more: object) -> Batch:
    return Batch(records, "", **more)  # type: ignore[arg-type]


class Watched(Unifier):
    """Keeps the order of what happens; fails when told."""

    def __init__(self, index: EmbeddedIndex, events: list[str]) -> None:
        super().__init__(index)
        self.events = events
        self.error: Exception | None = None

    async def add(self, records: Sequence[Record]) -> list:
        if self.error is not None:
            raise self.error
        done = await super().add(records)
        self.events.append("acknowledged " + ",".join(record.local_id for record in records))
        return done


class Noting(Checkpoints):
    def __init__(self, index: EmbeddedIndex, events: list[str]) -> None:
        super().__init__(index)
        self.events = events
        self.moved = asyncio.Event()

    async def save(self, source: str, checkpoint: Checkpoint) -> None:
        await super().save(source, checkpoint)
        self.events.append(f"saved {checkpoint.cursor}")
        self.moved.set()


class World:
    def __init__(self, index: EmbeddedIndex) -> None:
        self.index = index
        self.events: list[str] = []
        self.slept: list[float] = []
        self.unifier = Watched(index, self.events)
        self.checkpoints = Noting(index, self.events)
        self.harvester = Harvester(index, self.unifier, sleep=self.sleep, checkpoints=self.checkpoints)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    async def run(self, source: Source, **options: object) -> Report:
        return await self.harvester.run(LIB, source, **options)  # type: ignore[arg-type]

    async def held(self) -> set[str]:
        ids = [f"lib:oai:{number}" for number in range(10)]
        return {name.rpartition(":")[2] for name in await self.index.known(ids)}


@pytest.fixture
async def world() -> AsyncIterator[World]:
    index = await open_index("")
    yield World(index)
    await index.close()


async def test_the_checkpoint_moves_only_behind_the_acknowledgement(world):
    report = await world.run(Source(batch(book(0), book(1)), batch(book(2), total=3)))
    assert (report.state, report.mode, report.received, report.batches, report.total) == ("ok", "full", 3, 2, 3)
    assert world.events == ["acknowledged oai:0,oai:1", "saved 1", "acknowledged oai:2", "saved 2", "saved 2"]
    assert await world.held() == {"0", "1", "2"}
    kept = await world.checkpoints.load("lib")
    assert (kept.cursor, kept.complete, kept.report) == ("2", True, report)


async def test_an_index_that_fails_leaves_the_checkpoint_where_it_was(world):
    world.unifier.error = ConfigurationError("no space")
    report = await world.run(Source(batch(book(0))))
    assert (report.state, "no space" in report.error) == ("error", True)
    assert (await world.checkpoints.load("lib")).cursor == ""
    world.unifier.error = None
    assert (await world.run(Source(batch(book(0))))).state == "ok"
    assert await world.held() == {"0"}


async def test_the_next_harvest_goes_on_from_the_checkpoint(world):
    first = Source(batch(book(0)))
    await world.run(first)
    second = Source(batch(book(0)), batch(book(1)))
    report = await world.run(second)
    assert (second.asked, report.mode, report.received) == (["1"], "changes", 1)
    third = Source(batch(book(0)), batch(book(1)))
    report = await world.run(third, full=True)
    assert (third.asked, report.mode, report.received) == ([""], "full", 2)
    statistics = await world.index.statistics()
    assert statistics["records"] == 2


async def test_a_harvest_again_changes_nothing(world):
    source = Source(batch(book(0), book(1)), batch(book(2)))
    await world.run(source)
    before = await world.index.statistics()
    await world.run(source, full=True)
    assert await world.index.statistics() == before


async def test_deletions_and_changes(world):
    await world.run(Source(batch(book(0), book(1), book(2))))
    report = await world.run(
        Source(batch(), batch(book(1, "西游补"), deletions=("oai:0", "oai:9"))),
    )
    assert report.deleted == 1
    assert await world.held() == {"1", "2"}
    (union,) = await world.index.unions_of(["lib:oai:1"])
    assert union.record.title.text == "西游补"


async def test_limit(world):
    source = Source(batch(book(0)), batch(book(1)), batch(book(2)))
    report = await world.run(source, limit=2)
    assert (report.state, report.received) == ("partial", 2)
    report = await world.run(source)
    assert (report.mode, report.received, source.asked) == ("resumed", 1, ["", "2"])


async def test_what_is_retriable_is_tried_again_from_the_last_batch(world):
    busy = [RetriableError("busy", retry_after=17.0), RetriableError("reset")]
    source = Source(batch(book(0)), batch(book(1)), faults={1: busy})
    report = await world.run(source)
    assert (report.state, report.retries, report.received) == ("ok", 2, 2)
    assert source.asked == ["", "1", "1"]
    assert world.slept[0] == 17.0
    assert 2.0 < world.slept[1] < 6.0


async def test_a_source_that_never_answers_is_given_up(world):
    source = Source(batch(book(0)), batch(book(1)), faults={1: [RetriableError("reset")] * 50})
    report = await world.run(source)
    assert (report.state, report.error, report.received) == ("error", "reset", 1)
    assert len(source.asked) == MAX_ATTEMPTS
    assert world.slept == sorted(world.slept)
    assert (await world.checkpoints.load("lib")).cursor == "1"


async def test_a_source_that_asks_for_a_day_is_left_to_the_next_run(world):
    source = Source(batch(book(0)), faults={0: [RetriableError("closed", retry_after=86_400.0)]})
    assert (await world.run(source)).state == "error"
    assert world.slept == []


@pytest.mark.parametrize("error", [FatalTargetError("no such set"), RemoteProtocolError("goes round in circles")])
async def test_other_errors_stop_this_source_at_once(world, error):
    source = Source(batch(book(0)), batch(book(1)), faults={1: [error]})
    report = await world.run(source)
    assert (report.state, report.error, source.asked, world.slept) == ("error", str(error), [""], [])
    assert await world.held() == {"0"}
    assert (await world.run(source)).mode == "resumed"
    assert await world.held() == {"0", "1"}


async def test_unreadable_records_are_named_and_the_others_kept(world):
    broken = RawRecord("lib", b"", "iso2709", local_id="oai:7")
    report = await world.run(Source(batch(book(0), broken, book(1), faults=("Record oai:8 is not XML",), notes=("n",))))
    assert (report.state, report.unreadable, report.received) == ("partial", 2, 3)
    assert report.faults[0].startswith("oai:7: ")
    assert report.faults[1] == "Record oai:8 is not XML"
    assert report.notes == ("n",)
    assert await world.held() == {"0", "1"}


async def test_faults_without_end_are_counted_not_kept(world):
    report = await world.run(Source(batch(faults=tuple(f"fault {n}" for n in range(1000)))))
    assert (report.unreadable, len(report.faults)) == (1000, 50)


async def test_a_damaged_checkpoint_is_told_and_a_full_harvest_mends_it(world):
    await world.index.set_note("harvest:lib", "{not json")
    report = await world.run(Source(batch(book(0))))
    assert (report.state, "in full" in report.error) == ("error", True)
    assert (await world.run(Source(batch(book(0))), full=True)).state == "ok"


async def test_cancelled_in_the_middle(world):
    class Slow(Source):
        async def harvest(self, cursor: str = "") -> AsyncIterator[Batch]:
            async for each in super().harvest(cursor):
                yield each
                await asyncio.sleep(60)

    task = asyncio.create_task(world.run(Slow(batch(book(0)), batch(book(1)))))
    await world.checkpoints.moved.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    source = Source(batch(book(0)), batch(book(1)))
    assert (await world.run(source)).mode == "resumed"
    assert source.asked == ["1"]


def test_an_index_without_notes_cannot_keep_checkpoints():
    with pytest.raises(ConfigurationError, match="checkpoints"):
        Checkpoints(object())  # type: ignore[arg-type]


async def test_a_schedule_harvests_all_in_turn_and_again(world):
    good, bad = Source(batch(book(0))), Source(batch(), faults={0: [ValueError("a bug")] * 1000})
    schedule = Schedule(world.harvester, [(Target("bad", "test"), bad), (LIB, good)], 0.01)
    schedule.start()
    await good.thrice.wait()
    await schedule.close()
    asked = len(good.asked)
    await asyncio.sleep(0.05)
    assert len(good.asked) == asked
    assert good.asked[:3] == ["", "1", "1"]
    assert len(bad.asked) >= 2
