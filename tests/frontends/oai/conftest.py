"""A shared index with a few editions behind the OAI-PMH front door, asked as a harvester asks."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from lxml import etree

from gateway.core.record import RawRecord
from gateway.core.target import Target
from gateway.frontends.oai import Options, application
from gateway.union import Unifier
from index.embedded import EmbeddedIndex, open_index
from tests.support.world import raw

TARGETS = (
    Target("xian", "file", name={"zh": "西安图书馆", "en": "Xi'an & Library"}),
    Target("baoji", "file", name={"zh": "宝鸡图书馆"}),
    Target("daxue", "file", name={"zh": "大学图书馆"}, sector="university"),
)


class Harvesting:
    """``now`` is the time that the provider tells."""

    def __init__(self, index: EmbeddedIndex) -> None:
        self.index = index
        self.unifier = Unifier(index)
        self.now = 2_000_000_000
        self.http: TestClient[web.Request, web.Application]

    async def ask(self, verb: str, **arguments: str) -> etree._Element:
        parameters = {"verb": verb, **{name.rstrip("_"): value for name, value in arguments.items()}}
        response = await self.http.get("/oai", params=parameters)
        assert response.status == 200
        assert response.content_type == "text/xml"
        return etree.fromstring(await response.read())

    async def code(self, verb: str, **arguments: str) -> str:
        root = await self.ask(verb, **arguments)
        (error,) = root.findall("{*}error")
        return str(error.get("code"))

    async def all(self, verb: str = "ListRecords", **arguments: str) -> list[etree._Element]:
        """Every record (or header) of a list, token after token."""
        found: list[etree._Element] = []
        root = await self.ask(verb, **{"metadataPrefix": "oai_dc", **arguments})
        while True:
            found += root.findall(f"{{*}}{verb}/*")
            if not found or not found[-1].tag.endswith("resumptionToken"):
                return found
            token = found.pop().text
            if not token:
                return found
            root = await self.ask(verb, resumptionToken=token)

    @staticmethod
    def ids(found: list[etree._Element]) -> list[tuple[str, bool]]:
        """(identifier, deleted?) of records or headers."""
        heads = [each if each.tag.endswith("header") else each.find("{*}header") for each in found]
        return [(head.findtext("{*}identifier"), head.get("status") == "deleted") for head in heads]

    def living(self, found: list[etree._Element]) -> set[str]:
        return {identifier for identifier, deleted in self.ids(found) if not deleted}


@pytest.fixture
async def oai() -> AsyncIterator[Harvesting]:
    index = await open_index("")
    door = Harvesting(index)
    options = Options(name="馆 & <Lib>", emails=("a@b.example",), domain="lib.example", records=3, headers=4)
    outer = web.Application()
    outer.add_subapp("/oai", application(index, TARGETS, options, clock=lambda: door.now))
    async with TestClient(TestServer(outer)) as door.http:
        yield door
    await index.close()


@pytest.fixture
def described() -> RawRecord:
    return raw("xian", 1, "史记 & <本纪>", "司马迁著", isbn="9787020002207")
