"""Type-1 RPN to ``core.Query``: what a client's attributes ask of us (Bib-1; ANSI/NISO Z39.50-2003, Appendix ATR.1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gateway.core.errors import UnsupportedQueryError
from gateway.core.query import Boolean, Clause, Operator, Proximity, Query, Relation, Truncation
from gateway.core.query import Node as QueryNode
from gateway.protocols.z3950 import oids
from gateway.protocols.z3950.querymap import (
    COMPLETENESS,
    MAX_DEPTH,
    MAX_OPERANDS,
    POSITION,
    PROX_RELATIONS,
    RELATION,
    RELATIONS,
    STRUCTURE,
    TRUNCATION,
    USE,
    bib1_map,
)
from gateway.protocols.z3950.rpn import (
    Complex,
    KnownUnit,
    KnownUnitCode,
    Node,
    Op,
    Operand,
    Operation,
    Prox,
    Restriction,
    RpnQuery,
    SetOperand,
    Term,
)

_BY_RELATION = {number: relation for relation, number in RELATIONS.items()}
_BY_OPERATOR = {Op.AND: Operator.AND, Op.OR: Operator.OR, Op.AND_NOT: Operator.NOT}
_BY_PROX_RELATION = {number: text for text, number in PROX_RELATIONS.items()}
#: Structure: phrases, words and word lists; what a code or a date is made of does not matter to us.
_PHRASES = frozenset({1, 101, 102, 108})
_STRUCTURES = frozenset({1, 2, 3, 4, 5, 6, 100, 101, 102, 103, 104, 105, 106, 107, 108, 109})
_TRUNCATIONS = {1: Truncation.RIGHT, 2: Truncation.LEFT, 3: Truncation.BOTH, 100: Truncation.NONE}


class UnsupportedRpnError(UnsupportedQueryError):
    """``condition`` and ``addinfo`` are of the Bib-1 diagnostic set."""

    def __init__(self, message: str, *, condition: int, addinfo: str = "") -> None:
        super().__init__(message, feature=f"bib1:{condition}", detail=addinfo or None)
        self.condition = condition
        self.addinfo = addinfo


def to_query(
    rpn: RpnQuery, decode: Callable[[bytes], str], result_sets: Mapping[str, QueryNode] | None = None
) -> Query:
    """What a client's query asks. ``decode`` raises ``ValueError`` for octets that are not in its character set.

    A result set as an operand is replaced by the query that made it. ``UnsupportedRpnError`` carries the diagnostic.
    """
    if rpn.attribute_set != oids.BIB1:
        raise UnsupportedRpnError("Only the Bib-1 attribute set is known", condition=121, addinfo=rpn.attribute_set)
    return Query(_Reader(decode, result_sets or {}).node(rpn.root, 0))


class _Reader:
    def __init__(self, decode: Callable[[bytes], str], result_sets: Mapping[str, QueryNode]) -> None:
        self.decode = decode
        self.result_sets = result_sets
        self.count = 0

    def node(self, node: Node, depth: int) -> QueryNode:
        if depth > MAX_DEPTH:
            raise UnsupportedRpnError("Too many operators", condition=6, addinfo=str(MAX_DEPTH))
        if isinstance(node, Operation):
            left, right = self.node(node.left, depth + 1), self.node(node.right, depth + 1)
            if isinstance(node.operator, Prox):
                return Boolean(Operator.PROX, left, right, proximity(node.operator))
            return Boolean(_BY_OPERATOR[node.operator], left, right)
        if isinstance(node, SetOperand):
            if node.name not in self.result_sets:
                raise UnsupportedRpnError("No such result set", condition=30, addinfo=node.name)
            return self.result_sets[node.name]
        if isinstance(node, Restriction):
            raise UnsupportedRpnError("A restricted result set is not supported", condition=245, addinfo=node.name)
        self.count += 1
        if self.count > MAX_OPERANDS:
            raise UnsupportedRpnError("Too many words", condition=5, addinfo=str(MAX_OPERANDS))
        return clause(node, self.decode)


def proximity(operator: Prox) -> Proximity:
    if operator.exclusion:
        raise UnsupportedRpnError("Proximity cannot exclude", condition=131, addinfo="exclusion")
    relation = _BY_PROX_RELATION.get(operator.relation)
    if relation is None:
        raise UnsupportedRpnError("Unknown relation of proximity", condition=131, addinfo=str(operator.relation))
    unit = operator.unit
    if not isinstance(unit, KnownUnitCode) or not 1 <= unit.value <= len(KnownUnit):
        raise UnsupportedRpnError("Unknown unit of proximity", condition=132, addinfo=str(unit.value))
    return Proximity(operator.distance, relation, KnownUnit(unit.value).name.lower(), operator.ordered)


def clause(operand: Operand, decode: Callable[[bytes], str]) -> Clause:
    """One operand; every attribute is honoured or refused, none is passed over."""
    values: dict[int, int] = {}
    for attribute in operand.attributes:
        if attribute.set not in (None, oids.BIB1):
            raise UnsupportedRpnError("Only Bib-1 attributes are known", condition=121, addinfo=str(attribute.set))
        value = attribute.value
        if isinstance(value, Complex):
            numbers = [item for item in value.values if isinstance(item, int)]
            if not numbers:
                raise UnsupportedRpnError(
                    "Attributes by name are not known", condition=246, addinfo=",".join(map(str, value.values))
                )
            value = numbers[0]
        if not USE <= attribute.type <= COMPLETENESS:
            raise UnsupportedRpnError("Unknown type of attribute", condition=113, addinfo=str(attribute.type))
        values[attribute.type] = value
    return _clause(values, text_of(operand.term, decode))


def text_of(term: Term, decode: Callable[[bytes], str]) -> str:
    if isinstance(term, bytes):
        try:
            text = decode(term)
        except ValueError as error:
            raise UnsupportedRpnError(
                "The term is not in the agreed character set", condition=125, addinfo=str(error)
            ) from error
    elif isinstance(term, int | str):
        text = str(term)
    else:
        raise UnsupportedRpnError("This type of term is not known", condition=229)
    if not text.strip():
        raise UnsupportedRpnError("The term is empty", condition=125)
    return text.strip()


def _clause(values: dict[int, int], term: str) -> Clause:
    use = values.get(USE)
    index = "any" if use is None else bib1_map()[1].get(use)
    if index is None:
        raise UnsupportedRpnError("Unknown Use attribute", condition=114, addinfo=str(use))
    truncation, term = _truncation(values.get(TRUNCATION, 100), term)
    structure = values.get(STRUCTURE)
    if structure is not None and structure not in _STRUCTURES:
        raise UnsupportedRpnError("Unknown Structure attribute", condition=118, addinfo=str(structure))
    completeness = values.get(COMPLETENESS, 1)
    if completeness not in (1, 2, 3):
        raise UnsupportedRpnError("Unknown Completeness attribute", condition=122, addinfo=str(completeness))
    position = values.get(POSITION, 3)
    if position not in (1, 2, 3) or (position != 3 and completeness == 1):
        raise UnsupportedRpnError("Unknown Position attribute", condition=119, addinfo=str(position))
    relation = values.get(RELATION, 3)
    if relation == 104:
        return Clause(index, term, Relation.WITHIN)
    if relation in _BY_RELATION and relation != 3:
        return Clause(index, term, _BY_RELATION[relation])
    if relation not in (3, 102):
        raise UnsupportedRpnError("Unknown Relation attribute", condition=117, addinfo=str(relation))
    if completeness != 1 and truncation is Truncation.NONE:
        return Clause(index, term, Relation.EXACT)
    phrase = structure in _PHRASES and " " in term
    return Clause(index, term, Relation.PHRASE if phrase else Relation.ALL, truncation)


def _truncation(value: int, term: str) -> tuple[Truncation, str]:
    if value in _TRUNCATIONS:
        return _TRUNCATIONS[value], term
    if value == 101:  # "#" in the term stands for any run of characters
        return Truncation.MASK, _escaped(term, {"#": "*"})
    if value == 104:  # Z39.58: "?" any run (a digit after it limits the run), "#" exactly one
        return Truncation.MASK, _escaped(term, {"?": "*", "#": "?"})
    raise UnsupportedRpnError("Unknown Truncation attribute", condition=120, addinfo=str(value))


def _escaped(term: str, marks: Mapping[str, str]) -> str:
    return "".join(marks.get(char, "\\" + char if char in "*?\\" else char) for char in term)
