"""Whether romanised words are a reading of Chinese characters; a character of several readings may have any of them."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from gateway.records.han import is_han

#: A longer text than any title is not looked at.
_LONGEST: Final = 400


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
