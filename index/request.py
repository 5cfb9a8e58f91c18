"""What every engine checks of a search request: bounds, facets, filters and the order."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from gateway.core.answer import ALL_FACETS
from gateway.core.errors import UnsupportedQueryError
from gateway.core.ports import IndexScan, IndexSearch
from gateway.core.query import Boolean, Node, SortKey
from gateway.records import text, trees
from index import analysis, fields, plan

MAX_PAGE = 1_000
MAX_DEPTH = 100_000
MAX_FILTERS = 200
MAX_SORT_KEYS = 4
MAX_CURSOR = 20_000

#: The field to sort by, by key and whether it goes downwards.
_SORTS: Mapping[tuple[str, bool], str] = {
    ("year", False): "sort_year_up",
    ("year", True): "sort_year_down",
    ("title", False): "sort_title",
    ("title", True): "sort_title",
    ("stroke", False): "sort_stroke",
    ("stroke", True): "sort_stroke",
    ("author", False): "sort_author",
    ("author", True): "sort_author",
    ("added", False): "sort_added",
    ("added", True): "sort_added",
}


def check_bounds(search: IndexSearch) -> None:
    """Raises ``UnsupportedQueryError`` for a page or a number of filters that no engine should be asked for."""
    if search.start < 0 or not 0 <= search.size <= MAX_PAGE or not 0 <= search.facet_size <= MAX_PAGE:
        raise UnsupportedQueryError(f"A page has 0 to {MAX_PAGE} records and starts at 0 or later", feature="page size")
    if search.cursor is not None and not search.size:
        raise UnsupportedQueryError("A walk takes at least one record at a time", feature="page size")
    if search.cursor is None and search.start + search.size > MAX_DEPTH:
        raise UnsupportedQueryError(
            f"The index shows the first {MAX_DEPTH} records of a search; narrow it, or walk through it by cursor",
            feature="deep paging",
        )
    if len(search.regions) > MAX_FILTERS or len(search.within) > MAX_FILTERS:
        raise UnsupportedQueryError(
            f"A search counts at most {MAX_FILTERS} regions or opened classes", feature="facets"
        )
    if len(search.filters) > MAX_FILTERS:
        raise UnsupportedQueryError(f"A search takes at most {MAX_FILTERS} filters", feature="filters")


def scan_start(scan: IndexScan) -> str:
    """The folded term at which a browse list begins; ``UnsupportedQueryError`` for a list that is not offered."""
    if scan.index not in fields.BROWSABLE:
        raise UnsupportedQueryError(
            f"The terms of '{scan.index}' cannot be browsed; those of {', '.join(sorted(fields.BROWSABLE))} can",
            feature=f"scan {scan.index}",
        )
    if not 1 <= scan.count <= MAX_PAGE or scan.before < 0:
        raise UnsupportedQueryError(f"A browse list has 1 to {MAX_PAGE} terms", feature="scan size")
    if scan.index in fields.KEYED:
        return text.fold(scan.term)[: analysis.MAX_TERM]
    number = analysis.isbn13(scan.term) if scan.index == "isbn" else ""
    return number or analysis.code(scan.term)


def check_facet(name: str) -> None:
    if name not in ALL_FACETS:
        raise UnsupportedQueryError(
            f"The index has no facet '{name}'; it has {', '.join(ALL_FACETS)}", feature=f"facet {name}"
        )


def filter_plans(search: IndexSearch) -> dict[str, plan.Node]:
    """One plan a facet: values of one facet are alternatives."""
    chosen: dict[str, list[plan.Node]] = {}
    for name, value in search.filters:
        check_facet(name)
        chosen.setdefault(name, []).append(_filter(name, value, search))
    return {name: plan.Either(tuple(parts)) for name, parts in chosen.items()}


def _filter(name: str, value: str, search: IndexSearch) -> plan.Node:
    if name == "region":
        return region_plan(dict(search.regions).get(value, ()))
    years = trees.year_range(value) if name == "year" else None
    if years is not None:
        return plan.Between(fields.YEAR, *years)
    return plan.Token(fields.facet(name), value)


def region_plan(libraries: tuple[str, ...]) -> plan.Node:
    """What one of these libraries has."""
    parts = tuple(plan.Token(fields.facet("library"), library) for library in libraries)
    return plan.Either(parts) if parts else plan.Nothing()


def opened_classes(search: IndexSearch) -> frozenset[str]:
    """The values of the facet ``class`` whose children are counted: those asked for and those that are filtered by."""
    return trees.opened(value for name, value in (*search.within, *search.filters) if name == "class")


def counted_facets(search: IndexSearch) -> tuple[str, ...]:
    """The facets asked for, each once; ``UnsupportedQueryError`` for one that there is not."""
    for name in search.facets:
        check_facet(name)
    return tuple(dict.fromkeys(search.facets))


def sort_keys(search: IndexSearch) -> tuple[SortKey, ...]:
    """The keys to sort by, the first one first; () means by relevance alone.

    Scores are never equal, so what stands behind relevance decides nothing and is left out.
    """
    asked = search.sort or (search.query.sort if search.query else ())
    keys: list[SortKey] = []
    for key in asked:
        if key.key != "relevance" and (key.key, key.descending) not in _SORTS:
            raise UnsupportedQueryError(
                f"The index cannot sort by '{key.key}'; it can by relevance, year, title, stroke, author and added",
                feature="sort",
            )
        if key.key not in [other.key for other in keys]:
            keys.append(key)
    if len(keys) > MAX_SORT_KEYS:
        raise UnsupportedQueryError(f"The index sorts by at most {MAX_SORT_KEYS} keys", feature="sort")
    names = [key.key for key in keys]
    kept = keys[: names.index("relevance") + 1] if "relevance" in names else keys
    return () if kept and kept[0].key == "relevance" else tuple(kept)


def sort_field(key: SortKey) -> str | None:
    """The field that puts records in the key's order, equal ones in a fixed one; None for relevance."""
    return _SORTS.get((key.key, key.descending))


# Cursors


def fingerprint(search: IndexSearch) -> str:
    """The same for the same question, whatever page and counts of it are asked for."""
    asked = [repr((sorted(search.filters), sort_keys(search), sorted(search.regions)))]
    stack: list[Node] = [search.query.root] if search.query else []
    while stack:  # without recursion: chains may be long
        node = stack.pop()
        if isinstance(node, Boolean):
            asked.append(f"{node.operator} {node.proximity}")
            stack += [node.right, node.left]
        else:
            asked.append(repr(node))
    return hashlib.blake2b("\n".join(asked).encode("utf-8", "replace"), digest_size=8).hexdigest()


def cursor_of(search: IndexSearch, state: list[Any]) -> str:
    """Where a walk goes on, as opaque text for addresses."""
    return base64.urlsafe_b64encode(json.dumps([fingerprint(search), *state]).encode()).decode().rstrip("=")


def state_of(search: IndexSearch) -> list[Any]:
    """The inverse of :func:`cursor_of`; ``UnsupportedQueryError`` for what is none, or one of another question."""
    given = search.cursor or ""
    try:
        state = json.loads(base64.urlsafe_b64decode(given + "=" * (-len(given) % 4))) if len(given) < MAX_CURSOR else 0
    except (ValueError, binascii.Error, RecursionError):
        state = None
    if not isinstance(state, list) or len(state) < 2:
        raise UnsupportedQueryError("This cursor is none; begin the walk again with an empty one", feature="cursor")
    if state[0] != fingerprint(search):
        raise UnsupportedQueryError(
            "This cursor belongs to another search; give the same query, filters and order with it", feature="cursor"
        )
    return state[1:]


def lost_walk() -> UnsupportedQueryError:
    return UnsupportedQueryError(
        "This cursor is too old, or the index was started again since; begin the walk again with an empty one",
        feature="cursor",
    )
