"""Standard numbers as cataloguers write them, taken apart: the number, whether its check digit is right, and the rest.

Sources: ISO 2108 (ISBN, 10 and 13 digits), ISO 3297 (ISSN), ISO 10957 (ISMN), ISO 3901 (ISRC), and the Chinese unified
book number (统一书号, 1956-1986). Prices and bindings are often glued on (``7-02-000220-7CNY59.70``): they come as
``remainder``.
"""

from __future__ import annotations

import re
import unicodedata
from operator import mul
from typing import Final, NamedTuple


class Number(NamedTuple):
    """``value`` is normalised when ``valid``, otherwise the digits as written; ``remainder`` is what followed it."""

    value: str
    valid: bool
    raw: str
    remainder: str


_ISBN_LABEL: Final = re.compile(r"^\W*(?:e?isbn|sbn)?(?:[- ]?1[03](?=[ :：]))?\W*", re.IGNORECASE)
_THIRTEEN: Final = re.compile(r"^97[89][0-9]{10}$")
_PLAIN_ISBN: Final = re.compile(r"^(?:97[89])?[0-9]{9}[0-9X]$")
#: Digits with at most two separators between them.
_DIGITS: Final = re.compile(r"[0-9](?:[-‐-―−.· ]{0,2}[0-9Xx])*")
_ISSN: Final = re.compile(r"(?<![0-9])([0-9]{4})[-‐-―− ]?([0-9]{3}[0-9Xx])(?![0-9])")
_ISMN: Final = re.compile(r"(?<![0-9A-Za-z])(?:M|979[- ]?0)[- ]?((?:[0-9][- ]?){8}[0-9])(?![0-9])", re.IGNORECASE)
_ISRC: Final = re.compile(r"(?<![0-9A-Z])([A-Z]{2})-?([A-Z0-9]{3})-?([0-9]{2})-?([0-9]{5})(?![0-9])", re.IGNORECASE)
_CSBN: Final = re.compile(r"([A-Z]{0,2}[0-9]{3,6})\s*[·•‧.．。,，-]\s*([0-9]{1,5})")


#: Weights of the ten digits' first nine, and what it adds up to that digits are counted as ASCII codes.
_WEIGHTS: Final = range(10, 1, -1)
_OFFSET10: Final = ord("0") * sum(_WEIGHTS)
_OFFSET13: Final = ord("0") * 24


def _check10(nine: str) -> str:
    total = sum(map(mul, _WEIGHTS, nine.encode())) - _OFFSET10
    return "0123456789X"[-total % 11]


def _check13(twelve: str) -> str:
    digits = twelve.encode()
    total = sum(digits[::2]) + 3 * sum(digits[1::2]) - _OFFSET13
    return str(-total % 10)


def _valid10(digits: str) -> bool:
    return len(digits) == 10 and "X" not in digits[:9] and _check10(digits[:9]) == digits[9]


def _valid13(digits: str) -> bool:
    return bool(_THIRTEEN.match(digits)) and _check13(digits[:12]) == digits[12]


def isbn13(isbn10: str) -> str:
    """The 13 digits of ten valid ones (``X`` may be the last)."""
    stem = "978" + isbn10[:9]
    return stem + _check13(stem)


def isbn10(isbn13: str) -> str:
    """The ten digits of a valid 978 number; empty for 979, which has none."""
    return isbn13[3:12] + _check10(isbn13[3:12]) if isbn13.startswith("978") else ""


def parse_isbn(text: str) -> Number | None:
    """The ISBN at the beginning of ``text``, as 13 digits; ``None`` when no number is there.

    Ten digits become thirteen. Nine digits that make a valid number with a zero before them are the older SBN. A number
    whose check digit is wrong, or with digits missing, comes with ``valid`` false and its digits unchanged.
    """
    raw = text
    if _PLAIN_ISBN.match(text):
        plain = text
        rest = ""
    else:
        text = text if text.isascii() else unicodedata.normalize("NFKC", text)
        label = _ISBN_LABEL.match(text)
        start = label.end() if label else 0
        match = _DIGITS.match(text, start)
        if match is None:
            return None
        return _cut_isbn(raw, text, match)
    if _valid13(plain):
        return Number(plain, True, raw, rest)
    if _valid10(plain):
        return Number(isbn13(plain), True, raw, rest)
    return Number(plain, False, raw, rest)


def _cut_isbn(raw: str, text: str, match: re.Match[str]) -> Number | None:
    """The number may be followed by digits of a price: the check digit tells where it ends."""
    places = [at for at in range(match.start(), match.end()) if text[at].isdigit() or text[at] in "Xx"]
    digits = "".join(text[at] for at in places).upper()

    def remainder(count: int) -> str:
        return text[places[count - 1] + 1 :].strip()

    if digits[:3] in ("978", "979") and len(digits) >= 13:
        return Number(digits[:13], _valid13(digits[:13]), raw, remainder(13))
    if _valid10(digits[:10]):
        return Number(isbn13(digits[:10]), True, raw, remainder(10))
    if len(digits) >= 9 and _valid10("0" + digits[:9]) and not digits[9:10]:
        return Number(isbn13("0" + digits[:9]), True, raw, remainder(9))
    # A wrong number: up to the first X, space or dot, so that a price behind it is not taken for a part.
    end = match.end()
    stop = re.search(r"[xX]|[ .·]", text[match.start() : end])
    if stop is not None and sum(c.isdigit() for c in text[match.start() : match.start() + stop.start()]) >= 7:
        end = match.start() + stop.start() + (stop.group() in "xX")
    value = re.sub(r"[^0-9Xx]", "", text[match.start() : end]).upper()
    if len(value) < 5:
        return None  # a price, a year or a volume, no ISBN at all
    return Number(value, False, raw, text[end:].strip())


def parse_issn(text: str) -> Number | None:
    """The first ISSN in ``text``, as ``1234-567X``; ``None`` when there is none."""
    raw = text
    text = text if text.isascii() else unicodedata.normalize("NFKC", text)
    match = _ISSN.search(text)
    if match is None:
        return None
    digits = (match[1] + match[2]).upper()
    total = sum((8 - i) * int(digit) for i, digit in enumerate(digits[:7]))
    valid = "0123456789X"[-total % 11] == digits[7]
    return Number(f"{digits[:4]}-{digits[4:]}", valid, raw, (text[: match.start()] + text[match.end() :]).strip())


def parse_ismn(text: str) -> Number | None:
    """The first ISMN in ``text``, as 13 digits beginning with 9790; ``None`` when there is none."""
    raw = text
    text = text if text.isascii() else unicodedata.normalize("NFKC", text)
    match = _ISMN.search(text)
    if match is None:
        return None
    digits = "9790" + re.sub(r"\D", "", match[1])
    valid = _check13(digits[:12]) == digits[12]
    return Number(digits, valid, raw, (text[: match.start()] + text[match.end() :]).strip())


def parse_isrc(text: str) -> Number | None:
    """The first ISRC in ``text``, as twelve characters without hyphens; it has no check digit."""
    raw = text
    text = text if text.isascii() else unicodedata.normalize("NFKC", text)
    match = _ISRC.search(text)
    if match is None:
        return None
    value = "".join(match.groups()).upper()
    return Number(value, True, raw, (text[: match.start()] + text[match.end() :]).strip())


def parse_csbn(text: str) -> Number | None:
    """The unified book number (统一书号) at the beginning, as ``10019·1602``: class with publisher, then serial."""
    raw = text
    text = unicodedata.normalize("NFKC", re.sub(r"^\W*(?:统一)?书号\W*", "", text)).strip()
    match = _CSBN.match(text)
    if match is None:
        return None
    return Number(f"{match[1]}·{match[2]}", True, raw, text[match.end() :].strip())
