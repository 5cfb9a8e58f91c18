"""Numbers as cataloguers write them, brought to one form: volumes (上册, 第三卷, v. 2, Bd. IV), editions, extents."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, NamedTuple

from gateway.records.runs import BLANKS, DIGITS
from gateway.records.text import fold

_DIGITS: Final = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "○": 0}
_UNITS: Final = {"十": 10, "百": 100, "千": 1000}
_HAN_NUMBER: Final = "零〇○一二三四五六七八九十百千两"
_ROMAN: Final = re.compile(r"^(?=[ivxlc])(c{0,3})(xc|xl|l?x{0,3})(ix|iv|v?i{0,3})$")
_ROMAN_VALUES: Final = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}
_UNIT_WORDS: Final = "卷册部辑集编篇期号分册函种回章"
_RUN: Final = rf"({DIGITS}|(?<![{_HAN_NUMBER}])[{_HAN_NUMBER}]++)"
_NUMBERED: Final = re.compile(
    rf"(?:第\s*+|(?<![\s第])\s++)?([0-9]+|[{_HAN_NUMBER}]+)\s*(?:分册|[{_UNIT_WORDS}])?|([上中下])(?:分册|[册卷部编集篇辑]|$)"
)
_LETTERED: Final = re.compile(rf"^[a-z甲乙丙丁戊己庚辛壬癸正续前后内外][{_UNIT_WORDS}]$")
_POSITION: Final = re.compile(r"^[上中下](?:[册卷部编集篇辑]|分册)?$")
_LATIN_WORDS: Final = re.compile(
    r"\b(?:vols?|volumes?|v|pts?|parts?|bd|band|t|tome|tomo|no|nr|number|book|bk|heft|teil|fasc|del|deel|parte|osa|bind|livre|di|juan|ce|bu|ji|bian|pian)\b"
)
#: A volume at the end of a title proper: 三国演义(上), 高等数学. 下册, 鲁迅全集第3卷.
_IN_TITLE: Final = re.compile(
    rf"[\s.．,，:：·]*(?:[(（\[［]\s*(?P<a>[上中下]|第?[0-9{_HAN_NUMBER}]+(?:分册|[{_UNIT_WORDS}])?|[上中下](?:分册|[册卷部编集篇辑]))\s*[)）\]］]"
    rf"|(?P<b>[上中下](?:分册|[册卷]))|(?<=[\s.．。,，:：·])(?P<e>[上中下]|[A-Z甲乙丙丁戊己庚辛壬癸][册卷辑编])|(?P<c>第[0-9{_HAN_NUMBER}]+(?:分册|[卷册辑集部编]))"
    rf"|(?<=[\s,.])(?P<d>(?:vol|v|pt|part|volume)\.?\s*(?:[0-9]+|[ivx]+)))$",
    re.IGNORECASE,
)
#: With what a title that holds a volume ends, and how much of its end is looked at.
_LAST: Final = frozenset(f")）]］{_UNIT_WORDS}上中下")
_LATIN_IN_TITLE: Final = re.compile(r"(?:v|vol|volume|pt|part)\.?\s*(?:[0-9]+|[ivx]+)$", re.IGNORECASE)
_TAIL: Final = 24
_COLON: Final = re.compile(rf"{BLANKS}(?:[：:]|——|--)\s*+")
_ONE_VOLUME: Final = re.compile(
    rf"^(?:[上中下](?:分册|[册卷部编集篇辑])|第[0-9{_HAN_NUMBER}]+(?:分册|[卷册辑集部编]))$"
)
_VOLUMES: Final = re.compile(rf"^(?:[全共]?[0-9{_HAN_NUMBER}]+(?:册|卷|集|辑|部|本))+$|^(?:上下|上中下)(?:册|卷|集)$")
_NUMERALS: Final = re.compile(rf"第([{_HAN_NUMBER}]+)|([{_HAN_NUMBER}]{{2,}})")
_ROMANISED_POSITIONS: Final = {"shang": "上", "zhong": "中", "xia": "下"}
_YEARLIKE: Final = re.compile(r"^(?:1[5-9]|20)\d\d$")

_EDITION_NUMBER: Final = re.compile(
    rf"{_RUN}\s*+(?:次)?(?:修订|增订|改订|新)?\s*版|({DIGITS})\s*+(?:st|nd|rd|th)?\.?\s*(?:[a-z]++\.?\s++){{0,2}}(?:ed\b|edn\b|edition|aufl|éd|ed\.|uppl|painos|utg|udg|izd|druk\b)|({DIGITS})\s*+(?:-?\s*о?е)?\s*изд"
    rf"|\bdi ([0-9]+|yi|er|san|si|wu|liu|qi|ba|jiu|shi) ban"
)
_OF_ORIGINAL: Final = re.compile(r"原书|原著|原版|英文版?第")
_ORDINALS: Final = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
    "tenth": 10, "初": 1,
}  # fmt: skip
_ROMANISED: Final = {
    "yi": "1", "er": "2", "san": "3", "si": "4", "wu": "5", "liu": "6", "qi": "7", "ba": "8", "jiu": "9", "shi": "10",
}  # fmt: skip
_ROMANISED_UNITS: Final = frozenset(("di", "juan", "ce", "bu", "ji", "bian", "pian", "fence", "qi", "hao"))
#: A romanised volume: 第 first, or a unit after the number.
_ROMANISED_NUMBER: Final = re.compile(
    rf"^(?:di )?(?:(?:{'|'.join(_ROMANISED)})\b ?)+(?:(?:{'|'.join(sorted(_ROMANISED_UNITS))})\b|$)"
)
_REVISED: Final = re.compile(
    r"修订|增订|修正|增补|补订|增删|修补|增广|改订|重订|新版|新编|全新|校订|xiu ding|zeng ding|zeng bu|xin ban"
    r"|rev(?:ised|\b)|enl(?:arged|\b)|expanded|updated|new ed"
)
#: What tells one edition of a text from another beside its number; those of ``_REVISIONS`` are revisions.
_KINDS: Final = {
    "revised": "修订|修正|改订|重订|校订|xiu ding|revised",
    "enlarged": "增订|增补|增修|补订|增删|修补|增广|zeng ding|zeng bu|enlarged|expanded",
    "facsimile": "影印|影宋|复制本|ying yin|facsim|reprint ed",
    "collector": "典藏|珍藏|收藏版|纪念版|豪华|礼品|deluxe|collector|anniversary",
    "young": "青少|少儿|少年|幼儿|儿童|学生版|学生用|中学生|小学生|young reader|student",
    "teacher": "教师|教学参考|教参|teacher|instructor",
    "phonetic": "注音|拼音|zhu yin",
    "comic": "连环画|漫画|绘本|卡通|lian huan hua|graphic novel|comic",
    "illustrated": "插图|图文|图解|彩图|绘图|illustrated",
    "bilingual": "双语|对照|bilingual",
    "abridged": "缩写|节选|节本|简写|简本|精简|缩编|摘编|删节|abridg",
    "annotated": "[注译评笺疏解][释注本析]|[详新校评集笺批译今补辑][注释笺]|annotated",
    "punctuated": "标点|点校|校点",
    "small": "缩印|袖珍|口袋|pocket",
    "large": "大字|large print",
}
#: Kinds that are another text, and those that are the same text for other hands and eyes are left.
TEXTS: Final = frozenset(("young", "teacher", "phonetic", "comic", "bilingual", "abridged", "annotated", "large"))
_REVISIONS: Final = frozenset(("revised", "enlarged"))
_KIND: Final = re.compile("|".join(f"(?P<{kind}>{words})" for kind, words in _KINDS.items()))
#: An edition statement in brackets at the end of a title, and one that stands as other title information.
_BRACKETED: Final = re.compile(rf"{BLANKS}[(（\[［]([^()（）\[\]［］]{{2,14}})[)）\]］]$")
_STATEMENT: Final = re.compile(
    rf"^第?(?:[0-9]{{1,2}}|[{_HAN_NUMBER}]{{1,3}})版|(?:版|本|画|用书|ban|ed|edn|edition|对照|双语|读本)$"
)

#: Sequences of pages, of which the longest counts: ``72, 1 p``, ``12, 371页``.
_PAGES: Final = re.compile(
    r"(?<!\d)((?:\d++\s*+[,，]\s*+){0,40}\d++)\s*"
    r"(?:页|頁|叶|葉|面|p\b|pp\b|pages?|l\b|leaves|bl\b|ff?\b|s\b|sivua?\b|sid(?:or)?\b|seiten|стр|c\b|\(unknown)"
)
_SEPARATE: Final = re.compile(r"\D+")
_BRACKETS: Final = str.maketrans("", "", "[]［］")
_RANGE_PAGES: Final = re.compile(
    r"(?:(?<![a-z])(?:pp?|s)\.?\s*)?(?<![0-9])(\d+)\s*[-－–~～]\s*(\d+)(?:\s*(?:页|頁|pp?\b|pages|s\b)|(?<=[0-9])(?=\.?$))"
)
_LAST_PAGE: Final = re.compile(r"(?<![a-z])(?:pp?|s)\.\s*(\d+)(?![-－–~～0-9])")
_COUNT: Final = re.compile(rf"{_RUN}\s*(?:册|冊|卷|函|v\b|vols?\b|volumes?\b|bde?\b|t\b|tomes\b)")
_CARRIERS: Final = (
    ("braille", re.compile(r"braille|盲文")),
    ("tape", re.compile(r"cassette|磁带|录音带|录像带|音带")),
    ("sound", re.compile(r"sound|audio|phono|compact dis|\bcds?\b(?![- ]rom)|录音|唱片|激光唱盘")),
    ("video", re.compile(r"video|dvd|film reel|录像|影碟|视频")),
    ("online", re.compile(r"online|electronic resource|ressource en ligne|在线|网络")),
    ("micro", re.compile(r"micro|缩微")),
    ("disc", re.compile(r"computer|cd[- ]rom|optical|光盘|软盘|磁盘|碟")),
)


def han_number(text: str) -> int | None:
    """The value of a number in Chinese characters (``二十三`` and ``二三`` are both 23); None when it is none."""
    if not text or any(c not in _DIGITS and c not in _UNITS for c in text):
        return None
    if not any(c in _UNITS for c in text):
        return int("".join(str(_DIGITS[c]) for c in text))
    total = current = 0
    for character in text:
        if character in _UNITS:
            total += (current or 1) * _UNITS[character]
            current = 0
        else:
            current = _DIGITS[character]
    return total + current


def _roman(text: str) -> int | None:
    if not _ROMAN.match(text):
        return None
    values = [_ROMAN_VALUES[c] for c in text]
    return sum(-v if v < max(values[at:]) else v for at, v in enumerate(values))


def _romanised_numbers(words: list[str]) -> list[str]:
    """``di shi er juan``, ``er ce`` → 12, 2: numbers as Chinese is romanised, without their units."""
    out: list[str] = []
    total = current = 0
    spelled = False
    for word in words:
        value = _ROMANISED.get(word)
        if value is not None:
            spelled = True
            total, current = (total + (current or 1) * 10, 0) if value == "10" else (total, int(value))
            continue
        if spelled:
            out.append(str(total + current))
            total, current, spelled = 0, 0, False
        if word not in _ROMANISED_UNITS:
            out.append(word)
    return [*out, str(total + current)] if spelled else out


def _number(text: str) -> str:
    if text.isdecimal():
        return str(int(text))
    value = han_number(text)
    return str(value) if value is not None else text


@lru_cache(maxsize=8192)
def volume_key(text: str) -> str:
    """One form of a volume number: ``第三卷``, ``v. 3``, ``III`` and ``3`` are ``3``; ``上册`` is ``上``.

    Several levels stay in their order, joined by ``.``; words that hold no number are folded.
    """
    folded = fold(text)
    if not folded:
        return ""
    if _POSITION.match(folded.replace(" ", "")):
        return folded[0]
    if folded.isascii() and _ROMANISED_NUMBER.match(folded):
        folded = " ".join(_romanised_numbers(folded.split()))
    plain = [_ROMANISED_POSITIONS.get(word, word) for word in _LATIN_WORDS.sub(" ", folded).split()]
    parts: list[str] = []
    for word in plain:
        bare = word[1:] if len(word) > 1 and word[0] in _UNIT_WORDS else word
        roman = _roman(bare)
        if roman is not None and bare.isascii():
            parts.append(str(roman))
            continue
        numbers = [_number(match[1] or match[2]) for match in _NUMBERED.finditer(word)]
        if numbers and (word[0].isdecimal() or word[0] in _HAN_NUMBER or word[0] == "第" or word[0] in "卷册"):
            parts += numbers
        else:
            parts.append(word[0] if _POSITION.match(word) or _LETTERED.match(word) else word)
    return ".".join(parts)


#: What the positions 上, 中 and 下 may be as numbers.
_POSITIONS: Final = {"上": ("1",), "中": ("2",), "下": ("2", "3")}


def same_volume(a: str, b: str) -> bool:
    """Whether two volume keys can name one volume: 上 is 1, 下 the second of two or the third of three."""
    return a == b or b in _POSITIONS.get(a, ()) or a in _POSITIONS.get(b, ())


def split_title(text: str) -> tuple[str, str]:
    """A title proper and the volume that was written into it: ``三国演义（上）`` → 三国演义, 上."""
    last = text[-1:]
    if last not in _LAST and not (last.isalnum() and last.isascii() and _LATIN_IN_TITLE.search(text[-_TAIL:])):
        return text, ""
    skipped = max(0, len(text) - _TAIL)
    match = _IN_TITLE.search(text[skipped:])
    if not match or skipped + match.start() == 0:
        return text, ""
    return text[: skipped + match.start()], next(group for group in match.groups() if group)


def split_other(text: str) -> tuple[str, str]:
    """A title proper and other title information behind a colon or dash: ``失控：机器的进化`` → 失控, 机器的进化."""
    match = _COLON.search(text)
    if match is None:
        return text, ""
    title, other = text[: match.start()].strip(), text[match.end() :].strip()
    if len(title) < 2 or len(other) < 2 or (title[-1].isdecimal() and other[0].isdecimal()):
        return text, ""
    return title, other


def is_volume(text: str) -> bool:
    """Whether it is nothing but the number of one volume: ``上册``, ``第三卷``."""
    return _ONE_VOLUME.match(text) is not None


def is_count(text: str) -> bool:
    """Whether it is nothing but how many volumes there are: ``上下册``, ``全三册``, ``三百三十二卷``."""
    return _VOLUMES.match(text) is not None


def numerals(key: str) -> str:
    """A folded title with its numbers of two characters or more, or behind 第, in digits: ``最后二十年`` → 最后20年."""
    return _NUMERALS.sub(lambda match: f"第{_number(match[1])}" if match[1] else _number(match[2]), key)


def split_edition(text: str) -> tuple[str, str]:
    """A title proper and the edition statement bracketed behind it: ``高等数学（修订版）`` → 高等数学, 修订版."""
    if text[-1:] not in ")）]］":
        return text, ""
    match = _BRACKETED.search(text)
    if match is None or not match.start() or not _tells_edition(match[1]):
        return text, ""
    return text[: match.start()], match[1]


def edition_among(other: Iterable[str]) -> str:
    """What of other title information is an edition statement: ``修订版``, ``注音版``, ``汉英对照``."""
    return " ".join([text for text in other if _tells_edition(text)])


def _tells_edition(text: str) -> bool:
    if len(text) > 40:
        return False
    folded = fold(text)
    return _STATEMENT.search(folded) is not None and edition_key(folded)._replace(stated=False) != _FIRST


class Edition(NamedTuple):
    number: int  #: 1 when the statement has no number
    revised: bool  #: it says so, without or beside a number
    stated: bool  #: there is a statement at all
    kinds: frozenset[str] = frozenset()  #: what sort of edition the statement names, such as comic or bilingual
    foreign: bool = False  #: the number is that of the original (原书第2版), which others leave out of a translation

    @property
    def sorts(self) -> frozenset[str]:
        """The kinds that are no revision: a text for other readers, or in another form."""
        return self.kinds - _REVISIONS


#: An edition of which nothing is told, ``stated`` aside.
_FIRST: Final = Edition(1, False, False)


@lru_cache(maxsize=4096)
def edition_key(text: str) -> Edition:
    """An edition statement: ``第2版``, ``2nd ed.``, ``第二版``; ``修订版`` is revised without a number."""
    if not text:
        return Edition(1, False, False)
    folded = fold(text)
    revised = _REVISED.search(folded) is not None
    kinds = frozenset([match.lastgroup for match in _KIND.finditer(folded) if match.lastgroup])
    match = _EDITION_NUMBER.search(folded)
    if match:
        number = _number(match[1] or match[2] or match[3] or _ROMANISED.get(match[4], match[4]))
        foreign = _OF_ORIGINAL.search(folded) is not None
        return Edition(int(number) if number.isdecimal() and len(number) < 4 else 1, revised, True, kinds, foreign)
    for word, value in _ORDINALS.items():
        if word in folded:
            return Edition(value, revised, True, kinds)
    return Edition(1, revised, True, kinds)


class Extent(NamedTuple):
    pages: int  #: pages of the last or longest sequence, 0 when not told
    volumes: int  #: number of volumes, 0 when not told
    carrier: str  #: paper, sound, video, online, disc, micro or braille; empty when there is no statement


@lru_cache(maxsize=8192)
def extent_key(text: str) -> Extent:
    """Pages and volumes of an extent: ``xii, 371 p.``, ``1-371页``, ``3册 (1200页)``."""
    if not text:
        return Extent(0, 0, "")
    lowered = text.lower().translate(_BRACKETS)
    # 1-371页 are 371 pages, 207-407页 are 201: of a volume whose pages go on from those of the one before.
    counts = [int(to[:6]) - int(start[:6]) + 1 for start, to in _RANGE_PAGES.findall(lowered)]
    rest = _RANGE_PAGES.sub(" ", lowered) if counts else lowered
    counts += [int(number[:6]) for found in _PAGES.findall(rest) for number in _SEPARATE.split(found)]
    counts += [int(found[:6]) for found in _LAST_PAGE.findall(rest)]
    pages = max(counts, default=0)
    if not pages and text.strip().isdecimal():
        pages = int(text.strip()[:6])
    match = _COUNT.search(lowered)
    volumes = _number(match[1]) if match else "0"
    count = int(volumes) if volumes.isdecimal() and not _YEARLIKE.match(volumes) else 0
    return Extent(pages, count, _carrier(lowered.partition("+")[0]))


def _carrier(text: str) -> str:
    """What the work itself is on; what comes along with it stands behind a plus."""
    text = text if text.isascii() else fold(text)  # 在線資源 is 在线资源
    return next((carrier for carrier, words in _CARRIERS if words.search(text)), "paper")
