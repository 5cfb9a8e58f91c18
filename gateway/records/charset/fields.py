"""All fields of one record: one character set as a rule, another for a field where the bytes show it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from gateway.records.charset import korean
from gateway.records.charset.ansel import DROPPED_CONTROLS
from gateway.records.charset.codecs import canonical, decode, decode_strict
from gateway.records.charset.detection import CERTAIN, Finding, detect, is_marc8, sure
from gateway.records.marc import Field

_FIELD: Final = "\x1e"
#: Continuation bytes of UTF-8 from which on a valid text is UTF-8 for certain.
_ENOUGH: Final = 10
#: So many fields of a record are looked at one by one; what is damaged in more than that is damaged altogether.
_DETECTED: Final = 64
#: So many short ones are weighed for being UTF-8; others are what the record is.
_WEIGHED: Final = 200
#: The same as :data:`_ENOUGH` where every character takes three bytes, as Chinese does.
_ENOUGH_LONG: Final = 8
#: Fewer say nothing in a record of another set: 页 in GBK, in every extent, is a letter of Abkhaz in UTF-8.
_AT_LEAST: Final = 4
_UTF8: Final = Finding("utf-8", 0.999, "well-formed sequences of UTF-8")
_ASCII: Final = bytes(range(128))
#: The shortest sequence of UTF-8; where none is in a record, no field of it need be looked at.
_SEQUENCE: Final = re.compile(rb"[\xc2-\xf4][\x80-\xbf]")
_NOT_PLAIN: Final = b"\x1b" + DROPPED_CONTROLS


class Decoded(NamedTuple):
    texts: list[str]
    charset: str
    confidence: float
    damage: tuple[str, ...]


def ascii_text(body: bytes) -> str | None:
    """The text when every byte is ASCII and no escape sequence changes what bytes mean; otherwise ``None``."""
    if body.isascii() and b"\x1b" not in body:
        return body.decode("ascii")
    return None


def decode_fields(
    parts: Sequence[bytes], tags: Sequence[str], leader: str, declared: str | None, settled: str = ""
) -> Decoded:
    """Texts of all fields of a record, in order; ``declared`` is what the target is known to send.

    ``settled`` is the charset that was found in the same bytes before; empty: it is to be found.
    """
    body = b"\x1e".join(parts)
    is_utf8 = _Utf8()
    if not settled and b"\x1b" not in body:
        text = decode_strict(body, "utf-8")
        if text is not None and (len(body) - len(text) >= _ENOUGH or leader[9:10] == "a"):
            # So many well-formed sequences, or few and the leader's word, are no accident; most records end here.
            return Decoded(text.split(_FIELD), "utf-8", 1.0, _contradiction("utf-8", declared))
        known = canonical(declared) if declared else ""
        for charset in dict.fromkeys(
            (known, "gbk", "big5") if known in ("gbk", "gb18030", "big5") else ("gbk", "big5")
        ):
            text = decode_strict(body, charset)
            if text is None or not sure(text) or is_utf8.any(body, parts):
                continue
            if charset == known or not korean.possible(text, charset):
                return Decoded(text.split(_FIELD), charset, 0.99, _contradiction(charset, declared))
    finding = (
        Finding(canonical(settled), 1.0, "as before")
        if settled
        else _judged(body, parts, tags, leader, declared, is_utf8)
    )
    charset = finding.charset
    damage = [*_contradiction(charset, declared)]
    if finding.confidence < CERTAIN:
        damage.append(f"charset-uncertain: read as {charset} ({finding.why}), confidence {finding.confidence:.2f}")
    escaped = charset != "marc-8" and b"\x1b" in body
    if charset not in ("marc-8", "iso5426") and not escaped:
        text = decode_strict(body, charset)
        if text is not None and (charset == "utf-8" or not is_utf8.any(body, parts)):
            return Decoded(text.split(_FIELD), charset, finding.confidence, tuple(damage))
    if charset == "marc-8" and len(body.translate(None, _NOT_PLAIN)) == len(body):
        # Nothing goes on from one field to the next: marks end with it, and no set is called in.
        text = decode_strict(body, charset)
        if text is not None and not is_utf8.any(body, parts):
            return Decoded(text.split(_FIELD), charset, finding.confidence, tuple(damage))
    texts: list[str] = []
    others_of: dict[bytes, Finding] = {}  # what fields that the record's set cannot read are in
    for tag, part in zip(tags, parts, strict=True):
        if escaped and is_marc8(part):
            read, bad = decode(part, "marc-8")
            texts.append(read)
            damage.append(f"mixed-charset: field {tag} is in marc-8, the record in {charset}")
            damage.extend(f"{item} ({tag})" for item in bad)
            continue
        strict = decode_strict(part, charset)
        if strict is None or (charset != "utf-8" and is_utf8(part)):
            other = others_of.get(part)
            if other is None and is_utf8(part):
                other = _UTF8
            elif other is None and len(others_of) < _DETECTED:
                other = others_of[part] = detect(part)
            strict = decode_strict(part, other.charset) if other and other.confidence >= CERTAIN else None
            if strict is None or other is None:
                strict, bad = decode(part, charset)
                damage.extend(f"{item} ({tag})" for item in bad)
            else:
                damage.append(f"mixed-charset: field {tag} is in {other.charset}, the record in {charset}")
        texts.append(strict)
    return Decoded(texts, charset, finding.confidence, tuple(damage))


def _judged(
    body: bytes, parts: Sequence[bytes], tags: Sequence[str], leader: str, declared: str | None, is_utf8: _Utf8
) -> Finding:
    """The record's charset by all the evidence that there is."""
    coded = _coded(parts, tags)
    if not is_utf8.any(body, parts):
        return _find(body, parts, declared, leader, coded)
    # Fields that went to UTF-8 alone say nothing of what the others are in.
    others = [part for part in parts if not is_utf8(part)]
    finding = _find(b"\x1e".join(others), others, declared, leader, coded)
    if finding.charset == "ascii" or (finding.charset == "marc-8" and leader[9:10] == "a"):
        return _UTF8
    return finding


def _find(body: bytes, parts: Sequence[bytes], declared: str | None, leader: str, coded: str) -> Finding:
    """The record's charset; fields with escape sequences speak for themselves, the others for the record."""
    if b"\x1b" in body:
        others = b"\x1e".join([part for part in parts if b"\x1b" not in part])
        if not others.isascii():
            finding = detect(others, declared or "marc-8", leader=leader, coded=coded)
            if finding.charset not in ("latin-1", "iso5426") and finding.confidence >= CERTAIN:
                return finding
    return detect(body, declared, leader=leader, coded=coded)


class _Utf8:
    """Tells which fields of one record are UTF-8 for certain, whatever the rest is."""

    __slots__ = ("_weighed",)

    def __init__(self) -> None:
        self._weighed: dict[bytes, bool] = {}

    def any(self, body: bytes, parts: Sequence[bytes]) -> bool:
        return _SEQUENCE.search(body) is not None and any(map(self, parts))

    def __call__(self, part: bytes) -> bool:
        """Legal in GBK, too, but seldom sensible there."""
        if part.isascii():
            return False
        text = decode_strict(part, "utf-8")
        if text is None:
            return False
        followers = len(part) - len(text)
        if followers >= _ENOUGH or (followers >= _ENOUGH_LONG and not any("\x7f" < each < "\u0800" for each in text)):
            return True
        if followers < _AT_LEAST:
            return False
        known = self._weighed.get(part)
        if known is None:
            if len(self._weighed) >= _WEIGHED:
                return False
            finding = detect(part)
            known = self._weighed[part] = finding.charset == "utf-8" and finding.confidence >= CERTAIN
        return known


def _contradiction(charset: str, declared: str | None) -> tuple[str, ...]:
    """A word when the target sends something else than it is known for."""
    if declared is None or charset == "ascii":
        return ()
    known = canonical(declared)
    if known in (charset, "ascii") or {known, charset} == {"gbk", "gb18030"}:
        return ()
    return (f"charset-declared: the target is known to send {known}, but this record is in {charset}",)


def _coded(parts: Sequence[bytes], tags: Sequence[str]) -> str:
    """UNIMARC 100$a/26-33, the character sets that the record claims; empty when there is none."""
    for tag, part in zip(tags, parts, strict=False):
        if tag == "100":
            return part[30:38].decode("latin-1") if part[2:4] == b"\x1fa" else ""
        if tag > "100":
            break
    return ""


def replacement_damage(fields: Sequence[Field]) -> list[str]:
    """What U+FFFD in text that came decoded already (XML, JSON) tells: characters were lost before we had them."""
    return [
        f"undecodable: characters were lost before this record came here ({field.tag})"
        for field in fields
        if "\ufffd" in field.text
    ]
