"""What targets on one server share: how many sessions it is burdened with, and how long a dead one is left in peace.

A server often holds several databases, and each is a target of its own; its limit of sessions is one for all of them.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Protocol
from weakref import WeakSet, WeakValueDictionary

from gateway.core.deadline import Deadline
from gateway.core.errors import DeadlineExceededError, RetriableError

#: Seconds after the second failed connection in a row; doubled at each further one, up to the last.
_FIRST, _LAST = 0.25, 5.0


class Sharer(Protocol):
    """A pool of sessions with the host."""

    @property
    def open_sessions(self) -> int: ...

    def drop_idle(self) -> bool:
        """Close a session that nobody uses; whether there was one."""
        ...


class Host:
    """``limit`` is the least that any target on it allows; 0: no limit but each target's own."""

    def __init__(self, peer: str) -> None:
        self.peer = peer
        self.limit = 0
        self._pools: WeakSet[Sharer] = WeakSet()
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._coming = 0
        self._failures = 0
        self._not_before = 0.0

    def join(self, pool: Sharer, limit: int) -> None:
        self._pools.add(pool)
        if limit > 0:
            self.limit = min(self.limit, limit) if self.limit else limit

    @property
    def open_sessions(self) -> int:
        """Sessions of all targets with it, those that are being opened among them."""
        return self._coming + sum(pool.open_sessions for pool in self._pools)

    async def enter(self, deadline: Deadline) -> None:
        """Waits for room for one session more. Call ``arrived`` when it is counted by its pool, or came to nothing."""
        while self.limit and self.open_sessions >= self.limit:
            if any(pool.drop_idle() for pool in self._pools):
                continue
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            try:
                async with asyncio.timeout_at(deadline.at):
                    await turn
            except TimeoutError as error:
                raise DeadlineExceededError(
                    f"All {self.limit} sessions that {self.peer} may have were busy until the time was up"
                ) from error
            finally:
                if turn in self._waiting:
                    self._waiting.remove(turn)
        self._coming += 1

    def arrived(self) -> None:
        self._coming -= 1
        self.left()

    def left(self) -> None:
        """A session ended or fell idle: whoever waits looks again."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return

    def check(self, now: float) -> None:
        """``RetriableError`` while the host is left in peace after failures."""
        rest = self._not_before - now
        if rest > 0:
            raise RetriableError(
                f"{self.peer} could not be reached {self._failures} times in a row; it is tried again in {rest:.1f} s",
                retry_after=rest,
            )

    def failed(self, now: float) -> None:
        """A connection did not come about. A single failure may be chance: the next one may follow at once."""
        self._failures += 1
        if self._failures > 1:
            self._not_before = now + min(_LAST, _FIRST * 2 ** (self._failures - 2))

    def succeeded(self) -> None:
        self._failures, self._not_before = 0, 0.0


_hosts: WeakValueDictionary[str, Host] = WeakValueDictionary()


def host_of(peer: str) -> Host:
    """The one host of this address, as long as a target on it lives."""
    found = _hosts.get(peer)
    if found is None:
        found = _hosts[peer] = Host(peer)
    return found
