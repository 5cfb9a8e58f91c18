"""One node for all tests of the engine, and an empty index for each."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from index.elasticsearch import ElasticsearchIndex, open_index
from tests.support import elasticsearch

_numbers = itertools.count()


@pytest.fixture(scope="session")
def node() -> Iterator[elasticsearch.Node]:
    with elasticsearch.given_or_started() as started:
        yield started


@pytest.fixture
def location(node: elasticsearch.Node) -> Iterator[str]:
    """The address of an index that no other test uses."""
    with elasticsearch.space(node, f"test-{next(_numbers)}") as address:
        yield address


@pytest_asyncio.fixture
async def index(location: str) -> AsyncIterator[ElasticsearchIndex]:
    opened = await open_index(location)
    yield opened
    await opened.close()
