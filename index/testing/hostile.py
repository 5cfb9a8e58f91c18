"""Three hundred hostile queries, made by rule: what no engine should choke on."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce

from gateway.core.query import INDEXES, Boolean, Clause, Node, Operator, Relation, Truncation

_SCRIPTS = (
    "'; DROP TABLE unions; --", "<script>alert(1)</script>", "{{7*7}}${7*7}", "any:* OR [* TO *]", "../../etc/passwd",
    "%00%0a%0d", "\\u0000\\", '"}}],"query":{"match_all":{}}', "(?:(?:(?:a+)+)+)+$", "~1000", "^*^*^", "AND OR NOT",
)  # fmt: skip
_LETTERS = ("a", "梦", "é", "ж", "ا", "བ", "🏯", "\u0301", "\u200b", "\x00", "\x1f", "\ue01f", "Ａ", "ß", "\U0002a6d6")
_WILD = (
    "*",
    "?",
    "*" * 500,
    "?*" * 200,
    "*a*",
    "a*b*c*d*e*f*g*h*",
    "?" * 400,
    "红*",
    "*梦",
    "\\*",
    "[a-z]*",
    "zhong?*",
)
_LENGTHS = (1, 2, 100, 1_000, 4_000, 50_000)


def hostile() -> list[Node]:
    """At least 300, always the same."""
    return [*_scripts(), *_long(), *_wild(), *_odd_relations(), *_trees()]


def _scripts() -> Iterator[Node]:
    for place, script in enumerate(_SCRIPTS):
        for shift in range(9):
            yield Clause(INDEXES[(place + shift * 2) % len(INDEXES)], script)


def _long() -> Iterator[Node]:
    for letter in _LETTERS:
        for length in _LENGTHS:
            yield Clause("any", letter * length)
    for count in (10, 600, 1_900):
        yield Clause("any", " ".join(f"w{number}" for number in range(count)))
        yield Clause("title", " ".join("红楼梦" for _ in range(count)))
        yield Clause("any", "".join(chr(0x4E00 + number * 7) for number in range(count)))
        yield Clause("author", "zhuang" * count)
        yield Clause("title", " ".join("nihao" for _ in range(count)), Relation.ANY)


def _wild() -> Iterator[Node]:
    for term in _WILD:
        for index in ("any", "title", "callnumber", "isbn"):
            yield Clause(index, term, truncation=Truncation.MASK)
        yield Clause("any", term, truncation=Truncation.BOTH)


def _odd_relations() -> Iterator[Node]:
    for place, relation in enumerate(Relation):
        for index in ("year", "title", "id"):
            yield Clause(index, ("9" * 30, "-1 0", "一九四九", "")[place % 4], relation)


def _trees() -> Iterator[Node]:
    for operator in (Operator.AND, Operator.OR, Operator.NOT):
        for count in (50, 499, 10_000):
            leaves: list[Node] = [Clause(("any", "title")[n % 2], f"t{n % 97}") for n in range(count)]
            yield reduce(lambda left, right: Boolean(operator, left, right), leaves)
            yield reduce(lambda left, right: Boolean(operator, right, left), leaves)
    for depth in (30, 59, 3_000):
        node: Node = Clause("any", "红楼梦")
        for level in range(depth):
            node = Boolean((Operator.AND, Operator.OR, Operator.NOT)[level % 3], Clause("any", "梦"), node)
        yield node
