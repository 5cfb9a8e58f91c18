"""Whether romanised words are a reading of Chinese characters; a character of several readings may have any of them."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final

from gateway.records.han import is_han

#: A longer text than any title is not looked at.
_LONGEST: Final = 400
#: Characters of a Chinese name at most.
_NAME: Final = 4
#: The syllables of pinyin: initials with their finals (Hanyu Pinyin; ü as v, or as u behind l and n).
_FINALS: Final = {
    "": "a ai an ang ao e ei en er o ou",
    "b": "a ai an ang ao ei en eng i ian iao ie in ing o u",
    "p": "a ai an ang ao ei en eng i ian iao ie in ing o ou u",
    "m": "a ai an ang ao e ei en eng i ian iao ie in ing iu o ou u",
    "f": "a an ang ei en eng o ou u",
    "d": "a ai an ang ao e ei en eng i ia ian iao ie ing iu ong ou u uan ui un uo",
    "t": "a ai an ang ao e eng i ian iao ie ing ong ou u uan ui un uo",
    "n": "a ai an ang ao e ei en eng i ian iang iao ie in ing iu ong ou u uan uo v ve ue",
    "l": "a ai an ang ao e ei eng i ia ian iang iao ie in ing iu ong ou u uan un uo v ve ue",
    "[gk]": "a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo",
    "h": "a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo",
    "[jqx]": "i ia ian iang iao ie in ing iong iu u uan ue un",
    "(?:zh|ch|sh)": "a ai an ang ao e ei en eng i ong ou u ua uai uan uang ui un uo",
    "r": "an ang ao e en eng i ong ou u ua uan ui un uo",
    "[zcs]": "a ai an ang ao e ei en eng i ong ou u uan ui un uo",
    "y": "a an ang ao e i in ing ong ou u uan ue un",
    "w": "a ai an ang ei en eng o u",
}
_SYLLABLE: Final = "|".join(
    initial + "(?:" + "|".join(sorted(finals.split(), key=len, reverse=True)) + ")"
    for initial, finals in _FINALS.items()
)
_SYLLABLES: Final = re.compile(rf"(?:{_SYLLABLE}){{1,{_NAME}}}")
#: Initials of pinyin, those of two letters first, as Wade-Giles writes them.
_WADE: Final = {
    "zh": ("ch",), "b": ("p",), "d": ("t",), "g": ("k",), "j": ("ch",), "q": ("ch",), "x": ("hs",), "z": ("ts", "tz"),
    "c": ("ts", "tz"), "r": ("j",),
}  # fmt: skip


@lru_cache(maxsize=8192)
def reads_as(characters: str, latin: str) -> bool:
    """Whether ``latin`` (folded, no spaces) is ``characters`` (folded, no spaces) read aloud, in pinyin without tones.

    >>> reads_as("曾国藩家书", "zengguofanjiashu"), reads_as("废都", "feidu"), reads_as("废都", "fendu")
    (True, True, False)
    """
    if len(characters) > _LONGEST or len(latin) > 8 * _LONGEST:
        return False
    reached = {0}
    for character in characters:
        sounds = _readings(character) if is_han(character) else (character,)
        reached = {at + len(sound) for at in reached for sound in sounds if latin.startswith(sound, at)}
        if not reached:
            return False
    return len(latin) in reached


def read_otherwise(characters: str, latin: str) -> bool:
    """Whether a Latin name is certainly the romanised name of another Chinese person: ``luo yujun`` is not 郝运.

    Certain are only names of two words or more that are two to four syllables of pinyin and nothing else;
    sounds that Wade-Giles writes alike count as one.

    >>> read_otherwise("郝运", "luo yujun"), read_otherwise("张爱玲", "chang ailing"), read_otherwise("雨果", "hugo")
    (True, False, False)
    """
    if not 2 <= len(characters) <= _NAME or " " not in latin or len(latin) > 8 * _NAME:
        return False
    plain = latin.replace(" ", "")
    if not all(_SYLLABLES.fullmatch(text) for text in (plain, *latin.split())):
        return False
    return not _reads_alike(characters, plain)


def _reads_alike(characters: str, latin: str) -> bool:
    """As ``reads_as``, with the initials of Wade-Giles as well as those of pinyin."""
    reached = {0}
    for character in characters:
        sounds = {other for sound in _readings(character) for other in _spellings(sound)}
        reached = {at + len(sound) for at in reached for sound in sounds if latin.startswith(sound, at)}
        if not reached:
            return False
    return len(latin) in reached


def _spellings(sound: str) -> list[str]:
    """A syllable of pinyin in pinyin and as Wade-Giles writes it without its apostrophes (``zhang``, ``chang``)."""
    initial = next((each for each in _WADE if sound.startswith(each)), "")
    return [sound, *[other + sound[len(initial) :] for other in _WADE.get(initial, ())]]


@lru_cache(maxsize=8192)
def _readings(character: str) -> tuple[str, ...]:
    """All readings of one character; ü as v (what people type) and as u (what folding makes of it)."""
    library = _library()
    found = library.pinyin(character, style=library.Style.NORMAL, heteronym=True, v_to_u=False, errors="ignore")
    sounds = {sound for sounds in found for sound in sounds if sound.isascii()}
    return tuple(sorted(sounds | {sound.replace("v", "u") for sound in sounds}))


@lru_cache(maxsize=1)
def _library() -> Any:
    import pypinyin

    return pypinyin
