"""Hostile searches through everything that answers: both engines, and a gateway's ``/search`` over HTTP.

    python -m tests.support.hostile_searches [--elasticsearch 8.19.7]

prints, for each, how many were answered and refused, and the longest time that one took. Every answer of the gateway
must be a result or a problem detail (RFC 9457), never a failure.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import urlencode

import aiohttp

from gateway.core.answer import FACETS
from gateway.core.errors import QueryError
from gateway.core.ports import Index, IndexSearch
from gateway.core.query import INDEXES, Clause, Query
from index import embedded
from index.elasticsearch import open_index as open_elasticsearch
from index.testing import fill
from index.testing.hostile import hostile
from tests.support import elasticsearch

ROOT = Path(__file__).parents[2]
_SCRIPTS = (
    "<script>alert(1)</script>", "'; DROP TABLE unions; --", "{{7*7}}${7*7}", '"}}],"query":{"match_all":{}}',
    "\x00\x01\x1b[31m", "..\\..\\etc\\passwd",
)  # fmt: skip
Told = tuple[Counter[str], float, str]


def addresses() -> list[str]:
    """Queries of ``/search``, more than three hundred and always the same."""
    asked: list[dict[str, str]] = []
    for script in _SCRIPTS:
        quoted = script.replace("\\", "\\\\").replace('"', '\\"')
        asked += [{"q": f'{index} = "{quoted}"', "syntax": "cql"} for index in INDEXES]
        asked += [{"q": "梦", name: script} for name in ("syntax", "scope", "page", "size", "sort", "filter", "lang")]
        asked += [{"q": "梦", name: script} for name in ("index", "format", "deadline", "targets", "facets", "cursor")]
        asked.append({"q": script, script: script})
    asked += [{"q": node.term} for node in hostile() if isinstance(node, Clause)]
    words = [f"t{number}" for number in range(10_000)]
    for operator in ("and", "or", "not"):
        asked += [{"q": f" {operator} ".join(words[:count]), "syntax": "cql"} for count in (400, 2_000, 10_000)]
    asked += [{"q": " ".join(words[:count])} for count in (400, 2_000, 10_000)]
    for depth in (20, 60, 500, 5_000):
        asked.append({"q": "(" * depth + "title = 梦" + ")" * depth, "syntax": "cql"})
        asked.append({"q": "梦 and (" * depth + "梦" + ")" * depth, "syntax": "cql"})
        asked.append({"q": "(" * depth + '"' * (depth % 7), "syntax": "cql"})
    for mask in ("*", "?", "**", "?*?*", "*a*", "a*b*c*d*e*", "?" * 300, "*" * 300):
        asked += [{"q": f'{index} = "{mask}"', "syntax": "cql"} for index in ("any", "title", "isbn")] + [{"q": mask}]
    asked += [{"q": "梦", "page": "999999999"}, {"q": "梦", "size": "999999999"}, {"q": "梦", "page": "-1"}, {"q": ""}]
    return [urlencode(one, errors="replace") for one in asked]


async def ask_engine(index: Index) -> Told:
    """(answers and refusals, the longest time in seconds, what took it)."""
    await index.search(IndexSearch(Query(Clause("any", "中国古代文学史"))))  # the dictionaries are loaded once
    told: Counter[str] = Counter()
    times: list[tuple[float, str]] = []
    for number, node in enumerate(hostile()):
        began = time.perf_counter()
        try:
            page = await index.search(IndexSearch(Query(node), facets=FACETS, forgiving=True))
        except QueryError as error:
            assert len(str(error)) > 10
            told["refused in words"] += 1
        else:
            assert page.total >= len(page.records)
            told["answered"] += 1
        times.append((time.perf_counter() - began, f"number {number}"))
    return told, *max(times)


async def ask_gateway(root: str, timeout: float = 30.0) -> Told:
    told: Counter[str] = Counter()
    times: list[tuple[float, str]] = []
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(timeout)) as session:
        async with session.get(f"{root}/search?q=%E4%B8%AD%E5%9B%BD&format=json") as first:
            assert first.status == 200
        for query in addresses():
            began = time.perf_counter()
            address = aiohttp.client.URL(f"{root}/search?{query}&format=json", encoded=True)
            async with session.get(address) as answer:
                body = await answer.read()
                kind = answer.content_type
            times.append((time.perf_counter() - began, query[:80]))
            assert answer.status < 500, (answer.status, query[:200], body[:500])
            if answer.status == 200:
                told["answered"] += 1
            else:
                assert kind == "application/problem+json", (answer.status, kind, query[:200], body[:200])
                problem = json.loads(body)
                assert problem["status"] == answer.status
                assert problem["title"]
                told[f"problem {answer.status}"] += 1
        async with session.get(f"{root}/search?q=%E5%BA%9F%E9%83%BD&format=json") as last:
            assert (await last.json())["total"] >= 1
    return told, *max(times)


@contextlib.contextmanager
def gateway(folder: Path) -> Iterator[str]:
    """The address of a gateway over the index in this folder alone, in a process of its own."""
    program = "import sys; from gateway.cli import main; sys.exit(main())"
    words = ["serve", "--data", str(folder), "--port", "0", "--z3950-port", "-1"]
    with subprocess.Popen(
        [sys.executable, "-c", program, *words], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            assert process.stdout is not None
            said = ""
            while not (found := re.search(r"http://127\.0\.0\.1:\d+", said)):
                line = process.stdout.readline()
                assert line, f"the gateway ended: {said}"
                said += line
            yield found[0]
        finally:
            process.terminate()
            process.stdout.close()


async def fill_small(folder: Path) -> None:
    """Put the small library there."""
    index = await embedded.open_index(str(folder))
    await fill(index)
    await index.close()


def shown(what: str, told: Told) -> str:
    counted, longest, which = told
    parts = ", ".join(f"{count} {name}" for name, count in sorted(counted.items()))
    return (
        f"{what}: {sum(counted.values())} hostile searches: {parts}; the longest took {longest * 1000:.0f} ms ({which})"
    )


async def _engine(opened: Index) -> Told:
    try:
        await fill(opened)
        return await ask_engine(opened)
    finally:
        await opened.close()


async def _embedded() -> Told:
    return await _engine(await embedded.open_index(""))


async def _elasticsearch(url: str) -> Told:
    return await _engine(await open_elasticsearch(f"{url}/hostile"))


def main(versions: Sequence[str]) -> None:
    with tempfile.TemporaryDirectory(prefix="wenyuan-hostile-") as folder:
        asyncio.run(fill_small(Path(folder)))
        with gateway(Path(folder)) as root:
            print(shown("gateway", asyncio.run(ask_gateway(root))), flush=True)
    print(shown("embedded", asyncio.run(_embedded())), flush=True)
    for version in versions:
        with elasticsearch.node(version) as node:
            print(shown(f"elasticsearch {version}", asyncio.run(_elasticsearch(node.url))), flush=True)


if __name__ == "__main__":
    given = argparse.ArgumentParser(prog="python -m tests.support.hostile_searches")
    given.add_argument("--elasticsearch", action="append", default=[], help="version; repeatable")
    main(given.parse_args().elasticsearch)
