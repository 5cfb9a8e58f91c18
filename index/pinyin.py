"""Pinyin as a reader types it, without tones and often without spaces, cut into syllables.

Standard: GB/T 16159 (spelling rules); the syllables are those of Hanyu Pinyin as in Xinhua Zidian's table, with ``v``
and ``u`` both taken for ``ü``.
"""

from __future__ import annotations

from functools import lru_cache

_FINALS_BY_INITIAL = {
    "": "a ai an ang ao e ei en eng er o ou yi ya yao ye you yan yin yang ying yong yu yue yuan yun yo "
    "wu wa wo wai wei wan wen wang weng",
    "b": "a o ai ei ao an en ang eng i ie iao ian in ing u",
    "p": "a o ai ei ao ou an en ang eng i ie iao ian in ing u",
    "m": "a o e ai ei ao ou an en ang eng i ie iao iu ian in ing u",
    "f": "a o ei ou an en ang eng u",
    "d": "a e ai ei ao ou an en ang eng ong i ia ie iao iu ian ing u uo ui uan un",
    "t": "a e ai ei ao ou an ang eng ong i ie iao ian ing u uo ui uan un",
    "n": "a e ai ei ao ou an en ang eng ong i ie iao iu ian in iang ing u uo uan v ve ue",
    "l": "a o e ai ei ao ou an ang eng ong i ia ie iao iu ian in iang ing u uo uan un v ve ue",
    "g": "a e ai ei ao ou an en ang eng ong u ua uo uai ui uan un uang",
    "k": "a e ai ei ao ou an en ang eng ong u ua uo uai ui uan un uang",
    "h": "a e ai ei ao ou an en ang eng ong u ua uo uai ui uan un uang",
    "j": "i ia ie iao iu ian in iang ing iong u ue uan un",
    "q": "i ia ie iao iu ian in iang ing iong u ue uan un",
    "x": "i ia ie iao iu ian in iang ing iong u ue uan un",
    "zh": "a e i ai ei ao ou an en ang eng ong u ua uo uai ui uan un uang",
    "ch": "a e i ai ao ou an en ang eng ong u ua uo uai ui uan un uang",
    "sh": "a e i ai ei ao ou an en ang eng u ua uo uai ui uan un uang",
    "r": "e i ao ou an en ang eng ong u ua uo ui uan un",
    "z": "a e i ai ei ao ou an en ang eng ong u uo ui uan un",
    "c": "a e i ai ao ou an en ang eng ong u uo ui uan un",
    "s": "a e i ai ao ou an en ang eng ong u uo ui uan un",
}

SYLLABLES = frozenset(initial + final for initial, finals in _FINALS_BY_INITIAL.items() for final in finals.split())
_LONGEST = max(map(len, SYLLABLES))
#: No syllable begins with these letters, so no string of initials holds them.
_NOT_INITIAL = frozenset("iuv")


#: So many ways to cut one word are followed; ``xianshi`` has two, a long made-up one may have thousands.
_WAYS = 4


@lru_cache(maxsize=4096)
def spellings(word: str) -> tuple[tuple[str, ...], ...]:
    """The ways to read ``word`` as syllables, those with the fewest first, at most four; empty when there is none.

    A syllable of one letter (a, e, o) counts at the beginning only: else ``sea`` and ``area`` would be Chinese.

    >>> spellings("xianshi")
    (('xian', 'shi'), ('xi', 'an', 'shi'))
    """
    if not word or len(word) > 120 or not word.isascii() or not word.isalpha():
        return ()
    ways: list[list[tuple[str, ...]]] = [[] for _ in word] + [[()]]
    for start in range(len(word) - 1, -1, -1):
        found = [
            (word[start : start + size], *rest)
            for size in range(min(_LONGEST, len(word) - start), 0, -1)
            if word[start : start + size] in SYLLABLES and not (start and size == 1)
            for rest in ways[start + size]
        ]
        ways[start] = sorted(found, key=len)[:_WAYS]
    return tuple(ways[0])


def initials_like(word: str) -> bool:
    """Whether ``word`` may be the first letters of two to twenty syllables."""
    return 2 <= len(word) <= 20 and word.isascii() and word.isalpha() and not _NOT_INITIAL.intersection(word)
