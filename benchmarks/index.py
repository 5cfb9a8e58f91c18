"""The embedded index beside raw tantivy and Zebra, on the same made records (``benchmarks._library``), in one run.

Printed: union records a second from ``Record`` to searchable, in batches as a harvest gives them, beside a bare bulk of
ready-made tantivy documents; p50 and p99 of a search (20 records, all facets of a reader's page) beside the bare engine
query on the very same index and beside Zebra; bytes a record; memory while it grows; what a live search leaves to
write; clustering.

``WENYUAN_BENCH_UNIONS`` union records (50,000), ``WENYUAN_BENCH_RAW`` documents of the bare bulk (20,000, held ready
in memory), ``WENYUAN_BENCH_ZEBRA`` records for Zebra (20,000), ``WENYUAN_BENCH_SEED``.
"""

from __future__ import annotations

import asyncio
import os
import random
import re
import shutil
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import tantivy

from benchmarks._library import SEED, Library
from benchmarks._live import behind
from connectors.z3950 import connect
from gateway.core.answer import FACETS
from gateway.core.deadline import Deadline
from gateway.core.ports import Change, IndexSearch
from gateway.core.query import Clause, Query
from gateway.core.record import Record, UnionRecord
from gateway.core.target import Target
from gateway.interpreter import tuned
from gateway.protocols.simple import parse_simple
from gateway.records import text
from gateway.union import Unifier
from index import plan
from index.document import document, made
from index.embedded import EmbeddedIndex, open_index
from index.embedded.store import Store
from index.embedded.translate import Translator, build_schema, to_tantivy
from index.gathering import gather
from index.query import make_plan
from tests.support import peers

_BATCH = 1_000
#: Union records that are made, then loaded and timed, together.
_LOADED = 5_000
_QUERIES = 600
_HEAP = 64_000_000

#: A kind of question, and what is typed.
_Asked = tuple[str, str]


def run() -> None:
    asyncio.run(
        _run(
            _number("WENYUAN_BENCH_UNIONS", 50_000),
            _number("WENYUAN_BENCH_RAW", 20_000),
            _number("WENYUAN_BENCH_ZEBRA", 20_000),
            _number("WENYUAN_BENCH_SEED", SEED),
        )
    )


def _number(name: str, default: int) -> int:
    return int(os.environ.get(name, default))


async def _run(unions: int, raw: int, for_zebra: int, seed: int) -> None:
    library = Library(seed)
    words = f", {library.real_words} words of real titles" if library.real_words else ""
    print(
        f"{unions} union records, seed {seed}{words}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}", flush=True
    )
    text.ranking_tokens("中国文学")  # the dictionary
    for union in library.unions(unions, unions + 2_000):
        document(union, 0.0)  # readings and words that every catalogue has
    with tuned(), tempfile.TemporaryDirectory(prefix="wenyuan-bench-") as folder:  # as `wenyuan serve` is
        index = await open_index(folder)
        try:
            loaded, asked = await _load(index, library, unions, Path(folder))
            _parts(library, min(raw, unions), loaded.wall / unions)
            await _searches(index, asked, Path(folder))
            await _zebra(library, min(for_zebra, unions), [typed for _, typed in asked], Path(folder))
        finally:
            await index.close()
    await _clustering([record for number in range(3_000) for record in library.records(number)])
    await behind()


class _Clock:
    """Wall and processor time of what is to be counted, that of the processes it starts with it."""

    def __init__(self) -> None:
        self.wall = self.cpu = 0.0

    def __enter__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), _cpu()

    def __exit__(self, *_: object) -> None:
        self.wall += time.perf_counter() - self._wall
        self.cpu += _cpu() - self._cpu

    def rate(self, count: int) -> str:
        return f"{count / self.wall:8.0f}/s  ({self.cpu * 1e6 / count:.0f} µs CPU each, {self.wall:.1f} s)"


def _cpu() -> float:
    ended = os.times()
    return time.process_time() + ended.children_user + ended.children_system + sum(map(_cpu_of, _children()))


def _children() -> list[str]:
    return [name for path in Path("/proc/self/task").glob("*/children") for name in path.read_text().split()]


def _cpu_of(process: str) -> float:
    try:
        told = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:  # it ended this moment
        return 0.0
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


async def _load(index: EmbeddedIndex, library: Library, unions: int, folder: Path) -> tuple[_Clock, list[_Asked]]:
    """Store and index some thousand at a time, in batches as a harvest gives them; the index makes them visible as it
    does by itself, and once more at the end of each. Also queries as readers type them, with their kinds."""
    everything = _Clock()
    dice = random.Random(library.seed)
    asked: list[_Asked] = []
    records = 0
    print("      unions   a second: lately, all   load   resident MB", flush=True)
    lately, before = _Clock(), 0
    for start in range(0, unions, _LOADED):
        part = list(library.unions(start, min(start + _LOADED, unions)))
        records += sum(len(union.members) for union in part)
        with everything, lately:
            for first in range(0, len(part), _BATCH):
                batch = part[first : first + _BATCH]
                members = tuple(member for union in batch for member in union.members)
                await index.apply(Change(members, tuple(batch)))
            await index.refresh()
        if len(asked) < 50 * _QUERIES:
            asked += [_asked(union, number, dice) for number, union in enumerate(dice.sample(part, min(60, len(part))))]
        done = start + len(part)
        if done % max(unions // 10 // _LOADED * _LOADED, _LOADED) == 0 or done == unions:
            print(
                f"    {done:8}{(done - before) / lately.wall:19.0f}{done / everything.wall:8.0f}"
                f"{os.getloadavg()[0]:7.1f}{_resident():12.0f}",
                flush=True,
            )
            lately, before = _Clock(), done
    print(f"  loaded           {everything.rate(unions)}: from records to searchable, and stored")
    size = _size(folder)
    search = _size(folder / "search")
    print(
        f"  size             {size / records:.0f} bytes a record ({records} records; {search / records:.0f} of it"
        f" tantivy), {size / unions:.0f} a union record; raw records included"
    )
    return everything, dice.sample(asked, min(_QUERIES, len(asked)))


def _resident() -> float:
    found = re.search(r"VmRSS:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _asked(union: UnionRecord, number: int, dice: random.Random) -> _Asked:
    """As readers type: whole titles, parts of them, authors, readings, numbers, a subject."""
    record = union.record
    title = record.title.text
    isbn = next(record.identifiers_of("isbn"), title)
    return (
        ("title", title),
        ("beginning", title[: max(3, len(title) // 2)]),
        ("author", record.contributors[0].name),
        ("reading", text.pinyin(title)[0] if text.has_han(title) else title.split()[0]),
        ("number", isbn),
        ("subject", record.subjects[0].parts[0]),
    )[number % 6]


def _parts(library: Library, count: int, ours: float) -> None:
    """What the parts of a load take alone, in one thread; and documents that are ready in memory, written by tantivy
    alone. ``ours``: seconds a union record of the whole load."""
    ready, stored, gathered, analysed = [], _Clock(), _Clock(), _Clock()
    with tempfile.TemporaryDirectory(prefix="wenyuan-bench-") as folder:
        store = Store(Path(folder) / "records.sqlite", writable=True)
        for start in range(0, count, _BATCH):
            part = list(library.unions(start, min(start + _BATCH, count)))
            with stored:
                store.apply(Change(tuple(member for union in part for member in union.members), tuple(part)))
            with gathered:
                found = [gather(union, 0.0) for union in part]
            with analysed:
                documents = [made(one) for one in found]
            ready += [to_tantivy(number, one) for number, one in enumerate(documents, start)]
        store.close()
    print(f"  storing alone    {stored.rate(count)}: SQLite, match keys, merged values; the first {count}")
    print(f"  gathering alone  {gathered.rate(count)}: the strings of a record, in the first process")
    print(f"  analysis alone   {analysed.rate(count)}: tokens, readings, sort keys, in any process")
    for threads in (1, 2):
        clock = _Clock()
        with tempfile.TemporaryDirectory(prefix="wenyuan-bench-") as folder, clock:
            bare = tantivy.Index(build_schema(), path=folder)
            writer = bare.writer(_HEAP * threads, threads)
            for one in ready:
                writer.add_document(one)
            writer.commit()
        ratio = clock.wall / count / ours
        print(
            f"  raw tantivy      {clock.rate(count)}: ready-made documents, threads: {threads}; we: {ratio:.2f} of it"
        )


async def _searches(index: EmbeddedIndex, asked: Sequence[_Asked], folder: Path) -> None:
    translator = Translator(build_schema())
    request = {name: {"terms": {"field": f"facet_{name}", "size": 30, "segment_size": 10_000}} for name in FACETS}
    bare = tantivy.Index.open(str(folder / "search"))
    bare.reload()
    ours: dict[str, list[float]] = {}
    plain: dict[str, list[float]] = {}
    for kind, typed in asked:
        query = parse_simple(typed)
        node = make_plan(query)
        if isinstance(node, plan.Nothing):
            continue
        began = time.perf_counter()
        await index.search(IndexSearch(query, facets=FACETS))
        ours.setdefault(kind, []).append(time.perf_counter() - began)
        translated = translator.query(node)
        began = time.perf_counter()
        searcher = bare.searcher()
        searcher.search(translated, 20, weight_by_field="prior")
        searcher.aggregate(translated, request)
        plain.setdefault(kind, []).append(time.perf_counter() - began)
    print(f"  {'search':17}{'Wenyuan p50':>12}{'p99':>9}{'tantivy p50':>13}{'p99':>9}   ms, {len(FACETS)} facets")
    everything = [time for times in ours.values() for time in times]
    alone = [time for times in plain.values() for time in times]
    for kind in ours:
        print(
            f"    {kind:15}{_ms(ours[kind], 50):>12}{_ms(ours[kind], 99):>9}"
            f"{_ms(plain[kind], 50):>13}{_ms(plain[kind], 99):>9}"
        )
    print(f"    {'all':15}{_ms(everything, 50):>12}{_ms(everything, 99):>9}{_ms(alone, 50):>13}{_ms(alone, 99):>9}")
    overhead = [one - other for kind in ours for one, other in zip(ours[kind], plain[kind], strict=True)]
    print(
        f"  overhead         p50 {statistics.median(overhead) * 1000:.1f} ms: plan, 20 union records read, threads",
        flush=True,
    )


async def _zebra(library: Library, count: int, asked: Sequence[str], folder: Path) -> None:
    """One record of each edition, indexed by ICU's words; the same queries, 20 records, no facets (it has none)."""
    if not count or not (shutil.which("zebraidx") and shutil.which("zebrasrv")):
        print("  Zebra            not asked: it is not installed (`make peers` installs it)")
        return
    place = folder / "zebra"
    place.mkdir()
    file = place / "all.mrc"
    with file.open("wb") as stream:
        for number in range(count):
            raw = library.records(number)[0].raw
            assert raw is not None
            stream.write(raw.payload)
    began = time.perf_counter()
    with peers.zebra([file], place, rules="marc21-utf8") as peer:
        built = time.perf_counter() - began
        target = Target(
            "zebra", "z3950", host=peer.host, port=peer.port, database=peer.database, page_size=20,
            attributes={"any": "1=1016 4=6 2=102"},
        )  # fmt: skip
        connector = connect(target)
        times = []
        loop = asyncio.get_running_loop()
        for typed in asked:
            began = time.perf_counter()
            query = Query(Clause("any", typed))
            async for _ in connector.search(query, start=1, limit=20, deadline=Deadline.after(30.0, loop.time())):
                pass
            times.append(time.perf_counter() - began)
        await connector.close()
    print(
        f"  Zebra            p50 {_ms(times, 50)}  p99 {_ms(times, 99)} ms, no facets, over Z39.50; {count} records"
        f" indexed in {built:.1f} s ({count / built:.0f}/s)",
        flush=True,
    )


async def _clustering(part: Sequence[Record]) -> None:
    index = await open_index("")
    unifier = Unifier(index)
    try:
        first = await _timed(unifier, part)
        again = await _timed(unifier, part)
    finally:
        await index.close()
    print(
        f"  clustering       {first.rate(len(part))} new records, {len(part) / again.wall:.0f}/s seen again", flush=True
    )


async def _timed(unifier: Unifier, part: Sequence[Record]) -> _Clock:
    clock = _Clock()
    with clock:
        for start in range(0, len(part), 200):
            await unifier.add(part[start : start + 200])
    return clock


def _ms(times: Sequence[float], percent: int) -> str:
    ordered = sorted(times)
    return f"{ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] * 1000:.1f}"
