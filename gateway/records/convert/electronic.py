"""Electronic resources in codes: UNIMARC 135$a against MARC 21 007 (category c) and 008/26.

The one was made after the other: their codes are the same, in other places (UNIMARC Manual, 135; MARC 21 Format for
Bibliographic Data, 007 Electronic resource). What else 007 describes is kept whole in 886.
"""

from __future__ import annotations

from typing import Final

from gateway.records.convert.draft import Draft
from gateway.records.marc import Field, MarcRecord

#: Place in 135$a and in 007: designation, colour, dimensions, sound, bit depth, formats, quality, source, compression,
#: reformatting.
_PLACES: Final = ((1, 1), (2, 3), (3, 4), (4, 5), (5, 6), (6, 7), (7, 8), (8, 9), (9, 10), (10, 11), (11, 12), (12, 13))
_LENGTH: Final = 13
_CATEGORY: Final = "c"
_BLANK: Final = frozenset(" |^#")


def to_marc21(marc: MarcRecord, draft: Draft) -> str:
    """A 007 for each 135; the code of 008/26, blank when the record has no 135."""
    kinds = []
    for field in marc.fields("135"):
        coded = field.get("a").replace("^", " ").replace("#", " ").ljust(_LENGTH)
        data = list(_CATEGORY + " " * _LENGTH)
        for here, there in _PLACES:
            data[there] = coded[here]
        if coded[1:].strip():
            draft.fields.append(Field.control("007", "".join(data).rstrip()))
        kinds.append(coded[0])
        draft.lose(field, [code for code, _ in field.subfields if code != "a"])
    return kinds[0] if kinds and kinds[0] not in _BLANK else " "


def to_unimarc(marc: MarcRecord, draft: Draft) -> None:
    """A 135 for each 007 of electronic resources, or for 008/26 alone; any other 007 into 886."""
    kind = marc.control("008")[26:27] if marc.leader[6:7] == "m" else ""
    kind = "" if kind in _BLANK else kind
    made = False
    for field in marc.fields("007"):
        data = field.data
        if data[:1] != _CATEGORY:
            draft.keep(field)
            continue
        coded = list((kind or "u").ljust(_LENGTH))
        for there, here in _PLACES:
            coded[there] = data[here : here + 1] or " "
        draft.add("135", "  ", [("a", "".join(coded).rstrip())])
        made = True
    if kind and not made:
        draft.add("135", "  ", [("a", kind)])
