"""One harvest of one source: what comes is normalised, written and acknowledged; only then the checkpoint moves.

Killed at any instant, the next run goes on from the last checkpoint and writes at most one batch again, which changes
nothing: records are replaced by id, and one that is stored already as it came is left alone.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Protocol

from gateway.core.errors import DataError, RetriableError, WenyuanError
from gateway.core.ports import Batch, HarvestingConnector, Index
from gateway.core.record import Record
from gateway.core.target import Target
from gateway.harvest.checkpoint import Checkpoint, Checkpoints
from gateway.harvest.report import Report
from gateway.records.normalise import normalise

log = logging.getLogger(__name__)

#: Failures in a row, without a batch between them, after which a harvest is given up until the next run.
MAX_ATTEMPTS = 6
_FIRST_WAIT = 2.0
_LONGEST_WAIT = 300.0
#: A source that asks for more patience than this is left to the next run.
_LONGEST_ASKED = 3600.0

Progress = Callable[[Report], None]


class Writer(Protocol):
    """What clusters records into the unions of the index (``gateway.union.Unifier``)."""

    async def add(self, records: Sequence[Record]) -> object: ...

    async def delete(self, record_ids: Sequence[str]) -> int:
        """How many of these there were."""
        ...


class Harvester:
    """One per index; ``run`` may be called for several sources at once, but for each source only once at a time."""

    def __init__(
        self,
        index: Index,
        unifier: Writer,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        checkpoints: Checkpoints | None = None,
    ) -> None:
        self._index = index
        self._unifier = unifier
        self._sleep = sleep
        self.checkpoints = checkpoints or Checkpoints(index)

    async def run(
        self,
        target: Target,
        connector: HarvestingConnector,
        *,
        full: bool = False,
        limit: int | None = None,
        progress: Progress | None = None,
    ) -> Report:
        """Harvest what is new since the checkpoint (``full``: everything), at most about ``limit`` records.

        Raises nothing that the source does: its failure is in the report, and so is what was harvested before it.
        """
        began = time.monotonic()
        report = Report(target.id, started=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
        checkpoint = Checkpoint()
        try:
            if not full:
                checkpoint = await self.checkpoints.load(target.id)
            report.mode = "full" if not checkpoint.cursor else "changes" if checkpoint.complete else "resumed"
            cursor, ended = await self._through(connector, checkpoint.cursor, report, limit, progress)
            report.state = "ok" if ended and not report.unreadable else "partial"
            checkpoint = Checkpoint(cursor, ended)
        except WenyuanError as error:
            report.state, report.error = "error", str(error)
            log.warning("The harvest of %s stopped: %s", target.id, error)
            kept = await self._kept(target.id)
            checkpoint = Checkpoint(kept.cursor, kept.complete)
        report.seconds = round(time.monotonic() - began, 3)
        await self.checkpoints.save(target.id, Checkpoint(checkpoint.cursor, checkpoint.complete, report))
        await self._index.refresh()
        return report

    async def _kept(self, source: str) -> Checkpoint:
        try:
            return await self.checkpoints.load(source)
        except DataError:
            return Checkpoint()

    async def _through(
        self,
        connector: HarvestingConnector,
        cursor: str,
        report: Report,
        limit: int | None,
        progress: Progress | None,
    ) -> tuple[str, bool]:
        """The cursor behind the last batch, and whether the source's list came to its end."""
        failures = 0
        while True:
            try:
                async for batch in connector.harvest(cursor):
                    await self._take(batch, report)
                    await self.checkpoints.save(report.source, Checkpoint(batch.cursor, False))
                    cursor, failures = batch.cursor, 0
                    if progress is not None:
                        progress(report)
                    if limit is not None and report.received >= limit:
                        return cursor, False
            except RetriableError as error:
                failures += 1
                wait = _wait(failures, error.retry_after)
                if failures >= MAX_ATTEMPTS or wait > _LONGEST_ASKED:
                    raise
                report.retries += 1
                log.info("%s: %s; again in %.0f s", report.source, error, wait)
                await self._sleep(wait)
            else:
                return cursor, True

    async def _take(self, batch: Batch, report: Report) -> None:
        """Write one batch; when this returns, the index has it for good."""
        records: list[Record] = []
        for raw in batch.records:
            report.received += 1
            try:
                record = normalise(raw)
            except DataError as error:
                report.fault(f"{raw.local_id}: {error}")
                continue
            report.warnings += bool(record.warnings)
            records.append(record)
        for words in batch.faults:
            report.fault(words)
        report.add_notes(batch.notes)
        report.batches += 1
        report.total = batch.total if batch.total is not None else report.total
        if records:
            await self._unifier.add(records)
        if batch.deletions:
            ids = [f"{report.source}:{local_id}" for local_id in batch.deletions]
            report.deleted += await self._unifier.delete(ids)


def _wait(failures: int, asked: float | None) -> float:
    """Seconds until the next attempt: what the source asked for, else longer each time, never quite the same."""
    if asked is not None:
        return asked
    return min(_LONGEST_WAIT, _FIRST_WAIT * 2.0 ** (failures - 1)) * random.uniform(0.75, 1.25)  # noqa: S311
