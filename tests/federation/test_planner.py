import pytest

from gateway.core.errors import UnsupportedQueryError
from gateway.core.query import Boolean, Clause, Operator, Query, Relation
from gateway.core.target import Target
from gateway.federation.planner import for_index, for_target

XIAN = Target("xalib", "z3950", region="610100")
BEILIN = Target("beilin", "z3950", region="610103")
BAOJI = Target("baoji", "z3950", region="610300", sector="university")
TITLE = Clause("title", "诗经")


def both(left, right, operator=Operator.AND):
    return Query(Boolean(operator, left, right))


def test_a_query_that_says_nothing_of_targets_is_left_alone():
    query = both(TITLE, Clause("author", "毛亨"))
    assert for_target(query, XIAN) is query
    assert for_index(query, [XIAN]) is query


@pytest.mark.parametrize(
    ("index", "term", "holds"),
    [
        ("library", "xalib", [XIAN]),
        ("library", "XALIB", [XIAN]),
        ("region", "610100", [XIAN, BEILIN]),
        ("region", "610103", [BEILIN]),
        ("region", "610000", [XIAN, BEILIN, BAOJI]),
        ("region", "61", [XIAN, BEILIN, BAOJI]),
        ("region", "110000", []),
        ("sector", "university", [BAOJI]),
    ],
)
def test_clauses_on_targets_choose_whom_to_ask(index, term, holds):
    query = both(Clause(index, term), TITLE)
    for target in (XIAN, BEILIN, BAOJI):
        planned = for_target(query, target)
        assert planned == (Query(TITLE) if target in holds else None)


def test_or_and_not():
    either = both(Clause("library", "baoji"), TITLE, Operator.OR)
    assert for_target(either, XIAN) == Query(TITLE)
    with pytest.raises(UnsupportedQueryError):
        for_target(either, BAOJI)
    without = both(TITLE, Clause("region", "610100"), Operator.NOT)
    assert for_target(without, XIAN) is None
    assert for_target(without, BAOJI) == Query(TITLE)
    with pytest.raises(UnsupportedQueryError):
        for_target(both(Clause("sector", "public"), TITLE, Operator.NOT), XIAN)


def test_the_index_is_asked_by_libraries():
    planned = for_index(both(TITLE, Clause("region", "6101")), [XIAN, BEILIN, BAOJI])
    libraries = [clause for clause in planned.clauses() if clause.index == "library"]
    assert [clause.term for clause in libraries] == ["xalib", "beilin"]
    assert all(clause.relation is Relation.EXACT for clause in libraries)
    assert for_index(Query(Clause("sector", "government")), [XIAN]) is None


def test_deep_trees_cost_no_stack():
    node = Clause("sector", "public")
    for n in range(20_000):
        node = Boolean(Operator.OR if n % 2 else Operator.AND, node, Clause("title", str(n)))
    assert for_target(Query(node), XIAN) is not None
