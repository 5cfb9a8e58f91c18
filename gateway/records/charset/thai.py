"""Thai in code page 874 (TIS-620, ISO 8859-11), whose bytes are characters of GBK, too.

A letter of Thai has its place: vowels and marks above, below and behind stand on a consonant, those before it are
followed by one. Two bytes of Chinese keep that by chance only for a few characters, so this set is a candidate where
nearly all letters are in their places.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

CHARSET: Final = "cp874"

#: Letters by how common they are, and their bits; then all others.
_BANDS: Final = (
    ("านรอกเง่", 4.2),
    ("มยลวดทสตะปบคหแ้ัีิ", 5.1),
    ("จพชขใไ์ุูืำ", 6.3),
)
_OTHER: Final = 8.0
#: What the places of a vowel or mark tell of it beforehand.
_PLACED: Final = 1.0
_SIGN: Final = 10.0
_ODD: Final = 14.0
_LETTER: Final = re.compile("[\u0e01-\u0e2e\u0e30-\u0e3a\u0e40-\u0e45\u0e47-\u0e4e]")
_ON: Final = "\u0e31\u0e34-\u0e3a\u0e47-\u0e4e"  # above and below
_VOWEL: Final = re.compile(f"[\u0e30-\u0e3a\u0e40-\u0e45{_ON}]")
#: On nothing; behind nothing; before nothing; before what is a letter of ASCII, as half of the characters of Big5 end.
_OUT_OF_PLACE: Final = re.compile(
    f"(?<![\u0e01-\u0e2e{_ON}])[{_ON}]"
    "|(?<![\u0e01-\u0e2e\u0e32\u0e47-\u0e4e])[\u0e30\u0e32\u0e33\u0e45]"
    "|[\u0e40-\u0e44](?![\u0e01-\u0e2e])"
    "|(?<=[\u0e01-\u0e5b])[@-~]"
)
#: So many letters there must be for a finding.
_LEAST: Final = 6
#: Bits by which Thai has to be likelier where the target is not known to send it. Short titles in Thai are so by 23 and
#: more; of 1,779 Chinese ones none is by more than 10.
_SELDOM: Final = 8.0
#: Of so many letters one may be out of place, or be none.
_RIGHT: Final = 16
#: Two letters of five are vowels and marks.
_VOCAL: Final = (0.2, 0.7)


@lru_cache(maxsize=1)
def _bits() -> dict[str, float]:
    return {letter: bits for letters, bits in _BANDS for letter in letters}


def costs(sample: bytes, told: bool) -> dict[str, tuple[float, float]]:
    """By charset (there is one), the bits of the reading and those for one character; nothing if it is no Thai.

    ``told``: the target is known to send it, so that a few letters are enough.
    """
    text = _read(sample)
    letters = _LETTER.findall(text)
    if len(letters) < (1 if told else _LEAST):
        return {}
    bits, high = _bits(), [character for character in text if character > "\x7f"]
    own = sum(bits.get(letter, _OTHER) for letter in letters) - _PLACED * len(_VOWEL.findall(text))
    total = own + _SIGN * (len(high) - len(letters)) + _ODD * len(_OUT_OF_PLACE.findall(text))
    return {CHARSET: (total + (0.0 if told else _SELDOM), total / len(high))}


def _read(sample: bytes) -> str:
    """The text; nothing where its letters are not in the places of Thai."""
    text = sample.decode(CHARSET, "replace")
    letters = len(_LETTER.findall(text))
    high = sum(character > "\x7f" for character in text)
    wrong = high - letters + len(_OUT_OF_PLACE.findall(text))
    vowels = len(_VOWEL.findall(text))
    if not letters or wrong * _RIGHT > letters or not _VOCAL[0] * letters <= vowels <= _VOCAL[1] * letters:
        return ""
    return text
