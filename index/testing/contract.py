"""The contract suite: the same data and questions for every engine. See ``index.testing``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
import pytest_asyncio

from gateway.core.answer import FACETS
from gateway.core.errors import DataError, QueryError, UnsupportedQueryError
from gateway.core.ports import Change, Index, IndexPage, IndexSearch
from gateway.core.query import Boolean, Clause, Node, Operator, Proximity, Query, Relation, SortKey, Truncation
from gateway.core.record import Evidence
from gateway.records import keys
from index.testing.cases import FOUND, HOSTILE, RANKED, REFUSED, SORTED
from index.testing.library import library, union, unions


def search_for(node: Node | None, **options: object) -> IndexSearch:
    return IndexSearch(None if node is None else Query(node), **options)  # type: ignore[arg-type]


def labels(page: IndexPage) -> list[str]:
    """Each union of a page by its least member id, in the page's order."""
    return [min(member.id for member in found.members) for found in page.records]


def counts(page: IndexPage, facet: str) -> Mapping[str, int]:
    return {value.value: value.count for value in page.facets[facet]}


async def fill(index: Index) -> None:
    records = library()
    await index.apply(Change(tuple(records), tuple(unions(records))))
    await index.refresh()


class IndexContract:
    """Subclass it and provide the fixture ``index``: an open, empty index.

    ``filled`` holds the small library and is only read; an engine that is slow to fill may share one.
    """

    @pytest_asyncio.fixture
    async def filled(self, index: Index) -> Index:
        await fill(index)
        return index

    # Storing

    async def test_an_empty_index_answers(self, index: Index) -> None:
        page = await index.search(IndexSearch(None, facets=FACETS))
        assert (page.total, page.records) == (0, ())
        assert {name: tuple(values) for name, values in page.facets.items()} == dict.fromkeys(FACETS, ())
        statistics = await index.statistics()
        assert (statistics["records"], statistics["unions"]) == (0, 0)

    async def test_what_is_applied_is_counted_and_found(self, index: Index) -> None:
        await fill(index)
        statistics = await index.statistics()
        assert statistics["records"] == len(library())
        assert statistics["unions"] == len(unions(library()))
        assert (await index.search(IndexSearch(None))).total == len(unions(library()))

    async def test_records_come_back_as_they_were(self, index: Index) -> None:
        await fill(index)
        for expected in unions(library()):
            assert await index.resolve(expected.id) == expected

    async def test_raw_bytes_come_back_unaltered(self, index: Index) -> None:
        record = library()[0]
        assert record.raw is not None
        odd = replace(record, raw=replace(record.raw, payload=bytes(range(256)), charset="gbk"))
        await index.apply(Change((odd,), (union(odd),)))
        found = await index.resolve(keys.uid(odd.id))
        assert found is not None
        assert found.members[0].raw == odd.raw

    async def test_every_member_resolves_to_its_union(self, index: Index) -> None:
        await fill(index)
        for expected in unions(library()):
            for member in expected.members:
                found = await index.resolve(keys.uid(member.id))
                assert found is not None
                assert found.id == expected.id

    async def test_an_unknown_uid_resolves_to_nothing(self, index: Index) -> None:
        await fill(index)
        assert await index.resolve("w-no-such") is None

    async def test_applying_again_changes_nothing(self, index: Index) -> None:
        await fill(index)
        first = await index.search(IndexSearch(None, size=100, facets=FACETS, sort=(SortKey("title"),)))
        await fill(index)
        again = await index.search(IndexSearch(None, size=100, facets=FACETS, sort=(SortKey("title"),)))
        assert labels(again) == labels(first)
        assert again.facets == first.facets
        assert again.total == first.total

    async def test_why_is_kept(self, index: Index) -> None:
        one, two = library()[0], library()[1]
        why = (Evidence(one.id, two.id, True, "isbn-title", ("isbn", "title"), ()),)
        await index.apply(Change((one, two), (replace(union(one, two), why=why),)))
        found = await index.resolve(keys.uid(one.id))
        assert found is not None
        assert found.why == why

    async def test_a_rewritten_record_is_found_by_its_new_values_only(self, index: Index) -> None:
        await fill(index)
        old = next(record for record in library() if record.id == "xa:10")
        new = replace(old, titles=(replace(old.titles[0], text="高兴"),))
        await index.apply(Change((new,), (union(new),)))
        await index.refresh()
        assert labels(await index.search(search_for(Clause("title", "高兴")))) == ["xa:10"]
        assert labels(await index.search(search_for(Clause("title", "废都")))) == []

    async def test_a_union_can_grow_and_its_old_parts_dissolve(self, index: Index) -> None:
        one, two = library()[0], library()[1]
        alone, other, both = union(one), union(two), union(one, two)
        await index.apply(Change((one, two), (alone, other)))
        dissolved = tuple({alone.id, other.id} - {both.id})
        await index.apply(Change((), (both,), dissolved))
        await index.refresh()
        page = await index.search(search_for(Clause("title", "红楼梦")))
        assert [found.id for found in page.records] == [both.id]
        assert {found.id for uid in (one.id, two.id) if (found := await index.resolve(keys.uid(uid)))} == {both.id}
        assert (await index.statistics())["unions"] == 1

    async def test_a_union_can_fall_apart(self, index: Index) -> None:
        one, two = library()[0], library()[1]
        await index.apply(Change((one, two), (union(one, two),)))
        await index.apply(Change((), (union(one), union(two))))
        await index.refresh()
        assert (await index.search(IndexSearch(None))).total == 2
        assert await index.resolve(keys.uid(two.id)) == union(two)

    async def test_a_deleted_record_is_gone_everywhere(self, index: Index) -> None:
        await fill(index)
        one, two, three = (record for record in library() if record.id in ("xa:1", "bj:1", "hz:1"))
        rest = union(two, three)
        await index.apply(Change((), (rest,), tuple({union(one, two, three).id} - {rest.id}), (one.id,)))
        await index.refresh()
        assert await index.resolve(keys.uid(one.id)) is None
        assert one.id not in await index.known([one.id, two.id])
        found = await index.resolve(keys.uid(two.id))
        assert found is not None
        assert {member.id for member in found.members} == {two.id, three.id}
        assert one.id not in {record.id for record in await index.candidates(keys.block_keys(one))}
        assert labels(await index.search(search_for(Clause("barcode", "XA0001")))) == []

    async def test_deleting_the_last_member_takes_the_union_away(self, index: Index) -> None:
        record = library()[0]
        await index.apply(Change((record,), (union(record),)))
        await index.refresh()
        await index.apply(Change((), (), (), (record.id,)))
        await index.refresh()
        assert (await index.search(IndexSearch(None))).total == 0
        assert (await index.statistics())["unions"] == 0

    async def test_a_change_is_whole_or_not_at_all(self, index: Index) -> None:
        stored, missing = library()[0], library()[1]
        with pytest.raises(DataError):
            await index.apply(Change((stored,), (union(stored), union(missing))))
        await index.refresh()
        assert (await index.statistics())["records"] == 0
        assert (await index.search(IndexSearch(None))).total == 0

    async def test_candidates_share_a_key(self, index: Index) -> None:
        await fill(index)
        record = library()[0]
        found = {other.id for other in await index.candidates(keys.block_keys(record))}
        assert {"xa:1", "bj:1", "hz:1"} <= found
        assert "xa:17" not in found
        assert await index.candidates(["no:such"]) == ()
        assert await index.candidates([]) == ()

    async def test_unions_of_gives_each_once(self, index: Index) -> None:
        await fill(index)
        found = await index.unions_of(["xa:1", "bj:1", "xa:10", "no:such"])
        assert sorted(min(member.id for member in one.members) for one in found) == ["bj:1", "xa:10"]

    async def test_known_tells_stored_from_new(self, index: Index) -> None:
        await fill(index)
        assert await index.known(["xa:1", "no:such", "un:9"]) == frozenset({"xa:1", "un:9"})

    async def test_thousands_of_ids_at_once(self, index: Index) -> None:
        await fill(index)
        ids = [f"no:{number}" for number in range(3_000)]
        assert await index.known([*ids, "xa:1"]) == frozenset({"xa:1"})
        assert len(await index.unions_of([*ids, "xa:1"])) == 1

    # Finding

    @pytest.mark.parametrize(("index_name", "term", "expected", "how"), FOUND)
    async def test_finds(
        self, filled: Index, index_name: str, term: str, expected: set[str], how: tuple[Relation, Truncation]
    ) -> None:
        page = await filled.search(search_for(Clause(index_name, term, *how), size=100))
        assert set(labels(page)) == expected
        assert page.total == len(expected)

    @pytest.mark.parametrize(("term", "first"), RANKED)
    async def test_the_known_item_comes_first(self, filled: Index, term: str, first: str) -> None:
        assert labels(await filled.search(search_for(Clause("any", term))))[0] == first

    async def test_many_libraries_before_few(self, index: Index) -> None:
        records = [replace(library()[0], id=f"{source}:77", source=source, local_id="77") for source in "abcdef"]
        await index.apply(Change(tuple(records), (union(records[0]), union(*records[1:]))))
        await index.refresh()
        assert labels(await index.search(search_for(Clause("title", "红楼梦")))) == ["b:77", "a:77"]

    async def test_and_or_not(self, filled: Index) -> None:
        dream, cao = Clause("title", "红楼梦"), Clause("author", "曹雪芹")
        both = await filled.search(search_for(Boolean(Operator.AND, dream, cao)))
        assert set(labels(both)) == {"bj:1", "xa:2"}
        rest = await filled.search(search_for(Boolean(Operator.NOT, dream, cao)))
        assert set(labels(rest)) == {"xa:3", "bj:3"}
        wide = await filled.search(search_for(Boolean(Operator.OR, cao, Clause("author", "俞平伯"))))
        assert set(labels(wide)) == {"bj:1", "xa:2", "xa:3"}

    async def test_not_inside_or(self, filled: Index) -> None:
        node = Boolean(
            Operator.OR,
            Boolean(Operator.NOT, Clause("title", "红楼梦"), Clause("year", "1996")),
            Clause("title", "废都"),
        )
        assert set(labels(await filled.search(search_for(node)))) == {"xa:2", "xa:3", "bj:3", "xa:10"}

    async def test_words_anded_one_by_one_are_the_same_as_one_clause(self, filled: Index) -> None:
        one = await filled.search(search_for(Clause("any", "老人 海明威")))
        two = await filled.search(search_for(Boolean(Operator.AND, Clause("any", "老人"), Clause("any", "海明威"))))
        assert labels(one) == labels(two) == ["xa:20"]

    async def test_neighbours_in_order(self, filled: Index) -> None:
        near = Proximity(1, "<=", "word", ordered=True)
        node = Boolean(Operator.PROX, Clause("title", "old"), Clause("title", "man"), near)
        assert set(labels(await filled.search(search_for(node)))) == {"bj:20", "xa:20"}
        far = Boolean(Operator.PROX, Clause("title", "old"), Clause("title", "man"), Proximity(9))
        with pytest.raises(UnsupportedQueryError):
            await filled.search(search_for(far))

    # Pages, order, facets

    async def test_pages_follow_one_another(self, filled: Index) -> None:
        whole = labels(await filled.search(IndexSearch(None, size=100, sort=(SortKey("title"),))))
        paged: list[str] = []
        for start in range(0, len(whole), 7):
            page = await filled.search(IndexSearch(None, start=start, size=7, sort=(SortKey("title"),)))
            assert page.total == len(whole)
            paged += labels(page)
        assert paged == whole

    async def test_a_page_past_the_end_is_empty(self, filled: Index) -> None:
        page = await filled.search(IndexSearch(None, start=5_000))
        assert page.records == ()
        assert page.total == len(unions(library()))

    async def test_a_page_of_none_still_counts(self, filled: Index) -> None:
        page = await filled.search(IndexSearch(None, size=0, facets=("form",)))
        assert page.records == ()
        assert page.total == sum(counts(page, "form").values())

    @pytest.mark.parametrize(("clause", "key", "descending", "expected"), SORTED)
    async def test_order(
        self, filled: Index, clause: Clause, key: str, descending: bool, expected: Sequence[str]
    ) -> None:
        page = await filled.search(search_for(clause, sort=(SortKey(key, descending),)))
        assert labels(page) == expected

    async def test_records_without_a_year_come_last_either_way(self, index: Index) -> None:
        records = [replace(record, id=f"t:{n}", local_id=str(n)) for n, record in enumerate(library()[:3])]
        records[1] = replace(records[1], year=None)
        await index.apply(Change(tuple(records), tuple(union(record) for record in records)))
        await index.refresh()
        for descending in (False, True):
            page = await index.search(IndexSearch(None, sort=(SortKey("year", descending),)))
            assert labels(page)[-1] == "t:1"

    async def test_newest_first(self, index: Index) -> None:
        one, two = library()[3], library()[4]
        await index.apply(Change((one,), (union(one),)))
        await index.apply(Change((two,), (union(two),)))
        await index.refresh()
        page = await index.search(IndexSearch(None, sort=(SortKey("added", descending=True),)))
        assert labels(page) == [two.id, one.id]

    async def test_facets_count_union_records(self, filled: Index) -> None:
        page = await filled.search(search_for(Clause("author", "曹雪芹"), facets=FACETS))
        assert counts(page, "library") == {"xa": 2, "bj": 1, "hz": 1}
        assert counts(page, "year") == {"1996": 1, "1987": 1}
        assert counts(page, "form") == {"book": 2}
        assert counts(page, "language") == {"chi": 2}
        assert sum(counts(page, "subject").values()) >= 2

    async def test_facets_come_by_count(self, filled: Index) -> None:
        page = await filled.search(IndexSearch(None, facets=("library", "language")))
        for name in ("library", "language"):
            numbers = [value.count for value in page.facets[name]]
            assert numbers == sorted(numbers, reverse=True)
        assert page.facets["language"][0].value == "chi"

    async def test_facets_are_cut_to_size(self, filled: Index) -> None:
        page = await filled.search(IndexSearch(None, facets=("year",), facet_size=3))
        assert len(page.facets["year"]) == 3

    async def test_only_the_facets_asked_for(self, filled: Index) -> None:
        assert set((await filled.search(IndexSearch(None, facets=("form",)))).facets) == {"form"}

    async def test_filters_narrow(self, filled: Index) -> None:
        page = await filled.search(search_for(Clause("any", "红楼梦"), filters=(("year", "1952"),)))
        assert labels(page) == ["xa:3"]

    async def test_filters_of_one_facet_are_alternatives(self, filled: Index) -> None:
        page = await filled.search(
            search_for(Clause("any", "红楼梦"), filters=(("year", "1952"), ("year", "1987"), ("library", "xa")))
        )
        assert set(labels(page)) == {"xa:2", "xa:3"}

    async def test_a_facet_does_not_count_its_own_filter(self, filled: Index) -> None:
        asked = search_for(Clause("author", "曹雪芹"), filters=(("year", "1987"),), facets=("year", "library"))
        page = await filled.search(asked)
        assert page.total == 1
        assert counts(page, "year") == {"1996": 1, "1987": 1}
        assert counts(page, "library") == {"xa": 1}

    async def test_filters_without_a_query(self, filled: Index) -> None:
        page = await filled.search(IndexSearch(None, filters=(("form", "map"),)))
        assert set(labels(page)) == {"xa:13", "xa:23"}

    async def test_a_filter_value_nobody_has(self, filled: Index) -> None:
        assert (await filled.search(IndexSearch(None, filters=(("form", "papyrus"),)))).total == 0

    # Refusing in words

    @pytest.mark.parametrize(("asked", "feature"), REFUSED)
    async def test_refuses_in_words(self, filled: Index, asked: IndexSearch, feature: str) -> None:
        with pytest.raises(UnsupportedQueryError) as caught:
            await filled.search(asked)
        assert caught.value.feature == feature
        assert len(str(caught.value)) > len(feature)

    @pytest.mark.parametrize("node", HOSTILE)
    async def test_survives(self, filled: Index, node: Node) -> None:
        """Whatever is asked: an answer or a refusal in words, and the index goes on answering."""
        try:
            page = await filled.search(search_for(node, facets=FACETS))
        except QueryError as error:
            assert str(error)
        else:
            assert page.total >= len(page.records)
        assert labels(await filled.search(search_for(Clause("title", "废都")))) == ["xa:10"]
