"""The contract of ``gateway.core.ports.ListingIndex`` and ``NotingIndex``, as tests that every engine passes that has
them."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

import pytest

from gateway.core.ports import Change, Index, Listed, Listing, ListingIndex, NotingIndex
from gateway.records import keys
from index.testing.library import library, union, unions


class Opened(Index, ListingIndex, NotingIndex, Protocol):
    """An index that lists and notes."""


async def everything(
    index: ListingIndex, listing: Listing | None = None, size: int = 3, whole: bool = True
) -> list[Listed]:
    found: list[Listed] = []
    while part := await index.listed(
        listing or Listing(), after=found[-1].mark if found else "", size=size, whole=whole
    ):
        found += part
    return found


class ListingContract:
    """Subclass it and provide the fixture ``index``: an open, empty index."""

    async def test_it_can_list_and_note(self, index: Opened) -> None:
        assert isinstance(index, ListingIndex)
        assert isinstance(index, NotingIndex)
        assert await index.listed_first() is None
        assert await index.listed(Listing(), size=10, whole=True) == ()
        assert await index.note("x") is None
        await index.set_note("x", "文渊")
        await index.set_note("x", "文津")
        assert await index.note("x") == "文津"

    async def test_every_union_is_listed_once_in_pages_of_any_size(self, index: Opened) -> None:
        made = unions(library())
        await index.apply(Change(tuple(library()), tuple(made)))
        for size in (1, 3, 1000):
            found = await everything(index, size=size)
            assert {one.id: one.union for one in found} == {one.id: one for one in made}
            assert len(found) == len(made) == await index.listed_count(Listing())
        heads = await everything(index, whole=False)
        assert [one.union for one in heads] == [None] * len(made)
        assert [one.sources for one in heads] == [
            tuple(sorted(one.union.sources)) for one in await everything(index) if one.union
        ]

    async def test_a_set_is_what_its_libraries_have(self, index: Opened) -> None:
        made = unions(library())
        await index.apply(Change(tuple(library()), tuple(made)))
        sources = await index.sources()
        assert sum(sources.values()) == len(library())
        for source in sources:
            found = await everything(index, Listing(sources=(source,)))
            assert {one.id for one in found} == {one.id for one in made if source in one.sources}
            assert await index.listed_count(Listing(sources=(source,))) == len(found)
        assert await everything(index, Listing(sources=())) == []
        assert len(await everything(index, Listing(sources=tuple(sources)))) == len(made)

    async def test_what_changes_while_a_list_is_read_moves_to_its_end(self, index: Opened) -> None:
        records = library()[:6]
        for record in records:
            await index.apply(Change((record,), (union(record),)))
        first = await index.listed(Listing(), size=3, whole=False)
        changed = replace(records[4], extent="999页")
        await index.apply(Change((changed,), (union(changed),)))
        await index.apply(Change((), (), (), (records[0].id,)))
        rest = await everything(index, whole=True)
        after = [one for one in rest if one.mark not in {each.mark for each in first}]
        by_id = {one.id: one for one in after}
        assert set(by_id) == {keys.uid(records[at].id) for at in (0, 3, 4, 5)}
        again = by_id[keys.uid(records[4].id)].union
        assert again is not None
        assert again.record.extent == "999页"
        assert by_id[keys.uid(records[0].id)].gone

    async def test_gone_unions_stay_listed_with_who_had_them(self, index: Opened) -> None:
        one, two = library()[0], library()[1]
        await index.apply(Change((one, two), (union(one), union(two))))
        both = union(one, two)
        gone = ({keys.uid(one.id), keys.uid(two.id)} - {both.id}).pop()
        await index.apply(Change((), (both,), (gone,)))
        found = {item.id: item for item in await everything(index)}
        assert found[both.id].union == both
        assert not found[both.id].gone
        assert found[gone].gone
        assert found[gone].union is None
        assert found[gone].sources == ((one if keys.uid(one.id) == gone else two).source,)
        told = await index.listed_one(gone, whole=True)
        assert told is not None
        assert told.gone
        assert await index.listed_one("wnever", whole=True) is None

    async def test_an_id_that_came_back_is_told_once_and_alive(self, index: Opened) -> None:
        record = library()[0]
        uid = keys.uid(record.id)
        for _ in range(3):
            await index.apply(Change((record,), (union(record),)))
            await index.apply(Change((), (), (), (record.id,)))
        assert [(one.id, one.gone) for one in await everything(index)] == [(uid, True)]
        await index.apply(Change((record,), (union(record),)))
        assert [(one.id, one.gone) for one in await everything(index)] == [(uid, False)]
        told = await index.listed_one(uid, whole=True)
        assert told is not None
        assert told.union == union(record)

    @pytest.mark.parametrize("mark", ["x", "1", "1.2.3", "-1.2", "1.9999999999999999999999"])
    async def test_a_mark_that_is_none_is_refused(self, index: Opened, mark: str) -> None:
        with pytest.raises(ValueError, match="no place"):
            await index.listed(Listing(), after=mark, size=1, whole=False)
