"""Pinyin of Chinese text, full and initials; separate from folding, which never romanises."""

from __future__ import annotations

import re
from collections.abc import Container
from functools import lru_cache
from typing import Any, Final

from gateway.records.folding import fold
from gateway.records.han import is_han

#: Readings of family names that differ from the character's usual one; folded (simplified) characters.
_SURNAMES: Final = {
    "单": "shan", "曾": "zeng", "仇": "qiu", "区": "ou", "解": "xie", "查": "zha", "任": "ren", "朴": "piao",
    "乐": "yue", "盖": "ge", "缪": "miao", "翟": "zhai", "冼": "xian", "覃": "qin", "种": "chong", "召": "shao",
    "折": "she", "繁": "po", "秘": "bi", "员": "yun", "燕": "yan", "应": "ying", "宁": "ning", "曲": "qu",
    "葛": "ge", "隗": "wei", "句": "gou", "过": "guo", "华": "hua", "纪": "ji", "祭": "zhai", "车": "che",
    "黑": "he", "尹": "yin", "佘": "she", "晁": "chao", "臧": "zang", "逄": "pang", "郗": "xi", "柏": "bai",
    "阚": "kan", "洗": "xian", "尉": "wei", "那": "na", "不": "fou",
}  # fmt: skip
_DOUBLE_SURNAMES: Final = {
    "尉迟": "yu chi", "万俟": "mo qi", "长孙": "zhang sun", "澹台": "tan tai", "单于": "chan yu", "令狐": "ling hu",
    "鲜于": "xian yu", "皇甫": "huang fu", "宇文": "yu wen", "呼延": "hu yan", "夏侯": "xia hou", "尉遲": "yu chi",
}  # fmt: skip
_CACHED_LENGTH: Final = 300


def pinyin(text: str, *, name: bool = False) -> tuple[str, str]:
    """(full, initials): syllables without tones separated by spaces, and their first letters in one word.

    ``pinyin('红楼梦') == ('hong lou meng', 'hlm')``. Ü is ``v`` (吕 ``lv``), as people type it. Words of other scripts
    are folded and stay (initial: first letter; numbers stay whole). With ``name`` the text is a person's name, family
    name first.
    """
    return _pinyin_cached(text, name) if len(text) <= _CACHED_LENGTH else _pinyin(text, name)


def _pinyin(text: str, name: bool) -> tuple[str, str]:
    if text.isascii():
        syllables = fold(text).split()
    else:
        # By phrases here, unlike folding: the reading of 乾 or 著 hangs on the word it stands in.
        simplified = _simplified(text)
        syllables = []
        if name:
            simplified, syllables = _surname(simplified.strip())
        for word in _phrases(simplified):
            syllables += _plain_reading(word)
    initials = "".join(syllable if syllable.isdecimal() else syllable[0] for syllable in syllables)
    return " ".join(syllables), initials


_pinyin_cached = lru_cache(maxsize=8192)(_pinyin)


def _surname(text: str) -> tuple[str, list[str]]:
    """What follows the family name, and the family name's reading when it is a special one."""
    if text[:2] in _DOUBLE_SURNAMES:
        return text[2:], _DOUBLE_SURNAMES[text[:2]].split()
    if text[:1] in _SURNAMES:
        return text[1:], [_SURNAMES[text[0]]]
    return text, []


def toned_syllables(text: str) -> list[str]:
    """Syllables with their tones as numbers behind them (``hong2``), and words of other scripts folded."""
    return [part for word in _phrases(_simplified(text)) for part in _toned_reading(word)]


@lru_cache(maxsize=2048)
def _phrases(text: str) -> tuple[str, ...]:
    """The text cut as pypinyin cuts it (longest phrases first): each piece is read the same alone as in the text, so
    that readings can be kept by the piece."""
    runs, beginnings, phrases = _cutting()
    found: list[str] = []
    for match in runs.finditer(text):
        run = match.group()
        if not match.lastindex:
            found.append(run)
            continue
        start, size = 0, len(run)
        while start < size:
            end, whole = start + 1, 0
            while end <= size and (part := run[start:end]) in beginnings:
                if part in phrases:
                    whole = end
                end += 1
            if end > size and not whole:  # all that is left begins a phrase that is not here: pypinyin looks no further
                found += run[start:]
                break
            end = whole or start + 1
            found.append(run[start:end])
            start = end
    return tuple(found)


@lru_cache(maxsize=65_536)
def _plain_reading(word: str) -> tuple[str, ...]:
    """Syllables without tones, and words of other scripts folded."""
    syllables: list[str] = []
    for piece in _library().lazy_pinyin(word, errors=_keep):
        if piece.isascii() and piece.isalpha():
            syllables.append(piece.lower())
        else:
            syllables += fold(piece).split()
    return tuple(syllables)


@lru_cache(maxsize=65_536)
def _toned_reading(word: str) -> tuple[str, ...]:
    library = _library()
    pieces = library.lazy_pinyin(word, style=library.Style.TONE3, errors=_keep)
    return tuple(part for piece in pieces for part in fold(piece).split())


@lru_cache(maxsize=4096)
def _simplified(text: str) -> str:
    try:
        return _simplifier().convert(text)  # type: ignore[no-any-return]
    except UnicodeEncodeError:  # half a surrogate pair from a damaged record
        return _simplifier().convert(text.encode("utf-8", "replace").decode())  # type: ignore[no-any-return]


def _keep(characters: str) -> list[str]:
    return [characters]


@lru_cache(maxsize=1)
def _library() -> Any:
    import pypinyin

    return pypinyin


@lru_cache(maxsize=1)
def _cutting() -> tuple[re.Pattern[str], Container[str], Container[str]]:
    """What finds runs of characters that have readings (the only group) and of others; the beginnings of all phrases;
    the phrases."""
    from pypinyin.constants import PHRASES_DICT, RE_HANS
    from pypinyin.seg.mmseg import p_set

    readable = RE_HANS.pattern.strip("^$")
    runs = re.compile(f"({readable})|(?:(?!{readable}).)+", re.DOTALL)
    # Asked a million times, so without the class around it.
    known: Any = p_set
    return runs, getattr(known, "_set", known), PHRASES_DICT


@lru_cache(maxsize=1)
def _simplifier() -> Any:
    from opencc import OpenCC

    return OpenCC("t2s")


def has_han(text: str) -> bool:
    """Whether any ideograph is in the text, so that its pinyin says more than the text itself."""
    return not text.isascii() and any(map(is_han, text))
