"""Where a query's words stand in text as the cataloguer wrote it.

Folding works character by character, so each unit of the folded text (a word, or one character of a script without
spaces) is known by its place in the original: what was asked in simplified characters is found in traditional ones, in
another width or case, and what was asked in pinyin or its initials in the Han characters that read so.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from gateway.core.query import Clause, Query, Relation, Truncation
from gateway.core.record import Record
from gateway.records import text

#: Longer values are looked at so far only.
MAX_VALUE = 4_000
_MAX_CLAUSES = 40
_MAX_UNITS = 200
_FIELDS = frozenset({"any", "title", "author", "subject", "publisher", "series", "note"})
#: Letters and marks that fold to nothing without ending a word.
_VANISHING = frozenset({"Mn", "Cf", "Lm", "Sk"})

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Unit:
    folded: str
    start: int
    end: int


class Highlighter:
    """The words of one query; made once for a page of records."""

    def __init__(self, query: Query) -> None:
        self._wanted: list[tuple[str, _Wanted]] = []
        latin: dict[str, list[str]] = {}
        for number, clause in enumerate(query.positive_clauses()):
            if number >= _MAX_CLAUSES:
                break
            if clause.index not in _FIELDS:
                continue
            wanted = _Wanted(clause)
            self._wanted.append((clause.index, wanted))
            latin.setdefault(clause.index, []).extend(wanted.latin)
        self._readings = {index: words for index, words in latin.items() if words}

    def spans(self, field: str, value: str, *, name: bool = False) -> tuple[Span, ...]:
        """The places (in code points, end excluded) of ``value`` that match what was asked of ``field``, in order,
        without overlap. ``name``: the value is a person's name."""
        readings = [word for index, word in self._readings.items() if index in ("any", field)]
        asked = [wanted for index, wanted in self._wanted if index in ("any", field)]
        if not readings:  # most values of a record have nothing of what was asked, which the folded text tells at once
            folded = text.fold(value[:MAX_VALUE])
            asked = [wanted for wanted in asked if wanted.may_be_in(folded)]
        if not asked:
            return ()
        units = _units(value[:MAX_VALUE])
        if not units:
            return ()
        marked: set[int] = set()
        for wanted in asked:
            marked |= wanted.places(units)
        if readings and any(text.has_han(unit.folded) for unit in units):
            syllables = _syllables(value[:MAX_VALUE], units, name)
            for words in readings:
                marked |= _read_places(words, units, syllables)
        return _joined(value, units, sorted(marked))


class _Wanted:
    """One clause's words."""

    def __init__(self, clause: Clause) -> None:
        masks = clause.truncation is Truncation.MASK
        folded = text.fold(clause.term.replace("*", " ").replace("?", " ") if masks else clause.term)
        self._units = text.units(folded)[:_MAX_UNITS]
        self._phrase = clause.relation in (Relation.PHRASE, Relation.EXACT)
        self._truncation = clause.truncation
        self.latin = [] if clause.truncation is not Truncation.NONE else [u for u in self._units if u.isascii()]
        self._words = {unit for unit in self._units if not text.is_cjk(unit[0])}
        self._pairs: set[tuple[str, str]] = set()
        self._single: set[str] = set()
        run: list[str] = []
        for unit in [*self._units, ""]:
            if unit and text.is_cjk(unit[0]):
                run.append(unit)
                continue
            self._pairs |= set(pairwise(run))
            self._single |= set(run) if len(run) == 1 else set()
            run = []

    def may_be_in(self, folded: str) -> bool:
        """False when no unit of the folded text can be a place; only characters that are whole units are looked for."""
        if self._words:
            return True
        return any(one in folded for one in self._single) or any(a in folded and b in folded for a, b in self._pairs)

    def places(self, units: Sequence[_Unit]) -> set[int]:
        if self._phrase and len(self._units) > 1:
            size, asked = len(self._units), self._units
            at = [n for n in range(len(units) - size + 1) if all(units[n + k].folded == asked[k] for k in range(size))]
            return {n + k for n in at for k in range(size)}
        out = {n for n, unit in enumerate(units) if unit.folded in self._single or self._is_word(unit.folded)}
        for n, (one, other) in enumerate(pairwise(units)):
            if (one.folded, other.folded) in self._pairs:
                out |= {n, n + 1}
        return out

    def _is_word(self, unit: str) -> bool:
        if self._truncation is Truncation.NONE:
            return unit in self._words
        if text.is_cjk(unit[0]):
            return False
        if self._truncation is Truncation.RIGHT:
            return any(unit.startswith(word) for word in self._words)
        if self._truncation is Truncation.LEFT:
            return any(unit.endswith(word) for word in self._words)
        return any(word in unit for word in self._words)


def _units(value: str) -> list[_Unit]:
    """The words and characters of a value with their places, as ``text.units`` cuts the folded value."""
    out: list[_Unit] = []
    word, start, end = "", 0, 0
    for at, letter in enumerate(value):
        folded = text.fold(letter)
        if not folded and (unicodedata.category(letter) in _VANISHING or letter in "+#") and word:
            word += letter if letter in "+#" else ""
            end = at + 1
            continue
        if folded and not text.is_cjk(folded[0]):
            start = start if word else at
            word, end = word + folded.replace(" ", ""), at + 1
            continue
        if word:
            out.append(_Unit(word, start, end))
            word = ""
        if folded:
            out += [_Unit(one, at, at + 1) for one in folded if one != " "]
    if word:
        out.append(_Unit(word, start, end))
    return out


def _syllables(value: str, units: Sequence[_Unit], name: bool) -> list[str]:
    """The reading of each unit; read one by one where the whole is not cut alike."""
    whole = text.pinyin(value, name=name)[0].split()
    if len(whole) == len(units):
        return whole
    return [text.pinyin(unit.folded)[0].replace(" ", "") for unit in units]


def _read_places(words: Sequence[str], units: Sequence[_Unit], syllables: Sequence[str]) -> set[int]:
    """The Han characters that read as the words together, or else as each of them, or whose initials they are."""
    joined = "".join(words)
    if together := _reading(joined, units, syllables):
        return together
    out: set[int] = set()
    for word in words:
        found = _reading(word, units, syllables) if len(words) > 1 else set()
        out |= found or _initials(word, units, syllables)
    return out


def _reading(word: str, units: Sequence[_Unit], syllables: Sequence[str]) -> set[int]:
    out: set[int] = set()
    for first in range(len(units)):
        read, last = "", first
        while len(read) < len(word) and last < len(units) and text.has_han(units[last].folded):
            syllable = syllables[last]
            if read and len(syllable) < 2:  # as in searches: else sea and area would be Chinese
                break
            read += syllable
            last += 1
        if read == word:
            out |= set(range(first, last))
    return out


def _initials(word: str, units: Sequence[_Unit], syllables: Sequence[str]) -> set[int]:
    if len(word) < 2 or "".join(syllable[:1] for syllable in syllables) != word:
        return set()
    return {n for n, unit in enumerate(units) if text.has_han(unit.folded)}


def _joined(value: str, units: Sequence[_Unit], places: Iterable[int]) -> tuple[Span, ...]:
    """Neighbours as one span; only blanks may lie between them."""
    out: list[Span] = []
    for place in places:
        unit = units[place]
        if out and not value[out[-1][1] : unit.start].strip():
            out[-1] = (out[-1][0], unit.end)
        else:
            out.append((unit.start, unit.end))
    return tuple(out)


def highlighted_values(record: Record) -> Iterator[tuple[str, str, bool]]:
    """(access point, text, whether it is a person's name) of all that a match may be shown in."""
    for title in record.titles:
        yield "title", title.full(), False
        yield from (("title", other, False) for other in title.other)
    if record.responsibility:
        yield "author", record.responsibility, False
    yield from (("author", person.name, person.kind == "person") for person in record.contributors)
    yield from (("subject", subject.text, False) for subject in record.subjects)
    yield from (("publisher", publication.publisher, False) for publication in record.publications)
    yield from (("series", series.title, False) for series in record.series)
    yield from (("note", note, False) for note in (*record.notes, record.summary, record.contents))


def segments(value: str, spans: Iterable[Span]) -> tuple[tuple[str, bool], ...]:
    """The value in pieces, each with whether it is marked; joined they are the value."""
    out: list[tuple[str, bool]] = []
    at = 0
    for start, end in spans:
        out += [(value[at:start], False), (value[start:end], True)]
        at = end
    out.append((value[at:], False))
    return tuple((piece, marked) for piece, marked in out if piece)
