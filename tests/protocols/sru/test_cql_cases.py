"""CQL by cases: how trees are printed, where text stops being CQL, which Query comes of it, what is refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.core.errors import UnsupportedQueryError
from gateway.core.query import Clause, Node, Truncation
from gateway.protocols.sru.cql import CQLSyntaxError, parse, to_query, unparse

DATA = Path(__file__).parent / "data"


def cases(name: str) -> list[tuple[str, str]]:
    found = []
    for line in (DATA / name).read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            text, _, expected = line.rpartition("=> ")
            found.append((text.removesuffix(" ").replace("\\t", "\t").replace("\\n", "\n"), expected))
    return found


def shown(node: Node) -> str:
    if isinstance(node, Clause):
        truncation = "" if node.truncation is Truncation.NONE else f"[{node.truncation}]"
        return f"{node.index} {node.relation}{truncation} '{node.term}'"
    name = str(node.operator)
    if node.proximity:
        p = node.proximity
        name += f" {p.distance} {p.relation} {p.unit} {'ordered' if p.ordered else 'unordered'}"
    return f"({name} {shown(node.left)} {shown(node.right)})"


def test_there_are_enough_cases() -> None:
    names = ("printed.txt", "refused.txt", "queries.txt", "unsupported.txt")
    assert sum(len(set(cases(name))) for name in names) >= 400


@pytest.mark.parametrize(("text", "expected"), cases("printed.txt"))
def test_printed(text: str, expected: str) -> None:
    tree = parse(text)
    assert unparse(tree) == expected
    again = parse(expected)
    assert (again.root, again.sort) == (tree.root, tree.sort)


@pytest.mark.parametrize(("text", "position"), cases("refused.txt"))
def test_refused_with_position(text: str, position: str) -> None:
    with pytest.raises(CQLSyntaxError) as caught:
        parse(text)
    assert caught.value.position == int(position)
    assert caught.value.text == text


@pytest.mark.parametrize(("text", "expected"), cases("queries.txt"))
def test_query(text: str, expected: str) -> None:
    query = to_query(parse(text))
    assert shown(query.root) == expected
    assert query.text == text


@pytest.mark.parametrize(("text", "feature"), cases("unsupported.txt"))
def test_unsupported_is_named(text: str, feature: str) -> None:
    with pytest.raises(UnsupportedQueryError) as caught:
        to_query(parse(text))
    assert caught.value.feature == feature
    assert feature.split()[-1] in str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a sortby date", [("year", False)]),
        ("a sortby dc.date/sort.descending title", [("year", True), ("title", False)]),
        ("a sortby dc.creator/sort.ascending/sort.ignoreCase relevance", [("author", False), ("relevance", False)]),
    ],
)
def test_sort_keys(text: str, expected: list[tuple[str, bool]]) -> None:
    assert [(key.key, key.descending) for key in to_query(parse(text)).sort] == expected
