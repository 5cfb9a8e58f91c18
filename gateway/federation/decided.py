"""The cataloguers' decisions that live answers are merged by."""

from __future__ import annotations

import asyncio

from gateway.core.decision import Decision
from gateway.core.errors import WenyuanError
from gateway.core.ports import DecidingIndex, Index
from gateway.records.constraints import FREE, Constraints

#: Seconds for which what was read of them is good enough for a live search.
SECONDS = 5.0


class Decided:
    """Read from the index now and then, so that no search waits for what seldom changes."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._known: tuple[Decision, ...] = ()
        self._constraints = FREE
        self._until = 0.0

    async def now(self) -> Constraints:
        """Those of the last few seconds; those known before when the index does not answer."""
        now = asyncio.get_running_loop().time()
        if isinstance(self._index, DecidingIndex) and now >= self._until:
            self._until = now + SECONDS
            try:
                found = await self._index.decisions()
            except WenyuanError:
                return self._constraints
            if found != self._known:
                self._known, self._constraints = found, Constraints(found)
        return self._constraints
