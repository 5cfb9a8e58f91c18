"""The contract of walks, trees of facets, years, orders by several keys, fuzzy clauses and similar records.

class TestMineFinding(FindingContract):
    @pytest_asyncio.fixture
    async def index(self): ...    # an open, empty index

    @pytest_asyncio.fixture
    async def filled(self): ...   # an open index after ``index.testing.fill``, only read
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gateway.core.errors import UnsupportedQueryError
from gateway.core.ports import Change, Index, IndexPage, IndexSearch, SimilarIndex
from gateway.core.query import Boolean, Clause, Operator, Query, SortKey
from gateway.core.record import Holding, Record
from index.testing.contract import counts, fill, labels, search_for
from index.testing.library import library, union, unions

_YEAR, _TITLE, _AUTHOR = SortKey("year"), SortKey("title"), SortKey("author")

#: (walk, page size): every order, with and without a query.
WALKS = (
    (IndexSearch(None), 7),
    (IndexSearch(Query(Clause("any", "中国"))), 3),
    (IndexSearch(None, sort=(_TITLE,)), 4),
    (IndexSearch(None, sort=(SortKey("year", True),)), 1),
    (IndexSearch(None, filters=(("language", "chi"),), sort=(_AUTHOR, SortKey("year", True))), 5),
)

SEVERAL: tuple[tuple[SortKey, ...], ...] = (
    (_TITLE, SortKey("year", True)),
    (_TITLE, _YEAR),
    (SortKey("year", True), _TITLE),
    (_YEAR, SortKey("title", True)),
    (_AUTHOR, _YEAR, _TITLE),
    (SortKey("added", True), _YEAR, _TITLE),
    (SortKey("stroke"), SortKey("year", True)),
)

REGIONS = (("610000", ("xa", "yl")), ("610100", ("xa",)), ("610800", ("yl",)), ("110000", ("bj",)), ("330000", ()))


async def walked(index: Index, search: IndexSearch, size: int) -> list[IndexPage]:
    pages = [await index.search(replace(search, cursor="", size=size))]
    while pages[-1].cursor:
        pages.append(await index.search(replace(search, cursor=pages[-1].cursor, size=size)))
    return pages


def copies(number: int) -> list[Record]:
    """Books alike in title by twos and in year by threes."""
    first = library()[0]
    return [
        replace(
            first,
            id=f"c:{n}",
            source="c",
            local_id=str(n),
            titles=(replace(first.titles[0], text=f"书{n // 2}"),),
            year=2000 + n % 3,
            identifiers=(),
            raw=None,
        )
        for n in range(number)
    ]


class FindingContract:
    # Walks

    @pytest.mark.parametrize(("search", "size"), WALKS)
    async def test_a_walk_gives_everything_once_in_order(self, filled: Index, search: IndexSearch, size: int) -> None:
        whole = await filled.search(replace(search, size=100))
        pages = await walked(filled, search, size)
        assert [label for page in pages for label in labels(page)] == labels(whole)
        assert {page.total for page in pages} == {whole.total}
        assert all(page.records for page in pages[:-1])

    async def test_an_empty_walk_ends_at_once(self, filled: Index) -> None:
        (page,) = await walked(filled, IndexSearch(Query(Clause("any", "xyzzyx"))), 5)
        assert (page.total, page.records, page.cursor) == (0, (), "")

    async def test_an_ordinary_page_has_no_cursor(self, filled: Index) -> None:
        assert (await filled.search(IndexSearch(None, size=3))).cursor == ""

    async def test_a_walk_sees_nothing_of_what_is_written_meanwhile(self, index: Index) -> None:
        await fill(index)
        expected = labels(await index.search(IndexSearch(None, size=100, sort=(_YEAR,))))
        page = await index.search(IndexSearch(None, size=5, sort=(_YEAR,), cursor=""))
        seen = labels(page)
        old = next(record for record in library() if record.id == "un:6")  # the oldest of all, and seen already
        for step, other in enumerate(copies(6)):
            newer = replace(old, year=2020 + step)
            await index.apply(Change((newer, other), (union(newer), union(replace(other, year=1500)))))
            await index.refresh()
            if page.cursor:
                page = await index.search(IndexSearch(None, size=5, sort=(_YEAR,), cursor=page.cursor))
                seen += labels(page)
        while page.cursor:
            page = await index.search(IndexSearch(None, size=5, sort=(_YEAR,), cursor=page.cursor))
            seen += labels(page)
        assert seen == expected
        assert (await index.search(IndexSearch(None))).total == len(expected) + 6

    async def test_what_is_deleted_meanwhile_is_left_out(self, index: Index) -> None:
        records = copies(6)
        await index.apply(Change(tuple(records), tuple(union(record) for record in records)))
        await index.refresh()
        page = await index.search(IndexSearch(None, size=2, sort=(_TITLE,), cursor=""))
        gone = next(record.id for record in reversed(records) if record.id not in labels(page))
        seen = labels(page)
        await index.apply(Change((), (), (), (gone,)))
        await index.refresh()
        while page.cursor:
            page = await index.search(IndexSearch(None, size=2, sort=(_TITLE,), cursor=page.cursor))
            seen += labels(page)
        assert sorted(seen) == sorted(record.id for record in records if record.id != gone)

    async def test_a_walk_through_what_is_nearly_so(self, filled: Index) -> None:
        search = IndexSearch(Query(Clause("any", "红搂梦"), text="红搂梦"), forgiving=True)
        whole = await filled.search(search)
        pages = await walked(filled, search, 1)
        assert [label for page in pages for label in labels(page)] == labels(whole)
        assert {page.suggestion for page in pages} == {whole.suggestion}

    @pytest.mark.parametrize("cursor", ["x", "e30", "W10", "WyJhIl0", "\ud800", "WyJhIiwgWyJiIl1d" * 3_000, "[]" * 9])
    async def test_a_cursor_that_is_none_is_refused(self, filled: Index, cursor: str) -> None:
        with pytest.raises(UnsupportedQueryError) as caught:
            await filled.search(IndexSearch(None, cursor=cursor))
        assert caught.value.feature == "cursor"

    async def test_a_cursor_of_another_search_is_refused(self, filled: Index) -> None:
        page = await filled.search(IndexSearch(None, size=3, cursor=""))
        for other in (
            IndexSearch(Query(Clause("any", "中国")), cursor=page.cursor),
            IndexSearch(None, filters=(("form", "book"),), cursor=page.cursor),
            IndexSearch(None, sort=(_YEAR,), cursor=page.cursor),
        ):
            with pytest.raises(UnsupportedQueryError) as caught:
                await filled.search(other)
            assert caught.value.feature == "cursor"

    # Trees, regions, years

    async def test_classes_count_for_what_stands_above_them(self, filled: Index) -> None:
        top = await filled.search(IndexSearch(None, facets=("class",)))
        assert set(counts(top, "class")) == {"I", "K", "T", "Z", "J", "N"}
        page = await filled.search(IndexSearch(None, facets=("class",), within=(("class", "TP"),)))
        found = counts(page, "class")
        assert {value: found[value] for value in found if value[0] == "T"} == {"T": 4, "TP": 4, "TP1": 1, "TP3": 3}

    async def test_a_chosen_class_narrows_and_its_tree_stays(self, filled: Index) -> None:
        page = await filled.search(IndexSearch(None, facets=("class", "language"), filters=(("class", "TP31"),)))
        assert set(labels(page)) == {"xa:17", "bj:17", "un:5"}
        assert counts(page, "language") == {"chi": 2, "eng": 1}
        found = counts(page, "class")
        assert found["I"] == sum(one.record.classes[0].value.startswith("I") for one in unions(library()))
        assert (found["TP3"], found["TP311"], found["TP312"]) == (3, 2, 1)

    async def test_classes_are_alternatives(self, filled: Index) -> None:
        page = await filled.search(IndexSearch(None, filters=(("class", "Z"), ("class", "N"))))
        assert set(labels(page)) == {"xa:18", "un:9"}

    async def test_regions_are_those_of_the_libraries(self, filled: Index) -> None:
        asked = search_for(Clause("title", "红楼梦"), facets=("region",), regions=REGIONS)
        assert counts(await filled.search(asked), "region") == {"610000": 3, "610100": 3, "110000": 2}
        one = await filled.search(replace(asked, filters=(("region", "110000"),)))
        assert set(labels(one)) == {"bj:1", "bj:3"}
        assert counts(one, "region") == {"610000": 3, "610100": 3, "110000": 2}
        two = await filled.search(IndexSearch(None, filters=(("region", "610800"), ("form", "music")), regions=REGIONS))
        assert labels(two) == ["yl:22"]
        nobody = await filled.search(replace(asked, filters=(("region", "330000"),)))
        assert nobody.total == 0
        unknown = await filled.search(replace(asked, filters=(("region", "650000"),)))
        assert unknown.total == 0

    async def test_a_histogram_counts_every_year(self, filled: Index) -> None:
        asked = IndexSearch(None, filters=(("year", "1990..1999"),), facets=("year",), facet_size=5, histogram=True)
        page = await filled.search(asked)
        expected: dict[int, int] = {}
        for one in unions(library()):
            assert one.record.year is not None
            expected[one.record.year] = expected.get(one.record.year, 0) + 1
        assert page.years == tuple(sorted(expected.items()))
        assert page.total == sum(count for year, count in expected.items() if 1990 <= year <= 1999)
        assert (await filled.search(IndexSearch(None))).years == ()

    @pytest.mark.parametrize(
        ("value", "found"),
        [("1862..1869", {"un:6", "un:7", "un:9"}), ("2005..", {"xa:4", "xa:21"}), ("..1862", {"un:6"})],
    )
    async def test_ranges_of_years(self, filled: Index, value: str, found: set[str]) -> None:
        page = await filled.search(IndexSearch(None, filters=(("year", value),)))
        assert set(labels(page)) == found
        both = await filled.search(IndexSearch(None, filters=(("year", value), ("year", "1952"))))
        assert set(labels(both)) == {*found, "xa:3", "bj:20"}

    async def test_availability_as_it_was_seen(self, index: Index) -> None:
        records = [
            replace(record, holdings=(Holding(source=record.source, status=status), Holding(source=record.source)))
            for record, status in zip(copies(3), ("available", "unavailable", "unknown"), strict=True)
        ]
        await index.apply(Change(tuple(records), tuple(union(record) for record in records)))
        await index.refresh()
        page = await index.search(search_for(Clause("availability", "available"), facets=("availability",)))
        assert labels(page) == ["c:0"]
        assert counts(page, "availability") == {"available": 1}
        filtered = await index.search(
            IndexSearch(None, filters=(("availability", "unavailable"),), facets=("availability",))
        )
        assert labels(filtered) == ["c:1"]
        assert counts(filtered, "availability") == {"available": 1, "unavailable": 1}

    # Several keys

    async def test_order_by_several_keys(self, index: Index) -> None:
        records = copies(17)
        await index.apply(Change(tuple(records), tuple(union(record) for record in records)))
        await index.refresh()

        def value(record: Record, key: str) -> Any:
            number = int(record.title.text[1:])
            return {"title": number, "stroke": number, "year": record.year}.get(key, 0)

        for keys in SEVERAL:
            expected = sorted(records, key=lambda record: record.id)
            for key in reversed(keys):
                expected.sort(key=lambda record, name=key.key: value(record, name), reverse=key.descending)  # type: ignore[misc]
            whole = (await index.search(IndexSearch(None, size=100, sort=keys))).records
            shown = [[value(one.record, key.key) for key in keys] for one in whole]
            assert shown == [[value(record, key.key) for key in keys] for record in expected], keys
            paged = [
                one.id
                for start in range(0, 17, 4)
                for one in (await index.search(IndexSearch(None, start=start, size=4, sort=keys))).records
            ]
            assert paged == [one.id for one in whole], keys

    async def test_relevance_within_a_year(self, filled: Index) -> None:
        query = Query(Clause("any", "红楼梦"))
        by_year = await filled.search(IndexSearch(query, sort=(SortKey("year", True), SortKey("relevance"))))
        assert labels(by_year) == ["bj:1", "xa:2", "bj:3", "xa:3"]
        first = await filled.search(IndexSearch(query, sort=(SortKey("relevance"), _YEAR)))
        assert labels(first) == labels(await filled.search(IndexSearch(query)))

    async def test_too_many_keys_are_refused(self, filled: Index) -> None:
        keys = (_YEAR, _TITLE, _AUTHOR, SortKey("added"), SortKey("relevance"))
        with pytest.raises(UnsupportedQueryError) as caught:
            await filled.search(IndexSearch(None, sort=keys))
        assert caught.value.feature == "sort"

    # Fuzzy clauses and similar records

    async def test_a_fuzzy_clause_takes_what_is_nearly_so(self, filled: Index) -> None:
        exact = labels(await filled.search(search_for(Clause("title", "红楼梦"), size=100)))
        page = await filled.search(search_for(Clause("title", "红楼梦", fuzzy=True), size=100))
        assert labels(page)[: len(exact)] == exact
        assert not page.approximate
        slip = await filled.search(search_for(Clause("title", "红搂梦", fuzzy=True)))
        assert labels(slip)[0] == "bj:1"
        word = await filled.search(search_for(Clause("any", "predjudice", fuzzy=True)))
        assert labels(word) == ["un:2"]
        both = Boolean(Operator.AND, Clause("author", "hemmingway", fuzzy=True), Clause("any", "old"))
        assert labels(await filled.search(search_for(both))) == ["bj:20"]

    async def test_codes_are_never_fuzzy(self, filled: Index) -> None:
        with pytest.raises(UnsupportedQueryError) as caught:
            await filled.search(search_for(Clause("barcode", "XA0001", fuzzy=True)))
        assert caught.value.feature == "fuzzy"

    async def test_similar_records_are_about_the_same(self, filled: Any) -> None:
        assert isinstance(filled, SimilarIndex)
        by_id = {min(member.id for member in one.members): one for one in unions(library())}

        async def like(label: str, size: int = 5) -> list[str]:
            found = await filled.similar(by_id[label], size=size)
            return [min(member.id for member in one.members) for one in found]

        assert await like("xa:10", 2) == ["xa:21", "xa:8"]  # the same author and subject, then the same subject
        assert set(await like("bj:2")) <= {"hz:5", "xa:6", "bj:1", "xa:2", "un:3"}
        assert (await like("un:4"))[:1] != ["un:4"]
        for label in by_id:
            near = await like(label, 50)
            assert label not in near
            assert len(near) == len(set(near))

    async def test_a_record_that_says_nothing_has_none_like_it(self, filled: Any) -> None:
        bare = Record(id="n:1", source="n", local_id="1")
        assert await filled.similar(union(bare)) == ()
