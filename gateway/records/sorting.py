"""Keys to sort by: plain string order of the keys is the order of pinyin, of strokes (笔画) or of code points.

Numbers stand in the order of their value and before words of other scripts in each of them. Equal readings, or equal
counts, are told apart by the characters themselves, so that different texts never share a key by accident.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, Literal

from gateway.core.data import config_path
from gateway.records.folding import fold
from gateway.records.han import is_han
from gateway.records.pinyin import toned_syllables

Order = Literal["pinyin", "stroke", "code"]
ORDERS: Final[tuple[Order, ...]] = ("pinyin", "stroke", "code")
_WORDS: Final = re.compile(r"[0-9]+|[^0-9]+")
#: Counts become characters from here on (private use), so that ideographs come after all other scripts.
_STROKES: Final = 0xE000
_UNKNOWN: Final = 0x7F  #: strokes of an ideograph without count
_ZERO: Final = 0x30  #: of the data file


@lru_cache(maxsize=8192)
def sort_key(text: str, order: Order = "pinyin") -> str:
    """The key of ``text`` in an order.

    ``pinyin``: syllables with their tones, words of other scripts in between. ``stroke``: every ideograph, as it is
    written, by its count of strokes, then by radical (which is the order of their codes). ``code``: the folded text.
    """
    if order == "stroke":
        return "".join(map(_by_strokes, _plain(text))) + "\t" + text
    folded = fold(text)
    if order == "code":
        return " ".join(_padded(part) for part in folded.split())
    parts = folded.split() if folded.isascii() else toned_syllables(text)
    return " ".join(_padded(part) for part in parts) + "\t" + folded


def _padded(part: str) -> str:
    return part.zfill(10) if part.isdecimal() and part.isascii() else part


def _plain(text: str) -> list[str]:
    """Ideographs as they are written, one by one, and what lies between them folded, numbers by value."""
    parts: list[str] = []
    between = ""
    for character in text:
        if is_han(character):
            parts += (_between(between), character)
            between = ""
        else:
            between += character
    return [*parts, _between(between)]


def _between(text: str) -> str:
    return "".join(_padded(part) for part in _WORDS.findall(fold(text)))


def _by_strokes(part: str) -> str:
    if len(part) != 1 or not is_han(part):
        return part
    return chr(_STROKES + stroke_counts().get(part, _UNKNOWN)) + part


@lru_cache(maxsize=1)
def stroke_counts() -> dict[str, int]:
    """Strokes of every ideograph that Unihan counts, as mainland China writes it."""
    counts: dict[str, int] = {"〇": 1}  # no ideograph to Unihan
    for line in config_path("maps", "strokes.txt").read_text("ascii").splitlines():
        start, _, row = line.partition(" ")
        if start != "#":
            first = int(start, 16)
            counts.update({chr(first + at): ord(each) - _ZERO for at, each in enumerate(row) if each != "."})
    return counts
