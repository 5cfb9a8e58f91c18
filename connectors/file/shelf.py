"""The records of one file in memory, with what they are found by.

Text is kept as *units*, single Han characters and whole words of other scripts, folded and in order, each between
blanks; ``\\x1f`` stands around every value. So a phrase is a substring, and a whole value is one with its fences.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby

from gateway.core.errors import DataError, FatalTargetError
from gateway.core.record import Flavour, RawRecord, Record
from gateway.records.files import read_file
from gateway.records.normalise import normalise
from gateway.records.text import fold, is_cjk

#: What is searched as running text, besides ``any``, which holds all of it and the codes.
TEXT = ("title", "author", "subject", "publisher", "series", "note")
#: What is searched as whole codes.
CODES = ("isbn", "issn", "identifier", "class", "callnumber", "barcode", "language", "form", "audience", "id")

FENCE = "\x1f"
MAX_RECORDS = 200_000
MAX_BYTES = 512 * 1024 * 1024
_MAX_TEXT = 20_000  #: characters of one value that are searched


def units(value: str) -> list[str]:
    """Folded text as words and single characters of scripts that have no spaces."""
    found: list[str] = []
    for word in fold(value[:_MAX_TEXT]).split():
        if word.isascii():
            found.append(word)
            continue
        for alone, group in groupby(word, is_cjk):
            letters = list(group)
            found += letters if alone else ["".join(letters)]
    return found


def code(index: str, value: str) -> str:
    """A code as it is compared: ISBNs as 13 digits, everything else folded without blanks."""
    plain = fold(value).replace(" ", "")
    if index != "isbn":
        return plain
    plain = re.sub(r"\W", "", plain)
    if re.fullmatch(r"\d{9}[\dx]", plain):  # ISO 2108, annex C: the check digit of thirteen weighs 1 and 3
        body = f"978{plain[:9]}"
        return body + str(-sum(int(digit) * (1, 3)[at % 2] for at, digit in enumerate(body)) % 10)
    return plain


@dataclass(slots=True)
class Field:
    """One access point of running text: per record its units, and which records hold a unit."""

    texts: list[str] = field(default_factory=list)
    postings: dict[str, list[int]] = field(default_factory=dict)

    def add(self, number: int, values: Iterable[list[str]]) -> None:
        parts = [" ".join(value) for value in values if value]
        text = f"{FENCE} {f' {FENCE} '.join(parts)} {FENCE}" if parts else ""
        self.texts.append(text)
        for unit in set(text.split()):
            self.postings.setdefault(unit, []).append(number)


@dataclass(slots=True)
class Shelf:
    """All records of a file. Positions in the lists are record numbers, from 0."""

    raws: list[RawRecord] = field(default_factory=list)
    faults: list[DataError] = field(default_factory=list)
    text: dict[str, Field] = field(default_factory=lambda: {name: Field() for name in ("any", *TEXT)})
    codes: dict[str, dict[str, list[int]]] = field(default_factory=lambda: {name: {} for name in CODES})
    years: list[tuple[int, int] | None] = field(default_factory=list)

    @classmethod
    def load(cls, path: str, source: str, charset: str | None, flavour: Flavour | None) -> Shelf:
        """Read a whole file; raises ``FatalTargetError`` when it is too large to be searched in memory."""
        shelf = cls()
        size = 0
        for item in read_file(path, source, charset, flavour):
            if isinstance(item, DataError):
                shelf.faults.append(item)
                continue
            size += len(item.payload)
            if len(shelf.raws) == MAX_RECORDS or size > MAX_BYTES:
                raise FatalTargetError(
                    f"{path} is too large to be searched as a file (at most {MAX_RECORDS} records and "
                    f"{MAX_BYTES >> 20} MiB); run 'wenyuan import' and search the index"
                )
            try:
                shelf._add(item, normalise(item))
            except DataError as error:
                shelf.faults.append(error)
        return shelf

    def _add(self, raw: RawRecord, record: Record) -> None:
        number = len(self.raws)
        everything: list[list[str]] = []
        for name, values in _texts(record):
            found = [units(value) for value in values if value]
            everything += found
            self.text[name].add(number, found)
        for name, values in _codes(record):
            for value in {code(name, each) for each in values if each}:
                self.codes[name].setdefault(value, []).append(number)
            if name not in ("language", "form", "audience", "id"):
                everything += [units(value) for value in values]
        self.text["any"].add(number, everything)
        self.years.append((record.year, record.year_end or record.year) if record.year is not None else None)
        self.raws.append(raw)


def _texts(record: Record) -> Iterator[tuple[str, list[str]]]:
    yield "title", [" ".join((title.full(), *title.other)) for title in record.titles]
    yield "author", [*(each.name for each in record.contributors), record.responsibility]
    yield "subject", [each.text for each in record.subjects]
    yield "publisher", [text for each in record.publications for text in (each.publisher, each.place)]
    yield "series", [each.title for each in record.series]
    yield "note", [*record.notes, record.summary, record.contents]


def _codes(record: Record) -> Iterator[tuple[str, list[str]]]:
    numbers = record.identifiers
    for scheme in ("isbn", "issn"):
        yield scheme, [text for each in numbers if each.scheme == scheme for text in {each.value, each.raw}]
    yield "identifier", [each.value for each in numbers]
    yield "class", [each.value for each in record.classes]
    yield "callnumber", [each.call_number for each in record.holdings]
    yield "barcode", [each.barcode for each in record.holdings]
    yield "language", list(record.languages)
    yield "form", [record.form]
    yield "audience", [record.audience]
    yield "id", [record.local_id, record.id]
