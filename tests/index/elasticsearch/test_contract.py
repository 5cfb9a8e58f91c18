"""Elasticsearch keeps the contract: 8.19 always, 9.2 where a Java 21 or later is."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from gateway.core.ports import CompletingIndex, Index, ListingIndex, NotingIndex, ScanningIndex, SharedIndex
from index import embedded
from index.elasticsearch import open_index
from index.testing import AidsContract, FindingContract, IndexContract, ListingContract, fill
from index.testing.agreement import differences
from index.testing.questions import questions
from tests.support import elasticsearch
from tests.support.hostile_searches import ask_engine

_numbers = itertools.count()


@pytest.fixture(scope="module", params=[elasticsearch.V8, elasticsearch.V9])
def serving(request: pytest.FixtureRequest) -> Iterator[elasticsearch.Node]:
    if request.param == elasticsearch.V8:
        yield request.getfixturevalue("node")
    elif not elasticsearch.has_java(request.param):
        pytest.skip(f"Elasticsearch {request.param} needs a Java 21 or later, and there is none")
    else:
        with elasticsearch.node(request.param) as started:
            yield started


@pytest.fixture(scope="module")
def library_location(serving: elasticsearch.Node) -> Iterator[str]:
    """The small library, filled once: its tests only read it."""

    async def filled(location: str) -> None:
        opened = await open_index(location)
        await fill(opened)
        await opened.close()

    with elasticsearch.space(serving, f"library-{next(_numbers)}") as location:
        asyncio.run(filled(location))
        yield location


class TestElasticsearch(IndexContract, ListingContract, AidsContract, FindingContract):
    @pytest_asyncio.fixture
    async def filled(self, library_location: str) -> AsyncIterator[Index]:
        """Opened anew for each test: a client belongs to one event loop."""
        opened = await open_index(library_location)
        yield opened
        await opened.close()

    @pytest_asyncio.fixture
    async def index(self, serving: elasticsearch.Node) -> AsyncIterator[Index]:
        with elasticsearch.space(serving, f"contract-{next(_numbers)}") as location:
            opened = await open_index(location)
            yield opened
            await opened.close()

    async def test_it_can_do_all_that_an_index_can(self, filled: Index) -> None:
        assert isinstance(filled, SharedIndex)
        assert isinstance(filled, ListingIndex)
        assert isinstance(filled, NotingIndex)
        assert isinstance(filled, ScanningIndex)
        assert isinstance(filled, CompletingIndex)


async def test_three_hundred_questions_get_the_answers_of_the_embedded_index(library_location: str) -> None:
    asked = questions()
    assert len(asked) == 300
    one, other = await embedded.open_index(""), await open_index(library_location)
    await fill(one)
    assert await differences(one, other, asked) == []
    totals = [(await one.search(search)).total for search in asked]
    assert sum(map(bool, totals)) > 200  # questions that nothing answers would prove little
    await one.close()
    await other.close()


async def test_three_hundred_hostile_queries_are_answered_or_refused_in_words(library_location: str) -> None:
    index = await open_index(library_location)
    told, _, _ = await ask_engine(index)
    assert sum(told.values()) >= 300
    await index.close()
