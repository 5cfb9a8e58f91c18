from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest

from gateway.frontends.z3950 import serve
from tests.support import peers
from tests.support.peers import Peer
from tests.support.shelf import Shelf

JAZZ = ("evergreen", "Open-ILS", "tests", "datasets", "jazz_1k.mrc")
SAMPLE = ("lc-marcedit", "episodes", "data", "marc_sample_data.mrc")


@pytest.fixture(scope="session")
def ztest() -> Iterator[Peer]:
    with peers.ztest() as peer:
        yield peer


@pytest.fixture(scope="session")
def zebra(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    """Zebra over 1,500 real MARC 21 records."""
    files = [peers.data(*JAZZ), peers.data(*SAMPLE)]
    with peers.zebra(files, tmp_path_factory.mktemp("zebra")) as peer:
        yield peer


class Background:
    """An event loop in a thread, so that programs can be run against servers in this process."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(20)

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)
        self.loop.close()


@pytest.fixture
def background() -> Iterator[Background]:
    made = Background()
    yield made
    made.stop()


@pytest.fixture
def ours(background: Background) -> Iterator[Callable[..., Peer]]:
    """``peer = ours(shelf, **server options)``: our server, beside the test."""
    servers = []

    def start(shelf: Shelf | None = None, **options: object) -> Peer:
        server = background.run(serve(shelf or Shelf(), "127.0.0.1", 0, **options))
        servers.append(server)
        return Peer("127.0.0.1", server.port, "shelf")

    yield start
    for server in servers:
        background.run(server.close())
