"""How late the event loop runs: time in which this gateway was busy, and no library may be blamed for its silence."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from typing import Final

_STEP: Final = 0.05
#: Seconds by which every timer may be late.
_USUAL: Final = 0.01


class LoopLag:
    """Counts while somebody watches; costs nothing else. Used from one event loop."""

    def __init__(self) -> None:
        self.total = 0.0  #: seconds that the loop was late while it was watched, since the start
        self.worst = 0.0  #: the longest it was late in one piece
        self._watchers = 0
        self._due = 0.0
        self._timer: asyncio.TimerHandle | None = None

    @contextlib.contextmanager
    def watched(self) -> Iterator[Callable[[], float]]:
        """Gives a function: the seconds that the loop was late since the beginning of the ``with``."""
        loop = asyncio.get_running_loop()
        self._watchers += 1
        if self._timer is None:
            self._arm(loop)
        before = self._until(loop.time())
        try:
            yield lambda: self._until(loop.time()) - before
        finally:
            self._watchers -= 1
            if not self._watchers and self._timer is not None:
                self.total = self._until(loop.time())
                self._timer.cancel()
                self._timer = None

    def _arm(self, loop: asyncio.AbstractEventLoop) -> None:
        self._due = loop.time() + _STEP
        self._timer = loop.call_at(self._due, self._tick, loop)

    def _tick(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        self.worst = max(self.worst, now - self._due)
        self.total = self._until(now)
        self._arm(loop)

    def _until(self, now: float) -> float:
        late = now - self._due if self._timer is not None else 0.0
        return self.total + (late if late > _USUAL else 0.0)
