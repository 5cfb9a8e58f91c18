"""A node that answers 429 or 503, refuses some documents of a request, or loses its answer; and nodes that are none."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer

from gateway.core.errors import ConfigurationError, FatalTargetError, RetriableError
from gateway.core.ports import Change, IndexSearch
from gateway.union import Unifier
from index.elasticsearch import open_index
from index.elasticsearch.location import parse_location
from index.testing.library import library, union
from tests.support import elasticsearch
from tests.support.busy_node import BusyNode, busy_node
from tests.support.peers import free_port
from tests.support.province import batches, everything, libraries

_numbers = itertools.count()


@pytest_asyncio.fixture
async def busy(node: elasticsearch.Node) -> AsyncIterator[tuple[BusyNode, str]]:
    prefix = f"busy-{next(_numbers)}"
    with elasticsearch.space(node, prefix):
        async with busy_node(node.url) as (between, url):
            yield between, f"{url}/{prefix}"


async def test_what_is_refused_now_is_written_later(busy: tuple[BusyNode, str], node: elasticsearch.Node) -> None:
    between, location = busy
    found = next(iter(libraries(1, 50).values()))
    index = await open_index(location)
    for batch in batches(found):
        await Unifier(index).add(batch)
    between.refusing = 0.0
    held = await everything(index)
    assert {member.id for one in held for member in one.members} == {record.id for record in found}
    assert (await index.statistics())["records"] == len(found)
    assert all(between.told[what] for what in ("429", "503", "items", "lost"))
    await index.close()


@pytest.mark.parametrize("status", [429, 503])
async def test_a_node_that_stays_busy_is_given_up_in_words(busy: tuple[BusyNode, str], status: int) -> None:
    between, location = busy
    between.refusing = 0.0
    index = await open_index(location, patience=0.2)
    between.always = status
    record = library()[0]
    with pytest.raises(RetriableError, match="is busy") as caught:
        await index.apply(Change((record,), (union(record),)))
    assert caught.value.code == f"http:{status}"
    assert between.told[str(status)] > 1
    between.always = None
    await index.apply(Change((record,), (union(record),)))
    await index.refresh()
    assert (await index.search(IndexSearch(None))).total == 1
    await index.close()


async def test_what_a_node_has_not_opened_yet_is_not_taken_for_missing(busy: tuple[BusyNode, str]) -> None:
    between, location = busy
    between.refusing = 0.0
    one, copy = libraries(2, 1).values()
    index = await open_index(location)
    await Unifier(index).add(one)
    for place in range(12):  # each of the readings that a change takes, in its turn
        between.opening = iter([False] * place + [True])
        await Unifier(index).add(copy)
        between.opening = iter(())
        (held,) = await everything(index)
        assert {member.id for member in held.members} == {record.id for record in (*one, *copy)}
        await Unifier(index).delete([record.id for record in copy])
    assert between.told["opening"] > 8
    await index.close()


async def test_a_node_that_does_not_open_is_given_up_in_words(busy: tuple[BusyNode, str]) -> None:
    between, location = busy
    between.refusing = 0.0
    index = await open_index(location, patience=0.2)
    between.opening = itertools.repeat(True)
    with pytest.raises(RetriableError, match="has not all of the index at hand"):
        await index.apply(Change((library()[0],), (union(library()[0]),)))
    between.opening = iter(())
    await index.close()


async def test_a_user_without_rights(busy: tuple[BusyNode, str]) -> None:
    between, location = busy
    between.always = 403
    with pytest.raises(ConfigurationError, match="refuses this user"):
        await open_index(location)


async def test_nobody_is_there() -> None:
    with pytest.raises(RetriableError, match="cannot be reached"):
        await open_index(f"http://127.0.0.1:{free_port()}/x", patience=0.1)


async def test_somebody_else_is_there() -> None:
    async def hello(_: web.Request) -> web.Response:
        return web.json_response({"hello": "world"})

    application = web.Application()
    application.router.add_route("*", "/{rest:.*}", hello)
    async with TestServer(application) as server:
        with pytest.raises(ConfigurationError, match="is not Elasticsearch"):
            await open_index(f"http://127.0.0.1:{server.port}/x")


async def test_indices_that_vanish_under_a_running_gateway(location: str, node: elasticsearch.Node) -> None:
    index = await open_index(location)
    with elasticsearch.space(node, location.rsplit("/", 1)[1]):
        pass
    with pytest.raises(FatalTargetError, match="has lost the indices"):
        await index.search(IndexSearch(None))
    record = library()[0]
    with pytest.raises(FatalTargetError, match="has lost the indices"):
        await index.apply(Change((record,), (union(record),)))
    await index.close()


async def test_indices_of_another_version(location: str) -> None:
    index = await open_index(location)
    name = location.rsplit("/", 1)[1]
    await index._transport.write(
        lambda es: es.indices.put_mapping(index=f"{name}-unions", meta={"wenyuan": {"kind": "unions", "schema": 999}})
    )
    await index.close()
    with pytest.raises(ConfigurationError, match="format 999"):
        await open_index(location)


async def test_indices_of_somebody_else(location: str, node: elasticsearch.Node) -> None:
    index = await open_index(location)
    name = location.rsplit("/", 1)[1]
    await index._transport.write(lambda es: es.indices.put_mapping(index=f"{name}-log", meta={"theirs": {}}))
    await index.close()
    with pytest.raises(ConfigurationError, match="was not made by Wenyuan"):
        await open_index(location)


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("", "http"),
        ("/var/data", "http"),
        ("ftp://host/x", "http"),
        ("http://host:port/x", "Port"),
        ("http://host/Big", "prefix"),
        ("http://host/a/b", "prefix"),
        ("http://host/x?speed=9", "speed"),
        ("http://host/x?shards=0", "numbers"),
        ("http://host/x?replicas=many", "numbers"),
    ],
)
def test_addresses_that_are_none(written: str, why: str) -> None:
    with pytest.raises(ConfigurationError, match=why):
        parse_location(written)


def test_a_password_is_never_repeated() -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_location("http://me:secret@host/Big")
    assert "secret" not in str(caught.value)
    assert "secret" not in str(parse_location("http://me:secret@host/small"))


def test_an_address_in_full() -> None:
    place = parse_location("https://me:a%2Fb@[::1]:9243/prov-1?shards=3&replicas=2&ca=/etc/ca.pem")
    assert (place.node, place.prefix) == ("https://[::1]:9243", "prov-1")
    assert (place.user, place.password) == ("me", "a/b")
    assert (place.shards, place.replicas, place.ca) == (3, "2", "/etc/ca.pem")
    assert parse_location("http://host").prefix == "wenyuan"
    assert parse_location("http://host").node == "http://host:9200"
