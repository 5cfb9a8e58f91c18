"""The embedded index beside raw tantivy on the same documents, in the same run.

``run()`` prints: records clustered and stored per second; documents indexed per second beside a bare bulk of
ready-made tantivy documents; p50 and p99 of a search (20 records, 5 facets) beside the bare engine query; bytes per
record. ``WENYUAN_BENCH_UNIONS`` sets the number of union records (20,000).
"""

from __future__ import annotations

import asyncio
import os
import random
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import tantivy

from gateway.core.answer import FACETS
from gateway.core.ports import Change, IndexSearch
from gateway.core.query import Clause, Query
from gateway.core.record import (
    Classification,
    Contributor,
    Holding,
    Identifier,
    Publication,
    RawRecord,
    Record,
    Subject,
    Title,
)
from gateway.records.merge import merge
from gateway.union import Unifier
from index.document import document
from index.embedded import engine, open_index
from index.embedded.translate import Translator, build_schema, to_tantivy
from index.query import make_plan

_SEED = 20261121
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰文学志远"
_PLACES = (
    "中国",
    "陕西",
    "西安",
    "延安",
    "关中",
    "黄土高原",
    "丝绸之路",
    "唐代",
    "明清",
    "近代",
    "世界",
    "欧洲",
    "日本",
)
_THEMES = (
    "文学史", "经济发展", "哲学", "教育研究", "地方志", "考古", "戏曲音乐", "水利工程", "数据结构",
    "人工智能", "法律制度",
    "图书馆学", "农业技术", "社会变迁", "建筑艺术", "民间故事", "医学", "物理化学", "程序设计", "统计年鉴",
)  # fmt: skip
_KINDS = ("概论", "研究", "导论", "论集", "资料汇编", "教程", "选读", "图录", "手册", "史话", "文集", "探微")
_PUBLISHERS = ("人民出版社", "中华书局", "商务印书馆", "陕西人民出版社", "西安交通大学出版社", "科学出版社", "三联书店")


def records(unions: int, seed: int = _SEED) -> list[Record]:
    """Records of so many editions, two of three held by one library, the others by two to five."""
    dice = random.Random(seed)
    out: list[Record] = []
    for number in range(unions):
        title = f"{dice.choice(_PLACES)}{dice.choice(_THEMES)}{dice.choice(_KINDS)}"
        other = f"{dice.choice(_THEMES)}与{dice.choice(_THEMES)}" if number % 4 == 0 else ""
        author = dice.choice(_SURNAMES) + "".join(dice.sample(_GIVEN, 2))
        year = dice.randint(1950, 2025)
        isbn = _isbn(number)
        number_of_libraries = 1 if dice.random() < 0.67 else dice.randint(2, 5)
        for library in dice.sample(range(113), number_of_libraries):
            source = f"lib{library:03}"
            out.append(
                Record(
                    id=f"{source}:{number}",
                    source=source,
                    local_id=str(number),
                    titles=(Title(title, other=(other,) if other else ()),),
                    contributors=(Contributor(author, "aut", primary=True),),
                    publications=(Publication("西安", dice.choice(_PUBLISHERS[:1]), str(year)),),
                    identifiers=(Identifier("isbn", isbn, isbn),),
                    year=year,
                    extent=f"{100 + number % 500}页",
                    subjects=(Subject((dice.choice(_THEMES), dice.choice(_PLACES))),),
                    classes=(Classification("clc", f"I{dice.randint(200, 299)}.{dice.randint(1, 9)}"),),
                    languages=("chi",),
                    summary=f"本书论述{title}的若干问题，分{dice.randint(3, 12)}章。",
                    holdings=(Holding(source=source, call_number=f"I2/{number}", barcode=f"{source}{number}"),),
                    raw=RawRecord(source, b"x" * 900, local_id=str(number)),
                )
            )
    return out


def _isbn(number: int) -> str:
    body = f"9787{number:08}"
    return body + str(-sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(body)) % 10)


def queries(held: Sequence[Record], count: int = 300, seed: int = _SEED) -> list[str]:
    """As readers type: whole titles, parts of them, authors, pinyin, numbers."""
    dice = random.Random(seed)
    out = []
    for number in range(count):
        record = dice.choice(held)
        text = record.title.text
        out.append(
            (text, text[:4], record.contributors[0].name, "shanxi wenxue", record.identifiers[0].value, text[2:6])[
                number % 6
            ]
        )
    return out


def run() -> None:
    asyncio.run(_run(int(os.environ.get("WENYUAN_BENCH_UNIONS", "20000"))))


async def _run(unions: int) -> None:
    held = records(unions)
    print(f"embedded index: {unions} union records of {len(held)} records (made, seed {_SEED})")
    engine.VISIBLE_AFTER = 3600.0  # nothing is indexed while the storing is timed
    with tempfile.TemporaryDirectory() as folder:
        index = await open_index(folder)
        began = time.perf_counter()
        grouped: dict[str, list[Record]] = {}
        for record in held:
            grouped.setdefault(record.local_id, []).append(record)
        whole = [merge(members) for members in grouped.values()]
        for start in range(0, len(whole), 1000):
            part = whole[start : start + 1000]
            members = tuple(member for union in part for member in union.members)
            await index.apply(Change(members, tuple(part)))
        stored = time.perf_counter() - began
        began = time.perf_counter()
        await index.refresh()
        indexed = time.perf_counter() - began
        began = time.perf_counter()
        ready = [to_tantivy(number, document(union, 0.0)) for number, union in enumerate(whole)]
        made = time.perf_counter() - began
        began = time.perf_counter()
        bare = _bulk(ready)
        bulk = time.perf_counter() - began
        print(f"  store            {len(held) / stored:9.0f} records/s   ({stored:.1f} s, SQLite, keys, merge)")
        print(f"  index            {unions / indexed:9.0f} unions/s    ({indexed:.1f} s: read back, analyse, commit)")
        print(f"  analysis alone   {unions / made:9.0f} unions/s    ({made:.1f} s)")
        print(f"  raw tantivy bulk {unions / bulk:9.0f} documents/s ({bulk:.1f} s, ready-made documents)")
        print(f"  ratio            {bulk / indexed:9.2f} of raw bulk; {bulk / (indexed - made):.2f} without analysis")
        size = _size(Path(folder))
        print(f"  size             {size / len(held):9.0f} bytes/record on disk, raw records included")
        await _searches(index, bare, held)
        await index.close()
    await _clustering(held[:5_000])


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _bulk(ready: Sequence[tantivy.Document]) -> tantivy.Index:
    bare = tantivy.Index(build_schema(), path=None)
    writer = bare.writer(64_000_000, 1)
    for one in ready:
        writer.add_document(one)
    writer.commit()
    bare.reload()
    return bare


async def _searches(index: object, bare: tantivy.Index, held: Sequence[Record]) -> None:
    asked = queries(held)
    ours: list[float] = []
    for text in asked:
        began = time.perf_counter()
        await index.search(IndexSearch(Query(Clause("any", text)), facets=FACETS))  # type: ignore[attr-defined]
        ours.append(time.perf_counter() - began)
    translator = Translator(build_schema())
    request = {name: {"terms": {"field": f"facet_{name}", "size": 30, "segment_size": 10_000}} for name in FACETS}
    plain: list[float] = []
    for text in asked:
        query = translator.query(make_plan(Query(Clause("any", text))))
        began = time.perf_counter()
        searcher = bare.searcher()
        searcher.search(query, 20, weight_by_field="prior")
        searcher.aggregate(query, request)
        plain.append(time.perf_counter() - began)
    print(f"  search           p50 {_ms(ours, 50)}  p99 {_ms(ours, 99)}  (20 records, {len(FACETS)} facets)")
    print(f"  raw tantivy      p50 {_ms(plain, 50)}  p99 {_ms(plain, 99)}  (same plans and facets, no records)")
    print(f"  overhead at p50  {(statistics.median(ours) - statistics.median(plain)) * 1000:.1f} ms")


async def _clustering(part: Sequence[Record]) -> None:
    index = await open_index("")
    unifier = Unifier(index)
    try:
        first = await _timed(unifier, part)
        again = await _timed(unifier, part)
    finally:
        await index.close()
    print(f"  clustering       {len(part) / first:9.0f} records/s new, {len(part) / again:.0f} records/s seen again")


async def _timed(unifier: Unifier, part: Sequence[Record]) -> float:
    began = time.perf_counter()
    for start in range(0, len(part), 200):
        await unifier.add(part[start : start + 200])
    return time.perf_counter() - began


def _ms(times: Sequence[float], percent: int) -> str:
    ordered = sorted(times)
    return f"{ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] * 1000:6.1f} ms"
