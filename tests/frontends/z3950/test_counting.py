"""What each term finds alone: the searchResult-1 report of a Search response."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.query import Clause, Query
from gateway.protocols.z3950 import oids
from gateway.protocols.z3950.apdu import InitRequest, SearchRequest
from gateway.protocols.z3950.rpn import External
from gateway.protocols.z3950.schema_records import SearchInfoReport
from tests.support.shelf import Shelf
from tests.support.z3950_requests import search


class Counting(Shelf):
    async def count(self, databases: Sequence[str], clauses: Sequence[Clause]) -> Sequence[int] | None:
        if databases == ("Other",):
            return None
        return [(await self.search(databases, Query(clause))).total for clause in clauses]


def counts(answer: object) -> list[tuple[bool, str, int]] | None:
    if answer.additional_info is None:  # type: ignore[attr-defined]
        return None
    (unit,) = answer.additional_info  # type: ignore[attr-defined]
    assert isinstance(unit.information, External)
    assert unit.information.oid == oids.USER_INFO_SEARCH_RESULT
    reports = SearchInfoReport.decode(unit.information.single)
    return [(item.full_query, item.expression.term.decode(), item.count) for item in reports]


@pytest.mark.parametrize(
    ("query", "databases", "expected"),
    [
        ("@attr 1=4 红", ("shelf",), [(True, "红", 2)]),
        ("@and @attr 1=4 红 @attr 1=1003 曹雪芹", ("shelf",), [(False, "红", 2), (False, "曹雪芹", 1)]),
        ("@or @and 红 nothing @not 西 红", ("shelf",), [(False, w, n) for w, n in
         (("红", 2), ("nothing", 0), ("西", 1), ("红", 2))]),
        ("@and 红 楼", ("Other",), None),
        (" ".join(["@or"] * 16 + ["红"] * 17), ("shelf",), None),
    ],
)  # fmt: skip
async def test_counts(start, open_client, query, databases, expected) -> None:
    client = await open_client(await start(Counting()))
    assert counts(await client.ask(search(query, databases=databases))) == expected


async def test_result_sets_are_passed_over(start, open_client) -> None:
    client = await open_client(await start(Counting()))
    await client.ask(search("红", result_set="1"))
    assert counts(await client.ask(search("@and @set 1 楼"))) == [(False, "楼", 1)]


async def test_who_cannot_count_sends_no_report(start, open_client) -> None:
    client = await open_client(await start(Shelf()))
    assert counts(await client.ask(search("@and 红 楼"))) is None
    assert counts(await client.ask(search("红"))) == [(True, "红", 2)]


async def test_version_2_knows_no_report(start, open_client) -> None:
    client = await open_client(await start(Counting()), init=InitRequest(versions=frozenset({0, 1})))
    answer = await client.ask(search("红"))
    assert answer.count == 2
    assert answer.additional_info is None


async def test_a_term_in_another_charset_comes_back_as_it_was(start, open_client) -> None:
    client = await open_client(await start(Counting(), term_charset="gbk"))
    request: SearchRequest = search("@and 红 楼", charset="gbk")
    answer = await client.ask(request)
    (unit,) = answer.additional_info
    terms = [item.expression.term for item in SearchInfoReport.decode(unit.information.single)]
    assert terms == ["红".encode("gbk"), "楼".encode("gbk")]
