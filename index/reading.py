"""Latin words of a query read as pinyin or as its initials, beside what they are as words."""

from __future__ import annotations

from collections.abc import Sequence

from index import analysis, fields, plan
from index.pinyin import initials_like, spellings

_AS_SYLLABLES = 0.5
_AS_INITIALS = 4.0


def whole_values(field: str, folded: str) -> list[plan.Node]:
    """A whole title or name typed with its spaces lost, or as its whole reading however short (``wa`` for 蛙)."""
    names = fields.READABLE if field == "any" else (field,)
    whole = analysis.key_of_folded(folded)
    out: list[plan.Node] = [plan.Token(fields.key(name), whole) for name in names if name in fields.KEYED]
    if whole.isascii() and not whole.isdigit():
        out += [plan.Token(fields.pinyin_key(name), whole) for name in names if name in fields.READABLE]
    return out


def latin_readings(field: str, token: str, tokens: Sequence[str]) -> list[plan.Node]:
    """Other ways to match ``token``, one of the ``tokens`` of a clause on ``field``.

    A clause is read as pinyin only when all its Latin words can be spelt so and make two syllables or more: ``sea`` or
    ``long`` alone in an English query would otherwise bring thousands of Chinese titles.
    """
    if field not in ("any", *fields.READABLE) or not (token.isascii() and token.isalpha()):
        return []
    names = fields.READABLE if field == "any" else (field,)
    latin = [other for other in tokens if other.isascii()]
    out: list[plan.Node] = []
    ways = [spellings(other) for other in latin]
    if all(ways) and sum(len(way[0]) for way in ways) > 1:
        for name in names:
            for way in spellings(token):
                target = fields.pinyin(name)
                found = plan.Sequence(target, way) if len(way) > 1 else plan.Token(target, way[0])
                out.append(plan.Boost(found, _AS_SYLLABLES))
    if initials_like(token):
        out += [plan.Fixed(plan.Token(fields.initials(name), token), _AS_INITIALS) for name in names]
    return out
