"""Cataloguers' decisions: a few documents beside the notes, all read at once, since people make few of them.

They change with a change of the log like every other document. What a change read of them counts as one thing, so
whoever clusters while somebody decides does it afresh.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from typing import Any

from gateway.core import codec
from gateway.core.decision import Decision
from index.elasticsearch.bulk import Operation
from index.elasticsearch.log import Log, touch
from index.elasticsearch.transport import Transport

#: What stands for all decisions in what a change read and touched.
TOUCH = touch("d", "")
#: Documents they are spread over by id, so that one more does not mean to write all anew.
_PARTS = 32


class Deciding:
    """The decisions as one program sees them, read anew when the log tells of new ones."""

    def __init__(self, transport: Transport, name: str, log: Log) -> None:
        self._transport = transport
        self._name = name
        self._log = log
        self._held: tuple[int, tuple[Decision, ...]] = (-1, ())

    async def all(self) -> tuple[Decision, ...]:
        """Those of now, as far as the log has been looked at; the oldest first."""
        at, found = self._held
        if at >= 0 and not self._log.touched_since(at, frozenset([TOUCH])):
            self._held = (max(at, self._log.clean), found)
            return found
        await self._log.settle_all()
        at = self._log.clean
        found = await self._read()
        self._held = (at, found)
        return found

    async def operations(self, changed: Sequence[Decision]) -> list[Operation]:
        held = {one.id: one for one in (*await self.all(), *changed)}
        parts = {_part(one.id) for one in changed}
        return [
            Operation("log", part, {"decisions": [codec.plain(one) for one in held.values() if _part(one.id) == part]})
            for part in sorted(parts)
        ]

    async def _read(self) -> tuple[Decision, ...]:
        ids = [f"decisions:{part}" for part in range(_PARTS)]
        answer = await self._transport.write(lambda es: es.mget(index=self._name, ids=ids))
        return tuple(sorted(_decisions(answer["docs"]), key=lambda one: (one.at, one.id)))


def _decisions(documents: Iterable[dict[str, Any]]) -> Iterable[Decision]:
    for document in documents:
        if document.get("found"):
            for one in document["_source"]["decisions"]:
                yield codec.parse(Decision, one)


def _part(decision_id: str) -> str:
    return f"decisions:{zlib.crc32(decision_id.encode()) % _PARTS}"
