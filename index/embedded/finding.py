"""What one tantivy searcher answers: pages in any order, totals, facets and years."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import tantivy
from tantivy import DocAddress, Order, Query

from gateway.core.ports import FacetValue, IndexSearch
from gateway.core.query import SortKey
from index import fields, plan
from index.embedded.translate import NUM, Translator
from index.request import counted_facets, filter_plans, opened_classes, region_plan, sort_field, sort_keys

#: The last bits of a number to sort by only break ties.
_TIE_BITS = 16
#: Values of the facet ``class`` that are counted at once: those of some opened branches.
_MOST_CLASSES = 1_000
_MOST_YEARS = 5_000


@dataclass(frozen=True, slots=True)
class Found:
    """``nums`` are the numbers of the unions of the page."""

    total: int
    nums: list[int]
    facets: dict[str, tuple[FacetValue, ...]] = field(default_factory=dict)
    years: tuple[tuple[int, int], ...] = ()
    cursor: str = ""


class Finder:
    """One search, translated once, on any searcher of the index."""

    def __init__(self, translator: Translator, search: IndexSearch, wanted: plan.Node) -> None:
        """Raises ``UnsupportedQueryError`` for a facet, filter or order that is not offered."""
        self._translator = translator
        self._search = search
        self._keys = sort_keys(search)
        self._names = counted_facets(search)
        self._base = translator.query(wanted)
        self._narrow = {name: translator.query(node) for name, node in filter_plans(search).items()}
        self._query = narrowed(self._base, self._narrow.values())

    def page(self, searcher: tantivy.Searcher, start: int, size: int) -> tuple[int, list[int]]:
        """(total, union numbers)."""
        if len(self._keys) > 1:
            total = _count(searcher, self._query)
            return total, numbers(searcher, self._ordered(searcher, self._query, self._keys, start, size))
        found = self._hits(searcher, self._query, self._keys[0] if self._keys else None, start, max(size, 1))
        return int(getattr(found, "count", 0)), numbers(searcher, [address for _, address in found.hits[:size]])

    def _hits(self, searcher: tantivy.Searcher, query: Query, key: SortKey | None, start: int, size: int) -> Any:
        name = sort_field(key) if key else None
        if key is None or name is None:
            return searcher.search(query, size, count=True, offset=start, weight_by_field="prior")
        order = Order.Desc if key.descending else Order.Asc
        return searcher.search(query, size, count=True, offset=start, order_by_field=name, order=order)

    def _ordered(
        self, searcher: tantivy.Searcher, query: Query, keys: Sequence[SortKey], start: int, size: int
    ) -> list[DocAddress]:
        """By several keys: tantivy sorts by one, so each group of records alike in the first key is asked for again,
        ordered by the others."""
        if len(keys) == 1 or not size:
            return [address for _, address in self._hits(searcher, query, keys[0], start, max(size, 1)).hits[:size]]
        name = sort_field(keys[0]) or ""
        end = start + size
        hits = self._hits(searcher, query, keys[0], 0, end + 1).hits
        groups = [_group(value) for value, _ in hits]
        out: list[DocAddress] = []
        at = start
        while at < min(end, len(hits)):
            first, last = at, at + 1
            while first and groups[first - 1] == groups[at]:
                first -= 1
            while last < len(hits) and groups[last] == groups[at]:
                last += 1
            whole = last < len(hits) or len(hits) <= end
            if last - first == 1 and whole:
                out.append(hits[at][1])
                at += 1
                continue
            alike = narrowed(query, [self._translator.query(_alike(name, groups[at]))])
            wanted = min(last, end) - at
            out += self._ordered(searcher, alike, keys[1:], at - first, wanted)
            at += wanted
        return out

    # Counts

    def facets(self, searcher: tantivy.Searcher) -> dict[str, tuple[FacetValue, ...]]:
        """Counts under all filters; a facet that is filtered itself is counted without its own filter."""
        out: dict[str, tuple[FacetValue, ...]] = {}
        groups = [(self._query, [name for name in self._names if name not in self._narrow])]
        groups += [(self._without(name), [name]) for name in self._names if name in self._narrow]
        for scope, group in groups:
            request = {name: self._terms(name) for name in group if name != "region"}
            answer = searcher.aggregate(scope, request) if request else {}
            for name in request:
                out[name] = _by_count((str(item["key"]), int(item["doc_count"])) for item in answer[name]["buckets"])
            if "region" in group:
                out["region"] = self._regions(searcher, scope)
        return {name: out[name] for name in self._names}

    def years(self, searcher: tantivy.Searcher) -> tuple[tuple[int, int], ...]:
        request = {"years": {"terms": {"field": fields.facet("year"), "size": _MOST_YEARS}}}
        answer = searcher.aggregate(self._without("year"), request)
        return tuple(sorted((int(item["key"]), int(item["doc_count"])) for item in answer["years"]["buckets"]))

    def _without(self, name: str) -> Query:
        return narrowed(self._base, [query for other, query in self._narrow.items() if other != name])

    def _terms(self, name: str) -> dict[str, Any]:
        asked: dict[str, Any] = {"field": fields.facet(name), "size": self._search.facet_size, "segment_size": 10_000}
        if name == "class":
            branches = [re.escape(parent) + "[A-Z0-9]" for parent in sorted(opened_classes(self._search))]
            asked |= {"size": _MOST_CLASSES, "include": "|".join(("[A-Z]", *branches))}
        return {"terms": asked}

    def _regions(self, searcher: tantivy.Searcher, scope: Query) -> tuple[FacetValue, ...]:
        """One union may lie in libraries of several regions, so each region is counted by itself."""
        return _by_count(
            (code, _count(searcher, narrowed(scope, [self._translator.query(region_plan(libraries))])))
            for code, libraries in self._search.regions
        )


def _by_count(values: Iterable[tuple[str, int]]) -> tuple[FacetValue, ...]:
    ordered = sorted(values, key=lambda item: (-item[1], item[0]))
    return tuple(FacetValue(value, count) for value, count in ordered if count)


def _count(searcher: tantivy.Searcher, query: Query) -> int:
    return int(getattr(searcher.search(query, 1, count=True), "count", 0))


def _group(value: Any) -> int | str:
    """What a value to sort by says without its tie."""
    return value >> _TIE_BITS if isinstance(value, int) else str(value).rpartition("\x1f")[0]


def _alike(name: str, group: int | str) -> plan.Node:
    if isinstance(group, int):
        return plan.Between(name, group << _TIE_BITS, (group << _TIE_BITS) + (1 << _TIE_BITS) - 1)
    return plan.Pattern(name, (f"{group}\x1f", plan.ANY_RUN))


def numbers(searcher: tantivy.Searcher, addresses: Sequence[DocAddress]) -> list[int]:
    return [int(value or 0) for value in searcher.fast_field_values(NUM, list(addresses))] if addresses else []


def narrowed(base: Query, filters: Iterable[Query]) -> Query:
    parts = [(tantivy.Occur.Must, Query.const_score_query(part, 0.0)) for part in filters]
    return Query.boolean_query([(tantivy.Occur.Must, base), *parts]) if parts else base
