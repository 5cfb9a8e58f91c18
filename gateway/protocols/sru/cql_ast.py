"""The tree of a CQL query, keeping everything that was said (CQL 1.1 and 1.2; OASIS searchRetrieve part 5, CQL 2.0).

Terms keep their backslashes, as in XCQL: ``"say \\"hi\\""`` has the term ``say \\"hi\\"``. Whether a term was quoted
makes no difference in CQL and is not kept. Names keep their letter case; they are compared without it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

#: The index and the relation that a bare term has (CQL 1.2, "Context set: cql").
SERVER_CHOICE = "cql.serverChoice"
DEFAULT_RELATION = "="


@dataclass(frozen=True, slots=True)
class Modifier:
    """``/name`` or ``/name comparison value``; ``comparison`` is empty in the first form."""

    name: str
    comparison: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class Prefix:
    """``>name="uri"``; an empty name sets the context set of names without a prefix."""

    name: str
    uri: str


@dataclass(frozen=True, slots=True)
class CQLRelation:
    value: str = DEFAULT_RELATION
    modifiers: tuple[Modifier, ...] = ()


@dataclass(frozen=True, slots=True)
class SearchClause:
    term: str
    index: str = SERVER_CHOICE
    relation: CQLRelation = CQLRelation()
    prefixes: tuple[Prefix, ...] = ()  #: in order of writing; of two with one name the later one counts


@dataclass(frozen=True, slots=True)
class CQLBoolean:
    """``value`` is and, or, not or prox, in lower case."""

    value: str
    modifiers: tuple[Modifier, ...] = ()


@dataclass(frozen=True, slots=True)
class Triple:
    left: CQLNode
    boolean: CQLBoolean
    right: CQLNode
    prefixes: tuple[Prefix, ...] = ()


CQLNode = SearchClause | Triple


@dataclass(frozen=True, slots=True)
class CQLSortKey:
    index: str
    modifiers: tuple[Modifier, ...] = ()


@dataclass(frozen=True, slots=True)
class CQLQuery:
    root: CQLNode
    sort: tuple[CQLSortKey, ...] = ()
    text: str = ""  #: what was parsed, for display; a printed tree has none


def postorder(root: CQLNode) -> Iterator[CQLNode]:
    """Operands before their boolean, left before right; without recursion, so that depth costs no stack."""
    stack: list[tuple[CQLNode, bool]] = [(root, False)]
    while stack:
        node, seen = stack.pop()
        if isinstance(node, SearchClause) or seen:
            yield node
        else:
            stack.append((node, True))
            stack.append((node.right, False))
            stack.append((node.left, False))
