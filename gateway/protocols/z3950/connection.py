"""One Z39.50 association without a socket: bytes in, APDUs out; APDUs in, bytes out.

    connection = Connection(Role.ORIGIN)
    transport.write(connection.send(InitRequest(...)))
    connection.receive_data(transport.read())
    while isinstance(event := connection.next_event(), Apdu): ...

Whatever the peer sends, the only error that comes of it is ``RemoteProtocolError``, after which the connection is
finished. ``LocalProtocolError`` is our own mistake. An origin may *pipeline*: requests sent while an operation runs are
written at once and enter the machine one by one as their predecessors are answered, which is how a serial target
reads them. A target is given a request only when it has answered the one before (``PAUSED`` until then).
"""

from __future__ import annotations

from collections import deque
from enum import Enum

from gateway.core.errors import LocalProtocolError, RemoteProtocolError
from gateway.protocols.z3950 import ber
from gateway.protocols.z3950.apdu import Apdu
from gateway.protocols.z3950.ber import BerError
from gateway.protocols.z3950.framing import Framer
from gateway.protocols.z3950.record_list import compact
from gateway.protocols.z3950.schema_services import PDU, known
from gateway.protocols.z3950.state import OPERATIONS, Event, Machine, NotAllowedError, Role, State, event_of

#: A PDU above this is refused as soon as its length is read (octets).
MAX_PDU = 8 << 20
#: Requests that an origin may have on their way beyond the one that is being answered.
MAX_PIPELINE = 64


class Signal(Enum):
    NEED_DATA = "need-data"  #: nothing complete has come
    PAUSED = "paused"  #: (target) a further request waits until the present one is answered
    ENDED = "ended"  #: the peer closed the stream between two APDUs


NEED_DATA, PAUSED, ENDED = Signal.NEED_DATA, Signal.PAUSED, Signal.ENDED


class Connection:
    """``peer`` names the other side in messages, for example ``192.0.2.1:210``."""

    __slots__ = (
        "_at_end",
        "_broken",
        "_buffer",
        "_framer",
        "_held",
        "_limit",
        "_machine",
        "_peer",
        "_pipeline",
        "role",
    )

    def __init__(self, role: Role, *, peer: str = "the peer", max_pdu: int = MAX_PDU) -> None:
        self.role = role
        self._peer = peer
        self._limit = max_pdu
        self._machine = Machine()
        self._framer = Framer(max_pdu, compact)
        self._buffer = bytearray()
        self._pipeline: deque[Event] = deque()
        self._held: Apdu | None = None
        self._at_end = False
        self._broken: RemoteProtocolError | None = None

    @property
    def state(self) -> State:
        return self._machine.state

    @property
    def buffered(self) -> int:
        """Octets that have come and were not consumed."""
        return len(self._buffer)

    @property
    def idle(self) -> bool:
        """Initialised, and nothing is asked or waits to be read."""
        return self.state is State.OPEN and not self._pipeline and not self._buffer and self._held is None

    # ------------------------------------------------------------------------------------------------ sending

    def send(self, message: Apdu) -> bytes:
        """The octets to write. ``LocalProtocolError`` when the state does not allow this APDU from us."""
        event = event_of(message)
        if not self._machine.allows(self.role, event):
            if self.role is Role.ORIGIN and event in OPERATIONS and self._may_pipeline():
                data = self._encode(message)
                self._pipeline.append(event)
                return data
            raise LocalProtocolError(
                f"{event} cannot be sent to {self._peer} in state {self.state} of the Z39.50 association"
            )
        data = self._encode(message)
        self._machine.process(self.role, event)
        if event is Event.CLOSE:
            self._pipeline.clear()
        return data

    def _may_pipeline(self) -> bool:
        busy = (State.SEARCH, State.PRESENT, State.DELETE, State.SCAN, State.SORT, State.EXTENDED, State.REPORT)
        return self.state in busy and len(self._pipeline) < MAX_PIPELINE

    def _encode(self, message: Apdu) -> bytes:
        try:
            return PDU.encode(message)
        except (ValueError, OverflowError, TypeError, AttributeError) as error:
            name = type(message).__name__
            raise LocalProtocolError(f"{name} for {self._peer} cannot be encoded", detail=str(error)) from error

    # ---------------------------------------------------------------------------------------------- receiving

    def receive_data(self, data: bytes) -> None:
        """Octets from the peer; ``b""`` says that the stream has ended."""
        if data:
            self._buffer += data
        else:
            self._at_end = True

    def next_event(self) -> Apdu | Signal:
        """The next APDU, or why there is none."""
        if self._broken is not None:
            raise self._broken
        try:
            return self._next()
        except (BerError, NotAllowedError) as error:
            self._broken = RemoteProtocolError(
                f"{self._peer} broke the rules of Z39.50; the connection is given up", detail=str(error)
            )
            self._buffer.clear()
            raise self._broken from error

    def _next(self) -> Apdu | Signal:
        sender = self.role.peer
        message = self._held
        if message is None:
            message = self._read()
            if message is None:
                return self._nothing(sender)
        event = event_of(message)
        if not self._machine.allows(sender, event) and self._queueable(event):
            self._held = message
            return PAUSED
        self._held = None
        self._machine.process(sender, event)
        if self._pipeline and self.state is State.OPEN:
            self._machine.process(self.role, self._pipeline.popleft())
        return message

    def _queueable(self, event: Event) -> bool:
        """A target's busy states: the request is right, only early."""
        closing = (State.NEW, State.INIT, State.ORIGIN_CLOSING, State.CLOSED)
        return self.role is Role.TARGET and event in OPERATIONS and self.state not in closing

    def _read(self) -> Apdu | None:
        buffer = self._buffer
        if len(buffer) >= 2 and not known(bytes(buffer[:2])):
            raise BerError(f"what came begins with {bytes(buffer[:8]).hex(' ')}, which is no Z39.50 APDU")
        data = self._framer.take(buffer)
        if data is None:
            return None
        message = PDU.decode(data)
        assert isinstance(message, Apdu)
        return message

    def _nothing(self, sender: Role) -> Signal:
        if not self._at_end:
            return NEED_DATA
        if self._buffer:
            raise BerError("the connection ended within an APDU")
        self._machine.process(sender, Event.END)
        return ENDED


__all__ = ["ENDED", "MAX_PDU", "NEED_DATA", "PAUSED", "Connection", "Role", "Signal", "State", "ber"]
