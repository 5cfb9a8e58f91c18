"""Our SRU client against Zebra's SRU, an implementation that no one here wrote, over real MARC 21 records."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest

from connectors.sru import connect
from gateway.core.deadline import Deadline
from gateway.core.errors import FatalTargetError, UnsupportedQueryError
from gateway.core.ports import Page
from gateway.core.target import Target
from gateway.protocols.simple import parse_simple
from gateway.protocols.sru.cql import parse, to_query
from gateway.records.normalise import normalise
from tests.support import peers

Zebra = Any  # the fixture of conftest

pytestmark = pytest.mark.peers


async def ask(
    zebra: Zebra, query: str, version: str = "1.2", limit: int = 10, schema: str = "", **more: Any
) -> list[Page]:
    options = {"version": version} | ({"schema": schema} if schema else {})
    target = Target("zebra", "sru", url=zebra.url, options=options, **more)
    connector = connect(target)
    deadline = Deadline.after(10, asyncio.get_running_loop().time())
    try:
        found = to_query(parse(query)) if "=" in query or " any " in query else parse_simple(query)
        return [page async for page in connector.search(found, start=1, limit=limit, deadline=deadline)]
    finally:
        await connector.close()


@pytest.mark.parametrize(
    ("query", "pqf"),
    [
        ("dc.title = china", "@attr 1=4 china"),
        ("dc.title = chin*", "@attr 1=4 @attr 5=1 chin"),
        ("dc.creator = smith", "@attr 1=1003 smith"),
        ("dc.subject = history", "@attr 1=21 history"),
        ("dc.title = history and dc.subject = china", "@and @attr 1=4 history @attr 1=21 china"),
        ("dc.title = history or dc.title = china", "@or @attr 1=4 history @attr 1=4 china"),
        ("dc.title = history not dc.subject = china", "@not @attr 1=4 history @attr 1=21 china"),
        ('dc.title any "history china"', "@or @attr 1=4 history @attr 1=4 china"),
        ("history", "@attr 1=1016 history"),
        ("题名:中国", "@attr 1=4 中国"),
        ('dc.title = "united states"', '@attr 1=4 @attr 4=1 "united states"'),
        ("dc.title = zzzzzz", "@attr 1=4 zzzzzz"),
    ],
)
async def test_hits_agree_with_yaz_client_over_z3950(zebra: Zebra, query: str, pqf: str) -> None:
    said = await asyncio.to_thread(peers.yaz_client, zebra.z3950, "charset utf-8 utf-8", f"find {pqf}")
    match = re.search(r"Number of hits: (\d+)", said)
    assert match is not None, said
    pages = await ask(zebra, query, limit=0)
    assert pages[0].total == int(match.group(1))


@pytest.mark.parametrize("version", ["1.1", "1.2", "2.0"])
async def test_records_come_in_pages(zebra: Zebra, version: str) -> None:
    pages = await ask(zebra, "dc.subject = history", version, limit=25, page_size=10)
    raws = [raw for page in pages for raw in page.records]
    assert len(raws) == min(25, pages[0].total) > 10
    assert [raw.position for raw in raws] == list(range(1, len(raws) + 1))
    assert {raw.format for raw in raws} == {"marcxml"}
    titles = [normalise(raw).title.text for raw in raws]
    assert all(titles)
    assert len(set(titles)) > 5


async def test_a_schema_that_it_lacks_is_given_up_unless_it_was_asked_for(zebra: Zebra) -> None:
    pages = await ask(zebra, "dc.title = history", limit=3, syntax="unimarc")
    assert len(pages[0].records) == 3
    with pytest.raises(FatalTargetError, match=r"Unknown schema for retrieval.*unimarcxml"):
        await ask(zebra, "dc.title = history", limit=3, syntax="unimarc", schema="unimarcxml")


async def test_diagnostics_are_understood(zebra: Zebra) -> None:
    with pytest.raises(UnsupportedQueryError, match="Unsupported index"):
        await ask(zebra, "题名:a", attributes={"title": "dc.nosuch"})
