"""``core.Query`` to Type-1 RPN, by an index map: config/maps/bib1.yaml under a target's own attributes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yaml

from gateway.core.data import config_path
from gateway.core.errors import DataError, UnsupportedQueryError
from gateway.core.query import Clause, Operator, Query, Relation, Truncation
from gateway.core.query import Node as QueryNode
from gateway.protocols.z3950 import oids
from gateway.protocols.z3950.ber import Oid
from gateway.protocols.z3950.numbers import isbn_core, isbn_terms, issn_term
from gateway.protocols.z3950.rpn import (
    Attribute,
    KnownUnit,
    KnownUnitCode,
    Node,
    Op,
    Operand,
    Operation,
    Prox,
    RpnQuery,
)

#: Bib-1 attribute types.
USE, RELATION, POSITION, STRUCTURE, TRUNCATION, COMPLETENESS = 1, 2, 3, 4, 5, 6
#: Operands of one query, and its depth; a target would refuse more with diagnostics 5 or 6.
MAX_OPERANDS = 64
MAX_DEPTH = 60

RELATIONS = {Relation.LT: 1, Relation.LE: 2, Relation.EQ: 3, Relation.GE: 4, Relation.GT: 5}
_TRUNCATIONS = {Truncation.RIGHT: 1, Truncation.LEFT: 2, Truncation.BOTH: 3, Truncation.MASK: 104}
_OPERATORS = {Operator.AND: Op.AND, Operator.OR: Op.OR, Operator.NOT: Op.AND_NOT}
PROX_RELATIONS = {"<": 1, "<=": 2, "=": 3, ">=": 4, ">": 5, "<>": 6}
_ATTRIBUTE = re.compile(r"(?:([\w.-]+):)?(\d{1,4})=(\d{1,9})")


@lru_cache(maxsize=1)
def bib1_map() -> tuple[Mapping[str, str], Mapping[int, str]]:
    """(index → attribute list to ask with, Use attribute → index) of config/maps/bib1.yaml."""
    data: dict[str, Any] = yaml.safe_load(config_path("maps", "bib1.yaml").read_text("utf-8"))
    use = {number: index for index, numbers in data["use"].items() for number in numbers}
    return data["ask"], use


@lru_cache(maxsize=1024)
def attributes_of(text: str) -> tuple[Attribute, ...]:
    """``1=4 4=1`` or ``gils:1=2008`` as attributes; ``ValueError`` for anything else."""
    out = []
    for word in text.split():
        found = _ATTRIBUTE.fullmatch(word)
        if found is None:
            raise ValueError(f"{word!r} is no attribute: type=value or set:type=value is expected")
        own_set = oids.attribute_set(found[1]) if found[1] else None
        out.append(Attribute(int(found[2]), int(found[3]), own_set))
    return tuple(out)


@dataclass(frozen=True, slots=True)
class AskingRules:
    """How one target wants its queries."""

    attributes: Mapping[str, str]  #: index → attribute list; an empty one (or ``-``): the target cannot do it
    encode: Callable[[str], bytes]  #: octets of a term; may raise ``ValueError`` or ``DataError``
    words: str = "and"  #: several words: ``and`` them, or send one ``list`` (4=6) or ``phrase`` (4=1)
    isbn: str = "as-typed"  #: one of ``numbers.ISBN_FORMS``
    issn: str = "as-typed"  #: one of ``numbers.ISSN_FORMS``
    attribute_set: Oid = oids.BIB1


def to_rpn(query: Query, rules: AskingRules) -> RpnQuery:
    """Raises ``UnsupportedQueryError`` when the target's map or Bib-1 cannot express it."""
    writer = _Writer(rules)
    return RpnQuery(rules.attribute_set, writer.node(query.root, 0))


class _Writer:
    def __init__(self, rules: AskingRules) -> None:
        self.rules = rules
        self.count = 0

    def node(self, node: QueryNode, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise UnsupportedQueryError(f"The query is nested more than {MAX_DEPTH} deep", feature="depth")
        if isinstance(node, Clause):
            return self.clause(node)
        left, right = self.node(node.left, depth + 1), self.node(node.right, depth + 1)
        if node.operator is not Operator.PROX:
            return Operation(left, right, _OPERATORS[node.operator])
        proximity = node.proximity
        unit = KnownUnit.__members__.get((proximity.unit if proximity else "word").upper())
        relation = PROX_RELATIONS.get(proximity.relation if proximity else "<=")
        if unit is None or relation is None:
            raise UnsupportedQueryError("This kind of proximity cannot be asked over Z39.50", feature="prox")
        distance, ordered = (proximity.distance, proximity.ordered) if proximity else (1, False)
        return Operation(left, right, Prox(distance, ordered, relation, KnownUnitCode(unit.value), False))

    def base(self, index: str) -> tuple[Attribute, ...]:
        text = self.rules.attributes.get(index)
        if text is None:
            text = bib1_map()[0].get(index, "")
        if not text or text == "-":
            raise UnsupportedQueryError(f"This library cannot search by {index}", feature=f"index {index}")
        try:
            return attributes_of(text)
        except ValueError as error:
            raise UnsupportedQueryError(
                f"The attributes of index {index} in this library's file are wrong",
                feature=f"index {index}",
                detail=str(error),
            ) from error

    def clause(self, clause: Clause) -> Node:
        base = self.base(clause.index)
        relation, term = clause.relation, clause.term.strip()
        if clause.index == "isbn":
            core = isbn_core(term) if self.rules.isbn == "wild" else ""
            if core:
                return self.operand(base, core, [(TRUNCATION, _TRUNCATIONS[Truncation.BOTH])])
            forms = isbn_terms(term, self.rules.isbn)
            if len(forms) > 1:
                return self.numbers(base, forms, clause)
            term = forms[0]
        elif clause.index == "issn":
            term = issn_term(term, self.rules.issn)
        if relation is Relation.WITHIN:
            ends = term.split()
            if len(ends) != 2:
                raise UnsupportedQueryError("A range needs two ends, separated by a space", feature="relation within")
            low = self.operand(base, ends[0], [(RELATION, 4)])
            return Operation(low, self.operand(base, ends[1], [(RELATION, 2)]), Op.AND)
        if relation in RELATIONS:
            # 2=3 (equal) is every target's default, and some refuse to be told
            extra = [] if relation is Relation.EQ else [(RELATION, RELATIONS[relation])]
            return self.operand(base, term, extra)
        if relation is Relation.EXACT:
            return self.operand(base, term, [(POSITION, 1), (STRUCTURE, 1), (COMPLETENESS, 3)])
        extra, term = self.truncation(clause, term)
        words = term.split()
        if len(words) > 1:
            if relation is Relation.PHRASE or (relation is Relation.ALL and self.rules.words == "phrase"):
                return self.operand(base, term, [(STRUCTURE, 1), *extra])
            if relation is Relation.ALL and self.rules.words == "list":
                return self.operand(base, term, [(STRUCTURE, 6), *extra])
            operator = Op.OR if relation is Relation.ANY else Op.AND
            node: Node = self.operand(base, words[0], extra)
            for word in words[1:]:
                node = Operation(node, self.operand(base, word, extra), operator)
            return node
        return self.operand(base, term, extra)

    def numbers(self, base: tuple[Attribute, ...], terms: tuple[str, ...], clause: Clause) -> Node:
        """Forms of one number, any of which will do."""
        nodes = []
        for form in terms:
            extra, term = self.truncation(clause, form)
            nodes.append(self.operand(base, term, extra))
        node: Node = nodes[0]
        for other in nodes[1:]:
            node = Operation(node, other, Op.OR)
        return node

    @staticmethod
    def truncation(clause: Clause, term: str) -> tuple[list[tuple[int, int]], str]:
        if clause.truncation is Truncation.NONE:
            return [], term
        if clause.truncation is Truncation.MASK:
            plain = re.sub(r"\\.", "", term)
            if "#" in plain or "\\" in term:
                raise UnsupportedQueryError("A mask with escaped characters cannot be asked", feature="mask")
            if term.endswith("*") and not set(term[:-1]) & set("*?"):
                return [(TRUNCATION, 1)], term[:-1]
            # Z39.58: ? is any run of characters, # is exactly one
            term = term.replace("?", "#").replace("*", "?")
        return [(TRUNCATION, _TRUNCATIONS[clause.truncation])], term

    def operand(self, base: tuple[Attribute, ...], term: str, extra: list[tuple[int, int]]) -> Operand:
        self.count += 1
        if self.count > MAX_OPERANDS:
            raise UnsupportedQueryError(f"The query has more than {MAX_OPERANDS} words", feature="words")
        if not term:
            raise UnsupportedQueryError("An empty term cannot be searched", feature="empty term")
        fixed = {attribute.type for attribute in base}
        attributes = (*base, *(Attribute(kind, value) for kind, value in extra if kind not in fixed))
        try:
            return Operand(attributes, self.rules.encode(term))
        except (ValueError, DataError) as error:
            raise UnsupportedQueryError(
                f"{term!r} has characters that this library's character set lacks",
                feature="term characters",
                detail=str(error),
            ) from error
