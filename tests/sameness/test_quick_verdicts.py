"""The quick ways to a verdict say what the slow ones say: ``same`` beside ``compare``, kinds beside single records."""

import json
import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.record import Evidence, RawRecord
from gateway.records.clusters import Cluster, partition
from gateway.records.keys import Features, feature_keys, features
from gateway.records.matching import RULES, compare, same, vetoed
from gateway.records.normalise import normalise


@pytest.fixture(scope="module")
def described() -> list[Features]:
    """Every record of the labelled set, two copies of each: libraries take over one another's records."""
    found = []
    for line in (Path(__file__).parent / "pairs.jsonl").read_text("utf-8").splitlines():
        pair = json.loads(line)
        for side in ("left", "right"):
            for copy in ("a", "b"):
                raw = RawRecord(copy + side, pair[side].encode(), "marcline", local_id=pair["id"])
                found.append(features(normalise(raw)))
    return found


def test_same_says_what_compare_says(described: list[Features]) -> None:
    dice = random.Random(3)
    pairs = [(described[at], described[at + 2]) for at in range(0, len(described), 4)]
    pairs += [(dice.choice(described), dice.choice(described)) for _ in range(20_000)]
    verdicts = [(compare(a, b).same, same(a, b), same(b, a)) for a, b in pairs]
    assert all(slow == quick == other for slow, quick, other in verdicts)
    assert sum(slow for slow, _, _ in verdicts) > 100


def test_a_verdict_does_not_depend_on_ids(described: list[Features]) -> None:
    for at in range(0, len(described), 4):
        one, copy, other, other_copy = described[at : at + 4]
        found, swapped = compare(one, other_copy), compare(copy, other)
        assert (found.same, found.rule, found.agree, found.conflict) == (
            swapped.same,
            swapped.rule,
            swapped.agree,
            swapped.conflict,
        )


def _record_by_record(members: Sequence[Features]) -> list[Cluster]:
    """``partition`` as it is declared: every pair of records compared, nothing shared between copies."""
    by_id = {found.id: found for found in members}
    ids = sorted(by_id)
    verdicts = {(x, y): compare(by_id[x], by_id[y]) for x in ids for y in ids if x < y}
    keys = {id: set(feature_keys(by_id[id])) for id in ids}
    links = [found for (x, y), found in verdicts.items() if found.same and keys[x] & keys[y]]
    links.sort(key=lambda e: (list(RULES).index(e.rule), -len(e.agree), e.left, e.right))
    groups = {id: {id} for id in ids}
    why: dict[str, list[Evidence]] = {id: [] for id in ids}
    for link in links:
        one, other = groups[link.left], groups[link.right]
        if one is other or any(vetoed(verdicts[min(x, y), max(x, y)]) for x in one for y in other):
            continue
        reasons = [*why[link.left], *why[link.right], link]
        merged = one | other
        for id in merged:
            groups[id], why[id] = merged, reasons
    return [
        Cluster(tuple(sorted(groups[id])), tuple(sorted(why[id], key=lambda e: (e.left, e.right))))
        for id in ids
        if min(groups[id]) == id
    ]


@given(st.data())
@settings(max_examples=30, deadline=None)
def test_kinds_give_the_partition_of_the_records(described: list[Features], data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(described) - 16))
    chosen = data.draw(st.lists(st.sampled_from(described[start : start + 16]), min_size=1, max_size=16))
    assert partition(chosen) == _record_by_record(chosen)
