"""Our client against Zebra and yaz-ztest, beside yaz-client."""

from __future__ import annotations

import asyncio
import re

import pytest

from connectors.z3950 import Z3950Connector
from gateway.core.deadline import Deadline
from gateway.core.errors import FatalTargetError, RetriableError, UnsupportedQueryError
from gateway.core.query import Boolean, Clause, Operator, Query, Relation, SortKey, Truncation
from gateway.protocols import pqf
from gateway.protocols.z3950.querymap import AskingRules, to_rpn
from gateway.records import iso2709, marcxml
from tests.support import peers
from tests.support.z3950_asking import pages, settings

pytestmark = pytest.mark.peers

AND, OR, NOT = Operator.AND, Operator.OR, Operator.NOT


def title(term: str) -> Clause:
    return Clause("title", term)


QUERIES = [
    title("jazz"),
    title("history of jazz"),
    Clause("author", "davis"),
    Clause("subject", "music"),
    Clause("any", "piano"),
    Clause("title", "jaz", truncation=Truncation.RIGHT),
    Clause("title", "kind of blue", Relation.PHRASE),
    Boolean(AND, title("jazz"), Clause("author", "davis")),
    Boolean(NOT, title("jazz"), title("piano")),
    Boolean(OR, title("trumpet"), Boolean(AND, title("blue"), title("kind"))),
    Clause("any", "nothing-has-this-word"),
]


def hits(output: str) -> list[int]:
    return [int(number) for number in re.findall(r"Number of hits: (\d+)", output)]


async def test_the_same_hits_as_yaz_client(zebra) -> None:
    rules = AskingRules({}, str.encode)
    queries = [pqf.dump(to_rpn(Query(node), rules)) for node in QUERIES]
    output = await asyncio.to_thread(peers.yaz_client, zebra, *[f"find {query}" for query in queries])
    expected = hits(output)
    found = [(await pages(settings(zebra), Query(node), limit=1))[0].total for node in QUERIES]
    assert found == expected
    assert sum(1 for number in found if number) >= len(QUERIES) - 2


@pytest.mark.parametrize("pipeline", ["no", "yes"])
async def test_a_thousand_records(zebra, pipeline) -> None:
    everything = Query(Boolean(OR, Clause("any", "the"), Boolean(OR, Clause("any", "jazz"), Clause("any", "of"))))
    target = settings(zebra, page_size=50, options={"pipeline": pipeline})
    found = await pages(target, everything, limit=1000)
    records = [raw for page in found for raw in page.records]
    assert len(records) == 1000 == len({raw.position for raw in records})
    assert all(iso2709.read(raw.payload).tags() for raw in records)
    again = await pages(target, everything, start=981, limit=20)
    assert [raw.payload for page in again for raw in page.records] == [raw.payload for raw in records[980:]]


async def test_a_thousand_records_of_ztest(ztest) -> None:
    """It has as many as the number that it is asked for."""
    found = await pages(settings(ztest, page_size=50), Query(title("1000")), limit=1000)
    assert found[0].total == 1000
    assert sum(len(page.records) for page in found) == 1000


@pytest.mark.parametrize(
    ("syntax", "format_"), [("usmarc", "iso2709"), ("xml", "marcxml"), ("sutrs", "sutrs"), ("grs-1", "grs1")]
)
async def test_syntaxes_of_zebra(zebra, syntax, format_) -> None:
    target = settings(zebra, syntax=syntax, element_set="F")
    found = await pages(target, Query(title("jazz")), limit=3)
    records = [raw for page in found for raw in page.records]
    assert [raw.format for raw in records] == [format_] * 3


@pytest.mark.parametrize(
    ("syntax", "format_"),
    [("usmarc", "iso2709"), ("xml", "marcxml"), ("sutrs", "sutrs"), ("opac", "iso2709")],
)
async def test_syntaxes_of_ztest(ztest, syntax, format_) -> None:
    found = await pages(settings(ztest, syntax=syntax), Query(title("water")), limit=5)
    records = [raw for page in found for raw in page.records]
    assert [raw.format for raw in records] == [format_] * 5
    if format_ == "iso2709":
        assert all("245" in iso2709.read(raw.payload).tags() for raw in records)
    if format_ == "marcxml":
        assert all("245" in marcxml.read(raw.payload).tags() for raw in records)
    assert bool(records[0].holdings) is (syntax == "opac")


async def test_diagnostics_of_zebra(zebra) -> None:
    with pytest.raises(UnsupportedQueryError) as caught:
        await pages(settings(zebra, attributes={"title": "1=9999"}), Query(title("x")))
    assert caught.value.code == "bib1:114"
    assert f"127.0.0.1:{zebra.port}" in caught.value.message


async def test_an_unknown_database(zebra) -> None:
    wrong = peers.Peer(zebra.host, zebra.port, "Nosuch")
    with pytest.raises(FatalTargetError) as caught:
        await pages(settings(wrong), Query(title("x")))
    assert caught.value.code == "bib1:109"


async def test_an_element_set_that_the_server_lacks(zebra) -> None:
    found = await pages(settings(zebra, element_set="nosuchset"), Query(title("jazz")), limit=2)
    assert sum(len(page.records) for page in found) == 2


async def test_negotiated_charset(ztest) -> None:
    """It selects Latin-1, which nobody proposed: the target's own character sets stay in force."""
    found = await pages(settings(ztest, options={"negotiate_charset": "yes"}), Query(title("water")), limit=1)
    assert found[0].total > 0
    assert found[0].records[0].charset is None


def deadline() -> Deadline:
    return Deadline.after(10, asyncio.get_running_loop().time())


async def test_scan_like_yaz_client(zebra) -> None:
    """The same terms with the same counts, in the same order."""
    printed = peers.yaz_client(zebra, "scansize 8", "scanpos 3", "scan @attr 1=4 jazz")
    theirs = [(term, int(count)) for term, count in re.findall(r"^[* ] (\S+) \((\d+)\)$", printed, re.MULTILINE)]
    connector = Z3950Connector(settings(zebra))
    try:
        found = await connector.scan(title("jazz"), before=2, count=8, deadline=deadline())
        assert len(theirs) == 8
        assert [(entry.term, entry.count) for entry in found] == theirs
        with pytest.raises(UnsupportedQueryError) as caught:
            await connector.scan(Clause("note", "jazz"), deadline=deadline())
        assert caught.value.code == "bib1:114"
        with pytest.raises(UnsupportedQueryError, match="one term"):
            await connector.scan(title("two words"), deadline=deadline())
        assert (await connector.scan(title("zzzz"), before=1, count=2, deadline=deadline()))[0].term < "zzzz"
    finally:
        await connector.close()


async def test_scan_of_ztest(ztest) -> None:
    connector = Z3950Connector(settings(ztest))
    try:
        assert len(await connector.scan(title("a"), count=5, deadline=deadline())) == 5
    except RetriableError as error:
        # Debian's yaz-ztest looks for its list of words where it is started, and hangs up when there is none.
        assert "closed the connection during the scan" in error.message
        assert "Target closed connection" in peers.yaz_client(ztest, "scan @attr 1=4 a")
    finally:
        await connector.close()


@pytest.mark.parametrize("descending", [False, True])
async def test_sort_like_yaz_client(zebra, descending) -> None:
    commands = ("find @attr 1=4 jazz", f"sort 1=4 {'>' if descending else '<'}", "show 1+20")
    theirs = re.findall(r"^001 (.*?)\s*$", peers.yaz_client(zebra, *commands), re.MULTILINE)
    query = Query(title("jazz"), (SortKey("title", descending),))
    found = await pages(settings(zebra, options={"sort": "yes"}), query, limit=20)
    records = [iso2709.read(raw.payload, raw.charset) for page in found for raw in page.records]
    assert len(theirs) == 20
    assert [marc.control("001").strip() for marc in records] == theirs
    unsorted = await pages(settings(zebra), query, limit=20)
    assert [raw.payload for page in unsorted for raw in page.records] != [
        raw.payload for page in found for raw in page.records
    ]


async def test_a_key_that_no_target_sorts_by(zebra) -> None:
    query = Query(title("jazz"), (SortKey("added"),))
    with pytest.raises(UnsupportedQueryError, match="cannot sort by added"):
        await pages(settings(zebra, options={"sort": "yes"}), query)
