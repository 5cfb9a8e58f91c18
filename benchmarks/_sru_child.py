"""The gateway over a folder of data in a process of its own; prints its address, and runs until it is ended."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from gateway.app import running
from gateway.settings import GatewaySettings


async def serve(data: Path) -> None:
    async with running(GatewaySettings(data=data, port=0, z3950_port=-1), []) as addresses:
        print(addresses.url, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
