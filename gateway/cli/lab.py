"""``wenyuan lab``: simulated libraries with latencies and faults, and what the gateway makes of them."""

from __future__ import annotations

import argparse
import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

import yaml

from gateway.app import open_federation
from gateway.cli.common import table
from gateway.cli.serving import interrupted
from gateway.core.errors import ConfigurationError
from gateway.lab.faults import FAULTS
from gateway.lab.laboratory import Laboratory
from gateway.lab.leaks import leaks
from gateway.lab.matrix import heading, line_of, matrix
from gateway.lab.plan import Plan, parse_faults
from gateway.lab.soak import soak

NAME = "lab"
HELP = "start simulated libraries with latencies and faults on this machine"
DESCRIPTION = (
    "Start a laboratory of simulated libraries (Z39.50 and SRU) on loopback, the same for the same seed, and print "
    "their addresses; or measure what the gateway makes of their faults."
)
EPILOG = """\
faults:
{faults}

examples:
  wenyuan lab --libraries 113 --faults silent:4,refuse:4 --latency lognormal:0.25:0.8 --write lab-targets
  wenyuan serve --targets lab-targets
  wenyuan lab --matrix              each fault in 1, 10 and 60 of 113 libraries, as a table
  wenyuan lab --soak 30             half an hour of mixed searches while libraries come and go""".format(
    faults="\n".join(f"  {fault.name:<11}{fault.words}" for fault in FAULTS.values())
)


def arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("--libraries", type=int, default=113, metavar="N", help="how many (default 113)")
    command.add_argument("--seed", type=int, default=1, help="another seed, another province (default 1)")
    command.add_argument("--sru", type=int, default=0, metavar="N", help="how many of them speak SRU (default 0)")
    command.add_argument("--size", type=int, default=20, metavar="N", help="hits of every search (default 20)")
    command.add_argument("--charsets", default="utf-8,gbk", help="charsets of their records, in turns")
    command.add_argument("--latency", default="none", help="none, constant:S, lognormal:MEDIAN:SIGMA[:STUCK]")
    command.add_argument("--faults", default="", help="which, and in how many libraries: silent:4,refuse:4")
    command.add_argument("--processes", type=int, default=1, metavar="N", help="that share the libraries (default 1)")
    command.add_argument("--base-port", type=int, default=0, metavar="N", help="port of the first (default: any free)")
    command.add_argument("--write", type=Path, metavar="DIR", help="write target files into this new or empty folder")
    command.add_argument("--matrix", action="store_true", help="measure each fault, print a table, and end")
    command.add_argument("--sizes", default="1,10,60", help="of --matrix: libraries that have the fault")
    command.add_argument("--searches", type=int, default=1000, help="of --matrix: that look for leaks (default 1000)")
    command.add_argument("--deadline", type=float, default=3.0, help="of --matrix: seconds for a search (default 3)")
    command.add_argument("--soak", type=float, metavar="MINUTES", help="search for so long, print errors and memory")


async def run(options: argparse.Namespace) -> int:
    plan = Plan(
        options.libraries,
        options.seed,
        options.sru,
        options.size,
        tuple(filter(None, options.charsets.split(","))),
        options.latency,
        parse_faults(options.faults),
    )
    if options.matrix:
        return await _matrix(options)
    if options.soak:
        return await _soak(plan, options.soak)
    async with Laboratory(plan, processes=options.processes, base_port=options.base_port) as laboratory:
        if options.write:
            _write(laboratory, options.write)
            print(
                f"{len(laboratory.libraries)} libraries; ask them with\n\n  wenyuan serve --targets {options.write}\n"
            )
        table(
            (
                (library.id, library.charset, library.fault or "-", library.address(laboratory.ports[library.id]))
                for library in laboratory.libraries
            ),
            ("id", "records", "fault", "address"),
        )
        print("\nStop with Ctrl-C.", flush=True)
        await interrupted()
    return 0


def _write(laboratory: Laboratory, folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise ConfigurationError(f"{folder} is not empty; give a folder that the laboratory may fill")
        for library in laboratory.libraries:
            values = library.values(laboratory.ports[library.id])
            text = yaml.safe_dump(values, allow_unicode=True, sort_keys=False)
            (folder / f"{library.id}.yaml").write_text(text, "utf-8")
    except OSError as error:
        raise ConfigurationError(f"Target files cannot be written to {folder}", detail=error.strerror) from error


async def _matrix(options: argparse.Namespace) -> int:
    try:
        sizes = [int(size) for size in options.sizes.split(",")]
    except ValueError as error:
        raise ConfigurationError(f"--sizes {options.sizes!r} are no numbers; write 1,10,60") from error
    print(_circumstances(f"{options.libraries} libraries, deadline {options.deadline:g} s, seed {options.seed}"))
    print(heading(), flush=True)
    bad = 0
    rows = matrix(
        open_federation, libraries=options.libraries, sizes=sizes, seed=options.seed, deadline=options.deadline
    )
    async for row in rows:
        print(line_of(row), flush=True)
        bad += not row.good
    for protocol in ("z3950", "sru"):
        left = await leaks(open_federation, protocol, options.searches // 2, options.seed)
        print(f"\n{left}" if protocol == "z3950" else left, flush=True)
    print(f"\n{bad} row(s) are not as they should be." if bad else "\nAll rows are as they should be.")
    return 1 if bad else 0


async def _soak(plan: Plan, minutes: float) -> int:
    if not plan.faults:
        plan = Plan(plan.libraries, plan.seed, plan.libraries // 4, plan.size, plan.charsets,
                    "lognormal:0.05:0.8", {"flapping": max(1, plan.libraries // 6)})  # fmt: skip
    print(_circumstances(f"{plan.libraries} libraries, faults {dict(plan.faults)}, latency {plan.latency}"))
    found = await soak(open_federation, plan, minutes * 60, lambda line: print(line, flush=True))
    print("\n".join(found.lines()))
    return 1 if found.errors else 0


def _circumstances(words: str) -> str:
    command = " ".join(["wenyuan", *sys.argv[1:]])
    when = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return (
        f"`{command}` on {when}: {words}; Python {platform.python_version()}, {os.cpu_count()} cores, "
        f"load {os.getloadavg()[0]:.1f}\n"
    )
