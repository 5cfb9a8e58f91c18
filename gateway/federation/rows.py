"""A union record in a result set, with what lists need of it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping

from gateway.core.record import UnionRecord
from gateway.records.facets import facet_values
from gateway.records.keys import Features


class Row:
    """Made when its union changes, kept while it stays; what is worked out here is worked out once."""

    __slots__ = ("_facets", "_score", "features", "union")

    def __init__(self, union: UnionRecord, features: tuple[Features, ...]) -> None:
        """``features`` are those of the members, each description once."""
        self.union = union
        self.features = features
        self._facets: Mapping[str, tuple[str, ...]] | None = None
        self._score: tuple[Hashable, float] | None = None

    @property
    def facets(self) -> Mapping[str, tuple[str, ...]]:
        if self._facets is None:
            self._facets = facet_values(self.union)
        return self._facets

    def score(self, query: Hashable, relevance: Callable[[Row], float]) -> float:
        """``relevance(self)``, kept for the next look by the same ``query``: a stream orders its rows again and again."""
        if self._score is None or self._score[0] != query:
            self._score = (query, relevance(self))
        return self._score[1]
