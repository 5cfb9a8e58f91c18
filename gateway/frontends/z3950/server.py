"""The Z39.50 front door over asyncio: listening, limits, and one session for each connection."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from dataclasses import replace

from gateway.core.errors import LocalProtocolError, RemoteProtocolError
from gateway.core.serving import Catalogue
from gateway.frontends.z3950 import failures
from gateway.frontends.z3950.handler import Handler
from gateway.frontends.z3950.options import ServerOptions
from gateway.protocols.z3950 import ENDED, PAUSED, Connection, Role, State
from gateway.protocols.z3950.apdu import Apdu, InitResponse
from gateway.protocols.z3950.connection import Signal
from gateway.protocols.z3950.services import Close, CloseReason, TriggerResourceControlRequest

log = logging.getLogger(__name__)

_CANCEL = 3


class Server:
    """Listening; ``port`` is the one that was really got."""

    def __init__(self, catalogue: Catalogue, options: ServerOptions) -> None:
        self.catalogue = catalogue
        self.options = options
        self.port = 0
        self._listener: asyncio.Server | None = None
        self._sessions: set[Session] = set()
        self._addresses: Counter[str] = Counter()

    @property
    def sessions(self) -> int:
        """Sessions that are open now."""
        return len(self._sessions)

    async def start(self, host: str, port: int) -> None:
        """``OSError`` when the address cannot be had."""
        loop = asyncio.get_running_loop()
        if self.options.tls is not None:
            self.options.tls.num_tickets = 0  # YAZ takes a session ticket (TLS 1.3) for an answer that is empty
        self._listener = await loop.create_server(
            lambda: Session(loop, self), host, port, ssl=self.options.tls, backlog=512
        )
        self.port = self._listener.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Say Close to every client and let go of everything."""
        if self._listener is not None:
            self._listener.close()
        for session in tuple(self._sessions):
            session.shut(CloseReason.SHUTDOWN, "the server is being shut down")
        tasks = [session.task for session in self._sessions if session.task is not None]
        if tasks:
            await asyncio.wait(tasks)
        await asyncio.sleep(0)
        for session in tuple(self._sessions):
            session.abort()

    def admit(self, session: Session, address: str) -> str | None:
        """Register it; why it cannot be admitted otherwise."""
        if len(self._sessions) >= self.options.max_sessions:
            return "too many sessions"
        if self._addresses[address] >= self.options.max_sessions_per_address:
            return "too many sessions from this address"
        self._sessions.add(session)
        self._addresses[address] += 1
        return None

    def leave(self, session: Session, address: str) -> None:
        if session in self._sessions:
            self._sessions.discard(session)
            self._addresses[address] -= 1
            if self._addresses[address] <= 0:
                del self._addresses[address]


class Session(asyncio.Protocol):
    """One client. Requests are taken one at a time; a client that does not read its answers gets no more of them."""

    def __init__(self, loop: asyncio.AbstractEventLoop, server: Server) -> None:
        self._loop = loop
        self._server = server
        self._options = server.options
        self._connection = Connection(Role.TARGET, max_pdu=server.options.max_request)
        self._handler = Handler(server.catalogue, server.options)
        self._transport: asyncio.Transport | None = None
        self._address = ""
        self.task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._active_at = loop.time()
        self._partial_since: float | None = None
        self._blocked = False

    # ------------------------------------------------------------------------------------------ asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        name = transport.get_extra_info("peername")
        self._address = str(name[0]) if name else ""
        reason = self._server.admit(self, self._address)
        if reason is not None:
            log.warning("Z39.50 client %s refused: %s", self._address, reason)
            self.shut(CloseReason.RESOURCES, reason)
            return
        self._watch()

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        self._server.leave(self, self._address)
        if self._timer is not None:
            self._timer.cancel()
        if self.task is not None:
            self.task.cancel()

    def data_received(self, data: bytes) -> None:
        self._connection.receive_data(data)
        self._pump()

    def eof_received(self) -> bool:
        self._connection.receive_data(b"")
        self._pump()
        return False  # whoever has left waits for no answer: what runs for it is cancelled

    def pause_writing(self) -> None:
        self._blocked = True

    def resume_writing(self) -> None:
        self._blocked = False
        self._pump()

    # ---------------------------------------------------------------------------------------------------- flow

    def _pump(self) -> None:
        while self._transport is not None and not self._blocked:
            try:
                event = self._connection.next_event()
            except RemoteProtocolError as error:
                log.info("Z39.50 client %s: %s", self._address, error)
                self.shut(CloseReason.PROTOCOL_ERROR, error.detail or "protocol error")
                return
            if isinstance(event, Signal):
                if event is ENDED:
                    self.abort()
                elif event is PAUSED:
                    self._transport.pause_reading()
                break
            self._take(event)
        waiting = self._connection.buffered > 0 and self.task is None
        self._partial_since = (self._partial_since or self._loop.time()) if waiting else None
        if self._transport is not None and self._blocked:
            self._transport.pause_reading()

    def _take(self, event: Apdu) -> None:
        self._active_at = self._loop.time()
        if isinstance(event, Close):
            if self._connection.state is State.ORIGIN_CLOSING:
                self._send(Close(reason=CloseReason.FINISHED, reference_id=event.reference_id))
            self._hang_up()
        elif isinstance(event, TriggerResourceControlRequest):
            if event.action == _CANCEL and self.task is not None and self._connection.state is not State.OPEN:
                self._loop.call_soon(self.task.cancel)  # when it has begun, so that it can still answer
        elif self._connection.state is not State.TARGET_CLOSING:
            self.task = self._loop.create_task(self._answer(event))

    async def _answer(self, request: Apdu) -> None:
        try:
            responses = await self._handler.answer(request)
        except asyncio.CancelledError:
            if self._transport is None or self._connection.state in (State.TARGET_CLOSING, State.CLOSED):
                raise
            responses = (failures.terminated(request),)  # the client asked for it
        self.task = None
        self._active_at = self._loop.time()
        try:
            for response in responses:
                self._send(response)
        except LocalProtocolError:
            log.exception("An answer to a Z39.50 client could not be sent")
            self.abort()
            return
        last = responses[-1]
        if isinstance(last, InitResponse) and not last.result:
            self._hang_up()
            return
        if self._transport is not None and not self._blocked:
            self._transport.resume_reading()
            self._pump()

    def _send(self, message: Apdu) -> None:
        if self._transport is not None:
            self._transport.write(self._connection.send(message))

    # -------------------------------------------------------------------------------------------------- ending

    def shut(self, reason: CloseReason, words: str) -> None:
        """Say Close, when that can still be said, and hang up."""
        if self._transport is None:
            return
        if self.task is not None:
            self.task.cancel()
        try:
            self._send(Close(reason=reason, diagnostic=words))
        except LocalProtocolError:
            log.debug("No Close could be said to %s", self._address)
        self._hang_up()

    def _hang_up(self) -> None:
        """Close when what was written has gone out; a client that does not take it is cut off by the watch."""
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def _watch(self) -> None:
        """Ends a session that is idle, or that takes too long over one request or over reading an answer."""
        now = self._loop.time()
        if self._transport is None:
            return
        limits = self._options
        slow = self._partial_since is not None and now - self._partial_since >= limits.pdu_seconds
        idle = self.task is None and now - self._active_at >= limits.idle_seconds
        if self._transport.is_closing() or (self._blocked and idle):
            self.abort()
            return
        if slow or idle:
            self.shut(CloseReason.LACK_OF_ACTIVITY, "too slow" if slow else "idle for too long")
        self._timer = self._loop.call_later(min(limits.idle_seconds, limits.pdu_seconds) / 2, self._watch)


async def serve(
    catalogue: Catalogue,
    host: str = "127.0.0.1",
    port: int = 210,
    *,
    options: ServerOptions | None = None,
    **changes: object,
) -> Server:
    """Start a server for ``catalogue``; port 0 takes a free one. ``changes`` are fields of :class:`ServerOptions`.

    Returns it listening (``.port``); end it with ``await server.close()``. ``OSError`` when the port cannot be had.
    """
    settings = replace(options or ServerOptions(), **changes)  # type: ignore[arg-type]
    server = Server(catalogue, settings)
    await server.start(host, port)
    return server
