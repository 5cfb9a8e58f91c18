"""The plain search box: everything a reader types becomes a query, in Chinese and in English."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.errors import QuerySyntaxError
from gateway.core.query import INDEXES, Clause, Node, Relation, Truncation
from gateway.protocols.simple import FIELDS, MAX_CLAUSES, MAX_LENGTH, parse_simple


def shown(node: Node) -> str:
    if isinstance(node, Clause):
        truncation = "" if node.truncation is Truncation.NONE else f"[{node.truncation}]"
        return f"{node.index} {node.relation}{truncation} '{node.term}'"
    return f"({node.operator} {shown(node.left)} {shown(node.right)})"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # words and phrases
        ("红楼梦", "any all '红楼梦'"),
        ("红楼梦 曹雪芹", "(and any all '红楼梦' any all '曹雪芹')"),
        ("红楼梦\u3000曹雪芹", "(and any all '红楼梦' any all '曹雪芹')"),
        ("a b c", "(and (and any all 'a' any all 'b') any all 'c')"),
        ('"dream of"', "any phrase 'dream of'"),
        ("“红楼 梦”", "any phrase '红楼 梦'"),
        ("「红楼梦」", "any phrase '红楼梦'"),
        ("『红楼梦』", "any phrase '红楼梦'"),
        ("《红楼梦》（全二册）", "(and any phrase '红楼梦' any all '全二册')"),
        ("红楼梦“脂砚斋”评", "(and (and any all '红楼梦' any phrase '脂砚斋') any all '评')"),
        ('"two  blanks"', "any phrase 'two blanks'"),
        ('"dream of*', "(and any all 'dream' any all[right] 'of')"),
        ('"dream of"*', "any phrase[right] 'dream of'"),
        # quotes that do not close
        ('"red chamber', "(and any all 'red' any all 'chamber')"),
        ('red" chamber', "(and any all 'red' any all 'chamber')"),
        ("“红楼梦", "any all '红楼梦'"),
        ("红楼梦」", "any all '红楼梦'"),
        ("don't", "any all 'don't'"),
        # operators
        ("红楼梦 -电影", "(not any all '红楼梦' any all '电影')"),
        ("-电影 红楼梦", "(not any all '红楼梦' any all '电影')"),
        ("红楼梦 NOT 电影", "(not any all '红楼梦' any all '电影')"),
        ('红楼梦 -"红楼梦 续"', "(not any all '红楼梦' any phrase '红楼梦 续')"),
        ("红楼梦 -作者:高鹗", "(not any all '红楼梦' author all '高鹗')"),
        ("a OR b", "(or any all 'a' any all 'b')"),
        ("a | b", "(or any all 'a' any all 'b')"),
        ("a OR b c", "(and (or any all 'a' any all 'b') any all 'c')"),
        ("a b OR c", "(and any all 'a' (or any all 'b' any all 'c'))"),
        ("a AND b", "(and any all 'a' any all 'b')"),
        ("+a +b", "(and any all 'a' any all 'b')"),
        ("a or b and c", "(and (and (and (and any all 'a' any all 'or') any all 'b') any all 'and') any all 'c')"),
        ("OR", "any all 'OR'"),
        ("a OR", "any all 'a'"),
        ("OR a", "any all 'a'"),
        ("a -", "any all 'a'"),
        ("a -- b", "(and any all 'a' any all 'b')"),
        ("x-ray", "any all 'x-ray'"),
        # fields
        ("题名:红楼梦", "title all '红楼梦'"),
        ("题名：红楼梦", "title all '红楼梦'"),
        ("書名：紅樓夢", "title all '紅樓夢'"),
        ("题名: 「西游记」", "title phrase '西游记'"),
        ("TITLE:dream", "title all 'dream'"),
        ("title:dream red", "(and title all 'dream' any all 'red')"),
        ("作者:曹雪芹 题名:红楼梦", "(and author all '曹雪芹' title all '红楼梦')"),
        ("责任者:鲁迅", "author all '鲁迅'"),
        ("主题:章回小说", "subject all '章回小说'"),
        ("出版社:人民文学出版社", "publisher all '人民文学出版社'"),
        ("分类号:I242.4", "class all 'I242.4'"),
        ("索书号:I242.4/1", "callnumber all 'I242.4/1'"),
        ("条码:0010201", "barcode = '0010201'"),
        ("语种:chi", "language = 'chi'"),
        ("title:", "any all 'title'"),
        ("title: OR", "(and any all 'title' any all 'OR')"),
        ("unknown:x", "any all 'unknown:x'"),
        ("http://example.org/a", "any all 'http://example.org/a'"),
        ("C++: a", "(and any all 'C++' any all 'a')"),
        # years
        ("年:2001 a", "(and year = '2001' any all 'a')"),
        ("year:2001-2005 a", "(and year within '2001 2005' any all 'a')"),
        ("年：2001至2005 a", "(and year within '2001 2005' any all 'a')"),
        ("出版年:2001— a", "(and year >= '2001' any all 'a')"),
        ("year:-2005 a", "(and year <= '2005' any all 'a')"),
        ("year:>1990", "year > '1990'"),
        ("year: <= 1990", "year <= '1990'"),
        ("year:清", "year = '清'"),
        # standard numbers
        ("9787020002207", "(or isbn = '9787020002207' any all '9787020002207')"),
        ("978-7-02-000220-7", "(or isbn = '9787020002207' any all '978-7-02-000220-7')"),
        ("978-7-02-000220-1", "(or isbn = '9787020002201' any all '978-7-02-000220-1')"),
        ("7-02-000220-X", "(or isbn = '702000220X' any all '7-02-000220-X')"),
        ("702000220x", "(or isbn = '702000220X' any all '702000220x')"),
        ("7020002201", "any all '7020002201'"),
        ("９７８７０２０００２２０７", "(or isbn = '9787020002207' any all '９７８７０２０００２２０７')"),
        ("ISBN978-7-02-000220-7", "(or isbn = '9787020002207' any all 'ISBN978-7-02-000220-7')"),
        ("isbn:978-7-02-000220-7", "isbn = '9787020002207'"),
        ("isbn:nonsense", "isbn = 'nonsense'"),
        ("1000-0135", "(or issn = '1000-0135' any all '1000-0135')"),
        ("10000135", "any all '10000135'"),
        ("1000-0136", "any all '1000-0136'"),
        ("issn:1000-0135", "issn = '1000-0135'"),
        # truncation
        ("红楼*", "any all[right] '红楼'"),
        ("红楼＊", "any all[right] '红楼'"),
        ("*chamber", "any all[left] 'chamber'"),
        ("*chamb*", "any all[both] 'chamb'"),
        ("ch*ber", "any all[mask] 'ch*ber'"),
        ("wh*t?", "any all[mask] 'wh*t\\?'"),
        ("what?", "any all 'what?'"),
        ("isbn:97870*", "isbn =[right] '97870'"),
        ("a *", "any all 'a'"),
    ],
)
def test_meaning(text: str, expected: str) -> None:
    query = parse_simple(text)
    assert shown(query.root) == expected
    assert query.text == text


@pytest.mark.parametrize("text", ["", "   ", "\u3000", "*", "-", '""', "《》", "，。", "()"])
def test_nothing_to_search_is_said(text: str) -> None:
    with pytest.raises(QuerySyntaxError, match="empty"):
        parse_simple(text)


@pytest.mark.parametrize("text", ["-a", "NOT a", "-a -b", "-题名:红楼梦"])
def test_only_excluding_is_refused(text: str) -> None:
    with pytest.raises(QuerySyntaxError, match="only excludes"):
        parse_simple(text)


def test_limits() -> None:
    assert parse_simple("a" * MAX_LENGTH)
    with pytest.raises(QuerySyntaxError, match=f"{MAX_LENGTH + 1} characters, at most {MAX_LENGTH}"):
        parse_simple("a" * (MAX_LENGTH + 1))
    assert sum(1 for _ in parse_simple(" ".join(["a"] * MAX_CLAUSES)).clauses()) == MAX_CLAUSES
    with pytest.raises(QuerySyntaxError, match=f"at most {MAX_CLAUSES}"):
        parse_simple(" ".join(["a"] * (MAX_CLAUSES + 1)))


def test_every_field_name_is_an_access_point() -> None:
    for name, index in FIELDS.items():
        assert index in INDEXES
        assert [clause.index for clause in parse_simple(f"{name}：1 x").clauses()] == [index, "any"]


_pieces = st.sampled_from(
    [
        '"',
        "“",
        "”",
        "「",
        "」",
        "《",
        "-",
        "*",
        "OR",
        "NOT",
        "题名:",
        "year:",
        "2001-",
        ">",
        "978",
        "x",
        "红楼梦",
        " ",
        "\u3000",
        "(",
        "：",
        "|",
        "+",
        "\\",
        "\x00",
    ]
)


@given(st.lists(_pieces, max_size=12).map("".join) | st.text(max_size=40))
@settings(max_examples=500, deadline=None)
def test_nothing_else_is_ever_raised(text: str) -> None:
    try:
        query = parse_simple(text)
    except QuerySyntaxError as error:
        assert "empty" in str(error) or "only excludes" in str(error)
        return
    assert list(query.positive_clauses())
    assert all(clause.term.strip() and clause.index in INDEXES for clause in query.clauses())


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("红搂梦~", Clause("any", "红搂梦", fuzzy=True)),
        ("题名:红搂梦～", Clause("title", "红搂梦", fuzzy=True)),
        ('author:"Hemmingway Ernest"~', Clause("author", "Hemmingway Ernest", fuzzy=True)),
        ("“三国演艺”~", Clause("any", "三国演艺", fuzzy=True)),
        ("条码:XA0001", Clause("barcode", "XA0001", Relation.EQ)),
        ("馆藏状态:available", Clause("availability", "available", Relation.EQ)),
    ],
)
def test_a_wave_takes_what_is_nearly_so(typed: str, expected: Clause) -> None:
    assert parse_simple(typed).root == expected


@pytest.mark.parametrize("typed", ["～～ a", "a ~ b", "barcode:XA~"])
def test_waves_alone_and_behind_codes_are_forgiven(typed: str) -> None:
    assert not any(clause.fuzzy for clause in parse_simple(typed).clauses())
