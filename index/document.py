"""A union record as the terms and numbers that engines index."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from gateway.core.record import Contributor, Record, Title, TitleKind, UnionRecord
from gateway.records import sorting, text, works
from index import analysis, fields
from index.gathering import RUNNING, Gathered, gather
from index.pinyin import spellings

#: Only the beginning of very long text (abstracts, contents) is indexed; records of more than this are damaged or
#: abusive.
MAX_TEXT = 20_000
_SORT_LENGTH = 120
#: Sorts behind all that is written.
_LAST = chr(0x10FFFD)
_CACHED_LENGTH = 60
#: Codes that are no words of ``any``.
_APART = frozenset(("id", "availability"))
_UNITS = tuple(map(fields.units, RUNNING))


@dataclass(slots=True)
class Document:
    """What one union record is found by.

    ``running`` holds ready tokens between single spaces; ``terms`` holds values that are one term each.
    """

    running: dict[str, str] = field(default_factory=dict)
    terms: dict[str, list[str]] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    #: What browse lists show: by access point of :data:`index.fields.BROWSABLE` the folded terms, each with the text as
    #: a cataloguer wrote it ("" for codes). Asking for exactly the term finds the record.
    headings: dict[str, dict[str, str]] = field(default_factory=dict)
    sort_text: dict[str, str] = field(default_factory=dict)


def document(union: UnionRecord, added: float) -> Document:
    """``added`` is the Unix time at which the first member came."""
    return made(gather(union, added))


def made(found: Gathered) -> Document:
    """The document of what was gathered; needs nothing else, so that it may be made anywhere."""
    codes = _codes(found)
    headings = {name: dict.fromkeys(codes[name], "") for name in fields.BROWSABLE_CODES}
    _written(headings["callnumber"], found.codes["callnumber"])
    out = Document(_running(found, codes), codes, headings=headings)
    for name, values in zip(fields.KEYED, found.whole, strict=True):
        out.terms[fields.key(name)], out.headings[name] = _whole_values(values)
    _pinyin(out, "title", [(value, given, False) for value, given in found.titles])
    _pinyin(out, "author", found.people)
    for name, counted in found.facets.items():
        out.terms[fields.facet(name)] = list(dict.fromkeys(counted))
    out.terms[works.INDEX] = _works(found)
    _order(out, found)
    return out


def _running(found: Gathered, codes: dict[str, list[str]]) -> dict[str, str]:
    out: dict[str, str] = {}
    everything: list[str] = []
    everything_units: list[str] = []
    for name, name_of_units, values in zip(RUNNING, _UNITS, found.running, strict=True):
        tokens, units = _analysed(values)
        out[name] = tokens
        out[name_of_units] = units
        if units:
            everything.append(tokens)
            everything_units.append(units)
    for name, values in codes.items():
        if values and name not in _APART:
            everything += values
    out["any"] = " ".join(filter(None, everything))
    out["any_units"] = " ".join(everything_units)
    return out


def _analysed(values: Sequence[str]) -> tuple[str, str]:
    """Tokens and units of several values, each value once."""
    if len(values) > 1:
        values = list(dict.fromkeys(values))
    found = [
        _cached(value) if len(value) <= _CACHED_LENGTH else _analyse(value[:MAX_TEXT]) for value in values if value
    ]
    if len(found) == 1:
        return found[0]
    return " ".join([tokens for tokens, _ in found if tokens]), " ".join([units for _, units in found])


def _analyse(value: str) -> tuple[str, str]:
    folded = text.fold(value)
    # The last unit keeps phrases from reaching from one value into the next.
    return " ".join(text.tokens(folded)), " ".join([*analysis.units_of_folded(folded), "\x1f"])


#: Names, subjects, publishers and series come again and again.
_cached = lru_cache(maxsize=20_000)(_analyse)


def _whole_values(values: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Whole values as single terms, and as headings."""
    terms: dict[str, None] = {}
    headings: dict[str, str] = {}
    for value in dict.fromkeys(values):
        key, term, shown = _whole(value)
        if key:
            terms[key] = None
            headings.setdefault(term, shown)
    return list(terms), headings


@lru_cache(maxsize=20_000)
def _whole(value: str) -> tuple[str, str, str]:
    """One value as a key, as a term of a browse list and as that shows it."""
    folded = text.fold(value)
    return analysis.key_of_folded(folded), folded[: analysis.MAX_TERM], value.strip()[: analysis.MAX_TERM]


def _codes(found: Gathered) -> dict[str, list[str]]:
    out = {"id": list(dict.fromkeys(found.names))}
    for name, values in found.codes.items():
        out[name] = analysis.codes(values)
    out["class"] = list(dict.fromkeys(step for value in found.classes for step in analysis.class_path(value)))
    return out


def _written(headings: dict[str, str], values: Iterable[str]) -> None:
    """Codes of a browse list with what was written for each."""
    for value in dict.fromkeys(values):
        if (term := analysis.code(value)) in headings:
            headings[term] = value[: analysis.MAX_TERM]


def _pinyin(out: Document, name: str, values: Iterable[tuple[str, str, bool]]) -> None:
    """``values`` are (text, reading given by the cataloguer, whether it is a person's name).

    Both readings count: the cataloguer knows names better than any table, but may have mistyped.
    """
    units: list[str] = []
    readings: list[str] = []
    initials: list[str] = []
    for value, given, is_name in dict.fromkeys(values):
        if text.has_han(value):
            syllables, found, letters = _read_aloud(value, given, is_name)
            units.append(syllables)
            readings += found
            initials.append(letters)
    out.running[fields.pinyin(name)] = " ".join(units)
    out.terms[fields.pinyin_key(name)] = [reading for reading in dict.fromkeys(readings) if reading]
    out.terms[fields.initials(name)] = [letters for letters in dict.fromkeys(initials) if letters]


@lru_cache(maxsize=8192)
def _read_aloud(value: str, given: str, is_name: bool) -> tuple[str, tuple[str, ...], str]:
    """Syllables, whole readings and initials."""
    full, first = text.pinyin(value, name=is_name)
    readings = dict.fromkeys((full, text.fold(given) if given else full))
    syllables = [syllable for reading in readings for syllable in (*_syllables(reading), "\x1f")]
    return " ".join(syllables), tuple(map(analysis.key_of_folded, readings)), analysis.key_of_folded(first)


def _syllables(reading: str) -> Iterator[str]:
    """Single syllables of a reading, whether the cataloguer joined them into words or not."""
    for word in reading.split():
        ways = spellings(word)
        yield from ways[0] if ways else (word,)


def _works(found: Gathered) -> list[str]:
    if not found.work_titles:
        return []
    record = Record(
        id="",
        source="",
        local_id="",
        form=found.form,
        titles=tuple([Title(value, TitleKind(kind)) for value, kind in found.work_titles]),
        contributors=tuple(
            [Contributor(name, role, kind=kind, primary=primary) for name, role, kind, primary in found.work_people]
        ),
    )
    return list(works.work_keys(record).stored)


def _order(out: Document, found: Gathered) -> None:
    """Values to sort by. The union's id breaks ties, so that every engine and every rebuild gives the same order."""
    tie = int.from_bytes(hashlib.blake2b(found.uid.encode(), digest_size=2).digest(), "big")
    year, year_end = found.year, found.year_end
    numbers = out.numbers
    if year is not None and year_end is not None:
        numbers[fields.YEAR] = year
        numbers[fields.YEAR_END] = year_end
    numbers["sort_year_up"] = (99_999 if year is None else year) << 16 | tie
    numbers["sort_year_down"] = (-99_999 if year is None else year) * (1 << 16) + tie
    numbers["sort_added"] = int(found.added * 1000) << 16 | tie
    numbers["prior"] = prior(found.libraries, year, tie)
    out.sort_text = {
        "sort_title": f"{_sort_key(found.sort_title, 'pinyin')}\x1f{found.uid}",
        "sort_stroke": f"{_sort_key(found.sort_title, 'stroke')}\x1f{found.uid}",
        "sort_author": f"{_sort_key(found.sort_author, 'pinyin')}\x1f{found.uid}",
    }


def _sort_key(written: str, order: sorting.Order) -> str:
    return text.sort_key(written, order)[:_SORT_LENGTH] if written else _LAST


def prior(libraries: int, year: int | None, tie: int = 0) -> int:
    """How welcome a record is before any word was asked, as ``2 ** (40 * p)`` with p from 1 to 1.4.

    Held by many libraries first, then the recent ones; never enough to overtake a better match. Engines multiply the
    score by p (log2 of this number).
    """
    recent = min(max((year or 1900) - 1900, 0), 200) / 200
    p = 1.0 + 0.03 * math.log2(max(libraries, 1)) + 0.02 * recent + 1e-9 * tie
    return round(2 ** (40 * min(p, 1.4)))
