"""A catalogue of three records behind the SRU front door, asked as a client asks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from lxml import etree

from gateway.core.errors import UnsupportedQueryError
from gateway.core.query import Query
from gateway.core.record import Flavour, RawRecord
from gateway.frontends.sru import application
from gateway.records import iso2709, marcxml
from gateway.records.marc import Field, MarcRecord


def record(number: int, title: str) -> MarcRecord:
    fields = [
        Field.control("001", f"{number:06d}"),
        Field("010", " ", " ", (("a", "978-7-02-000220-7"),)),
        Field("100", " ", " ", (("a", "20000101d1996    em y0chiy50      ea"),)),
        Field("200", "1", " ", (("a", title), ("f", "曹雪芹著"))),
        Field("210", " ", " ", (("a", "北京"), ("c", "人民文学出版社"), ("d", "1996"))),
    ]
    return MarcRecord("00000nam0 2200000   450 ", fields)


class Shelf:
    """Every query finds everything; what was asked is kept."""

    databases = ("main", "Second")

    def __init__(self) -> None:
        one = marcxml.write(record(1, "红楼梦 & <续>"))
        two = iso2709.write(record(2, "红楼梦"), "gbk")
        self.records = [
            RawRecord("lib", one, "marcxml", Flavour.CNMARC, "utf-8", "local1"),
            RawRecord("lib", two, "iso2709", Flavour.UNIMARC, "gbk", "local2"),
            RawRecord("lib", b"plain text", "sutrs", None, "utf-8", "local3"),
        ]
        self.asked: list[tuple[tuple[str, ...], Query]] = []
        self.error: Exception | None = None

    @property
    def total(self) -> int:
        return len(self.records)

    async def fetch(self, start: int, count: int) -> Sequence[RawRecord]:
        return self.records[start - 1 : start - 1 + count]

    async def search(self, databases: Sequence[str], query: Query) -> Shelf:
        self.asked.append((tuple(databases), query))
        if self.error:
            raise self.error
        for clause in query.clauses():
            if clause.index == "region":
                raise UnsupportedQueryError("no regions here", feature="index region")
        return self


class Client:
    def __init__(self, http: TestClient[web.Request, web.Application], shelf: Shelf) -> None:
        self.http = http
        self.shelf = shelf

    async def get(self, path: str = "/sru", **parameters: str) -> etree._Element:
        return await self.read(await self.http.get(path, params=parameters))

    async def search(self, **parameters: str) -> etree._Element:
        return await self.get(**{"operation": "searchRetrieve", "version": "1.2", "query": "a", **parameters})

    async def read(self, response: object) -> etree._Element:
        assert response.status == 200  # type: ignore[attr-defined]
        body = await response.read()  # type: ignore[attr-defined]
        return etree.fromstring(body)

    @staticmethod
    def diagnostic(root: etree._Element) -> tuple[int, str]:
        """Number and details of the only diagnostic."""
        (found,) = root.findall(".//{*}diagnostics/{*}diagnostic")
        return int(found.findtext("{*}uri", "").rpartition("/")[2]), found.findtext("{*}details", "")


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    shelf = Shelf()
    outer = web.Application()
    outer.add_subapp("/sru", application(shelf, max_records=50, title={"zh": "馆", "en": "Lib"}))
    async with TestClient(TestServer(outer)) as http:
        yield Client(http, shelf)
