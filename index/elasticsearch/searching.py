"""One search as a request to the node, and its answer as facets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.core.ports import FacetValue, IndexSearch
from gateway.core.query import SortKey
from index import fields, plan
from index.elasticsearch.translate import Json, to_query
from index.query import make_plan
from index.request import (
    check_bounds,
    counted_facets,
    filter_plans,
    opened_classes,
    region_plan,
    sort_field,
    sort_keys,
)

#: What is read back of a union.
HEAD = ("uid", "head", "members", "why", "sources", "added", "change", "at", "kind")

#: Values of the facet ``class`` that are counted at once: those of some opened branches.
_MOST_CLASSES = 1_000
_MOST_YEARS = 5_000
_HISTOGRAM = "histogram of years"
_NO_VALUES: Json = {"filters": {"filters": {"none": {"match_none": {}}}}}
#: The fields of sort keys that other keys follow.
_ORDERS = {
    "year": "year",
    "title": "order_title",
    "stroke": "order_stroke",
    "author": "order_author",
    "added": "order_added",
}
_BY_SCORE: tuple[Json, ...] = ({"_score": "desc"}, {"weight": "desc"}, {"uid": "asc"})


def request(search: IndexSearch, *, forgiving: bool = False) -> Json:
    """The body of a search; raises ``UnsupportedQueryError`` for what the index cannot do.

    Filters of facets that are counted are applied after counting, so that each facet can be counted without its own.
    """
    check_bounds(search)
    keys = sort_keys(search)
    base = to_query(make_plan(search.query, forgiving=forgiving) if search.query is not None else plan.Everything())
    filters = {name: to_query(node) for name, node in filter_plans(search).items()}
    counted = counted_facets(search)
    own = {*counted, "year"} if search.histogram else set(counted)
    before = [query for name, query in filters.items() if name not in own]
    after = {name: query for name, query in filters.items() if name in own}
    query = {"bool": {"must": [base], "filter": before}} if before else base
    by_score = not keys or keys[-1].key == "relevance"
    body: Json = {
        "query": _weighed(query) if by_score else query,
        "sort": _order(keys),
        "size": search.size,
        "track_total_hits": True,
        "_source": list(HEAD),
    }
    if search.cursor is None:
        body["from"] = search.start
    if after:
        body["post_filter"] = {"bool": {"filter": list(after.values())}}

    def others(name: str) -> list[Json]:
        return [query for other, query in after.items() if other != name]

    aggregations = {}
    if search.facet_size:
        aggregations = {name: _aggregation(name, search, others(name)) for name in counted}
    if search.histogram:
        years = {"terms": {"field": fields.facet("year"), "size": _MOST_YEARS}}
        aggregations[_HISTOGRAM] = _narrowed(others("year"), years)
    if aggregations:
        body["aggs"] = aggregations
    return body


def _order(keys: Sequence[SortKey]) -> list[Json]:
    if not keys:
        return list(_BY_SCORE)
    out: list[Json] = []
    for key in keys[:-1]:
        direction = "desc" if key.descending else "asc"
        out.append({_ORDERS[key.key]: {"order": direction, "missing": "_last"}})
    last = sort_field(keys[-1])
    if last is None:
        return [*out, *_BY_SCORE]
    return [*out, {last: "desc" if keys[-1].descending else "asc"}, {"uid": "asc"}]


def best(node: plan.Node, size: int) -> Json:
    """The body of a search for the unions that match the plan best."""
    return {
        "query": _weighed(to_query(node)),
        "sort": list(_BY_SCORE),
        "size": size,
        "track_total_hits": False,
        "_source": list(HEAD),
    }


def _weighed(query: Json) -> Json:
    """The score times how welcome the record is by itself."""
    weight = {"field": "weight", "missing": 1.0}
    return {"function_score": {"query": query, "field_value_factor": weight, "boost_mode": "multiply"}}


def _aggregation(name: str, search: IndexSearch, narrowing: list[Json]) -> Json:
    if name == "region":
        regions = {code: to_query(region_plan(libraries)) for code, libraries in search.regions}
        return _narrowed(narrowing, {"filters": {"filters": regions}} if regions else _NO_VALUES)
    terms: Json = {
        "field": fields.facet(name),
        "size": search.facet_size,
        "shard_size": 10_000,
        "order": [{"_count": "desc"}, {"_key": "asc"}],
    }
    if name == "class":
        branches = [f"{parent}[A-Z0-9]" for parent in sorted(opened_classes(search))]
        terms |= {"size": _MOST_CLASSES, "include": "|".join(("[A-Z]", *branches))}
    return _narrowed(narrowing, {"terms": terms})


def _narrowed(narrowing: list[Json], values: Json) -> Json:
    return {"filter": {"bool": {"filter": narrowing}}, "aggs": {"values": values}}


def facets(search: IndexSearch, answer: Mapping[str, Any]) -> dict[str, tuple[FacetValue, ...]]:
    counted = answer.get("aggregations", {})
    return {
        name: _values(counted[name]["values"].get("buckets", [])) if name in counted else ()
        for name in counted_facets(search)
    }


def _values(buckets: Any) -> tuple[FacetValue, ...]:
    if isinstance(buckets, Mapping):  # of filters, by name
        found = [FacetValue(name, int(item["doc_count"])) for name, item in buckets.items() if item["doc_count"]]
        return tuple(sorted(found, key=lambda value: (-value.count, value.value)))
    return tuple(FacetValue(str(item["key"]), int(item["doc_count"])) for item in buckets)


def years(answer: Mapping[str, Any]) -> tuple[tuple[int, int], ...]:
    """See ``IndexPage.years``."""
    counted = answer.get("aggregations", {}).get(_HISTOGRAM)
    buckets = counted["values"]["buckets"] if counted else []
    return tuple(sorted((int(item["key"]), int(item["doc_count"])) for item in buckets))
