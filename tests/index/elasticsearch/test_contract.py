"""Elasticsearch keeps the contract: 8.19 always, 9.2 where a Java 21 or later is."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from gateway.core.ports import Index, IndexSearch, ListingIndex, NotingIndex, SharedIndex
from gateway.core.query import Clause, Query
from index.elasticsearch import open_index
from index.testing import IndexContract, ListingContract, fill
from index.testing.aids import NEARLY, NOT_NEARLY
from tests.support import elasticsearch

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


class TestElasticsearch(IndexContract, ListingContract):
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

    @pytest.mark.parametrize(("index_name", "typed", "first", "meant"), NEARLY)
    async def test_what_is_nearly_typed_is_found(
        self, filled: Index, index_name: str, typed: str, first: str, meant: str
    ) -> None:
        query = Query(Clause(index_name, typed), text=typed)
        assert (await filled.search(IndexSearch(query))).total == 0
        page = await filled.search(IndexSearch(query, forgiving=True))
        assert min(member.id for member in page.records[0].members) == first
        assert (page.approximate, page.suggestion) == (True, meant)

    @pytest.mark.parametrize("clause", NOT_NEARLY)
    async def test_what_is_not_even_nearly_there(self, filled: Index, clause: Clause) -> None:
        page = await filled.search(IndexSearch(Query(clause), forgiving=True))
        assert (page.total, page.approximate, page.suggestion) == (0, False, "")

    async def test_it_can_do_all_that_an_index_can(self, filled: Index) -> None:
        assert isinstance(filled, SharedIndex)
        assert isinstance(filled, ListingIndex)
        assert isinstance(filled, NotingIndex)
