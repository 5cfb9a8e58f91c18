"""What each target is really asked: the parts of a query that the gateway itself can answer are taken out first.

``library``, ``region`` and ``sector`` say something of a target, not of its records. For one target each such clause is
true or false; the rest of the query is what its system is asked. For the shared index they become ``library`` clauses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from gateway.core.errors import UnsupportedQueryError
from gateway.core.query import Boolean, Clause, Node, Operator, Query, Relation, Truncation
from gateway.core.target import Target

_ABOUT_TARGETS = frozenset({"library", "region", "sector"})


def for_target(query: Query, target: Target) -> Query | None:
    """The query for this target; None when nothing that it has can match.

    Raises ``UnsupportedQueryError`` when all that is left is "everything that it has", and for a fuzzy clause.
    """
    if any(clause.fuzzy for clause in query.clauses()):
        raise UnsupportedQueryError(
            "A library's own system is asked for exactly what was typed; leave out the ~ to ask it", feature="fuzzy"
        )
    if not _concerns_targets(query):
        return query
    rest = _fold(query.root, lambda clause: _holds(clause, target) if clause.index in _ABOUT_TARGETS else clause)
    if rest is False:
        return None
    if rest is True:
        raise UnsupportedQueryError(
            "A library is asked for records, not for all it has; add a title, an author or a subject",
            feature="everything",
        )
    return Query(rest, query.sort, query.text)


def for_index(query: Query, targets: Iterable[Target]) -> Query | None:
    """The query with regions and sectors as the libraries in them; None when nothing can match."""
    if not _concerns_targets(query):
        return query
    known = list(targets)

    def libraries(clause: Clause) -> Node | bool:
        if clause.index not in ("region", "sector"):
            return clause
        found: Node | bool = False
        for target in known:
            if _holds(clause, target):
                one = Clause("library", target.id, Relation.EXACT)
                found = Boolean(Operator.OR, found, one) if isinstance(found, Clause | Boolean) else one
        return found

    rest = _fold(query.root, libraries)
    return Query(rest, query.sort, query.text) if isinstance(rest, Clause | Boolean) else None


def _concerns_targets(query: Query) -> bool:
    return any(clause.index in _ABOUT_TARGETS for clause in query.clauses())


def _holds(clause: Clause, target: Target) -> bool:
    """Whether a clause on library, region or sector is true of a target.

    A region's code (GB/T 2260) covers those within it: ``610000`` and ``61`` hold for ``610100``.
    """
    value = {"library": target.id, "sector": target.sector, "region": target.region}[clause.index].casefold()
    wanted = clause.term.casefold().split() if clause.relation is Relation.ANY else [clause.term.casefold().strip()]
    if clause.index == "region":
        stems = [code.rstrip("0") if len(code) == 6 else code for code in wanted]
        # A city's code ends in 00 and a province's in 0000: an odd zero belongs to the code.
        stems = [stem + "0" if len(stem) % 2 else stem for stem in stems]
        return any(stem and value.startswith(stem) for stem in stems)
    if clause.truncation is Truncation.RIGHT:
        return any(value.startswith(word) for word in wanted)
    return value in wanted


def _fold(root: Node, leaf: Callable[[Clause], Node | bool]) -> Node | bool:
    """The tree with its leaves replaced and Boolean constants worked out; iterative, so that depth costs no stack."""
    todo: list[tuple[Node, bool]] = [(root, False)]
    done: list[Node | bool] = []
    while todo:
        node, ready = todo.pop()
        if isinstance(node, Clause):
            done.append(leaf(node))
        elif ready:
            right, left = done.pop(), done.pop()
            done.append(_combine(node, left, right))
        else:
            todo += [(node, True), (node.right, False), (node.left, False)]
    return done.pop()


def _combine(node: Boolean, left: Node | bool, right: Node | bool) -> Node | bool:
    if node.operator is Operator.OR:
        if left is True or right is True:
            return True
        if left is False or right is False:
            return right if left is False else left
    elif node.operator is Operator.NOT:
        if left is False or right is True:
            return False
        if right is False:
            return left
        if left is True:
            raise UnsupportedQueryError(
                "A search cannot begin with what is not wanted; say first what is", feature="everything"
            )
    else:
        if left is False or right is False:
            return False
        if left is True or right is True:
            return right if left is True else left
    if left is node.left and right is node.right:
        return node
    return Boolean(node.operator, left, right, node.proximity)
