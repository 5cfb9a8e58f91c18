"""Clients that no one here wrote (YAZ: yaz-client, zoomsh) against our SRU server, over real MARC 21 records."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from aiohttp import web

from connectors.file.search import find
from connectors.file.shelf import Shelf
from gateway.core.query import Query
from gateway.core.record import RawRecord
from gateway.frontends.sru import application
from tests.support import peers

pytestmark = pytest.mark.peers


class Results:
    def __init__(self, shelf: Shelf, numbers: list[int]) -> None:
        self.shelf = shelf
        self.numbers = numbers

    @property
    def total(self) -> int:
        return len(self.numbers)

    async def fetch(self, start: int, count: int) -> Sequence[RawRecord]:
        return [self.shelf.raws[number] for number in self.numbers[start - 1 : start - 1 + count]]


class Catalogue:
    databases = ("main",)

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf

    async def search(self, databases: Sequence[str], query: Query) -> Results:
        return Results(self.shelf, find(self.shelf, query))


@pytest.fixture(scope="module")
def shelf(records: Path) -> Shelf:
    return Shelf.load(str(records), "lib", None, None)


@pytest.fixture
async def url(shelf: Shelf) -> AsyncIterator[str]:
    runner = web.AppRunner(application(Catalogue(shelf)))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/main"
    await runner.cleanup()


async def run(program: str, *lines: str) -> str:
    def call() -> str:
        done = subprocess.run(
            [peers.program(program)],
            input="\n".join([*lines, "quit", ""]).encode(),
            capture_output=True,
            timeout=30,
            check=False,
        )
        return done.stdout.decode("utf-8", "replace")

    return await asyncio.to_thread(call)


@pytest.mark.parametrize("version", ["1.1", "1.2", "2.0"])
@pytest.mark.parametrize("transport", ["get", "post", "soap"])
async def test_yaz_client(url: str, transport: str, version: str) -> None:
    said = await run(
        "yaz-client",
        f"sru {transport} {version}",
        "querytype cql",
        f"open {url}",
        "find dc.title = history",
        "show 1+1",
        "find dc.nosuch = a",
    )
    assert "Number of hits: 6\n" in said
    assert 'xmlns="http://www.loc.gov/MARC21/slim"' in said
    assert '<datafield tag="245"' in said
    assert "Unsupported index" in said
    assert "dc.nosuch" in said


@pytest.mark.parametrize("transport", ["get", "post", "soap"])
async def test_zoomsh(url: str, transport: str) -> None:
    said = await run(
        "zoomsh",
        f"set sru {transport}",
        f"connect {url}",
        'search cql:"history"',
        "show 0 1",
        "search @attr 1=4 history",
        "search @attr 1=9999 china",
    )
    assert '<datafield tag="245"' in said
    assert ": 6 hits" in said
    assert "Unsupported index" in said


async def test_yaz_client_in_chinese(url: str) -> None:
    said = await run("yaz-client", "sru get 1.2", "querytype cql", f"open {url}", "find cql.anywhere = 中国")
    assert "Number of hits: 2\n" in said
