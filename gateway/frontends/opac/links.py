"""Addresses within the pages. A search link is the request's own parameters with something changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from urllib.parse import quote_plus

from gateway.protocols.sru.cql_printer import exact_clause

Pairs = tuple[tuple[str, str], ...]


def address(path: str, parameters: Iterable[tuple[str, str]] = ()) -> str:
    query = "&".join([_quoted(name, value) for name, value in parameters])
    return f"{path}?{query}" if query else path


@lru_cache(maxsize=4096)  # the links of one page have nearly all of their parameters in common
def _quoted(name: str, value: str) -> str:
    return f"{quote_plus(name, safe=':')}={quote_plus(value, safe=':')}"


class SearchLinks:
    """Links that start from one search: every parameter stays unless the link is about it."""

    def __init__(self, params: Mapping[str, Sequence[str]]) -> None:
        self.pairs: Pairs = tuple(
            (name, value) for name, values in params.items() if name != "format" for value in _several(values)
        )

    def get(self, name: str, default: str = "") -> str:
        return next((value for key, value in self.pairs if key == name), default)

    def filters(self) -> tuple[str, ...]:
        return tuple(value for key, value in self.pairs if key == "filter")

    def with_(self, **changes: str) -> str:
        """The same search with these parameters set; an empty value leaves the parameter out."""
        kept = [(name, value) for name, value in self.pairs if name not in changes]
        return address("/search", [*kept, *((name, value) for name, value in changes.items() if value)])

    def filtered(self, *, add: Sequence[str] = (), remove: Sequence[str] = ()) -> str:
        """The first page of the same search with other filters (``facet:value``)."""
        kept = [(n, v) for n, v in self.pairs if n != "page" and not (n == "filter" and (v in remove or v in add))]
        return address("/search", [*kept, *(("filter", value) for value in add)])

    def opened(self, value: str) -> str:
        """The same page with a branch of a tree (``facet:value``) unfolded, at the filters."""
        return (
            address("/search", [*(pair for pair in self.pairs if pair != ("within", value)), ("within", value)])
            + "#facets"
        )

    def export(self, form: str) -> str:
        """The whole result as a file."""
        apart = (
            "page",
            "size",
            "within",
            "lang",
            "scope",
            "targets",
            "deadline",
            "cursor",
            "facets",
            "highlight",
            "years",
        )
        return address("/export", [*(pair for pair in self.pairs if pair[0] not in apart), ("format", form)])

    def without_years(self) -> Pairs:
        """What a choice of years keeps."""
        return tuple(
            (name, value)
            for name, value in self.pairs
            if name != "page" and not (name == "filter" and value.startswith("year:"))
        )

    def unfiltered(self) -> str:
        return address(
            "/search", [(name, value) for name, value in self.pairs if name not in ("page", "filter", "within")]
        )

    def hidden(self) -> Pairs:
        """What a new search in the same box keeps: not the query, its page or its filters."""
        return tuple(pair for pair in self.pairs if pair[0] not in ("q", "index", "page", "filter", "within"))


def _several(values: Sequence[str]) -> Sequence[str]:
    return (values,) if isinstance(values, str) else values


def search_for(query: str, index: str = "any") -> str:
    """A new search for the words of a record's element."""
    return address("/search", [("q", query), *([("index", index)] if index != "any" else [])])


def browse_at(index: str, term: str, *, before: int = 0) -> str:
    """The list of an access point's terms, at or around one of them."""
    return address("/browse", [("index", index), ("term", term), *([("before", str(before))] if before else [])])


def exactly(index: str, term: str) -> str:
    """The records that a browse list counts for a term."""
    return address("/search", [("q", exact_clause(index, term)), ("syntax", "cql"), ("scope", "index")])
