"""Reading the command line and calling the command; errors become one line on stderr and an exit code.

Exit codes: 0 done, 1 done but something failed (named on stderr), 2 wrong use or configuration, 130 interrupted.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence

from gateway.cli import check, demo, harvest, importing, index, lab, preview, probe, searching, serving, targets, union
from gateway.core.errors import ConfigurationError, QueryError, WenyuanError

_DESCRIPTION = """\
Wenyuan (文渊): one search over every library of a province.

It asks each library's own system (Z39.50, SRU, files, ...), merges the copies of one edition into one
union record with everybody's holdings, keeps them in an index, and answers at one address."""

_EPILOG = """\
to begin:
  wenyuan demo                                          a small province on this machine, and the gateway over it
  wenyuan search --target z3950://HOST:PORT/DATABASE 红楼梦   try any server, with nothing configured
  wenyuan serve --target ID_OR_URL --data DIR           run the gateway over libraries of your own"""

_COMMANDS = (demo, serving, searching, importing, harvest, index, union, preview, probe, check, targets, lab)


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="wenyuan", description=_DESCRIPTION, epilog=_EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for module in _COMMANDS:
        command = commands.add_parser(
            module.NAME,
            help=module.HELP,
            description=module.DESCRIPTION,
            epilog=module.EPILOG,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.arguments(command)
        command.set_defaults(run=module.run)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    try:
        return int(asyncio.run(options.run(options)))
    except (ConfigurationError, QueryError) as error:
        print(f"wenyuan {options.command}: {error}", file=sys.stderr)
        return 2
    except WenyuanError as error:
        print(f"wenyuan {options.command}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader of our output left (for example `| head`)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
