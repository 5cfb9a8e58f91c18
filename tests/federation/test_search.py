import asyncio
import gc
import weakref

import pytest

from gateway.core.answer import Scope, SearchRequest
from gateway.core.errors import ConfigurationError, FatalTargetError, RetriableError, UnsupportedQueryError
from gateway.core.query import Clause, Query, SortKey
from gateway.core.target import State
from gateway.federation import live as live_module
from gateway.federation import search as search_module
from gateway.federation.live import LiveSearch
from gateway.federation.search import BusyError


def ask(term="红楼梦", **options):
    options.setdefault("deadline", 3.0)
    return SearchRequest(Query(Clause("any", term), text=term), **options)


def states(answer):
    return {status.id: status.state for status in answer.targets}


async def test_one_edition_of_three_libraries_is_one_union_record(world, record):
    w = await world(
        {
            "a": {"records": [record("a", 1, "红楼梦", "曹雪芹著", isbn="9787020002207")]},
            "b": {"records": [record("b", 7, "紅樓夢", "（清）曹雪芹著", isbn="7-02-000220-X")]},
            "c": {"records": [record("c", 3, "围城", "钱锺书著", isbn="9787020024759")]},
        }
    )
    answer = await w.federation.search(ask())
    assert answer.total == 2
    first = answer.records[0]
    assert set(first.sources) == {"a", "b"}
    assert {holding.source for holding in first.holdings} == {"a", "b"}
    assert states(answer) == {"a": State.OK, "b": State.OK, "c": State.OK}
    assert [(s.hits, s.returned) for s in answer.targets] == [(1, 1)] * 3
    assert answer.complete


async def test_a_silent_library_costs_the_deadline_and_nothing_else(world, record):
    w = await world({"a": {"records": [record("a", 1, "红楼梦")]}, "silent": {"delay": 60}})
    started = asyncio.get_running_loop().time()
    answer = await w.federation.search(ask(deadline=0.3))
    took = asyncio.get_running_loop().time() - started
    assert 0.25 <= took < 30, "the library would have answered after a minute"
    assert states(answer) == {"a": State.OK, "silent": State.TIMEOUT}
    assert "No answer within the 0.3 s" in answer.targets[1].diagnostic.message
    assert answer.total == 1
    await asyncio.sleep(0.05)
    assert w.libraries["silent"].open == 0, "its question was cancelled when the reader left"


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (RetriableError("refused"), "unreachable"),
        (FatalTargetError("wrong password"), "fatal"),
        (ValueError("a bug"), "internal"),
    ],
)
async def test_a_failing_library_is_named_with_its_cause(world, record, error, kind):
    w = await world({"a": {"records": [record("a", 1, "红楼梦")]}, "bad": {"error": error}})
    answer = await w.federation.search(ask())
    status = answer.targets[1]
    assert (status.state, status.diagnostic.kind, answer.total) == (State.ERROR, kind, 1)


async def test_records_that_came_before_a_failure_are_kept(world, record):
    records = [record("a", n, f"书{n}号") for n in range(1, 31)]
    w = await world({"a": {"records": records, "error": RetriableError("reset"), "fail_after": 10, "page_size": 10}})
    answer = await w.federation.search(ask("书", size=50))
    status = answer.targets[0]
    assert (status.state, status.returned, status.hits, len(answer.records)) == (State.PARTIAL, 10, 30, 10)
    assert status.diagnostic.message == "reset"


async def test_what_a_library_cannot_do_is_said_and_is_no_failure(world, record):
    error = UnsupportedQueryError("no such access point", feature="barcode")
    w = await world({"a": {"error": error}})
    for _ in range(5):
        answer = await w.federation.search(ask())
    assert states(answer) == {"a": State.UNSUPPORTED}
    assert not w.federation.members.get("a").breaker.suspended


async def test_a_library_that_fails_again_and_again_is_left_alone(world, record):
    w = await world({"a": {"error": RetriableError("refused")}})
    for n in range(4):
        answer = await w.federation.search(ask(f"第{n}问"))
    assert states(answer) == {"a": State.SUSPENDED}
    assert "3 times in a row" in answer.targets[0].diagnostic.message
    assert answer.targets[0].diagnostic.detail == "refused"
    assert len(w.libraries["a"].asked) == 3


async def test_a_suspended_library_is_tried_again_behind_the_answer(world, record):
    w = await world({"a": {"error": RetriableError("refused")}, "b": {"records": [record("b", 1, "红楼梦")]}})
    for n in range(3):
        await w.federation.search(ask(f"第{n}问"))
    w.libraries["a"].delay = 0.3
    w.libraries["a"].error = None
    w.libraries["a"].records = [record("a", 1, "红楼梦")]
    w.federation.members.get("a").breaker.open_until = 0.0
    started = asyncio.get_running_loop().time()
    answer = await w.federation.search(ask())
    assert asyncio.get_running_loop().time() - started < 0.25, "nobody waits for the probe"
    assert states(answer) == {"a": State.SUSPENDED, "b": State.OK}
    await asyncio.sleep(0.4)
    assert states(await w.federation.search(ask("紅樓夢"))) == {"a": State.OK, "b": State.OK}


async def test_a_record_that_cannot_be_read_costs_only_itself(world, record):
    from dataclasses import replace

    broken = replace(record("a", 2, "x"), payload=b"\x00\xff garbage")
    w = await world({"a": {"records": [record("a", 1, "红楼梦"), broken]}})
    answer = await w.federation.search(ask())
    assert answer.total == 1
    assert answer.targets[0].state is State.OK
    assert answer.targets[0].diagnostic.kind == "data"
    assert "record 2" in answer.targets[0].diagnostic.detail


async def test_identical_searches_in_flight_ask_each_library_once(world, record):
    w = await world({"a": {"records": [record("a", 1, "红楼梦")], "delay": 0.2}})
    answers = await asyncio.gather(*(w.federation.search(ask()) for _ in range(20)))
    assert len(w.libraries["a"].asked) == 1
    assert {answer.total for answer in answers} == {1}


async def test_a_reader_who_leaves_frees_what_was_asked_for_him(world, record):
    w = await world({"a": {"delay": 60}})
    task = asyncio.create_task(w.federation.search(ask()))
    await asyncio.sleep(0.1)
    assert w.libraries["a"].open == 1
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await asyncio.sleep(0.05)
    assert w.libraries["a"].open == 0


async def test_a_page_further_on_is_fetched_on_demand(world, record):
    records = [record("a", n, f"丛书第{n:03d}号之名") for n in range(1, 96)]
    w = await world({"a": {"records": records}}, fetch=20)
    first = await w.federation.search(ask("丛书", scope=Scope.LIVE, size=20))
    assert (len(first.records), first.total_is_estimate) == (20, True)
    fourth = await w.federation.search(ask("丛书", scope=Scope.LIVE, size=20, page=4))
    assert len(fourth.records) == 20
    assert [(start, limit) for _, start, limit in w.libraries["a"].asked] == [(1, 20), (21, 60)]


async def test_filters_and_facets(world, record):
    w = await world(
        {
            "a": {"records": [record("a", 1, "红楼梦", year=1982), record("a", 2, "红楼梦研究", year=1990)]},
            "b": {"records": [record("b", 1, "红楼梦辞典", year=1990, language="eng")]},
        }
    )
    everything = await w.federation.search(ask())
    years = {item.value: item.count for item in everything.facets["year"]}
    assert years == {"1982": 1, "1990": 2}
    only = await w.federation.search(ask(filters=(("year", "1990"), ("library", "a"))))
    assert [union.record.title.text for union in only.records] == ["红楼梦研究"]
    assert {item.value: item.count for item in only.facets["year"]} == {"1982": 1, "1990": 1}
    assert {item.value: item.count for item in only.facets["library"]} == {"a": 1, "b": 1}
    assert {item.value for item in only.facets["language"]} == {"chi"}


async def test_orders(world, record):
    w = await world(
        {"a": {"records": [record("a", n, t, year=y) for n, t, y in ((1, "诗经", 1980), (2, "楚辞", 2001))]}}
    )
    newest = await w.federation.search(ask("集", sort=(SortKey("year", descending=True),)))
    assert [union.record.year for union in newest.records] == [2001, 1980]
    by_title = await w.federation.search(ask("集", sort=(SortKey("title"),)))
    assert [union.record.title.text for union in by_title.records] == ["楚辞", "诗经"]
    with pytest.raises(UnsupportedQueryError, match="sorted by"):
        await w.federation.search(ask("集", scope=Scope.LIVE, sort=(SortKey("colour"),)))


async def test_what_was_seen_live_is_kept_and_found_without_the_library(world, record):
    w = await world({"a": {"records": [record("a", 1, "红楼梦", "曹雪芹著")]}})
    live = await w.federation.search(ask(scope=Scope.LIVE))
    await w.federation.keeper.drain()
    kept = await w.federation.search(ask("紅樓夢", scope=Scope.INDEX))
    assert [union.id for union in kept.records] == [union.id for union in live.records]
    assert kept.targets == ()
    resolved = await w.federation.keeper.resolve(live.records[0].id)
    assert [member.id for member in resolved.members] == ["a:000001"]


async def test_holdings_of_a_library_that_is_silent_today_come_from_the_index(world, record):
    same = {"isbn": "9787020002207", "author": "曹雪芹著"}
    w = await world(
        {"a": {"records": [record("a", 1, "红楼梦", **same)]}, "b": {"records": [record("b", 1, "红楼梦", **same)]}}
    )
    await w.federation.search(ask())
    await w.federation.keeper.drain()
    w.libraries["b"].error = RetriableError("down")
    answer = await w.federation.search(ask("紅樓夢"))
    assert answer.total == 1
    assert set(answer.records[0].sources) == {"a", "b"}
    assert states(answer)["b"] is State.ERROR


async def test_the_stream_tells_each_library_as_it_answers(world, record):
    w = await world(
        {
            "fast": {"records": [record("fast", 1, "红楼梦")]},
            "slow": {"records": [record("slow", 1, "红楼梦研究")], "delay": 0.4},
        }
    )
    answers = [answer async for answer in w.federation.stream(ask(), every=0.05)]
    assert answers[-1].complete and answers[-1].total == 2
    seen = [states(answer) for answer in answers]
    assert {"fast": State.OK, "slow": State.WAITING} in seen
    assert seen[-1] == {"fast": State.OK, "slow": State.OK}


async def test_a_page_lets_slow_libraries_go_on_for_its_script(world, record):
    w = await world({"slow": {"records": [record("slow", 1, "红楼梦")], "delay": 0.5}})
    async with w.federation.screen(ask(deadline=0.1), 2.0) as page:
        assert states(page) == {"slow": State.WAITING} and not page.complete
    whole = await w.federation.search(ask())
    assert states(whole) == {"slow": State.OK}
    assert len(w.libraries["slow"].asked) == 1


async def test_an_unknown_library_and_too_many_searches(world, record):
    w = await world({"a": {"delay": 0.2}}, max_searches=1)
    with pytest.raises(ConfigurationError, match="'nowhere'"):
        await w.federation.search(ask(targets=("nowhere",)))
    first = asyncio.create_task(w.federation.search(ask()))
    await asyncio.sleep(0.05)
    with pytest.raises(BusyError):
        await w.federation.search(ask("another"))
    await first


async def test_only_the_named_libraries_are_asked(world, record):
    w = await world({"a": {"records": [record("a", 1, "红楼梦")]}, "b": {"records": [record("b", 1, "红楼梦")]}})
    answer = await w.federation.search(ask(targets=("b",)))
    assert states(answer) == {"b": State.OK}
    assert not w.libraries["a"].asked


async def test_slowness_is_worth_a_word(world, record):
    w = await world({"a": {"records": [record("a", 1, "红楼梦")], "delay": 0.2}}, slow_after=0.1)
    answer = await w.federation.search(ask())
    assert answer.targets[0].state is State.OK
    assert answer.targets[0].diagnostic.kind == "slow"


async def test_closing_closes_the_connectors(world, record):
    w = await world({"a": {"records": [record("a", 1, "红楼梦")]}})
    await w.federation.search(ask())
    await w.federation.close()
    assert w.libraries["a"].closed


async def test_a_page_that_the_index_fills_waits_for_nobody(world, record):
    found = [record("a", n, f"红楼梦第{n}种") for n in range(1, 6)]
    w = await world({"a": {"records": found}}, page_patience=20.0)
    await w.federation.search(ask())
    await w.federation.keeper.drain()
    w.libraries["a"].delay = 0.5
    async with w.federation.screen(ask("紅樓夢", size=5, deadline=3.0), 2.0) as page:
        assert (len(page.records), states(page)) == (5, {"a": State.WAITING}) and not page.complete
    async with w.federation.screen(ask("紅樓夢", size=6, deadline=30.0), 2.0) as longer:
        assert (len(longer.records), states(longer)) == (5, {"a": State.OK})
    assert len(w.libraries["a"].asked) == 2


@pytest.mark.parametrize("known", [True, False])
async def test_a_page_that_the_index_fills_in_part_waits_a_little(world, record, known):
    """And one for which it has nothing waits until the deadline: a reader wants records, not speed."""
    found = [record("a", n, f"红楼梦第{n}种") for n in range(1, 3)]
    w = await world({"a": {"records": found}}, page_patience=0.05)
    if known:
        await w.federation.search(ask())
        await w.federation.keeper.drain()
    w.libraries["a"].delay = 0.6
    async with w.federation.screen(ask("紅樓夢", deadline=30.0), 2.0) as page:
        assert len(page.records) == 2
        assert states(page) == {"a": State.WAITING if known else State.OK}


async def test_the_second_page_of_what_the_index_has_begins_where_the_first_ends(world, record):
    w = await world({"a": {"records": [record("a", n, f"红楼梦第{n}种") for n in range(1, 8)]}})
    await w.federation.search(ask())
    await w.federation.keeper.drain()
    w.libraries["a"].delay = 0.5
    shown = []
    for page in (1, 2):
        async with w.federation.screen(ask("紅樓夢", size=3, page=page, deadline=3.0), 2.0) as answer:
            assert (len(answer.records), answer.total, states(answer)["a"]) == (3, 7, State.WAITING)
            shown += [union.id for union in answer.records]
    assert len(set(shown)) == 6


async def test_a_reader_who_leaves_before_anybody_was_asked_leaves_nothing_behind(world, record):
    w = await world({"a": {"records": [record("a", n, f"红楼梦第{n}种") for n in range(1, 4)]}})
    await w.federation.search(ask())
    await w.federation.keeper.drain()
    async with w.federation.screen(ask("紅樓夢", size=3, deadline=0.01), 2.0) as page:
        assert states(page) == {"a": State.WAITING}
        left = w.federation.searches.join((ask("紅樓夢").query.root, ("a",)), 50, None)
        left.cancel()
        w.federation.searches.leave(left)
    assert len(w.libraries["a"].asked) == 1
    again = await w.federation.search(ask("紅樓夢"))
    assert states(again) == {"a": State.OK}
    assert len(w.libraries["a"].asked) == 2


async def test_records_that_come_while_a_screen_is_drawn_wait_for_it(world, record):
    w = await world({"a": {"records": [record("a", n, f"红楼梦第{n}种") for n in range(1, 4)]}})
    await w.federation.search(ask())
    await w.federation.keeper.drain()
    other = asyncio.create_task(w.federation.search(ask("红楼梦 研究", scope=Scope.LIVE)))
    async with w.federation.screen(ask("紅樓夢", size=3), 2.0):
        await asyncio.sleep(0.1)
        assert not other.done()
    assert (await asyncio.wait_for(other, 2)).complete


@pytest.mark.parametrize("fate", ["given up", "timed out", "failed"])
async def test_a_search_that_ended_is_freed_without_the_collector(world, record, monkeypatch, fate):
    """A gateway seldom looks through all of its memory for cycles (``gateway.interpreter``)."""
    alive = weakref.WeakSet()

    class Watched(LiveSearch):
        def __init__(self, *args, **options):
            super().__init__(*args, **options)
            alive.add(self)

    monkeypatch.setattr(search_module, "LiveSearch", Watched)
    bad = {"error": RetriableError("The library fell over")} if fate == "failed" else {"delay": 60}
    w = await world({"a": {"records": [record("a", 1, "红楼梦")]}, "bad": bad}, cache_seconds=0)
    gc.collect()
    gc.disable()
    try:
        task = asyncio.create_task(w.federation.search(ask(deadline=0.3 if fate == "timed out" else 30)))
        if fate == "given up":
            await asyncio.sleep(0.1)
            task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        del task
        ended = [weakref.ref(search) for search in alive]
        await w.federation.search(ask("围城", targets=("a",)))  # what is too old is dropped when another comes
        assert not any(search() for search in ended)
    finally:
        gc.enable()


async def test_an_old_search_is_let_go_of_when_the_reader_of_a_new_one_has_his_screen(world, record, monkeypatch):
    monkeypatch.setattr(live_module, "_SWEEP", 0.05)
    w = await world({"a": {"records": [record("a", 1, "红楼梦")]}, "slow": {"delay": 60}}, cache_seconds=0)
    await w.federation.search(ask(deadline=0.2))
    new = asyncio.create_task(w.federation.search(ask("围城", deadline=30)))
    await asyncio.sleep(0.01)
    assert len(w.federation.searches) == 2
    for _ in range(1_000):
        if len(w.federation.searches) == 1:
            break
        await asyncio.sleep(0.01)
    assert len(w.federation.searches) == 1
    assert not new.done()
    new.cancel()
    await asyncio.gather(new, return_exceptions=True)
