"""The log of changes: what makes many documents change as one, under many writers.

Elasticsearch changes one document at a time. So a change is first written whole, as one new document of the log whose
id is the next number; making that document *is* the commit. Then the documents that it names are written, each with
the change's number as its external version: a later change's document is never overwritten by an earlier one, and
writing a change twice, late, or by two programs at once does no harm. A writer that died between the two steps is
finished by whoever notices.

A change that was worked out from what its writer had read commits only when no entry since that reading touched any of
it (backward validation; H. T. Kung and J. T. Robinson, "On optimistic methods for concurrency control", ACM TODS 6(2),
1981). Both sides are sets of short hashes of record ids, union ids and match keys; keys stand for "all records with
this key", so a record that comes new is noticed, too.
"""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import secrets
import time
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from elasticsearch import AsyncElasticsearch, NotFoundError
from elasticsearch import ConflictError as VersionConflict

from gateway.core.errors import ConfigurationError, ConflictError, DataError, RetriableError
from index.elasticsearch import schema
from index.elasticsearch.bulk import Operation, write_all
from index.elasticsearch.location import Location
from index.elasticsearch.transport import Pauses, Transport

_log = logging.getLogger(__name__)

#: Seconds after which an entry that nobody finished is finished by whoever waits for it.
LEASE = 2.0
#: Entries kept in the index, and remembered here, behind the last one: a change that was begun before those must be
#: worked out afresh.
KEPT = 10_000
_REMEMBERED = 1_000
_PRUNED_EVERY = 1_000
_WINDOW = 16
_FLOOR = "floor"
_HASH = 8
#: Bytes of a compressed change; the node takes requests of 100 MB.
MAX_ENTRY = 48_000_000

Touches = frozenset[bytes]


def touch(kind: str, name: str) -> bytes:
    """The short hash under which a record (``r``), a union (``u``) or a match key (``k``) is remembered."""
    return blake2b(f"{kind}:{name}".encode("utf-8", "surrogatepass"), digest_size=_HASH).digest()


@dataclass(slots=True)
class Entry:
    n: int
    at: int  #: seconds since 1970, never less than that of an earlier entry
    applied: bool
    touches: bytes  #: the hashes joined

    def touched(self, reads: Touches) -> bool:
        return any(self.touches[at : at + _HASH] in reads for at in range(0, len(self.touches), _HASH))


class _ClosedError(Exception):
    """The alias for changes is not there."""


class Log:
    """The log as one program sees it. ``clean`` is the number up to which all entries are known to be applied."""

    def __init__(self, transport: Transport, location: Location, targets: dict[str, str]) -> None:
        """``targets``: the alias for each kind of operation, the log among them."""
        self._transport = transport
        self._location = location
        self._name = targets["log"]
        self._gate = schema.commit_alias(location)
        self._targets = targets
        self._clean = 0
        self._at = 0
        self._entries: dict[int, Entry] = {}  # all behind _forgotten, as last seen
        self._forgotten = 0
        self._seen: dict[int, float] = {}  # when an unfinished entry was first met

    @property
    def clean(self) -> int:
        return self._clean

    # Reading

    async def open(self) -> None:
        """Find the end of the log and finish what dead writers left."""
        await self._transport.write(lambda es: es.indices.refresh(index=self._name))
        floor = await self._floor()
        first, last = await self._bound("asc", applied=False, floor=floor), await self._bound("desc", floor=floor)
        self._clean = first - 1 if first else max(last, floor)
        if self._clean:
            held = await self._mget([str(self._clean)])
            self._at = held[0]["_source"]["at"] if held[0].get("found") else 0
        self._forgotten = self._clean
        await self.settle_all()

    async def _bound(self, order: str, *, floor: int, applied: bool | None = None) -> int:
        wanted: list[dict[str, Any]] = [{"range": {"n": {"gt": floor}}}]
        if applied is not None:
            wanted.append({"term": {"applied": applied}})
        found = await self._transport.write(
            lambda es: es.search(
                index=self._name, query={"bool": {"filter": wanted}}, sort=[{"n": order}], size=1, source_includes=["n"]
            )
        )
        hits = found["hits"]["hits"]
        return int(hits[0]["_source"]["n"]) if hits else 0

    async def look(self) -> int:
        """Learn of new entries; return the number of the last one."""
        head = max(self._entries, default=self._clean)
        unfinished = [n for n, entry in self._entries.items() if not entry.applied]
        wanted = [*unfinished, *range(head + 1, head + 1 + _WINDOW)]
        while True:
            floor, *found = await self._mget([_FLOOR, *map(str, wanted)])
            if floor.get("found") and floor["_source"]["floor"] > self._clean:
                await self._left_behind()
                return await self.look()
            for document in found:
                if document.get("found"):
                    self._note(document)
            head = max(self._entries, default=self._clean)
            if not found[-1].get("found"):
                break
            wanted = list(range(head + 1, head + 1 + 4 * _WINDOW))
        self._advance()
        for n, entry in self._entries.items():
            if not entry.applied:
                self._seen.setdefault(n, time.monotonic())
        return head

    def _note(self, document: dict[str, Any]) -> None:
        source = document["_source"]
        n = int(document["_id"])
        if n > self._forgotten:
            self._entries[n] = Entry(n, source["at"], source["applied"], base64.b64decode(source["touches"]))

    def _advance(self) -> None:
        while (entry := self._entries.get(self._clean + 1)) is not None and entry.applied:
            self._clean += 1
            self._at = max(self._at, entry.at)
            self._seen.pop(self._clean, None)
        while self._forgotten < self._clean - _REMEMBERED:
            self._forgotten += 1
            self._entries.pop(self._forgotten, None)

    async def _left_behind(self) -> None:
        self._entries.clear()
        self._seen.clear()
        self._clean = 0
        await self.open()

    def _conflict(self, since: int, reads: Touches) -> Entry | None:
        """The last entry after ``since`` that touched what was read."""
        found = [entry for n, entry in self._entries.items() if n > since and entry.touched(reads)]
        return max(found, key=lambda entry: entry.n, default=None)

    def touched_since(self, n: int, what: Touches) -> bool:
        """Whether an entry known here after ``n`` touched it, applied or not; or may have (it is long ago)."""
        return n < self._forgotten or self._conflict(n, what) is not None

    # Writing

    async def commit(self, since: int, reads: Touches, touches: Touches, operations: list[Operation]) -> int:
        """Write a change as an entry and return its number.

        Raises ``ConflictError``, after the other change was applied, when one since ``since`` touched ``reads``.
        """
        payload = base64.b64encode(zlib.compress(_packed(operations), 1)).decode("ascii")
        if len(payload) > MAX_ENTRY:
            raise DataError(f"A change of {len(payload):,} bytes is too large; hand over fewer records at once")
        writer = secrets.token_hex(8)
        joined = b"".join(sorted(touches))
        checked = since
        pauses = self._transport.pauses()
        while True:
            head = checked = await self.validate(checked, reads)
            n = head + 1
            at = max(int(time.time()), self._at, *(entry.at for entry in self._entries.values()))
            document = {
                "n": n,
                "at": at,
                "applied": False,
                "writer": writer,
                "touches": base64.b64encode(joined).decode("ascii"),
                "payload": payload,
            }
            try:
                created = await self._created(n, document)
            except _ClosedError:
                await self._wait_at_gate(pauses)
                continue
            if created and await self._floor() < n:
                self._entries[n] = Entry(n, at, False, joined)
                self._seen[n] = time.monotonic() + 60  # ours: no need to take it over
                return n

    async def validate(self, since: int, reads: Touches) -> int:
        """Return the number of the last entry; raises ``ConflictError`` as :meth:`commit` does."""
        head = await self.look()
        if since < self._forgotten:
            raise ConflictError("The change was worked out from readings that are too old; read again")
        other = self._conflict(since, reads)
        if other is not None:
            await self.settle(other.n)
            raise ConflictError("Another writer changed the same records meanwhile; read again")
        return head

    async def _created(self, n: int, document: dict[str, Any]) -> bool:
        async def create(es: AsyncElasticsearch) -> bool:
            try:
                await es.create(index=self._gate, id=str(n), document=document, require_alias=True)
            except NotFoundError as error:
                raise _ClosedError from error
            except VersionConflict:
                # Ours all the same when the answer to an earlier try was lost.
                held = await es.get(index=self._name, id=str(n), source_includes=["writer"])
                return bool(held["_source"].get("writer") == document["writer"])
            return True

        return bool(await self._transport.write(create))

    async def _wait_at_gate(self, pauses: Pauses) -> None:
        """Changes of this format are not taken now; wait a little, or say that they never will be."""
        found = (await schema.described(self._transport, self._location, "log")).get("schema")
        if found != schema.SCHEMA_VERSION:
            raise ConfigurationError(
                f"The index {self._location} was brought to format {found}, this program writes "
                f"{schema.SCHEMA_VERSION}; start the later version of the program instead"
            )
        if not await pauses.wait():
            raise RetriableError(
                f"The index {self._location} is being rebuilt and takes no changes for now, or a rebuilding was broken "
                "off; wait, or run wenyuan index rebuild again",
                retry_after=10.0,
            )

    async def apply(self, n: int, operations: list[Operation] | None = None) -> None:
        """Write what entry ``n`` says (``operations``, if at hand) and mark it applied. Any number of times."""
        (held,) = await self._mget([str(n)], whole=operations is None)
        if not held.get("found") or held["_source"]["applied"]:
            if held.get("found"):
                self._note(held)
                self._advance()
            return
        source = held["_source"]
        todo = operations if operations is not None else _unpacked(zlib.decompress(base64.b64decode(source["payload"])))
        refused = await write_all(self._transport, self._targets, n, source["at"], todo)
        document = {name: source[name] for name in ("n", "at", "writer", "touches")} | {"applied": True}
        await self._transport.write(
            lambda es: es.index(index=self._name, id=str(n), document=document, require_alias=True)
        )
        self._note({"_id": str(n), "_source": document})
        self._advance()
        if n % _PRUNED_EVERY == 0:
            await self._prune(n - KEPT)
        if refused:
            raise DataError(
                f"Elasticsearch refused {len(refused)} documents of a change; they are not found by searches",
                detail=refused[0],
            )

    def abandon(self, n: int) -> None:
        """Its writer could not apply entry ``n``: whoever waits for it next may at once."""
        self._seen[n] = 0.0

    async def settle(self, n: int) -> None:
        """Wait until entry ``n`` is applied; do it when its writer seems to be gone."""
        pause = 0.02
        while (entry := self._entries.get(n)) is not None and not entry.applied and n > self._clean:
            if time.monotonic() - self._seen.get(n, 0.0) > LEASE:
                _log.warning("Change %d was left unfinished by another program; it is finished now", n)
                await self.apply(n)
                return
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, 0.3)
            await self.look()

    async def settle_all(self) -> int:
        """Wait until everything committed by now is applied; return the number of the last of it."""
        head = await self.look()
        for n in sorted(n for n, entry in self._entries.items() if not entry.applied and n <= head):
            await self.settle(n)
        return head

    # Pruning

    async def _floor(self) -> int:
        (held,) = await self._mget([_FLOOR])
        return int(held["_source"]["floor"]) if held.get("found") else 0

    async def _prune(self, below: int) -> None:
        """Forget entries up to ``below``. The floor is raised first: who is left behind it must look for the end anew
        and cannot take a forgotten number for the next one."""
        if below <= 0:
            return
        await write_all(self._transport, {_FLOOR: self._name}, below, 0, [Operation(_FLOOR, _FLOOR, {"floor": below})])
        operations = [{"delete": {"_id": str(n)}} for n in range(max(1, below - 2 * _PRUNED_EVERY), below + 1)]
        await self._transport.write(lambda es: es.bulk(index=self._name, operations=operations))

    async def _mget(self, ids: list[str], *, whole: bool = False) -> list[dict[str, Any]]:
        excluded = [] if whole else ["payload"]
        found = await self._transport.write(lambda es: es.mget(index=self._name, ids=ids, source_excludes=excluded))
        return list(found["docs"])


def _packed(operations: Iterable[Operation]) -> bytes:
    lines = (json.dumps([one.kind, one.id, one.document], separators=(",", ":")) for one in operations)
    return "\n".join(lines).encode("ascii")


def _unpacked(data: bytes) -> list[Operation]:
    return list(_read(data))


def _read(data: bytes) -> Iterator[Operation]:
    for line in data.decode("ascii").split("\n"):
        if line:
            yield Operation(*json.loads(line))
