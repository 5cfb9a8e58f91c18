"""Plans as Elasticsearch queries. No query string is ever parsed by the node."""

from __future__ import annotations

import re
from typing import Any

from gateway.core.errors import UnsupportedQueryError
from index import fields, plan

#: The node's limit on nested queries is 30 (``indices.query.bool.max_nested_depth``), the frame around takes some.
_MAX_NESTING = 24
#: The node cuts longer tokens of text in pieces.
MAX_TOKEN = 255
#: Stands between values in fields of units. U+001F itself is a space to Java.
BETWEEN_VALUES = "\ue01f"

Json = dict[str, Any]

_WORDS = frozenset((*fields.TEXT, *map(fields.units, fields.TEXT), *map(fields.pinyin, fields.READABLE)))


def word(token: str) -> str:
    """A token of running text as the node keeps it."""
    if token == "\x1f":  # noqa: S105 (no password)
        return BETWEEN_VALUES
    return whole(token)[:MAX_TOKEN]


def whole(value: str) -> str:
    """Without halves of surrogate pairs, which a damaged record may hold and no engine takes."""
    return value if value.isascii() else value.encode("utf-8", "replace").decode()


def to_query(node: plan.Node) -> Json:
    """Raises ``UnsupportedQueryError`` when the node would refuse it as too deep."""
    return _query(node, 1.0, 0)


def _query(node: plan.Node, boost: float, depth: int) -> Json:
    if depth > _MAX_NESTING:
        raise UnsupportedQueryError("The query nests too deep; write it with fewer brackets", feature="depth")
    match node:
        case plan.Token(field, token):
            term = word(token) if field in _WORDS else token
            return {"term": {field: {"value": term, "boost": boost}}}
        case plan.Sequence(field, tokens):
            text = " ".join(map(word, tokens))
            return {"match_phrase": {field: {"query": text, "boost": boost}}}
        case plan.Every(parts):
            return {"bool": {"must": [_query(part, boost, depth + 1) for part in parts]}}
        case plan.Either(parts):
            return {"bool": {"should": [_query(part, boost, depth + 1) for part in parts], "minimum_should_match": 1}}
        case plan.Prefer(required, wishes):
            return {
                "bool": {
                    "must": [_query(required, boost, depth + 1)],
                    "should": [_query(wish, boost, depth + 1) for wish in wishes],
                }
            }
        case plan.Fixed(part, score):
            return {"constant_score": {"filter": _query(part, 1.0, depth + 1), "boost": boost * score}}
        case plan.Boost(part, factor):
            return _query(part, boost * factor, depth)
        case plan.Without(keep, drop):
            return {"bool": {"must": [_query(keep, boost, depth + 1)], "must_not": [_query(drop, boost, depth + 1)]}}
        case plan.Between(field, low, high):
            ends = {name: end for name, end in (("gte", low), ("lte", high)) if end is not None}
            return {"range": {field: {**ends, "boost": boost}}}
        case plan.Pattern(field, parts):
            return {"wildcard": {field: {"value": _wildcard(parts), "boost": boost}}}
        case plan.AtLeast(parts, least):
            return {
                "bool": {"should": [_query(part, boost, depth + 1) for part in parts], "minimum_should_match": least}
            }
        case plan.Similar(field, token, distance):
            return {
                "fuzzy": {
                    field: {
                        "value": word(token) if field in _WORDS else token,
                        "fuzziness": distance,
                        "prefix_length": 0,
                        "transpositions": True,
                        "rewrite": "constant_score",
                        "boost": boost,
                    }
                }
            }
        case plan.Everything():
            return {"constant_score": {"filter": {"term": {"kind": "union"}}, "boost": boost}}
    return {"match_none": {}}


def _wildcard(parts: tuple[str, ...]) -> str:
    special = {plan.ANY_RUN: "*", plan.ANY_ONE: "?"}
    return "".join(special.get(part) or re.sub(r"([*?\\])", r"\\\1", part) for part in parts)
