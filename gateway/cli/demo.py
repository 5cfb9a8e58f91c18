"""``wenyuan demo``: a small province on this machine, and the gateway over it."""

from __future__ import annotations

import argparse
import contextlib
import socket
import tempfile
from pathlib import Path
from urllib.parse import quote

from gateway.app import running
from gateway.cli.common import table
from gateway.cli.importing import import_file
from gateway.cli.serving import interrupted
from gateway.demo.supervisor import Province
from gateway.settings import load_gateway_settings

NAME = "demo"
HELP = "start a small province of libraries on this machine, and the gateway over it"
DESCRIPTION = (
    "Start member libraries of Shaanxi as separate servers on loopback (Z39.50 with CNMARC in GBK, UNIMARC, MARC21 in "
    "UTF-8 and MARC-8; SRU 1.1 and 1.2; a file; one that is slow and one that is down), and the gateway over them."
)
EPILOG = "Stop with Ctrl-C; nothing is left behind unless --data is given."


def arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("--host", help="address to listen on (default 127.0.0.1)")
    command.add_argument("--port", type=int, help="HTTP port (default 8210)")
    command.add_argument("--z3950-port", type=int, help="Z39.50 port of the union (default 2100; -1: none)")
    command.add_argument("--data", type=Path, metavar="DIR", help="keep the index here (default: a temporary folder)")


async def run(options: argparse.Namespace) -> int:
    async with contextlib.AsyncExitStack() as stack:
        data = options.data or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="wenyuan-demo-")))
        settings = load_gateway_settings(
            None, host=options.host, port=options.port, z3950_port=options.z3950_port, data=data / "index"
        )
        if options.z3950_port is None and not _free(settings.z3950_host, settings.z3950_port):
            print(f"Port {settings.z3950_port} is taken; the union's Z39.50 server gets another.")
            settings = settings.model_copy(update={"z3950_port": 0})
        print("Starting the libraries …", flush=True)
        province = await stack.enter_async_context(Province(data))
        addresses = await stack.enter_async_context(running(settings, province.targets))
        for target in province.file_targets:
            await import_file(addresses.federation.index, target, Path(target.url))
        table(
            [
                (target.id, target.label(), target.label("en"), target.connector, target.url)
                for target in province.targets
            ],
            ("id", "library", "", "by", "address"),
        )
        print(f"\nWenyuan is at {addresses.url}/")
        if addresses.z3950:
            print(f"and as a Z39.50 server at {addresses.z3950}")
        print("\nTry:")
        for query in province.queries:
            print(f"  {addresses.url}/search?q={quote(query)}    ({query})")
        print(f"\n  curl '{addresses.url}/search?q={province.queries[0]}&format=json'")
        print("\nStop with Ctrl-C.", flush=True)
        await interrupted()
    return 0


def _free(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
