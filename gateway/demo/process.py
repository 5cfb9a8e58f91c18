"""Runs libraries of the demo as servers on the loopback: ``python -m gateway.demo.process --library ID --port N``.

``--library`` and ``--port`` may be repeated in pairs; port 0 takes any free one. For each library one line of JSON on
standard output, ``{"library": id, "port": number}``, says that it answers. With ``--until-eof`` the process ends when
its standard input does, so that it never outlives whoever started it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from gateway.core.errors import WenyuanError
from gateway.demo.library import Library
from gateway.demo.members import HOST, SRU_PATH, Member, member


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0 when stopped; 2 when an argument is wrong or a port cannot be had (told on standard error)."""
    parser = argparse.ArgumentParser(prog="python -m gateway.demo.process", description="Serve libraries of the demo.")
    parser.add_argument("--library", action="append", required=True, metavar="ID", help="a library of the demo")
    parser.add_argument("--port", action="append", type=int, required=True, metavar="N", help="its port; 0: any")
    parser.add_argument("--data", type=Path, metavar="DIR", help="folder with the records as files; made when left out")
    parser.add_argument("--until-eof", action="store_true", help="end when standard input ends")
    options = parser.parse_args(arguments)
    if len(options.library) != len(options.port):
        parser.error("give one --port for each --library")
    try:
        pairs = [(member(name), port) for name, port in zip(options.library, options.port, strict=True)]
        asyncio.run(_run(pairs, options.data, until_eof=options.until_eof))
    except (WenyuanError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


async def _run(pairs: Sequence[tuple[Member, int]], folder: Path | None, *, until_eof: bool) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stopped.set)
    if until_eof:
        _watch_input(stopped)
    async with AsyncExitStack() as servers:
        for known, port in pairs:
            bound = await serve(_library(known, folder), port, servers)
            sys.stdout.write(json.dumps({"library": known.id, "port": bound}) + "\n")
            sys.stdout.flush()
        await stopped.wait()


def _watch_input(stopped: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    descriptor = sys.stdin.fileno()

    def read() -> None:
        if not os.read(descriptor, 4096):
            loop.remove_reader(descriptor)
            stopped.set()

    loop.add_reader(descriptor, read)


def _library(known: Member, folder: Path | None) -> Library:
    if folder is not None:
        return Library.from_file(known, folder)
    # What makes records (converters, pinyin) is large; a server that reads them from a file does without.
    from gateway.demo.records import records

    return Library(known, [record.raw() for record in records(known)])


async def serve(library: Library, port: int, servers: AsyncExitStack) -> int:
    """Start the library's server on the loopback; it stops with ``servers``. Returns the port."""
    if library.member.protocol == "sru":
        return await _serve_sru(library, port, servers)
    return await _serve_z3950(library, port, servers)


async def _serve_sru(library: Library, port: int, servers: AsyncExitStack) -> int:
    from aiohttp import web

    from gateway.frontends.sru.application import application

    outer = web.Application()
    outer.add_subapp(SRU_PATH, application(library, title=library.member.name))
    runner = web.AppRunner(outer, access_log=None)
    await runner.setup()
    servers.push_async_callback(runner.cleanup)
    site = web.TCPSite(runner, HOST, port)
    await site.start()
    return int(runner.addresses[0][1])


async def _serve_z3950(library: Library, port: int, servers: AsyncExitStack) -> int:
    from gateway.frontends.z3950 import serve as serve_z3950

    server = await serve_z3950(library, HOST, port, term_charset=library.member.terms, name=library.member.name["en"])
    servers.push_async_callback(server.close)
    return server.port


if __name__ == "__main__":
    sys.exit(main())
