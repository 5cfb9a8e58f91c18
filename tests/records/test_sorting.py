"""Orders of Chinese titles: pinyin, strokes, codes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.records.sorting import ORDERS, Order, stroke_counts
from gateway.records.text import sort_key

_TITLES = st.text("一丁万丈三上下不红楼梦紅樓夢马馬abcXÉ 0123456789第卷《》·𠀀བོད", max_size=12)


@pytest.mark.parametrize(
    ("character", "count"),
    [("一", 1), ("丁", 2), ("三", 3), ("王", 4), ("北", 5), ("红", 6), ("李", 7), ("国", 8), ("書", 10), ("馬", 10),
     ("马", 3), ("龍", 16), ("龙", 5), ("籲", 32), ("齉", 36), ("〇", 1), ("𠀀", 2)],
)  # fmt: skip
def test_strokes_are_those_of_the_form_as_written(character: str, count: int) -> None:
    assert stroke_counts()[character] == count


def test_every_character_of_gb2312_and_big5_has_its_strokes() -> None:
    for charset, leads in (("gb2312", range(0xB0, 0xF8)), ("big5", range(0xA4, 0xFA))):
        for lead in leads:
            for trail in (*range(0x40, 0x7F), *range(0xA1, 0xFF)):
                text = bytes((lead, trail)).decode(charset, "ignore")
                if len(text) == 1 and "\u4e00" <= text <= "\u9fff":
                    assert 0 < stroke_counts()[text] < 49, text


def test_titles_by_strokes() -> None:
    titles = [
        "第12卷",
        "李白",
        "龙",
        "马克思",
        "二十四史",
        "Hamlet",
        "第2卷",
        "1984",
        "一生",
        "丁一",
        "王小明",
        "馬克思",
    ]
    assert sorted(titles, key=lambda title: sort_key(title, "stroke")) == [
        "1984", "Hamlet", "一生", "丁一", "二十四史", "马克思", "王小明", "龙", "李白", "馬克思", "第2卷", "第12卷",
    ]  # fmt: skip


def test_titles_by_code() -> None:
    titles = ["馬", "丁", "B 10", "B 9", "一"]
    assert sorted(titles, key=lambda title: sort_key(title, "code")) == ["B 9", "B 10", "一", "丁", "馬"]


@pytest.mark.parametrize("order", ORDERS)
@given(st.data())
def test_equal_keys_are_equal_texts(order: Order, data: st.DataObject) -> None:
    left, right = data.draw(_TITLES), data.draw(_TITLES)
    if sort_key(left, order) == sort_key(right, order):
        assert sort_key(left, "code") == sort_key(right, "code")
