"""The order of union records: relevance computed here, with one text analysis for all targets, or a sort key.

Targets rank by rules of their own that cannot be compared; what they sent is ranked again on its folded text. Every
order ends with the union's id, so that it is total and the same on every page.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from gateway.core.errors import UnsupportedQueryError
from gateway.core.query import Query, SortKey
from gateway.core.record import Record
from gateway.federation.rows import Row
from gateway.records.keys import Features, joined
from gateway.records.lazy import LazyRecord
from gateway.records.text import fold, query_tokens, sort_key

SORTS = ("relevance", "year", "title", "author", "added")
_TEXT_INDEXES = frozenset({"any", "title", "author", "subject", "publisher", "series"})


def ordered(rows: Sequence[Row], query: Query, sort: Sequence[SortKey], rank: Mapping[str, int]) -> list[Row]:
    """``rows`` in order. ``rank`` is the position that the shared index gave (by union id), for ties in relevance.

    Raises ``UnsupportedQueryError`` for a sort key that is not known.
    """
    result = sorted(rows, key=lambda row: row.union.id)
    for key in reversed(sort or (SortKey("relevance"),)):
        if key.key == "added":  # what the index does not know yet came just now; the others are in its order
            unknown = -1 if key.descending else len(rank)
            result.sort(key=lambda row, at=unknown: rank.get(row.union.id, at))  # type: ignore[misc]
            continue
        function = _key_function(key.key, query, rank)
        result.sort(key=function, reverse=key.descending and key.key != "relevance")
        if key.key == "year":  # records without a year come last either way
            result.sort(key=lambda row: row.union.record.year is None)
    return result


def _key_function(key: str, query: Query, rank: Mapping[str, int]) -> Callable[[Row], Any]:
    if key == "relevance":
        score = Relevance(query)
        far = len(rank)
        root = query.root
        return lambda row: (-row.score(root, score), rank.get(row.union.id, far))
    if key == "year":
        return lambda row: row.union.record.year or 0
    if key == "title":
        return lambda row: _sort_text(row.union.record.title.full())
    if key == "stroke":
        return lambda row: sort_key(row.union.record.title.full(), "stroke")
    if key == "author":
        return lambda row: _sort_text(next((person.name for person in row.union.record.contributors), "\uffff"))
    raise UnsupportedQueryError(f"Results cannot be sorted by {key!r}; sort by {', '.join(SORTS)}", feature="sort")


@lru_cache(maxsize=20_000)
def _sort_text(text: str) -> str:
    return sort_key(text)


class Relevance:
    """A score per row: an exact title far before a title that begins so, before words in it, before author and subject.

    Works on the folded features that merging made, so that ranking hundreds of records reads none of them again.
    """

    def __init__(self, query: Query) -> None:
        self._clauses = [
            (clause.index, fold(clause.term), tuple(query_tokens(clause.term)))
            for clause in query.positive_clauses()
            if clause.index in _TEXT_INDEXES
        ]
        self._naming = [
            words
            for index, folded, tokens in self._clauses
            if index in ("any", "author")
            for words in (folded.split(), tokens)
            if words
        ]
        titles = [folded for index, folded, _ in self._clauses if index in ("any", "title") and folded]
        self._whole = joined(" ".join(titles))
        self._asked = [tokens for index, _, tokens in self._clauses if index in ("any", "title") and tokens]

    def __call__(self, row: Row) -> float:
        best = 0.0
        names = 0.0
        for features, record in row.described:
            best = max(best, self._title(features))
            if self._may_name(record):
                names = max(names, self._names(features))
        subjects = 0.0 if best else self._subjects(row)
        record = row.union.record
        recency = max(0, min(60, (record.year or 1900) - 1966)) / 60
        return best + names + subjects + 2.0 * math.log1p(len(row.union.sources)) + 0.5 * recency

    def _title(self, features: Features) -> float:
        whole = self._whole
        if not whole:
            return 0.0
        if whole in features.titles or whole in features.full_titles:
            return 60.0
        best = 0.0
        for title in features.titles | features.full_titles:
            if title.startswith(whole):
                best = max(best, 30.0 + 10.0 * len(whole) / len(title))
            elif whole in title:
                best = max(best, 20.0 + 10.0 * len(whole) / len(title))
            elif not best:
                found = sum(1 for tokens in self._asked if all(token in title for token in tokens))
                best = 15.0 * found / len(self._asked) if self._asked else 0.0
        return best

    def _may_name(self, record: Record) -> bool:
        """Whether a name of the record may be meant; most records say no without their names being worked out."""
        text = record.names_text() if isinstance(record, LazyRecord) else None
        return text is None or any(all(word in text for word in words) for words in self._naming)

    def _names(self, features: Features) -> float:
        score = 0.0
        for index, folded, tokens in self._clauses:
            if index not in ("any", "author"):
                continue
            for name in features.creators:
                if folded == name:
                    score += 10.0
                elif folded in name or (tokens and all(token in name for token in tokens)):
                    score += 6.0
                else:
                    continue
                break
        return score

    def _subjects(self, row: Row) -> float:
        wanted = [folded for index, folded, _ in self._clauses if index in ("any", "subject") and folded]
        if not wanted:
            return 0.0
        held = " | ".join(map(fold, row.facets["subject"]))
        return 3.0 * sum(1 for folded in wanted if folded in held)
