"""The first screen when libraries take their time: 113 of them, log-normal delays, one answer in fifty never comes.

    python -m benchmarks latency                 three provinces of 48 searches, each way
    python -m benchmarks.latency --searches 12   fewer

Every search is a new question over HTTP to a gateway in a process of its own, one after another as a reader asks them.
*first screen* is the whole page (HTML) or the first event of the stream that has records. *live only* asks the
libraries and nothing else; *with index* the same libraries, whose records were seen before. A page is followed by the
next after three seconds, or at once (*no pause*), while the libraries still answer to the ones before. The delay of an
answer is the same in every run; a search costs each library one (its session is kept). *hedged* libraries allow a
second question when the first is late.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from gateway.app import running
from gateway.lab.laboratory import Laboratory
from gateway.lab.plan import Plan
from gateway.lab.shelves import TOPICS
from gateway.settings import GatewaySettings
from gateway.settings.model import TargetModel

LIBRARIES = 113
LATENCY = "lognormal:0.3:0.8:0.02"
SEEDS = (1, 2, 3)
DEADLINE = 12.0
#: Seconds that a reader looks at a page before he asks for the next; the libraries go on answering meanwhile.
LOOK = 3.0
MARKS = (1.0, 3.0, 10.0)


def run() -> None:
    asyncio.run(_run(len(TOPICS), SEEDS))


async def _run(searches: int, seeds: Sequence[int]) -> None:
    print(f"{LIBRARIES} libraries x 20 records, {LATENCY}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, "
          f"{searches * len(seeds)} searches a line\n")  # fmt: skip
    print("| | p50 s | p90 s | p99 s | worst s |\n|---|--:|--:|--:|--:|")
    shares: list[str] = []
    for name, hedge in (("", False), (", hedged", True)):
        found: dict[str, list[float]] = {}
        answered: dict[float, list[float]] = {mark: [] for mark in MARKS}
        for seed in seeds:
            await _province(searches, seed, hedge, found, answered)
        for what, times in found.items():
            _line(what + name, times)
        means = (f"{statistics.mean(answered[mark]):.1%} at {mark:g} s" for mark in MARKS)
        shares.append(f"Libraries whose whole answer is in, live only{name}: {', '.join(means)}")
    print("\n" + "\n".join(shares))


async def _province(
    searches: int, seed: int, hedge: bool, found: dict[str, list[float]], answered: dict[float, list[float]]
) -> None:
    terms = [TOPICS[at % len(TOPICS)] for at in range(searches)]
    slow = Plan(LIBRARIES, seed, latency=LATENCY, hedge=hedge)
    with tempfile.TemporaryDirectory(prefix="wenyuan-latency-") as folder:
        if not hedge:
            # The same libraries without delays: the index gets to know what they hold.
            async with Laboratory(Plan(LIBRARIES, seed), topics=len(TOPICS)) as quick, _gateway(quick, folder) as asked:
                for term in terms:
                    await asked.get(term, "live")
                    await asked.settled()  # else those that come faster than they are written are dropped
        async with Laboratory(slow, topics=len(TOPICS)) as laboratory:
            if not hedge:
                async with _gateway(laboratory, folder) as asked:
                    await asyncio.sleep(LOOK)  # at the home page
                    for term in terms:
                        found.setdefault("with index: page", []).append(await asked.page(term))
                        await asyncio.sleep(LOOK)
                    for term in terms:
                        first, *_ = await asked.stream(term, "all")
                        found.setdefault("with index: stream", []).append(first)
                        await asyncio.sleep(LOOK)
                    for term in terms:
                        found.setdefault("with index: page, no pause", []).append(await asked.page(f"{term} 研究"))
        async with Laboratory(slow, topics=len(TOPICS)) as laboratory, _gateway(laboratory, f"{folder}/live") as asked:
            for term in terms:
                first, full, complete, seen = await asked.stream(term, "live")
                found.setdefault("live only: first records", []).append(first)
                found.setdefault("live only: 20 union records", []).append(full)
                found.setdefault("live only: complete", []).append(complete)
                for mark in MARKS:
                    answered[mark].append(max((share for at, share in seen if at <= mark), default=0.0))


def _line(name: str, times: Sequence[float]) -> None:
    ordered = sorted(times)
    p50, p90, p99 = (ordered[min(len(ordered) - 1, int(len(ordered) * share))] for share in (0.5, 0.9, 0.99))
    print(f"| {name} | {p50:.3f} | {p90:.3f} | {p99:.3f} | {ordered[-1]:.3f} |", flush=True)


class Reader:
    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = url

    async def get(self, term: str, scope: str) -> None:
        params = {"q": term, "scope": scope, "format": "json", "deadline": str(DEADLINE)}
        async with self._session.get(f"{self._url}/search", params=params) as response:
            response.raise_for_status()
            await response.read()

    async def settled(self) -> None:
        """Until what was seen is written."""
        waiting = "1"
        for _ in range(600):
            if waiting == "0.0":
                return
            await asyncio.sleep(0.5)
            async with self._session.get(f"{self._url}/metrics") as response:
                text = await response.text()
            waiting = text.partition('wenyuan_keeper_records{fate="waiting"} ')[2].split()[0]

    async def page(self, term: str) -> float:
        """Seconds until the whole page is here; it has to show records."""
        began = time.perf_counter()
        async with self._session.get(f"{self._url}/search", params={"q": term, "format": "html"}) as response:
            text = await response.text()
        took = time.perf_counter() - began
        if "/records/" not in text:
            raise RuntimeError(f"The page for {term} shows no record")
        return took

    async def stream(self, term: str, scope: str) -> tuple[float, float, float, list[tuple[float, float]]]:
        """Seconds to the first records, to a whole page of them, to the end; and what share had answered when."""
        began = time.perf_counter()
        params = {"q": term, "scope": scope, "format": "ndjson", "deadline": str(DEADLINE)}
        first = full = None
        seen: list[tuple[float, float]] = []
        done: set[str] = set()
        async with self._session.get(f"{self._url}/search", params=params) as response:
            async for line in response.content:
                at = time.perf_counter() - began
                event = json.loads(line)
                if event["event"] == "target":
                    if event["state"] == "ok":
                        done.add(event["id"])
                        seen.append((at, len(done) / LIBRARIES))
                    continue
                shown = len(event["records"])
                first = at if first is None and shown else first
                if first is not None and scope == "all":
                    break  # the first screen is here; the reader leaves
                full = at if full is None and shown >= 20 else full
        end = time.perf_counter() - began
        return first or end, full or end, end, seen


@asynccontextmanager
async def _gateway(laboratory: Laboratory, folder: str) -> AsyncIterator[Reader]:
    targets = [library.values(laboratory.ports[library.id]) for library in laboratory.libraries]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.latency", "--serve", folder),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin and process.stdout
    try:
        process.stdin.write(json.dumps(targets).encode() + b"\n")
        url = (await process.stdout.readline()).decode().strip()
        timeout = aiohttp.ClientTimeout(total=120)
        async with aiohttp.ClientSession(timeout=timeout, read_bufsize=1 << 24) as session:
            yield Reader(session, url)
    finally:
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), 20)
        except TimeoutError:
            process.kill()


async def _serve(folder: str) -> None:
    """The gateway: targets come as a line of JSON, its address goes out, it ends with its standard input."""
    loop = asyncio.get_running_loop()
    written = await loop.run_in_executor(None, sys.stdin.readline)
    targets = [TargetModel.model_validate(values).target() for values in json.loads(written)]
    settings = GatewaySettings(data=Path(folder), port=0, z3950_port=-1, fetch=20, cache_seconds=0)
    async with running(settings, targets) as addresses:
        print(addresses.url, flush=True)
        await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.latency")
    parser.add_argument("--searches", type=int, default=len(TOPICS), help="of each province and way (48)")
    parser.add_argument("--seeds", default="1,2,3", help="provinces (1,2,3)")
    parser.add_argument("--serve", metavar="FOLDER", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        asyncio.run(_serve(given.serve))
    else:
        asyncio.run(_run(given.searches, [int(seed) for seed in given.seeds.split(",")]))
