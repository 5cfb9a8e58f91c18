"""From the query string of ``/search`` to a ``SearchRequest``; every refusal says what, where and what to do."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from multidict import MultiMapping

from gateway.core.answer import ALL_FACETS, FACETS, TREES, Scope, SearchRequest
from gateway.core.query import Query, SortKey
from gateway.frontends.http.problems import ProblemError
from gateway.settings import GatewaySettings

#: Longest query in characters; what people type has less than 200.
MAX_QUERY = 4_000
MAX_FILTERS = 50
MAX_TARGETS = 1_000
KNOWN = frozenset(
    {
        "q", "syntax", "scope", "page", "size", "sort", "filter", "targets", "deadline", "format", "lang", "index",
        "cursor", "facets", "within", "years", "highlight", "brief",
    }
)  # fmt: skip
MAX_SORT_KEYS = 4

#: ``sort=`` values; several may be given, separated by commas.
SORTS: dict[str, tuple[SortKey, ...]] = {
    "relevance": (),
    "year": (SortKey("year", descending=True),),
    "-year": (SortKey("year", descending=True),),
    "newest": (SortKey("year", descending=True),),
    "oldest": (SortKey("year"),),
    "+year": (SortKey("year"),),
    "title": (SortKey("title"),),
    "-title": (SortKey("title", descending=True),),
    "stroke": (SortKey("stroke"),),
    "-stroke": (SortKey("stroke", descending=True),),
    "author": (SortKey("author"),),
    "-author": (SortKey("author", descending=True),),
    "added": (SortKey("added", descending=True),),
    "-added": (SortKey("added", descending=True),),
    "+added": (SortKey("added"),),
}
#: ``index=`` values: access points of a simple query.
FIELDS = (
    "any", "title", "author", "subject", "isbn", "issn", "publisher", "series", "class", "callnumber", "barcode",
    "note", "year", "language", "form", "audience", "availability", "library", "region", "sector", "identifier",
)  # fmt: skip


def _bad(name: str, detail: str) -> ProblemError:
    return ProblemError(400, "parameter", detail, parameter=name)


def parse_request(
    query: MultiMapping[str], settings: GatewaySettings, parsers: Mapping[str, Callable[[str], Query]], deadline: float
) -> SearchRequest:
    """Raises ``ProblemError`` (400) for a bad parameter, ``QuerySyntaxError`` for a bad query."""
    for name in query:
        if name not in KNOWN:
            raise _bad(name, f"There is no parameter {name[:40]!r}; known are {', '.join(sorted(KNOWN))}")
    text = query.get("q", "").strip()
    if not text:
        raise _bad("q", "Say what to search for with the parameter q, for example /search?q=红楼梦")
    if len(text) > MAX_QUERY:
        raise _bad("q", f"The query has {len(text):,} characters; at most {MAX_QUERY:,} are searched")
    syntax = query.get("syntax", "simple")
    if syntax not in parsers:
        raise _bad("syntax", f"syntax={syntax[:40]!r} is not known; use {' or '.join(sorted(parsers))}")
    field = query.get("index", "any")
    if field not in FIELDS:
        raise _bad("index", f"index={field[:40]!r} is not known; use one of {', '.join(FIELDS)}")
    typed = text
    if field != "any" and syntax == "simple":
        text = f"{field}:{text}" if re.fullmatch(r"[^\s:：\"]+", text) else f'{field}:"{text.replace(chr(34), " ")}"'
    parsed = replace(parsers[syntax](text), text=typed)
    cursor = query.get("cursor")
    scope = query.get("scope", Scope.ALL.value if cursor is None else Scope.INDEX.value)
    if cursor is not None and (scope != Scope.INDEX or "page" in query):
        raise _bad("cursor", "A walk by cursor goes through the shared index: leave out page, and scope or say index")
    if scope not in set(Scope):
        raise _bad("scope", f"scope={scope[:40]!r} is not known; use index, live or all")
    size = _number(query, "size", 20, 1, settings.max_page_size)
    page = _number(query, "page", 1, 1, max(1, settings.max_results // size))
    sort = _sort(query)
    return SearchRequest(
        query=parsed,
        scope=Scope(scope),
        page=page,
        size=size,
        sort=sort or parsed.sort,
        filters=_pairs(query, "filter", ALL_FACETS),
        targets=_targets(query),
        deadline=_deadline(query, deadline, settings.max_deadline),
        facets=_facets(query),
        within=_pairs(query, "within", TREES),
        histogram=_flag(query, "years"),
        cursor=cursor,
    )


def _sort(query: MultiMapping[str]) -> tuple[SortKey, ...]:
    """The keys, the first one first; () for relevance, which is also what alone ``relevance`` means."""
    names = query.get("sort", "relevance").replace(" ", "+").split(",")
    for name in names:
        if name not in SORTS:
            raise _bad(
                "sort", f"sort={name[:40]!r} is not known; use one of {', '.join(SORTS)}, or several with commas"
            )
    if len(names) > MAX_SORT_KEYS:
        raise _bad("sort", f"sort takes at most {MAX_SORT_KEYS} keys, separated by commas")
    if names == ["relevance"]:
        return ()
    return tuple(key for name in names for key in SORTS[name] or (SortKey("relevance"),))


def _facets(query: MultiMapping[str]) -> tuple[str, ...]:
    if "facets" not in query:
        return FACETS
    names = [name.strip() for value in query.getall("facets") for name in value.split(",") if name.strip()]
    for name in names:
        if name not in ALL_FACETS:
            raise _bad("facets", f"There is no facet {name[:40]!r}; there are {', '.join(ALL_FACETS)}")
    return tuple(dict.fromkeys(names))


def _flag(query: MultiMapping[str], name: str) -> bool:
    value = query.get(name, "0")
    if value not in ("0", "1"):
        raise _bad(name, f"{name}={value[:40]!r} is neither 0 nor 1")
    return value == "1"


def _number(query: MultiMapping[str], name: str, default: int, least: int, most: int) -> int:
    value = query.get(name)
    if value is None:
        return default
    number = int(value) if re.fullmatch(r"[0-9]{1,9}", value) else -1
    if not least <= number <= most:
        raise _bad(name, f"{name}={value[:40]!r} is out of range; give a whole number from {least} to {most:,}")
    return number


def _deadline(query: MultiMapping[str], default: float, most: float) -> float:
    value = query.get("deadline")
    if value is None:
        return default
    seconds = float(value) if re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?", value) else -1.0
    if not 0 < seconds <= most:
        raise _bad(
            "deadline", f"deadline={value[:40]!r} is out of range; give seconds, more than 0 and at most {most:g}"
        )
    return seconds


def _pairs(query: MultiMapping[str], name: str, known: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    values = query.getall(name, [])
    if len(values) > MAX_FILTERS:
        raise _bad(name, f"{len(values)} values of {name} were given; at most {MAX_FILTERS} are applied")
    pairs = []
    for value in values:
        facet, colon, wanted = value.partition(":")
        if not colon or facet not in known or not wanted:
            listed = ", ".join(known)
            raise _bad(name, f"{name}={value[:60]!r} must read facet:value, where the facet is one of {listed}")
        pairs.append((facet, wanted))
    return tuple(dict.fromkeys(pairs))


def _targets(query: MultiMapping[str]) -> tuple[str, ...]:
    names = [name.strip() for value in query.getall("targets", []) for name in value.split(",")]
    if len(names) > MAX_TARGETS:
        raise _bad("targets", f"{len(names)} targets were named; at most {MAX_TARGETS} are asked")
    return tuple(dict.fromkeys(name for name in names if name))
