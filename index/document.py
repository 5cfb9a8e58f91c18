"""A union record as the terms and numbers that engines index."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from gateway.core.record import Contributor, Record, Title, UnionRecord
from gateway.records import facets, keys, text, trees
from index import analysis, fields
from index.pinyin import spellings

#: Only the beginning of very long text (abstracts, contents) is indexed; records of more than this are damaged or
#: abusive.
MAX_TEXT = 20_000
_SORT_LENGTH = 120
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
    titles = _distinct(title for source in (record, *union.members) for title in source.titles)
    people = _distinct(person for source in (record, *union.members) for person in source.contributors)
    everything: list[str] = []
    everything_units: list[str] = []
    for name, values in (
        ("title", [_title_text(title) for title in titles]),
        ("author", [*(person.name for person in people), record.responsibility]),
        ("subject", [subject.text for subject in record.subjects]),
        ("publisher", [publication.publisher for publication in record.publications]),
        ("series", [series.title for series in record.series]),
        ("note", [*record.notes, record.summary, record.contents]),
    ):
        tokens, units = _analysed(values)
        out.running[name] = tokens
        out.running[fields.units(name)] = units
        everything += tokens
        everything_units += [*units, "\x1f"]
    codes = _codes(union)
    for name, values in codes.items():
        if name not in ("id", "availability"):
            everything += values
    out.running["any"] = everything
    out.running["any_units"] = everything_units
    out.terms = {
        **codes,
        "title_key": _keys(value for title in titles for value in _title_forms(title)),
        "author_key": _keys(person.name for person in people),
        "subject_key": _keys(value for subject in record.subjects for value in (subject.text, *subject.parts)),
        "publisher_key": _keys(publication.publisher for publication in record.publications),
        "series_key": _keys(series.title for series in record.series),
    }
    out.headings = _headings(union, titles, people, codes)
    _pinyin(out, "title", ((title.text, title.pinyin, False) for title in titles))
    _pinyin(out, "author", ((person.name, person.pinyin, person.kind == "person") for person in people))
    for name, found in (*facets.facet_values(union).items(), *trees.further_values(union).items()):
        out.terms[fields.facet(name)] = list(dict.fromkeys(found))
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


def _distinct(values: Iterable[Title] | Iterable[Contributor]) -> list:  # type: ignore[type-arg]
    return list(dict.fromkeys(values))


def _title_text(title: Title) -> str:
    return " ".join(part for part in (title.text, *title.other, title.part_number, title.part_name) if part)


def _title_forms(title: Title) -> Iterator[str]:
    """What a reader may type as the whole title."""
    yield title.text
    yield title.full()
    yield _title_text(title)


def _keys(values: Iterable[str]) -> list[str]:
    return [key for key in dict.fromkeys(map(analysis.key, values)) if key]


def _codes(union: UnionRecord) -> dict[str, list[str]]:
    record = union.record
    identifiers = [identifier for source in (record, *union.members) for identifier in source.identifiers]
    holdings = union.holdings
    out: dict[str, Iterable[str]] = {
        "id": [union.id, *(member.id for member in union.members), *(keys.uid(member.id) for member in union.members)],
        "isbn": (analysis.code(value) for i in identifiers if i.scheme == "isbn" for value in (i.value, i.raw)),
        "issn": (analysis.code(i.value) for i in identifiers if i.scheme == "issn"),
        "identifier": (analysis.code(value) for i in identifiers for value in (i.value, i.raw)),
        "class": (step for item in record.classes for step in analysis.class_path(item.value)),
        "callnumber": (analysis.code(holding.call_number) for holding in holdings),
        "barcode": (analysis.code(holding.barcode) for holding in holdings),
        "language": (analysis.code(code) for code in record.languages),
        "form": [analysis.code(record.form)],
        "audience": [analysis.code(record.audience)],
        "availability": dict.fromkeys(analysis.code(holding.status) for holding in holdings),
        "library": (analysis.code(name) for h in holdings for name in (h.source, h.library) if name),
    }
    codes = {name: [value for value in dict.fromkeys(values) if value] for name, values in out.items()}
    codes["library"] = list(dict.fromkeys([*map(analysis.code, union.sources), *codes["library"]]))
    return codes


def _headings(
    union: UnionRecord, titles: Iterable[Title], people: Iterable[Contributor], codes: Mapping[str, list[str]]
) -> dict[str, dict[str, str]]:
    record = union.record
    written: dict[str, Iterable[str]] = {
        "title": (value for title in titles for value in _title_forms(title)),
        "author": (person.name for person in people),
        "subject": (value for subject in record.subjects for value in (subject.text, *subject.parts)),
        "publisher": (publication.publisher for publication in record.publications),
        "series": (series.title for series in record.series),
    }
    out: dict[str, dict[str, str]] = {name: dict.fromkeys(codes[name], "") for name in fields.BROWSABLE_CODES}
    for name, values in written.items():
        headings: dict[str, str] = {}
        for value in dict.fromkeys(values):
            if folded := text.fold(value)[: analysis.MAX_TERM]:
                headings.setdefault(folded, value.strip()[: analysis.MAX_TERM])
        out[name] = headings
    for holding in union.holdings:
        if (term := analysis.code(holding.call_number)) in out["callnumber"]:
            out["callnumber"][term] = holding.call_number[: analysis.MAX_TERM]
    return out


def _pinyin(out: Document, name: str, values: Iterable[tuple[str, str, bool]]) -> None:
    """``values`` are (text, reading given by the cataloguer, whether it is a person's name).

    Both readings count: the cataloguer knows names better than any table, but may have mistyped.
    """
    units: list[str] = []
    readings: list[str] = []
    initials: list[str] = []
    for value, given, is_name in dict.fromkeys(values):
        if not text.has_han(value):
            continue
        full, first = text.pinyin(value, name=is_name)
        for reading in dict.fromkeys((full, text.fold(given) if given else full)):
            units += [*_syllables(reading), "\x1f"]
            readings.append(analysis.key_of_folded(reading))
        initials.append(analysis.key_of_folded(first))
    out.running[fields.pinyin(name)] = units
    out.terms[fields.pinyin_key(name)] = [reading for reading in dict.fromkeys(readings) if reading]
    out.terms[fields.initials(name)] = [letters for letters in dict.fromkeys(initials) if letters]


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
    for field_name, value in (("sort_title", record.title.full()), ("sort_author", name)):
        key = text.sort_key(value)[:_SORT_LENGTH] if value else ""
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
