"""Folding: one form of a text for every index, key, facet and query.

Works character by character, so that folding a part gives a part of the folded whole: NFKC, case, width, Latin, Greek
and Cyrillic letters without their marks, Han characters as their representative (``gateway.records.han``), punctuation
and symbols as single spaces. Marks of scripts that need them (Tibetan, Mongolian, Arabic, Devanagari, Hebrew, kana …)
stay. Han is never romanised.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

from gateway.records.han import representatives

#: Letters that Unicode does not take apart, and what a person types for them.
_LETTERS: Final = {
    "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "ı": "i", "ħ": "h", "ŋ": "n", "ŧ": "t",
    "ƀ": "b", "ĸ": "k", "ƶ": "z", "ɨ": "i", "ʉ": "u", "ɵ": "o", "ə": "e", "ơ": "o", "ư": "u", "ß": "ss",
}  # fmt: skip
#: Marks that romanisations put between letters (ayn, alif, soft sign, Wade-Giles aspiration) vanish without a space.
_VANISHING: Final = frozenset("ʹʺʻʼʽʾʿˈˊˋˌːˑ˒˓")
#: Programming languages: C++, C#, F#. Elsewhere ``+`` and ``#`` are punctuation.
_SIGNS: Final = re.compile(
    r"(?<![a-z+#])[+#]+|(?<=[a-z])(?:\+(?!\+)|\+{3,}|#{2,}|[+#]+(?=[a-z0-9]))|(?<=\+)#+|(?<=#)\++"
)
_CACHED_LENGTH: Final = 300
_TABLE_LIMIT: Final = 50_000


def _fold_character(character: str) -> str:
    cased = unicodedata.normalize("NFKC", character).casefold()
    return "".join([_fold_piece(piece) for piece in unicodedata.normalize("NFKC", cased)])


def _fold_piece(piece: str) -> str:
    if piece in _LETTERS:
        return _LETTERS[piece]
    if piece in "+#":
        return piece
    if piece in _VANISHING:
        return ""
    han = representatives().get(piece)
    if han is not None:
        return han
    point = ord(piece)
    category = unicodedata.category(piece)
    if category == "Cf" or 0xFE00 <= point <= 0xFE0F or 0x180B <= point <= 0x180F or 0xE0100 <= point <= 0xE01EF:
        return ""
    if category[0] in "PSZ" or category in ("Cc", "Cs"):
        return " "
    if category == "Mn" and _is_european_mark(point):
        return ""
    base = unicodedata.normalize("NFD", piece)
    if len(base) > 1 and _is_european_mark(ord(base[1])):
        kept = "".join(c for c in base if not _is_european_mark(ord(c)))
        return "".join(_LETTERS.get(c, c) for c in kept)
    return piece


def _is_european_mark(point: int) -> bool:
    """Combining marks of Latin, Greek and Cyrillic."""
    return (
        0x300 <= point <= 0x36F
        or 0x483 <= point <= 0x489
        or 0x1AB0 <= point <= 0x1AFF
        or 0x1DC0 <= point <= 0x1DFF
        or 0x20D0 <= point <= 0x20FF
        or 0xFE20 <= point <= 0xFE2F
    )


class _Table(dict[int, str]):
    """What each character folds to, found when it is first met."""

    def __missing__(self, point: int) -> str:
        folded = _fold_character(chr(point))
        if len(self) < _TABLE_LIMIT:
            self[point] = folded
        return folded


_TABLE: Final = _Table()
_ASCII_TABLE: Final = {
    point: (chr(point).lower() if chr(point).isalnum() or chr(point) in "+#" else " ") for point in range(128)
}


def fold(text: str) -> str:
    """The folded form: ``fold('紅樓夢') == fold('红楼梦') == fold('紅楼夢')``; folding it again changes nothing."""
    if len(text) <= _CACHED_LENGTH:
        return _fold_cached(text)
    return _fold(text)


def _fold(text: str) -> str:
    if text.isascii():
        folded = text.translate(_ASCII_TABLE)
    else:
        if not unicodedata.is_normalized("NFC", text):
            text = unicodedata.normalize("NFC", text)
        folded = text.translate(_TABLE)
        if not folded.isascii() and not unicodedata.is_normalized("NFC", folded):
            # Half-width kana bring their voicing marks as characters of their own.
            folded = unicodedata.normalize("NFC", folded).translate(_TABLE)
    if "+" in folded or "#" in folded:
        folded = _SIGNS.sub(" ", folded)
    return " ".join(folded.split())


_fold_cached = lru_cache(maxsize=32768)(_fold)
