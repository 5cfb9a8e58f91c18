"""Servers that send without end, plainly and packed: nothing is kept of what is over the limit."""

from __future__ import annotations

import gzip
import resource
from typing import Any

import pytest
from aiohttp import web

from gateway.core.errors import RemoteProtocolError
from gateway.protocols.sru.safe_xml import MAX_BODY

Server = Any  # the fixture of conftest
_MEGABYTE = b"<record>" + b"x" * (1 << 20)


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("stated", [False, True], ids=["unstated", "stated"])
async def test_200_megabytes_are_not_read(server: Server, packed: bool, stated: bool) -> None:
    sent = 0

    async def flood(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse(headers={"Content-Type": "text/xml"})
        part = gzip.compress(_MEGABYTE) if packed else _MEGABYTE
        if packed:
            response.headers["Content-Encoding"] = "gzip"
        if stated:
            response.content_length = 200 * len(part)
        await response.prepare(request)
        try:
            for _ in range(200):
                await response.write(part)
                sent += 1
        except (ConnectionError, RuntimeError):
            pass
        return response

    server.handler = flood
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(RemoteProtocolError, match=r"Lib (sends more than|announces) \d+ bytes|does not answer in HTTP"):
        await server.pages(seconds=30)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 4 * MAX_BODY // 1024, f"{grown} kB"
    if not packed:
        assert sent < 100
