"""What every engine checks of a search request: bounds, facets, filters and the order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gateway.core.answer import FACETS
from gateway.core.errors import UnsupportedQueryError
from gateway.core.ports import IndexScan, IndexSearch
from gateway.records import text
from index import analysis, fields, plan

MAX_PAGE = 1_000
MAX_DEPTH = 100_000
MAX_FILTERS = 200

#: The field to sort by, by key and whether it goes downwards.
_SORTS: Mapping[tuple[str, bool], str] = {
    ("year", False): "sort_year_up",
    ("year", True): "sort_year_down",
    ("title", False): "sort_title",
    ("title", True): "sort_title",
    ("author", False): "sort_author",
    ("author", True): "sort_author",
    ("added", False): "sort_added",
    ("added", True): "sort_added",
}


def check_bounds(search: IndexSearch) -> None:
    """Raises ``UnsupportedQueryError`` for a page or a number of filters that no engine should be asked for."""
    if search.start < 0 or not 0 <= search.size <= MAX_PAGE or not 0 <= search.facet_size <= MAX_PAGE:
        raise UnsupportedQueryError(f"A page has 0 to {MAX_PAGE} records and starts at 0 or later", feature="page size")
    if search.start + search.size > MAX_DEPTH:
        raise UnsupportedQueryError(
            f"The index shows the first {MAX_DEPTH} records of a search; narrow it to see others", feature="deep paging"
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
    if name not in FACETS:
        raise UnsupportedQueryError(
            f"The index has no facet '{name}'; it has {', '.join(FACETS)}", feature=f"facet {name}"
        )


def filter_plans(pairs: Sequence[tuple[str, str]]) -> dict[str, plan.Node]:
    """One plan a facet: values of one facet are alternatives."""
    chosen: dict[str, list[plan.Node]] = {}
    for name, value in pairs:
        check_facet(name)
        chosen.setdefault(name, []).append(plan.Token(fields.facet(name), value))
    return {name: plan.Either(tuple(parts)) for name, parts in chosen.items()}


def sort_field(search: IndexSearch) -> tuple[str | None, bool]:
    """(field, whether the greatest value comes first); no field means by relevance."""
    sort = search.sort or (search.query.sort if search.query else ())
    keys = [key for key in sort if key.key != "relevance"]
    if not keys:
        return None, True
    if len(sort) > 1:
        raise UnsupportedQueryError("The index sorts by one key; equal values come in a fixed order", feature="sort")
    found = _SORTS.get((keys[0].key, keys[0].descending))
    if found is None:
        raise UnsupportedQueryError(
            f"The index cannot sort by '{keys[0].key}'; it can by relevance, year, title, author and added",
            feature="sort",
        )
    return found, keys[0].descending
