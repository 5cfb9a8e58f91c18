"""Access points of a demo library: which subfields of its MARC records each index covers, folded for matching.

This is the library's own index definition, as an integrated library system has one; it owes nothing to the gateway's
normalisation, so that the demo's servers are peers and no mirrors.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from gateway.demo.editions import check_digit
from gateway.records.marc import Field, MarcRecord
from gateway.records.text import fold

_UNIMARC: Final[Mapping[str, Mapping[str, str]]] = {
    "title": {"200": "aehicd9A", "225": "a", "454": "a", "500": "a", "512": "a", "517": "a"},
    "author": {"200": "fg", "700": "ab9A", "701": "ab9A", "702": "ab9A", "710": "a9A", "711": "a9A", "712": "a9A"},
    "subject": {"606": "axyz", "607": "axyz", "610": "a"},
    "publisher": {"210": "c"},
    "series": {"225": "a"},
    "class": {"690": "a"},
    "note": {"330": "a", "300": "a", "326": "a"},
    "id": {"001": ""},
}
_MARC21: Final[Mapping[str, Mapping[str, str]]] = {
    "title": {"245": "abnp", "240": "a", "246": "a", "490": "a"},
    "author": {"245": "c", "100": "a", "110": "a", "700": "a", "710": "a"},
    "subject": {"650": "axyz", "651": "axyz"},
    "publisher": {"264": "b", "260": "b"},
    "series": {"490": "a"},
    "class": {"084": "a", "050": "a"},
    "note": {"520": "a", "310": "a"},
    "id": {"001": ""},
}
#: Indexes whose whole is searched by ``any``.
_ANY: Final = ("title", "author", "subject", "publisher", "class", "note", "isbn", "issn")
_NUMBER: Final = re.compile(r"[0-9][0-9Xx-]*")
_YEAR: Final = re.compile(r"\d{4}")


@dataclass(frozen=True, slots=True)
class Access:
    """One record's access points. Texts are folded, one for each subfield; ``year`` is None when not known."""

    texts: Mapping[str, tuple[str, ...]]
    year: int | None


def access(marc: MarcRecord) -> Access:
    marc21 = marc.first("245") is not None
    found: dict[str, list[str]] = {}
    for index, tags in (_MARC21 if marc21 else _UNIMARC).items():
        found[index] = [fold(text) for field in _with_pairs(marc) for text in _texts(field, tags)]
    found["isbn"] = [number for text in _values(marc, "020" if marc21 else "010") if (number := isbn_key(text))]
    found["issn"] = [fold(text) for text in _values(marc, "022" if marc21 else "011")]
    found["any"] = [text for index in _ANY for text in found[index]]
    field = marc.first("100")
    date = marc.control("008")[7:11] if marc21 else (field.get("a")[9:13] if field else "")
    texts = {index: tuple(filter(None, values)) for index, values in found.items()}
    return Access(texts, int(date) if _YEAR.fullmatch(date) else None)


def isbn_key(text: str) -> str:
    """The number at the start of ``text`` as 13 digits; as its bare characters when it is no ISBN; empty if none."""
    match = _NUMBER.search(text)
    bare = match[0].replace("-", "").upper() if match else ""
    if len(bare) == 10 and bare[:9].isdecimal():
        return f"978{bare[:9]}{check_digit('978' + bare[:9])}"
    return bare


def _with_pairs(marc: MarcRecord) -> Iterator[Field]:
    """All fields; an 880 under the tag that its ``$6`` names (MARC 21, Appendix A)."""
    for field in marc.fields():
        linked = field.get("6")[:3] if field.tag == "880" else ""
        yield Field.parse(linked, field.text) if linked else field


def _texts(field: Field, tags: Mapping[str, str]) -> list[str]:
    codes = tags.get(field.tag)
    if codes is None:
        return []
    return field.all(*codes) if codes else [field.data]


def _values(marc: MarcRecord, tag: str) -> list[str]:
    return [value for field in marc.fields(tag) for value in field.all("a")]
