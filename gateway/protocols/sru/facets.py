"""Facets of SRU 2.0: the request parameters, and the answer's ``facetedResults``.

Source: OASIS searchRetrieve 1.0 part 3, "Facets" and the schema facetedResults.xsd. A parameter is a list of entries
separated by commas, each ``value`` (for every facet) or ``value:index`` (for one), as YAZ writes and reads them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from gateway.core.answer import FACETS
from gateway.core.errors import UnsupportedQueryError
from gateway.protocols.sru.context_sets import context_sets
from gateway.protocols.sru.refused import RefusedError

NAMESPACE = "http://docs.oasis-open.org/ns/search-ws/facetedResults"
MAX_VALUES = 100  #: values of one facet in one answer
_SORTS = ("recordcount", "alphanumeric")
_DIRECTIONS = ("ascending", "descending", "casesensitive", "caseinsensitive")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class FacetRequest:
    """``name`` is one of ``core.answer.FACETS``; ``index`` is how the client wrote it."""

    name: str
    index: str
    limit: int
    start: int = 1  #: of the first value, from 1
    alphabetic: bool = False
    descending: bool = True


def facet_requests(given: Mapping[str, str], version: str) -> tuple[FacetRequest, ...]:
    """The facets that a request asks for; none without ``facetLimit``. Raises :class:`RefusedError`."""
    written = given.get("facetLimit", "")
    if not written:
        for name in ("facetStart", "facetSort"):
            if given.get(name):
                raise RefusedError(7, f"{name} is for facets, which facetLimit asks for", version)
        return ()
    limits = _entries("facetLimit", written, _number, version)
    starts = _entries("facetStart", given.get("facetStart", ""), _number, version)
    sorts = _entries("facetSort", given.get("facetSort", ""), _sort, version)
    named = [index for index in (*limits, *starts, *sorts) if index]
    points = {index: _facet(index, version) for index in dict.fromkeys(named)}
    for name in FACETS if "" in limits else ():
        if name not in points.values():
            points[f"wenyuan.{name}"] = name
    found = []
    for index, name in points.items():
        limit = limits.get(index, limits.get("", MAX_VALUES))
        start = starts.get(index, starts.get("", 1))
        alphabetic, descending = sorts.get(index, sorts.get("", (False, True)))
        if not limit:
            continue
        if start < 1 or start + limit > 1000:
            raise RefusedError(6, f"facetStart={start}; the first value is 1, the last that is given 999", version)
        found.append(FacetRequest(name, index, min(limit, MAX_VALUES), start, alphabetic, descending))
    return tuple(found)


def faceted_results(
    requests: Sequence[FacetRequest], values: Mapping[str, Sequence[tuple[str, int]]], escape: Callable[[str], str]
) -> str:
    """The element ``facetedResults`` (prefix ``zs``); ``values`` by facet, the most frequent first."""
    facets = "".join([_facet_xml(request, values.get(request.name, ()), escape) for request in requests])
    return f"<zs:facetedResults>{facets}</zs:facetedResults>"


def _facet_xml(request: FacetRequest, values: Sequence[tuple[str, int]], escape: Callable[[str], str]) -> str:
    chosen = list(values)
    if request.alphabetic:
        chosen.sort(key=lambda pair: pair[0], reverse=request.descending)
    elif not request.descending:
        chosen.reverse()
    chosen = chosen[request.start - 1 : request.start - 1 + request.limit]
    relation = "==" if request.name == "subject" else "="  # a heading, not its words
    terms = "".join(
        f"<term><actualTerm>{escape(term)}</actualTerm><query>{escape(_query(request.index, relation, term))}</query>"
        f"<count>{count}</count></term>"
        for term, count in chosen
    )
    return (
        f'<facet xmlns="{NAMESPACE}"><facetDisplayLabel>{escape(request.name)}</facetDisplayLabel>'
        f"<index>{escape(request.index)}</index><relation>{relation}</relation><terms>{terms}</terms></facet>"
    )


def _query(index: str, relation: str, term: str) -> str:
    """CQL that narrows a search to the facet's value."""
    escaped = "".join(f"\\{letter}" if letter in '\\"*?^' else letter for letter in term)
    return f'{index} {relation} "{escaped}"'


def _facet(index: str, version: str) -> str:
    try:
        name = context_sets().resolve(index)
    except UnsupportedQueryError as error:
        raise RefusedError(16, index, version) from error
    if name not in FACETS:
        raise RefusedError(16, f"{index}; facets are {', '.join(FACETS)}", version)
    return name


def _entries(name: str, written: str, read: Callable[[str], T | None], version: str) -> dict[str, T]:
    """Value by index; "" is for every facet."""
    found: dict[str, T] = {}
    for entry in written.split(",") if written else ():
        value, _, index = entry.strip().partition(":")
        known = read(value.strip())
        if known is None:
            raise RefusedError(6, f"{name}={written}", version)
        found[index.strip()] = known
    return found


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else None


def _sort(text: str) -> tuple[bool, bool] | None:
    """(by the alphabet, downwards) of ``recordCount`` or ``alphanumeric``, each with ``/ascending`` and the like."""
    kind, *rest = text.lower().replace("/", " ").split() or [""]
    if kind not in _SORTS or any(word not in _DIRECTIONS for word in rest):
        return None
    alphabetic = kind == "alphanumeric"
    return alphabetic, "descending" in rest if rest else not alphabetic
