"""The contract of finding editions of a work by key (``gateway.records.works``), as tests that every engine passes."""

from __future__ import annotations

from dataclasses import replace

from gateway.core.ports import Change, Index, IndexSearch
from gateway.core.query import Boolean, Clause, Operator, Query, Relation, SortKey
from gateway.core.record import Contributor, Record, Title, TitleKind
from gateway.records.works import INDEX, work_keys
from index.testing.library import library, union


def _editions() -> list[Record]:
    """One work in three editions and a translation, and a book by the same author."""
    base = replace(library()[0], titles=(Title("边城"),), contributors=(Contributor("沈从文", "aut", primary=True),))
    made = [replace(base, id=f"w:{year}", local_id=str(year), year=year) for year in (1934, 1981, 2002)]
    english = replace(
        made[0],
        id="w:2009",
        local_id="2009",
        year=2009,
        titles=(Title("Border town"), Title("Bian cheng", TitleKind.UNIFORM), Title("边城", TitleKind.ORIGINAL)),
    )
    return [*made, english, replace(base, id="w:0", local_id="0", titles=(Title("长河"),))]


def _asking(record: Record) -> IndexSearch:
    keys = work_keys(record).asked
    node: Boolean | Clause = Clause(INDEX, keys[0], Relation.EXACT)
    for key in keys[1:]:
        node = Boolean(Operator.OR, node, Clause(INDEX, key, Relation.EXACT))
    return IndexSearch(Query(node), sort=(SortKey("year", descending=True),))


class WorksContract:
    """Subclass it and provide the fixture ``index``: an open, empty index."""

    async def test_editions_of_one_work_are_found_by_its_keys(self, index: Index) -> None:
        held = _editions()
        await index.apply(Change(tuple(held), tuple(union(record) for record in held)))
        await index.refresh()
        for record in held[:4]:
            page = await index.search(_asking(record))
            assert [found.record.year for found in page.records] == [2009, 2002, 1981, 1934]
            assert page.total == 4
        page = await index.search(_asking(held[4]))
        assert [found.record.title.text for found in page.records] == ["长河"]

    async def test_keys_are_not_found_in_the_simple_box(self, index: Index) -> None:
        held = _editions()
        await index.apply(Change(tuple(held), tuple(union(record) for record in held)))
        await index.refresh()
        for key in work_keys(held[0]).stored:
            assert (await index.search(IndexSearch(Query(Clause("any", key))))).total == 0

    async def test_an_edition_that_changed_its_title_leaves_its_work(self, index: Index) -> None:
        held = _editions()
        await index.apply(Change(tuple(held), tuple(union(record) for record in held)))
        changed = replace(held[1], titles=(Title("湘行散记"),))
        await index.apply(Change((changed,), (union(changed),)))
        await index.refresh()
        assert [r.record.year for r in (await index.search(_asking(held[0]))).records] == [2009, 2002, 1934]
