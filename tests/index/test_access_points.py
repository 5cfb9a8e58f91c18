"""Every access point is reached from CQL and from the search box, and finds a record by what it holds there."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from gateway.app import PARSERS
from gateway.core.ports import Index, IndexSearch
from gateway.core.query import INDEXES, Clause
from gateway.frontends.http.params import FIELDS
from index.embedded import open_index
from index.testing import fill

#: What a record of the small library holds: access point, what is typed, the record.
HELD = (
    ("any", "俞平伯", "xa:3"), ("title", "廢都", "xa:10"), ("author", "路遥", "xa:8"), ("subject", "短篇小说", "hz:7"),
    ("publisher", "三联书店", "bj:3"), ("series", "古典文学读本", "bj:1"), ("note", "程乙本", "bj:1"),
    ("isbn", "7-02-001732-0", "xa:9"), ("issn", "0028-0836", "un:9"), ("identifier", "9787020017324", "xa:9"),
    ("class", "TP31", "xa:17"), ("callnumber", "K992.251/1", "xa:23"), ("barcode", "YL0022", "yl:22"),
    ("year", "1952", "xa:3"), ("language", "rus", "un:7"), ("form", "map", "xa:23"), ("audience", "成人", "bj:1"),
    ("availability", "reference", "xa:3"), ("library", "yl", "yl:22"), ("id", "un:8", "un:8"),
)  # fmt: skip
#: Told of libraries, never of records (``gateway.federation.planner``); ``all`` needs no term.
OF_LIBRARIES = frozenset(("region", "sector"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def filled() -> AsyncIterator[Index]:
    index = await open_index("")
    await fill(index)
    yield index
    await index.close()


def test_all_are_tried_here() -> None:
    assert {index for index, _, _ in HELD} | OF_LIBRARIES | {"all"} == set(INDEXES)
    assert set(FIELDS) == set(INDEXES) - {"all", "id"}


@pytest.mark.parametrize("language", ["cql", "simple"])
@pytest.mark.parametrize("index", sorted(OF_LIBRARIES))
def test_what_is_told_of_libraries_is_read(index: str, language: str) -> None:
    typed = f"wenyuan.{index} = 610000" if language == "cql" else f"{index}:610000"
    (clause,) = PARSERS[language](typed).clauses()
    assert (clause.index, clause.term) == (index, "610000")


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("index", "typed", "found"), HELD)
async def test_from_the_box_and_from_cql(filled: Index, index: str, typed: str, found: str) -> None:
    for language, text in (
        ("simple", f"{index}:{typed}"),
        ("cql", f'wenyuan.{index} = "{typed}"'),
        ("cql", f'{index} all "{typed}"'),
    ):
        query = PARSERS[language](text)
        clause = query.root
        assert isinstance(clause, Clause)
        assert clause.index == index, text
        page = await filled.search(IndexSearch(query, size=100))
        assert 0 < page.total < 20, text
        assert found in {member.id for union in page.records for member in union.members}, text
