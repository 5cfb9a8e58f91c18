"""A limit on questions under way that no search can use up alone.

When all slots are taken, whoever waits is served in turn by search, not by arrival: a search of 113 libraries does not
make the one that comes after it wait for all of them.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Callable


class FairSlots:
    """At most ``limit`` holders at one time. ``of(search)`` is an async context manager."""

    def __init__(self, limit: int) -> None:
        self._free = limit
        self._waiting: OrderedDict[object, deque[asyncio.Future[None]]] = OrderedDict()

    @property
    def waiting(self) -> int:
        return sum(map(len, self._waiting.values()))

    @contextlib.asynccontextmanager
    async def of(self, search: object) -> AsyncIterator[None]:
        await self._acquire(search)
        try:
            yield
        finally:
            self._release()

    async def briefly(self, search: object, seconds: float) -> Callable[[], None]:
        """Takes a slot for so many seconds at most; call what it gives to hand the slot back before, once or often."""
        await self._acquire(search)
        timer: asyncio.TimerHandle | None = None

        def hand_back() -> None:
            nonlocal timer
            if timer is not None:
                timer.cancel()
                timer = None
                self._release()

        timer = asyncio.get_running_loop().call_later(seconds, hand_back)
        return hand_back

    def take_if_free(self) -> bool:
        """A slot without waiting, when one is free and nobody waits; give it back with ``give_back``."""
        if self._free <= 0:
            return False
        self._free -= 1
        return True

    def give_back(self) -> None:
        self._release()

    async def _acquire(self, search: object) -> None:
        if self._free > 0:
            self._free -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(search, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._release()  # the slot was given just as its taker left
            raise

    def _release(self) -> None:
        while self._waiting:
            search, turns = self._waiting.popitem(last=False)
            turn = turns.popleft()
            if turns:
                self._waiting[search] = turns  # to the back of the round
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1
