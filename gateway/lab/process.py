"""A part of a laboratory as a process: ``python -m gateway.lab.process PLAN --part 0/2``.

``PLAN`` is the plan as JSON. When all of its part listen, the process writes one line of JSON, ``{id: port, …}``, on
standard output; it ends when its standard input does, so that it never outlives whoever started it.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import signal
import sys

from gateway.core.errors import WenyuanError
from gateway.lab.plan import Plan, Simulated
from gateway.lab.servers import Servers
from gateway.lab.shelves import TOPICS, editions, written, written_xml


def main() -> int:
    """Exit status 0 when stopped, 2 when the part cannot listen (told on standard error)."""
    parser = argparse.ArgumentParser(prog="python -m gateway.lab.process", description="Serve simulated libraries.")
    parser.add_argument("plan", help="the plan as JSON")
    parser.add_argument("--part", default="0/1", metavar="K/N", help="serve every N-th library from the K-th on")
    parser.add_argument("--base-port", type=int, default=0)
    parser.add_argument("--topics", type=int, default=0, metavar="N", help="write the records of N topics ahead")
    options = parser.parse_args()
    which, _, parts = options.part.partition("/")
    libraries = Plan(**json.loads(options.plan)).members()[int(which) :: int(parts)]
    for library in libraries:
        prepare(library, options.topics)
    gc.freeze()
    try:
        asyncio.run(_run(libraries, options.base_port))
    except WenyuanError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def prepare(library: Simulated, topics: int) -> None:
    """Write a library's records ahead, so that the first who asks does not wait for it."""
    for topic in range(min(topics, len(TOPICS))):
        for number in editions(library, topic):
            if library.protocol == "sru":
                written_xml(topic, number, library.flavour)
            else:
                written(topic, number, library.flavour, library.charset)


async def _run(libraries: list[Simulated], base_port: int) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stopped.set)
    descriptor = sys.stdin.fileno()

    def read() -> None:
        if not os.read(descriptor, 4096):
            loop.remove_reader(descriptor)
            stopped.set()

    loop.add_reader(descriptor, read)
    async with Servers(libraries, base_port) as servers:
        sys.stdout.write(json.dumps(servers.ports) + "\n")
        sys.stdout.flush()
        await stopped.wait()


if __name__ == "__main__":
    sys.exit(main())
