"""Starts a laboratory in processes of its own, and knows its libraries as targets."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Final

import gateway.core.data
from gateway.core.errors import ConfigurationError
from gateway.core.target import Target
from gateway.lab.plan import Plan

#: Writing a hundred thousand records ahead takes a busy machine some minutes.
_START_SECONDS: Final = 300.0
_STOP_SECONDS: Final = 5.0
_ROOT: Final = Path(gateway.core.data.__file__).resolve().parents[2]
#: A line of ports is longer than what a stream reads by default.
_LONGEST_LINE: Final = 1 << 20


class Laboratory:
    """The libraries of ``plan`` as running servers, from ``async with`` on until its end.

    ``topics`` is how many topics' records are written before anyone asks. Raises ``ConfigurationError``.
    """

    def __init__(self, plan: Plan, *, processes: int = 1, base_port: int = 0, topics: int = 0) -> None:
        self.libraries = plan.members()
        self.ports: dict[str, int] = {}
        self.pids: list[int] = []
        self._plan = plan
        self._processes = max(1, min(processes, plan.libraries))
        self._base_port = base_port
        self._topics = topics
        self._stack = AsyncExitStack()

    @property
    def targets(self) -> list[Target]:
        return [library.target(self.ports[library.id]) for library in self.libraries]

    async def __aenter__(self) -> Laboratory:
        async with AsyncExitStack() as stack:
            starting = [self._spawn(stack, part) for part in range(self._processes)]
            for reported in await asyncio.gather(*starting, return_exceptions=True):
                if isinstance(reported, BaseException):
                    raise reported
                self.ports |= reported
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.pids.clear()
        await self._stack.aclose()

    async def _spawn(self, stack: AsyncExitStack, part: int) -> dict[str, int]:
        path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "gateway.lab.process", json.dumps(dataclasses.asdict(self._plan))),
            *("--part", f"{part}/{self._processes}", "--base-port", str(self._base_port)),
            *("--topics", str(self._topics)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=_LONGEST_LINE,
            env={**os.environ, "PYTHONPATH": path},
            start_new_session=True,  # a Ctrl-C goes to whoever started it, who then stops it
        )
        stack.push_async_callback(_stop, process)
        assert process.stdout is not None
        try:
            line = await asyncio.wait_for(process.stdout.readline(), _START_SECONDS)
        except TimeoutError as error:
            raise ConfigurationError(
                f"The laboratory's process was not ready within {_START_SECONDS:.0f} s; give it fewer libraries"
            ) from error
        if not line:
            raise ConfigurationError("The laboratory's process did not start; what it said is above")
        self.pids.append(process.pid)
        return {str(name): int(port) for name, port in json.loads(line).items()}


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.stdin is not None:
        process.stdin.close()
    try:
        await asyncio.wait_for(process.wait(), _STOP_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()
