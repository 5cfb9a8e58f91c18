"""Harvests inside a running gateway: every library that can be harvested, one after the other, again and again."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Sequence

from gateway.core.ports import HarvestingConnector
from gateway.core.target import Target
from gateway.harvest.runner import Harvester

log = logging.getLogger(__name__)


class Schedule:
    """``every`` seconds a round begins, at once if the one before took longer. One library's failure ends its own
    harvest only."""

    def __init__(
        self, harvester: Harvester, libraries: Sequence[tuple[Target, HarvestingConnector]], every: float
    ) -> None:
        self._harvester = harvester
        self._libraries = libraries
        self._every = every
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        if self._libraries:
            self._task = asyncio.create_task(self._run(), name="harvest")

    async def close(self) -> None:
        """Stop at once: what was acknowledged stays, and the next round goes on behind it."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            until = loop.time() + self._every
            for target, connector in self._libraries:
                try:
                    report = await self._harvester.run(target, connector)
                    log.info("%s harvested: %s, %d records", target.id, report.state, report.received)
                except Exception:  # a fault in one library's harvest must not end all later ones
                    log.exception("The harvest of %s failed", target.id)
            await asyncio.sleep(max(0.0, until - loop.time()))
