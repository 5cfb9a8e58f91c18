"""A Z39.50 target that follows a script, for tests of clients."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace

from gateway.protocols.z3950.apdu import Apdu, InitRequest, InitResponse, Option
from gateway.protocols.z3950.connection import Connection, Signal
from gateway.protocols.z3950.state import Role

#: What a scripted target does with a request: APDUs to send in turn, or raw octets; an exception hangs up.
Reply = Apdu | bytes
Answer = Callable[[Apdu], Iterable[Reply] | Awaitable[Iterable[Reply]]]
WELCOME = InitResponse(options=frozenset(Option), implementation_name="Scripted")


class Hangup(Exception):  # noqa: N818 - an instruction
    """``Hangup()`` closes the connection, ``Hangup(True)`` resets it."""


class Script:
    """A target that does as it is told; ``heard`` are the requests in the order of their coming."""

    def __init__(self, answer: Answer, welcome: Apdu | None = WELCOME) -> None:
        self.answer = answer
        self.welcome = welcome
        self.heard: list[Apdu] = []
        self.connections = 0
        self.open = 0
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open += 1
        connection = Connection(Role.TARGET)
        try:
            while data := await reader.read(65536):
                connection.receive_data(data)
                while not isinstance(event := connection.next_event(), Signal):
                    self.heard.append(event)
                    for reply in await self.replies(event):
                        if isinstance(reply, Apdu):
                            reply = connection.send(replace(reply, reference_id=event.reference_id))
                        writer.write(reply)
        except Hangup as hangup:
            if hangup.args:
                writer.transport.abort()
        except OSError:
            pass
        finally:
            self.open -= 1
            writer.close()

    async def replies(self, event: Apdu) -> Iterable[Reply]:
        if isinstance(event, InitRequest) and self.welcome is not None:
            return [self.welcome]
        found = self.answer(event)
        return await found if isinstance(found, Awaitable) else found
