"""A :class:`~gateway.core.query.Query` as CQL text for one target, by the target's own indexes and relations."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from gateway.core.errors import UnsupportedQueryError
from gateway.core.query import Boolean, Clause, Node, Proximity, Query, Relation, SortKey, Truncation
from gateway.protocols.sru.cql_ast import (
    SERVER_CHOICE,
    CQLBoolean,
    CQLNode,
    CQLQuery,
    CQLRelation,
    CQLSortKey,
    Modifier,
    SearchClause,
    Triple,
)
from gateway.protocols.sru.cql_printer import unparse

#: Relations that a target is taken to know when nothing else is said of it.
RELATIONS = frozenset(("=", "==", "all", "any", "<", "<=", ">", ">=", "within"))
_SPECIAL = re.compile(r'["\\*?^]')


def from_query(
    query: Query,
    index_map: Mapping[str, str],
    *,
    relations: Collection[str] = RELATIONS,
    sort_map: Mapping[str, str] | None = None,
) -> str:
    """``index_map``: access point → CQL index; ``sort_map``: sort key → CQL index, None: no ``sortBy`` is written.

    Lists of words become ``all`` and ``any`` where the target has them, else single words under and and or; ``within``
    becomes ``>=`` and ``<=``. Raises ``UnsupportedQueryError`` for an access point or relation that is not there.
    """
    writer = _Writer(index_map, frozenset(relations))
    done: list[CQLNode] = []
    stack: list[tuple[Node, bool]] = [(query.root, False)]
    while stack:
        node, seen = stack.pop()
        if isinstance(node, Clause):
            done.append(writer.clause(node))
        elif not seen:
            stack += [(node, True), (node.right, False), (node.left, False)]
        else:
            right, left = done.pop(), done.pop()
            done.append(Triple(left, _boolean(node), right))
    sort = tuple(_sort(key, sort_map) for key in query.sort) if sort_map else ()
    return unparse(CQLQuery(done.pop(), sort))


class _Writer:
    def __init__(self, index_map: Mapping[str, str], relations: frozenset[str]) -> None:
        self.index_map = index_map
        self.relations = relations

    def clause(self, clause: Clause) -> CQLNode:
        index = self.index_map.get(clause.index)
        if not index:
            raise UnsupportedQueryError(
                f"This library cannot be searched by '{clause.index}'", feature=f"index {clause.index}"
            )
        term = _written(clause)
        words = term.split()
        match clause.relation:
            case Relation.ALL if len(words) > 1:
                # a bare list after the server's own choice of index is read differently by every server
                return self.several(index, words, "all" if index != SERVER_CHOICE else "", "and")
            case Relation.ANY if len(words) > 1:
                return self.several(index, words, "any" if index != SERVER_CHOICE else "", "or")
            case Relation.EXACT:
                return self.one(index, term, "==" if "==" in self.relations else "exact")
            case Relation.PHRASE if "adj" in self.relations and len(words) > 1:
                return self.one(index, term, "adj")
            case Relation.WITHIN if "within" not in self.relations and len(words) == 2:
                low, high = self.one(index, words[0], ">="), self.one(index, words[1], "<=")
                return Triple(low, CQLBoolean("and"), high)
            case Relation.LT | Relation.LE | Relation.GE | Relation.GT | Relation.WITHIN:
                return self.one(index, term, str(clause.relation))
            case _:
                return self.one(index, term, "=")

    def one(self, index: str, term: str, relation: str) -> SearchClause:
        if relation not in self.relations:
            raise UnsupportedQueryError(
                f"This library does not know the relation '{relation}'", feature=f"relation {relation}"
            )
        return SearchClause(term, index, CQLRelation(relation))

    def several(self, index: str, words: list[str], relation: str, boolean: str) -> CQLNode:
        if relation in self.relations:
            return SearchClause(" ".join(words), index, CQLRelation(relation))
        node: CQLNode = self.one(index, words[0], "=")
        for word in words[1:]:
            node = Triple(node, CQLBoolean(boolean), self.one(index, word, "="))
        return node


def _written(clause: Clause) -> str:
    """The term with CQL's special characters escaped and its truncation written as masks."""
    if clause.truncation is Truncation.MASK:
        return re.sub(r'(\\.)|(["^])', lambda m: m[1] or f"\\{m[2]}", clause.term)
    term = _SPECIAL.sub(r"\\\g<0>", clause.term)
    if clause.truncation in (Truncation.LEFT, Truncation.BOTH):
        term = f"*{term}"
    if clause.truncation in (Truncation.RIGHT, Truncation.BOTH):
        term = f"{term}*"
    return term


def _boolean(node: Boolean) -> CQLBoolean:
    if node.operator != "prox":
        return CQLBoolean(str(node.operator))
    proximity = node.proximity or Proximity()
    modifiers = [
        Modifier("distance", proximity.relation, str(proximity.distance)),
        Modifier("unit", "=", proximity.unit),
        Modifier("ordered" if proximity.ordered else "unordered"),
    ]
    return CQLBoolean("prox", tuple(modifiers))


def _sort(key: SortKey, sort_map: Mapping[str, str] | None) -> CQLSortKey:
    index = (sort_map or {}).get(key.key)
    if index is None:
        raise UnsupportedQueryError(f"This library cannot sort by '{key.key}'", feature=f"sort key {key.key}")
    return CQLSortKey(index, (Modifier("sort.descending"),) if key.descending else ())
