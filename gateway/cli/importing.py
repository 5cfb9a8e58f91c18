"""``wenyuan import``: records of a file into the shared index."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, field
from pathlib import Path

from gateway.app import open_index
from gateway.cli.common import Progress, json_option, print_json, settings_from
from gateway.core.errors import ConfigurationError, DataError
from gateway.core.ports import Index
from gateway.core.record import Flavour, Record
from gateway.core.target import Target
from gateway.records.files import read_file
from gateway.records.normalise import normalise
from gateway.union import Unifier

NAME = "import"
HELP = "import a file of records into the shared index"
DESCRIPTION = (
    "Read ISO 2709 or MARCXML records of one library, normalise them, and write them to the index. A record that "
    "cannot be read is named with its place and its cause; all others are imported. Importing again changes nothing."
)
EPILOG = """\
examples:
  wenyuan import --source hu-xian --data data records.mrc
  wenyuan import --source lantian --charset gbk --flavour cnmarc --data data *.iso"""

BATCH = 500
#: So many unreadable records are named one by one; the rest are counted.
NAMED = 50


def arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("files", nargs="+", type=Path, metavar="FILE")
    command.add_argument("--source", required=True, help="id of the library that the records belong to")
    command.add_argument("--data", type=Path, metavar="DIR", help="folder of the index (default data)")
    command.add_argument("--charset", help="charset of the records, when it is known (utf-8, gbk, big5, marc-8, …)")
    command.add_argument("--flavour", choices=[flavour.value for flavour in Flavour], help="when it is known")
    command.add_argument("--config", type=Path, metavar="FILE", help="gateway.yaml")
    command.set_defaults(targets=None)
    json_option(command)


@dataclass(slots=True)
class Report:
    file: str
    read: int = 0
    imported: int = 0
    warnings: int = 0
    unreadable: int = 0
    errors: list[str] = field(default_factory=list)


async def run(options: argparse.Namespace) -> int:
    settings = settings_from(options, data=options.data)
    for path in options.files:
        if not path.is_file():
            raise ConfigurationError(f"{path} is no file that can be read")
    flavour = Flavour(options.flavour) if options.flavour else None
    reports = []
    async with open_index(settings) as index:
        for path in options.files:
            target = Target(options.source, "file", record_charset=options.charset, flavour=flavour)
            reports.append(await import_file(index, target, path, progress=True))
        statistics = dict(await index.statistics())
    if options.json:
        print_json({"files": [{k: getattr(r, k) for k in Report.__slots__} for r in reports], "index": statistics})
    else:
        for report in reports:
            for line in report.errors:
                print(f"{report.file}: {line}", file=sys.stderr)
            if report.unreadable > len(report.errors):
                print(f"{report.file}: and {report.unreadable - len(report.errors)} more", file=sys.stderr)
            print(
                f"{report.file}: {report.imported:,} imported, {report.unreadable:,} unreadable, "
                f"{report.warnings:,} with warnings"
            )
        print(f"The index holds {statistics['records']:,} records in {statistics['unions']:,} union records")
    return 1 if any(report.unreadable for report in reports) else 0


async def import_file(index: Index, target: Target, path: Path, *, progress: bool = False) -> Report:
    """Import one file as records of ``target``; what cannot be read is in the report, with its place and cause."""
    report = Report(str(path))
    unifier = Unifier(index)
    batch: list[Record] = []
    bar = Progress(path.name) if progress else None
    for item in read_file(path, target.id, target.record_charset, target.flavour):
        report.read += 1
        try:
            if isinstance(item, DataError):
                raise item
            record = normalise(item)
        except DataError as error:
            report.unreadable += 1
            if len(report.errors) < NAMED:
                where = f"byte {error.offset:,}" if error.offset is not None else f"record {report.read:,}"
                report.errors.append(f"{where}: {error}")
            continue
        report.warnings += bool(record.warnings)
        batch.append(record)
        if len(batch) >= BATCH:
            await unifier.add(batch)
            report.imported += len(batch)
            batch = []
            if bar:
                bar.update(report.imported, f"{report.unreadable:,} unreadable")
    if batch:
        await unifier.add(batch)
        report.imported += len(batch)
    await index.refresh()
    if bar:
        bar.close()
    return report
