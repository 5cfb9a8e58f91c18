"""Shared by the tests of union records: an index to write to, and editions that are easily confused."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from gateway.core.ports import Index
from index.embedded import open_index


@pytest_asyncio.fixture
async def index() -> AsyncIterator[Index]:
    opened = await open_index("")
    yield opened
    await opened.close()
