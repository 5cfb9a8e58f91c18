"""The embedded index as the gateway sees it: asynchronous, one writer thread, a few readers.

``apply`` commits to SQLite only. The search fetches what changed since its own last commit on ``refresh``, a moment
after a change by itself, and at the next start: one way for all three, so a crash at any instant loses nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import shutil
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from gateway.core.decision import Decision
from gateway.core.errors import ConfigurationError, RetriableError, WenyuanError
from gateway.core.ports import Change, Completion, IndexPage, IndexScan, IndexSearch, Listed, Listing, ScanPage
from gateway.core.record import Record, UnionRecord
from gateway.records import text
from index import completing, fields, plan
from index.embedded import deciding, headings
from index.embedded.listing import count, first, one, one_view, page, sources
from index.embedded.searcher import DamagedError, Search, beside
from index.embedded.store import Store
from index.embedded.trouble import disk_named
from index.similar import MAX_SIZE, similar_plan
from index.spelling import did_you_mean

_log = logging.getLogger(__name__)

T = TypeVar("T")

#: Seconds after which written documents become visible without being asked for; while so much is written that this
#: takes long itself, some times as long as it took last.
VISIBLE_AFTER = 1.0
_LONGEST_WAIT = 5.0
_TIMES = 3.0
_READERS = 2


class EmbeddedIndex:
    """``gateway.core.ports.Index`` in one folder. Make one with :func:`open_index`."""

    def __init__(self, folder: Path, *, temporary: bool, read_only: bool) -> None:
        self._folder = folder
        self._temporary = temporary
        self._read_only = read_only
        self._database = folder / "records.sqlite"
        self._lock: sqlite3.Connection | None = None
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="index-writer")
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="index-reader")
        self._local = threading.local()
        self._opened: list[Store] = []
        self._search = Search(folder / "search", writable=not read_only)
        self._store: Store | None = None
        self._visible: asyncio.TimerHandle | None = None
        self._took = 0.0  # seconds, to make the last changes visible
        self._repairing = False
        self._rebuilding = asyncio.Lock()
        self._decisions: tuple[Decision, ...] | None = None  #: None: to be read
        self._background: set[asyncio.Task[None]] = set()

    # Life

    async def open(self) -> None:
        try:
            await self._write(self._open)
            # The dictionary takes a second to load: better now, aside, than in the first search.
            threading.Thread(target=text.ranking_tokens, args=("中国文学",), daemon=True).start()
        except BaseException:
            await self.close()
            raise

    def _open(self) -> None:
        try:
            if self._read_only:
                if not self._database.exists():
                    raise ConfigurationError(
                        f"There is no index in {self._folder}; open it once for writing to make one"
                    )
            else:
                self._folder.mkdir(parents=True, exist_ok=True)
                self._lock = _lock(self._folder)
            self._store = Store(self._database, writable=not self._read_only)
            self._search.open(self._store)
        except sqlite3.DatabaseError as error:
            raise ConfigurationError(
                f"The index in {self._folder} cannot be opened; check its rights and space, or restore a backup",
                detail=str(error),
            ) from error
        except OSError as error:
            raise ConfigurationError(f"The index folder {self._folder} cannot be used", detail=str(error)) from error

    async def close(self) -> None:
        """Wait for what runs, make everything visible to the next start, and let go of the folder."""
        if self._visible is not None:
            self._visible.cancel()
        if self._background:
            await asyncio.gather(*self._background, return_exceptions=True)
        with contextlib.suppress(RuntimeError):  # closed before
            await self._write(self._close)
        self._readers.shutdown(wait=False)
        self._writer.shutdown(wait=False)

    def _close(self) -> None:
        self._readers.shutdown(wait=True)
        if self._store is not None:
            if self._search.writing:
                try:
                    self._commit()
                except RetriableError as error:  # a full disk: the next start replays it from SQLite
                    _log.warning("The search index in %s could not be brought up to date: %s", self._folder, error)
            self._store.close()
            self._store = None
        self._search.close()
        while self._opened:
            self._opened.pop().close()
        if self._lock is not None:
            self._lock.close()
            self._lock = None
        if self._temporary:
            shutil.rmtree(self._folder, ignore_errors=True)

    # gateway.core.ports.Index

    async def apply(self, change: Change) -> None:
        """Durable when this returns; visible to ``search`` after ``refresh`` or about a second later (five at most,
        while very much is written)."""
        if self._read_only:
            raise ConfigurationError(f"The index in {self._folder} was opened for reading only")
        try:
            await self._write(lambda: self._put(lambda store: store.apply(change)))
            self._writer.submit(self._search.prepare, self._writing())
        finally:
            if change.decisions:
                self._decisions = None
        if self._visible is None:
            wait = min(max(VISIBLE_AFTER, _TIMES * self._took), _LONGEST_WAIT)
            self._visible = asyncio.get_running_loop().call_later(wait, self._refresh_soon)

    async def candidates(self, keys: Sequence[str]) -> tuple[Record, ...]:
        return await self._read(lambda store: store.candidates(keys))

    async def unions_of(self, record_ids: Sequence[str]) -> tuple[UnionRecord, ...]:
        return await self._read(lambda store: store.unions_of(record_ids))

    async def known(self, record_ids: Sequence[str]) -> frozenset[str]:
        return await self._read(lambda store: store.known(record_ids))

    async def resolve(self, uid: str) -> UnionRecord | None:
        return await self._read(lambda store: store.resolve(uid))

    async def search(self, search: IndexSearch) -> IndexPage:
        return await self._reading_search(lambda store: self._find(store, search))

    async def _reading_search(self, work: Callable[[Store], T]) -> T:
        try:
            return await self._read(work)
        except DamagedError as error:
            if self._read_only:
                raise
            _log.error("%s; it is rebuilt from the records", error)
            if not self._repairing:
                self._repairing = True
                self._spawn(self._repair())
            raise RetriableError(
                "The search index was damaged and is being rebuilt from the records; ask again in a moment",
                detail=error.detail,
                retry_after=5.0,
            ) from error

    async def _repair(self) -> None:
        try:
            await self._write(lambda: self._search.rebuild(self._writing()))
        finally:
            self._repairing = False

    def _find(self, store: Store, search: IndexSearch) -> IndexPage:
        if self._read_only:
            self._search.reload()
        page = self._page(store, search)
        if page.total or not search.forgiving or search.query is None:
            return page
        near = self._page(store, search, forgiving=True)
        if not near.total:
            return page
        best = (
            near.records
            if not search.start and not search.cursor
            else self._page(store, replace(search, start=0, cursor=None), forgiving=True).records
        )
        return replace(near, approximate=True, suggestion=did_you_mean(search.query, best))

    def _page(self, store: Store, search: IndexSearch, *, forgiving: bool = False) -> IndexPage:
        found = self._search.find(search, forgiving=forgiving)
        unions = tuple(union for _, union, _ in store.unions(found.nums))
        return IndexPage(found.total, unions, found.facets, years=found.years, cursor=found.cursor)

    # gateway.core.ports.ScanningIndex, CompletingIndex, SimilarIndex

    @property
    def browsable(self) -> frozenset[str]:
        return fields.BROWSABLE

    async def scan(self, scan: IndexScan) -> ScanPage:
        return await self._read(lambda store: one_view(store, lambda: headings.scan(store, scan)))

    async def complete(self, beginning: str, *, size: int = 10) -> tuple[Completion, ...]:
        wanted = max(1, min(size, completing.MAX_SIZE))
        node = completing.beginning(beginning)
        if isinstance(node, plan.Nothing):
            return ()

        def look(store: Store) -> tuple[Completion, ...]:
            if self._read_only:
                self._search.reload()
            nums = self._search.first(node, wanted * completing.RECORDS_FOR_ONE)
            found = ((record, partial(store.members, num)) for num, record in store.merged(nums))
            return completing.completions(beginning, found, wanted)

        return await self._reading_search(look)

    async def similar(self, union: UnionRecord, *, size: int = 5) -> tuple[UnionRecord, ...]:
        node = similar_plan(union)
        if isinstance(node, plan.Nothing):
            return ()

        def look(store: Store) -> tuple[UnionRecord, ...]:
            if self._read_only:
                self._search.reload()
            nums = self._search.first(node, max(1, min(size, MAX_SIZE)))
            return tuple(found for _, found, _ in store.unions(nums))

        return await self._reading_search(look)

    async def refresh(self) -> None:
        if not self._read_only:
            await self._write(self._commit)

    async def rebuild(self, progress: Callable[[int], None] | None = None) -> int:
        """See ``gateway.core.ports.RebuildingIndex``."""
        if self._read_only:
            raise ConfigurationError(f"The index in {self._folder} was opened for reading only")
        async with self._rebuilding:
            fresh = await _finish(asyncio.get_running_loop().run_in_executor(None, self._beside, progress))
            await self._write(lambda: self._take(fresh))
        return (await self.statistics())["unions"]

    async def statistics(self) -> Mapping[str, int]:
        return await self._read(lambda store: store.statistics())

    # gateway.core.ports.DecidingIndex and TracingIndex

    async def decisions(self) -> tuple[Decision, ...]:
        found = self._decisions
        if found is None or self._read_only:
            found = self._decisions = await self._read(lambda store: deciding.decisions(store.connection()))
        return found

    async def heirs(self, uid: str) -> tuple[str, ...] | None:
        return await self._read(lambda store: deciding.heirs(store.connection(), uid))

    # gateway.core.ports.ListingIndex and NotingIndex

    async def listed(self, listing: Listing, *, after: str = "", size: int, whole: bool) -> tuple[Listed, ...]:
        return await self._read(lambda store: one_view(store, lambda: page(store, listing, after, size, whole)))

    async def listed_count(self, listing: Listing) -> int:
        return await self._read(lambda store: one_view(store, lambda: count(store, listing)))

    async def listed_one(self, union_id: str, *, whole: bool) -> Listed | None:
        return await self._read(lambda store: one_view(store, lambda: one(store, union_id, whole)))

    async def listed_first(self) -> int | None:
        return await self._read(first)

    async def sources(self) -> Mapping[str, int]:
        return await self._read(sources)

    async def note(self, name: str) -> str | None:
        return await self._read(lambda store: store.setting(f"note:{name}"))

    async def set_note(self, name: str, value: str) -> None:
        """Durable when this returns."""
        if self._read_only:
            raise ConfigurationError(f"The index in {self._folder} was opened for reading only")
        await self._write(lambda: self._put(lambda store: store.set(f"note:{name}", value)))

    # Threads

    def _put(self, work: Callable[[Store], T]) -> T:
        with disk_named(self._folder, "Nothing of this change was stored, all earlier ones are."):
            return work(self._writing())

    def _commit(self) -> None:
        began = time.monotonic()
        with disk_named(self._folder, "All records are stored, but searches do not see the last ones."):
            self._search.catch_up(self._writing())
        self._took = time.monotonic() - began

    def _beside(self, progress: Callable[[int], None] | None) -> Search:
        with disk_named(self._folder, "Nothing was rebuilt; searches go on as before."):
            return beside(self._folder / "search", self._database, progress)

    def _take(self, fresh: Search) -> None:
        try:
            with disk_named(self._folder, "Nothing was rebuilt; searches go on as before."):
                self._search.take(fresh, self._writing())
        finally:
            fresh.drop()

    def _refresh_soon(self) -> None:
        self._visible = None
        self._spawn(self.refresh())

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(self._logged(work))
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def _logged(self, work: Coroutine[None, None, None]) -> None:
        """Nobody waits for this work: what fails is written down, and the next change or start does it again."""
        try:
            await work
        except (WenyuanError, ValueError, OSError, sqlite3.Error) as error:
            _log.warning("The search index in %s is not up to date: %s", self._folder, error)

    def _writing(self) -> Store:
        assert self._store is not None
        return self._store

    async def _write(self, work: Callable[[], T]) -> T:
        return await _finish(asyncio.get_running_loop().run_in_executor(self._writer, work))

    async def _read(self, work: Callable[[Store], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._readers, lambda: work(self._reading()))

    def _reading(self) -> Store:
        """This thread's own connection."""
        store: Store | None = getattr(self._local, "store", None)
        if store is None:
            store = self._local.store = Store(self._database, writable=False)
            self._opened.append(store)
        return store


async def open_index(location: str, *, read_only: bool = False, outdated: bool = False) -> EmbeddedIndex:
    """Open (and make, if need be) the index in the folder ``location``; "" or ":memory:" is a temporary one.

    One of an earlier format is brought to the present one when it is opened, whether ``outdated`` ones are wanted or
    not.

    Only one process (and one object) may write to a folder at a time; any number may read with ``read_only``. Raises
    ``ConfigurationError`` when the folder is being written by another, cannot be used or was written by a later
    version.
    """
    temporary = location in ("", ":memory:")
    folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="wenyuan-index-")) if temporary else Path(location)
    index = EmbeddedIndex(folder, temporary=temporary, read_only=read_only)
    await index.open()
    return index


def _lock(folder: Path) -> sqlite3.Connection:
    """Hold the folder for writing until closed or killed; SQLite's file lock works the same on every system."""
    lock = sqlite3.connect(folder / "writer.lock", isolation_level=None, check_same_thread=False, timeout=0)
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        lock.close()
        raise ConfigurationError(
            f"The index in {folder} is being written by another process; stop that one or give this one another",
            detail=str(error),
        ) from error
    return lock


async def _finish(future: asyncio.Future[T]) -> T:
    """Wait for a write to its end, even when cancelled: it goes on anyway, and the next one must see its result."""
    cancelled: asyncio.CancelledError | None = None
    while not future.done():
        try:
            await asyncio.shield(future)
        except asyncio.CancelledError as error:
            cancelled = error
        except WenyuanError:
            break
    if cancelled is not None:
        raise cancelled
    return future.result()
