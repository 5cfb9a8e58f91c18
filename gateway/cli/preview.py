"""``wenyuan preview``: what becomes of a record, step by step."""

from __future__ import annotations

import argparse
from itertools import islice
from pathlib import Path

from gateway.cli.common import json_option, print_json
from gateway.core.codec import plain
from gateway.core.errors import ConfigurationError, DataError
from gateway.core.record import Flavour, RawRecord
from gateway.records import iso2709, marcxml
from gateway.records.files import read_file
from gateway.records.keys import block_keys, uid
from gateway.records.marc import MarcRecord
from gateway.records.normalise import normalise

NAME = "preview"
HELP = "show what becomes of a file's records: raw, normalised, keys, warnings"
DESCRIPTION = "Run records of a file through the real pipeline, and show every stage. Nothing is stored."
EPILOG = """\
examples:
  wenyuan preview records.mrc
  wenyuan preview --skip 10 --count 3 --charset gbk records.iso
  wenyuan preview --json records.xml | jq '.[].warnings'"""


def arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", type=Path)
    command.add_argument("--count", type=int, default=1, help="how many records (default 1)")
    command.add_argument("--skip", type=int, default=0, help="how many to pass over first")
    command.add_argument("--source", default="preview", help="id of the library (default preview)")
    command.add_argument("--charset", help="charset of the records, when it is known")
    command.add_argument("--flavour", choices=[flavour.value for flavour in Flavour], help="when it is known")
    json_option(command)


async def run(options: argparse.Namespace) -> int:
    if not options.file.is_file():
        raise ConfigurationError(f"{options.file} is no file that can be read")
    flavour = Flavour(options.flavour) if options.flavour else None
    items = read_file(options.file, options.source, options.charset, flavour)
    stages = [
        _stages(item) for item in islice(items, max(0, options.skip), max(0, options.skip) + max(1, options.count))
    ]
    if options.json:
        print_json(stages)
    else:
        for number, stage in enumerate(stages, options.skip + 1):
            print(f"── record {number} " + "─" * 50)
            _print(stage)
    if not stages:
        raise ConfigurationError(f"{options.file} has no record at that place")
    return 1 if any("error" in stage for stage in stages) else 0


def _stages(item: RawRecord | DataError) -> dict[str, object]:
    if isinstance(item, DataError):
        return {"error": str(item), "offset": item.offset}
    try:
        record = normalise(item)
        normalised = plain(record)
    except DataError as error:
        return {"error": str(error), "offset": error.offset}
    normalised.pop("raw", None)
    warnings = normalised.pop("warnings", [])
    marc = marcxml.read(item.payload) if item.format == "marcxml" else iso2709.read(item.payload, item.charset)
    return {
        "raw": _lines(marc),
        "normalised": normalised,
        "keys": {"uid": uid(record.id), "block": list(block_keys(record))},
        "warnings": warnings,
    }


def _lines(marc: MarcRecord) -> list[str]:
    lines = [f"LDR {marc.leader}"]
    for one in marc.fields():
        if one.is_control:
            lines.append(f"{one.tag}    {one.data}")
        else:
            indicators = (one.ind1 + one.ind2).replace(" ", "#")
            lines.append(f"{one.tag} {indicators} " + " ".join(f"${code} {value}" for code, value in one.subfields))
    return lines


def _print(stage: dict[str, object]) -> None:
    for name, value in stage.items():
        print(f"\n{name}:")
        if isinstance(value, dict):
            for key, item in value.items():
                print(f"  {key}: {item}")
        elif isinstance(value, list):
            for item in value or ["(none)"]:
                print(f"  {item}" if isinstance(item, str) else f"  {' · '.join(str(part) for part in item.values())}")
        else:
            print(f"  {value}")
