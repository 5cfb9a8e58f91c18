"""The fields of the search index, the same in every engine.

A text access point ``x`` is indexed twice: ``x`` holds the tokens of ``gateway.records.text.tokens`` (words,
characters, bigrams; for matching and scoring), ``x_units`` holds single words and single Han characters in their order
(for phrases and truncation). ``x_key`` holds the whole value as one term (for equality and for the known item).
"""

from __future__ import annotations

#: Access points of running text.
TEXT: tuple[str, ...] = ("any", "title", "author", "subject", "publisher", "series", "note")

#: Text access points whose whole values are kept as keys too.
KEYED: tuple[str, ...] = ("title", "author", "subject", "publisher", "series")

#: Access points whose values are single terms. ``class`` holds every beginning of a class number, so that asking for a
#: class finds what lies under it; ``work`` the keys of ``gateway.records.works``, which nobody types.
CODES: tuple[str, ...] = (
    "id", "isbn", "issn", "identifier", "class", "callnumber", "barcode", "language", "form", "audience",
    "availability", "library", "work",
)  # fmt: skip

#: Access points that can also be asked in pinyin: ``x_pinyin`` holds the syllables of Han values in order,
#: ``x_pinyin_key`` each whole reading as one term, ``x_initials`` the first letters of each whole reading.
READABLE: tuple[str, ...] = ("title", "author")

#: Access points whose terms can be browsed in order, with counts. What nobody browses (barcodes) costs too much room,
#: and libraries are counted by the facet.
BROWSABLE_CODES: tuple[str, ...] = ("isbn", "issn", "class", "callnumber", "language", "form")
BROWSABLE: frozenset[str] = frozenset((*KEYED, *BROWSABLE_CODES))

#: Numbers: the first and the last year of publication.
YEAR = "year"
YEAR_END = "year_end"


def units(field: str) -> str:
    return f"{field}_units"


def key(field: str) -> str:
    return f"{field}_key"


def pinyin(field: str) -> str:
    return f"{field}_pinyin"


def pinyin_key(field: str) -> str:
    return f"{field}_pinyin_key"


def initials(field: str) -> str:
    return f"{field}_initials"


def facet(name: str) -> str:
    return f"facet_{name}"
