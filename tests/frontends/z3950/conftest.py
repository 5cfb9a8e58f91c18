from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import pytest

from gateway.core.serving import Catalogue
from gateway.frontends.z3950 import Server, serve
from gateway.protocols.z3950.apdu import Apdu, InitRequest, Option
from gateway.protocols.z3950.connection import Connection, Signal
from gateway.protocols.z3950.state import Role
from tests.support.shelf import Shelf

INIT = InitRequest(options=frozenset(Option))


class Client:
    """The origin's core over a stream, one step at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.connection = Connection(Role.ORIGIN)

    async def ask(self, message: Apdu) -> Apdu:
        self.writer.write(self.connection.send(message))
        return await self.next()

    async def next(self) -> Apdu:
        """The next APDU; ``EOFError`` when the server hangs up."""
        async with asyncio.timeout(10):
            while isinstance(event := self.connection.next_event(), Signal):
                data = await self.reader.read(65536)
                if not data:
                    raise EOFError
                self.connection.receive_data(data)
            return event

    async def close(self) -> None:
        self.writer.close()
        with contextlib.suppress(OSError):
            await self.writer.wait_closed()


@pytest.fixture
async def start() -> AsyncIterator[Callable[..., object]]:
    """``server = await start(catalogue, **options)``."""
    servers: list[Server] = []

    async def starter(catalogue: Catalogue | None = None, **options: object) -> Server:
        server = await serve(catalogue or Shelf(), "127.0.0.1", 0, **options)
        servers.append(server)
        return server

    yield starter
    for server in servers:
        await server.close()


@pytest.fixture
async def open_client() -> AsyncIterator[Callable[..., object]]:
    """``client = await open_client(server)``: connected and, unless ``init=None``, initialised."""
    clients: list[Client] = []

    async def opener(server: Server, init: InitRequest | None = INIT) -> Client:
        client = Client(*await asyncio.open_connection("127.0.0.1", server.port))
        clients.append(client)
        if init is not None:
            await client.ask(init)
        return client

    yield opener
    for client in clients:
        await client.close()
