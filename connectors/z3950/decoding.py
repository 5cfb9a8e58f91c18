"""Answers are decoded one at a time, and everything else goes on in between.

When a hundred libraries answer at once, the loop finds a hundred sockets readable. Decoding all of it there and then
would keep the first page waiting for the last: each session gets its turn in an iteration of the loop of its own.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from weakref import WeakKeyDictionary

_queues: WeakKeyDictionary[asyncio.AbstractEventLoop, DecodingQueue] = WeakKeyDictionary()


class DecodingQueue:
    """Jobs run in the order in which they came, one in an iteration of the loop."""

    def __init__(self) -> None:
        self._jobs: deque[Callable[[], None]] = deque()

    def add(self, job: Callable[[], None]) -> None:
        self._jobs.append(job)
        if len(self._jobs) == 1:
            asyncio.get_running_loop().call_soon(self._next)

    def _next(self) -> None:
        try:
            self._jobs[0]()
        finally:
            self._jobs.popleft()
            if self._jobs:
                asyncio.get_running_loop().call_soon(self._next)


def queue_of(loop: asyncio.AbstractEventLoop) -> DecodingQueue:
    """The queue that all sessions of one loop share."""
    queue = _queues.get(loop)
    if queue is None:
        queue = _queues[loop] = DecodingQueue()
    return queue
