"""CQL: queries read per second, beside the standard library's own small-language lexer on the same text."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable

from gateway.protocols.sru.context_sets import usual_indexes
from gateway.protocols.sru.cql import from_query, parse, to_query, unparse

QUERIES = (
    "红楼梦",
    'dc.title = "dream of the red chamber"',
    "dc.title = 红楼梦 and dc.creator = 曹雪芹",
    "bath.isbn = 9787020002207 or cql.anywhere = 9787020002207",
    'dc.title any "红楼梦 水浒传 西游记" and dc.date within "1990 2000" not dc.language = eng',
    "(dc.title = 史记 or dc.title = 汉书) and dc.creator = (司马迁 or 班固) sortBy dc.date/sort.descending",
    '>dc="info:srw/cql-context-set/1/dc-v1.1" dc.title all/relevant "中国 文学 史" prox/distance<3 dc.subject = 文学',
)


def rate(work: Callable[[str], object], seconds: float = 0.5) -> float:
    """Queries per second, best of three rounds."""
    best = 0.0
    for _ in range(3):
        done, start = 0, time.perf_counter()
        while (took := time.perf_counter() - start) < seconds / 3:
            for query in QUERIES:
                work(query)
            done += len(QUERIES)
        best = max(best, done / took)
    return best


def run() -> None:
    trees = {query: parse(query) for query in QUERIES}
    asked = {query: to_query(tree) for query, tree in trees.items()}
    parsed, lexed = rate(parse), rate(shlex.split)
    print(f"CQL text to tree        {parsed:>10,.0f} queries/s   {parsed / lexed:.2f} x shlex.split ({lexed:,.0f}/s)")
    print(f"CQL tree to Query       {rate(lambda query: to_query(trees[query])):>10,.0f} queries/s")
    print(f"CQL tree to text        {rate(lambda query: unparse(trees[query])):>10,.0f} queries/s")
    indexes = {**usual_indexes(), "language": "dc.language"}
    print(f"Query to CQL of target  {rate(lambda query: from_query(asked[query], indexes)):>10,.0f} queries/s")


if __name__ == "__main__":
    run()
