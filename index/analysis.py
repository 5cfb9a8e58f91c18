"""How text becomes terms; shared by documents and queries, so that both sides always agree.

All folding and segmentation is ``gateway.records.text``; here it is only cut into the shapes that the fields hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from gateway.records import text

#: Longer terms are cut: no reader types them, and engines refuse terms of more than some ten thousand bytes.
MAX_TERM = 400

_CODE = {point: chr(point).lower() if chr(point).isalnum() else None for point in range(128)}
_CODE_LINES = _CODE | {ord("\n"): "\n"}


def units(value: str) -> list[str]:
    """Single characters of scripts without spaces, and words of the others, in order."""
    return units_of_folded(text.fold(value))


def units_of_folded(folded: str) -> list[str]:
    return text.units(folded)


def key(value: str) -> str:
    """The whole value as one term: folded, without spaces, so that lost or added spaces make no difference."""
    return key_of_folded(text.fold(value))


def key_of_folded(folded: str) -> str:
    return folded.replace(" ", "")[:MAX_TERM]


def code(value: str) -> str:
    """A code or number (call number, barcode, language) as one term."""
    if value.isascii() and "+" not in value and "#" not in value:  # what folding makes of it, without keeping it
        return value.translate(_CODE)[:MAX_TERM]
    return key_of_folded(text.fold(value))


def codes(values: Iterable[str]) -> list[str]:
    """:func:`code` of each, in their order, each once, without the empty ones."""
    listed = list(dict.fromkeys(filter(None, values)))
    if len(listed) > 1 and (together := "\n".join(listed)).isascii() and "+" not in together and "#" not in together:
        coded = [term[:MAX_TERM] for term in together.translate(_CODE_LINES).split("\n")]
    else:
        coded = list(map(code, listed))
    return [term for term in dict.fromkeys(coded) if term]


def class_path(value: str) -> list[str]:
    """A class number with all that stand above it in the notation.

    >>> class_path("I24.2")
    ['i', 'i2', 'i24', 'i242']
    """
    full = code(value)[:24]
    return [full[:end] for end in range(1, len(full) + 1)]


def isbn13(value: str) -> str:
    """Thirteen digits for a valid ISBN-10 or -13 written in any way, else an empty string (ISO 2108:2017, annex C)."""
    if len(value) > 40:
        return ""
    digits = re.sub(r"[\s\-\u2010-\u2015\u2212]", "", value).upper()
    if (
        len(digits) == 10
        and digits[:9].isascii()
        and digits[:9].isdigit()
        and (digits[9] == "X" or digits[9].isdigit())
    ):
        check = 10 if digits[9] == "X" else int(digits[9])
        if (sum((10 - place) * int(digit) for place, digit in enumerate(digits[:9])) + check) % 11:
            return ""
        body = "978" + digits[:9]
        return body + _check13(body)
    if len(digits) == 13 and digits.isascii() and digits.isdigit() and digits.startswith(("978", "979")):
        return digits if _check13(digits[:12]) == digits[12] else ""
    return ""


def _check13(body: str) -> str:
    return str(-sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(body)) % 10)
