from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from types import MappingProxyType

import pytest

from connectors.z3950 import Z3950Connector
from gateway.core.deadline import Deadline
from gateway.core.ports import Page
from gateway.core.query import Clause, Query
from gateway.core.target import Target
from tests.support.z3950_script import Answer, Script


@pytest.fixture
async def script() -> AsyncIterator[Callable[..., Awaitable[Script]]]:
    """``target = await script(answer)``: a scripted target that listens."""
    async with contextlib.AsyncExitStack() as stack:

        async def start(answer: Answer, **more: object) -> Script:
            made = Script(answer, **more)  # type: ignore[arg-type]
            server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
            made.port = server.sockets[0].getsockname()[1]
            stack.callback(server.close)
            return made

        yield start


@pytest.fixture
async def connector() -> AsyncIterator[Callable[..., Z3950Connector]]:
    """``connector(port, **fields of Target)``; ``options`` as a dict."""
    made: list[Z3950Connector] = []

    def make(port: int, **fields: object) -> Z3950Connector:
        fields["options"] = MappingProxyType(fields.get("options", {}))  # type: ignore[arg-type]
        target = Target("t", "z3950", host="127.0.0.1", port=port, **fields)  # type: ignore[arg-type]
        made.append(Z3950Connector(target))
        return made[-1]

    yield make
    for each in made:
        await each.close()


@pytest.fixture
def fetch() -> Callable[..., Awaitable[list[Page]]]:
    """All pages of one search."""

    async def run(
        connector: Z3950Connector, query: Query | str = "x", *, start: int = 1, limit: int = 20, seconds: float = 5.0
    ) -> list[Page]:
        if isinstance(query, str):
            query = Query(Clause("title", query))
        deadline = Deadline.after(seconds, asyncio.get_running_loop().time())
        return [page async for page in connector.search(query, start=start, limit=limit, deadline=deadline)]

    return run
