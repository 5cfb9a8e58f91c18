"""The embedded index finds editions of a work by key."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from index.embedded import EmbeddedIndex, open_index
from index.testing.works import WorksContract


@pytest.fixture
async def index() -> AsyncIterator[EmbeddedIndex]:
    opened = await open_index("")
    yield opened
    await opened.close()


class TestWorks(WorksContract):
    """What every engine keeps."""
