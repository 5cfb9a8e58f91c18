"""Mojibake: text that was decoded by the wrong character set before it came here, put right when that is certain.

``绾㈡ゼ`` is 红楼 in UTF-8 read as GBK, ``ºìÂ¥ÃÎ`` is 红楼梦 in GBK read as Latin-1. A value is put right when it goes
back into the bytes that it was made of and these are well-formed in the other set and make sense there; otherwise it
stays as it is and is told. The bytes of the source are never touched: only what is understood from them changes.
"""

from __future__ import annotations

import re
from collections.abc import Container
from typing import Final

from gateway.records.charset.frequency import table
from gateway.records.mapping.statements import has_han
from gateway.records.marc import FIELD, SUBFIELD, MarcRecord


def _gbk(leads: range, trails: range) -> str:
    pairs = (bytes((lead, trail)).decode("gbk", "ignore") for lead in leads for trail in trails)
    return "".join(re.escape(pair) for pair in pairs if len(pair) == 1)


#: In UTF-8 read as GBK, the first two bytes of a Han character are followed by its last and the next one's first.
_READ_AS_GBK: Final = f"[{_gbk(range(0xE4, 0xEA), range(0x80, 0xC0))}][{_gbk(range(0x81, 0xC0), range(0xE4, 0xEA))}]"
_READ_AS_LATIN: Final = (
    "[\x80-\xff\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]{2}"
)
_ASCII: Final = bytes(range(128))
_SUSPECT: Final = re.compile(f"{_READ_AS_GBK}|{_READ_AS_LATIN}")
_TRACES: Final = re.compile(_READ_AS_GBK)
_WAYS: Final = (
    ("gb18030", "utf-8", "UTF-8 read as GBK"),
    ("latin-1", "utf-8", "UTF-8 read as Latin-1"),
    ("cp1252", "utf-8", "UTF-8 read as Windows-1252"),
    ("latin-1", "gbk", "GBK read as Latin-1"),
    ("cp1252", "gbk", "GBK read as Windows-1252"),
)
_HIGH_RUN: Final = re.compile("[\x80-\xff]+")
#: Bits for a character of sensible Chinese, by ``charset.frequency``; readings above it are chance.
_SENSIBLE: Final = 14.0


def mend(value: str, known: Container[str] = ()) -> tuple[str, str] | None:
    """The value as it was meant and what had happened to it; None when it is sound or nothing is certain.

    ``known`` is what happened to other values of the record, for certain: what is too short to tell alone has met it,
    too.
    """
    if value.isascii() or _SUSPECT.search(value) is None:
        return None
    for wrong, right, what in _WAYS:
        try:
            meant = value.encode(wrong).decode(right)
        except UnicodeError:
            continue
        if meant != value and (_certain(value, meant, right) or (what in known and _letters(meant))):
            return meant, what
    return None


def _letters(meant: str) -> bool:
    """Whether nothing but letters is above ASCII, as in words."""
    return all(character.isalpha() for character in meant if character > "\x7f")


def _certain(value: str, meant: str, right: str) -> bool:
    letters = [character for character in meant if character > "\x7f"]
    if any("\x80" <= character < "\xa0" for character in letters):
        return False
    if right == "utf-8":
        long = sum(character > "\u07ff" for character in letters)
        if long:
            return _sense(letters) < _sense([character for character in value if character > "\x7f"]) or long > 3
        # Two-byte sequences: one alone may be meant as it stands.
        return len(letters) > 1 and all(character.isalpha() for character in letters)
    runs = [len(run) for run in _HIGH_RUN.findall(value)]
    return bool(runs) and min(runs) >= 4 and has_han(meant) and _sense(letters) < _SENSIBLE


def _sense(letters: list[str]) -> float:
    """Bits for one character."""
    bits = table()
    return sum(bits[character] for character in letters) / max(1, len(letters))


def suspicious(value: str) -> bool:
    """Whether a value looks like mojibake that cannot be put right: again and again what UTF-8 read as GBK gives."""
    signs = len(_TRACES.findall(value))
    return signs >= 2 and 9 * signs >= len(value)


def mended(marc: MarcRecord) -> MarcRecord:
    """The record with every certain repair made and told in ``damage``; the same record when nothing is wrong."""
    if marc.charset == "ascii":
        return marc
    # Signs are characters side by side beyond ASCII: without the rest there is less to look through.
    beyond = (
        FIELD.join(marc.texts).encode("utf-8", "surrogatepass").translate(None, _ASCII).decode("utf-8", "surrogatepass")
    )
    if not beyond or _SUSPECT.search(beyond) is None:
        return marc
    tags, texts = marc.tag_list, marc.texts
    hits = [at for at, text in enumerate(texts) if not text.isascii() and _SUSPECT.search(text)]
    whole = list(texts)
    damage: list[str] = []
    ways = {found[1] for at in hits for part in texts[at].split(SUBFIELD) if (found := mend(part)) is not None}
    for at in hits:
        parts = whole[at].split(SUBFIELD)
        for place, part in enumerate(parts):
            code, value = (part[:1], part[1:]) if place else ("", part)
            found = mend(value, ways)
            where = f"{tags[at]}${code}" if code else tags[at]
            if found is not None:
                parts[place] = code + found[0]
                damage.append(f"mojibake-repaired: {where} was {found[1]} and has been put right")
            elif suspicious(value):
                damage.append(f"mojibake: {where} looks like UTF-8 read as GBK and cannot be put right for certain")
        whole[at] = SUBFIELD.join(parts)
    if not damage:
        return marc
    said = (*marc.damage, *dict.fromkeys(damage))
    return MarcRecord.from_texts(marc.leader, tags, whole, marc.charset, marc.charset_confidence, said)
