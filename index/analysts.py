"""Processes that make documents while this one writes: for loads of many records, on machines with several cores.

Python makes documents more slowly than an engine indexes them, and on one core only. Here what was gathered of union
records (``index.gathering``) goes through a pipe to ``python -m index.analysts``, which sends the documents back. Such
a process starts when many are asked for, ends when nothing was asked for a while or its owner is closed, and by itself
when the owner dies, since its input ends then. Whoever waits for a document makes others meanwhile; where no process
can be started or one breaks, all are made here, so nothing depends on them.

On the pipe: a length of four bytes, then so many of ``marshal``; both ends are the same program.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import marshal
import os
import struct
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Sequence
from typing import IO, Any

from gateway.core.courtesy import give_way
from gateway.records import text
from index.document import Document, made
from index.gathering import Gathered

_log = logging.getLogger(__name__)

#: Fewer documents within :data:`IDLE` seconds are made here: a process takes a second to start, and 130 MB.
MANY = 2_000
#: Seconds without work after which a process ends.
IDLE = 20.0
_MOST = 4
_LENGTH = struct.Struct(">I")


class Job:
    """Documents to be made; ask :meth:`Analysts.result` for them."""

    __slots__ = ("_documents", "done", "found")

    def __init__(self, found: Sequence[Gathered]) -> None:
        self.found = found
        self.done = threading.Event()
        self._documents: list[Document] | None = None

    def make_here(self) -> list[Document]:
        documents = []
        for one in self.found:
            give_way()
            documents.append(made(one))
        self._documents = documents
        self.done.set()
        return documents

    def finish(self, documents: list[Document] | None) -> None:
        """None: they could not be made there."""
        self._documents = documents
        self.done.set()

    def documents(self) -> list[Document]:
        return self.make_here() if self._documents is None else self._documents


class Analysts:
    """``most`` processes; one less than there are cores if not given, so none where there is one core only."""

    def __init__(self, most: int | None = None, many: int = MANY) -> None:
        self._most = min(_cores() - 1, _MOST) if most is None else most
        self._many = many
        self._pending: deque[Job] = deque()
        self._changed = threading.Condition()
        self._threads: set[threading.Thread] = set()
        self._closed = False
        self._lately = 0
        self._asked = 0.0

    @property
    def working(self) -> bool:
        """Whether there are processes now, so that it is worth asking for documents early."""
        return bool(self._threads)

    def begin(self, found: Sequence[Gathered]) -> Job:
        """Let the documents of these be made, somewhere, sometime."""
        job = Job(found)
        with self._changed:
            now = time.monotonic()
            self._lately = len(found) + (self._lately if now - self._asked < IDLE else 0)
            self._asked = now
            self._pending.append(job)
            if self._lately >= self._many and not self._closed:
                while len(self._threads) < self._most:
                    thread = threading.Thread(target=self._serve, name="index-analyst", daemon=True)
                    self._threads.add(thread)
                    thread.start()
            self._changed.notify()
        return job

    def result(self, job: Job) -> list[Document]:
        """The documents, in the order in which they were given; what waits for nobody is made here meanwhile."""
        while not job.done.is_set():
            other = self._take(job)
            if other is None:
                job.done.wait()
            else:
                other.make_here()
        return job.documents()

    def forget(self) -> None:
        """Nobody will ask for what was begun."""
        with self._changed:
            self._pending.clear()

    def close(self) -> None:
        """End the processes; waits for them. Afterwards documents are made here."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        while self._threads:
            with contextlib.suppress(KeyError):
                self._threads.pop().join()

    def _take(self, job: Job) -> Job | None:
        """The job itself, if nobody has begun it, else the one that would come last."""
        with self._changed:
            if job in self._pending:
                self._pending.remove(job)
                return job
            return self._pending.pop() if self._pending else None

    def _serve(self) -> None:
        process: _Process | None = None
        try:
            process = _Process()
            while (job := self._next()) is not None:
                try:
                    documents = process.make(job.found)
                except BaseException:
                    job.finish(None)
                    raise
                job.finish(documents)
        except (OSError, EOFError, ValueError, struct.error) as error:
            self._most = 0  # not again: it would break again
            _log.warning("No second process makes documents now, so loading takes longer: %s", error)
        finally:
            if process is not None:
                process.close()
            self._threads.discard(threading.current_thread())

    def _next(self) -> Job | None:
        with self._changed:
            if not self._changed.wait_for(lambda: self._pending or self._closed, IDLE) or self._closed:
                return None
            return self._pending.popleft()


class _Process:
    """The near end of one process."""

    def __init__(self) -> None:
        command = [sys.executable, "-P", "-m", "index.analysts"]
        self._process = subprocess.Popen(  # noqa: S603 (ourselves)
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # a Ctrl+C in the terminal is for the owner
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._to, self._from = self._process.stdin, self._process.stdout
        self._told = 0  # words of the dictionary

    def make(self, found: Sequence[Gathered]) -> list[Document]:
        words = text.added_words()
        _send(self._to, (words[self._told :], [tuple(one) for one in found]))
        self._told = len(words)
        return [Document(*one) for one in _received(self._from)]

    def close(self) -> None:
        for stream in (self._to, self._from):
            with contextlib.suppress(OSError):
                stream.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _send(stream: IO[bytes], message: Any) -> None:
    data = marshal.dumps(message)
    stream.write(_LENGTH.pack(len(data)))
    stream.write(data)
    stream.flush()


def _received(stream: IO[bytes]) -> Any:
    """Raises ``EOFError`` when the other end is gone."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError("the process ended")
    (size,) = _LENGTH.unpack(head)
    data = stream.read(size)
    if len(data) < size:
        raise EOFError("the process ended in the midst of a message")
    return marshal.loads(data)  # noqa: S302 (from the same program)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def serve() -> None:
    """The far end: make documents of what comes until no more comes."""
    receiving, sending = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # whatever a library may print
    text.ranking_tokens("中国文学")  # the dictionary
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            words, found = _received(receiving)
            text.add_words(words)
            documents = [made(Gathered._make(one)) for one in found]
            _send(
                sending, [(one.running, one.terms, one.numbers, one.headings, one.sort_text) for one in documents]
            )  # fmt: skip


if __name__ == "__main__":
    serve()
