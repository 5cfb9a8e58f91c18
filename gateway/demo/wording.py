"""Text as the demo's cataloguers would write it: pinyin, scripts, names and statements of responsibility."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby
from typing import Final

import opencc
from pypinyin import lazy_pinyin

from gateway.core.errors import DataError
from gateway.demo.editions import Credit, Edition, isbn10, roles
from gateway.records import charset as charsets

HAN: Final = re.compile(r"[\u3400-\u9fff]")
KANA: Final = re.compile(r"[\u3040-\u30ff]")
#: Marks before a name that tell a dynasty; the others are countries.
_DYNASTIES: Final = frozenset(("春秋", "汉", "北齐", "南朝宋", "南朝梁", "唐", "宋", "元", "明", "清"))
_BODY: Final = re.compile(r"(会|所|院|系|局|社|馆|队|部|室|学会)$")
_LATIN_MARKS: Final = str.maketrans("，、；：。（）《》·", ',,;:.()"" ')
#: Names that are read otherwise than their characters usually are: a character of the right sound stands in.
_READINGS: Final = {"贾平凹": "贾平洼"}
_LATIN_VERBS: Final = {
    "translator": "translated by ",
    "editor": "edited by ",
    "illustrator": "illustrated by ",
    "contributor": "with the research assistance of ",
}
_SURNAMES: Final = ("欧阳", "司马", "诸葛")
_CHRONOLOGICAL: Final = re.compile(r"(现代|当代|近代|古代|中世纪|时代|^[汉唐宋元明清秦]代|北宋|^\d)")
_PLACES: Final = re.compile(
    r"^(中国|俄罗斯|苏联|英国|美国|法国|德国|日本|西班牙|爱尔兰|意大利|瑞典|丹麦|奥地利|捷克|印度|土耳其|哥伦比亚|古希腊|"
    r"西方国家|世界|陕西|西安|关中|陕北|户县|蓝田县|礼泉县|秦岭|长安|吴江|China|England)$"
)


@lru_cache(maxsize=1)
def _to_traditional() -> opencc.OpenCC:
    return opencc.OpenCC("s2t")


@lru_cache(maxsize=1)
def _to_simplified() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


@lru_cache(maxsize=8192)
def in_script(text: str, script: str) -> str:
    """``text`` in the ``simplified`` or ``traditional`` characters of a library; text with kana stays as it is."""
    if not HAN.search(text) or KANA.search(text):
        return text
    converter = _to_traditional() if script == "traditional" else _to_simplified()
    return str(converter.convert(text))


def _syllables(text: str) -> list[str]:
    plain = in_script(text, "simplified")
    for written, homophone in _READINGS.items():
        plain = plain.replace(written, homophone)
    return [str(syllable) for syllable in lazy_pinyin(plain, v_to_u=True)]


@lru_cache(maxsize=8192)
def pinyin(text: str) -> str:
    """Syllables in lower case, one space between; punctuation and other scripts stay."""
    words = " ".join(" ".join(_syllables(text)).split())
    return re.sub(r" ([，、；：。,;:.)）》])", r"\1", re.sub(r"([(（《]) ", r"\1", words))


def heading_pinyin(text: str) -> str:
    """As a title in MARC 21: first letter a capital, Chinese punctuation made Latin."""
    latin = " ".join(pinyin(text).translate(_LATIN_MARKS).split())
    return latin[:1].upper() + latin[1:]


def is_body(credit: Credit) -> bool:
    """Whether the name is a corporate body's."""
    return bool(HAN.search(credit.name)) and len(credit.name) > 3 and bool(_BODY.search(credit.name))


def is_foreign(credit: Credit) -> bool:
    return bool(credit.mark) and credit.mark not in _DYNASTIES


def personal_pinyin(name: str) -> str:
    """``Cao, Xueqin``: surname, comma, given name as one word."""
    syllables = _syllables(name)
    length = 2 if in_script(name, "simplified")[:2] in _SURNAMES else 1
    surname, given = ("".join(part).capitalize() for part in (syllables[:length], syllables[length:]))
    return f"{surname}, {given}" if given else surname


def body_pinyin(name: str) -> str:
    return " ".join(word.capitalize() for word in pinyin(name).split())


def relator(role: str) -> str:
    return roles()[role][0]


def function_code(role: str) -> str:
    return roles()[role][1]


def statements(edition: Edition, *, wide: bool = False) -> list[str]:
    """Statements of responsibility, one for each role: ``(清)曹雪芹, (清)高鹗著``; ``wide`` with full-width marks."""
    out = []
    for role, group in groupby(edition.credits, key=lambda credit: credit.role):
        named = list(group)
        if not HAN.search(role):
            # Authors of Chinese works are printed surname first, their translators are not.
            out.append(
                _latin_statement(role, named, surname_first=role == "author" and edition.original_language == "chi")
            )
            continue
        open_, close, comma = ("（", "）", "，") if wide else ("(", ")", ", ")
        names = comma.join(f"{open_}{c.mark}{close}{c.name}" if c.mark else c.name for c in named)
        if named[-1].et_al:
            names += "等" if wide else "[等]"
        # A Latin name needs a space before its role.
        out.append(f"{names} {role}" if names[-1].isascii() and names[-1].isalpha() else f"{names}{role}")
    return out


def _latin_statement(role: str, named: Sequence[Credit], *, surname_first: bool) -> str:
    parts = [credit.name.split(", ", 1) for credit in named]
    direct = [" ".join(part if surname_first else reversed(part)) for part in parts]
    names = ", ".join(direct[:-1]) + (" and " if len(direct) > 1 else "") + direct[-1]
    return _LATIN_VERBS.get(role, "") + names


def subdivision(part: str) -> str:
    """Kind of a subject's subdivision: ``chronological``, ``geographic`` or ``topical``."""
    if _CHRONOLOGICAL.search(part):
        return "chronological"
    return "geographic" if _PLACES.match(part) else "topical"


def printed_isbn(isbn: str, year: int) -> str:
    """The ISBN as the book had it: ten digits before 2007, thirteen since."""
    return isbn10(isbn) if year < 2007 and isbn.startswith("978-") else isbn


def wrong_check_digit(isbn: str) -> str:
    """The same number with a check digit that cannot be right."""
    last = isbn[-1]
    return isbn[:-1] + ("5" if last == "X" else str((int(last) + 3) % 10))


def fit(text: str, charset: str) -> str:
    """``text`` as far as ``charset`` can write it: marks dropped from letters, ``?`` for what is left over."""
    try:
        charsets.encode(text, charset)
    except DataError:
        pass
    else:
        return text
    out = []
    for character in text:
        bare = unicodedata.normalize("NFD", character)[0]
        for candidate in (character, bare, "?"):
            try:
                charsets.encode(candidate, charset)
            except DataError:
                continue
            out.append(candidate)
            break
    return "".join(out)
