"""The labelled set: precision and recall, symmetry, keys that find every match, and independence of order."""

import json
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.codec import parse, plain
from gateway.core.record import RawRecord, Record
from gateway.records.clusters import partition
from gateway.records.keys import Features, block_keys, features
from gateway.records.matching import RULES, compare, vetoed
from gateway.records.normalise import normalise

Pair = tuple[str, bool, Record, Record]
_BY_HAND = ("hand", "adversarial", "second", "third", "fourth")


@pytest.fixture(scope="module")
def pairs() -> list[Pair]:
    found = []
    for line in (Path(__file__).parent / "pairs.jsonl").read_text("utf-8").splitlines():
        pair = json.loads(line)
        left, right = (
            normalise(RawRecord(side, pair[side].encode(), "marcline", local_id=pair["id"]))
            for side in ("left", "right")
        )
        found.append((pair["id"], pair["same"], left, right))
    return found


def test_precision_and_recall(pairs: list[Pair]) -> None:
    verdicts = [(name, same, compare(features(left), features(right))) for name, same, left, right in pairs]
    assert len(verdicts) >= 600
    false = [f"{name}: {found.rule}" for name, same, found in verdicts if found.same and not same]
    missed = [f"{name}: {found.rule}" for name, same, found in verdicts if same and not found.same]
    said = sum(found.same for _, _, found in verdicts)
    assert (said - len(false)) / said >= 0.99, false
    assert 1 - len(missed) / sum(same for _, same, _ in verdicts) >= 0.92, missed


def test_verdicts_are_symmetric_and_explained(pairs: list[Pair]) -> None:
    for _, _, left, right in pairs:
        a, b = features(left), features(right)
        found = compare(a, b)
        assert found == compare(b, a)
        assert found.agree or found.conflict
        assert found.same == (found.rule in RULES)


def test_every_match_shares_a_key(pairs: list[Pair]) -> None:
    for name, _, left, right in pairs:
        if compare(features(left), features(right)).same:
            assert set(block_keys(left)) & set(block_keys(right)), name


def test_features_do_not_depend_on_laziness(pairs: list[Pair]) -> None:
    for _, _, left, _ in pairs[::7]:
        stored = parse(Record, plain(left))
        assert features(stored) == features(left)
        assert block_keys(stored) == block_keys(left)


def test_isbn_alone_never_merges() -> None:
    texts = [
        "001 1\n010 ## $a978-7-02-000220-7\n200 1# $a红楼梦\n",
        "001 2\n010 ## $a978-7-02-000220-7\n200 1# $a红楼梦\n",
        "001 3\n010 ## $a978-7-02-000220-7\n200 1# $a水浒传\n",
    ]
    one, two, three = (features(normalise(RawRecord("lib", text.encode(), "marcline"))) for text in texts)
    assert compare(one, two).rule == "insufficient"
    assert compare(one, three).rule == "conflict-title"


@pytest.fixture(scope="module")
def crowd(pairs: list[Pair]) -> list[Features]:
    """Records that resemble each other: all renderings and near misses of three editions."""
    wanted = {"000", "036", "048"}
    records = {}
    for name, _, left, right in pairs:
        if name.rpartition("-")[2] in wanted and name.partition("-")[0] not in _BY_HAND:
            for record in (left, right):
                records[record.id] = record
    return [features(record) for record in records.values()]


def test_a_thousand_orders_give_the_same_clusters(crowd: list[Features]) -> None:
    expected = partition(crowd)
    assert any(len(cluster.ids) > 4 for cluster in expected)
    order = list(crowd)
    shuffle = random.Random(6).shuffle
    for _ in range(1000):
        shuffle(order)
        sample = order[:16]
        assert partition(sample) == partition(sorted(sample, key=lambda found: found.id))
    shuffle(order)
    assert partition(order) == expected


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_clusters_never_hold_a_veto(crowd: list[Features], data: st.DataObject) -> None:
    some = data.draw(st.lists(st.sampled_from(crowd), unique_by=lambda found: found.id, max_size=14))
    clusters = partition(some)
    assert sorted(id for cluster in clusters for id in cluster.ids) == sorted(found.id for found in some)
    by_id = {found.id: found for found in some}
    for cluster in clusters:
        for at, left in enumerate(cluster.ids):
            for right in cluster.ids[at + 1 :]:
                assert not vetoed(compare(by_id[left], by_id[right]))
        assert len(cluster.why) == len(cluster.ids) - 1
