"""One association with a target over an asyncio transport.

A session is used by one search at a time. Every failure ends it: the transport is aborted at once and whoever waits
gets the error. Requests may be pipelined; answers come in the order of the requests.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from collections.abc import Hashable
from dataclasses import replace
from typing import TypeVar

from connectors.z3950 import failures
from connectors.z3950.decoding import queue_of
from connectors.z3950.segments import Segments
from gateway.core.asker import ASKER
from gateway.core.errors import (
    DeadlineExceededError,
    FatalTargetError,
    LocalProtocolError,
    RemoteProtocolError,
    WenyuanError,
)
from gateway.protocols.z3950 import ENDED, Connection, Role, State
from gateway.protocols.z3950.apdu import (
    Apdu,
    DefaultDiagnostic,
    InitResponse,
    PresentResponse,
    SearchResponse,
    Segment,
)
from gateway.protocols.z3950.connection import Signal
from gateway.protocols.z3950.services import (
    AccessControlRequest,
    AccessControlResponse,
    Close,
    ResourceControlRequest,
    ResourceControlResponse,
    SortResponse,
)

T = TypeVar("T", bound=Apdu)

#: Segments of one answer are at most so many of the largest messages together.
_SEGMENTED = 4

#: Octets that may take long enough to decode for others to wait; fewer are decoded where they come in.
_LARGE = 2048

#: Condition "no user to display the challenge to": we never answer a challenge, because nobody sits there.
_NO_ANSWER = AccessControlResponse(diagnostic=DefaultDiagnostic(101, "no user to answer a challenge"))


class Session(asyncio.Protocol):
    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        peer: str,
        max_pdu: int,
        *,
        use_references: bool,
        check_references: bool = True,
    ) -> None:
        self._loop = loop
        self.peer = peer
        self._connection = Connection(Role.ORIGIN, peer=peer, max_pdu=max_pdu)
        self._queue = queue_of(loop)
        self._asker: Hashable = None  #: the search that asked last
        self._queued = False  #: what came waits for its turn to be decoded
        self._transport: asyncio.Transport | None = None
        self._waiters: deque[tuple[asyncio.Future[Apdu], str, bytes | None]] = deque()
        self._segments = Segments(peer, _SEGMENTED * max_pdu)
        self._failure: WenyuanError | None = None
        self._references = itertools.count(1) if use_references else None
        self._check_references = check_references
        self._timer: asyncio.TimerHandle | None = None
        self.init: InitResponse | None = None
        self.charset: str | None = None  #: of terms, when one was negotiated
        self.record_charset: str | None = None  #: of records, when it was negotiated for them, too
        self.idle_since = 0.0
        self.searches = 0

    # ------------------------------------------------------------------------------------------ asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._connection.receive_data(data)
        if self._queued:
            return
        if len(data) < _LARGE:
            self._pump()
        else:
            self._queued = True
            self._queue.add(self._pump, self._asker)

    def eof_received(self) -> bool:
        self._connection.receive_data(b"")
        self._pump()
        return False

    def connection_lost(self, error: Exception | None) -> None:
        self._pump()  # what came before counts
        self._transport = None
        self._fail(failures.of_losing(error, self.peer, self._doing))

    # ------------------------------------------------------------------------------------------------------ use

    @property
    def usable(self) -> bool:
        """Open, and nothing was asked that is not answered."""
        return self._failure is None and self._transport is not None and self._connection.idle and not self._waiters

    @property
    def _doing(self) -> str:
        return self._waiters[0][1] if self._waiters else "a pause"

    def request(self, message: Apdu, doing: str) -> asyncio.Future[Apdu]:
        """Send it; the future brings the answer. ``doing`` names the operation in messages."""
        future: asyncio.Future[Apdu] = self._loop.create_future()
        if self._failure is not None or self._transport is None:
            future.set_exception(self._failure or failures.of_losing(None, self.peer, doing))
            return future
        reference = None
        if self._references is not None:
            reference = b"%d" % next(self._references)
            message = replace(message, reference_id=reference)
        data = self._connection.send(message)
        self._asker = ASKER.get()
        self._waiters.append((future, doing, reference))
        self._transport.write(data)
        return future

    def expire_at(self, when: float) -> None:
        """End the session when this loop time comes, unless :meth:`relax` is called before."""
        self._timer = self._loop.call_at(when, self._expire)

    def relax(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _expire(self) -> None:
        if self._queued:
            self._pump()  # it has answered in time; the turn to read it had not come
            if not self._waiters:
                return
        self._fail(DeadlineExceededError(f"{self.peer} did not answer {self._doing} in time"))

    def close(self) -> None:
        """Say Close when that is possible, and let go. Never waits."""
        if self._transport is not None and self.usable:
            self._transport.write(self._connection.send(Close()))
            self._transport.close()
            self._transport = None
        self.abort()

    def abort(self) -> None:
        """Free the socket now."""
        self._fail(failures.of_losing(None, self.peer, self._doing))

    # -------------------------------------------------------------------------------------------------- receiving

    def _pump(self) -> None:
        self._queued = False
        while self._failure is None:
            try:
                event = self._connection.next_event()
                if isinstance(event, Signal):
                    if event is ENDED:
                        self._fail(failures.of_losing(None, self.peer, self._doing))
                    return
                self._take(event)
            except (RemoteProtocolError, LocalProtocolError) as error:
                self._fail(error)

    def _take(self, event: Apdu) -> None:
        if isinstance(event, Segment):
            self._segments.add(event)
            return
        if isinstance(event, Close):
            if self._connection.state is State.TARGET_CLOSING and self._transport is not None:
                self._transport.write(self._connection.send(Close()))
            self._fail(failures.of_close(event, self.peer))
            return
        if isinstance(event, AccessControlRequest):
            self._write(_NO_ANSWER)
            self._fail(FatalTargetError(f"{self.peer} wants a person to answer a challenge, which is not supported"))
            return
        if isinstance(event, ResourceControlRequest):
            if event.response_required:
                self._write(ResourceControlResponse(go_on=True))
            return
        if self._segments and isinstance(event, PresentResponse):
            event = self._segments.completed(event)
        future, doing, reference = self._waiters[0]  # it stays there until it has its answer, or whatever fails
        if self._check_references and reference is not None and event.reference_id not in (reference, None):
            raise RemoteProtocolError(
                f"{self.peer} answered {doing} under another reference than it was asked",
                detail=repr(event.reference_id),
            )
        self._waiters.popleft()
        if not future.done():
            future.set_result(event)

    def _write(self, message: Apdu) -> None:
        if self._transport is not None:
            self._transport.write(self._connection.send(message))

    def _fail(self, error: WenyuanError) -> None:
        if self._failure is None:
            self._failure = error
        self.relax()
        if self._transport is not None:
            self._transport.abort()
            self._transport = None
        while self._waiters:
            future, _, _ = self._waiters.popleft()
            if not future.done():
                future.set_exception(self._failure)
                future.exception()  # seen: nobody may be waiting any more


def expect_search(answer: Apdu, peer: str) -> SearchResponse:
    return _expect(answer, SearchResponse, peer)


def expect_present(answer: Apdu, peer: str) -> PresentResponse:
    return _expect(answer, PresentResponse, peer)


def expect_sort(answer: Apdu, peer: str) -> SortResponse:
    return _expect(answer, SortResponse, peer)


def expect_init(answer: Apdu, peer: str) -> InitResponse:
    return _expect(answer, InitResponse, peer)


def _expect(answer: Apdu, cls: type[T], peer: str) -> T:
    if not isinstance(answer, cls):
        raise RemoteProtocolError(f"{peer} answered with {type(answer).__name__} where {cls.__name__} was due")
    return answer
