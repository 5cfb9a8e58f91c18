"""A server on loopback that answers as a test tells it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import web

from connectors.sru import SRUConnector, connect
from gateway.core.deadline import Deadline
from gateway.core.ports import Page
from gateway.core.target import Target
from gateway.protocols.simple import parse_simple

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
MARC = (
    '<record xmlns="http://www.loc.gov/MARC21/slim"><leader>00000nam a2200000   4500</leader>'
    '<controlfield tag="001">{0}</controlfield></record>'
)


def xml(total: int, numbers: list[int], more: str = "", schema: str = "marcxml") -> web.Response:
    records = "".join(
        f"<record><recordSchema>{schema}</recordSchema><recordPacking>xml</recordPacking>"
        f"<recordData>{MARC.format(number)}</recordData></record>"
        for number in numbers
    )
    text = (
        '<searchRetrieveResponse xmlns="http://www.loc.gov/zing/srw/"><version>1.2</version>'
        f"<numberOfRecords>{total}</numberOfRecords><records>{records}</records>{more}</searchRetrieveResponse>"
    )
    return web.Response(text=text, content_type="text/xml")


def diagnostic(number: int, details: str = "") -> str:
    return (
        '<diagnostics><diagnostic xmlns="http://www.loc.gov/zing/srw/diagnostic/">'
        f"<uri>info:srw/diagnostic/1/{number}</uri><details>{details}</details></diagnostic></diagnostics>"
    )


class Server:
    """Runs ``handler``; keeps what was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.forms: list[dict[str, str]] = []
        self.queries: list[str] = []
        self.handler: Handler | None = None
        self.url = ""
        self.runner: web.AppRunner | None = None
        self.connectors: list[SRUConnector] = []
        self.xml = staticmethod(xml)
        self.diagnostic = staticmethod(diagnostic)

    async def start(self) -> None:
        app = web.Application()
        app.router.add_route("*", "/{tail:.*}", self._handle)
        self.runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self.runner.setup()
        site = web.TCPSite(self.runner, "127.0.0.1", 0)
        await site.start()
        host, port = self.runner.addresses[0][:2]
        self.url = f"http://{host}:{port}/sru"

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(dict(request.query))
        self.queries.append(request.rel_url.raw_query_string)
        self.forms.append({key: str(value) for key, value in (await request.post()).items()})
        assert self.handler is not None
        return await self.handler(request)

    def target(self, **more: object) -> Target:
        return Target(**{"id": "lib", "connector": "sru", "url": self.url, "name": {"en": "Lib"}, **more})  # type: ignore[arg-type]

    def connector(self, **more: object) -> SRUConnector:
        made = connect(self.target(**more))
        self.connectors.append(made)
        return made

    async def pages(
        self, query: str = "a", start: int = 1, limit: int = 20, seconds: float = 5, **more: object
    ) -> list[Page]:
        deadline = Deadline.after(seconds, asyncio.get_running_loop().time())
        found = self.connector(**more).search(parse_simple(query), start=start, limit=limit, deadline=deadline)
        return [page async for page in found]

    async def close(self) -> None:
        for connector in self.connectors:
            await connector.close()
        if self.runner is not None:
            await self.runner.cleanup()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    running = Server()
    await running.start()
    yield running
    await running.close()
