"""ISBD punctuation at the edges of elements, which separates them and belongs to none (ISBD consolidated ed., A.3)."""

from __future__ import annotations

import re
from typing import Final

from gateway.records.eras import era_years

_SEPARATORS: Final = " \t\r\n/:;=,"
#: Marks around characters that are not sorted (ISO 6630): for machines, never to be shown.
_NOT_SORTED: Final = str.maketrans("", "", "\x98\x9c")
_YEAR: Final = re.compile(r"(?<!\d)(1[0-9]{3}|20[0-9]{2})(?!\d)")
#: Words that keep their full stop at the end of an element.
_ABBREVIATIONS: Final = frozenset(
    [
        "co",
        "inc",
        "ltd",
        "corp",
        "bros",
        "dept",
        "univ",
        "pr",
        "pub",
        "publ",
        "jr",
        "sr",
        "dr",
        "st",
        "etc",
        "al",
        "vol",
        "vols",
        "ed",
        "eds",
        "rev",
        "no",
        "nos",
        "pt",
        "ser",
        "cm",
        "fl",
        "ca",
        "cent",
        "s.l",
        "s.n",
        "ill",
        "facsims",
        "cie",
        "ass",
        "assoc",
        "soc",
        "inst",
        "bd",
        "hrsg",
        "aufl",
        "t",
        "p",
        "v",
        "c",
        "e",
        "d",
    ]
)


def strip(value: str) -> str:
    """The value without separators around it and without a closing full stop, unless that belongs to a word.

    >>> strip("Hong lou meng /"), strip("Rowling, J. K.,"), strip("A Practice Hall.")
    ('Hong lou meng', 'Rowling, J. K.', 'A Practice Hall')
    """
    if not value.isascii() and ("\x98" in value or "\x9c" in value):
        value = value.translate(_NOT_SORTED)
    value = value.strip(_SEPARATORS)
    if value[-1:] == "." and value[-3:] != "...":
        word = value[:-1].rpartition(" ")[2].rpartition("-")[2].lstrip("([")
        if len(word) > 1 and word.lower() not in _ABBREVIATIONS and not (len(word) == 3 and word[1] == "."):
            return value[:-1].rstrip(_SEPARATORS)
    return value


def parallel(value: str) -> str:
    """A parallel title without the equals sign that some systems keep in the data ("= Real world …")."""
    return value.strip().lstrip("=＝").strip()


def unbracket(value: str) -> str:
    """Without the square brackets of supplied data: ``[北京]`` is the place 北京."""
    opened, closed = value[:1] in "[［", value[-1:] in "]］"
    if opened and closed and not any(bracket in value[1:-1] for bracket in "[]［］"):
        return value[1:-1].strip()
    # A bracket whose partner is in another subfield, not one of [u.a.] behind the words.
    if opened and not any(bracket in value for bracket in "]］"):
        return value[1:].strip()
    if closed and not any(bracket in value for bracket in "[［"):
        return value[:-1].strip()
    return value


def years(text: str) -> list[int]:
    """All years that a date as written holds, in its order: ``c1999, [2005印]`` has 1999 and 2005, 民国25年 1936."""
    found = [int(found) for found in _YEAR.findall(text)]
    return found if found or text.isascii() else era_years(text)
