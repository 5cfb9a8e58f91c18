"""Readings in the sets of one byte for Cyrillic: KOI8-R, Windows-1251 and code page 866.

Chinese in GBK or Big5 never looks like words in Cyrillic for long: a third of its bytes are no letters there, and the
case of the others changes without rule. So these sets are candidates only where the bytes read as such words nearly
throughout, and then their letters cost what they do in Russian; the other languages in Cyrillic are near enough.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

CHARSETS: Final = ("koi8-r", "cp1251", "cp866")
#: UNIMARC 100$a/26-29: the Cyrillic sets of ISO, which files in these sets name; and RUSMARC's codes of the sets.
HINTS: Final = {"02": CHARSETS, "04": CHARSETS, "79": ("cp866",), "89": ("cp1251",), "99": ("koi8-r",)}

#: Letters by how common they are in Russian, and their bits; then all others.
_BANDS: Final = (("оеаинтср", 3.8), ("влкмдпуяыь", 5.1), ("гзбчйхжшюц", 6.6))
_OTHER: Final = 8.5
_SIGN, _SIGN_OF_TEXT, _MIXED_CASE = 16.0, 9.0, 10.0
_SIGNS: Final = frozenset("«»—–№„“”’…")
_WORD: Final = re.compile("[\u0400-\u04ff]+")
#: A letter before a Latin one: not in words, but so stand the marks of ISO 5426 and MARC-8.
_GLUED: Final = re.compile("[\u0400-\u04ff](?=[A-Za-z])")
_HIGH: Final = re.compile("[^\x00-\x7f]")
#: The bytes of Russian letters, to see at once that there are too few.
_LETTERS: Final = {
    charset: bytes(byte for byte in range(128, 256) if "\u0400" <= bytes([byte]).decode(charset, "replace") <= "\u04ff")
    for charset in CHARSETS
}
_ASCII: Final = bytes(range(128))
_MOST: Final = 0.8
#: So many letters there must be, without and with a hint; of which so many may stand as no word has them.
_LEAST, _HINTED = 12, 3
_ODD: Final = 0.08
#: Words with capitals behind small letters; a set read as another has them in most words that begin with a capital.
_MIXED: Final = 0.2
#: Vowels are two letters of five in every language of these; Greek in its own set reads as words almost without.
_VOWELS: Final = frozenset("аеёиоуыэюяіїєАЕЁИОУЫЭЮЯІЇЄ")
_VOCAL: Final = 0.3
#: Bits for one letter above which the text is in no language written so.
_NO_LANGUAGE: Final = 5.6


@lru_cache(maxsize=1)
def _bits() -> dict[str, float]:
    found = {letter: bits for letters, bits in _BANDS for letter in letters}
    return found | {letter.upper(): bits for letter, bits in found.items()}


def costs(sample: bytes, hinted: bool) -> dict[str, tuple[float, float]]:
    """By charset, the bits of the reading and those for one character; only of sets in which it is words."""
    found: dict[str, tuple[float, float]] = {}
    bits = _bits()
    above = sample.translate(None, _ASCII)
    for charset in CHARSETS:
        if len(above.translate(None, _LETTERS[charset])) > (1 - _MOST) * len(above):
            continue
        high = _HIGH.findall(text := sample.decode(charset, "replace"))
        letters = [character for character in high if "\u0400" <= character <= "\u04ff"]
        odd = len(high) - len(letters) - sum(map(_SIGNS.__contains__, high))
        words = _WORD.findall(text)
        mixed = sum(not (word.islower() or word.isupper() or word.istitle()) for word in words)
        if len(letters) < (_HINTED if hinted else _LEAST) or odd > _ODD * len(letters):
            continue
        if mixed > _MIXED * len(words) or len(_GLUED.findall(text)) > _MIXED * len(words):
            continue
        own = sum(bits.get(letter, _OTHER) for letter in letters)
        vowels = sum(map(_VOWELS.__contains__, letters))
        # Abbreviations alone (с., ил., Т.) have few: enough where the record says that it is Cyrillic.
        if own > _NO_LANGUAGE * len(letters) or vowels < (_VOCAL / 2 if hinted else _VOCAL) * len(letters):
            continue
        signs = len(high) - len(letters) - odd
        total = own + _SIGN * odd + _SIGN_OF_TEXT * signs + _MIXED_CASE * mixed
        found[charset] = (total, total / len(high))
    return found
