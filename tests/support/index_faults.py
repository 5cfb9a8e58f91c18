"""What may happen to whoever writes an index, on purpose and many times:

    python -m tests.support.index_faults [--kills 30] [--size 3000] [--only NAME] [--elasticsearch 8.19.7]

The writer is killed at random instants, the node is stopped, answers 429 and 503, loses answers, four writers meet, the
disk is full. After each, the index must hold what an undisturbed run makes of the same records: nothing lost, nothing
twice, the same unions. Prints a line for each; ends with an error at the first difference.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import functools
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

from gateway import plugins
from gateway.core.errors import RetriableError
from gateway.core.ports import Index
from gateway.core.record import UnionRecord
from gateway.union import Unifier
from index.elasticsearch import open_index as open_elasticsearch
from tests.support import elasticsearch
from tests.support.busy_node import busy_node
from tests.support.province import Step, check, do, engine, everything, load, outcome, save, shelves, steps, undisturbed

ROOT = Path(__file__).parents[2]
SEED = 20261121
FOUR = ("made0", "made1", "made2", "made3")
#: A writer is killed after at most so many steps and so many seconds.
_STEPS = 8
_LIFE = 0.3


class Work:
    """Records to write, and what an undisturbed run makes of them."""

    def __init__(self, names: Sequence[str], size: int) -> None:
        self.names = list(names)
        self.shelves = shelves(names, size)
        self.steps = steps(self.shelves)
        self.expected: list[UnionRecord] = []

    async def prepare(self) -> None:
        left, _ = outcome(self.steps)
        self.expected = await undisturbed(left)

    def __str__(self) -> str:
        records = sum(len(one.members) for one in self.expected)
        return f"{records:,} records in {len(self.expected):,} unions as undisturbed"


def writer(location: str, path: Path, first: int, *until: int) -> subprocess.Popen[str]:
    """A process that takes the steps in this file from number ``first`` on, and waits to be killed before ``until``."""
    command = [sys.executable, "-m", "tests.support.province", location, str(path), *map(str, (first, *until))]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


async def opened(location: str) -> Index:
    return await plugins.index_factory(engine(location))(location)


async def killed(location: str, work: Work, kills: int, folder: Path, seed: int = SEED) -> str:
    """SIGKILL at random instants: of the opening (one in five), of a step, between steps; then a reader opens the
    index, misses nothing that was acknowledged and meets nothing twice, and the writer goes on."""
    dice = random.Random(seed)
    path = save(work.steps, folder / "steps")
    acknowledged = done = 0
    while done < kills:
        # A quick writer leaves a step for each kill that is still to come.
        steps_to_take = range(max(0, acknowledged - 1), len(work.steps) - kills + done)
        reached = await asyncio.to_thread(_kill_one, location, path, steps_to_take, dice)
        acknowledged = max(acknowledged, reached)
        done += 1
        await _nothing_missing(location, work, acknowledged)
    last = await asyncio.to_thread(_finish, writer(location, path, max(0, acknowledged - 1)))
    assert last == len(work.steps)
    index = await opened(location)
    await check(index, work.expected)
    await index.close()
    return f"killed {done} times, {work}"


def _kill_one(location: str, path: Path, todo: range, dice: random.Random) -> int:
    """Start a writer on these steps, kill it; the number of steps acknowledged in all, 0 when it had not begun."""
    with writer(location, path, todo.start, todo.stop) as process:
        assert process.stdout is not None
        lines = []
        if dice.random() < 0.2:
            time.sleep(dice.uniform(0.5, 2.5))
        else:
            for _ in range(1 + dice.randrange(min(_STEPS, len(todo) + 1))):
                lines.append(process.stdout.readline().strip())
                assert lines[-1], "the writer ended by itself"
            time.sleep(dice.random() * _LIFE)
        process.kill()
        numbers = [line for line in (*lines, *process.stdout.read().splitlines()) if line.isdecimal()]
    return int(numbers[-1]) + 1 if numbers else 0


def _finish(process: subprocess.Popen[str]) -> int:
    """The number of steps after the last one of a writer that is left alone."""
    said, wrong = process.communicate(timeout=1_800)
    assert process.returncode == 0, wrong[-2_000:]
    return int([line for line in said.splitlines() if line.isdecimal()][-1]) + 1


async def _nothing_missing(location: str, work: Work, acknowledged: int) -> None:
    index = await opened(location)
    left, gone = outcome(work.steps[:acknowledged])
    # A step that was under way may be there already.
    under_way = {uid for _, deleted in work.steps[acknowledged : acknowledged + 1] for uid in deleted}
    missing = {record.id for record in left} - under_way - await index.known([record.id for record in left])
    assert not missing, f"{len(missing)} acknowledged records are lost"
    assert not await index.known(sorted(gone)), "deleted records are there again"
    unions = await everything(index)  # each once
    members = [member.id for one in unions for member in one.members]
    assert len(members) == len(set(members)), "a record is in two unions"
    assert (await index.statistics())["records"] == len(members)
    await index.close()


async def restarted(node: elasticsearch.Node, location: str, work: Work, times: int) -> str:
    """The node is killed and started again while four tasks write."""
    index = await open_elasticsearch(location, patience=300.0)  # a busy machine takes minutes to start a node
    unifier = Unifier(index)

    async def write(name: str) -> None:
        for step in steps({name: work.shelves[name]}):
            await do(unifier, step)

    writing = asyncio.gather(*(write(name) for name in work.names))
    for _ in range(times):
        await asyncio.wait([writing], timeout=1.5)
        await asyncio.to_thread(node.kill)
        await asyncio.to_thread(node.start)
    await writing
    await check(index, work.expected)
    await index.close()
    return f"node killed and started {times} times, {work}"


async def refused(node: elasticsearch.Node, prefix: str, work: Work) -> str:
    """One request in seven is answered 429 or 503, one bulk item in five is refused, some answers are lost."""
    async with busy_node(node.url, seed=SEED) as (between, url):
        index = await open_elasticsearch(f"{url}/{prefix}")
        unifier = Unifier(index)
        for step in work.steps:
            await do(unifier, step)
        between.refusing = 0.0
        await check(index, work.expected)
        await index.close()
        told = ", ".join(f"{count} {what}" for what, count in sorted(between.told.items()))
    assert all(between.told[what] for what in ("429", "503", "items", "lost"))
    return f"told {told}, {work}"


async def four(location: str, work: Work, folder: Path) -> str:
    """Four writer processes at once, each with a quarter of the copies of the same editions."""
    paths = [save(steps({name: work.shelves[name]}), folder / name) for name in work.names]
    processes = [writer(location, path, 0) for path in paths]
    said = await asyncio.gather(*(asyncio.to_thread(process.communicate) for process in processes))
    for process, (_, wrong) in zip(processes, said, strict=True):
        assert process.returncode == 0, wrong[-2_000:]
    conflicts = [int(out.splitlines()[-1].split()[1]) for out, _ in said]
    index = await opened(location)
    await check(index, work.expected)
    await index.close()
    return f"{len(processes)} writers, {sum(conflicts)} conflicts, {work}"


# A full disk


async def written_till_full(location: str, todo: Sequence[Step], make_room: Callable[[], Any]) -> tuple[int, str]:
    """Write; whenever the index says that it cannot, make room and send the step again. How often, and its words."""
    index = await opened(location)
    unifier = Unifier(index)
    full = 0
    words = ""
    try:
        for number, step in enumerate(todo):
            while True:
                try:
                    await do(unifier, step)
                    if number % 4 == 3:
                        await index.refresh()
                    break
                except RetriableError as error:
                    full += 1
                    words = str(error)
                    assert full < 200, words
                    make_room()
    finally:
        await index.close()
    return full, words


async def small_files(folder: Path, work: Work) -> str:
    """No file may grow beyond a bound that rises a little each time (EFBIG), in a process of its own."""
    words = [sys.executable, "-m", "tests.support.index_faults", "--small-files", str(folder / "small")]
    save(work.steps, folder / "small")
    done = await asyncio.to_thread(subprocess.run, words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2_000:]
    index = await opened(str(folder / "small-index"))
    await check(index, work.expected)
    await index.close()
    return f"{done.stdout.strip()}, {work}"


async def within_small_files(path: Path) -> None:
    bound = 0

    def more() -> None:
        nonlocal bound
        bound += 400_000
        resource.setrlimit(resource.RLIMIT_FSIZE, (bound, resource.RLIM_INFINITY))

    more()
    full, words = await written_till_full(f"{path}-index", load(path), more)
    assert full, "no file grew too large"
    assert "disk is full or failing" in words, words
    print(f"refused {full} times", flush=True)


async def full_disk(work: Work) -> str:
    """A file system of some megabytes (tmpfs; needs root) that is filled again and again."""
    if os.geteuid():
        return "not tried: only root may mount a small file system"
    with tempfile.TemporaryDirectory(prefix="wenyuan-full-") as folder:
        size = 1_000

        def mount(*options: str) -> None:
            given = ",".join([f"size={size}k", *options])
            subprocess.run(["mount", "-t", "tmpfs", "-o", given, "none", folder], check=True)

        def more() -> None:
            nonlocal size
            size += 500
            mount("remount")

        mount()
        try:
            full, words = await written_till_full(f"{folder}/index", work.steps, more)
            index = await opened(f"{folder}/index")
            await check(index, work.expected)
            await index.close()
        finally:
            await asyncio.to_thread(subprocess.run, ["umount", folder], check=False)
    assert full, "the disk was never full"
    assert "disk is full or failing" in words, words
    return f"disk full {full} times, {work}"


def ask(url: str, body: object, method: str = "PUT") -> None:
    data = json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
    with urllib.request.urlopen(request, timeout=60):
        pass


async def closed_for_writing(node: elasticsearch.Node, prefix: str, work: Work, every: int = 7) -> str:
    """The block that a node sets on its indices at the flood-stage watermark of its disk, set every few steps, in the
    midst of a step, until the index has said so."""
    index = await open_elasticsearch(f"{node.url}/{prefix}", patience=0.3)
    unifier = Unifier(index)
    told = 0

    def block(on: bool) -> None:
        ask(f"{node.url}/{prefix}-*/_settings", {"index.blocks.read_only_allow_delete": on or None})

    for number, step in enumerate(work.steps):
        doing = asyncio.ensure_future(do(unifier, step))
        if number % every == every - 1:
            await asyncio.sleep(0.004 * (number % 5))
            await asyncio.to_thread(block, True)
        try:
            await doing
        except RetriableError as error:
            assert "disk is nearly full" in str(error)
            told += 1
            await asyncio.to_thread(block, False)
            await do(unifier, step)
        await asyncio.to_thread(block, False)
    assert told
    await check(index, work.expected)
    await index.close()
    return f"told {told} times that the disk is nearly full, {work}"


async def flood_stage(node: elasticsearch.Node, prefix: str, work: Work) -> str:
    """The watermark itself: the node is told that it needs more free space than any disk has, finds out, and closes its
    indices; then that enough is enough, and opens them again. The writer only waits."""
    name = "cluster.routing.allocation.disk"
    settings = f"{node.url}/_cluster/settings"

    def watermark(size: str | None) -> None:
        marks = {f"{name}.watermark.{stage}": size for stage in ("low", "high", "flood_stage")}
        marks |= {f"{name}.threshold_enabled": "true" if size else None, "cluster.info.update.interval": "10s"}
        ask(settings, {"persistent": marks})

    index = await open_elasticsearch(f"{node.url}/{prefix}", patience=2.0)
    unifier = Unifier(index)
    half = len(work.steps) // 2
    for step in work.steps[:half]:
        await do(unifier, step)
    words = ""
    until = time.monotonic() + 120
    await asyncio.to_thread(watermark, "900tb")
    while not words and time.monotonic() < until:
        try:
            await index.set_note("flood", f"{time.monotonic()}")  # a step that is done already would write nothing
            await asyncio.sleep(0.5)
        except RetriableError as error:
            words = str(error)
    assert "disk is nearly full" in words, words or "the node did not close its indices"
    await asyncio.to_thread(watermark, None)
    for step in work.steps[half:]:
        while time.monotonic() < until + 120:
            try:
                await do(unifier, step)
                break
            except RetriableError:
                await asyncio.sleep(1)
    await check(index, work.expected)
    await index.close()
    return f"closed at the flood stage and opened again, {work}"


async def main(options: argparse.Namespace) -> None:
    large, small = Work(FOUR, options.size), Work(FOUR, max(200, options.size // 10))
    for work in (large, small):
        await work.prepare()
    version = options.elasticsearch
    with tempfile.TemporaryDirectory(prefix="wenyuan-faults-") as name, contextlib.ExitStack() as stack:
        folder = Path(name)

        @functools.cache
        def node() -> elasticsearch.Node:
            return stack.enter_context(elasticsearch.node(version))

        def place(prefix: str) -> str:
            return f"{node().url}/{prefix}"

        runs: dict[str, Callable[[], Coroutine[Any, Any, str]]] = {
            "embedded, writer killed": lambda: killed(str(folder / "killed"), large, options.kills, folder),
            "embedded, disk full": lambda: full_disk(small),
            "embedded, files that may not grow": lambda: small_files(folder, small),
            f"elasticsearch {version}, writer killed": lambda: killed(place("killed"), large, options.kills, folder),
            f"elasticsearch {version}, node stopped": lambda: restarted(node(), place("stopped"), large, 3),
            f"elasticsearch {version}, 429 and 503": lambda: refused(node(), "busy", small),
            f"elasticsearch {version}, four writers": lambda: four(place("four"), large, folder),
            f"elasticsearch {version}, closed for writing": lambda: closed_for_writing(node(), "closed", small),
            f"elasticsearch {version}, flood stage": lambda: flood_stage(node(), "flood", small),
        }
        for what, run in runs.items():
            if options.only in what:
                began = time.monotonic()
                print(f"{what}: {await run()} ({time.monotonic() - began:.0f} s)", flush=True)


if __name__ == "__main__":
    given = argparse.ArgumentParser(prog="python -m tests.support.index_faults")
    given.add_argument("--kills", type=int, default=30)
    given.add_argument("--size", type=int, default=3_000, help="editions")
    given.add_argument("--only", default="", help="part of a line's name")
    given.add_argument("--elasticsearch", default=elasticsearch.V8)
    given.add_argument("--small-files", type=Path, help=argparse.SUPPRESS)
    wanted = given.parse_args()
    asyncio.run(within_small_files(wanted.small_files) if wanted.small_files else main(wanted))
