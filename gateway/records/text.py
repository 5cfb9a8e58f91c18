"""All that is done to text for finding, comparing and sorting: the one door to folding, tokens and pinyin."""

from __future__ import annotations

from gateway.records.folding import fold
from gateway.records.pinyin import has_han, pinyin
from gateway.records.segment import add_words, added_words, is_cjk, query_tokens, ranking_tokens, tokens, units, words
from gateway.records.sorting import sort_key

__all__ = [
    "add_words",
    "added_words",
    "fold",
    "has_han",
    "is_cjk",
    "pinyin",
    "query_tokens",
    "ranking_tokens",
    "sort_key",
    "tokens",
    "units",
    "words",
]
