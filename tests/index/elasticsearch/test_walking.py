"""Walks through Elasticsearch: any gateway goes on with a cursor; a point in time that is gone is told in words."""

from __future__ import annotations

import pytest

from gateway.core.errors import UnsupportedQueryError
from gateway.core.ports import IndexSearch
from gateway.core.query import SortKey
from index.elasticsearch import ElasticsearchIndex, open_index
from index.request import cursor_of, state_of
from index.testing import fill
from tests.support import elasticsearch


async def test_another_gateway_goes_on(index: ElasticsearchIndex, location: str) -> None:
    await fill(index)
    search = IndexSearch(None, size=9, sort=(SortKey("title"),))
    whole = await index.search(IndexSearch(None, size=100, sort=search.sort))
    seen, cursor, turn = [], "", 0
    other = await open_index(location)
    while True:
        page = await (index, other)[turn % 2].search(IndexSearch(None, size=9, sort=search.sort, cursor=cursor))
        seen += [one.id for one in page.records]
        cursor, turn = page.cursor, turn + 1
        if not cursor:
            break
    await other.close()
    assert seen == [one.id for one in whole.records]


async def test_a_point_in_time_that_is_gone(index: ElasticsearchIndex, node: elasticsearch.Node) -> None:
    await fill(index)
    search = IndexSearch(None, size=5, cursor="")
    page = await index.search(search)
    asked = IndexSearch(None, size=5, cursor=page.cursor)
    point, after = state_of(asked)
    await index._transport.write(lambda es: es.close_point_in_time(id=point))
    with pytest.raises(UnsupportedQueryError, match="too old"):
        await index.search(asked)
    for state in (["garbage", after], [point, ["x"] * 9], [point, [{}]], ["", after], [point]):
        with pytest.raises(UnsupportedQueryError) as caught:
            await index.search(IndexSearch(None, size=5, cursor=cursor_of(search, state)))
        assert caught.value.feature == "cursor"
