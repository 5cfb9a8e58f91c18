"""Simulated libraries listening on the loopback, in this process."""

from __future__ import annotations

import asyncio
import resource
import socket
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from types import TracebackType

from gateway.core.errors import ConfigurationError
from gateway.lab.line import FLAPPING_TURN, Line, is_down
from gateway.lab.plan import HOST, Simulated
from gateway.lab.sru import SRULine
from gateway.lab.z3950 import Z3950Line

_BACKLOG = 1024


class Servers:
    """Listen from ``async with`` on; ``ports`` tells where. ``base_port`` is the first library's, 0 takes free ones."""

    def __init__(self, libraries: Sequence[Simulated], base_port: int = 0) -> None:
        self.ports: dict[str, int] = {}
        self.lines: set[Line] = set()
        self._thinking: Counter[object] = Counter()
        self._libraries = libraries
        self._base_port = base_port
        self._stack = AsyncExitStack()
        self._flapping: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> Servers:
        _allow_many_files()
        async with AsyncExitStack() as stack:
            for library in self._libraries:
                port = self._base_port + library.number - 1 if self._base_port else 0
                try:
                    self.ports[library.id] = await self._listen(library, port, stack)
                except OSError as error:
                    raise ConfigurationError(
                        f"Library {library.id} of the laboratory cannot listen on port {port or '(any)'}; "
                        "give another with --base-port",
                        detail=error.strerror,
                    ) from error
            self._stack = stack.pop_all()
        if any(library.fault == "flapping" for library in self._libraries):
            self._flap()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._flapping is not None:
            self._flapping.cancel()
        await self._stack.aclose()
        for line in tuple(self.lines):
            line.reset()
        await asyncio.sleep(0)

    async def _listen(self, library: Simulated, port: int, stack: AsyncExitStack) -> int:
        if library.fault in ("refuse", "unroutable"):
            held = stack.enter_context(socket.socket())
            held.bind((HOST, port))
            if library.fault == "unroutable":
                held.listen(0)
                _fill(held, stack)
            return int(held.getsockname()[1])
        make = SRULine if library.protocol == "sru" else Z3950Line
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: make(library, self.lines, self._thinking), HOST, port, backlog=_BACKLOG
        )
        stack.callback(server.close)
        return int(server.sockets[0].getsockname()[1])

    def _flap(self) -> None:
        """Drop the connections of those that have just gone."""
        loop = asyncio.get_running_loop()
        for line in tuple(self.lines):
            if line.library.fault == "flapping" and is_down(line.library, loop.time()):
                line.reset()
        self._flapping = loop.call_later(FLAPPING_TURN / 8, self._flap)


def _fill(listening: socket.socket, stack: AsyncExitStack) -> None:
    """Take all places of a queue that nobody serves: who comes then waits as for a host that is not there."""
    for _ in range(3):
        waiting = stack.enter_context(socket.socket())
        waiting.setblocking(False)
        with suppress(BlockingIOError):
            waiting.connect(listening.getsockname())


def _allow_many_files() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY or soft < hard:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
