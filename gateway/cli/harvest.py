"""``wenyuan harvest``: copy libraries that offer it (OAI-PMH) into the shared index, and keep the copies up."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from gateway import plugins
from gateway.app import open_index
from gateway.cli.common import (
    TARGET_URLS,
    Progress,
    json_option,
    print_json,
    settings_from,
    table,
    target_options,
    targets_from,
)
from gateway.core.codec import plain
from gateway.core.errors import ConfigurationError
from gateway.core.ports import HarvestingConnector
from gateway.core.target import Target
from gateway.harvest import Checkpoints, Harvester, Report
from gateway.union import Unifier

NAME = "harvest"
HELP = "copy the records of libraries that offer it (OAI-PMH) into the shared index"
DESCRIPTION = (
    "Harvest the given libraries, one after the other: everything the first time, then what changed since. A harvest "
    "that was interrupted, killed even, goes on where it stood. While a gateway is serving the same folder, let it "
    "harvest by itself (gateway.yaml: harvest_every)."
)
EPILOG = f"""\
{TARGET_URLS}

examples:
  wenyuan harvest --target 'oai+http://127.0.0.1:8080/oai?prefix=marcxml&set=books' --data data
  wenyuan harvest --targets config/targets --data data           every library there that can be harvested
  wenyuan harvest --targets config/targets --data data --status  how the last harvests went"""


def arguments(command: argparse.ArgumentParser) -> None:
    target_options(command)
    command.add_argument("--data", type=Path, metavar="DIR", help="folder of the index (default data)")
    command.add_argument("--full", action="store_true", help="harvest everything, not only what changed")
    command.add_argument("--limit", type=_positive, metavar="N", help="stop after about so many records")
    command.add_argument("--status", action="store_true", help="tell how the last harvests went; contact nobody")
    json_option(command)


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return value


async def run(options: argparse.Namespace) -> int:
    settings = settings_from(options, data=options.data)
    chosen = [target for target in targets_from(options, settings) if target.enabled]
    made = [(target, plugins.connector_factory(target.connector)(target)) for target in chosen]
    able = [(target, connector) for target, connector in made if isinstance(connector, HarvestingConnector)]
    try:
        if not able:
            raise ConfigurationError(
                "None of these libraries can be harvested; give one with an address oai+http://… or oai+https://…"
            )
        reports: list[Report] = []
        async with open_index(settings) as index:
            checkpoints = Checkpoints(index)
            if options.status:
                kept = [(await checkpoints.load(target.id)).report for target, _ in able]
                reports = [
                    report or Report(target.id, "none", "never") for report, (target, _) in zip(kept, able, strict=True)
                ]
            else:
                harvester = Harvester(index, Unifier(index), checkpoints=checkpoints)
                for target, connector in able:
                    reports.append(await _one(harvester, target, connector, options))
            statistics = dict(await index.statistics())
    finally:
        for _, opened in made:
            await opened.close()
    _print(reports, statistics, options)
    return 0 if options.status or all(report.state == "ok" for report in reports) else 1


async def _one(
    harvester: Harvester, target: Target, connector: HarvestingConnector, options: argparse.Namespace
) -> Report:
    bar = Progress(target.label())

    def show(report: Report) -> None:
        bar.update(report.received, f"of {report.total:,}" if report.total else "")

    try:
        return await harvester.run(target, connector, full=options.full, limit=options.limit, progress=show)
    finally:
        bar.close()


def _print(reports: Sequence[Report], statistics: dict[str, int], options: argparse.Namespace) -> None:
    if options.json:
        print_json({"harvests": [plain(report) for report in reports], "index": statistics})
        return
    for report in reports:
        for line in (*report.notes, *report.faults):
            print(f"{report.source}: {line}", file=sys.stderr)
        if report.unreadable > len(report.faults):
            print(f"{report.source}: and {report.unreadable - len(report.faults)} more", file=sys.stderr)
        if report.error:
            print(f"{report.source}: {report.error}", file=sys.stderr)
    rows = [
        (
            r.source,
            r.mode,
            r.state,
            f"{r.received:,}",
            f"{r.deleted:,}",
            f"{r.unreadable:,}",
            r.retries,
            f"{r.seconds:.1f} s",
        )
        for r in reports
    ]
    table(rows, ("library", "harvest", "state", "records", "deleted", "unreadable", "retries", "took"))
    print(f"The index holds {statistics['records']:,} records in {statistics['unions']:,} union records")
