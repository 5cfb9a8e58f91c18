"""Whether two folded names can be one person's or body's, and two folded phrases the same one."""

from __future__ import annotations

import re
from functools import lru_cache

from gateway.records.text import has_han, pinyin

_HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]+")


@lru_cache(maxsize=16384)
def same_name(a: str, b: str) -> bool | None:
    """True or False; None when they are in different scripts and nothing can be said. Symmetric.

    >>> same_name("rowling j k", "j k rowling"), same_name("曹雪芹", "高鹗"), same_name("曹雪芹", "cao xueqin")
    (True, False, True)
    """
    if a == b:
        return True
    han_a, han_b = "".join(_HAN.findall(a)), "".join(_HAN.findall(b))
    if han_a and han_b:
        if han_a == han_b:
            return True
        short, long = sorted((a.split(), b.split()), key=lambda words: (len(words), words))
        # 罗琳 and 乔安妮 罗琳: all of the shorter name, where the longer one is written in pieces.
        return bool(len(long) > len(short) and set(short) <= set(long) and len(han_a) > 1 and len(han_b) > 1) or None
    if han_a or han_b:
        han, latin = (a, b) if han_a else (b, a)
        if not latin.isascii():
            return None
        full = pinyin(han, name=True)[0].replace(" ", "")
        return True if full == latin.replace(" ", "").replace("u:", "v") else None
    return _same_latin(a, b)


def _same_latin(a: str, b: str) -> bool:
    """Every word of the shorter name is a word of the longer one or its initial, one whole word at least."""
    if a.replace(" ", "") == b.replace(" ", ""):
        return True
    short, long = sorted((a.split(), b.split()), key=lambda words: (len(words), words))
    left = list(long)
    whole = 0
    for word in sorted(short, key=len, reverse=True):
        found = next((other for other in left if other == word), None)
        if found is None and len(word) == 1:
            found = next((other for other in left if other[0] == word), None)
        if found is None:
            found = next((other for other in left if len(other) == 1 and word[0] == other), None)
        if found is None:
            return False
        whole += len(word) > 1 and found == word
        left.remove(found)
    return whole > 0


def any_same(left: tuple[str, ...], right: tuple[str, ...]) -> bool | None:
    """Whether any name of one side is on the other: True, False (all comparable ones differ) or None (unknown)."""
    if not left or not right:
        return None
    unknown = False
    for a in left:
        for b in right:
            verdict = same_name(a, b) if a <= b else same_name(b, a)
            if verdict:
                return True
            unknown = unknown or verdict is None
    return None if unknown and not (any(map(has_han, left)) and any(map(has_han, right))) else False


def any_alike(left: frozenset[str], right: frozenset[str]) -> bool:
    return any(
        x == y or (len(x) > 1 and x in y) or (len(y) > 1 and y in x) or _similar(x, y) for x in left for y in right
    )


def _similar(x: str, y: str) -> bool:
    """Two phrases of which most pairs of neighbouring characters are the same."""
    if min(len(x), len(y)) < 6:
        return False
    pairs_x = {x[at : at + 2] for at in range(len(x) - 1)}
    pairs_y = {y[at : at + 2] for at in range(len(y) - 1)}
    return 2 * len(pairs_x & pairs_y) >= 1.7 * min(len(pairs_x), len(pairs_y))


def comparable_phrases(left: frozenset[str], right: frozenset[str]) -> bool:
    """Whether both sides have something in one script, so that a difference means something."""
    return any(has_han(x) == has_han(y) for x in left for y in right)


def publisher_within(short: str, long: str) -> bool:
    if has_han(short):
        # 三联书店 is 生活读书新知三联书店; but 北京 is not 北京十月文艺.
        return len(short) > 2 and long.endswith(short)
    words = short.split()
    return bool(words) and len(words[0]) > 2 and set(words) <= set(long.split())
