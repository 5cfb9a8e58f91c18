"""Whether two folded names can be one person's or body's."""

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
