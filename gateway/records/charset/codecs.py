"""Bytes to text and back in one named character set."""

from __future__ import annotations

import codecs
from functools import lru_cache
from typing import Final, Literal

from gateway.core.errors import DataError
from gateway.records.charset import ansel, iso5426

Errors = Literal["strict", "ncr"]

_ALIASES: Final = {
    "ascii": "ascii",
    "us-ascii": "ascii",
    "utf8": "utf-8",
    "utf-8": "utf-8",
    "unicode": "utf-8",
    "gb2312": "gbk",
    "gb-2312": "gbk",
    "euc-cn": "gbk",
    "cp936": "gbk",
    "ms936": "gbk",
    "936": "gbk",
    "gbk": "gbk",
    "gb18030": "gb18030",
    "gb-18030": "gb18030",
    "big5": "big5",
    "big5-hkscs": "big5",
    "big5hkscs": "big5",
    "cp950": "big5",
    "950": "big5",
    "euc-kr": "cp949",
    "ks-c-5601-1987": "cp949",
    "uhc": "cp949",
    "949": "cp949",
    "tis-620": "cp874",
    "iso-8859-11": "cp874",
    "windows-874": "cp874",
    "874": "cp874",
    "marc8": "marc-8",
    "marc-8": "marc-8",
    "eacc": "marc-8",
    "ansel": "marc-8",
    "iso5426": "iso5426",
    "iso-5426": "iso5426",
    "latin1": "latin-1",
    "latin-1": "latin-1",
    "iso-8859-1": "latin-1",
    "iso8859-1": "latin-1",
}

#: What decodes each set: GB 18030 reads all of GBK, HKSCS all of Big5.
_READ: Final = {"gbk": "gb18030", "big5": "big5hkscs", "latin-1": "latin-1"}
_WRITE: Final = {"big5": "big5hkscs"}
_UNDECODABLE: Final = "undecodable: {} places are no characters of {}; U+FFFD stands for them"


@lru_cache(maxsize=256)
def canonical(name: str) -> str:
    """Our name of a character set; raises ``DataError`` for one that nobody here knows."""
    key = name.strip().lower().replace("_", "-").replace(" ", "-")
    if key in _ALIASES:
        return _ALIASES[key]
    try:
        info = codecs.lookup(key)
        "".encode(info.name)
    except (LookupError, UnicodeError) as error:
        raise DataError(
            f"Nobody here knows the character set {name!r}; use utf-8, gbk, gb18030, big5, marc-8, iso5426 or latin-1"
        ) from error
    return info.name


def decode(data: bytes, charset: str) -> tuple[str, tuple[str, ...]]:
    """Text of ``data`` in ``charset``, and what was wrong; never raises for bad bytes, which become U+FFFD."""
    name = canonical(charset)
    if name == "marc-8":
        text, bad = ansel.decode_marc8(data)
    elif name == "iso5426":
        text, bad = iso5426.decode_iso5426(data)
    else:
        text = data.decode(_READ.get(name, name), "replace")
        bad = text.count("\ufffd") - (data.count(b"\xef\xbf\xbd") if name == "utf-8" else 0)
    return text, ((_UNDECODABLE.format(bad, name),) if bad > 0 else ())


def decode_strict(data: bytes, charset: str) -> str | None:
    """Text of ``data``, or ``None`` when any byte is no character of the set; ``charset`` is a canonical name."""
    if charset == "marc-8" or charset == "iso5426":
        text, bad = ansel.decode_marc8(data) if charset == "marc-8" else iso5426.decode_iso5426(data)
        return None if bad else text
    try:
        return data.decode(_READ.get(charset, charset))
    except UnicodeDecodeError:
        if charset == "big5":
            # The extensions of Microsoft and ETEN that HKSCS lacks.
            try:
                return data.decode("cp950")
            except UnicodeDecodeError:
                return None
        return None


def encode(text: str, charset: str, errors: Errors = "strict") -> bytes:
    """Bytes of ``text``. A character that the set lacks raises ``DataError``, or becomes ``&#xHHHH;`` with ``ncr``.

    MARC-8 always writes ``&#xHHHH;`` for it (MARC 21 Specifications, "Lossless technique"); ``decode`` reads it back.
    """
    name = canonical(charset)
    if name == "marc-8":
        return ansel.encode_marc8(text)
    if name == "iso5426":
        return iso5426.encode_iso5426(text, references=errors == "ncr")
    codec = _WRITE.get(name, name)
    try:
        return text.encode(codec)
    except UnicodeEncodeError as error:
        if errors == "ncr":
            return b"".join([_encode_one(character, codec) for character in text])
        lost = "".join(c for c in dict.fromkeys(text) if _encode_one(c, codec)[:1] == b"&" != c.encode("utf-8"))
        raise DataError(f"The character set {name} has no {lost!r}; write utf-8 or gb18030") from error


def _encode_one(character: str, codec: str) -> bytes:
    try:
        return character.encode(codec)
    except UnicodeEncodeError:
        return b"&#x%X;" % ord(character)
