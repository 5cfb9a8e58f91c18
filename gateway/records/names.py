"""Whether two folded names can be one person's or body's, and two folded phrases the same one."""

from __future__ import annotations

import re
from functools import lru_cache

from gateway.records.readings import read_otherwise, reads_as
from gateway.records.text import has_han

#: A short form of a given name has so many letters at least.
_FORM = 3
#: Names of bodies have so many characters at least.
_BODY = 4
#: Roles that are written on to the name of a body.
_ROLES = frozenset(("编", "编著", "主编", "编写", "编译", "著", "译", "等"))
_NUMBERS = re.compile(r"\d+")
_HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]+")


@lru_cache(maxsize=16384)
def same_name(a: str, b: str) -> bool | None:
    """True or False; None when they are in different scripts, or one may be short for the other. Symmetric.

    >>> same_name("rowling j k", "j k rowling"), same_name("曹雪芹", "高鹗"), same_name("曹雪芹", "cao xueqin")
    (True, False, True)
    """
    if a == b:
        return True
    words_a, words_b = _HAN.findall(a), _HAN.findall(b)
    if words_a and words_b:
        return _same_han(words_a, words_b)
    if words_a or words_b:
        han, latin, words = (a, b, words_a) if words_a else (b, a, words_b)
        if not latin.isascii():
            return None
        original = _HAN.sub(" ", han).split()
        if original and _same_latin(" ".join(original), latin):
            # 奥威尔 (Orwell, G.) and Orwell, George.
            return True
        if reads_as("".join(words), latin.replace(" ", "").replace("u:", "v")):
            return True
        return False if len(words) == 1 and read_otherwise(words[0], latin) else None
    # A name in Cyrillic or hangul and one in Latin letters may be one.
    return _same_latin(a, b) if a.isascii() == b.isascii() else None


def _same_han(a: list[str], b: list[str]) -> bool | None:
    """The Chinese words of two names; what a name has in Latin letters beside them is its original form."""
    short, long = sorted(("".join(a), "".join(b)), key=lambda name: (len(name), name))
    if short == long:
        return True
    few, many = (a, b) if len(a) < len(b) else (b, a)
    # 罗琳 and 乔安妮 罗琳: all of the shorter name, where the longer one is written in pieces.
    if len(few) < len(many) and len(short) > 1 and set(few) <= set(many):
        return True
    if len(short) < _BODY:
        return False
    if long.startswith(short) and long[len(short) :] in _ROLES:
        return True
    # 国家统计局 is 中华人民共和国国家统计局; 马尔克斯 is 加西亚马尔克斯.
    if long.endswith(short):
        return True
    # 中央编译局 may be 中共中央马克思恩格斯列宁斯大林著作编译局; 北京大学 is not 北京师范大学, but looks no different.
    return None if short[0] == long[0] and short[-1] == long[-1] and _in_order(short, long) else False


def _in_order(short: str, long: str) -> bool:
    rest = iter(long)
    return all(character in rest for character in short)


def _same_latin(a: str, b: str) -> bool | None:
    """Every word of the shorter name is a word of the longer one or its initial, one whole word at least; None when a
    given name may be a form of another (John, Johnny)."""
    if a.replace(" ", "") == b.replace(" ", ""):
        return True
    short, long = sorted((a.split(), b.split()), key=lambda words: (len(words), words))
    left = list(long)
    whole = 0
    formed = False
    for word in sorted(short, key=len, reverse=True):
        found = next((other for other in left if other == word), None)
        if found is None and len(word) == 1:
            found = next((other for other in left if other[0] == word), None)
        if found is None:
            found = next((other for other in left if len(other) == 1 and word[0] == other), None)
        if found is None:
            found = next((other for other in left if _forms_of_one(word, other)), None)
            formed = True
        if found is None:
            return False
        whole += len(word) > 1 and found == word
        left.remove(found)
    return (None if formed else True) if whole else False


def _forms_of_one(word: str, other: str) -> bool:
    short, long = (word, other) if len(word) < len(other) else (other, word)
    return len(short) >= _FORM and long.startswith(short)


def any_same(left: tuple[str, ...], right: tuple[str, ...]) -> bool | None:
    """Whether any name of one side is on the other: True, False (all comparable ones differ) or None (unknown)."""
    if not left or not right:
        return None
    unknown = short = False
    for a in left:
        for b in right:
            verdict = same_name(a, b) if a <= b else same_name(b, a)
            if verdict:
                return True
            if verdict is None:
                unknown = True
                short = short or (has_han(a) and has_han(b))
    return None if short or (unknown and not (any(map(has_han, left)) and any(map(has_han, right)))) else False


def strangers(names: tuple[str, ...], others: tuple[str, ...]) -> bool:
    """Whether one of the names is certainly none of the others."""
    return any(all(same_name(*sorted((name, other))) is False for other in others) for name in names)


def any_alike(left: frozenset[str], right: frozenset[str]) -> bool:
    return any(
        x == y or (len(x) > 1 and x in y) or (len(y) > 1 and y in x) or _similar(x, y) for x in left for y in right
    )


def _similar(x: str, y: str) -> bool:
    """Two phrases of which most pairs of neighbouring characters are the same."""
    if min(len(x), len(y)) < 6 or _NUMBERS.findall(x) != _NUMBERS.findall(y):
        return False
    pairs_x = {x[at : at + 2] for at in range(len(x) - 1)}
    pairs_y = {y[at : at + 2] for at in range(len(y) - 1)}
    return 2 * len(pairs_x & pairs_y) >= 1.7 * min(len(pairs_x), len(pairs_y))


def comparable_phrases(left: frozenset[str], right: frozenset[str]) -> bool:
    """Whether both sides have something in one script, so that a difference means something."""
    return any(script(x) == script(y) for x in left for y in right)


def script(text: str) -> str:
    """In which of the scripts a folded text is that cannot be compared with one another."""
    return "han" if has_han(text) else "latin" if text.isascii() else "other"


def publisher_short(short: str, long: str) -> bool:
    """Whether one may be the other with characters left out inside: 中青 for 中国青年; not 人民 for 人民文学."""
    return (
        1 < len(short) < 5
        and len(short) < len(long)
        and short not in long
        and has_han(short)
        and _in_order(short, long)
    )


def publisher_within(short: str, long: str) -> bool:
    if has_han(short):
        # 三联书店 is 生活读书新知三联书店; but 北京 is not 北京十月文艺.
        return len(short) > 2 and long.endswith(short)
    words = short.split()
    return bool(words) and len(words[0]) > 2 and set(words) <= set(long.split())
