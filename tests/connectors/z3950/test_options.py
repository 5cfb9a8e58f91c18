"""Options of a target for servers with ways of their own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.core.errors import ConfigurationError, RemoteProtocolError
from gateway.core.query import Clause, Query
from gateway.frontends.z3950 import serve
from gateway.protocols.z3950 import oids
from gateway.protocols.z3950.apdu import NamePlusRecord, ResponseRecords, SearchResponse
from gateway.protocols.z3950.rpn import External
from gateway.protocols.z3950.schema_services import PDU
from tests.support.shelf import BOOKS, Shelf, record


def answered(*records: External) -> SearchResponse:
    items = tuple(NamePlusRecord(each) for each in records)
    return SearchResponse(count=len(items), returned=len(items), records=ResponseRecords(items))


async def test_one_database_a_search(connector, fetch) -> None:
    """Two databases in two searches are one list: its positions and its total go on."""
    shelf = Shelf()
    server = await serve(shelf, "127.0.0.1", 0)
    try:
        both = {"database": "shelf+Other"}
        one = connector(server.port, **both, options={"one_database": "yes"}, page_size=2)
        asked = Query(Clause("any", "9"))
        pages = await fetch(one, asked)
        assert [databases for databases, _ in shelf.asked] == [("shelf",), ("Other",)]
        assert [raw.position for page in pages for raw in page.records] == list(range(1, 13))
        assert pages[-1].total == 12
        tail = await fetch(one, asked, start=5, limit=4)
        assert [raw.position for page in tail for raw in page.records] == [5, 6, 7, 8]
        assert (await fetch(one, asked, start=9, limit=2))[-1].records[-1].position == 10
        shelf.asked.clear()
        await fetch(connector(server.port, **both), asked)
        assert [databases for databases, _ in shelf.asked] == [("shelf", "Other")]
    finally:
        await server.close()


async def test_the_charset_may_depend_on_the_syntax(script, connector, fetch) -> None:
    data = record(BOOKS[0], "gbk").payload

    def answer(request):
        return [answered(External(request.syntax, data))]

    target = await script(answer)
    options = {"charsets": "usmarc=marc-8, unimarc=GB2312"}
    for syntax, charset in (("usmarc", "marc-8"), ("unimarc", "gbk"), ("cnmarc", "gbk"), ("ukmarc", "big5")):
        client = connector(target.port, syntax=syntax, record_charset="big5", options=options)
        assert (await fetch(client, limit=1))[0].records[0].charset == charset


@pytest.mark.parametrize("mode", ["yes", "unchecked", "no"])
async def test_reference_ids(script, connector, fetch, mode) -> None:
    """Some servers answer under another reference than they were asked."""

    def answer(request):
        reply = answered(External(oids.USMARC, record(BOOKS[0]).payload))
        return [PDU.encode(replace(reply, reference_id=b"other" if request.reference_id else None))]

    client = connector((await script(answer)).port, options={"reference_ids": mode})
    if mode == "yes":
        with pytest.raises(RemoteProtocolError, match="another reference"):
            await fetch(client)
    else:
        assert (await fetch(client))[0].total == 1


@pytest.mark.parametrize(
    "options", [{"charsets": "gbk"}, {"charsets": "usmarc=klingon"}, {"isbn": "14"}, {"host_connections": "few"}]
)
def test_wrong_options_are_named(connector, options) -> None:
    with pytest.raises(ConfigurationError, match=r"[Tt]arget t\b"):
        connector(1, options=options)
