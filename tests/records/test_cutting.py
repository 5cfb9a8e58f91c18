"""The shorter ways to cut text find what the longer ones do."""

from __future__ import annotations

import random

import pytest
from pypinyin.constants import PHRASES_DICT
from pypinyin.seg.simpleseg import seg

from gateway.records import pinyin, segment

_SEED = 20261121


def test_phrases_are_cut_as_pypinyin_cuts_them() -> None:
    dice = random.Random(_SEED)
    phrases = sorted(PHRASES_DICT)
    for _ in range(4_000):
        text = "".join(dice.choices(phrases, k=dice.randint(1, 4)))
        for one in (
            text,
            text[: dice.randint(1, len(text))],
            "".join(character for character in text if dice.random() < 0.8) + dice.choice(("", "abc", "，x\ny", "𠀀")),
        ):
            assert pinyin._phrases(one) == tuple(piece for piece in seg(one) if piece)


def test_words_of_stretches_are_those_of_the_whole_run(monkeypatch: pytest.MonkeyPatch) -> None:
    dice = random.Random(_SEED)
    words = sorted(word for word, count in segment._tokenizer().FREQ.items() if count and not word.isascii())
    runs = []
    for _ in range(2_000):
        run = "".join(dice.choices(words, k=dice.randint(1, 9)))
        runs += [run, "".join(character for character in run if dice.random() < 0.8)]
    found = [segment._words(run) for run in runs]
    monkeypatch.setattr(segment, "_stretches", lambda part, frequency: [(0, len(part))])
    assert found == [segment._words(run) for run in runs]
    assert sum(map(len, found)) > len(runs)
