"""One connection to a simulated library: how its answers are delayed, and how they are spoilt on their way."""

from __future__ import annotations

import asyncio
import math
import socket
import struct
from collections import Counter
from typing import Final

from gateway.lab.plan import Simulated

#: A flapping library is up and down in turns of so many seconds.
FLAPPING_TURN: Final = 1.5
#: Octets of the record that is far too long.
HUGE: Final = 100_000_000
_CHUNK: Final = b"A" * 65536
#: An alert of TLS 1.2: fatal, handshake_failure (RFC 5246, 7.2).
_TLS_ALERT: Final = bytes.fromhex("15 0303 0002 02 28")


class Line(asyncio.Protocol):
    """Subclasses read requests in ``received`` and answer each with ``say``."""

    def __init__(self, library: Simulated, lines: set[Line], thinking: Counter[object]) -> None:
        """``lines`` and ``thinking`` are those of all libraries: open connections, and questions not answered yet."""
        self.library = library
        self.buffer = bytearray()
        self._lines = lines
        self._all_thinking = thinking
        self._thinking: Counter[object] = Counter()  # of this connection
        self._transport: asyncio.Transport | None = None
        self._loop = asyncio.get_running_loop()
        self._free_at = 0.0
        self._timers: set[asyncio.TimerHandle] = set()
        self._dripping = b""
        self._pouring = 0
        self._paused = False

    # ------------------------------------------------------------------------------------------ asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._lines.add(self)
        if self.library.fault == "flapping" and is_down(self.library, self._loop.time()):
            self.reset()

    def data_received(self, data: bytes) -> None:
        fault = self.library.fault
        if fault == "silent":
            return
        if fault == "tls":
            self._write(_TLS_ALERT)
            self.close()
            return
        self.buffer += data
        self.received()

    def eof_received(self) -> bool:
        return self.library.fault == "slowclose"  # True leaves our side open

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        self._lines.discard(self)
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        self._all_thinking.subtract(self._thinking)
        for asked in self._thinking:
            if not self._all_thinking[asked]:
                del self._all_thinking[asked]
        self._thinking.clear()

    def pause_writing(self) -> None:
        self._paused = True

    def resume_writing(self) -> None:
        self._paused = False
        self._pour()

    # -------------------------------------------------------------------------------------------------- answering

    def received(self) -> None:
        raise NotImplementedError

    def say(self, answer: bytes, key: object, *, spoilt: bool = True) -> None:
        """Write it when the library has thought; answers stay in order. ``spoilt`` applies the fault's manners.

        The same question takes the same time again, but while it is being thought about a second one like it is a
        draw of its own, as in a server where one of two processes is stuck.
        """
        asked = (self.library.number, key)
        again = self._all_thinking[asked] if self.library.latency.median else 0
        more = (again,) if again else ()
        delay = self.library.latency.delay(self.library.seed, self.library.number, key, *more)
        now = self._loop.time()
        if not delay and self._free_at <= now:
            self._utter(answer, spoilt)
            return
        self._thinking[asked] += 1
        self._all_thinking[asked] += 1
        self._free_at = max(now, self._free_at) + delay + 1e-6
        if not math.isinf(self._free_at):
            self.later(self._free_at, lambda: self._thought(asked, answer, spoilt))

    def _thought(self, asked: object, answer: bytes, spoilt: bool) -> None:
        for thinking in (self._thinking, self._all_thinking):
            thinking[asked] -= 1
            if not thinking[asked]:
                del thinking[asked]
        self._utter(answer, spoilt)

    def later(self, when: float, call: object) -> None:
        assert callable(call)

        def run() -> None:
            self._timers.discard(handle)
            call()

        handle = self._loop.call_at(when, run)
        self._timers.add(handle)

    def _utter(self, answer: bytes, spoilt: bool) -> None:
        fault = self.library.fault if spoilt else ""
        if fault == "reset":
            self._write(answer[: len(answer) // 2])
            self.later(self._loop.time() + 0.01, self.reset)
        elif fault == "truncated":
            self._write(answer[: len(answer) // 2])
            self.close()
        elif fault == "drip":
            self._dripping += answer
            self._drip()
        elif fault == "huge":
            self._write(answer)
            self._pouring = HUGE
            self._pour()
        else:
            self._write(answer)

    def _drip(self) -> None:
        self._write(self._dripping[:1])
        self._dripping = self._dripping[1:]
        if self._dripping:
            self.later(self._loop.time() + 1.0, self._drip)

    def _pour(self) -> None:
        while self._pouring > 0 and not self._paused and self._transport and not self._transport.is_closing():
            self._pouring -= len(_CHUNK)
            self._write(_CHUNK)

    def _write(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def close(self) -> None:
        """End our side when everything is sent."""
        if self._transport is not None:
            self._transport.close()

    def reset(self) -> None:
        """End the connection with a reset."""
        if self._transport is not None:
            made = self._transport.get_extra_info("socket")
            made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._transport.abort()


def is_down(library: Simulated, now: float) -> bool:
    """Whether a flapping library is away at this loop time; they do not all go at once."""
    return int(now / FLAPPING_TURN + library.number * 0.37) % 2 == 1
