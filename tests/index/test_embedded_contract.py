"""The embedded index keeps the contract, in a temporary folder and in a given one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from gateway.core.ports import Index
from index.embedded import open_index
from index.testing import AidsContract, FindingContract, IndexContract, fill


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Index]:
    """Filled once: the tests only read it, each from a loop of its own."""
    opened = await open_index(str(tmp_path_factory.mktemp("filled")))
    await fill(opened)
    yield opened
    await opened.close()


class TestEmbedded(IndexContract):
    @pytest_asyncio.fixture
    async def index(self, tmp_path: Path) -> AsyncIterator[Index]:
        opened = await open_index(str(tmp_path / "index"))
        yield opened
        await opened.close()

    @pytest.fixture
    def filled(self, shared: Index) -> Index:
        return shared


class TestEmbeddedFinding(FindingContract):
    @pytest_asyncio.fixture
    async def index(self, tmp_path: Path) -> AsyncIterator[Index]:
        opened = await open_index(str(tmp_path / "index"))
        yield opened
        await opened.close()

    @pytest.fixture
    def filled(self, shared: Index) -> Index:
        return shared


class TestEmbeddedAids(AidsContract):
    @pytest.fixture
    def filled(self, shared: Index) -> Index:
        return shared


@pytest.mark.parametrize("location", ["", ":memory:"])
async def test_a_temporary_index_leaves_nothing_behind(location: str) -> None:
    opened = await open_index(location)
    assert isinstance(opened, Index)
    folder = opened._folder
    assert folder.exists()
    await opened.close()
    assert not folder.exists()
