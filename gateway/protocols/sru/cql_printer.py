"""A CQL tree back to text, so that parsing the text gives the same tree."""

from __future__ import annotations

import re

from gateway.protocols.sru.cql_ast import (
    DEFAULT_RELATION,
    SERVER_CHOICE,
    CQLQuery,
    Modifier,
    Prefix,
    SearchClause,
    postorder,
)

_PLAIN = re.compile(r"[\w.:*?^'-]+")
_RESERVED = frozenset(("and", "or", "not", "prox", "sortby"))


def unparse(query: CQLQuery) -> str:
    """The shortest usual writing: no quotes and no parentheses that are not needed."""
    printed: list[str] = []
    for node in postorder(query.root):
        if isinstance(node, SearchClause):
            printed.append(_clause(node))
            continue
        right, left = printed.pop(), printed.pop()
        # booleans are left-associative: only a right operand that is a triple needs its parentheses
        if not isinstance(node.right, SearchClause) and not node.right.prefixes:
            right = f"({right})"
        boolean = node.boolean.value + _modifiers(node.boolean.modifiers)
        text = f"{left} {boolean} {right}"
        printed.append(f"({_prefixes(node.prefixes)}{text})" if node.prefixes else text)
    text = printed.pop()
    if query.root.prefixes:
        text = text[1:-1]  # the scope of the whole query needs no parentheses
    if query.sort:
        text += " sortBy " + " ".join(quoted(key.index) + _modifiers(key.modifiers) for key in query.sort)
    return text


def quoted(text: str) -> str:
    """A word as it is, anything else in quotation marks. ``text`` has its escapes, as in the tree."""
    if _PLAIN.fullmatch(text) and text.lower() not in _RESERVED:
        return text
    return f'"{text}"'


def exact_clause(index: str, term: str) -> str:
    """CQL for what has exactly this term in an access point (``core.query.INDEXES``), as browse lists count it."""
    escaped = re.sub(r'([\\"*?^])', r"\\\1", term)
    return f'wenyuan.{index} == "{escaped}"'


def _clause(node: SearchClause) -> str:
    term = quoted(node.term)
    relation = node.relation
    if node.index == SERVER_CHOICE and relation.value == DEFAULT_RELATION and not relation.modifiers:
        text = term
    else:
        text = f"{quoted(node.index)} {relation.value}{_modifiers(relation.modifiers)} {term}"
    return f"({_prefixes(node.prefixes)}{text})" if node.prefixes else text


def _modifiers(modifiers: tuple[Modifier, ...]) -> str:
    return "".join(
        f"/{quoted(m.name)}" + (f"{m.comparison}{quoted(m.value)}" if m.comparison else "") for m in modifiers
    )


def _prefixes(prefixes: tuple[Prefix, ...]) -> str:
    return "".join(f'>{quoted(p.name)}="{p.uri}" ' if p.name else f'>"{p.uri}" ' for p in prefixes)
