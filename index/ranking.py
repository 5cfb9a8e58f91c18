"""What puts the known item first: wishes that add to the score of what matches anyway.

Order of strength: the whole title equals the query; the title equals the beginning or the end of the query (title and
author typed together); the title holds the query as a phrase; single words in title, author, subject.
"""

from __future__ import annotations

from gateway.records import text
from index import analysis, fields, plan

_MAX_WORDS = 12
_MAX_TOKENS = 40

_WHOLE_TITLE = 40.0
_WHOLE_OTHER = 20.0
_PER_TOKEN = 15.0  # an exact title of many words outweighs the sum of its single words elsewhere
_PART_TITLE = 25.0
_PART_AUTHOR = 10.0
_PHRASE = 8.0

#: Weight of a word by where it stands, on top of its weight in the field that was asked.
_WORD = {"any": {"title": 2.0, "author": 1.5, "subject": 0.7}}


def wishes(field: str, folded: str, units: list[str]) -> tuple[plan.Node, ...]:
    """For a clause on running text; ``folded`` is its whole term, ``units`` the same cut into units."""
    out: list[plan.Node] = []
    tokens = list(dict.fromkeys(text.tokens(folded)))[:_MAX_TOKENS]
    whole = analysis.key_of_folded(folded)
    titles = field in ("any", "title")
    if field in fields.KEYED or field == "any":
        name = "title" if titles else field
        strength = (_WHOLE_TITLE if titles else _WHOLE_OTHER) + _PER_TOKEN * len(tokens)
        out.append(plan.Fixed(plan.Token(fields.key(name), whole), strength))
    if field == "any":
        out.append(plan.Fixed(plan.Token(fields.key("author"), whole), _WHOLE_OTHER))
        out += _title_with_author(folded.split())
    if len(units) > 1:
        place = "title" if titles else field
        out.append(plan.Fixed(plan.Sequence(fields.units(place), tuple(units[:_MAX_TOKENS])), _PHRASE + len(units)))
    if field in ("any", *fields.READABLE):
        out += _readings(field, folded)
    weights = _WORD.get(field, {field: 1.0})
    out += [plan.Boost(plan.Token(name, token), weight) for name, weight in weights.items() for token in tokens]
    return tuple(out)


def _title_with_author(words: list[str]) -> list[plan.Node]:
    if not 2 <= len(words) <= _MAX_WORDS:
        return []
    out: list[plan.Node] = []
    for cut in range(1, len(words)):
        for part, weight in ((words[:cut], cut), (words[cut:], len(words) - cut)):
            key = analysis.key_of_folded(" ".join(part))
            out.append(plan.Fixed(plan.Token(fields.key("title"), key), _PART_TITLE + weight))
            out.append(plan.Fixed(plan.Token(fields.key("author"), key), _PART_AUTHOR))
    return out


def _readings(field: str, folded: str) -> list[plan.Node]:
    """A query in pinyin that spells a whole title or name."""
    joined = analysis.key_of_folded(folded)
    if not (joined.isascii() and joined.isalpha()):
        return []
    names = fields.READABLE if field == "any" else (field,)
    return [plan.Fixed(plan.Token(fields.pinyin_key(name), joined), _PART_TITLE) for name in names]
