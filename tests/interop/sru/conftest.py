"""Real records, and Zebra over them."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from gateway.app import open_index, running
from gateway.core.errors import DataError
from gateway.core.record import RawRecord
from gateway.core.target import Target
from gateway.records import iso2709
from gateway.records.normalise import normalise
from gateway.settings import GatewaySettings
from gateway.union import Unifier
from tests.support import peers
from tests.support.zebra_sru import Zebra, zebra_sru

RECORDS = ("lc-marcedit", "episodes", "data", "marc_sample_data.mrc")


@pytest.fixture(scope="session")
def zebra(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Zebra]:
    with zebra_sru([peers.data(*RECORDS)], tmp_path_factory.mktemp("zebra-sru")) as running:
        yield running


@pytest.fixture(scope="session")
def records() -> Path:
    return peers.data(*RECORDS)


@pytest.fixture(scope="session")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A gateway's folder of data, which holds the records."""
    folder = tmp_path_factory.mktemp("gateway")

    async def fill() -> None:
        settings = GatewaySettings(data=folder)
        async with open_index(settings) as index:
            raws = [
                RawRecord("lib", item.data, local_id=f"r{number}")
                for number, item in enumerate(iso2709.split(io.BytesIO(peers.data(*RECORDS).read_bytes())))
                if not isinstance(item, DataError)
            ]
            await Unifier(index).add([normalise(raw) for raw in raws])
            await index.refresh()

    asyncio.run(fill())
    return folder


@pytest.fixture
async def gateway(catalogue: Path) -> AsyncIterator[str]:
    """Address of SRU of a whole gateway that listens."""
    settings = GatewaySettings(data=catalogue, port=0, z3950_port=-1)
    async with running(settings, [Target("lib", "test", name={"zh": "馆", "en": "Library"})]) as addresses:
        yield f"{addresses.url}/sru"
