"""Answers are decoded one at a time, and everything else goes on in between.

When a hundred libraries answer at once, the loop finds a hundred sockets readable. Decoding all of it there and then
would keep the first page waiting for the last: each answer gets its turn in an iteration of the loop of its own, and
searches get theirs by turns, so that none waits for all the answers to another one.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable
from weakref import WeakKeyDictionary

_queues: WeakKeyDictionary[asyncio.AbstractEventLoop, DecodingQueue] = WeakKeyDictionary()


class DecodingQueue:
    """Jobs of one asker run in the order in which they came, one job in an iteration of the loop, askers by turns."""

    def __init__(self) -> None:
        self._jobs: OrderedDict[Hashable, deque[Callable[[], None]]] = OrderedDict()
        self._running = False

    def add(self, job: Callable[[], None], asker: Hashable = None) -> None:
        """``asker`` is anything that tells one search from another, see ``gateway.core.asker``."""
        self._jobs.setdefault(asker, deque()).append(job)
        if not self._running:
            self._running = True
            asyncio.get_running_loop().call_soon(self._next)

    def _next(self) -> None:
        asker, jobs = self._jobs.popitem(last=False)
        job = jobs.popleft()
        if jobs:
            self._jobs[asker] = jobs  # to the back of the round
        try:
            job()
        finally:
            self._running = bool(self._jobs)
            if self._running:
                asyncio.get_running_loop().call_soon(self._next)


def queue_of(loop: asyncio.AbstractEventLoop) -> DecodingQueue:
    """The queue that all sessions of one loop share."""
    queue = _queues.get(loop)
    if queue is None:
        queue = _queues[loop] = DecodingQueue()
    return queue
