"""Writes what was seen live to the shared index, behind the answers.

Bounded: when writing cannot keep up, the newest batches are dropped and counted; they come again when they are seen
again. A failing index never fails a search.

What is waiting is written in the order of its titles: libraries answer with the same editions, and an edition whose
records come in one batch is clustered, stored and indexed once instead of once for each library. A record that comes
again with the very bytes that were written last, and is still in the index, is not looked at any further.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Sequence
from hashlib import blake2b
from operator import itemgetter

from gateway.core.courtesy import give_way
from gateway.core.ports import Index
from gateway.core.record import Record, UnionRecord
from gateway.records.keys import block_keys, uid

log = logging.getLogger(__name__)

Add = Callable[[Sequence[Record]], Awaitable[object]]


class Remembered:
    """The fingerprints of things by name, of the latest ones: ``size`` to twice as many. Each takes some 110 bytes."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._new: dict[int, int] = {}
        self._old: dict[int, int] = {}

    def get(self, name: str) -> int | None:
        key = hash(name)
        found = self._new.get(key)
        if found is None and (found := self._old.get(key)) is not None:
            self.put(name, found)
        return found

    def put(self, name: str, fingerprint: int) -> None:
        if len(self._new) >= self._size:
            self._old, self._new = self._new, {}
        self._new[hash(name)] = fingerprint


class Keeper:
    """``keep`` returns at once; ``drain`` waits until everything kept so far is written."""

    #: Records written at once; more, when more have the key of the last one.
    BATCH = 150
    #: So many waiting records are put in order at once.
    SORTED = 3_000
    #: Of so many records at least is known what was written: of fifty searches of a hundred libraries.
    REMEMBERED = 100_000
    #: Seconds that a batch waits at most for searches under way to end.
    PATIENCE = 3.0

    def __init__(self, add: Add, index: Index, *, capacity: int = 8_000, recent: int = 2_000) -> None:
        """``add`` clusters records into the unions of ``index`` (``Unifier.add``)."""
        self._add = add
        self._index = index
        self._capacity = capacity
        self._queue: deque[Record] = deque()
        self._ordered: deque[tuple[str, Record]] = deque()  # next to be written, with the keys they are ordered by
        self._recent: OrderedDict[str, UnionRecord] = OrderedDict()
        self._recent_size = recent
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._task: asyncio.Task[None] | None = None
        self._quiet: asyncio.Event | None = None
        self.dropped = 0
        self.failed = 0
        self.written = 0
        self.unchanged = 0
        self._written = Remembered(self.REMEMBERED)  # fingerprints of records by id

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="keeper")

    def make_way_for(self, quiet: asyncio.Event) -> None:
        """While ``quiet`` is not set (searches are under way), writing waits a while: answers come first."""
        self._quiet = quiet

    @property
    def waiting(self) -> int:
        return len(self._queue) + len(self._ordered)

    def keep(self, records: Sequence[Record]) -> None:
        room = self._capacity - self.waiting
        if len(records) > room:
            self.dropped += len(records) - room
            records = records[:room]
        if records:
            self._queue.extend(records)
            self._idle.clear()
            self._wake.set()

    def show(self, unions: Sequence[UnionRecord]) -> None:
        """Remember unions that a reader was shown, so that their pages open before the index has them."""
        for union in unions:
            for member in union.members:
                key = uid(member.id)
                self._recent[key] = union
                self._recent.move_to_end(key)
        while len(self._recent) > self._recent_size:
            self._recent.popitem(last=False)

    async def resolve(self, identifier: str) -> UnionRecord | None:
        return await self._index.resolve(identifier) or self._recent.get(identifier)

    async def drain(self) -> None:
        await self._idle.wait()

    async def close(self) -> None:
        """Write what is waiting, for at most five seconds, and stop."""
        if self._task is None:
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.drain(), 5.0)
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        self._task = None

    async def _give_way(self) -> None:
        if self._quiet is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._quiet.wait(), self.PATIENCE)

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self.waiting:
                await self._give_way()
                batch = await asyncio.to_thread(self._next)
                try:
                    await self._write(batch)
                except Exception:  # the searcher has the answer already; the records come again
                    self.failed += len(batch)
                    log.exception("%d records seen live could not be written to the index", len(batch))
            with contextlib.suppress(Exception):
                await self._index.refresh()
            if not self.waiting:
                self._idle.set()

    async def _write(self, batch: Sequence[Record]) -> None:
        prints = await asyncio.to_thread(_fingerprints, batch)
        same = [uid for uid, found in prints.items() if found is not None and self._written.get(uid) == found]
        still = await self._index.known(same) if same else frozenset()
        new = [record for record in batch if record.id not in still]
        self.unchanged += len(batch) - len(new)
        if not new:
            return
        await self._add(new)
        self.written += len(new)
        for record in new:
            found = prints[record.id]
            if found is not None:
                self._written.put(record.id, found)

    def _next(self) -> list[Record]:
        ordered = self._ordered
        if not ordered:
            some = [self._queue.popleft() for _ in range(min(self.SORTED, len(self._queue)))]
            ordered.extend(sorted(((_place(record), record) for record in some), key=itemgetter(0)))
        batch: list[Record] = []
        last = ""
        while ordered and (len(batch) < self.BATCH or (ordered[0][0] == last and len(batch) < 2 * self.BATCH)):
            last, record = ordered.popleft()
            batch.append(record)
        return batch


def _place(record: Record) -> str:
    """The last of the record's match keys: its title with its year."""
    give_way()
    try:
        return max(block_keys(record), default="")
    except Exception:  # writing will say what is wrong with it
        return ""


def _fingerprints(records: Sequence[Record]) -> dict[str, int | None]:
    return {record.id: _fingerprint(record) for record in records}


def _fingerprint(record: Record) -> int | None:
    """Of all that the record was made from; its place in a result set does not count."""
    give_way()
    raw = record.raw
    if raw is None:
        return None
    rest = repr((raw.format, raw.flavour, raw.charset, raw.local_id, raw.holdings))
    octets = blake2b(raw.payload + rest.encode("utf-8", "backslashreplace"), digest_size=8).digest()
    return int.from_bytes(octets, "big")
