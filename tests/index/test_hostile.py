"""Three hundred hostile queries to the embedded index: each gets an answer or a refusal in words, and soon."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from gateway.core.answer import FACETS
from gateway.core.errors import QueryError
from gateway.core.ports import IndexSearch
from gateway.core.query import Clause, Query
from index.embedded import EmbeddedIndex, open_index
from index.testing import fill
from index.testing.hostile import hostile

#: Seconds of this process's own work: waiting for a busy machine is no fault of the index.
_SOON = 1.0
QUERIES = hostile()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def index(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EmbeddedIndex]:
    opened = await open_index(str(tmp_path_factory.mktemp("hostile")))
    await fill(opened)
    await opened.search(IndexSearch(Query(Clause("any", "中国古代文学史"))))  # loads the dictionaries
    yield opened
    await opened.close()


def test_there_are_three_hundred() -> None:
    assert len(QUERIES) >= 300


@pytest.mark.parametrize("number", range(len(QUERIES)))
async def test_hostile_query(index: EmbeddedIndex, number: int) -> None:
    query = Query(QUERIES[number])
    began = time.process_time()
    try:
        page = await index.search(IndexSearch(query, facets=FACETS, forgiving=True))
    except QueryError as error:
        assert len(str(error)) > 10
    else:
        assert page.total >= len(page.records)
    assert time.process_time() - began < _SOON


async def test_it_goes_on_answering(index: EmbeddedIndex) -> None:
    assert (await index.search(IndexSearch(Query(Clause("title", "废都"))))).total == 1


@pytest.mark.parametrize("typed", ["红" * 60, "a" * 60, "." * 200, "*", "\x00" * 50, "[a-z", "\udc80", "𪛖𪛗", "'\"\\"])
async def test_hostile_beginning(index: EmbeddedIndex, typed: str) -> None:
    assert isinstance(await index.complete(typed), tuple)
