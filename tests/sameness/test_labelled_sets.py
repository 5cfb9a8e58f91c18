"""The labelled sets of real data, each asked its own question; what is left out is left out by name."""

from pathlib import Path

import pytest

from benchmarks import _labelled
from benchmarks.sameness import is_about
from gateway.records.keys import features
from gateway.records.matching import compare


@pytest.mark.parametrize("name", ["Melinda's fixtures", "Melinda's stories", "bib-dedupe"])
def test_precision_and_recall(labelled_data: Path, name: str) -> None:
    labelled = _labelled.sets()[name]
    judged = [pair for pair in labelled.pairs if not any(is_about(part, pair[0]) for part in labelled.left_out)]
    assert len(labelled.pairs) - len(judged) <= 5
    answers = [(kind, same, labelled.answer(kind, compare(features(a), features(b)))) for kind, same, a, b in judged]
    false = [kind for kind, same, answer in answers if answer and not same]
    missed = [kind for kind, same, answer in answers if same and not answer]
    positive = sum(same for _, same, _ in answers)
    assert positive >= 10
    assert len(false) <= 0.01 * positive, false
    assert len(missed) <= 0.08 * positive, missed


def test_nothing_is_merged_that_stories_of_sparse_records_keep_apart(labelled_data: Path) -> None:
    labelled = _labelled.sets()["Melinda's stories, as if found by chance"]
    assert not [kind for kind, same, a, b in labelled.pairs if not same and compare(features(a), features(b)).same]
