"""A union record as the terms and numbers that engines index."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from gateway.core.record import Contributor, Record, Title, UnionRecord
from gateway.records import facets, keys, sorting, text, trees, works
from index import analysis, fields
from index.pinyin import spellings

#: Only the beginning of very long text (abstracts, contents) is indexed; records of more than this are damaged or
#: abusive.
MAX_TEXT = 20_000
_SORT_LENGTH = 120
#: Fields to sort by, what they hold and in which order of ``text.sort_key``.
_SORTED: tuple[tuple[str, str, sorting.Order], ...] = (
    ("sort_title", "title", "pinyin"),
    ("sort_stroke", "title", "stroke"),
    ("sort_author", "author", "pinyin"),
)
_CACHED_LENGTH = 60


@dataclass(slots=True)
class Document:
    """What one union record is found by.

    ``running`` holds ready tokens to be split at spaces only; ``terms`` holds values that are one term each.
    """

    running: dict[str, list[str]] = field(default_factory=dict)
    terms: dict[str, list[str]] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    #: What browse lists show: by access point of :data:`index.fields.BROWSABLE` the folded terms, each with the text as
    #: a cataloguer wrote it ("" for codes). Asking for exactly the term finds the record.
    headings: dict[str, dict[str, str]] = field(default_factory=dict)
    sort_text: dict[str, str] = field(default_factory=dict)


def document(union: UnionRecord, added: float) -> Document:
    """``added`` is the Unix time at which the first member came."""
    out = Document()
    record = union.record
    titles: list[Title] = _distinct("titles", union)
    people: list[Contributor] = _distinct("contributors", union)
    codes = _codes(union)
    everything: list[str] = []
    everything_units: list[str] = []
    for name, values in (
        ("title", [_title_text(title) for title in titles]),
        ("author", [*[person.name for person in people], record.responsibility]),
        ("subject", [subject.text for subject in record.subjects]),
        ("publisher", [publication.publisher for publication in record.publications]),
        ("series", [series.title for series in record.series]),
        ("note", [*record.notes, record.summary, record.contents]),
    ):
        tokens, units = _analysed(values)
        out.running[name] = tokens
        out.running[fields.units(name)] = units
        everything += tokens
        everything_units += units
        everything_units.append("\x1f")
    for name, values in codes.items():
        if name not in ("id", "availability"):
            everything += values
    out.running["any"] = everything
    out.running["any_units"] = everything_units
    out.terms = codes.copy()
    out.headings = {name: dict.fromkeys(codes[name], "") for name in fields.BROWSABLE_CODES}
    for name, values in (
        ("title", [form for title in titles for form in _title_forms(title)]),
        ("author", [person.name for person in people]),
        ("subject", [value for subject in record.subjects for value in (subject.text, *subject.parts)]),
        ("publisher", [publication.publisher for publication in record.publications]),
        ("series", [series.title for series in record.series]),
    ):
        out.terms[fields.key(name)], out.headings[name] = _whole_values(values)
    for holding in union.holdings:
        if (term := analysis.code(holding.call_number)) in out.headings["callnumber"]:
            out.headings["callnumber"][term] = holding.call_number[: analysis.MAX_TERM]
    _pinyin(out, "title", [(title.text, title.pinyin, False) for title in titles])
    _pinyin(out, "author", [(person.name, person.pinyin, person.kind == "person") for person in people])
    for name, found in (*facets.facet_values(union).items(), *trees.further_values(union).items()):
        out.terms[fields.facet(name)] = list(dict.fromkeys(found))
    out.terms[works.INDEX] = list(works.work_keys(record).stored)
    _order(out, union, added)
    return out


def _analysed(values: Iterable[str]) -> tuple[list[str], list[str]]:
    tokens: list[str] = []
    units: list[str] = []
    for value in dict.fromkeys(values):
        if not value:
            continue
        found, parts = _cached(value) if len(value) <= _CACHED_LENGTH else _analyse(value[:MAX_TEXT])
        tokens += found
        units += parts
    return tokens, units


def _analyse(value: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    folded = text.fold(value)
    # The last unit keeps phrases from reaching from one value into the next.
    return tuple(text.tokens(folded)), (*analysis.units_of_folded(folded), "\x1f")


#: Names, subjects, publishers and series come again and again.
_cached = lru_cache(maxsize=20_000)(_analyse)


def _distinct(name: str, union: UnionRecord) -> list[Any]:
    """The values of the merged record, then what its members have beside them; most have the very same."""
    merged: tuple[Any, ...] = getattr(union.record, name)
    others = [values for member in union.members if (values := getattr(member, name)) is not merged]
    others = [values for values in others if values != merged]
    if not others and len(merged) < 2:
        return list(merged)
    return list(dict.fromkeys([*merged, *[value for values in others for value in values]]))


def _title_text(title: Title) -> str:
    return " ".join([part for part in (title.text, *title.other, title.part_number, title.part_name) if part])


def _title_forms(title: Title) -> tuple[str, ...]:
    """What a reader may type as the whole title."""
    if not (title.other or title.part_number or title.part_name):
        return (title.text,)
    return title.text, title.full(), _title_text(title)


def _whole_values(values: Iterable[str]) -> tuple[list[str], dict[str, str]]:
    """Whole values as single terms, and as headings."""
    terms: dict[str, None] = {}
    headings: dict[str, str] = {}
    for value in dict.fromkeys(values):
        if folded := text.fold(value):
            terms[analysis.key_of_folded(folded)] = None
            headings.setdefault(folded[: analysis.MAX_TERM], value.strip()[: analysis.MAX_TERM])
    return list(terms), headings


def _codes(union: UnionRecord) -> dict[str, list[str]]:
    record, holdings, code = union.record, union.holdings, analysis.code
    names = [member.id for member in union.members]
    isbns: list[str] = []
    issns: list[str] = []
    identifiers: list[str] = []
    for identifier in _distinct("identifiers", union):
        both = code(identifier.value), code(identifier.raw)
        identifiers += both
        if identifier.scheme == "isbn":
            isbns += both
        elif identifier.scheme == "issn":
            issns.append(both[0])
    out: dict[str, Iterable[str]] = {
        "id": [union.id, *names, *map(keys.uid, names)],
        "isbn": isbns,
        "issn": issns,
        "identifier": identifiers,
        "class": [step for item in record.classes for step in analysis.class_path(item.value)],
        "callnumber": [code(value) for value in {holding.call_number: None for holding in holdings}],
        "barcode": [code(holding.barcode) for holding in holdings],
        "language": map(code, record.languages),
        "form": [code(record.form)],
        "audience": [code(record.audience)],
        "availability": [code(value) for value in {holding.status: None for holding in holdings}],
        "library": [
            *map(code, union.sources),
            *[code(name) for name in dict.fromkeys(name for h in holdings for name in (h.source, h.library))],
        ],
    }
    return {name: [value for value in dict.fromkeys(values) if value] for name, values in out.items()}


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
            units += syllables
            readings += found
            initials.append(letters)
    out.running[fields.pinyin(name)] = units
    out.terms[fields.pinyin_key(name)] = [reading for reading in dict.fromkeys(readings) if reading]
    out.terms[fields.initials(name)] = [letters for letters in dict.fromkeys(initials) if letters]


@lru_cache(maxsize=8192)
def _read_aloud(value: str, given: str, is_name: bool) -> tuple[tuple[str, ...], tuple[str, ...], str]:
    """Syllables, whole readings and initials."""
    full, first = text.pinyin(value, name=is_name)
    readings = dict.fromkeys((full, text.fold(given) if given else full))
    syllables = [syllable for reading in readings for syllable in (*_syllables(reading), "\x1f")]
    return tuple(syllables), tuple(map(analysis.key_of_folded, readings)), analysis.key_of_folded(first)


def _syllables(reading: str) -> Iterator[str]:
    """Single syllables of a reading, whether the cataloguer joined them into words or not."""
    for word in reading.split():
        ways = spellings(word)
        yield from ways[0] if ways else (word,)


def _order(out: Document, union: UnionRecord, added: float) -> None:
    """Values to sort by. The union's id breaks ties, so that every engine and every rebuild gives the same order."""
    record: Record = union.record
    tie = int.from_bytes(hashlib.blake2b(union.id.encode(), digest_size=2).digest(), "big")
    year = record.year
    if year is not None:
        out.numbers[fields.YEAR] = year
        out.numbers[fields.YEAR_END] = max(year, record.year_end or year)
    out.numbers["sort_year_up"] = (99_999 if year is None else year) << 16 | tie
    out.numbers["sort_year_down"] = (-99_999 if year is None else year) * (1 << 16) + tie
    out.numbers["sort_added"] = int(added * 1000) << 16 | tie
    name = next((person.name for person in record.contributors if person.primary), record.responsibility)
    title = record.title.full()
    for field_name, value, order in _SORTED:
        written = title if value == "title" else name
        key = text.sort_key(written, order)[:_SORT_LENGTH] if written else ""
        out.sort_text[field_name] = f"{key or chr(0x10FFFD)}\x1f{union.id}"
    out.numbers["prior"] = prior(len(union.sources), year, tie)


def prior(libraries: int, year: int | None, tie: int = 0) -> int:
    """How welcome a record is before any word was asked, as ``2 ** (40 * p)`` with p from 1 to 1.4.

    Held by many libraries first, then the recent ones; never enough to overtake a better match. Engines multiply the
    score by p (log2 of this number).
    """
    recent = min(max((year or 1900) - 1900, 0), 200) / 200
    p = 1.0 + 0.03 * math.log2(max(libraries, 1)) + 0.02 * recent + 1e-9 * tie
    return round(2 ** (40 * min(p, 1.4)))
