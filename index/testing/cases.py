"""Questions to the small library of ``index.testing.library`` with their answers (a union by its least member id)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

import pytest

from gateway.core.ports import IndexSearch
from gateway.core.query import Boolean, Clause, Node, Operator, Query, Relation, SortKey, Truncation

_DREAMS = {"bj:1", "xa:2", "xa:3", "bj:3"}
_ALL, _ANY, _PHRASE, _EXACT = Relation.ALL, Relation.ANY, Relation.PHRASE, Relation.EXACT
_NONE = Truncation.NONE


def _case(index: str, term: str, *found: str, relation: Relation = _ALL, truncation: Truncation = _NONE) -> Any:
    name = "-".join(filter(None, (index, term, relation if relation is not _ALL else "", truncation)))
    return pytest.param(index, term, set(found), (relation, truncation), id=name)


FOUND = (
    # One title in the scripts and spellings people type
    _case("any", "红楼梦", *_DREAMS),
    _case("any", "紅樓夢", *_DREAMS),
    _case("any", "紅楼夢", *_DREAMS),
    _case("title", "紅樓夢", *_DREAMS),
    _case("any", "《红楼梦》", *_DREAMS),
    _case("any", "红 楼 梦", *_DREAMS),
    _case("any", "楼梦", *_DREAMS),
    _case("any", "红", *_DREAMS),
    _case("any", "hongloumeng", *_DREAMS),
    _case("any", "hong lou meng", *_DREAMS),
    _case("any", "Hong Loumeng", *_DREAMS),
    _case("any", "hlm", "bj:1", "xa:2"),
    _case("title", "hongloumeng", *_DREAMS),
    _case("title", "loumeng", *_DREAMS),
    _case("any", "梦红楼"),
    _case("any", "xianshibian", "xa:12"),
    _case("any", "xian lishi", "xa:13"),
    _case("author", "caoxueqin", "bj:1", "xa:2", "un:3"),
    _case("author", "cxq", "bj:1", "xa:2"),
    _case("title", "caoxueqin"),
    _case("any", "史記", "bj:11"),
    _case("any", "西遊記 吴承恩", "bj:2", "xa:4"),
    _case("any", "theoldmanandthesea", "bj:20", "xa:20"),
    _case("author", "douglasr hofstadter"),
    _case("author", "Hofstadter,DouglasR.", "un:4"),
    _case("any", "qinqiang", "xa:21", "yl:22"),
    # Words
    _case("any", "old sea", "bj:20", "xa:20"),
    _case("any", "OLD MAN", "bj:20", "xa:20"),
    _case("any", "ｏｌｄ　ｍａｎ", "bj:20", "xa:20"),
    _case("any", "godel bach", "un:4"),
    _case("any", "Gödel", "un:4"),
    _case("title", "misérables", "un:6"),
    _case("any", "war peace"),
    _case("title", "мир", "un:7"),
    _case("title", "雪国", "un:8"),
    _case("any", "老人 海明威", "xa:20"),
    _case("any", "吴劳", "xa:20"),
    _case("any", "孙少平", "xa:8"),
    _case("any", "程乙本", "bj:1"),
    _case("note", "黄土高原", "xa:8"),
    _case("any", "... !!!"),
    # Access points
    _case("author", "鲁迅", "xa:7", "hz:7"),
    _case("author", "海明威", "xa:20"),
    _case("title", "海明威"),
    _case("subject", "明代", "bj:2", "xa:4", "hz:5", "xa:6"),
    _case("publisher", "高等教育", "xa:15"),
    _case("publisher", "scribner", "bj:20"),
    _case("language", "eng", "bj:20", "un:2", "un:3", "un:4", "un:5", "un:9"),
    _case("form", "map", "xa:13", "xa:23"),
    _case("library", "yl", "xa:8", "yl:22"),
    _case("id", "xa:10", "xa:10"),
    _case("callnumber", "I247.5/8", "xa:21"),
    _case("callnumber", "i247.5 8", "xa:21"),
    _case("barcode", "HZ0005", "hz:5"),
    _case("series", "古典文学", "bj:1", "hz:5"),
    _case("audience", "成人", "bj:1"),
    _case("publisher", "岳麓书社", "xa:2"),
    # Numbers
    _case("isbn", "9787020002207", "bj:1"),
    _case("isbn", "978-7-02-000220-7", "bj:1"),
    _case("isbn", "7-02-000220-X", "bj:1"),
    _case("isbn", "702000220x", "bj:1"),
    _case("isbn", "7020002200"),
    _case("identifier", "7-02-000220-X", "bj:1"),
    _case("any", "7-02-000220-X", "bj:1"),
    _case("any", "9787020002207", "bj:1"),
    _case("issn", "0028-0836", "un:9"),
    _case("issn", "00280836", "un:9"),
    # Class numbers and what lies under them
    _case("class", "I242.4", "bj:1", "xa:2", "bj:2", "xa:4", "hz:5", "xa:6", "un:3"),
    _case("class", "TP3", "xa:17", "bj:17", "un:5"),
    _case("class", "tp311", "xa:17", "un:5"),
    _case("class", "K29", "xa:14"),
    # Years
    _case("year", "1952", "xa:3", "bj:20", "un:9"),
    _case("year", "1952 1954", "xa:3", "bj:20", "yl:22", "un:9", relation=Relation.WITHIN),
    _case("year", "2000", "xa:4", "xa:21", "un:9", relation=Relation.GE),
    _case("year", "1900", "un:6", "un:7", "un:9", relation=Relation.LT),
    _case("year", "1862", "un:6", relation=Relation.LE),
    _case("year", "1862", "un:6", relation=Relation.EQ),
    _case("year", "2005", "un:9", relation=Relation.GT),
    _case("year", "1990 1991", "xa:18", "bj:17", "un:9", relation=Relation.WITHIN),
    # Relations
    _case("any", "废都 秦腔", "xa:10", "xa:21", "yl:22", relation=_ANY),
    _case("title", "old man", "bj:20", "xa:20", relation=_PHRASE),
    _case("title", "man old", relation=_PHRASE),
    _case("title", "文学史", "xa:15", "xa:16", relation=_PHRASE),
    _case("title", "古代 文学史", "xa:15", relation=_PHRASE),
    _case("title", "史文学", relation=_PHRASE),
    _case("title", "红楼梦", "bj:1", "xa:2", relation=_EXACT),
    _case("title", "紅樓夢", "bj:1", "xa:2", relation=_EXACT),
    _case("title", "红楼", relation=_EXACT),
    _case("title", "the old MAN and the sea.", "bj:20", "xa:20", relation=_EXACT),
    _case("author", "鲁迅", "xa:7", "hz:7", relation=_EXACT),
    _case("any", "文学史", "xa:16", relation=_EXACT),
    # Truncation
    _case("any", "comput", "un:5", truncation=Truncation.RIGHT),
    _case("any", "puter", "un:5", truncation=Truncation.LEFT),
    _case("any", "ofstadte", "un:4", truncation=Truncation.BOTH),
    _case("title", "红楼", *_DREAMS, truncation=Truncation.RIGHT),
    _case("title", "楼梦", *_DREAMS, truncation=Truncation.LEFT),
    _case("any", "hem*w?y", "bj:20", truncation=Truncation.MASK),
    _case("any", "pre?udice", "un:2", truncation=Truncation.MASK),
    _case("callnumber", "PS35", "bj:20", truncation=Truncation.RIGHT),
    _case("isbn", "978750", "xa:21", truncation=Truncation.RIGHT),
    _case("barcode", "YL*", "xa:8", "yl:22", truncation=Truncation.MASK),
)

RANKED = (
    ("文学史", "xa:16"),
    ("红楼梦研究", "xa:3"),
    ("红楼梦", "bj:1"),
    ("秦腔", "xa:21"),
    ("hlm", "bj:1"),
    ("红楼梦 曹雪芹", "bj:1"),
    ("曹雪芹 红楼梦", "bj:1"),
    ("nature", "un:9"),
    ("the old man and the sea", "bj:20"),
    ("old man sea hemingway", "bj:20"),
    ("shiji", "bj:11"),
    ("鲁迅", "xa:7"),
)

SORTED = (
    (Clause("any", "红楼梦"), "year", False, ["xa:3", "bj:3", "xa:2", "bj:1"]),
    (Clause("any", "红楼梦"), "year", True, ["bj:1", "xa:2", "bj:3", "xa:3"]),
    (Clause("subject", "当代"), "title", False, ["xa:9", "xa:10", "xa:8", "xa:21"]),
    (Clause("subject", "当代"), "title", True, ["xa:21", "xa:8", "xa:10", "xa:9"]),
    (Clause("subject", "当代"), "stroke", False, ["xa:8", "xa:9", "xa:10", "xa:21"]),
    (Clause("subject", "当代"), "stroke", True, ["xa:21", "xa:10", "xa:9", "xa:8"]),
    (Clause("class", "K2"), "author", False, ["xa:14", "xa:12", "bj:11"]),
    (Clause("class", "K2"), "author", True, ["bj:11", "xa:12", "xa:14"]),
    (Clause("title", "文学史"), "relevance", False, ["xa:16", "xa:15"]),
)


def _asked(node: Node | None, **options: Any) -> IndexSearch:
    return IndexSearch(None if node is None else Query(node), **options)


def _chain(operator: Operator, clauses: Sequence[Node]) -> Node:
    def join(left: Node, right: Node) -> Node:
        return Boolean(operator, left, right)

    return reduce(join, clauses)


def _deep(levels: int) -> Node:
    node: Node = Clause("any", "红楼梦")
    for level in range(levels):
        operator = Operator.AND if level % 2 else Operator.OR
        node = Boolean(operator, Clause("any", "梦"), node)
    return node


REFUSED = (
    pytest.param(_asked(Clause("colour", "red")), "colour", id="unknown access point"),
    pytest.param(_asked(Clause("region", "610100")), "region", id="region"),
    pytest.param(_asked(Clause("year", "long ago")), "year", id="no year"),
    pytest.param(_asked(Clause("title", "a", Relation.LT)), "relation <", id="titles cannot be compared"),
    pytest.param(_asked(Clause("any", "*", truncation=Truncation.MASK)), "wildcard", id="wildcard only"),
    pytest.param(_asked(Clause("any", "a", truncation=Truncation.RIGHT)), "wildcard", id="one letter"),
    pytest.param(
        _asked(_chain(Operator.OR, [Clause("any", f"t{n}") for n in range(10_000)])), "clauses", id="10000 or"
    ),
    pytest.param(_asked(_deep(5_000)), "depth", id="5000 deep"),
    pytest.param(_asked(Clause("any", "x" * 50_000)), "term length", id="50 kB term"),
    pytest.param(_asked(None, facets=("colour",)), "facet colour", id="unknown facet"),
    pytest.param(_asked(None, filters=(("colour", "red"),)), "facet colour", id="unknown filter"),
    pytest.param(_asked(None, sort=(SortKey("colour"),)), "sort", id="unknown sort key"),
    pytest.param(_asked(None, size=100_000), "page size", id="size 100000"),
    pytest.param(_asked(None, start=10_000_000), "deep paging", id="start 10000000"),
    pytest.param(_asked(None, start=-1), "page size", id="start -1"),
)

HOSTILE = (
    pytest.param(Clause("any", " ".join(f"w{n}" for n in range(600))), id="600 words"),
    pytest.param(_chain(Operator.AND, [Clause("any", f"t{n}") for n in range(10_000)]), id="10000 and"),
    pytest.param(_chain(Operator.NOT, [Clause("any", "红楼梦")] * 300), id="300 not"),
    pytest.param(_deep(55), id="55 deep"),
    pytest.param(Clause("any", "".join(chr(n) for n in range(1, 300))), id="control characters"),
    pytest.param(Clause("any", "\x00"), id="nul"),
    pytest.param(Clause("any", ""), id="empty"),
    pytest.param(Clause("title", "\"' OR 1=1 --"), id="sql"),
    pytest.param(Clause("title", "any:* AND [a TO z}"), id="engine syntax"),
    pytest.param(Clause("callnumber", ".*(a+)+$[", truncation=Truncation.RIGHT), id="regular expression"),
    pytest.param(Clause("any", "*a*b*c*d*e*", truncation=Truncation.MASK), id="many runs"),
    pytest.param(Clause("any", "?" * 3_000 + "ab", truncation=Truncation.MASK), id="many single wildcards"),
    pytest.param(Clause("any", "红*梦", truncation=Truncation.MASK), id="wildcard between Han"),
    pytest.param(Clause("any", "\\", truncation=Truncation.MASK), id="a lone escape"),
    pytest.param(Clause("year", "9" * 400), id="a year of 400 digits"),
    pytest.param(Clause("any", "\ud800"), id="a lone surrogate"),
    pytest.param(Clause("any", "梦" * 3_000), id="3000 times one character"),
    pytest.param(Clause("any", "zhi" * 600), id="600 syllables"),
)
