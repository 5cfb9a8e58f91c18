"""Facets and filters over union records in memory, with the meaning that the indexes give them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from gateway.core.answer import ALL_FACETS, FACETS
from gateway.core.ports import FacetValue
from gateway.federation.regions import Regions
from gateway.federation.rows import Row
from gateway.records.trees import is_shown, opened, regions_of, year_range

Filters = Sequence[tuple[str, str]]

#: Values of a tree that are told at once.
_TREE_SIZE = 1_000


@dataclass(frozen=True, slots=True)
class Counted:
    """What to count, beside the usual facets: see ``gateway.core.answer.SearchRequest``."""

    facets: tuple[str, ...] = FACETS
    within: Filters = ()
    regions: Regions = ()


_USUAL = Counted()


def by_facet(filters: Filters) -> dict[str, frozenset[str]]:
    """Filters grouped: values of one facet are alternatives, facets must all hold."""
    grouped: dict[str, set[str]] = {}
    for facet, value in filters:
        grouped.setdefault(facet, set()).add(value)
    return {facet: frozenset(values) for facet, values in grouped.items()}


def matching(rows: Iterable[Row], filters: Filters, regions: Regions = ()) -> list[Row]:
    """The rows that pass all filters."""
    tests = _tests(filters, regions)
    return [row for row in rows if not _failing(row, tests)] if tests else list(rows)


def count(
    rows: Iterable[Row], filters: Filters, size: int = 30, counted: Counted = _USUAL
) -> dict[str, tuple[FacetValue, ...]]:
    """Counts of each facet's values under all filters but its own, the most frequent first."""
    tests = _tests(filters, counted.regions)
    values: dict[str, list[str]] = {facet: [] for facet in counted.facets}
    for row in rows:
        failing = _failing(row, tests)
        for facet in values if not failing else failing if len(failing) == 1 else ():
            if facet in values:
                values[facet] += _values(row, facet, counted.regions)
    if "class" in values:
        parents = opened(value for facet, value in (*counted.within, *filters) if facet == "class")
        values["class"] = [value for value in values["class"] if is_shown(value, parents)]
    return {facet: _top(Counter(found), facet, size) for facet, found in values.items() if found}


def years(rows: Iterable[Row], filters: Filters, regions: Regions = ()) -> tuple[tuple[int, int], ...]:
    """(year, rows) in order, under all filters but those of years."""
    others = matching(rows, [pair for pair in filters if pair[0] != "year"], regions)
    return add_years((), sorted(Counter(int(year) for row in others for year in row.facets["year"]).items()))


def _values(row: Row, facet: str, regions: Regions) -> Sequence[str]:
    if facet == "region":
        return regions_of(row.union.sources, regions)
    return row.facets[facet] if facet in row.facets else row.further.get(facet, ())


Test = Callable[[Row], bool]


def _tests(filters: Filters, regions: Regions) -> dict[str, Test]:
    return {facet: _test(facet, wanted, regions) for facet, wanted in by_facet(filters).items()}


def _test(facet: str, wanted: frozenset[str], regions: Regions) -> Test:
    ranges = [ends for value in wanted if (ends := year_range(value))] if facet == "year" else []

    def holds(row: Row) -> bool:
        values = _values(row, facet, regions)
        return not wanted.isdisjoint(values) or any(
            (low is None or low <= int(value)) and (high is None or int(value) <= high)
            for low, high in ranges
            for value in values
        )

    return holds


def _failing(row: Row, tests: Mapping[str, Test]) -> list[str]:
    return [facet for facet, holds in tests.items() if not holds(row)]


def _top(counter: Mapping[str, int], facet: str, size: int) -> tuple[FacetValue, ...]:
    ordered = sorted(counter.items(), key=lambda item: (-item[1], item[0]))
    return tuple(FacetValue(value, count) for value, count in ordered[: _TREE_SIZE if facet not in FACETS else size])


def add_counts(
    base: Mapping[str, tuple[FacetValue, ...]], more: Mapping[str, tuple[FacetValue, ...]], size: int = 30
) -> dict[str, tuple[FacetValue, ...]]:
    """The sum of two disjoint sets' counts."""
    result = {}
    for facet in ALL_FACETS:
        counter: Counter[str] = Counter()
        for part in (base, more):
            for item in part.get(facet, ()):
                counter[item.value] += item.count
        if counter:
            result[facet] = _top(counter, facet, size)
    return result


def add_years(base: Iterable[tuple[int, int]], more: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """The same of years."""
    counter: Counter[int] = Counter()
    for part in (base, more):
        for year, number in part:
            counter[year] += number
    return tuple(sorted(counter.items()))
