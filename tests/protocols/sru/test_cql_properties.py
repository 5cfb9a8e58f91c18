"""What holds for every query: printing and parsing are inverse, hostile text gives CQLSyntaxError and nothing else.

``WENYUAN_FUZZ=1000000 pytest tests/protocols/sru/test_cql_properties.py -k mutated`` runs the long form.
"""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.errors import UnsupportedQueryError
from gateway.core.query import Boolean, Clause, Operator, Query, Relation, Truncation
from gateway.protocols.sru.context_sets import usual_indexes
from gateway.protocols.sru.cql import (
    CQLBoolean,
    CQLNode,
    CQLQuery,
    CQLRelation,
    CQLSortKey,
    CQLSyntaxError,
    Modifier,
    Prefix,
    SearchClause,
    Triple,
    from_query,
    parse,
    to_query,
    to_xcql,
    unparse,
)
from gateway.protocols.sru.cql_lexer import MAX_LENGTH
from gateway.protocols.sru.cql_parser import MAX_CLAUSES, MAX_NESTING

MUTATIONS = int(os.environ.get("WENYUAN_FUZZ", "20000"))
DATA = Path(__file__).parent / "data"

# Any text, with every quotation mark and backslash escaped, is a term.
texts = st.text(
    st.characters(exclude_categories=("Cs",), exclude_characters="".join(map(chr, range(32))) + "\ufffe\uffff"),
    max_size=12,
).map(lambda text: text.replace("\\", "\\\\").replace('"', '\\"'))
words = st.sampled_from(
    ["title", "dc.title", "and", "or", "sortBy", "any", "all", "红楼梦", "a b", "x-y", "*", "^a", "="]
)
names = words | texts
modifiers = st.lists(
    st.builds(Modifier, names)
    | st.builds(Modifier, names, st.sampled_from(["=", "==", "<>", "<", "<=", ">", ">="]), names),
    max_size=2,
).map(tuple)
relations = st.builds(
    CQLRelation,
    st.sampled_from(["=", "==", "<>", "<", "<=", ">", ">=", "all", "any", "ADJ", "within", "exact", "cql.any", "x.y"]),
    modifiers,
)
prefixes = st.lists(st.builds(Prefix, names, texts), max_size=2).map(tuple)
leaves = st.builds(SearchClause, names, prefixes=prefixes) | st.builds(SearchClause, names, names, relations, prefixes)
booleans = st.builds(CQLBoolean, st.sampled_from(["and", "or", "not", "prox"]), modifiers)
nodes = st.recursive(leaves, lambda inner: st.builds(Triple, inner, booleans, inner, prefixes), max_leaves=8)
queries = st.builds(CQLQuery, nodes, st.lists(st.builds(CQLSortKey, names, modifiers), max_size=2).map(tuple))


@given(queries)
@settings(max_examples=400, deadline=None)
def test_parse_undoes_print(query: CQLQuery) -> None:
    again = parse(unparse(query))
    assert (again.root, again.sort) == (query.root, query.sort)


@given(st.text(max_size=60))
@settings(max_examples=400, deadline=None)
def test_any_text_is_read_or_refused(text: str) -> None:
    check(text)


def check(text: str) -> bool:
    try:
        tree = parse(text)
    except CQLSyntaxError as error:
        assert 0 <= error.position <= max(len(text), MAX_LENGTH)
        return False
    again = parse(unparse(tree))
    assert (again.root, again.sort) == (tree.root, tree.sort), text
    try:
        to_query(tree)
    except UnsupportedQueryError as error:
        assert error.feature
    return True


def test_mutated_queries_are_read_or_refused() -> None:
    seeds = [
        line.rpartition("=> ")[0]
        for name in ("printed.txt", "queries.txt", "unsupported.txt", "refused.txt")
        for line in (DATA / name).read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    alphabet = [*'()=<>/"\\*?^ .ab红\u3000\x00\ud800', " and ", " sortby ", " prox/", '"x"', ">p=", " any ", "=="]
    chance = random.Random(20260101)
    read = 0
    for _ in range(MUTATIONS):
        text = chance.choice(seeds)
        for _ in range(chance.randint(1, 4)):
            at = chance.randint(0, len(text))
            kind = chance.random()
            if kind < 0.4:
                text = text[:at] + chance.choice(alphabet) + text[at:]
            elif kind < 0.7:
                text = text[:at] + text[at + chance.randint(1, 3) :]
            elif kind < 0.85:
                text = text[:at] + chance.choice(seeds) + text[at:]
            else:
                text = text[:at] + text[at : at + 8] * chance.randint(2, 9) + text[at:]
        read += check(text)
    assert MUTATIONS // 10 < read < MUTATIONS, "mutations should be neither all sound nor all broken"


@pytest.mark.parametrize("text", ["(" * 10_000 + "a" + ")" * 10_000, "(" * 5_000, "a=(" * 4_000, ">a=b(" * 3_000])
def test_deep_nesting_is_refused(text: str) -> None:
    with pytest.raises(CQLSyntaxError) as caught:
        parse(text)
    assert 0 < caught.value.position <= MAX_LENGTH


def test_limits_are_exact() -> None:
    deepest = "(" * MAX_NESTING + "a" + ")" * MAX_NESTING
    assert parse(deepest).root == SearchClause("a")
    with pytest.raises(CQLSyntaxError, match="parentheses"):
        parse(f"({deepest})")
    widest = " or ".join(["a"] * MAX_CLAUSES)
    assert sum(1 for _ in to_query(parse(widest)).clauses()) == MAX_CLAUSES
    with pytest.raises(CQLSyntaxError, match="clauses"):
        parse(f"{widest} or a")
    assert parse("a" * MAX_LENGTH).root == SearchClause("a" * MAX_LENGTH)
    with pytest.raises(CQLSyntaxError, match="too long"):
        parse("a" * (MAX_LENGTH + 1))


def test_the_deepest_tree_survives_every_use() -> None:
    right: CQLNode = SearchClause("a")
    for _ in range(MAX_CLAUSES - 1):
        right = Triple(SearchClause("a"), CQLBoolean("or"), right)
    text = unparse(CQLQuery(right))
    tree = parse(text)
    assert tree.root == right
    query = to_query(tree)
    assert from_query(query, usual_indexes()) == text
    assert sum(1 for _ in to_xcql(tree).iter("{*}term")) == MAX_CLAUSES


terms = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp", "Cn", "Co")), min_size=1, max_size=8)
clauses = st.builds(
    Clause,
    st.sampled_from(["any", "title", "author", "subject"]),
    terms,
    st.sampled_from([Relation.ALL, Relation.EXACT]),
    st.sampled_from([Truncation.NONE, Truncation.RIGHT, Truncation.LEFT, Truncation.BOTH]),
)
trees = st.recursive(
    clauses,
    lambda inner: st.builds(Boolean, st.sampled_from([Operator.AND, Operator.OR, Operator.NOT]), inner, inner),
    max_leaves=6,
)


@given(trees)
@settings(max_examples=300, deadline=None)
def test_a_query_survives_the_way_to_a_target(root: Clause | Boolean) -> None:
    assert to_query(parse(from_query(Query(root), usual_indexes()))).root == root
