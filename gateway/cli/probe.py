"""``wenyuan probe``: finds out what a server is and prints a target file; ``--check`` tells what changed since."""

from __future__ import annotations

import argparse
import asyncio
import datetime
import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from gateway import plugins
from gateway.cli import probe_file
from gateway.cli.common import TARGET_URLS, print_json
from gateway.core.deadline import Deadline
from gateway.core.errors import ConfigurationError
from gateway.core.probe import ProbeReport, ProbingConnector
from gateway.core.target import Target
from gateway.settings import target_from_url
from gateway.settings.targets import load_target_file

NAME = "probe"
HELP = "find out what a server is, and print a target file for it"
DESCRIPTION = """\
Ask an unknown server some 200 small questions, one after the other, and print a target file that is ready for use:
which attributes it takes, which record syntaxes it gives, in which character sets its terms and its records really
are (judged by the bytes, with a confidence), what else it can do and how fast. All that was found stands in it as
comments."""
EPILOG = f"""\
{TARGET_URLS}

examples:
  wenyuan probe z3950://127.0.0.1:9999/Default > targets/mylibrary.yaml
  wenyuan probe --output targets/mylibrary.yaml --word 红楼梦 'z3950://127.0.0.1:9999/Default?id=mylibrary'
  wenyuan probe --check targets/mylibrary.yaml"""


def arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("target", nargs="?", metavar="URL", help="the server's address")
    command.add_argument("--check", type=Path, metavar="FILE", help="ask the server of this target file what changed")
    command.add_argument("--word", action="append", default=[], metavar="WORD", help="a word that it must have")
    command.add_argument("--output", type=Path, metavar="FILE", help="write the file instead of printing it")
    command.add_argument("--seconds", type=float, default=300.0, help="give up after so long (default 300)")
    command.add_argument("--json", action="store_true", help="print JSON for programs")


async def run(options: argparse.Namespace) -> int:
    if bool(options.target) == bool(options.check):
        raise ConfigurationError("Give either the address of a server or --check with a target file")
    if options.check:
        return await _check(options)
    target = target_from_url(options.target)
    report = await _ask(target, options)
    text = probe_file.write(target, _without_account(options.target, target), report, datetime.date.today())
    if options.json:
        print_json({"id": target.id, "settings": dict(report.settings), "facts": probe_file.facts(report)})
    elif options.output:
        options.output.write_text(text, encoding="utf-8")
        print(f"{options.output}: written; try it with wenyuan search --targets {options.output.parent} 中国")
    else:
        print(text, end="")
    return 0


async def _check(options: argparse.Namespace) -> int:
    """0 when the server is as the file says, 1 when something changed."""
    target = load_target_file(options.check)
    report = await _ask(target, options)
    changes = probe_file.compare(options.check.read_text(encoding="utf-8"), report)
    if options.json:
        print_json({"id": target.id, "changes": [change._asdict() for change in changes]})
    else:
        for change in changes:
            print(f"{change.name}: was {change.before or '(nothing)'}, is now {change.now or '(nothing)'}")
        if not changes:
            print(f"{target.id}: nothing changed")
    return 1 if changes else 0


async def _ask(target: Target, options: argparse.Namespace) -> ProbeReport:
    connector = plugins.connector_factory(target.connector)(target)
    try:
        if not isinstance(connector, ProbingConnector):
            raise ConfigurationError(
                f"The connector {target.connector!r} cannot find out about servers; z3950:// addresses can be probed"
            )
        print(f"asking {target.host}:{target.port} …", file=sys.stderr)
        deadline = Deadline.after(options.seconds, asyncio.get_running_loop().time())
        return await connector.probe(words=options.word, deadline=deadline)
    finally:
        await connector.close()


def _without_account(spec: str, target: Target) -> str:
    """The address alone: no account, no parameters."""
    parts = urlsplit(spec)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path or f"/{target.database}", "", ""))
