"""Tokens of a CQL query to its tree.

The grammar is that of CQL 1.2 (which 1.1 and 2.0 queries fit into), read by a loop with an own stack: nesting costs no
Python stack, and what is too deep or too wide is refused by number. Accepted beyond the grammar, as most servers do:

- several words without quotes are one term (``title = fish chips``);
- one index and relation before a parenthesis hold for the bare terms within (``title = (fish or chips)``);
- prefix assignments before any operand, not only at the start of a query; they hold for that operand.

A word after a first word is read as a relation when it is a relation of the ``cql`` context set or has a context-set
prefix (``dc.title rel.near fish``), and something follows it; otherwise the two words are one term.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from gateway.protocols.sru.cql_ast import (
    SERVER_CHOICE,
    CQLBoolean,
    CQLNode,
    CQLQuery,
    CQLRelation,
    CQLSortKey,
    Modifier,
    Prefix,
    SearchClause,
    Triple,
)
from gateway.protocols.sru.cql_lexer import COMPARISONS, CQLSyntaxError, Kind, Token, tokens

MAX_NESTING = 200  #: parentheses open at once
MAX_CLAUSES = 200  #: search clauses of one query; also bounds the depth of every tree made of it
MAX_MODIFIERS = 32  #: modifiers in one list
MAX_PREFIXES = 64
MAX_SORT_KEYS = 16

BOOLEANS = frozenset(("and", "or", "not", "prox"))
#: Relations of the ``cql`` context set that are words (1.1: exact; 1.2: adj, within, encloses; both: all, any, scr).
NAMED_RELATIONS = frozenset(("all", "any", "adj", "exact", "within", "encloses", "scr"))

_PREFIXED = re.compile(r"[\w-]+(?:\.[\w-]+)+")
_CHOICE = CQLRelation()


@dataclass(slots=True)
class _Scope:
    """One open parenthesis, or the whole query."""

    index: str = SERVER_CHOICE
    relation: CQLRelation = _CHOICE
    opened: int = 0  #: position of the parenthesis
    left: CQLNode | None = None
    boolean: CQLBoolean | None = None
    prefixes: list[Prefix] = field(default_factory=list)  #: assigned at the start of this scope
    pending: list[Prefix] = field(default_factory=list)  #: assigned after a boolean, for the next operand only


def parse(text: str) -> CQLQuery:
    """Read CQL 1.1, 1.2 or 2.0; raises :class:`CQLSyntaxError` and nothing else."""
    return _Parser(text).query()


def with_prefixes(node: CQLNode, outer: tuple[Prefix, ...]) -> CQLNode:
    return replace(node, prefixes=outer + node.prefixes) if outer else node


def _reserved(token: Token) -> str:
    word = token.value.lower() if token.kind is Kind.WORD else ""
    return word if word in BOOLEANS or word == "sortby" else ""


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokens(text)
        self.at = 0
        self.clauses = 0
        self.prefix_count = 0

    # -- tokens

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def symbol(self, value: str) -> bool:
        token = self.tokens[self.at]
        return token.kind is Kind.SYMBOL and token.value == value

    def comparison(self) -> bool:
        token = self.tokens[self.at]
        return token.kind is Kind.SYMBOL and token.value in COMPARISONS

    def reserved(self) -> str:
        """The reserved word that stands here outside of a term, in lower case, or nothing."""
        return _reserved(self.tokens[self.at])

    def take(self) -> Token:
        token = self.tokens[self.at]
        self.at += 1
        return token

    def term(self, what: str) -> Token:
        if self.token.kind not in (Kind.WORD, Kind.STRING):
            raise self.error(f"expected {what}, found {self.token}")
        return self.take()

    def error(self, message: str, position: int | None = None) -> CQLSyntaxError:
        position = self.token.position if position is None else position
        return CQLSyntaxError(f"CQL syntax, position {position}: {message}", position=position, text=self.text)

    # -- grammar

    def query(self) -> CQLQuery:
        scopes = [_Scope()]
        while True:
            scope = scopes[-1]
            self.assignments(scope)
            if self.symbol("("):
                self.open(scopes, scope.index, scope.relation)  # what holds outside holds inside
                continue
            operand = self.clause(scopes)
            if operand is None:  # an index and a relation before a parenthesis
                continue
            self.complete(scope, operand)
            while self.symbol(")") and len(scopes) > 1:
                self.take()
                scopes.pop()
                assert scope.left is not None
                node = with_prefixes(scope.left, tuple(scope.prefixes))
                scope = scopes[-1]
                self.complete(scope, node)
            word = self.reserved()
            if word in BOOLEANS:
                self.take()
                scope.boolean = CQLBoolean(word, self.modifiers())
                continue
            if len(scopes) > 1:
                raise self.error(f"expected ')' for the '(' at position {scope.opened}, found {self.token}")
            sort = self.sort() if word == "sortby" else ()
            if self.token.kind is not Kind.END:
                raise self.error(f"expected and, or, not, prox, sortBy or the end, found {self.token}")
            assert scope.left is not None
            return CQLQuery(with_prefixes(scope.left, tuple(scope.prefixes)), sort, self.text)

    def complete(self, scope: _Scope, operand: CQLNode) -> None:
        if scope.pending:
            operand = with_prefixes(operand, tuple(scope.pending))
            scope.pending = []
        if scope.left is None or scope.boolean is None:
            scope.left = operand
        else:
            scope.left = Triple(scope.left, scope.boolean, operand)
            scope.boolean = None

    def open(self, scopes: list[_Scope], index: str, relation: CQLRelation) -> None:
        if len(scopes) > MAX_NESTING:
            raise self.error(f"more than {MAX_NESTING} parentheses are open; simplify the query")
        scopes.append(_Scope(index, relation, self.take().position))

    def assignments(self, scope: _Scope) -> None:
        while self.symbol(">"):
            self.take()
            self.prefix_count += 1
            if self.prefix_count > MAX_PREFIXES:
                raise self.error(f"more than {MAX_PREFIXES} prefix assignments")
            first = self.term("a prefix or a context set's identifier after '>'").value
            name = ""
            if self.symbol("="):
                self.take()
                name, first = first, self.term(f"the identifier of prefix '{first[:40]}'").value
            (scope.prefixes if scope.left is None else scope.pending).append(Prefix(name, first))

    def clause(self, scopes: list[_Scope]) -> SearchClause | None:
        """A search clause; None when it turned out to be ``index relation (`` and a scope was opened."""
        self.clauses += 1
        if self.clauses > MAX_CLAUSES:
            raise self.error(f"more than {MAX_CLAUSES} search clauses; simplify the query")
        scope = scopes[-1]
        first = self.term("an index, a term or '('")
        if not self.relation_follows():
            return SearchClause(self.words(first), scope.index, scope.relation)
        relation = CQLRelation(self.take().value, self.modifiers())
        if self.symbol("("):
            self.clauses -= 1
            self.open(scopes, first.value, relation)
            return None
        return SearchClause(self.words(self.term("a search term")), first.value, relation)

    def relation_follows(self) -> bool:
        if self.comparison():
            return True
        token = self.token
        if token.kind is not Kind.WORD or self.reserved():
            return False
        name = token.value.lower()
        if name in NAMED_RELATIONS:
            return True
        if not _PREFIXED.fullmatch(name):
            return False
        following = self.tokens[self.at + 1]
        if following.kind is Kind.WORD:
            return following.value.lower() not in BOOLEANS and following.value.lower() != "sortby"
        return following.kind is Kind.STRING or following.value in ("/", "(")

    def words(self, first: Token) -> str:
        """A term with the unquoted words that follow it; a reserved word is a term only by itself."""
        if first.kind is Kind.STRING or self.token.kind is not Kind.WORD or _reserved(first):
            return first.value
        found = [first.value]
        while self.token.kind is Kind.WORD and not self.reserved():
            found.append(self.take().value)
        return " ".join(found)

    def modifiers(self) -> tuple[Modifier, ...]:
        found: list[Modifier] = []
        while self.symbol("/"):
            self.take()
            name = self.term("the name of a modifier after '/'").value
            if self.comparison():
                comparison = self.take().value
                found.append(Modifier(name, comparison, self.term(f"the value of modifier '{name[:40]}'").value))
            else:
                found.append(Modifier(name))
            if len(found) > MAX_MODIFIERS:
                raise self.error(f"more than {MAX_MODIFIERS} modifiers in one list")
        return tuple(found)

    def sort(self) -> tuple[CQLSortKey, ...]:
        self.take()
        keys: list[CQLSortKey] = []
        while self.token.kind is not Kind.END:
            keys.append(CQLSortKey(self.term("a sort key after sortBy").value, self.modifiers()))
            if len(keys) > MAX_SORT_KEYS:
                raise self.error(f"more than {MAX_SORT_KEYS} sort keys")
        if not keys:
            raise self.error("expected a sort key after sortBy, found the end of the query")
        return tuple(keys)
