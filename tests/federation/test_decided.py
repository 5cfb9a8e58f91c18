"""Live answers are merged as cataloguers decided, in every order in which they come."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import replace

import pytest

from gateway.core.answer import Scope, SearchRequest
from gateway.core.decision import Decision, Kind
from gateway.core.errors import RetriableError
from gateway.core.ports import Change
from gateway.core.query import Clause, Query
from gateway.core.record import Contributor, Identifier, Publication, Record, Title
from gateway.federation import decided
from gateway.federation.decided import Decided
from gateway.federation.resultset import ResultSet
from gateway.records.constraints import Constraints
from tests.support.world import raw, worlds


def book(uid: str, isbn: str = "9787020002207") -> Record:
    source, local_id = uid.split(":")
    return Record(
        id=uid,
        source=source,
        local_id=local_id,
        titles=(Title("红楼梦"),),
        contributors=(Contributor("曹雪芹", "aut", primary=True),),
        publications=(Publication(publisher="人民文学出版社", date="1996"),),
        year=1996,
        identifiers=(Identifier("isbn", isbn, isbn),),
        languages=("chi",),
    )


SAME = [book("a:1"), book("b:1"), book("c:1")]
OTHER = book("d:1", "9787101003048")
JOIN = Decision("d1", Kind.JOIN, ("a:1", "d:1"))
SPLIT = Decision("d2", Kind.SPLIT, ("b:1",), ("a:1", "c:1"))


def groups(results: ResultSet) -> set[frozenset[str]]:
    return {frozenset(member.id for member in union.members) for union in results.unions()}


@pytest.mark.parametrize("order", list(itertools.permutations([*SAME, OTHER])))
def test_every_order_of_arrival_ends_alike(order) -> None:
    results = ResultSet(Constraints([JOIN, SPLIT]))
    for record in order:
        results.add([record])
        results.unions()
    assert groups(results) == {frozenset({"a:1", "c:1", "d:1"}), frozenset({"b:1"})}
    more = ResultSet(Constraints([JOIN, SPLIT]))
    more.add(order[:2])
    fuller = more.copy()
    fuller.add(order[2:])
    assert groups(fuller) == groups(results)
    assert groups(more) != groups(results)


def test_undone_decisions_do_not_count() -> None:
    results = ResultSet(Constraints([replace(JOIN, undone_by="x", undone_at=1)]))
    results.add([*SAME, OTHER])
    assert groups(results) == {frozenset({"a:1", "b:1", "c:1"}), frozenset({"d:1"})}


async def test_a_live_search_is_merged_as_decided(tmp_path) -> None:
    one, other = (raw(name, 1, "红楼梦", "曹雪芹著", isbn="9787020002207", year=1996) for name in "ab")
    request = SearchRequest(Query(Clause("title", "红楼梦")), scope=Scope.LIVE, deadline=5.0)
    async with worlds(tmp_path) as make:
        world = await make({"a": {"records": [one]}, "b": {"records": [other]}})
        assert len((await world.federation.search(request)).records) == 1
        await world.federation.keeper.drain()
        (union,) = await world.federation.index.unions_of(["a:000001", "b:000001"])
        left, right = (member.id for member in union.members)
        never = Decision("d1", Kind.NEVER, (left,), (right,))
        await world.federation.index.apply(Change((), (), decisions=(never,)))
    async with worlds(tmp_path) as make:
        world = await make({"a": {"records": [one]}, "b": {"records": [other]}})
        await world.federation.index.apply(Change((), (), decisions=(never,)))
        assert len((await world.federation.search(request)).records) == 2


class Keeping:
    """An index of decisions that counts who asks."""

    def __init__(self) -> None:
        self.asked = 0
        self.held: tuple[Decision, ...] = (JOIN,)
        self.away = False

    async def decisions(self) -> tuple[Decision, ...]:
        self.asked += 1
        if self.away:
            raise RetriableError("The index does not answer")
        return self.held


async def test_decisions_are_looked_up_now_and_then(monkeypatch) -> None:
    index = Keeping()
    known = Decided(index)  # type: ignore[arg-type]
    first = await known.now()
    assert first.partners("a:1") == {"d:1"}
    assert await known.now() is first
    assert index.asked == 1
    monkeypatch.setattr(decided, "SECONDS", 0.0)
    known._until = 0.0
    index.held = (SPLIT,)
    assert (await known.now()).apart("b:1") == {"a:1", "c:1"}
    index.away = True
    assert (await known.now()).apart("b:1") == {"a:1", "c:1"}
    assert index.asked == 3
    assert asyncio.get_running_loop().time() >= known._until
