import random

import pytest

from gateway.core.query import Clause, Query
from gateway.demo.members import load_members
from gateway.demo.records import records as demo_records
from gateway.federation.facets import count, matching
from gateway.federation.ranking import ordered
from gateway.federation.resultset import ResultSet
from gateway.records.normalise import normalise
from tests.support.world import raw


@pytest.fixture(scope="module")
def province():
    """Every record of four demo libraries: two flavours, three character sets."""
    wanted = {"sxlib", "xalib", "hanzhong", "ankang"}
    return [normalise(one.raw()) for member in load_members() if member.id in wanted for one in demo_records(member)]


def partition(results: ResultSet) -> set[frozenset[str]]:
    return {frozenset(member.id for member in union.members) for union in results.unions()}


def test_the_order_of_arrival_changes_nothing(province):
    reference = ResultSet()
    reference.add(province)
    expected = {union.id: union for union in reference.unions()}
    shuffled = list(province)
    for seed in range(6):
        random.Random(seed).shuffle(shuffled)
        results = ResultSet()
        at = 0
        while at < len(shuffled):
            size = random.Random(seed * 1000 + at).randint(1, 120)
            results.add(shuffled[at : at + size])
            if seed % 2:
                results.rows()  # looking in between must not matter
            at += size
        assert {union.id: union for union in results.unions()} == expected


def test_more_records_leave_the_original_as_it_was(province):
    results = ResultSet()
    results.add(province[:300])
    before = partition(results)
    fuller = results.copy()
    fuller.add(province)
    assert partition(results) == before
    whole = ResultSet()
    whole.add(province)
    assert partition(fuller) == partition(whole)


def test_what_a_copy_worked_out_is_taken_over_where_nothing_came_since(province):
    results = ResultSet()
    results.add(province[:300])
    copy = results.copy()
    worked_out = {row.union.id: row for row in copy.rows()}
    partition_then = copy.partition()
    copy.add(province[300:400])  # its own business
    results.add(province[250:350])
    results.adopt(partition_then)
    rows = {row.union.id: row for row in results.rows()}
    fresh = ResultSet()
    fresh.add(province[:350])
    assert {row.union.id: row.union for row in fresh.rows()} == {uid: row.union for uid, row in rows.items()}
    kept = sum(rows.get(uid) is row for uid, row in worked_out.items())
    assert 0 < kept <= len(rows)
    assert all(rows[uid].union == row.union for uid, row in worked_out.items() if rows.get(uid) is row)


def test_rows_that_did_not_change_are_the_same_objects():
    results = ResultSet()
    results.add([normalise(raw("a", 1, "围城", "钱锺书著"))])
    (first,) = results.rows()
    results.add([normalise(raw("a", 2, "边城", "沈从文著"))])
    assert first in results.rows()
    results.add([normalise(raw("b", 1, "围城", "钱锺书著"))])
    assert first not in results.rows()


def titles(term, *records, index="any"):
    results = ResultSet()
    results.add(normalise(raw("x", number, *record)) for number, record in enumerate(records, 1))
    rows = ordered(results.rows(), Query(Clause(index, term)), (), {})
    return [row.union.record.title.text for row in rows]


def test_an_exact_title_comes_before_longer_ones_and_before_mentions():
    found = titles(
        "红楼梦",
        ("红楼梦研究", "俞平伯著"),
        ("曹雪芹传", "周汝昌著"),
        ("红楼梦", "曹雪芹著"),
        ("漫说红楼梦", "张毕来著"),
    )
    assert found[:3] == ["红楼梦", "红楼梦研究", "漫说红楼梦"]


def test_title_and_author_together_find_the_one():
    found = titles("围城 钱锺书", ("围城", "张三著"), ("围城", "钱锺书著"), ("钱锺书传", "孔庆茂著"))
    assert found[0] == "围城"
    results = ResultSet()
    results.add(normalise(raw("x", n, "围城", author)) for n, author in ((1, "张三著"), (2, "钱锺书著")))
    rows = ordered(results.rows(), Query(Clause("any", "钱锺书")), (), {})
    assert rows[0].union.members[0].local_id == "000002"


def test_more_holders_come_first_among_equals():
    results = ResultSet()
    results.add([normalise(raw("a", 1, "诗经", "甲注", year=1980)), normalise(raw("a", 2, "诗经", "乙注", year=1980))])
    results.add([normalise(raw("b", 2, "诗经", "乙注", year=1980)), normalise(raw("c", 2, "诗经", "乙注", year=1980))])
    rows = ordered(results.rows(), Query(Clause("title", "诗经")), (), {})
    assert [len(row.union.members) for row in rows] == [3, 1]


def test_the_rank_of_the_index_decides_where_nothing_else_does():
    results = ResultSet()
    results.add(normalise(raw("a", n, f"书{n}", "")) for n in (1, 2, 3))
    ids = [row.union.id for row in results.rows()]
    rank = {identifier: position for position, identifier in enumerate(reversed(ids))}
    rows = ordered(results.rows(), Query(Clause("any", "hlm")), (), rank)
    assert [row.union.id for row in rows] == list(reversed(ids))


def test_filters_of_one_facet_are_alternatives():
    results = ResultSet()
    results.add(normalise(raw("a", n, f"书{n}", "", year=1990 + n)) for n in range(4))
    rows = results.rows()
    filters = (("year", "1991"), ("year", "1992"))
    assert {row.union.record.year for row in matching(rows, filters)} == {1991, 1992}
    assert [item.count for item in count(rows, filters)["year"]] == [1, 1, 1, 1]
    assert count(rows, filters)["library"][0].count == 2
    assert matching(rows, (("year", "1991"), ("library", "b"))) == []
