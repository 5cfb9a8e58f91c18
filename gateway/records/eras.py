"""Years that a date gives without four Arabic digits: 民国二十五年 is 1936, 光绪三十年 1904, 一九八二年 1982."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from gateway.records.han import representatives
from gateway.records.labels import table

_DIGITS: Final = {character: value for value, character in enumerate("〇一二三四五六七八九")} | {
    "零": 0,
    "○": 0,
    "元": 1,
}
_PLAIN: Final = re.compile("[一二][〇○零一二三四五六七八九]{3}(?=年)")
_LONGEST: Final = 200


def era_years(text: str) -> list[int]:
    """All such years, in their order; an era's year must be one that it can have had (61 for 康熙, the longest)."""
    plain = _plain(text[:_LONGEST])
    found = [(match.start(), _value(match[0])) for match in _PLAIN.finditer(plain)]
    for match in _eras().finditer(plain):
        count = _count(match["count"])
        if 0 < count < 115:
            found.append((match.start(), _first_years()[match["era"]] + count - 1))
    return [year for _, year in sorted(found)]


def _plain(text: str) -> str:
    """Each character as the representative of all its forms."""
    return "".join([representatives().get(character, character) for character in text])


@lru_cache(maxsize=1)
def _first_years() -> dict[str, int]:
    return {_plain(name): int(year) for name, year in table("eras").items()}


@lru_cache(maxsize=1)
def _eras() -> re.Pattern[str]:
    names = "|".join(_first_years())
    return re.compile(f"(?P<era>{names})(?P<count>元|[0-9]{{1,3}}|[〇零一二三四五六七八九十百]{{1,6}})(?=年|$|[^0-9])")


def _value(digits: str) -> int:
    return int("".join(str(_DIGITS[digit]) for digit in digits))


def _count(text: str) -> int:
    """A number in Arabic digits, in Chinese ones by place (二五) or by name (二十五, 一百零三)."""
    if text.isdecimal() and text.isascii():
        return int(text)
    if not set(text) & set("十百"):
        return _value(text)
    total = digit = 0
    for character in text:
        if character in "十百":
            total += (digit or 1) * (100 if character == "百" else 10)
            digit = 0
        else:
            digit = _DIGITS[character]
    return total + digit
