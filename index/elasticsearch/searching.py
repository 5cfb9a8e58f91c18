"""One search as a request to the node, and its answer as facets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gateway.core.ports import FacetValue, IndexSearch
from index import fields, plan
from index.elasticsearch.translate import Json, to_query
from index.query import make_plan
from index.request import check_bounds, check_facet, filter_plans, sort_field

#: What is read back of a union.
HEAD = ("uid", "head", "members", "why", "sources", "added", "change", "at", "kind")

_BY_SCORE: tuple[Json, ...] = ({"_score": "desc"}, {"weight": "desc"}, {"uid": "asc"})


def request(search: IndexSearch, *, forgiving: bool = False) -> Json:
    """The body of a search; raises ``UnsupportedQueryError`` for what the index cannot do.

    Filters of facets that are counted are applied after counting, so that each facet can be counted without its own.
    """
    check_bounds(search)
    field, descending = sort_field(search)
    base = to_query(make_plan(search.query, forgiving=forgiving) if search.query is not None else plan.Everything())
    filters = {name: to_query(node) for name, node in filter_plans(search.filters).items()}
    counted = list(dict.fromkeys(search.facets))
    for name in counted:
        check_facet(name)
    before = [query for name, query in filters.items() if name not in counted]
    after = {name: query for name, query in filters.items() if name in counted}
    query = {"bool": {"must": [base], "filter": before}} if before else base
    direction = "desc" if descending else "asc"
    if field is None:
        query = _weighed(query)
        sort: list[Json] = list(_BY_SCORE)
    else:
        sort = [{field: direction}, {"uid": "asc"}]
    body: Json = {
        "query": query,
        "sort": sort,
        "from": search.start,
        "size": search.size,
        "track_total_hits": True,
        "_source": list(HEAD),
    }
    if after:
        body["post_filter"] = {"bool": {"filter": list(after.values())}}
    if counted and search.facet_size:
        body["aggs"] = {
            name: _aggregation(name, search.facet_size, [query for other, query in after.items() if other != name])
            for name in counted
        }
    return body


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


def _aggregation(name: str, size: int, narrowing: list[Json]) -> Json:
    terms = {
        "terms": {
            "field": fields.facet(name),
            "size": size,
            "shard_size": 10_000,
            "order": [{"_count": "desc"}, {"_key": "asc"}],
        }
    }
    return {"filter": {"bool": {"filter": narrowing}}, "aggs": {"values": terms}}


def facets(names: Iterable[str], answer: Mapping[str, Any]) -> dict[str, tuple[FacetValue, ...]]:
    counted = answer.get("aggregations", {})
    return {
        name: tuple(
            FacetValue(str(item["key"]), int(item["doc_count"]))
            for item in (counted[name]["values"]["buckets"] if name in counted else ())
        )
        for name in dict.fromkeys(names)
    }
