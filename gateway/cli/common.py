"""Options and output that several commands share."""

from __future__ import annotations

import argparse
import json
import sys
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from gateway.core.errors import ConfigurationError
from gateway.core.target import Target
from gateway.records.layouts import use_profile
from gateway.settings import GatewaySettings, load_gateway_settings, load_targets, target_from_url

TARGET_URLS = """\
targets by address (no file needed):
  z3950://HOST:PORT/DATABASE     Z39.50 (z3950s:// over TLS)
  sru+http://HOST/PATH           SRU (sru+https:// over TLS)
  oai+http://HOST/PATH           OAI-PMH, harvested, not searched (oai+https:// over TLS)
  file:///PATH/RECORDS.mrc       a file of ISO 2709 or MARCXML records
  options follow as query parameters: ?charset=gbk&syntax=unimarc&flavour=cnmarc&version=1.1&max_records=50
  user and password, if it must be so: z3950://USER:PASSWORD@HOST:PORT/DATABASE (files name an environment variable)"""


def target_options(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--target",
        action="append",
        default=[],
        metavar="ID|URL",
        help="a library by its id in the folder of targets, or by its address; repeatable",
    )
    command.add_argument("--targets", type=Path, metavar="DIR", help="folder of target files, one library a file")
    command.add_argument("--config", type=Path, metavar="FILE", help="gateway.yaml with the gateway's own options")


def json_option(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="print JSON for programs")


def settings_from(options: argparse.Namespace, **overrides: object) -> GatewaySettings:
    return load_gateway_settings(options.config, targets=options.targets, **overrides)


def targets_from(options: argparse.Namespace, settings: GatewaySettings, *, needed: bool = True) -> list[Target]:
    """The targets that the options name: those given by --target, else the whole folder."""
    known = {target.id: target for target in load_targets(settings.targets)} if settings.targets else {}
    if options.target:
        chosen = [target_from_url(spec, known) for spec in options.target]
        seen: dict[str, Target] = {}
        for target in chosen:
            if target.id in seen:
                raise ConfigurationError(
                    f"Two targets have the id {target.id!r}; name one with the option id=, as in {target.url}?id=NAME"
                )
            seen[target.id] = target
        return _acquainted(chosen)
    if not known and needed:
        raise ConfigurationError(
            "No library is named: give --target with an address (z3950://…, sru+http://…, file:///…), "
            "or --targets with a folder of target files"
        )
    return _acquainted(list(known.values()))


def _acquainted(targets: list[Target]) -> list[Target]:
    """The targets, after what their files say of copies was handed to the reading of records."""
    for target in targets:
        use_profile(target.id, target.holdings)
    return targets


def print_json(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))


def table(rows: Iterable[Iterable[object]], heads: Iterable[str]) -> None:
    """Columns aligned by what a terminal shows: a Han character is two cells wide."""
    lines = [[str(cell) for cell in heads], *([str(cell) for cell in row] for row in rows)]
    widths = [max(cells(line[column]) for line in lines) for column in range(len(lines[0]))]
    for line in lines:
        padded = (cell + " " * (width - cells(cell)) for cell, width in zip(line, widths, strict=True))
        print("  ".join(padded).rstrip())


def cells(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


class Progress:
    """A line that counts, redrawn in place on a terminal and silent elsewhere."""

    def __init__(self, label: str, total: int | None = None) -> None:
        self._label = label
        self._total = total
        self._shown = sys.stderr.isatty()

    def update(self, done: int, note: str = "") -> None:
        if not self._shown:
            return
        bar = ""
        if self._total:
            part = min(1.0, done / self._total)
            bar = f"[{'█' * int(part * 24):<24}] {part:4.0%} "
        print(f"\r{self._label} {bar}{done:,} {note}\x1b[K", end="", file=sys.stderr, flush=True)

    def close(self) -> None:
        if self._shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
