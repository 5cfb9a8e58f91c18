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
from gateway.core.query import Clause, Query, SortKey
from gateway.core.record import UnionRecord
from gateway.records.text import fold, query_tokens, sort_key

SORTS = ("relevance", "year", "title", "author")
_TEXT_INDEXES = frozenset({"any", "title", "author", "subject", "publisher", "series"})


def sort_unions(
    unions: Sequence[UnionRecord], query: Query, sort: Sequence[SortKey], rank: Mapping[str, int]
) -> list[UnionRecord]:
    """``unions`` in order. ``rank`` is the position that the shared index gave (by union id), for ties in relevance.

    Raises ``UnsupportedQueryError`` for a sort key that is not known.
    """
    ordered = sorted(unions, key=lambda union: union.id)
    for key in reversed(sort or (SortKey("relevance"),)):
        function = _key_function(key.key, query, rank)
        ordered.sort(key=function, reverse=key.descending and key.key != "relevance")
        if key.key == "year":  # records without a year come last either way
            ordered.sort(key=lambda union: union.record.year is None)
    return ordered


def _key_function(key: str, query: Query, rank: Mapping[str, int]) -> Callable[[UnionRecord], Any]:
    if key == "relevance":
        score = Relevance(query)
        far = len(rank)
        return lambda union: (-score(union), rank.get(union.id, far))
    if key == "year":
        return lambda union: union.record.year or 0
    if key == "title":
        return lambda union: _sort_text(union.record.title.full())
    if key == "author":
        return lambda union: _sort_text(next((c.name for c in union.record.contributors), "\uffff"))
    raise UnsupportedQueryError(f"Results cannot be sorted by {key!r}; sort by {', '.join(SORTS)}", feature="sort")


@lru_cache(maxsize=20_000)
def _sort_text(text: str) -> str:
    return sort_key(text)


class Relevance:
    """A score per union record: an exact title far before words in the title, before author, before the rest."""

    def __init__(self, query: Query) -> None:
        self._clauses = [
            (clause.index, fold(clause.term), frozenset(query_tokens(clause.term)))
            for clause in query.positive_clauses()
            if clause.index in _TEXT_INDEXES and isinstance(clause, Clause)
        ]
        together = [folded for index, folded, _ in self._clauses if index in ("any", "title") and folded]
        self._whole = " ".join(together)
        self._squeezed = self._whole.replace(" ", "")

    def __call__(self, union: UnionRecord) -> float:
        record = union.record
        best = max((self._title(fold(title.full()), fold(title.text)) for title in record.titles), default=0.0)
        authors = " ".join(fold(person.name) for person in record.contributors)
        words = 0.0
        for index, folded, tokens in self._clauses:
            if index in ("any", "author") and folded and folded in authors:
                words += 8.0
            elif index in ("any", "subject") and any(folded in fold(subject.text) for subject in record.subjects):
                words += 3.0
            elif tokens and index == "any" and tokens <= set(authors.split()):
                words += 4.0
        holders = len(union.sources)
        recency = max(0, min(60, (record.year or 1900) - 1966)) / 60
        return best + words + 2.0 * math.log1p(holders) + 0.5 * recency

    def _title(self, full: str, proper: str) -> float:
        if not self._squeezed:
            return 0.0
        squeezed = proper.replace(" ", "")
        if self._squeezed in (squeezed, full.replace(" ", "")):
            return 60.0
        if squeezed.startswith(self._squeezed):
            return 30.0 + 10.0 * len(self._squeezed) / len(squeezed)
        if self._squeezed in full.replace(" ", ""):
            return 20.0 + 10.0 * len(self._squeezed) / max(1, len(full))
        asked = [tokens for index, _, tokens in self._clauses if index in ("any", "title")]
        if not asked:
            return 0.0
        held = set(query_tokens(full))
        found = sum(1 for tokens in asked if tokens and tokens <= held)
        return 15.0 * found / len(asked)
