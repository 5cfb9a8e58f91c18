"""``wenyuan serve``: the gateway as a server."""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
from pathlib import Path

from gateway.app import Addresses, running
from gateway.cli.common import TARGET_URLS, settings_from, target_options, targets_from

NAME = "serve"
HELP = "run the gateway: pages, JSON, streams and Z39.50 over your libraries"
DESCRIPTION = "Serve one search over the given libraries until interrupted."
EPILOG = f"""\
{TARGET_URLS}

examples:
  wenyuan serve --targets config/targets --data /var/lib/wenyuan
  wenyuan serve --target z3950://127.0.0.1:9999/Default --port 8210 --data data"""


def arguments(command: argparse.ArgumentParser) -> None:
    target_options(command)
    command.add_argument("--host", help="address to listen on (default 127.0.0.1)")
    command.add_argument("--port", type=int, help="HTTP port (default 8210; 0: any free one)")
    command.add_argument("--z3950-host", help="address of the Z39.50 server (default 127.0.0.1)")
    command.add_argument("--z3950-port", type=int, help="Z39.50 port (default 2100; -1: none)")
    command.add_argument("--data", type=Path, metavar="DIR", help="folder of the index (default data)")
    command.add_argument("--verbose", action="store_true", help="log what happens to stderr")


async def run(options: argparse.Namespace) -> int:
    logging.basicConfig(
        level=logging.INFO if options.verbose else logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    settings = settings_from(
        options,
        host=options.host,
        port=options.port,
        z3950_host=options.z3950_host,
        z3950_port=options.z3950_port,
        data=options.data,
    )
    targets = targets_from(options, settings, needed=False)
    async with running(settings, targets) as addresses:
        announce(addresses, len(targets))
        await interrupted()
    return 0


def announce(addresses: Addresses, libraries: int) -> None:
    print(f"Wenyuan serves {libraries} librar{'y' if libraries == 1 else 'ies'} at {addresses.url}/", flush=True)
    if addresses.z3950:
        print(f"and as a Z39.50 server at {addresses.z3950}", flush=True)


async def interrupted() -> None:
    """Wait for Ctrl-C or a termination signal."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()
