"""Starts and stops the demo province: the libraries' files and servers, and the targets by which a gateway asks them.

Each server process ends when its standard input does, so that none outlives the process that started it, however that
one ends.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Final

import gateway.core.data
from gateway.core.errors import ConfigurationError
from gateway.core.target import Target
from gateway.demo.members import HOST, Member, load_members

_START_SECONDS: Final = 60.0
_STOP_SECONDS: Final = 5.0
_ROOT: Final = Path(gateway.core.data.__file__).resolve().parents[2]


class Province:
    """The member libraries as running servers, from ``async with`` on until its end.

    ``data_dir`` gets a folder ``libraries`` with each library's records and logs. With ``base_port`` the libraries take
    that port and those after it, in their order; with 0 any free ones. ``processes`` is how many server processes share
    the libraries; every library has one of its own when it is large enough. ``library_ids`` picks some of them.

    Raises ``ConfigurationError`` when a library cannot be started (a port that is taken, a folder without space).
    """

    #: Searches that show something: one title in three scripts and many libraries, one author, one in two languages.
    queries: Final = ("红楼梦", "作者:贾平凹", "pride and prejudice")

    def __init__(
        self,
        data_dir: Path | str,
        base_port: int = 0,
        *,
        processes: int = 4,
        library_ids: Sequence[str] = (),
    ) -> None:
        self.folder = Path(data_dir) / "libraries"
        self.targets: list[Target] = []
        self.pids: dict[str, int] = {}  #: of the process that serves each library
        self._base_port = base_port
        self._processes = max(1, processes)
        self._members = [known for known in load_members() if not library_ids or known.id in library_ids]
        self._stack = AsyncExitStack()

    @property
    def file_targets(self) -> list[Target]:
        """The libraries that are not asked but imported."""
        return [target for target in self.targets if target.connector == "file"]

    async def __aenter__(self) -> Province:
        async with AsyncExitStack() as stack:
            await asyncio.to_thread(self._write_files)
            ports = self._ports(stack)
            serving = [known for known in self._members if known.serves]
            groups = [group for at in range(self._processes) if (group := serving[at :: self._processes])]
            # All are waited for, also when one fails: what has been started must be known, to be stopped.
            starting = [self._spawn(stack, group, ports) for group in groups]
            for reported in await asyncio.gather(*starting, return_exceptions=True):
                if isinstance(reported, BaseException):
                    raise reported
                ports.update(reported)
            self.targets = [known.target(ports.get(known.id, 0), self.folder) for known in self._members]
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.pids.clear()
        await self._stack.aclose()

    def _write_files(self) -> None:
        # Imported here: what makes records is large, and not needed by those who only ask what the province has.
        from gateway.demo.records import write_file

        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            for known in self._members:
                if not known.down:
                    write_file(known, self.folder)
        except OSError as error:
            raise ConfigurationError(
                f"The demo cannot write its records to {self.folder}; free some space or choose another folder",
                detail=error.strerror,
            ) from error

    def _ports(self, stack: AsyncExitStack) -> dict[str, int]:
        """The port that each library shall have; that of one that is down is held, so that nobody answers there."""
        ports = {}
        networked = [known for known in self._members if known.protocol != "file"]
        for place, known in enumerate(networked):
            ports[known.id] = self._base_port + place if self._base_port else 0
            if known.down:
                held = stack.enter_context(socket.socket())
                try:
                    held.bind((HOST, ports[known.id]))
                except OSError as error:
                    raise _not_started([known], ports, error.strerror) from error
                ports[known.id] = held.getsockname()[1]
        return ports

    async def _spawn(self, stack: AsyncExitStack, group: list[Member], ports: dict[str, int]) -> dict[str, int]:
        """Start one process for some libraries; returns the ports on which they answer."""
        arguments = ["-m", "gateway.demo.process", "--until-eof", "--data", str(self.folder)]
        for known in group:
            arguments += ["--library", known.id, "--port", str(ports[known.id])]
        path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
        log = self.folder / f"{'-'.join(known.id for known in group)}.log"
        with log.open("wb") as errors:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *arguments,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=errors,
                env={**os.environ, "PYTHONPATH": path},
                # A Ctrl-C of the terminal goes to the gateway alone, which then stops its libraries in order.
                start_new_session=True,
            )
        stack.push_async_callback(_stop, process)
        reported: dict[str, int] = {}
        try:
            async with asyncio.timeout(_START_SECONDS):
                while len(reported) < len(group):
                    line = await _line(process)
                    if not line:
                        break
                    report = json.loads(line)
                    reported[report["library"]] = report["port"]
        except TimeoutError as error:
            raise _not_started(group, ports, f"no answer within {_START_SECONDS:.0f} seconds") from error
        if len(reported) < len(group):
            raise _not_started(group, ports, log.read_text(encoding="utf-8", errors="replace").strip()[-500:])
        self.pids.update(dict.fromkeys(reported, process.pid))
        return reported


async def _line(process: asyncio.subprocess.Process) -> bytes:
    assert process.stdout is not None
    return await process.stdout.readline()


def _not_started(group: Sequence[Member], ports: dict[str, int], reason: str | None) -> ConfigurationError:
    names = ", ".join(f"{known.id} (port {ports[known.id] or 'any'})" for known in group)
    return ConfigurationError(
        f"These libraries of the demo did not start: {names}; look whether their ports are free, or choose others",
        detail=reason,
    )


async def _stop(process: asyncio.subprocess.Process) -> None:
    """End a server process: by the end of its input, and by force when it does not listen."""
    assert process.stdin is not None
    process.stdin.close()
    for force in (process.terminate, process.kill, None):
        try:
            async with asyncio.timeout(_STOP_SECONDS):
                await process.communicate()
        except TimeoutError:
            if force is not None and process.returncode is None:
                force()
        else:
            return
