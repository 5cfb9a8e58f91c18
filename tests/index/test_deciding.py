"""The embedded index keeps decisions and traces, also over a new start, a kill and for those who only read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.core.ports import Change
from gateway.records import keys
from index.embedded import EmbeddedIndex, open_index
from index.testing.deciding import DecidingContract, decision


@pytest.fixture
async def index() -> AsyncIterator[EmbeddedIndex]:
    opened = await open_index("")
    yield opened
    await opened.close()


class TestDeciding(DecidingContract):
    """What every engine keeps that decides."""


async def test_decisions_and_traces_outlive_the_process(tmp_path: Path) -> None:
    opened = await open_index(str(tmp_path))
    await opened.apply(Change((), (), decisions=(decision(1),), heirs={"a:1": ("b:1",)}))
    await opened.close()
    again = await open_index(str(tmp_path))
    try:
        assert await again.decisions() == (decision(1),)
        assert await again.heirs(keys.uid("a:1")) == ("b:1",)
        reader = await open_index(str(tmp_path), read_only=True)
        try:
            assert await reader.decisions() == (decision(1),)
            await again.apply(Change((), (), decisions=(decision(2),)))
            assert await reader.decisions() == (decision(1), decision(2))
        finally:
            await reader.close()
    finally:
        await again.close()
