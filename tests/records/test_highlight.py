"""Matches are shown in the text as it was written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.query import Clause, Query, Relation, Truncation
from gateway.protocols.simple import parse_simple
from gateway.records.highlight import Highlighter, segments


def marked(query: Query, field: str, value: str, *, name: bool = False) -> list[str]:
    return [value[start:end] for start, end in Highlighter(query).spans(field, value, name=name)]


@pytest.mark.parametrize(
    ("typed", "value", "found"),
    [
        ("红楼梦", "紅樓夢研究", ["紅樓夢"]),
        ("紅樓夢", "《红楼梦》人物论", ["红楼梦"]),
        ("红楼梦", "红与黑", []),
        ("红楼梦研究", "红楼梦人物研究", ["红楼梦", "研究"]),
        ("梦", "红楼梦", ["梦"]),
        ("红", "红楼梦与红与黑", ["红", "红"]),
        ("the OLD", "The old man and the sea", ["The old", "the"]),
        ("godel", "Gödel, Escher, Bach", ["Gödel"]),
        ("godel", "Go\u0308del, Escher", ["Go\u0308del"]),
        ("ＣＯＭＰＵＴＥＲ", "Computer 程序", ["Computer"]),
        ("C++", "学习 C++ 的书", ["C++"]),
        ("hongloumeng", "紅樓夢研究", ["紅樓夢"]),
        ("hong lou meng", "紅樓夢研究", ["紅樓夢"]),
        ("loumeng", "红楼梦", ["楼梦"]),
        ("hlm", "红楼梦", ["红楼梦"]),
        ("hlm", "红楼梦研究", []),
        ("xianshibian", "西安事变", ["西安事变"]),
        ("sea", "色啊", []),
        ("comput*", "The art of computer programming", ["computer"]),
        ("*puter", "The art of computer programming", ["computer"]),
        ('"old man"', "old man, old sea", ["old man"]),
        ("老人 -海", "老人与海", ["老人"]),
        ("作者:鲁迅", "鲁迅全集", []),
        ("年:1996", "1996年鉴", []),
        ("", "", []),
    ],
)
def test_titles(typed: str, value: str, found: list[str]) -> None:
    query = parse_simple(typed) if typed else Query(Clause("any", ""))
    assert marked(query, "title", value) == found


def test_names_are_read_as_names() -> None:
    assert marked(parse_simple("zengguofan"), "author", "曾国藩", name=True) == ["曾国藩"]
    assert marked(parse_simple("作者:cxq"), "author", "曹雪芹", name=True) == ["曹雪芹"]
    assert marked(parse_simple("题名:cxq"), "author", "曹雪芹", name=True) == []


def test_masks_and_relations() -> None:
    assert marked(Query(Clause("title", "hem?way", truncation=Truncation.MASK)), "title", "Hemingway") == ["Hemingway"]
    assert marked(Query(Clause("any", "man old", Relation.PHRASE)), "title", "old man") == []


@given(st.text(max_size=40), st.text(max_size=60))
def test_any_text_is_cut_without_loss(typed: str, value: str) -> None:
    spans = Highlighter(Query(Clause("any", typed))).spans("title", value)
    assert "".join(piece for piece, _ in segments(value, spans)) == value
    flat = [place for span in spans for place in span]
    assert flat == sorted(flat)
    assert all(start < end for start, end in spans)


_HAN = st.text(st.sampled_from("红楼夢梦樓紅研究台臺か゛がﾞ々１2 ·《》"), min_size=1, max_size=12)


@given(asked=_HAN, value=_HAN, phrase=st.booleans())
def test_no_value_with_a_match_is_passed_over(asked: str, value: str, phrase: bool) -> None:
    """The quick look at the folded text says no only where the long one finds nothing."""
    query = Query(Clause("title", asked, relation=Relation.PHRASE if phrase else Relation.ALL))
    quick = Highlighter(query).spans("title", value)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gateway.records.highlight._Wanted.may_be_in", lambda *_: True)
        assert Highlighter(query).spans("title", value) == quick
