"""Estimates of what was not fetched, against provinces whose whole holdings are known."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from gateway.federation.totals import Total, total_of
from gateway.lab import shelves
from gateway.lab.plan import Plan


def province(held: list[list[int]], fetch: int) -> tuple[int, int, Total]:
    """Editions in all, editions seen, and what is made of it when each library gave its first ``fetch``."""
    seen = Counter(edition for shelf in held for edition in shelf[:fetch])
    hits = [(len(shelf), min(fetch, len(shelf))) for shelf in held]
    return len({edition for shelf in held for edition in shelf}), len(seen), total_of(seen.values(), hits)


def drawn(kind: str) -> list[list[int]]:
    dice = random.Random(kind)
    weights = [1.0 if kind == "even" else 1 / (rank + 5) for rank in range(3000)]
    shelves_ = []
    for _ in range(113):
        shelf = list(dict.fromkeys(dice.choices(range(3000), weights, k=dice.randint(5, 400))))
        dice.shuffle(shelf)
        shelves_.append(shelf)
    return shelves_


@pytest.mark.parametrize(
    ("held", "fetch"),
    [
        pytest.param([shelves.editions(one, 3) for one in Plan(113, size=100).members()], 20, id="half shared"),
        pytest.param([shelves.editions(one, 3) for one in Plan(113, size=40).members()], 20, id="half of it seen"),
        pytest.param(drawn("even"), 20, id="all alike"),
        pytest.param(drawn("rare"), 20, id="many rare ones"),
    ],
)
def test_the_truth_lies_between_the_bounds_and_not_far_from_the_estimate(held, fetch):
    truth, seen, total = province(held, fetch)
    assert seen <= total.low <= truth <= total.high
    assert total.low <= total.estimate <= total.high
    assert abs(total.estimate - truth) < 0.25 * truth


def test_all_that_was_fetched_is_counted():
    assert total_of([1, 1, 3], [(3, 3), (2, 2)]) == Total(3, 3, 3)
    assert total_of([], []) == Total(0, 0, 0)


def test_nothing_seen_leaves_everything_open():
    assert total_of([], [(500, 0)]) == Total(0, 0, 500)


def test_copies_everywhere_add_nothing():
    total = total_of([3] * 20, [(40, 20)] * 3)
    assert (total.estimate, total.low, total.high) == (20, 20, 80)


def test_one_library_alone_is_taken_at_its_word():
    assert total_of([1] * 20, [(1000, 20)]) == Total(1000, 1000, 1000)
