"""Which editions find one another as editions of one work, and which do not."""

from __future__ import annotations

import pytest

from gateway.core.record import Contributor, Record, Title, TitleKind
from gateway.records.works import work_keys


def edition(
    title: str,
    *authors: str,
    uniform: str = "",
    original: str = "",
    translator: str = "",
    editor: str = "",
    form: str = "book",
    part: str = "",
) -> Record:
    titles = [Title(title, part_number=part)]
    titles += [Title(uniform, TitleKind.UNIFORM)] if uniform else []
    titles += [Title(original, TitleKind.ORIGINAL)] if original else []
    people = [Contributor(name, "aut", primary=True) for name in authors]
    people += [Contributor(translator, "trl")] if translator else []
    people += [Contributor(editor, "edt", primary=True)] if editor else []
    return Record(id="a:1", source="a", local_id="1", titles=tuple(titles), contributors=tuple(people), form=form)


def finds(one: Record, other: Record) -> bool:
    found = not set(work_keys(one).asked).isdisjoint(work_keys(other).stored)
    assert found == (not set(work_keys(other).asked).isdisjoint(work_keys(one).stored)), "not symmetric"
    return found


DREAM = edition("红楼梦", "曹雪芹", "高鹗")
SEA = edition("The old man and the sea", "Hemingway, Ernest")

TOGETHER = [
    pytest.param(DREAM, edition("紅樓夢", "曹雪芹"), id="scripts"),
    pytest.param(DREAM, edition("红楼梦", "曹雪芹", part="上册"), id="one volume of it"),
    pytest.param(DREAM, edition("Hong lou meng", "Cao, Xueqin"), id="romanised"),
    pytest.param(DREAM, edition("The story of the stone", "Cao, Xueqin", uniform="Hong lou meng. English"), id="240"),
    pytest.param(DREAM, edition("Der Traum der roten Kammer", "曹雪芹", original="红楼梦"), id="original title"),
    pytest.param(SEA, edition("Old man and the sea", "Ernest Hemingway"), id="article and order of names"),
    pytest.param(SEA, edition("The old man and the sea", "Hemingway, E."), id="initials"),
    pytest.param(SEA, edition("老人与海", "海明威", original="The old man and the sea"), id="translation"),
    pytest.param(
        edition("老人与海", "海明威", translator="吴劳"),
        edition("老人与海", "海明威", translator="余光中"),
        id="translators",
    ),
    pytest.param(edition("老人与海", "海明威"), edition("老人与海", "欧内斯特·海明威"), id="longer name"),
    pytest.param(
        edition("一九八四", "奥威尔 (Orwell, G.)", original="Nineteen eighty-four"),
        edition("Nineteen eighty-four", "Orwell, George"),
        id="name in both scripts",
    ),
    pytest.param(
        edition("诗经", uniform="诗经"),
        edition("诗经译注", editor="周振甫", uniform="詩經"),
        id="classic without author",
    ),
]

APART = [
    pytest.param(DREAM, edition("红楼梦", "王扶林"), id="another author"),
    pytest.param(DREAM, edition("红楼梦研究", "曹雪芹"), id="another title"),
    pytest.param(edition("家", "巴金"), edition("加", "巴仁"), id="short readings"),
    pytest.param(edition("数据结构", editor="严蔚敏"), edition("数据结构", editor="严蔚敏"), id="editors only"),
    pytest.param(
        edition("Introduction to algorithms", "Cormen, Thomas"),
        edition("Introduction to algorithms", "Manber, Udi"),
        id="two originals of one title",
    ),
    pytest.param(
        edition("美国", "张三", original="America"), edition("America", "Smith, John"), id="short original title"
    ),
    pytest.param(edition("全集", "鲁迅", uniform="Works"), edition("Works", "鲁迅"), id="collective titles"),
    pytest.param(
        edition("Bach favorites", "Bach, J. S.", uniform="Organ music. Selections"),
        edition("Organ book", "Bach, J. S.", uniform="Organ music. Selections"),
        id="selections",
    ),
    pytest.param(edition("读者", "马克", form="serial"), edition("读者", "马克", form="serial"), id="serials"),
    pytest.param(edition("", "曹雪芹"), edition("", "曹雪芹"), id="no title"),
]


@pytest.mark.parametrize(("one", "other"), TOGETHER)
def test_editions_of_one_work_find_each_other(one: Record, other: Record) -> None:
    assert finds(one, other)


@pytest.mark.parametrize(("one", "other"), APART)
def test_other_works_do_not(one: Record, other: Record) -> None:
    assert not finds(one, other)


def test_keys_are_few_and_single_terms() -> None:
    crowd = edition("红楼梦", *(f"作者{number}" for number in range(50)), uniform="石头记", original="Hong lou meng")
    keys = work_keys(crowd)
    assert 0 < len(keys.stored) <= 40
    assert all(key.isascii() and key.isalnum() and len(key) == 16 for key in (*keys.stored, *keys.asked))
