"""Character sets of catalogue records: which one it is (by evidence), bytes to text, text to bytes.

Names: ``ascii``, ``utf-8``, ``gbk``, ``gb18030``, ``big5`` (with HKSCS), ``marc-8`` (with EACC), ``iso5426``,
``latin-1``; any other name that Python's codecs know works for ``decode`` and ``encode`` and is never guessed.

Codes of damage: ``undecodable`` (bytes that are no character of the set; U+FFFD stands for them), ``mixed-charset``
(a field in another set than the rest), ``charset-uncertain`` (the evidence is thin), ``charset-declared`` (the record
or the target says one set, the bytes show another).
"""

from __future__ import annotations

from gateway.records.charset.codecs import Errors, canonical, decode, encode
from gateway.records.charset.detection import CERTAIN, Finding, detect
from gateway.records.charset.fields import Decoded, ascii_text, decode_fields

__all__ = [
    "CERTAIN",
    "Decoded",
    "Errors",
    "Finding",
    "ascii_text",
    "canonical",
    "decode",
    "decode_fields",
    "detect",
    "encode",
]
