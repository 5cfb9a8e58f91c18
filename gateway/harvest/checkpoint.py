"""Where each source's harvest stands, kept in the index itself: it is lost with the records only, never before them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from gateway.core import codec
from gateway.core.errors import ConfigurationError, DataError
from gateway.core.ports import Index, NotingIndex
from gateway.harvest.report import Report


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """``cursor`` is the connector's own; "" before the first batch. ``complete``: the last list was read to its end."""

    cursor: str = ""
    complete: bool = False
    report: Report | None = None


class Checkpoints:
    """Raises ``ConfigurationError`` when the index keeps no notes."""

    def __init__(self, index: Index) -> None:
        if not isinstance(index, NotingIndex):
            raise ConfigurationError(
                "This index cannot keep the checkpoints of harvests; use one that can, as the embedded index"
            )
        self._notes: NotingIndex = index

    async def load(self, source: str) -> Checkpoint:
        """The empty checkpoint when there is none. Raises ``DataError`` when what is kept cannot be read."""
        written = await self._notes.note(_name(source))
        if written is None:
            return Checkpoint()
        try:
            values: Any = json.loads(written)
        except ValueError as error:
            raise DataError(f"The checkpoint of {source} cannot be read; harvest it in full") from error
        return codec.parse(Checkpoint, values)

    async def save(self, source: str, checkpoint: Checkpoint) -> None:
        """Durable when this returns."""
        await self._notes.set_note(_name(source), json.dumps(codec.plain(checkpoint), ensure_ascii=False))


def _name(source: str) -> str:
    return f"harvest:{source}"
