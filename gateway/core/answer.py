"""What a search asks and what it answers, as every front door sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from gateway.core.ports import FacetValue
from gateway.core.query import Query, SortKey
from gateway.core.record import UnionRecord
from gateway.core.target import TargetStatus

#: Facets offered everywhere, in the order a reader sees them.
FACETS: tuple[str, ...] = ("library", "form", "language", "year", "subject")

#: Facets offered by our own pages and HTTP interface beside those. ``class`` and ``region`` are trees: a class number
#: counts for all that stand above it (``T``, ``TP``, ``TP3``), a region's code (GB/T 2260) for the city and the
#: province around it.
TREES: tuple[str, ...] = ("class", "region")
ALL_FACETS: tuple[str, ...] = ("availability", *FACETS, *TREES)


class Scope(StrEnum):
    INDEX = "index"  #: the shared index only
    LIVE = "live"  #: the members' own systems only
    ALL = "all"  #: the index at once, the live answers merged in


@dataclass(frozen=True, slots=True)
class SearchRequest:
    query: Query
    scope: Scope = Scope.ALL
    page: int = 1
    size: int = 20
    sort: tuple[SortKey, ...] = ()  #: empty: by relevance
    filters: tuple[tuple[str, str], ...] = ()  #: (facet, value)
    targets: tuple[str, ...] = ()  #: target ids; empty: all that are enabled
    deadline: float = 8.0  #: seconds from the request's arrival
    facets: tuple[str, ...] = FACETS  #: those that are counted
    within: tuple[tuple[str, str], ...] = ()  #: (tree, value): count what lies directly under this one, too
    histogram: bool = False  #: count every year (``Answer.years``)
    cursor: str | None = None  #: a walk through the whole result (``IndexSearch.cursor``), in the shared index only


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer, or in a stream the answer as it stands when one more target has answered."""

    request: SearchRequest
    total: int  #: union records that match, as far as known
    records: tuple[UnionRecord, ...]  #: this page
    facets: Mapping[str, tuple[FacetValue, ...]] = field(default_factory=dict)
    years: tuple[tuple[int, int], ...] = ()  #: (year, records) under all filters but those of years
    cursor: str = ""  #: where a walk goes on; "" at its end
    targets: tuple[TargetStatus, ...] = ()
    took_ms: float = 0.0
    complete: bool = True  #: no target is still waited for
    total_is_estimate: bool = False  #: some target has more hits than were fetched
    #: How many there are at least, probably and at most, by what was seen so far; None when ``total`` is exact.
    estimate: tuple[int, int, int] | None = None
    age: float = 0.0  #: seconds since the live libraries were asked, where an earlier search's answers are shown
    approximate: bool = False  #: nothing matched as typed: these records match nearly
    suggestion: str = ""  #: what was probably meant, as text to type, when the answer is approximate
