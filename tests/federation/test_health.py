"""What is decided about a library from how it fared, and that every decision can be seen."""

from __future__ import annotations

import asyncio
import time

import pytest

from gateway.core.answer import SearchRequest
from gateway.core.errors import RetriableError
from gateway.core.query import Clause, Query
from gateway.core.target import State
from gateway.federation.history import History
from gateway.federation.lag import LoopLag
from tests.support.waiting import until


@pytest.fixture
def punctual(monkeypatch):
    """An event loop that is never late, whatever else this machine does: timeouts of tenths of a second count."""
    monkeypatch.setattr(LoopLag, "_until", lambda self, now: 0.0)


def ask(term="红楼梦", **options):
    options.setdefault("deadline", 5.0)
    return SearchRequest(Query(Clause("any", term), text=term), **options)


def decided(member) -> str:
    return " | ".join(one.words for one in member.decisions)


async def probed(member) -> None:
    """Wait until the probe under way has told."""
    await until(lambda: member.breaker.probing_since is None and member.trust.probing_since is None)


def test_a_target_is_given_its_own_time_until_its_habits_are_known():
    history = History()
    for _ in range(7):
        history.answered(0.1, 0.2)
    assert (history.patience(10.0), history.late()) == (10.0, None)
    history.answered(0.1, 0.2)
    assert history.patience(10.0) == 3.0
    assert history.late() == 0.1
    history.answered(1.0, 2.0)
    assert history.patience(10.0) == 8.0
    assert history.patience(5.0) == 5.0


async def test_a_library_that_kept_a_reader_waiting_for_nothing_costs_the_next_one_nothing(world, record, punctual):
    w = await world({"silent": {"delay": 60, "timeout": 0.2}, "a": {"records": [record("a", 1, "红楼梦")]}})
    member = w.federation.members.get("silent")
    first = await w.federation.search(ask())
    assert first.targets[0].state is State.TIMEOUT
    second = await w.federation.search(ask("紅樓夢"))
    assert second.targets[0].state is State.SUSPENDED
    assert second.targets[0].diagnostic.kind == "suspended"
    assert member.counts["timeouts"] == 1 and "left alone" in decided(member)
    w.libraries["silent"].delay = 0
    await probed(member)
    member.breaker.open_until = 0.0
    await w.federation.search(ask("再问"))
    await probed(member)
    assert not member.breaker.suspended and "it answers" in decided(member)


async def test_a_probe_goes_out_at_once_and_one_lost_answer_costs_one_search_only(world, record, punctual):
    w = await world({"a": {"records": [record("a", 1, "红楼梦")], "delay": 60, "timeout": 0.2}})
    searching = asyncio.create_task(w.federation.search(ask()))
    await asyncio.sleep(0.1)
    w.libraries["a"].delay = 0  # what comes next it answers again
    await searching
    await probed(w.federation.members.get("a"))
    assert (await w.federation.search(ask("紅樓夢"))).targets[0].state is State.OK
    assert w.federation.members.get("a").counts["probes"] == 1


async def test_a_target_that_says_when_to_come_back_is_left_alone_until_then(world, record):
    w = await world({"a": {"error": RetriableError("busy", retry_after=40.0)}})
    await w.federation.search(ask())
    answer = await w.federation.search(ask("紅樓夢"))
    assert answer.targets[0].state is State.SUSPENDED
    assert len(w.libraries["a"].asked) == 1
    now = asyncio.get_running_loop().time()
    assert 35 < w.federation.members.get("a").breaker.retry_in(now) <= 40


async def test_a_library_that_was_well_is_asked_once_more(world, record):
    w = await world({"a": {"records": [record("a", 1, "红楼梦")]}})
    await w.federation.search(ask())
    library, member = w.libraries["a"], w.federation.members.get("a")
    library.error = RetriableError("reset")
    searching = asyncio.create_task(w.federation.search(ask("紅樓夢")))
    await until(lambda: member.counts["retries"])
    library.error = None
    assert (await searching).targets[0].state is State.OK
    assert (member.counts["retries"], member.breaker.failures) == (1, 0)


async def test_a_liar_goes_into_quarantine_and_comes_out_when_it_gives_records(world, record):
    w = await world({"a": {"hits": 7}})
    member = w.federation.members.get("a")
    for number in range(3):
        answer = await w.federation.search(ask(f"第{number}问"))
        assert answer.targets[0].state is State.OK
    assert member.trust.suspended and member.counts["quarantines"] == 1
    answer = await w.federation.search(ask())
    assert answer.targets[0].state is State.SUSPENDED
    assert answer.targets[0].diagnostic.kind == "quarantined"
    assert "gave none 3 times in a row" in answer.targets[0].diagnostic.message
    assert len(w.libraries["a"].asked) == 3
    member.trust.open_until = 0.0
    await w.federation.search(ask("第四问"))
    await probed(member)
    assert member.trust.suspended and member.trust.failures == 4, "the probe was lied to, too"
    w.libraries["a"].records = [record("a", 1, "红楼梦")]
    member.trust.open_until = 0.0
    await w.federation.search(ask("第五问"))
    await probed(member)
    assert not member.trust.suspended and "out of quarantine" in decided(member)
    assert (await w.federation.search(ask("第六问"))).targets[0].state is State.OK


async def test_no_hits_are_no_lie(world):
    w = await world({"a": {}})
    for number in range(5):
        await w.federation.search(ask(f"第{number}问"))
    assert w.federation.members.get("a").trust.failures == 0


async def test_searches_beyond_its_connections_wait_without_blame(world, record):
    w = await world({"a": {"records": [record("a", 1, "红楼梦")], "delay": 0.15, "timeout": 0.4}})
    answers = await asyncio.gather(*(w.federation.search(ask(f"第{n}问")) for n in range(20)))  # 4 at a time, 0.75 s
    assert {answer.targets[0].state for answer in answers} == {State.OK}
    assert w.federation.members.get("a").counts["failures"] == 0


async def test_time_that_the_gateway_itself_lost_is_given_back(world, record):
    w = await world({"a": {"records": [record("a", 1, "红楼梦")], "delay": 0.5, "timeout": 0.6}})
    searching = asyncio.create_task(w.federation.search(ask()))
    await asyncio.sleep(0.1)
    time.sleep(0.3)  # noqa: ASYNC251 - the loop stands still
    w.libraries["a"].delay = 0.0
    answer = await searching
    assert answer.targets[0].state is State.OK, answer.targets
    assert w.federation.members.lag.total > 0.2


async def test_nobody_is_blamed_when_most_are_silent_together(world, record, punctual):
    silent = {f"s{n}": {"delay": 60, "timeout": 0.8} for n in range(8)}
    w = await world({**silent, "a": {"records": [record("a", 1, "红楼梦")]}})
    await w.federation.search(ask())
    members = w.federation.members
    assert not any(member.left_alone for member in members)
    assert "not blamed" in decided(members.get("s0"))
    for n in range(6):
        w.libraries[f"s{n}"].delay = 0
    await w.federation.search(ask("紅樓夢"))
    assert [member.target.id for member in members if member.left_alone] == ["s6", "s7"]
