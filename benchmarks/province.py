"""A province of 113 libraries on the loopback, asked live for 20 records each, beside the floor.

    python -m benchmarks province                         everything
    python -m benchmarks.province lab --at-once 1         one part (ztest, lab, sru, delays, dead), one load
    python -m benchmarks.province lab --at-once 1 --profile

The gateway is ``gateway.federation`` over an index in a temporary folder, in a fresh process for each line: *first* is
when a reader's stream shows its first records, *complete* when every library has answered, *CPU* that of the gateway's
process until then, *behind* what it spends afterwards to write what was seen to its index, *memory* its peak (and
what it was before the first search). The floor is the same APDUs sent and received raw over asyncio, framed but never
decoded. *cold* is the first search of the process (connecting, Init, caches empty), *warm* the median of those after.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from gateway.lab.laboratory import Laboratory
from gateway.lab.plan import HOST, Plan
from gateway.lab.shelves import TOPICS

LIBRARIES = 113
LOADS = (1, 5, 20)
PARTS = ("ztest", "lab", "sru", "delays", "dead")
#: What pazpar2 needs for the same on a machine of this kind (two cores): from this project's issue 8.
PAZPAR2 = {
    ("ztest", 1): "first 0.055-0.092, complete 0.72-0.80 s, CPU 0.72-0.80 s, 116 MB",
    ("ztest", 20): "complete 9.5-11 s at the median, 20 s at worst, 780 MB and more",
    ("sru", 1): "complete 1.25 s",
    ("delays", 1): "complete 1.02 s",
    ("dead", 1): "complete only after its timeout of 10 or 30 s",
}
_HEADS = ("", "first s", "complete s", "worst s", "ok", "CPU s", "behind s", "memory MB")


def run() -> None:
    asyncio.run(_run(PARTS, LOADS, profile=False))


async def _run(parts: Sequence[str], loads: Sequence[int], *, profile: bool) -> None:
    # Ended by `timeout` or `kill`, it ends what it started first.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    print(f"{LIBRARIES} libraries x 20 records, {os.cpu_count()} cores, Python {sys.version.split()[0]}")
    if "ztest" in parts:
        if shutil.which("yaz-ztest"):
            with ztests() as targets:
                await _loads("ztest", targets, loads, lambda number: str(20 + number), profile=profile)
        else:
            print("\nyaz-ztest is not installed (`make peers` installs it): the laboratory only")
    if "lab" in parts:
        await _laboratory("lab", Plan(LIBRARIES, timeout=60), loads, profile=profile)
    if "sru" in parts:
        await _laboratory("sru", Plan(LIBRARIES, sru=LIBRARIES, timeout=60), (1,), profile=profile, raw=False)
    if "delays" in parts:
        plan = Plan(LIBRARIES, latency="lognormal:0.25:0.8", timeout=60)
        await _laboratory("delays", plan, (1,), profile=profile)
    if "dead" in parts:
        await _dead()


# ------------------------------------------------------------------------------------------------------- scenarios


async def _laboratory(name: str, plan: Plan, loads: Sequence[int], *, profile: bool, raw: bool = True) -> None:
    async with Laboratory(plan, topics=len(TOPICS)) as laboratory:
        targets = [library.values(laboratory.ports[library.id]) for library in laboratory.libraries]
        before = _cpu_of(laboratory.pids)
        await _loads(name, targets, loads, lambda number: TOPICS[number % len(TOPICS)], profile=profile, raw=raw)
        print(f"  (the laboratory itself: {_cpu_of(laboratory.pids) - before:.2f} s of CPU for all lines above)")


async def _loads(
    name: str,
    targets: Sequence[dict[str, object]],
    loads: Sequence[int],
    term: Callable[[int], str],
    *,
    profile: bool,
    raw: bool = True,
) -> None:
    for load in loads:
        rounds = [[term(turn * load + at) for at in range(load)] for turn in range({1: 6, 5: 4}.get(load, 2))]
        print(f"\n-- {name}: {load} search{'es' if load > 1 else ''} at once")
        task = {"targets": targets, "rounds": rounds, "deadline": 60.0}
        _heads()
        bare = await _child({**task, "kind": "floor"}) if raw else None
        if bare:
            _print_result("floor", bare)
        ours = await _child({**task, "kind": "gateway", "profile": profile})
        _print_result("gateway", ours)
        if bare:
            ratios = [_median(ours["rounds"][1:], "complete") / _median(bare["rounds"][1:], "complete")]
            ratios.append(_sum(ours["rounds"][1:], "cpu") / _sum(bare["rounds"][1:], "cpu"))
            print(f"  {'gateway / floor, warm':<24}complete {ratios[0]:.1f} x, CPU {ratios[1]:.1f} x")
        if name == "delays":
            shares = ours["rounds"][-1]["searches"][0]["share"]
            print("  libraries in the answer: " + ", ".join(f"{shares[at]} after {at} s" for at in ("1", "3", "10")))
        if (name, load) in PAZPAR2:
            print(f"  {'pazpar2 (reference)':<24}{PAZPAR2[name, load]}")
        if profile:
            print(ours["profile"])


async def _dead() -> None:
    plan = Plan(LIBRARIES, faults={"refuse": 4, "silent": 4, "unroutable": 2})
    async with Laboratory(plan, topics=6) as laboratory:
        targets = [library.values(laboratory.ports[library.id]) for library in laboratory.libraries]
        rounds = [[term] for term in TOPICS[:5]]
        print("\n-- dead: 4 refusing, 4 silent, 2 unroutable among them; one search after another, deadline 8 s")
        ours = await _child({"targets": targets, "rounds": rounds, "kind": "gateway", "deadline": 8.0})
        print(f"  {'':<24}{'first s':>9}{'all healthy s':>15}{'complete s':>12}{'ok':>8}")
        for number, one in enumerate(ours["rounds"], 1):
            search = one["searches"][0]
            first = "-" if search["first"] is None else f"{search['first']:.3f}"
            print(
                f"  {f'search {number}':<24}{first:>9}{search['healthy']:>15.3f}{search['complete']:>12.3f}"
                f"{search['ok']:>8}"
            )
        print(f"  {'pazpar2 (reference)':<24}{PAZPAR2['dead', 1]}")


# --------------------------------------------------------------------------------------------------------- peers


@contextlib.contextmanager
def ztests() -> Iterator[list[dict[str, object]]]:
    """A yaz-ztest for each library; what it answers to a number is as many hits."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(LIBRARIES)]
        for one in sockets:
            one.bind((HOST, 0))
        ports = [int(one.getsockname()[1]) for one in sockets]
    program = shutil.which("yaz-ztest") or "yaz-ztest"
    processes = []
    try:
        for port in ports:
            command = [program, f"tcp:{HOST}:{port}"]
            processes.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        for port in ports:
            _wait_for(port)
        yield [
            {"id": f"z{number:04d}", "url": f"z3950://{HOST}:{port}/Default", "timeout": 60.0}
            for number, port in enumerate(ports)
        ]
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(5)


def _wait_for(port: int) -> None:
    for _ in range(500):
        with contextlib.suppress(OSError):
            socket.create_connection((HOST, port), 0.5).close()
            return
        time.sleep(0.02)
    raise RuntimeError(f"yaz-ztest does not listen on port {port}")


async def _child(task: dict[str, object]) -> dict:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "benchmarks._province_child",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        out, _ = await process.communicate(json.dumps(task).encode())
    finally:
        if process.returncode is None:
            process.kill()
    if process.returncode:
        raise RuntimeError(f"The measuring process ended with {process.returncode}; what it said is above")
    return json.loads(out)


def _cpu_of(pids: Sequence[int]) -> float:
    ticks = 0
    for pid in pids:
        values = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(values[11]) + int(values[12])
    return ticks / os.sysconf("SC_CLK_TCK")


# --------------------------------------------------------------------------------------------------------- table


def _heads() -> None:
    print("  " + f"{_HEADS[0]:<24}" + "".join(f"{head:>12}" for head in _HEADS[1:]))


def _print_result(name: str, result: dict) -> None:
    memory = f"{result['peak']:.0f} ({result['before']:.0f})"
    for label, rounds in (("cold", result["rounds"][:1]), ("warm", result["rounds"][1:])):
        if not rounds:
            continue
        searches = [search for one in rounds for search in one["searches"]]
        ok = f"{min(search['ok'] for search in searches)}"
        behind = f"{_sum(rounds, 'behind') / len(rounds):.3f}" if "behind" in rounds[0] else "-"
        cells = (
            f"{_median(rounds, 'first'):.3f}",
            f"{_median(rounds, 'complete'):.3f}",
            f"{max(search['complete'] for search in searches):.3f}",
            ok,
            f"{_sum(rounds, 'cpu') / len(rounds):.3f}",
            behind,
            memory,
        )
        print("  " + f"{name + ', ' + label:<24}" + "".join(f"{cell:>12}" for cell in cells), flush=True)


def _median(rounds: Sequence[dict], key: str) -> float:
    values = [search[key] for one in rounds for search in one["searches"]]
    return statistics.median(value if value is not None else float("inf") for value in values)


def _sum(rounds: Sequence[dict], key: str) -> float:
    return sum(one[key] for one in rounds)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.province")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; all when left out")
    parser.add_argument("--at-once", type=int, action="append", metavar="N", help="searches at once (1, 5 and 20)")
    parser.add_argument("--profile", action="store_true", help="print cProfile of the gateway's warm searches")
    given = parser.parse_args()
    asyncio.run(_run(given.parts or PARTS, given.at_once or LOADS, profile=given.profile))
