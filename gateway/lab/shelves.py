"""What simulated libraries hold: made editions on some fifty topics, some held by many libraries, some by one.

A search finds the library's records of the topic that its text names, else those of the first. Records are written once
for each edition and form; a library's own are copies with its code put in place of another of the same length.
"""

from __future__ import annotations

import random
from functools import lru_cache
from typing import Final

from gateway.core.record import Flavour
from gateway.lab.plan import Simulated
from gateway.records import iso2709, marcxml
from gateway.records.marc import Field, MarcRecord

TOPICS: Final = (
    "文学", "历史", "哲学", "经济", "教育", "艺术", "医学", "农业", "建筑", "法律", "数学", "物理",
    "化学", "生物", "地理", "戏曲", "音乐", "考古", "宗教", "军事", "政治", "语言", "体育", "天文",
    "气象", "水利", "电子", "通信", "交通", "航空", "纺织", "陶瓷", "书法", "绘画", "雕塑", "舞蹈",
    "电影", "新闻", "出版", "统计", "会计", "金融", "贸易", "管理", "心理", "伦理", "民俗", "方志",
)  # fmt: skip
_PLACES: Final = (
    "中国", "陕西", "西安", "延安", "关中", "汉中", "西北", "丝绸之路", "唐代", "明清", "近代", "世界",
    "欧洲", "日本", "黄河", "长江", "现代", "古代", "民国", "当代", "江南", "北方", "宋代", "亚洲",
)  # fmt: skip
_KINDS: Final = (
    "概论", "研究", "导论", "论集", "资料汇编", "教程", "选读", "图录", "手册", "史话", "文集", "探微",
    "述评", "年鉴", "辞典", "讲义", "纲要", "通论", "考略", "札记",
)  # fmt: skip
_TURNS: Final = ("思想", "方法", "源流", "社会", "理论", "实践", "制度", "传统", "人物", "比较", "基础", "问题", "专题")
_SURNAMES: Final = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_GIVEN: Final = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰文学志远"
_PUBLISHERS: Final = ("人民出版社", "中华书局", "商务印书馆", "陕西人民出版社", "科学出版社", "三联书店")

#: Of a library's records on one topic so large a share is of editions that other libraries hold, too.
_SHARED: Final = 0.5
#: Stands for the library's id in records that are written ahead; of the same length as every id.
PLACEHOLDER: Final = "LIBRARY"


def topic_of(text: str) -> int:
    """The place of the topic that a query's text names, else 0."""
    return next((at for at, topic in enumerate(TOPICS) if topic in text), 0)


def editions(library: Simulated, topic: int) -> list[int]:
    """Numbers of the editions on a topic that a library holds, in the order of its answer."""
    dice = random.Random(f"{library.seed}/{library.number}/{topic}")  # noqa: S311
    shared = int(library.size * _SHARED)
    common = dice.sample(range(4 * library.size), shared)
    own = 4 * library.size + library.number * library.size
    numbers = common + list(range(own, own + library.size - shared))
    dice.shuffle(numbers)
    return numbers


@lru_cache(maxsize=65536)
def written(topic: int, number: int, flavour: Flavour, charset: str) -> bytes:
    """One edition's record in ISO 2709, with ``PLACEHOLDER`` for the library."""
    return iso2709.write(_record(topic, number, flavour), charset)


@lru_cache(maxsize=65536)
def written_xml(topic: int, number: int, flavour: Flavour) -> bytes:
    """One edition's record as MARCXML, with ``PLACEHOLDER`` for the library."""
    return marcxml.write(_record(topic, number, flavour))


def for_library(octets: bytes, library: Simulated) -> bytes:
    """Records with the library's own code in them."""
    return octets.replace(PLACEHOLDER.encode(), library.id.encode())


def title_of(topic: int, number: int) -> str:
    place, rest = number % len(_PLACES), number // len(_PLACES)
    kind, turn = rest % len(_KINDS), rest // len(_KINDS)
    more = f"{_TURNS[turn % len(_TURNS)]}{_TURNS[turn // len(_TURNS) % len(_TURNS)]}" if turn else ""
    return f"{_PLACES[place]}{TOPICS[topic]}{more}{_KINDS[kind]}"


def _isbn(topic: int, number: int) -> str:
    body = f"9787{topic:02d}{number:06d}"[:12]
    return body + str(-sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(body)) % 10)


def _record(topic: int, number: int, flavour: Flavour) -> MarcRecord:
    dice = random.Random(f"{topic}/{number}")  # noqa: S311
    title, isbn = title_of(topic, number), _isbn(topic, number)
    author = dice.choice(_SURNAMES) + "".join(dice.sample(_GIVEN, 2))
    publisher, year = dice.choice(_PUBLISHERS), dice.randint(1960, 2025)
    pages, mark = dice.randint(90, 700), f"{dice.choice('ABCDEFGHIJK')}{dice.randint(100, 999)}.{dice.randint(1, 9)}"
    local = f"{topic:02d}{number:08d}"
    if flavour is Flavour.MARC21:
        fields = [
            Field.control("001", local),
            Field.control("008", f"200101s{year}    cc            000 0 chi d"),
            Field("020", " ", " ", (("a", isbn),)),
            Field("100", "1", " ", (("a", author),)),
            Field("245", "1", "0", (("a", f"{title} /"), ("c", f"{author}著."))),
            Field("260", " ", " ", (("a", "北京 :"), ("b", f"{publisher},"), ("c", f"{year}."))),
            Field("300", " ", " ", (("a", f"{pages}页 ;"), ("c", "21cm"))),
            Field("650", " ", "4", (("a", TOPICS[topic]),)),
            Field("852", " ", " ", (("a", PLACEHOLDER), ("h", mark), ("p", f"{PLACEHOLDER}{local}"))),
        ]
        return MarcRecord("00000nam a2200000   4500", fields)
    fields = [
        Field.control("001", local),
        Field("010", " ", " ", (("a", isbn), ("d", f"CNY{pages % 90 + 9}.00"))),
        Field("100", " ", " ", (("a", f"20200101d{year}    em y0chiy50      ea"),)),
        Field("101", "0", " ", (("a", "chi"),)),
        Field("200", "1", " ", (("a", title), ("f", f"{author}著"))),
        Field("210", " ", " ", (("a", "北京"), ("c", publisher), ("d", str(year)))),
        Field("215", " ", " ", (("a", f"{pages}页"), ("d", "21cm"))),
        Field("606", "0", " ", (("a", TOPICS[topic]),)),
        Field("690", " ", " ", (("a", mark), ("v", "4"))),
        Field("701", " ", "0", (("a", author), ("4", "著"))),
        Field("905", " ", " ", (("a", PLACEHOLDER), ("d", mark), ("b", f"{PLACEHOLDER}{local}"))),
    ]
    return MarcRecord("00000nam0 2200000   450 ", fields)
