"""What was probably meant: the query with its slips put right from the records that match it nearly.

Engines need nothing for it but those records: the terms are compared with what stands in their titles, names and
subjects.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from gateway.core.query import Boolean, Clause, Node, Operator, Query, Relation, Truncation
from gateway.core.record import UnionRecord
from gateway.records import text
from index import analysis, fields
from index.forgiving import distance

_LOOKED_AT = 5  # records
_VALUES = 40  # of one record
_LONGEST = 200  # characters of one value
_HOMOPHONE = 0.5


def did_you_mean(query: Query, found: Sequence[UnionRecord]) -> str:
    """The query as it should be typed to find one of the records ``found``, the first ones first; '' for no idea."""
    clauses = list(_clauses(query.root))
    if not clauses or len(clauses) > 16:
        return ""
    for union in found[:_LOOKED_AT]:
        put_right = [_corrected(clause, union) for clause in clauses]
        if all(put_right):
            asked = [text.fold(clause.term) for clause in clauses]
            if [text.fold(term) for term in put_right] != asked:
                return _written(query, clauses, put_right)
    return ""


def _clauses(root: Node) -> Iterator[Clause]:
    """The words of a plain query; nothing when there is more to it than words that must all match."""
    found: list[Clause] = []
    stack = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, Boolean):
            if node.operator is not Operator.AND or len(stack) > 20:
                return
            stack += [node.right, node.left]
        else:
            plain = node.truncation is Truncation.NONE and node.relation is not Relation.ANY
            if node.index not in fields.TEXT or not plain:
                return
            found.append(node)
    yield from found


def _written(query: Query, clauses: Sequence[Clause], terms: Sequence[str]) -> str:
    """In the words of what was typed, field names and all, when each term stands there as it is."""
    written = query.text
    if any(written.count(clause.term) != 1 for clause in clauses):
        return " ".join(terms) if all(clause.index == "any" for clause in clauses) else ""
    for clause, term in zip(clauses, terms, strict=True):
        written = written.replace(clause.term, term, 1)
    return written


def _corrected(clause: Clause, union: UnionRecord) -> str:
    """The term as the record has it; '' when it has nothing like it."""
    folded = text.fold(clause.term)
    values = list(_values(clause.index, union))
    whole = _whole(folded, values)
    if whole:
        return whole
    words: list[str] = []
    for word in folded.split():
        nearest = _inside(word, values) if any(map(text.is_cjk, word)) else _nearest_word(word, values)
        if not nearest:
            return ""
        words.append(nearest)
    return " ".join(words)


def _values(index: str, union: UnionRecord) -> Iterator[str]:
    seen: set[str] = set()
    for value in _all_values(index, union):
        if value and value not in seen:
            seen.add(value)
            yield value[:_LONGEST]
            if len(seen) >= _VALUES:
                return


def _all_values(index: str, union: UnionRecord) -> Iterator[str]:
    record = union.record
    if index in ("any", "title"):
        for title in record.titles:
            yield from (title.text, *title.other)
    if index in ("any", "author"):
        yield from (person.name for person in record.contributors)
    if index in ("any", "subject"):
        yield from (subject.text for subject in record.subjects)
    if index in ("any", "publisher"):
        yield from (publication.publisher for publication in record.publications)
    if index in ("any", "series"):
        yield from (series.title for series in record.series)


def _whole(folded: str, values: Iterable[str]) -> str:
    """The value that the whole term nearly is, as it was written."""
    key = analysis.key_of_folded(folded)
    best = ""
    least = allowance(key) + 0.5
    for value in values:
        other = analysis.key(value)
        if abs(len(other) - len(key)) < least and (window := best_window(key, other, whole=True)).cost < least:
            best, least = value, window.cost
    return best.strip()


def _nearest_word(word: str, values: Iterable[str]) -> str:
    allowed = distance(word)
    best, least = "", allowed + 0.5
    for value in values:
        for other in text.fold(value).split():
            if other == word:
                return word
            if allowed and abs(len(other) - len(word)) <= allowed:
                cost = best_window(word, other, whole=True).cost
                if cost < least:
                    best, least = other, cost
    return best


def _inside(word: str, values: Iterable[str]) -> str:
    """The part of a value in a script without spaces that the word nearly is."""
    best, least = "", allowance(word) + 0.25
    for value in values:
        folded = analysis.key(value)
        window = best_window(word, folded)
        if window.cost < least:
            best, least = folded[window.start : window.end], window.cost
    return best


def allowance(word: str) -> float:
    """How much may be wrong in a run of characters, a homophone counting half."""
    if any(map(text.is_cjk, word)):
        return max(1.0, len(word) // 6) if len(word) > 2 else _HOMOPHONE
    return float(distance(word))


@dataclass(frozen=True, slots=True)
class Window:
    """Where a word nearly stands in a text, and how many changes lie between; homophones are half a change."""

    cost: float
    start: int
    end: int


def best_window(word: str, within: str, *, whole: bool = False) -> Window:
    """The part of ``within`` (all of it when ``whole``) that becomes ``word`` at the least cost.

    Sellers' variant of the edit distance (P. H. Sellers, J. Algorithms 1, 1980), swapped neighbours counting one.
    """
    size = len(within)
    before: list[tuple[float, int]] = []
    row = [(float(at), 0) if whole else (0.0, at) for at in range(size + 1)]
    for place, letter in enumerate(word, 1):
        above, last = row, before
        row = [(float(place), 0)]
        for at in range(1, size + 1):
            other = within[at - 1]
            change = 0.0 if letter == other else _change(letter, other)
            cost, start = above[at - 1]
            best = (cost + change, start)
            best = min(best, (above[at][0] + 1, above[at][1]), (row[at - 1][0] + 1, row[at - 1][1]))
            if last and at > 1 and letter == within[at - 2] and other == word[place - 2] and letter != other:
                best = min(best, (last[at - 2][0] + 1, last[at - 2][1]))
            row.append(best)
        before = above
    if whole:
        return Window(row[size][0], 0, size)
    cost, start, end = min((cost, start, at) for at, (cost, start) in enumerate(row))
    return Window(cost, start, end)


def _change(letter: str, other: str) -> float:
    return _HOMOPHONE if not letter.isascii() and not other.isascii() and _sound(letter) == _sound(other) else 1.0


@lru_cache(maxsize=30_000)
def _sound(letter: str) -> str:
    return text.pinyin(letter)[0] if text.has_han(letter) else letter
