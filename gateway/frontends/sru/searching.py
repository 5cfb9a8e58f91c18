"""What a checked request asks of the catalogue, and its answer as XML text."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace

from gateway.core.answer import FACETS
from gateway.core.ports import IndexPage, IndexSearch
from gateway.core.query import Clause, Query, SortKey
from gateway.core.serving import BrowsingCatalogue, Catalogue, DescribedCatalogue, JointCatalogue
from gateway.frontends.sru.schemas import out_record, out_union
from gateway.protocols import pqf
from gateway.protocols.simple import parse_simple
from gateway.protocols.sru.context_sets import context_sets
from gateway.protocols.sru.cql import CQLQuery, parse, to_query
from gateway.protocols.sru.facets import MAX_VALUES, faceted_results
from gateway.protocols.sru.refused import RefusedError
from gateway.protocols.sru.server_request import ServerRequest
from gateway.protocols.sru.server_response import OutRecord, escape, scan_answer, search_answer
from gateway.protocols.z3950 import rpnquery
from gateway.records import text

#: CQL indexes of the facets.
FACETED = tuple(f"wenyuan.{name}" for name in FACETS)
_MAX_START = 100_000_000
#: Pages of more records are written in a thread, so that nobody else waits for them.
_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Explained:
    title: Mapping[str, str]
    description: Mapping[str, str]
    browsable: frozenset[str]
    joint: bool


def explained(catalogue: Catalogue, database: str, title: Mapping[str, str]) -> Explained:
    """What the catalogue says of a database; ``title`` when it says nothing."""
    joint = isinstance(catalogue, JointCatalogue)
    browsable = catalogue.browsable if isinstance(catalogue, BrowsingCatalogue) else frozenset()
    if not isinstance(catalogue, DescribedCatalogue):
        return Explained(title, {}, browsable, joint)
    info = catalogue.describe(database)
    return Explained(info.title, info.description, browsable, joint)


async def searched(catalogue: Catalogue, database: str, asked: ServerRequest) -> str:
    """A ``searchRetrieveResponse``; raises :class:`RefusedError` and errors of the query."""
    query, tree = _query(asked)
    if asked.start > _MAX_START:
        raise RefusedError(61, str(asked.start), asked.version)
    if isinstance(catalogue, JointCatalogue):
        return await _joint(catalogue, database, asked, query, tree)
    if asked.facets:
        raise RefusedError(8, "facetLimit; this database has no facets", asked.version)
    results = await catalogue.search([database], query)
    _check_range(asked, results.total)
    count = max(0, min(asked.maximum, results.total - asked.start + 1))
    records: list[OutRecord] = []
    if count:
        raws = await results.fetch(asked.start, count)
        records = [out_record(raw, asked.schema, asked.start + at) for at, raw in enumerate(raws)]
    return search_answer(asked, results.total, records, tree)


async def _joint(
    catalogue: JointCatalogue, database: str, asked: ServerRequest, query: Query, tree: CQLQuery | None
) -> str:
    search = IndexSearch(
        query,
        start=asked.start - 1,
        size=asked.maximum,
        facets=tuple(facet.name for facet in asked.facets),
        facet_size=_facet_size(asked),
    )
    page = await catalogue.find([database], search)
    _check_range(asked, page.total)
    if len(page.records) > _AT_ONCE:
        return await asyncio.to_thread(_written, asked, page, tree)
    return _written(asked, page, tree)


def _written(asked: ServerRequest, page: IndexPage, tree: CQLQuery | None) -> str:
    records = [out_union(union, asked.schema, asked.start + at) for at, union in enumerate(page.records)]
    facets = ""
    if asked.facets:
        values = {name: [(each.value, each.count) for each in found] for name, found in page.facets.items()}
        facets = faceted_results(asked.facets, values, escape)
    return search_answer(asked, page.total, records, tree, facets)


def _facet_size(asked: ServerRequest) -> int:
    """Values to fetch: any other order than the most frequent first needs them all, as far as they are given."""
    if any(facet.alphabetic or not facet.descending for facet in asked.facets):
        return 1000
    return max((facet.start + facet.limit - 1 for facet in asked.facets), default=MAX_VALUES)


def _check_range(asked: ServerRequest, total: int) -> None:
    if asked.start > max(total, 1):
        raise RefusedError(61, f"{asked.start} of {total}", asked.version)


async def scanned(catalogue: Catalogue, database: str, asked: ServerRequest) -> str:
    """A ``scanResponse``; ``responsePosition`` 0 means that the answer begins behind the term."""
    if not isinstance(catalogue, BrowsingCatalogue) or not catalogue.browsable:
        raise RefusedError(4, "scan", asked.version)
    clause = _scan_clause(asked)
    before = max(asked.position - 1, 0)
    skipped = 1 if asked.position == 0 else 0
    page = await catalogue.browse([database], clause, before=before, count=asked.maximum + skipped)
    terms = page.terms
    if skipped and terms and _same(terms[0].term, clause.term):
        return scan_answer(asked, terms[1:], first=False, last=page.last)
    return scan_answer(asked, terms[: asked.maximum], first=page.first, last=page.last and len(terms) <= asked.maximum)


def _same(folded: str, typed: str) -> bool:
    """Whether a term of a list is what was typed; spaces make no difference in codes."""
    return folded.replace(" ", "") == text.fold(typed).replace(" ", "")


def _scan_clause(asked: ServerRequest) -> Clause:
    tree = parse(asked.query)
    root = to_query(tree).root
    if not isinstance(root, Clause) or tree.sort:
        raise RefusedError(48, "a scan clause is one index, relation and term", asked.version)
    return root


def _query(asked: ServerRequest) -> tuple[Query, CQLQuery | None]:
    if asked.query_type == "pqf":
        return rpnquery.to_query(pqf.parse(asked.query), bytes.decode), None
    if asked.query_type == "searchterms":
        return parse_simple(asked.query), None
    tree = parse(asked.query)
    query = to_query(tree)
    if asked.sort_keys and not query.sort:  # a sortBy in the query prevails (SRU 1.2, "sortKeys")
        query = replace(query, sort=_sort_keys(asked.sort_keys, asked.version))
    return query, tree


def _sort_keys(written: str, version: str) -> tuple[SortKey, ...]:
    """``sortKeys``: keys separated by blanks, each ``path,schema,ascending,caseSensitive,missingValue``.

    The order never regards case and puts what is missing last (SRU 1.1, "Sorting"); anything else is refused.
    """
    keys = []
    for one in written.split():
        path, schema, ascending, case, missing = (*one.split(",", 4), "", "", "", "")[:5]
        if schema and schema.lower() not in ("dc", "info:srw/schema/1/dc-v1.1"):
            raise RefusedError(87, schema, version)
        if ascending not in ("", "0", "1"):
            raise RefusedError(82, one, version)
        if case not in ("", "0"):
            raise RefusedError(91, one, version)
        if missing not in ("", "highValue"):
            raise RefusedError(92, one, version)
        keys.append(SortKey(context_sets().sort_key(path), ascending == "0"))
    return tuple(keys)
