"""The contract of ``gateway.core.ports.DecidingIndex`` and ``TracingIndex``, as tests that every engine passes that has
them."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

import pytest

from gateway.core.decision import Decision, Kind
from gateway.core.errors import DataError
from gateway.core.ports import Change, DecidingIndex, Index, TracingIndex
from gateway.core.record import Evidence
from gateway.records import keys
from index.testing.library import library, union, unions


class Opened(Index, DecidingIndex, TracingIndex, Protocol):
    """An index that keeps decisions and traces."""


def decision(number: int, kind: Kind = Kind.JOIN) -> Decision:
    others = () if kind is Kind.JOIN else (f"hz:{number}",)
    return Decision(
        f"d{number:04}", kind, (f"bj:{number}", f"xa:{number}"), others, "李馆员", 1_000 + number, "同一版本"
    )


class DecidingContract:
    """Subclass it and provide the fixture ``index``: an open, empty index."""

    async def test_it_can_decide_and_trace(self, index: Opened) -> None:
        assert isinstance(index, DecidingIndex)
        assert isinstance(index, TracingIndex)
        assert await index.decisions() == ()

    async def test_decisions_come_back_as_they_were_the_oldest_first(self, index: Opened) -> None:
        made = [decision(number, kind) for number, kind in enumerate(Kind)]
        await index.apply(Change((), (), decisions=(made[2],)))
        await index.apply(Change((), (), decisions=(made[1], made[0])))
        assert await index.decisions() == tuple(made)

    async def test_an_undone_one_takes_the_place_of_itself(self, index: Opened) -> None:
        made = [decision(number) for number in range(100)]
        await index.apply(Change((), (), decisions=tuple(made)))
        assert await index.decisions() == tuple(made)
        undone = replace(made[40], undone_by="王", undone_at=5_000, undone_why="看错了")
        await index.apply(Change((), (), decisions=(undone,)))
        assert await index.decisions() == (*made[:40], undone, *made[41:])
        assert [one.stands for one in await index.decisions()].count(False) == 1

    async def test_a_decision_is_written_with_what_comes_of_it_or_not_at_all(self, index: Opened) -> None:
        one, two, missing = library()[:3]
        await index.apply(Change((one, two), (union(one, two),)))
        with pytest.raises(DataError):
            await index.apply(Change((), (union(one), union(missing)), decisions=(decision(1),)))
        assert await index.decisions() == ()
        why = (Evidence(one.id, two.id, True, "cataloguer", decision="d0001"),)
        await index.apply(Change((), (replace(union(one, two), why=why),), decisions=(decision(1),)))
        found = await index.resolve(keys.uid(one.id))
        assert found is not None
        assert found.why == why
        assert await index.decisions() == (decision(1),)

    async def test_decisions_are_no_records(self, index: Opened) -> None:
        await index.apply(Change((), (), decisions=(decision(1),)))
        await index.refresh()
        statistics = await index.statistics()
        assert (statistics["records"], statistics["unions"]) == (0, 0)

    async def test_a_record_that_is_gone_leaves_behind_who_was_with_it(self, index: Opened) -> None:
        one, two, three = library()[:3]
        await index.apply(Change((one, two, three), tuple(unions([one, two, three]))))
        assert await index.heirs(keys.uid(one.id)) is None
        rest = union(two, three)
        before = union(one, two, three)
        heirs = {one.id: (two.id, three.id)}
        await index.apply(Change((), (rest,), tuple({before.id} - {rest.id}), (one.id,), heirs))
        assert await index.heirs(keys.uid(one.id)) == (two.id, three.id)
        assert await index.heirs(keys.uid(two.id)) is None
        assert await index.heirs("w" + "a" * 15) is None
        await index.apply(Change((), (), (rest.id,), (two.id, three.id), {two.id: (), three.id: ()}))
        assert await index.heirs(keys.uid(two.id)) == ()
        await index.apply(Change((one,), (union(one),)))
        assert await index.resolve(keys.uid(one.id)) == union(one)
