import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.records.volumes import (
    edition_among,
    edition_key,
    extent_key,
    han_number,
    is_count,
    is_volume,
    numerals,
    same_volume,
    split_edition,
    split_other,
    split_title,
    volume_key,
)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("第三卷", "3"),
        ("v. 3", "3"),
        ("III", "3"),
        ("3", "3"),
        ("Part 3", "3"),
        ("第二十三册", "23"),
        ("上册", "上"),
        ("上", "上"),
        ("下卷", "下"),
        ("Shang ce", "上"),
        ("Di er juan", "2"),
        ("Di shi er ce", "12"),
        ("yi bu", "1"),
        ("卷I", "1"),
        ("第1卷, 下册", "1.下"),
        ("A", "a"),
        ("", ""),
        ("自然科学版", "自然科学版"),
        ("Bd. IV", "4"),
        ("第十卷上册", "10.上"),
        ("第10卷, 下", "10.下"),
        ("三年级上册", "3.上"),
        ("A册", "a"),
        ("甲编", "甲"),
        ("陕西卷", "陕西卷"),
    ],
)
def test_volume_numbers_have_one_form(text: str, key: str) -> None:
    assert volume_key(text) == key


@pytest.mark.parametrize(
    ("title", "proper", "volume"),
    [
        ("三国演义（上）", "三国演义", "上"),
        ("高等数学. 下册", "高等数学", "下册"),
        ("中国文学史(第二卷)", "中国文学史", "第二卷"),
        ("天下", "天下", ""),
        ("长江之上", "长江之上", ""),
        ("第二十二条军规", "第二十二条军规", ""),
        ("Physics, vol. 2", "Physics", "vol. 2"),
        ("静静的顿河. 上", "静静的顿河", "上"),
        ("现代日语. A册", "现代日语", "A册"),
        ("人间 天上", "人间 天上", ""),
    ],
)
def test_volume_written_into_the_title(title: str, proper: str, volume: str) -> None:
    assert split_title(title) == (proper, volume)


def test_positions_and_numbers() -> None:
    assert same_volume("上", "1")
    assert same_volume("3", "下")
    assert same_volume("2", "下")
    assert not same_volume("1", "下")
    assert not same_volume("中", "下")


@given(
    st.sampled_from(["上", "中", "下", "1", "2", "3", "4", "a"]),
    st.sampled_from(["上", "中", "下", "1", "2", "3", "4", "a"]),
)
def test_same_volume_is_symmetric(a: str, b: str) -> None:
    assert same_volume(a, b) == same_volume(b, a)


@pytest.mark.parametrize(
    ("text", "number", "revised"),
    [
        ("第2版", 2, False),
        ("2nd ed.", 2, False),
        ("第二版", 2, False),
        ("2版", 2, False),
        ("修订版", 1, True),
        ("", 1, False),
        ("第3版 (增订本)", 3, True),
        ("Rev. ed.", 1, True),
        ("Di 3 ban", 3, False),
        ("Third edition", 3, False),
        ("第11版", 11, False),
        ("8. uppl", 8, False),
        ("2. painos", 2, False),
        ("2-е изд., испр.", 2, False),
    ],
)
def test_edition_statements(text: str, number: int, revised: bool) -> None:
    found = edition_key(text)
    assert (found.number, found.revised, found.stated) == (number, revised, bool(text))


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("修订版", {"revised"}),
        ("增补本", {"enlarged"}),
        ("第3版修订增补本", {"revised", "enlarged"}),
        ("影印本", {"facsimile"}),
        ("汉英对照", {"bilingual"}),
        ("注音版", {"phonetic"}),
        ("Abridged ed.", {"abridged"}),
        ("第2版", set()),
        ("", set()),
    ],
)
def test_sorts_of_editions(text: str, kinds: set[str]) -> None:
    assert edition_key(text).kinds == kinds


@pytest.mark.parametrize(
    ("title", "proper", "statement"),
    [
        ("高等数学（修订版）", "高等数学", "修订版"),
        ("C程序设计(第二版)", "C程序设计", "第二版"),
        ("红楼梦[插图本]", "红楼梦", "插图本"),
        ("明朝(1368-1644)", "明朝(1368-1644)", ""),
        ("社会蓝皮书(2012版)", "社会蓝皮书(2012版)", ""),
        ("（修订版）", "（修订版）", ""),
    ],
)
def test_edition_written_into_the_title(title: str, proper: str, statement: str) -> None:
    assert split_edition(title) == (proper, statement)


def test_editions_among_other_title_information() -> None:
    assert edition_among(("从入门到实践", "注音版")) == "注音版"
    assert edition_among(("C语言版", "自然科学版", "2012版", "中国古代笔记本")) == ""
    assert edition_key(edition_among(("第2版",))).number == 2


@pytest.mark.parametrize(
    ("text", "pages", "volumes"),
    [
        ("320页", 320, 0),
        ("1-371页", 371, 0),
        ("xii, 371 p.", 371, 0),
        ("3册 (1200页)", 1200, 3),
        ("2 v. (1606 p.)", 1606, 2),
        ("23", 23, 0),
        ("十二册", 0, 12),
        ("", 0, 0),
        ("1 online resource (402 p.)", 402, 0),
        ("(2) s., s. 431, (5) s.", 431, 0),
        ("207-407 s.", 201, 0),
        ("p. 927-932", 6, 0),
        ("268 sivua", 268, 0),
    ],
)
def test_extents(text: str, pages: int, volumes: int) -> None:
    assert extent_key(text)[:2] == (pages, volumes)


@pytest.mark.parametrize(
    ("text", "carrier"),
    [
        ("320页", "paper"),
        ("1 score + 1 sound disc", "paper"),
        ("2 sound discs", "sound"),
        ("1盒录音带", "tape"),
        ("1 online resource (402 p.)", "online"),
        ("1 videodisc (DVD)", "video"),
        ("1张光盘", "disc"),
        ("3卷盲文", "braille"),
        ("", ""),
    ],
)
def test_carriers(text: str, carrier: str) -> None:
    assert extent_key(text).carrier == carrier


@pytest.mark.parametrize(
    ("text", "value"), [("十", 10), ("二十三", 23), ("二三", 23), ("一百零五", 105), ("〇", 0), ("甲", None)]
)
def test_han_numbers(text: str, value: int | None) -> None:
    assert han_number(text) == value


@pytest.mark.parametrize(
    ("text", "title", "other"),
    [
        ("失控：机器、社会与经济的新生物学", "失控", "机器、社会与经济的新生物学"),
        ("西安——都城想象与文化记忆", "西安", "都城想象与文化记忆"),
        ("Out of control: the new biology", "Out of control", "the new biology"),
        ("12:30", "12:30", ""),
        ("红楼梦", "红楼梦", ""),
    ],
)
def test_other_title_information_in_the_title(text: str, title: str, other: str) -> None:
    assert split_other(text) == (title, other)


def test_numbers_of_volumes_and_how_many_there_are() -> None:
    assert all(map(is_volume, ("上册", "第三卷", "下分册")))
    assert not any(map(is_volume, ("上下册", "三百三十二卷", "智慧卷", "唐代卷")))
    assert all(map(is_count, ("上下册", "全三册", "三百三十二卷", "四集一百七十卷", "14卷")))
    assert not any(map(is_count, ("上册", "第三卷", "智慧卷")))


def test_numerals_in_titles() -> None:
    assert numerals("陈寅恪的最后二十年") == numerals("陈寅恪的最后20年")
    assert numerals("第十届全国图书馆学研讨会论文集") == "第10届全国图书馆学研讨会论文集"
    assert numerals("三国演义") == "三国演义"


def test_sequences_of_pages_and_electronic_carriers() -> None:
    assert extent_key("72, [1] p.").pages == 72
    assert extent_key("12, 371页, [4]叶图版").pages == 371
    assert extent_key("92 l.").pages == 92
    assert extent_key("1 CD-ROM").carrier == "disc"
    assert extent_key("在線資源(414頁)").carrier == extent_key("在线资源(414页)").carrier == "online"
