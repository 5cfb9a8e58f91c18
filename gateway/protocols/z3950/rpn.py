"""Type-1 and Type-101 queries as a tree (ANSI/NISO Z39.50-2003, 3.7): operands, attributes, terms, operators.

The tree is what travels; ``querymap`` turns it into and out of ``core.Query``, ``gateway.protocols.pqf`` into text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from gateway.protocols.z3950.ber import Oid, Time


class Null(Enum):
    """The NULL of ASN.1 where it is a value of its own (a term, anonymous authentication)."""

    NULL = "null"


@dataclass(frozen=True, slots=True)
class Unit:
    unit_system: str | None = None
    unit_type: int | str | None = None
    unit: int | str | None = None
    scale_factor: int | None = None


@dataclass(frozen=True, slots=True)
class IntUnit:
    value: int
    unit: Unit


@dataclass(slots=True, unsafe_hash=True)
class External:
    """An EXTERNAL: ``octets`` (octet-aligned) or ``single`` (one ASN.1 value, identifier included) or ``bits``."""

    oid: Oid | None = None
    octets: bytes | None = None
    single: bytes | None = None
    indirect: int | None = None
    descriptor: str | None = None
    bits: frozenset[int] | None = None


#: ``bytes`` is the general term, in whatever charset; the other arms are for version 3.
Term = bytes | int | str | Oid | Time | External | IntUnit | Null


@dataclass(frozen=True, slots=True)
class Complex:
    """A complex attribute value: alternatives in order of preference (3.7.1, version 3)."""

    values: tuple[int | str, ...]
    semantic_action: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Attribute:
    type: int
    value: int | Complex
    set: Oid | None = None  #: None: the query's own set


@dataclass(frozen=True, slots=True)
class Operand:
    attributes: tuple[Attribute, ...]
    term: Term

    def value(self, kind: int) -> int | str | None:
        """The (first) value of the last attribute of this type."""
        for attribute in reversed(self.attributes):
            if attribute.type == kind:
                value = attribute.value
                return value if isinstance(value, int) else value.values[0] if value.values else None
        return None


@dataclass(frozen=True, slots=True)
class SetOperand:
    """An earlier result set as an operand."""

    name: str


@dataclass(frozen=True, slots=True)
class Restriction:
    """A result set restricted by attributes (Type-101 and version 3)."""

    name: str
    attributes: tuple[Attribute, ...]


class Op(Enum):
    AND = "and"
    OR = "or"
    AND_NOT = "not"


class KnownUnit(Enum):
    """Names of the known proximity units (3.7.2); ``Prox.unit`` carries the number."""

    CHARACTER = 1
    WORD = 2
    SENTENCE = 3
    PARAGRAPH = 4
    SECTION = 5
    CHAPTER = 6
    DOCUMENT = 7
    ELEMENT = 8
    SUBELEMENT = 9
    ELEMENT_TYPE = 10
    BYTE = 11


@dataclass(frozen=True, slots=True)
class KnownUnitCode:
    value: int


@dataclass(frozen=True, slots=True)
class PrivateUnitCode:
    value: int


@dataclass(frozen=True, slots=True)
class Prox:
    distance: int
    ordered: bool
    relation: int  #: 1 < 2 <= 3 = 4 >= 5 > 6 <>
    unit: KnownUnitCode | PrivateUnitCode
    exclusion: bool | None = None


Operator = Op | Prox


@dataclass(frozen=True, slots=True)
class Operation:
    left: Node
    right: Node
    operator: Operator


Node = Operand | SetOperand | Restriction | Operation


@dataclass(frozen=True, slots=True)
class RpnQuery:
    """A Type-1 query."""

    attribute_set: Oid
    root: Node

    def operands(self) -> Iterator[Operand | SetOperand | Restriction]:
        """All leaves from left to right."""
        stack: list[Node] = [self.root]
        while stack:
            node = stack.pop()
            if isinstance(node, Operation):
                stack.append(node.right)
                stack.append(node.left)
            else:
                yield node


@dataclass(frozen=True, slots=True)
class Rpn101Query(RpnQuery):
    """A Type-101 query: the same tree, with proximity and restriction also in version 2."""


@dataclass(frozen=True, slots=True)
class Type0Query:
    """A query in a private form; the encoding as it came."""

    value: bytes


@dataclass(frozen=True, slots=True)
class Type2Query:
    """ISO 8777 text."""

    value: bytes


@dataclass(frozen=True, slots=True)
class Type100Query:
    """ANSI Z39.58 text."""

    value: bytes


@dataclass(frozen=True, slots=True)
class Type102Query:
    """The ranked list query, which the standard leaves undefined."""

    value: bytes


#: ``External`` is the Type-104 query: with the OID of CQL it carries CQL text.
AnyQuery = RpnQuery | Rpn101Query | Type0Query | Type2Query | Type100Query | Type102Query | External
