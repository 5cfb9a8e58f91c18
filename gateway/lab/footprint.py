"""What a process holds: memory, sockets, tasks."""

from __future__ import annotations

import asyncio
import gc
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_SELF = Path("/proc/self")


def memory(key: str = "VmRSS") -> float:
    """MB of this process: ``VmRSS`` now, ``VmHWM`` at its highest since ``forget_peak``. 0 where it cannot be known."""
    with suppress(OSError):
        found = re.search(rf"{key}:\s+(\d+) kB", (_SELF / "status").read_text())
        return int(found[1]) / 1024 if found else 0.0
    return 0.0


def forget_peak() -> None:
    with suppress(OSError):
        (_SELF / "clear_refs").write_text("5")


def sockets() -> int:
    found = 0
    for entry in (_SELF / "fd").iterdir():
        with suppress(OSError):
            found += str(entry.readlink()).startswith("socket:")
    return found


@dataclass(frozen=True, slots=True)
class Footprint:
    sockets: int
    tasks: int
    memory: float  #: MB

    @classmethod
    async def taken(cls) -> Footprint:
        """After a moment in which closed transports let go, and a collection."""
        await asyncio.sleep(0.2)
        gc.collect()
        return cls(sockets(), len(asyncio.all_tasks()), memory())
