"""What was meant: windows of nearly the same text, and corrections taken from records."""

from __future__ import annotations

import itertools
import random

import pytest

from gateway.core.query import Boolean, Clause, Operator, Query, Relation
from index import plan
from index.forgiving import distance, forgiven
from index.query import leaves, make_plan
from index.spelling import allowance, best_window, did_you_mean
from index.testing.library import library, union

HEMINGWAY = [union(record) for record in library() if record.id == "un:1"]


def slow_cost(word: str, other: str) -> float:
    """The edit distance with swapped neighbours, as its definition says (optimal string alignment)."""
    if not word or not other:
        return float(len(word) + len(other))
    costs = [
        slow_cost(word[:-1], other[:-1]) + (word[-1] != other[-1]),
        slow_cost(word[:-1], other) + 1,
        slow_cost(word, other[:-1]) + 1,
    ]
    if len(word) > 1 and len(other) > 1 and word[-1] == other[-2] and word[-2] == other[-1] and word[-1] != word[-2]:
        costs.append(slow_cost(word[:-2], other[:-2]) + 1)
    return min(costs)


def test_the_cost_of_whole_words_is_the_edit_distance() -> None:
    dice = random.Random(7)
    for _ in range(300):
        word, other = ("".join(dice.choices("abc", k=dice.randint(1, 5))) for _ in "12")
        assert best_window(word, other, whole=True).cost == slow_cost(word, other), (word, other)


def test_the_window_is_the_cheapest_part() -> None:
    dice = random.Random(8)
    for _ in range(150):
        word, other = "".join(dice.choices("abc", k=3)), "".join(dice.choices("abc", k=6))
        parts = [other[start:end] for start, end in itertools.combinations_with_replacement(range(7), 2)]
        window = best_window(word, other)
        assert window.cost == min(slow_cost(word, part) for part in parts)
        assert slow_cost(word, other[window.start : window.end]) == window.cost


def test_a_homophone_is_half_a_change() -> None:
    window = best_window("红搂梦", "重读红楼梦随笔")
    assert (window.cost, window.start, window.end) == (0.5, 2, 5)
    assert best_window("红路梦", "红楼梦").cost == 1.0


@pytest.mark.parametrize(
    ("word", "allowed"),
    [
        ("ab", 0),
        ("sea", 1),
        ("house", 1),
        ("prejudice", 2),
        ("废都", 0),
        ("红楼梦", 1),
        ("平凡的世界全三部", 2),
        ("b2b", 0),
    ],
)
def test_longer_words_are_forgiven_more(word: str, allowed: int) -> None:
    assert distance(word) == allowed


def test_two_characters_are_forgiven_a_homophone_only() -> None:
    assert allowance("废都") == 0.5


@pytest.mark.parametrize(
    "query",
    [
        Query(Boolean(Operator.OR, Clause("any", "hemmingway"), Clause("any", "old"))),
        Query(Clause("any", "hemmingway", Relation.ANY)),
        Query(Clause("isbn", "9780684801224")),
        Query(Clause("any", "hemingway")),
        Query(Clause("any", "zzzzzzz")),
    ],
    ids=["or", "any", "number", "right", "nothing like it"],
)
def test_no_idea(query: Query) -> None:
    assert did_you_mean(query, HEMINGWAY) == ""


def test_fields_that_cannot_be_named_are_not_guessed() -> None:
    query = Query(Clause("author", "hemmingway"))  # as from another query language: no text to put it right in
    assert did_you_mean(query, HEMINGWAY) == ""


@pytest.mark.parametrize("term", ["", "x" * 121, "废都"])
def test_too_short_or_too_long_to_guess(term: str) -> None:
    assert not isinstance(forgiven("note", term), plan.Either)


def test_forgiving_plans_are_bounded() -> None:
    typed = " ".join(["prejudice红楼梦"] * 10)
    assert leaves(make_plan(Query(Clause("any", typed)), forgiving=True)) < 400
