"""Real records, and Zebra over them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

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
