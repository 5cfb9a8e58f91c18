"""Sessions of one target: kept alive between searches, at most ``max_connections`` at once, reset or discard.

A session comes back to the pool only when it is certainly clean; after any failure or cancellation it is closed.
"""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass

from connectors.z3950 import failures
from connectors.z3950.hosts import host_of
from connectors.z3950.session import Session, expect_init
from gateway.core.deadline import Deadline
from gateway.core.errors import (
    ConfigurationError,
    DataError,
    DeadlineExceededError,
    FatalTargetError,
    RetriableError,
)
from gateway.core.target import Target
from gateway.protocols.z3950 import charneg, diagnostics
from gateway.protocols.z3950.apdu import Authentication, IdPass, InitRequest, InitResponse, OpenAuth, Option
from gateway.protocols.z3950.connection import MAX_PDU
from gateway.protocols.z3950.rpn import Null
from gateway.records.charset import canonical

#: A session that nobody used for so long (seconds) is closed; many servers drop one after a few minutes.
IDLE_SECONDS = 60.0
DEFAULT_PORT = 210
_OPTIONS = frozenset(
    {Option.SEARCH, Option.PRESENT, Option.DELETE, Option.SCAN, Option.SORT, Option.NAMED_RESULT_SETS,
     Option.SEGMENTATION_1, Option.SEGMENTATION_2, Option.NEGOTIATION}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Settings:
    """What ``Target.options`` says about connecting."""

    authentication: str = "auto"  #: auto | idpass | open | anonymous | none
    tls: bool = False
    tls_ca: str = ""
    tls_verify: bool = True
    negotiate: tuple[str, ...] = ()  #: character sets to propose, best first
    negotiate_records: bool = False
    use_references: bool = False
    check_references: bool = True
    host_connections: int = 0  #: sessions with this host, all targets on it together; 0: no such limit
    max_pdu: int = MAX_PDU
    idle_seconds: float = IDLE_SECONDS

    @classmethod
    def of(cls, target: Target) -> Settings:
        options = target.options
        try:
            return cls(
                authentication=options.get("authentication", "auto"),
                tls=truth(options.get("tls", "")),
                tls_ca=options.get("tls_ca", ""),
                tls_verify=truth(options.get("tls_verify", "yes")),
                negotiate=_proposed(options.get("negotiate_charset", ""), target.id),
                negotiate_records=truth(options.get("negotiate_records", "")),
                use_references=truth(options.get("reference_ids", "")) or options.get("reference_ids") == "unchecked",
                check_references=options.get("reference_ids") != "unchecked",
                host_connections=int(options.get("host_connections", 0)),
                max_pdu=int(options.get("max_pdu", MAX_PDU)),
                idle_seconds=float(options.get("idle_seconds", IDLE_SECONDS)),
            )
        except ValueError as error:
            raise ConfigurationError(f"An option of target {target.id} is no number", detail=str(error)) from error


def truth(text: str) -> bool:
    return text.strip().lower() in ("1", "yes", "true", "on")


def _proposed(text: str, target: str) -> tuple[str, ...]:
    """``yes`` is UTF-8; names of character sets else, best first."""
    words = text.lower().replace(",", " ").split()
    if len(words) < 2 and (not text or text.strip().lower() in ("0", "no", "false", "off")):
        return ()
    try:
        return tuple(dict.fromkeys("utf-8" if truth(word) else canonical(word) for word in words))
    except DataError as error:
        raise ConfigurationError(
            f"Target {target}: negotiate_charset is yes, no or names of character sets", detail=error.message
        ) from error


def _ours(name: str) -> str | None:
    """Our name of a character set that a target selected; None for one that nobody here knows."""
    try:
        return canonical(name)
    except DataError:
        return None


class Pool:
    def __init__(self, target: Target) -> None:
        self._target = target
        self._settings = Settings.of(target)
        self.host = target.host
        self.port = target.port or DEFAULT_PORT
        self.peer = f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"
        self._slots = asyncio.Semaphore(max(1, target.max_connections))
        self._idle: list[Session] = []
        self._busy: set[Session] = set()
        self._ssl = self._context() if self._settings.tls else None
        self._closed = False
        self._host = host_of(self.peer)
        self._host.join(self, self._settings.host_connections)
        self._sweeper: asyncio.TimerHandle | None = None

    @property
    def open_sessions(self) -> int:
        return len(self._idle) + len(self._busy)

    def _context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self._settings.tls_ca or None)
        if not self._settings.tls_verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context

    async def acquire(self, deadline: Deadline, *, fresh: bool = False) -> Session:
        """An initialised session that ends itself at the deadline. Give it back with :meth:`release`."""
        loop = asyncio.get_running_loop()
        if self._slots.locked():
            try:
                async with asyncio.timeout_at(deadline.at):
                    await self._slots.acquire()
            except TimeoutError as error:
                raise DeadlineExceededError(
                    f"All {self._target.max_connections} connections to {self.peer} were busy until the time was up"
                ) from error
        else:
            await self._slots.acquire()
        session: Session | None = None
        try:
            while self._idle and not fresh:
                session = self._idle.pop()
                if session.usable:
                    break
                session.abort()
                session = None
            if session is None:
                await self._host.enter(deadline)
                try:
                    session = await self._open(loop, deadline)
                    self._busy.add(session)
                finally:
                    self._host.arrived()
            else:
                session.expire_at(deadline.at)
                self._busy.add(session)
            return session
        except BaseException:
            self._slots.release()
            raise

    def release(self, session: Session, *, clean: bool) -> None:
        self._busy.discard(session)
        session.relax()
        if clean and session.usable and not self._closed:
            loop = asyncio.get_running_loop()
            session.idle_since = loop.time()
            self._idle.append(session)
            if self._sweeper is None:
                self._sweeper = loop.call_later(self._settings.idle_seconds, self._sweep)
        else:
            session.abort()
        self._slots.release()
        self._host.left()

    def drop_idle(self) -> bool:
        """See ``hosts.Sharer``."""
        if not self._idle:
            return False
        self._idle.pop(0).close()
        return True

    def _sweep(self) -> None:
        """Close what nobody used for long; the oldest are at the bottom of the stack."""
        self._sweeper = None
        loop = asyncio.get_running_loop()
        limit = loop.time() - self._settings.idle_seconds
        kept = []
        for session in self._idle:
            if session.idle_since <= limit or not session.usable:
                session.close()
            else:
                kept.append(session)
        self._idle = kept
        if kept:
            self._sweeper = loop.call_later(self._settings.idle_seconds, self._sweep)

    async def close(self) -> None:
        self._closed = True
        if self._sweeper is not None:
            self._sweeper.cancel()
            self._sweeper = None
        for session in (*self._idle, *self._busy):
            session.close()
        self._idle.clear()
        await asyncio.sleep(0)  # lets the transports that were closed run their last callbacks

    # -------------------------------------------------------------------------------------------------- opening

    async def _open(self, loop: asyncio.AbstractEventLoop, deadline: Deadline) -> Session:
        target, settings = self._target, self._settings
        self._host.check(loop.time())
        until = deadline.earlier(target.connect_timeout, loop.time()).at
        session = Session(
            loop,
            self.peer,
            settings.max_pdu,
            use_references=settings.use_references,
            check_references=settings.check_references,
        )
        try:
            async with asyncio.timeout_at(until):
                await loop.create_connection(lambda: session, self.host, self.port, ssl=self._ssl)
        except OSError as error:
            if until < deadline.at or not isinstance(error, TimeoutError):  # not for want of our own time
                self._host.failed(loop.time())
            raise failures.of_connecting(error, self.peer) from error
        self._host.succeeded()
        session.expire_at(deadline.at)
        try:
            response = expect_init(await session.request(self._init_request(), "Init"), self.peer)
        except DeadlineExceededError:
            session.abort()
            raise
        except RetriableError as error:
            session.abort()
            if not (target.user or target.password):
                raise
            # Aleph answers a wrong account so, and says nothing.
            words = f"{error.message}; some servers do so when the account is wrong"
            raise RetriableError(words, detail=error.detail) from error
        except BaseException:
            session.abort()
            raise
        if not response.result:
            session.abort()
            raise self._refusal(response)
        session.init = response
        selection = charneg.selection_of(response)
        selected = charneg.selected_charset(selection)
        # yaz-ztest selects Latin-1 whatever is proposed: what nobody proposed is in force with nobody.
        if selection is not None and selected is not None and _ours(selected) in settings.negotiate:
            session.charset = _ours(selected)
            session.record_charset = session.charset if selection.records else None
        return session

    def _init_request(self) -> InitRequest:
        settings = self._settings
        proposed = settings.negotiate
        other = charneg.propose(proposed, records=settings.negotiate_records or None) if proposed else None
        options = _OPTIONS if proposed else _OPTIONS - {Option.NEGOTIATION}
        return InitRequest(
            options=options,
            preferred_size=min(settings.max_pdu, 1 << 20),
            exceptional_size=settings.max_pdu,
            authentication=self._authentication(),
            implementation_id="wenyuan",
            implementation_name="Wenyuan",
            other_info=other,
        )

    def _authentication(self) -> Authentication | None:
        target, form = self._target, self._settings.authentication
        if form == "auto":
            form = "idpass" if target.user or target.group else "open" if target.password else "none"
        if form == "anonymous":
            return Null.NULL
        if form == "idpass":
            return IdPass(target.group or None, target.user or None, target.password or None)
        if form == "open":
            return OpenAuth("/".join(filter(None, (target.user, target.password))))
        if form == "none":
            return None
        raise ConfigurationError(
            f"Target {target.id}: the authentication {form!r} is none of auto, idpass, open, anonymous, none"
        )

    def _refusal(self, response: InitResponse) -> FatalTargetError:
        diagnostic = diagnostics.of_refusal(response)
        if diagnostic is not None:
            core = diagnostics.to_core(diagnostic)
            error = FatalTargetError(f"{self.peer} refuses the session: {core.message}", detail=core.detail or None)
            error.code = core.code
            return error
        hint = "check the account" if self._target.user or self._target.password else "it may want an account"
        return FatalTargetError(f"{self.peer} refuses the session; {hint}")
