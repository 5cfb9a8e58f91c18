"""Which character set some bytes are in, by evidence; a first, plain version of the scoring."""

from __future__ import annotations

from typing import Final, NamedTuple

from gateway.records.charset.codecs import canonical, decode_strict

#: From here on a finding is acted upon without a word.
CERTAIN: Final = 0.9


class Finding(NamedTuple):
    charset: str
    confidence: float  #: 0 to 1
    why: str  #: the evidence, in words


def detect(data: bytes, declared: str | None = None, *, leader: str = "", coded: str = "") -> Finding:
    """The charset of ``data``; ``declared`` is what the target is known to send, ``coded`` UNIMARC 100$a/26-33."""
    if data.isascii():
        if b"\x1b" in data:
            return Finding("marc-8", 0.98, "escape sequences")
        return Finding("ascii", 1.0, "no byte above 7F")
    if decode_strict(data, "utf-8") is not None:
        return Finding("utf-8", 0.99, "valid UTF-8")
    if b"\x1b" in data:
        return Finding("marc-8", 0.95, "escape sequences")
    if declared is not None and decode_strict(data, canonical(declared)) is not None:
        return Finding(canonical(declared), 0.9, "declared and valid")
    if decode_strict(data, "gb18030") is not None:
        return Finding("gbk", 0.8, "valid GBK")
    if decode_strict(data, "big5") is not None:
        return Finding("big5", 0.7, "valid Big5")
    return Finding("latin-1", 0.1, "nothing else fits")
