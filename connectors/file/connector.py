"""A :class:`~gateway.core.ports.Connector` over one local file of ISO 2709 or MARCXML records."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

from connectors.file.search import check, find
from connectors.file.shelf import Shelf
from gateway.core.deadline import Deadline
from gateway.core.errors import ConfigurationError, DeadlineExceededError, FatalTargetError
from gateway.core.ports import Page
from gateway.core.query import Query
from gateway.core.target import Diagnostic, Target


def connect(target: Target) -> FileConnector:
    """``target.url`` is a path or a ``file:`` URL. Raises ``ConfigurationError`` without one; reads nothing yet."""
    return FileConnector(target)


class FileConnector:
    """Reads its file at the first search, and again when the file has changed since."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._path = _path(target)
        self._loading: asyncio.Task[Shelf] | None = None
        self._state: tuple[int, int] = (0, 0)

    async def close(self) -> None:
        """Forget the records. A load under way ends by itself; nobody waits for it."""
        self._loading = None

    async def search(self, query: Query, *, start: int, limit: int, deadline: Deadline) -> AsyncIterator[Page]:
        """Pages of the matching records in the file's order; see :class:`gateway.core.ports.Connector`."""
        check(query)
        until = deadline.earlier(self._target.timeout, asyncio.get_running_loop().time())
        try:
            async with asyncio.timeout_at(until.at):
                shelf = await self._shelf()
                numbers = await asyncio.to_thread(find, shelf, query)
        except TimeoutError as error:
            raise DeadlineExceededError(f"{self._target.label('en')}: reading {self._path} took too long") from error
        wanted = [
            replace(shelf.raws[number], position=at) for at, number in enumerate(numbers[start - 1 :][:limit], start)
        ]
        size = max(1, self._target.page_size)
        notes = _notes(shelf)
        for at in range(0, max(len(wanted), 1), size):
            yield Page(len(numbers), tuple(wanted[at : at + size]), notes)
            notes = ()

    async def _shelf(self) -> Shelf:
        try:
            status = await asyncio.to_thread(self._path.stat)
        except OSError as error:
            raise FatalTargetError(f"The file {self._path} cannot be read", detail=error.strerror) from error
        state = (status.st_mtime_ns, status.st_size)
        loading = self._loading
        if loading is None or state != self._state or (loading.done() and loading.exception() is not None):
            target = self._target
            loading = asyncio.create_task(
                asyncio.to_thread(Shelf.load, str(self._path), target.id, target.record_charset, target.flavour)
            )
            loading.add_done_callback(lambda task: task.cancelled() or task.exception())
            self._loading, self._state = loading, state
        # a searcher who gives up must not spoil the load for the others
        return await asyncio.shield(loading)


def _notes(shelf: Shelf) -> tuple[Diagnostic, ...]:
    if not shelf.faults:
        return ()
    first = shelf.faults[0]
    where = f" (first at byte {first.offset})" if first.offset is not None else ""
    return (Diagnostic(f"{len(shelf.faults)} parts of the file cannot be read{where}", "data", detail=str(first)),)


def _path(target: Target) -> Path:
    written = target.url
    if written.lower().startswith("file:"):
        parts = urlsplit(written)
        written = unquote(f"{parts.netloc}{parts.path}" if parts.netloc not in ("", "localhost") else parts.path)
    if not written:
        raise ConfigurationError(f"{target.id}: a file library needs 'url', the path of its file")
    return Path(written)
