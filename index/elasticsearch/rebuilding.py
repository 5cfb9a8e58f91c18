"""The searched side made anew beside the old one, then put in its place, while others search and write.

A new index of unions is filled from the stored records in the order of the changes, each document under the version of
its change; what changes meanwhile follows in further rounds. For the last round the log is closed for a moment: changes
are made through an alias that carries the format, and that alias is taken away. Then one request turns the aliases
over. So a program of an earlier format goes on searching but can never write into the new index, and a writer of this
format only waits.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gateway.core.errors import FatalTargetError, WenyuanError
from gateway.core.ports import Listing
from gateway.core.record import UnionRecord
from index.elasticsearch import listing, schema
from index.elasticsearch.bulk import Operation, lines_of, write_lines
from index.elasticsearch.documents import union_operation
from index.elasticsearch.location import Location
from index.elasticsearch.log import Log
from index.elasticsearch.reader import Reader
from index.elasticsearch.transport import Transport

_BATCH = 300
#: With so few documents left the log may be closed for the last round.
_FEW = 600
_ROUNDS = 50
#: Seconds for searches that began with the old index.
_GRACE = 5.0

Progress = Callable[[int], None]


class Rebuilding:
    """One run. Only one at a time per index: a second one takes what the first has made for left-overs."""

    def __init__(self, transport: Transport, location: Location, log: Log, reader: Reader) -> None:
        self._transport = transport
        self._location = location
        self._log = log
        self._reader = reader
        self._alias = schema.alias(location, "unions")
        self._new = ""
        self._after: tuple[int, str] | None = None
        self._done = 0

    async def run(self, progress: Progress | None = None) -> int:
        """The number of documents (unions and what is left of gone ones) in the new index.

        Raises ``FatalTargetError`` when the new index does not come out whole; then everything is as before.
        """
        old, leftovers, names = await self._indices()
        for name in leftovers:
            await self._transport.write(lambda es, name=name: es.indices.delete(index=name))  # type: ignore[misc]
        self._new = _free(f"{self._alias}-v{schema.SCHEMA_VERSION}", names)
        body = schema.index_body(self._location, "unions")
        body["aliases"] = {}
        body["settings"]["index"]["refresh_interval"] = "-1"
        await self._transport.write(lambda es: es.indices.create(index=self._new, **body))
        try:
            for _ in range(_ROUNDS):
                if await self._round(progress) < _FEW:
                    break
            await self._turn_over(old, progress)
        except BaseException:
            with contextlib.suppress(WenyuanError):
                await self._transport.write(lambda es: es.indices.delete(index=self._new))
            raise
        await asyncio.sleep(_GRACE)
        await self._transport.write(lambda es: es.indices.delete(index=old, ignore_unavailable=True))
        return await self._count(self._new)

    async def _indices(self) -> tuple[str, list[str], set[str]]:
        """(the index in use, indices of rebuildings that were broken off, all names)."""
        found = await self._transport.write(lambda es: es.indices.get_alias(index=f"{self._alias}-v*"))
        used = [name for name, told in found.items() if self._alias in told["aliases"]]
        if len(used) != 1:
            raise FatalTargetError(f"The alias {self._alias} stands for {len(used)} indices; leave it one")
        return used[0], [name for name in found if name not in used], set(used)

    async def _round(self, progress: Progress | None) -> int:
        """Copy what was written up to now and not yet copied; return how much it was."""
        last = await self._log.settle_all()
        await self._transport.write(lambda es: es.indices.refresh(index=self._alias))
        before = self._done
        while True:
            body = {**listing.request(Listing(), last, self._after, _BATCH), "_source": True}
            answer = await self._transport.write(lambda es, body=body: es.search(index=self._alias, body=body))  # type: ignore[misc]
            heads = [hit["_source"] for hit in answer["hits"]["hits"]]
            if not heads:
                return self._done - before
            unions = await self._reader.whole([head for head in heads if head["kind"] == "union"])
            lines = await asyncio.to_thread(self._lines, heads, unions)
            refused = await write_lines(self._transport, lines, require_alias=False)
            if refused:
                raise FatalTargetError(f"{len(refused)} documents were refused by the new index", detail=refused[0])
            self._after = (int(heads[-1]["change"]), str(heads[-1]["uid"]))
            self._done += len(heads)
            if progress:
                progress(self._done)

    def _lines(self, heads: Sequence[Mapping[str, Any]], unions: Sequence[UnionRecord]) -> list[tuple[bytes, bytes]]:
        """A union whose members are just moving is left out: it changes, so it comes again."""
        whole = {union.id: union for union in unions}
        out = []
        for head in heads:
            if head["kind"] != "union":
                kept = {name: value for name, value in head.items() if name not in ("change", "at")}
                one = Operation("unions", head["uid"], kept)
            elif head["uid"] in whole:
                one = union_operation(whole[head["uid"]], float(head["added"]))
            else:
                continue
            out.append(lines_of(self._new, int(head["change"]), int(head["at"]), one))
        return out

    async def _turn_over(self, old: str, progress: Progress | None) -> None:
        log = schema.alias(self._location, "log")
        holding = await self._transport.write(lambda es: es.indices.get_alias(index=log))
        (log_index,) = holding
        beginning = schema.commit_aliases(self._location)
        gates = [name for name in holding[log_index]["aliases"] if name.startswith(beginning)]
        await schema.describe(self._transport, self._location, "log", rebuilding=True)
        try:
            await self._aliases([{"remove": {"index": log_index, "alias": name}} for name in gates])
            await self._round(progress)
            await self._transport.write(lambda es: es.indices.refresh(index=self._new))
            await self._transport.write(
                lambda es: es.indices.put_settings(index=self._new, settings={"index": {"refresh_interval": "1s"}})
            )
            before, now = await self._count(old), await self._count(self._new)
            if before != now:
                raise FatalTargetError(f"The new index holds {now:,} documents, the old one {before:,}; it is not used")
            turn = [
                {"remove": {"index": old, "alias": self._alias}},
                {"add": {"index": self._new, "alias": self._alias}},
                {"add": {"index": log_index, "alias": schema.commit_alias(self._location)}},
            ]
            await self._aliases(turn)
        except BaseException:
            await self._aliases([{"add": {"index": log_index, "alias": name}} for name in gates])
            await schema.describe(self._transport, self._location, "log")
            raise
        for kind in ("records", "log"):
            await schema.describe(self._transport, self._location, kind, current=True)

    async def _aliases(self, actions: list[dict[str, Any]]) -> None:
        """All at once, or none."""
        if actions:
            await self._transport.write(lambda es: es.indices.update_aliases(actions=actions))

    async def _count(self, index: str) -> int:
        return int((await self._transport.write(lambda es: es.count(index=index)))["count"])


def _free(name: str, taken: set[str]) -> str:
    numbered = (f"{name}-{number}" for number in range(2, len(taken) + 3))
    return name if name not in taken else next(one for one in numbered if one not in taken)
