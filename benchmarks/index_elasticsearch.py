"""Elasticsearch as the shared index beside a bare bulk of the same documents, ready-made, and beside its bare search.

Printed: union records a second from ``Record`` to acknowledged and searchable, from one task and from four side by
side (other batches), beside the node's own bulk of the very same lines; p50 of a search with facets beside the bare
request. The node is the tests' own (or ``WENYUAN_ES_URL``). ``WENYUAN_BENCH_NODE_UNIONS`` union records (5,000).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import statistics
import time
from collections.abc import Sequence

from _pytest.outcomes import Failed, Skipped

from benchmarks._library import Library
from gateway.core.answer import FACETS
from gateway.core.ports import Change, IndexSearch
from gateway.core.record import UnionRecord
from gateway.protocols.simple import parse_simple
from index.elasticsearch import ElasticsearchIndex, open_index, searching
from index.elasticsearch.bulk import lines_of
from index.elasticsearch.documents import match_keys, record_operation, union_operation
from index.elasticsearch.location import parse_location
from index.elasticsearch.schema import KINDS, alias
from tests.support import elasticsearch

_BATCH = 500
_BULK = 1_000
_QUERIES = 200


def run() -> None:
    count = int(os.environ.get("WENYUAN_BENCH_NODE_UNIONS", "5000"))
    with contextlib.ExitStack() as stack:
        try:
            node = stack.enter_context(elasticsearch.given_or_started())
        except (Skipped, Failed) as missing:
            print(f"  not run: {missing}")
            return
        asyncio.run(_run(stack, node, count))


async def _run(stack: contextlib.ExitStack, node: elasticsearch.Node, count: int) -> None:
    library = Library()
    print(f"{count} union records, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}", flush=True)
    unions = list(library.unions(0, count))
    names = ("bench-warm", "bench-one", "bench-four", "bench-raw")
    spaces = [stack.enter_context(elasticsearch.space(node, name)) for name in names]
    await _ours("warming up", spaces[0], list(library.unions(count, count + 1_000)), 1)
    times = {
        1: await _ours("from one task", spaces[1], unions, 1),
        4: await _ours("from four tasks", spaces[2], unions, 4),
    }
    raw = await _bare(spaces[3], unions)
    print(f"  ratio            {raw / times[1]:.2f} of the bare bulk from one task, {raw / times[4]:.2f} from four")
    await _searches(spaces[1], unions)


async def _ours(name: str, location: str, unions: Sequence[UnionRecord], tasks: int) -> float:
    index = await open_index(location)
    batches = [unions[start : start + _BATCH] for start in range(0, len(unions), _BATCH)]
    batches.reverse()

    async def work() -> None:
        while batches:
            part = batches.pop()
            await index.apply(Change(tuple(member for union in part for member in union.members), tuple(part)))

    try:
        cpu, began = time.process_time(), time.perf_counter()
        await asyncio.gather(*(work() for _ in range(tasks)))
        await index.refresh()
        wall = time.perf_counter() - began
    finally:
        await index.close()
    each = (time.process_time() - cpu) * 1e6 / len(unions)
    print(f"  {name:16} {len(unions) / wall:8.0f}/s  ({each:.0f} µs CPU each here, {wall:.1f} s)", flush=True)
    return wall


async def _bare(location: str, unions: Sequence[UnionRecord]) -> float:
    """The same documents in the same indices, made before the clock runs."""
    index = await open_index(location)
    place = parse_location(location)
    names = {kind: alias(place, kind) for kind in KINDS}
    now = time.time()
    pairs = []
    for union in unions:
        operations = [record_operation(one, union.id, now, match_keys(one)) for one in union.members]
        pairs += [lines_of(names[one.kind], 1, int(now), one) for one in (*operations, union_operation(union, now))]
    client = place.client()
    try:
        cpu, began = time.process_time(), time.perf_counter()
        for start in range(0, len(pairs), _BULK):
            answer = await client.bulk(operations=[line for pair in pairs[start : start + _BULK] for line in pair])
            assert not answer["errors"]
        await client.indices.refresh(index=list(names.values()))
        wall = time.perf_counter() - began
    finally:
        await client.close()
        await index.close()
    each = (time.process_time() - cpu) * 1e6 / len(unions)
    print(f"  {'bare bulk':16} {len(unions) / wall:8.0f}/s  ({each:.0f} µs CPU each here, {wall:.1f} s)", flush=True)
    return wall


async def _searches(location: str, unions: Sequence[UnionRecord]) -> None:
    index: ElasticsearchIndex = await open_index(location)
    place = parse_location(location)
    client = place.client()
    name = alias(place, "unions")
    ours, plain = [], []
    try:
        for number in range(_QUERIES):
            title = unions[number * 7 % len(unions)].record.title.text
            search = IndexSearch(parse_simple(title if number % 2 else title[: max(3, len(title) // 2)]), facets=FACETS)
            began = time.perf_counter()
            await index.search(search)
            ours.append(time.perf_counter() - began)
            body = searching.request(search, forgiving=False)
            began = time.perf_counter()
            await client.search(index=name, body=body)
            plain.append(time.perf_counter() - began)
    finally:
        await client.close()
        await index.close()
    half = [statistics.median(times) * 1000 for times in (ours, plain)]
    more = statistics.median([one - other for one, other in zip(ours, plain, strict=True)]) * 1000
    print(f"  search           p50 {half[0]:.1f} ms, bare request {half[1]:.1f} ms (20 records, {len(FACETS)} facets)")
    print(f"  overhead         p50 {more:.1f} ms: plan, members of 20 union records read and decoded", flush=True)
