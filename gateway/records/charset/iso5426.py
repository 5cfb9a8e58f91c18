"""ISO 5426, the extended Latin set of UNIMARC and MAB2: combining marks stand before their letter, as in MARC-8.

Source: ISO 5426:1983 with the additions of the UNIMARC Manual, appendix J (88, 89, 98, 9C frame what is not sorted).
"""

from __future__ import annotations

import codecs
import unicodedata
from functools import lru_cache
from re import Pattern
from typing import Final

from gateway.core.errors import DataError
from gateway.records.charset.ansel import behind, marked

_REPLACEMENT: Final = "\ufffd"
#: Spacing characters A1-BF.
_SIGNS: Final = dict(
    zip(
        range(0xA1, 0xC0),
        "¡„£$¥†§′‘“«♭©℗®ʻʼ‚\ufffd\ufffd\ufffd‡·″’”»♯ʹʺ¿",
        strict=True,
    )
)
#: Stands for bytes that say something about sorting and are no characters, until all is read; no text has it.
_NOTHING: Final = "\ufdd0"
_LETTERS: Final = {
    0xE1: "Æ", 0xE2: "Đ", 0xE6: "Ĳ", 0xE8: "Ł", 0xE9: "Ø", 0xEA: "Œ", 0xEC: "Þ",
    0xF1: "æ", 0xF2: "đ", 0xF3: "ð", 0xF5: "ı", 0xF6: "ĳ", 0xF8: "ł", 0xF9: "ø", 0xFA: "œ", 0xFB: "ß", 0xFC: "þ",
    0xA0: "\u00a0", 0x88: "", 0x89: "", 0x98: "", 0x9C: "",
}  # fmt: skip
_MARKS: Final = {
    0xC0: 0x309, 0xC1: 0x300, 0xC2: 0x301, 0xC3: 0x302, 0xC4: 0x303, 0xC5: 0x304, 0xC6: 0x306, 0xC7: 0x307,
    0xC8: 0x308, 0xC9: 0x308, 0xCA: 0x30A, 0xCB: 0x315, 0xCC: 0x312, 0xCD: 0x30B, 0xCE: 0x31B, 0xCF: 0x30C,
    0xD0: 0x327, 0xD1: 0x31C, 0xD2: 0x326, 0xD3: 0x328, 0xD4: 0x325, 0xD5: 0x32E, 0xD6: 0x323, 0xD7: 0x324,
    0xD8: 0x332, 0xD9: 0x333, 0xDA: 0x329, 0xDB: 0x32D, 0xDD: 0xFE20, 0xDE: 0xFE21,
}  # fmt: skip


def decode_iso5426(data: bytes) -> tuple[str, int]:
    """Text (composed, NFC) and how many bytes are no characters of ISO 5426."""
    if data.isascii():
        return data.decode("ascii"), 0
    characters, marks = _reading()
    text = codecs.charmap_decode(data, "strict", characters)[0]
    bad = text.count(_REPLACEMENT)
    return unicodedata.normalize("NFC", marks.sub(behind, text).replace(_NOTHING, "")), bad


def encode_iso5426(text: str, *, references: bool = False) -> bytes:
    """Bytes of ``text``; what the set lacks raises ``DataError``, or becomes ``&#xHHHH;`` with ``references``."""
    if text.isascii():
        return text.encode("ascii")
    signs, marks = _writing()
    out = bytearray()
    letter = 0  # where the last letter stands, with its marks before it
    lost: dict[str, None] = {}
    for character in _taken_apart(text, signs):
        if character in marks:
            out.insert(letter, marks[character])
            letter += 1
            continue
        letter = len(out)
        code = ord(character) if character < "\x80" else signs.get(character)
        if code is None:
            lost[character] = None
            out += b"&#x%X;" % ord(character)
        else:
            out.append(code)
    if lost and not references:
        raise DataError(f"The character set iso5426 has no {''.join(lost)!r}; write utf-8")
    return bytes(out)


def _taken_apart(text: str, signs: dict[str, int]) -> list[str]:
    """Letters that the set has stay; others become a letter and the marks that follow it."""
    found: list[str] = []
    for character in text:
        found += character if character in signs else unicodedata.normalize("NFD", character)
    return found


@lru_cache(maxsize=1)
def _reading() -> tuple[str, Pattern[str]]:
    """The characters of all 256 bytes, and what finds marks with the letter behind them."""
    high = [
        chr(_MARKS[byte]) if byte in _MARKS else _LETTERS.get(byte, _SIGNS.get(byte, _REPLACEMENT)) or _NOTHING
        for byte in range(0x80, 0x100)
    ]
    return "".join(map(chr, range(0x80))) + "".join(high), marked(map(chr, sorted(set(_MARKS.values()))))


@lru_cache(maxsize=1)
def _writing() -> tuple[dict[str, int], dict[str, int]]:
    """Byte of each spacing character above 7F and of each mark."""
    signs = {sign: byte for byte, sign in (_SIGNS | _LETTERS).items() if sign > "\x7f" and sign != _REPLACEMENT}
    return signs, {chr(point): byte for byte, point in reversed(_MARKS.items())}
