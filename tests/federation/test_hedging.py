"""A second question when the first page is late: the faster counts, nothing stays behind, and it is done seldom."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from gateway.core.ports import Page
from gateway.core.target import Target
from gateway.federation.hedging import Budget, allowed, hedged
from tests.support.waiting import until


@dataclass
class Source:
    """Each question waits for the next of ``delays``, fails if that is an exception, and gives three pages."""

    delays: list[float | Exception]
    asked: int = 0
    open: set[int] = field(default_factory=set)
    won: int = 0

    async def ask(self):
        number = self.asked
        self.asked += 1
        self.open.add(number)
        try:
            delay = self.delays[number]
            if isinstance(delay, Exception):
                raise delay
            await asyncio.sleep(delay)
            for position in range(3):
                yield Page(number, (), ())
                await asyncio.sleep(0)
                del position
        finally:
            self.open.discard(number)

    def win(self):
        self.won += 1

    async def run(self, after=0.02, second=True):
        return [page.total async for page in hedged(self.ask, after, lambda: second, self.win)]


async def test_a_page_in_time_needs_no_second_question():
    source = Source([0.0])
    assert await source.run() == [0, 0, 0]
    assert (source.asked, source.won, source.open) == (1, 0, set())


async def test_the_second_answer_counts_when_the_first_never_comes():
    source = Source([60, 0.01])
    assert await source.run() == [1, 1, 1]
    assert (source.asked, source.won, source.open) == (2, 1, set())


async def test_the_first_answer_counts_when_it_is_the_faster_after_all():
    source = Source([0.05, 60])
    assert await source.run() == [0, 0, 0]
    assert (source.asked, source.won, source.open) == (2, 0, set())


async def test_a_second_question_that_fails_changes_nothing():
    source = Source([0.05, OSError("no")])
    assert await source.run() == [0, 0, 0]
    assert source.open == set()


async def test_what_the_first_one_raised_is_raised_when_both_fail():
    with pytest.raises(OSError, match="first"):
        await Source([OSError("first")]).run()


async def test_without_leave_there_is_no_second_question():
    source = Source([0.05])
    assert await source.run(second=False) == [0, 0, 0]


async def test_who_leaves_leaves_nothing_open():
    source = Source([60, 60])
    task = asyncio.create_task(source.run())
    await until(lambda: source.asked == 2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert source.open == set()


async def test_who_has_enough_leaves_nothing_open():
    source = Source([60, 0.0])
    pages = hedged(source.ask, 0.01, lambda: True, source.win)
    assert (await anext(pages)).total == 1
    await pages.aclose()
    assert source.open == set()


def test_a_tenth_of_the_searches_at_most():
    budget = Budget()
    taken = 0
    for _ in range(1000):
        budget.earn()
        taken += budget.take()
    assert 95 <= taken <= 104


def test_only_where_the_target_says_so():
    assert not allowed(Target("a", "z3950"))
    assert allowed(Target("a", "z3950", options={"hedge": "yes"}))
    assert not allowed(Target("a", "z3950", options={"hedge": "yes"}, max_connections=1))


async def test_a_search_is_hedged_by_the_targets_own_history(world, record):
    from gateway.core.answer import SearchRequest
    from gateway.core.query import Clause, Query
    from gateway.core.target import State

    w = await world({"a": {"records": [record("a", 1, "红楼梦")], "options": {"hedge": "yes"}}})
    member, library = w.federation.members.get("a"), w.libraries["a"]
    for number in range(8):
        await w.federation.search(SearchRequest(Query(Clause("any", f"第{number}问"))))
    library.delay = 60
    searching = asyncio.create_task(w.federation.search(SearchRequest(Query(Clause("any", "红楼梦")))))
    await until(lambda: len(library.asked) == 9)
    library.delay = 0
    answer = await searching
    assert answer.targets[0].state is State.OK
    assert (member.counts["hedges"], member.counts["hedges_won"]) == (1, 1)
    assert library.open == 0
