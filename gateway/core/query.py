"""The one query that every language is parsed into and every target is asked with.

A :class:`Query` is a tree of :class:`Clause` leaves under binary :class:`Boolean` nodes. Plain search box, CQL and RPN
are all parsed into it and printed from it; it knows nothing of attributes, context sets or engines.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

#: Access points that Wenyuan understands everywhere. A target maps them to its own (Bib-1 use, CQL index, field).
#: ``all`` is every record, whatever the term (CQL ``cql.allRecords``).
INDEXES: tuple[str, ...] = (
    "any", "title", "author", "subject", "isbn", "issn", "identifier", "publisher", "series", "note", "class",
    "callnumber", "barcode", "year", "language", "form", "audience", "availability", "library", "region", "sector",
    "id", "all",
)  # fmt: skip


class Relation(StrEnum):
    """How a clause's term relates to the access point (CQL 1.2 relations, Bib-1 attributes type 2 to 6)."""

    ALL = "all"  #: every word of the term, in any order
    ANY = "any"  #: at least one word of the term
    PHRASE = "phrase"  #: the words next to each other, in this order (CQL ``adj`` or a quoted string)
    EXACT = "exact"  #: the whole field equals the term after folding (CQL ``==``)
    LT = "<"
    LE = "<="
    EQ = "="  #: equality of a number or code
    GE = ">="
    GT = ">"
    WITHIN = "within"  #: two ends separated by a space, both included


class Truncation(StrEnum):
    """Bib-1 attribute type 5. With ``MASK`` the term holds ``*`` (any run) and ``?`` (one), ``\\`` escapes."""

    NONE = "none"
    RIGHT = "right"
    LEFT = "left"
    BOTH = "both"
    MASK = "mask"


class Operator(StrEnum):
    AND = "and"
    OR = "or"
    NOT = "not"  #: and-not, binary
    PROX = "prox"


@dataclass(frozen=True, slots=True)
class Proximity:
    """Distance between the operands of ``prox`` (Z39.50 3.7.2, CQL ``prox/…``)."""

    distance: int = 1
    relation: str = "<="
    unit: str = "word"
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class Clause:
    """One access point, one relation, one term. The term is text as typed, not folded, without quotes."""

    index: str
    term: str
    relation: Relation = Relation.ALL
    truncation: Truncation = Truncation.NONE
    fuzzy: bool = False  #: what nearly matches, too (CQL relation modifier ``fuzzy``); on running text only


@dataclass(frozen=True, slots=True)
class Boolean:
    operator: Operator
    left: Node
    right: Node
    proximity: Proximity | None = None


Node = Clause | Boolean


@dataclass(frozen=True, slots=True)
class SortKey:
    """``key`` is one of ``relevance``, ``year``, ``title`` (by pinyin), ``stroke`` (title by strokes), ``author``,
    ``added``."""

    key: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    root: Node
    sort: tuple[SortKey, ...] = ()
    text: str = field(default="", compare=False)  #: what the person typed, for display and logs

    def clauses(self) -> Iterator[Clause]:
        """All leaves from left to right, without recursion, so that depth costs no stack."""
        stack: list[Node] = [self.root]
        while stack:
            node = stack.pop()
            if isinstance(node, Clause):
                yield node
            else:
                stack.append(node.right)
                stack.append(node.left)

    def positive_clauses(self) -> Iterator[Clause]:
        """Leaves that a match may satisfy: everything but the right operands of ``not``."""
        stack: list[Node] = [self.root]
        while stack:
            node = stack.pop()
            if isinstance(node, Clause):
                yield node
                continue
            if node.operator is not Operator.NOT:
                stack.append(node.right)
            stack.append(node.left)
