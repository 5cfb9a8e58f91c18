"""Facets and filters over union records in memory, with the meaning that the indexes give them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from gateway.core.answer import FACETS
from gateway.core.ports import FacetValue
from gateway.core.record import UnionRecord
from gateway.records.facets import facet_values

Filters = Sequence[tuple[str, str]]


def by_facet(filters: Filters) -> dict[str, frozenset[str]]:
    """Filters grouped: values of one facet are alternatives, facets must all hold."""
    grouped: dict[str, set[str]] = {}
    for facet, value in filters:
        grouped.setdefault(facet, set()).add(value)
    return {facet: frozenset(values) for facet, values in grouped.items()}


class FacetedUnions:
    """Union records with their facet values read once."""

    def __init__(self, unions: Iterable[UnionRecord], filters: Filters) -> None:
        self._wanted = by_facet(filters)
        self._rows = [(union, facet_values(union)) for union in unions]

    def filtered(self) -> list[UnionRecord]:
        return [union for union, values in self._rows if self._failing(values) == []]

    def counts(self, size: int = 30, only: frozenset[str] | None = None) -> dict[str, tuple[FacetValue, ...]]:
        """Counts of each facet's values under all filters but its own, the most frequent first.

        ``only`` limits counting to the union records with these ids.
        """
        counters: dict[str, Counter[str]] = {facet: Counter() for facet in FACETS}
        for union, values in self._rows:
            if only is not None and union.id not in only:
                continue
            failing = self._failing(values)
            if not failing:
                for facet, counter in counters.items():
                    counter.update(values.get(facet, ()))
            elif len(failing) == 1 and failing[0] in counters:
                counters[failing[0]].update(values.get(failing[0], ()))
        return {facet: _top(counter, size) for facet, counter in counters.items() if counter}

    def _failing(self, values: Mapping[str, tuple[str, ...]]) -> list[str]:
        return [facet for facet, wanted in self._wanted.items() if wanted.isdisjoint(values.get(facet, ()))]


def _top(counter: Mapping[str, int], size: int) -> tuple[FacetValue, ...]:
    ordered = sorted(counter.items(), key=lambda item: (-item[1], item[0]))
    return tuple(FacetValue(value, count) for value, count in ordered[:size])


def add_counts(
    base: Mapping[str, tuple[FacetValue, ...]], more: Mapping[str, tuple[FacetValue, ...]], size: int = 30
) -> dict[str, tuple[FacetValue, ...]]:
    """The sum of two disjoint sets' counts."""
    result = {}
    for facet in FACETS:
        counter: Counter[str] = Counter()
        for part in (base, more):
            for item in part.get(facet, ()):
                counter[item.value] += item.count
        if counter:
            result[facet] = _top(counter, size)
    return result
