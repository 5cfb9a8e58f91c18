"""A union record in a result set, with what lists need of it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping

from gateway.core.record import Record, UnionRecord
from gateway.records.facets import facet_values
from gateway.records.keys import Features
from gateway.records.trees import further_values


class Row:
    """Made when its union changes, kept while it stays; what is worked out here is worked out once."""

    __slots__ = ("_facets", "_further", "_score", "described", "union")

    def __init__(self, union: UnionRecord, described: tuple[tuple[Features, Record], ...]) -> None:
        """``described`` are the members with their features, each description once."""
        self.union = union
        self.described = described
        self._facets: Mapping[str, tuple[str, ...]] | None = None
        self._further: Mapping[str, tuple[str, ...]] | None = None
        self._score: tuple[Hashable, float] | None = None

    @property
    def facets(self) -> Mapping[str, tuple[str, ...]]:
        if self._facets is None:
            self._facets = facet_values(self.union)
        return self._facets

    @property
    def further(self) -> Mapping[str, tuple[str, ...]]:
        """The facets that only some searches count."""
        if self._further is None:
            self._further = further_values(self.union)
        return self._further

    def score(self, query: Hashable, relevance: Callable[[Row], float]) -> float:
        """``relevance(self)``, kept for the same ``query``: a stream orders its rows again and again."""
        if self._score is None or self._score[0] != query:
            self._score = (query, relevance(self))
        return self._score[1]
