"""The contract of what helps a searcher on: forgiving searches, did-you-mean, completions, browse lists.

For engines that satisfy ``ScanningIndex`` and ``CompletingIndex`` and know ``IndexSearch.forgiving``::

    class TestMineAids(AidsContract):
        @pytest_asyncio.fixture
        async def filled(self): ...   # an open index after ``index.testing.fill``
"""

from __future__ import annotations

from typing import Any

import pytest

from gateway.core.answer import FACETS
from gateway.core.errors import UnsupportedQueryError
from gateway.core.ports import CompletingIndex, Index, IndexScan, IndexSearch, ScanningIndex
from gateway.core.query import Boolean, Clause, Operator, Query, Relation, Truncation
from index import fields
from index.testing.contract import labels

#: (index, typed, the first record, what was meant)
NEARLY = (
    ("any", "红搂梦", "bj:1", "紅樓夢"),
    ("any", "红路梦", "bj:1", "紅樓夢"),
    ("title", "紅樓孟", "bj:1", "紅樓夢"),
    ("any", "三国演艺", "hz:5", "三国演义"),
    ("any", "平凡得世界", "xa:8", "平凡的世界"),
    ("any", "西安市变", "xa:12", "西安事变"),
    ("any", "老人与每", "xa:20", "老人与海"),
    ("author", "海明为", "xa:20", "海明威"),
    ("any", "西游计 吴承恩", "xa:4", "西游记 吴承恩"),
    ("any", "中国古化文学史", "xa:15", "中国古代文学史"),
    ("any", "中国代古文学史", "xa:15", "中国古代文学史"),
    ("any", "pride and predjudice", "un:2", "Pride and prejudice"),
    ("any", "computr programing", "un:5", "Computer programming"),
    ("any", "teh old man", "bj:20", "the old man"),
    ("author", "hemmingway", "bj:20", "hemingway"),
    ("any", "Godel Esher Bach", "un:4", "Gödel, Escher, Bach"),
)

NOT_NEARLY = (
    Clause("any", "xyzzyx"),
    Clause("any", "9787020002208"),  # another number is another thing
    Clause("year", "1801"),
    Clause("barcode", "XA000"),
    Clause("any", "红楼孟", truncation=Truncation.RIGHT),
    Clause("any", "!!!"),
    Clause("any", "梦" * 3_000),
)

COMPLETED = (
    ("红楼", "红楼梦研究", "title"),
    ("紅樓", "红楼梦研究", "title"),
    ("honglou", "红楼梦研究", "title"),
    ("hong lou m", "紅樓夢", "title"),
    ("hlm", "紅樓夢", "title"),
    ("鲁", "鲁迅", "author"),
    ("The old", "The old man and the sea", "title"),
    ("THE OLD", "The old man and the sea", "title"),
    ("长篇", "长篇小说--中国--当代", "subject"),
)


class AidsContract:
    # Forgiving searches

    @pytest.mark.parametrize(("index", "typed", "first", "meant"), NEARLY)
    async def test_what_is_nearly_typed_is_found(
        self, filled: Index, index: str, typed: str, first: str, meant: str
    ) -> None:
        query = Query(Clause(index, typed), text=typed)
        assert (await filled.search(IndexSearch(query))).total == 0
        page = await filled.search(IndexSearch(query, forgiving=True))
        assert labels(page)[0] == first
        assert (page.approximate, page.suggestion) == (True, meant)

    async def test_what_was_meant_finds_it(self, filled: Index) -> None:
        for index, typed, first, meant in NEARLY:
            page = await filled.search(IndexSearch(Query(Clause(index, meant))))
            assert first in labels(page), typed

    @pytest.mark.parametrize("clause", NOT_NEARLY, ids=lambda clause: f"{clause.index} {clause.term[:20]}")
    async def test_nothing_is_made_up(self, filled: Index, clause: Clause) -> None:
        page = await filled.search(IndexSearch(Query(clause), forgiving=True))
        assert (page.total, page.approximate, page.suggestion) == (0, False, "")

    async def test_what_matches_exactly_is_not_widened(self, filled: Index) -> None:
        query = Query(Clause("any", "红楼梦"))
        strict = await filled.search(IndexSearch(query))
        forgiving = await filled.search(IndexSearch(query, forgiving=True))
        assert labels(forgiving) == labels(strict)
        assert (forgiving.approximate, forgiving.suggestion) == (False, "")

    async def test_words_typed_one_by_one(self, filled: Index) -> None:
        node = Boolean(Operator.AND, Clause("any", "old"), Clause("any", "hemmingway"))
        page = await filled.search(IndexSearch(Query(node, text="old hemmingway"), forgiving=True))
        assert labels(page) == ["bj:20"]
        assert page.suggestion == "old hemingway"

    async def test_field_names_are_kept_in_what_was_meant(self, filled: Index) -> None:
        query = Query(Clause("title", "西安市变"), text="题名:西安市变")
        assert (await filled.search(IndexSearch(query, forgiving=True))).suggestion == "题名:西安事变"

    async def test_what_is_not_wanted_is_exactly_that(self, filled: Index) -> None:
        node = Boolean(Operator.NOT, Clause("title", "红搂梦"), Clause("title", "红楼梦"))
        page = await filled.search(IndexSearch(Query(node), forgiving=True))
        assert page.total == 0
        other = Boolean(Operator.NOT, Clause("title", "红搂梦"), Clause("title", "红搂梦"))
        assert "bj:1" in labels(await filled.search(IndexSearch(Query(other), forgiving=True)))

    async def test_numbers_beside_a_slip_hold(self, filled: Index) -> None:
        node = Boolean(Operator.AND, Clause("title", "红搂梦"), Clause("year", "1987"))
        assert labels(await filled.search(IndexSearch(Query(node), forgiving=True))) == ["xa:2"]

    async def test_near_matches_come_in_pages_with_facets(self, filled: Index) -> None:
        query = Query(Clause("any", "红搂梦"), text="红搂梦")
        whole = await filled.search(IndexSearch(query, forgiving=True, facets=FACETS))
        paged = [
            await filled.search(IndexSearch(query, forgiving=True, start=start, size=1)) for start in range(whole.total)
        ]
        assert [label for page in paged for label in labels(page)] == labels(whole)
        assert {page.suggestion for page in paged} == {whole.suggestion}
        assert sum(value.count for value in whole.facets["form"]) == whole.total

    # Completions

    @pytest.mark.parametrize(("typed", "text", "index"), COMPLETED)
    async def test_completes(self, filled: Any, typed: str, text: str, index: str) -> None:
        assert isinstance(filled, CompletingIndex)
        assert (text, index) in [(one.text, one.index) for one in await filled.complete(typed, size=20)]

    @pytest.mark.parametrize("typed", ["", "   ", "h", "!!!", "\x00", "红楼梦没有这本书", "x" * 5_000, ".*", "\ud800"])
    async def test_what_cannot_be_completed(self, filled: Any, typed: str) -> None:
        assert await filled.complete(typed) == ()

    async def test_completions_are_as_many_as_wanted_and_each_once(self, filled: Any) -> None:
        assert len(await filled.complete("红", size=2)) == 2
        texts = [one.text for one in await filled.complete("红", size=20)]
        assert len(texts) == len(set(texts))

    # Browse lists

    async def test_a_list_begins_at_the_term(self, filled: Any) -> None:
        assert isinstance(filled, ScanningIndex)
        page = await filled.scan(IndexScan("title", "红楼梦", before=1, count=3))
        assert [term.term for term in page.terms] == ["秦腔音乐", "红楼梦", "红楼梦人物论"]
        assert (page.before, page.first, page.last) == (1, False, False)
        assert [term.count for term in page.terms] == [1, 2, 1]

    async def test_terms_are_folded_and_shown_as_written(self, filled: Any) -> None:
        (term,) = (await filled.scan(IndexScan("author", "HOFSTADTER", count=1))).terms
        assert (term.term, term.display) == ("hofstadter douglas r", "Hofstadter, Douglas R.")

    async def test_a_list_has_ends(self, filled: Any) -> None:
        start = await filled.scan(IndexScan("language", "", before=5, count=3))
        assert ([term.term for term in start.terms], start.first, start.last) == (["chi", "eng", "fre"], True, False)
        end = await filled.scan(IndexScan("language", "zzz", before=2, count=5))
        assert ([term.term for term in end.terms], end.before, end.last) == (["jpn", "rus"], 2, True)

    async def test_a_list_can_be_read_in_pieces_both_ways(self, filled: Any) -> None:
        whole = (await filled.scan(IndexScan("title", "", count=1_000))).terms
        assert [term.term for term in whole] == sorted(term.term for term in whole)
        there = [
            term
            for start in range(0, len(whole), 7)
            for term in (await filled.scan(IndexScan("title", whole[start].term, count=7))).terms
        ]
        assert tuple(there) == whole
        back = (await filled.scan(IndexScan("title", "\U0010fffd", before=1_000, count=1_000))).terms
        assert back == whole

    @pytest.mark.parametrize("index", sorted(fields.BROWSABLE))
    async def test_asking_for_a_term_finds_as_many_as_the_list_says(self, filled: Any, index: str) -> None:
        assert index in filled.browsable
        terms = (await filled.scan(IndexScan(index, "", count=1_000))).terms
        assert terms
        for term in terms:
            page = await filled.search(IndexSearch(Query(Clause(index, term.term, Relation.EXACT)), size=0))
            assert page.total == term.count, term

    async def test_an_isbn_in_any_form_begins_a_list(self, filled: Any) -> None:
        page = await filled.scan(IndexScan("isbn", "7-02-000220-X", count=1))
        assert [term.term for term in page.terms] == ["9787020002207"]

    async def test_only_what_some_libraries_have(self, filled: Any) -> None:
        page = await filled.scan(IndexScan("author", "", count=1_000, sources=("yl",)))
        assert [(term.term, term.count) for term in page.terms] == [("王依群", 1), ("路遥", 1)]
        assert (await filled.scan(IndexScan("author", "", sources=()))).terms == ()
        assert (await filled.scan(IndexScan("author", "", sources=("nobody",)))).terms == ()

    @pytest.mark.parametrize(
        "asked",
        [IndexScan("any", "a"), IndexScan("year", "1996"), IndexScan("colour", ""), IndexScan("title", "", count=0)],
        ids=lambda asked: asked.index,
    )
    async def test_lists_that_are_not_offered(self, filled: Any, asked: IndexScan) -> None:
        with pytest.raises(UnsupportedQueryError):
            await filled.scan(asked)
