"""Other editions, volumes and translations of the work that a union record is an edition of."""

from __future__ import annotations

from functools import reduce

from gateway.core.ports import Index, IndexPage, IndexSearch
from gateway.core.query import Boolean, Clause, Node, Operator, Query, Relation, SortKey
from gateway.core.record import UnionRecord
from gateway.records.works import INDEX, work_keys


async def other_editions(index: Index, union: UnionRecord, *, size: int = 10) -> IndexPage:
    """The newest ``size`` of them, and how many there are. Found by key: the cost is that of one search."""
    query = editions_query(union)
    if query is None:
        return IndexPage(0, ())
    return await index.search(IndexSearch(query, sort=(SortKey("year", descending=True),), size=size))


def editions_query(union: UnionRecord) -> Query | None:
    """What finds them; None when the record names no work."""
    keys = work_keys(union.record).asked
    if not keys:
        return None
    clauses: list[Node] = [Clause(INDEX, key, Relation.EXACT) for key in keys]
    of_the_work = reduce(lambda left, right: Boolean(Operator.OR, left, right), clauses)
    return Query(Boolean(Operator.NOT, of_the_work, Clause("id", union.id, Relation.EXACT)))
