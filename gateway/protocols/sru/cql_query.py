"""A CQL tree to the one :class:`~gateway.core.query.Query`; what has no equal there is refused by name."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Literal

from gateway.core.errors import UnsupportedQueryError
from gateway.core.query import Boolean, Clause, Node, Operator, Proximity, Query, Relation, SortKey, Truncation
from gateway.protocols.simple import CODES
from gateway.protocols.sru.context_sets import ContextSets, context_sets
from gateway.protocols.sru.cql_ast import (
    CQLBoolean,
    CQLNode,
    CQLQuery,
    CQLSortKey,
    Prefix,
    SearchClause,
)

_RELATIONS = {
    "all": Relation.ALL, "any": Relation.ANY, "adj": Relation.PHRASE, "exact": Relation.EXACT, "==": Relation.EXACT,
    "<": Relation.LT, "<=": Relation.LE, ">": Relation.GT, ">=": Relation.GE, "within": Relation.WITHIN,
}  # fmt: skip
#: Relation modifiers that ask for what folding does anyway, or that only order the answer.
_HARMLESS = frozenset(
    ("relevant", "ignorecase", "ignoreaccents", "word", "string", "number", "isodate", "masked", "unmasked", "locale")
)
_PART = re.compile(r"\\(.)|([*?^])", re.DOTALL)


def to_query(cql: CQLQuery, sets: ContextSets | None = None) -> Query:
    """Raises ``UnsupportedQueryError`` whose ``feature`` names the index, relation, modifier or sort key."""
    return _Translator(sets or context_sets()).query(cql)


class _Translator:
    def __init__(self, sets: ContextSets) -> None:
        self.sets = sets

    def query(self, cql: CQLQuery) -> Query:
        done: list[Node] = []
        stack: list[tuple[CQLNode, tuple[Prefix, ...], Literal[0, 1]]] = [(cql.root, (), 0)]
        while stack:
            node, outer, phase = stack.pop()
            scope = outer + node.prefixes
            if isinstance(node, SearchClause):
                done.append(self.node(node, scope))
            elif phase == 0:
                stack.append((node, outer, 1))
                stack.append((node.right, scope, 0))
                stack.append((node.left, scope, 0))
            else:
                right, left = done.pop(), done.pop()
                operator = Operator(node.boolean.value)
                done.append(Boolean(operator, left, right, _proximity(node.boolean)))
        return Query(done.pop(), tuple(self.sort(key) for key in cql.sort), cql.text)

    def node(self, node: SearchClause, prefixes: tuple[Prefix, ...]) -> Node:
        """``<>`` is everything but what ``=`` finds."""
        if node.relation.value != "<>":
            return self.clause(node, prefixes)
        equal = replace(node, relation=replace(node.relation, value="="))
        return Boolean(Operator.NOT, Clause("all", "1", Relation.EQ), self.clause(equal, prefixes))

    def clause(self, node: SearchClause, prefixes: tuple[Prefix, ...]) -> Clause:
        _not_yet(node.index)
        index = self.sets.resolve(node.index, prefixes)
        term, truncation, whole = _term(node)
        relation = self.relation(node, index, term)
        if whole:
            if relation not in (Relation.ALL, Relation.PHRASE, Relation.EXACT, Relation.EQ):
                raise _unsupported(f"the anchor ^ with relation {node.relation.value}")
            relation = Relation.EXACT
        fuzzy = any(m.name.lower().removeprefix("cql.") == "fuzzy" for m in node.relation.modifiers)
        if fuzzy and relation is Relation.PHRASE:
            relation = Relation.ALL
        return Clause(index, term, relation, truncation, fuzzy=fuzzy)

    def relation(self, node: SearchClause, index: str, term: str) -> Relation:
        name = node.relation.value.lower().removeprefix("cql.")
        for modifier in node.relation.modifiers:
            plain = modifier.name.lower().removeprefix("cql.")
            if plain not in _HARMLESS and plain != "fuzzy" and not plain.startswith("rel."):
                raise _unsupported(f"relation modifier {modifier.name}")
        if name in ("=", "scr") or index == "all":
            if index == "all" and name not in ("=", "scr", "==", "exact", "all", "any", "adj"):
                raise _unsupported(f"relation {node.relation.value}")
            if index in CODES or index == "all":
                return Relation.EQ
            return Relation.PHRASE if len(term.split()) > 1 else Relation.ALL
        found = _RELATIONS.get(name)
        if found is None:
            raise _unsupported(f"relation {node.relation.value}")
        if found is Relation.WITHIN and len(term.split()) != 2:
            raise _unsupported("relation within with a term that is not two values")
        return found

    def sort(self, key: CQLSortKey) -> SortKey:
        descending = False
        for modifier in key.modifiers:
            name = modifier.name.lower().removeprefix("sort.")
            if name in ("descending", "ascending"):
                descending = name == "descending"
            elif name not in ("ignorecase", "ignoreaccents"):
                raise _unsupported(f"sort modifier {modifier.name}")
        return SortKey(self.sets.sort_key(key.index), descending)


def _not_yet(index: str) -> None:
    """Indexes of the ``cql`` set that are no access points: nothing is kept from one search to the next."""
    if index.lower() in ("cql.resultsetid", "cql.resultsetname"):
        raise _unsupported(f"index {index}")


def _unsupported(feature: str) -> UnsupportedQueryError:
    return UnsupportedQueryError(f"The query asks for {feature}, which cannot be done here", feature=feature)


def _term(node: SearchClause) -> tuple[str, Truncation, bool]:
    """The text of a term, how it is truncated, and whether anchors hold it to the whole field.

    Masking characters are ``*`` and ``?``, the anchor is ``^``, a backslash makes any of them a plain character
    (CQL 1.2, "Masking and anchoring").
    """
    term = node.term
    if not any(mark in term for mark in "\\*?^"):
        return term, Truncation.NONE, False
    unmasked = any(m.name.lower().removeprefix("cql.") == "unmasked" for m in node.relation.modifiers)
    if unmasked:
        return term, Truncation.NONE, False
    marks = [(m.start(), m[2]) for m in _PART.finditer(term) if m[2]]
    anchors = [at for at, mark in marks if mark == "^"]
    whole = bool(anchors)
    if whole:
        if anchors != [0, len(term) - 1]:
            raise _unsupported("an anchor ^ at one end of the term")
        term = term[1:-1]
        marks = [(at - 1, mark) for at, mark in marks if mark != "^"]
    if not marks:
        return _plain(term), Truncation.NONE, whole
    last = len(term) - 1
    if marks in ([(0, "*")], [(last, "*")], [(0, "*"), (last, "*")]):
        core = term.removeprefix("*") if marks[0][0] == 0 else term
        core = core[:-1] if marks[-1][0] == last else core
        if core:
            kind = Truncation.BOTH if len(marks) == 2 else Truncation.LEFT if marks[0][0] == 0 else Truncation.RIGHT
            return _plain(core), kind, whole
    return _PART.sub(lambda m: m[0] if m[2] or m[1] in "*?\\" else m[1], term), Truncation.MASK, whole


def _plain(term: str) -> str:
    return re.sub(r"\\(.)", r"\1", term, flags=re.DOTALL)


def _proximity(boolean: CQLBoolean) -> Proximity | None:
    """Modifiers of ``prox`` (distance, unit, ordered), and none but those of relevance for the others."""
    if boolean.value != "prox":
        for modifier in boolean.modifiers:
            if not modifier.name.lower().startswith("rel."):
                raise _unsupported(f"boolean modifier {modifier.name}")
        return None
    distance: int | None = None
    relation, unit, ordered = "<=", "word", False
    for modifier in boolean.modifiers:
        name = modifier.name.lower().removeprefix("cql.")
        value = modifier.value.lower()
        if name == "distance" and value.isascii() and value.isdigit() and len(value) < 6:
            distance, relation = int(value), modifier.comparison
        elif name == "unit" and modifier.comparison == "=" and value in ("word", "sentence", "paragraph", "element"):
            unit = value
        elif name in ("ordered", "unordered") and not modifier.comparison:
            ordered = name == "ordered"
        else:
            written = modifier.name + modifier.comparison + modifier.value
            raise _unsupported(f"proximity modifier {written}")
    if distance is None:
        distance = 1 if unit == "word" else 0
    return Proximity(distance, {"==": "="}.get(relation, relation), unit, ordered)
