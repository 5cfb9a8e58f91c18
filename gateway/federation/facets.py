"""Facets and filters over union records in memory, with the meaning that the indexes give them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from gateway.core.answer import FACETS
from gateway.core.ports import FacetValue
from gateway.federation.rows import Row

Filters = Sequence[tuple[str, str]]


def by_facet(filters: Filters) -> dict[str, frozenset[str]]:
    """Filters grouped: values of one facet are alternatives, facets must all hold."""
    grouped: dict[str, set[str]] = {}
    for facet, value in filters:
        grouped.setdefault(facet, set()).add(value)
    return {facet: frozenset(values) for facet, values in grouped.items()}


def matching(rows: Iterable[Row], filters: Filters) -> list[Row]:
    """The rows that pass all filters."""
    wanted = by_facet(filters)
    return [row for row in rows if not _failing(row, wanted)] if wanted else list(rows)


def count(rows: Iterable[Row], filters: Filters, size: int = 30) -> dict[str, tuple[FacetValue, ...]]:
    """Counts of each facet's values under all filters but its own, the most frequent first."""
    wanted = by_facet(filters)
    values: dict[str, list[str]] = {facet: [] for facet in FACETS}
    for row in rows:
        failing = _failing(row, wanted)
        if not failing:
            for facet, found in row.facets.items():
                values[facet] += found
        elif len(failing) == 1:
            values[failing[0]] += row.facets[failing[0]]
    return {facet: _top(Counter(found), size) for facet, found in values.items() if found}


def _failing(row: Row, wanted: Mapping[str, frozenset[str]]) -> list[str]:
    return [facet for facet, values in wanted.items() if values.isdisjoint(row.facets.get(facet, ()))]


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
