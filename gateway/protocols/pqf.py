"""Prefix Query Format: Type-1 queries as text. Parsing and printing are inverse.

The notation of the YAZ toolkit: ``@attrset``, ``@attr [set] type=value``, ``@and``, ``@or``, ``@not``,
``@prox exclusion distance ordered relation unit-kind unit``, ``@set name``, ``@term type``; words, ``"quoted words"``
with backslash escapes, ``{braces}``. Attributes before an operator hold for all operands below it that have none of
that type. Attributes right before ``@set`` make a restriction. ``type=a,b`` is a complex value with alternatives.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from gateway.core.errors import QuerySyntaxError
from gateway.protocols.z3950 import oids
from gateway.protocols.z3950.ber import Oid, Time
from gateway.protocols.z3950.rpn import (
    Attribute,
    Complex,
    KnownUnitCode,
    Node,
    Null,
    Op,
    Operand,
    Operation,
    Operator,
    PrivateUnitCode,
    Prox,
    Restriction,
    RpnQuery,
    SetOperand,
    Term,
)

#: Nesting above this is refused.
MAX_DEPTH = 100
#: Characters of one query.
MAX_LENGTH = 65536

_OPERATORS = {"@and": Op.AND, "@or": Op.OR, "@not": Op.AND_NOT}
_UNITS = {name: number for number, name in enumerate(
    ("character", "word", "sentence", "paragraph", "section", "chapter", "document", "element", "subelement",
     "elementtype", "byte"), 1)}  # fmt: skip
_TERM_TYPES = ("general", "numeric", "string", "oid", "date", "null")
_BARE = re.compile(r'[^\s"{}\\@][^\s"{}\\]*')


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    position: int
    quoted: bool


def parse(text: str, encode: Callable[[str], bytes] = _utf8) -> RpnQuery:
    """The query. ``encode`` makes the octets of general terms. ``QuerySyntaxError`` with the position of the fault."""
    return _Parser(text, encode).query()


class _Parser:
    def __init__(self, text: str, encode: Callable[[str], bytes]) -> None:
        if len(text) > MAX_LENGTH:
            raise QuerySyntaxError(f"The query is longer than {MAX_LENGTH} characters", position=MAX_LENGTH, text=text)
        self.text = text
        self.encode = encode
        self.tokens = self._tokens()
        self.index = 0

    def _tokens(self) -> list[_Token]:
        out: list[_Token] = []
        text, position = self.text, 0
        while position < len(text):
            char = text[position]
            if char.isspace():
                position += 1
                continue
            start = position
            if char in '"{':
                close = '"' if char == '"' else "}"
                position += 1
                parts: list[str] = []
                while position < len(text) and text[position] != close:
                    if text[position] == "\\" and close == '"' and position + 1 < len(text):
                        position += 1
                    parts.append(text[position])
                    position += 1
                if position >= len(text):
                    self._fail(f"The {char} has no closing {close}", start)
                position += 1
                out.append(_Token("".join(parts), start, True))
                continue
            while position < len(text) and not text[position].isspace():
                position += 1
            out.append(_Token(text[start:position], start, False))
        return out

    def _fail(self, message: str, position: int | None = None) -> NoReturn:
        if position is None:
            position = self.tokens[self.index].position if self.index < len(self.tokens) else len(self.text)
        raise QuerySyntaxError(message, position=position, text=self.text)

    def _peek(self) -> str:
        """The next token when it is not quoted, in lower case; empty at the end."""
        if self.index >= len(self.tokens) or self.tokens[self.index].quoted:
            return ""
        return self.tokens[self.index].text.lower()

    def _take(self, what: str) -> str:
        if self.index >= len(self.tokens):
            self._fail(f"The query ends where {what} is expected")
        self.index += 1
        return self.tokens[self.index - 1].text

    def query(self) -> RpnQuery:
        attribute_set = oids.BIB1
        if self._peek() == "@attrset":
            self.index += 1
            attribute_set = self._set(self._take("an attribute set"))
        root = self._structure((), "general", 0)
        if self.index < len(self.tokens):
            self._fail("The query is complete before this word; put words of one term in quotes")
        return RpnQuery(attribute_set, root)

    def _set(self, name: str) -> Oid:
        try:
            return oids.attribute_set(name)
        except ValueError:
            self.index -= 1
            self._fail(f"{name!r} is no known attribute set")

    def _structure(self, inherited: tuple[Attribute, ...], kind: str, depth: int) -> Node:
        if depth > MAX_DEPTH:
            self._fail(f"The query is nested more than {MAX_DEPTH} deep")
        own: list[Attribute] = []
        while (word := self._peek()) in ("@attr", "@term"):
            self.index += 1
            if word == "@attr":
                own.append(self._attribute())
            else:
                kind = self._take("a type of term").lower()
                if kind not in _TERM_TYPES:
                    self.index -= 1
                    self._fail(f"{kind!r} is no type of term; one of {', '.join(_TERM_TYPES)}")
        nearer = {(attribute.set, attribute.type) for attribute in own}
        attributes = (*(a for a in inherited if (a.set, a.type) not in nearer), *own)
        if word in _OPERATORS or word == "@prox":
            self.index += 1
            operator: Operator = self._prox() if word == "@prox" else _OPERATORS[word]
            left = self._structure(attributes, kind, depth + 1)
            right = self._structure(attributes, kind, depth + 1)
            return Operation(left, right, operator)
        if word == "@set":
            self.index += 1
            name = self._take("the name of a result set")
            return Restriction(name, tuple(own)) if own else SetOperand(name)
        if word.startswith("@"):
            self._fail(f"{word!r} is not known here; quote it if it is a term")
        return Operand(attributes, self._term(kind))

    def _term(self, kind: str) -> Term:
        text = self._take("a term")
        try:
            if kind == "numeric":
                return int(text)
            if kind == "oid":
                return oids.dotted(text)
        except ValueError:
            self.index -= 1
            self._fail(f"{text!r} is no {kind} term")
        if kind == "general":
            return self.encode(text)
        return Null.NULL if kind == "null" else Time(text) if kind == "date" else text

    def _attribute(self) -> Attribute:
        text = self._take("an attribute")
        own_set = None
        if "=" not in text:
            own_set = self._set(text)
            text = self._take("type=value")
        kind, equals, value = text.partition("=")
        if not equals or not _number(kind) or not value:
            self.index -= 1
            self._fail(f"{text!r} is no attribute: type=value is expected")
        values = tuple(int(part) if _number(part) else part for part in value.split(","))
        if len(values) == 1 and isinstance(values[0], int):
            return Attribute(int(kind), values[0], own_set)
        return Attribute(int(kind), Complex(values), own_set)

    def _prox(self) -> Prox:
        exclusion = self._take("the exclusion flag").lower()
        distance = self._integer("the distance")
        ordered = self._integer("the ordered flag")
        relation = self._integer("the relation")
        which = self._take("the kind of unit").lower()
        if which not in ("k", "known", "p", "private"):
            self.index -= 1
            self._fail(f"{which!r} is no kind of unit: k or p is expected")
        known = which[0] == "k"
        unit_word = self._peek()
        unit = _UNITS.get(unit_word, 0) if known else 0
        if unit:
            self.index += 1
        else:
            unit = self._integer("the unit")
        return Prox(
            distance,
            bool(ordered),
            relation,
            KnownUnitCode(unit) if known else PrivateUnitCode(unit),
            {"0": False, "1": True}.get(exclusion),
        )

    def _integer(self, what: str) -> int:
        text = self._take(what)
        if not _number(text):
            self.index -= 1
            self._fail(f"{text!r} is no number: {what} is expected")
        return int(text)


def _number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


# ------------------------------------------------------------------------------------------------------- printing


def _text(octets: bytes) -> str:
    return octets.decode("utf-8", "surrogateescape")


def dump(query: RpnQuery, decode: Callable[[bytes], str] = _text) -> str:
    """The text of which :func:`parse` makes this query; ``ValueError`` for what the notation cannot say."""
    head = "" if query.attribute_set == oids.BIB1 else f"@attrset {oids.set_name(query.attribute_set)} "
    return head + _dump(query.root, decode)


def _dump(node: Node, decode: Callable[[bytes], str]) -> str:
    if isinstance(node, Operation):
        return f"{_dump_operator(node.operator)} {_dump(node.left, decode)} {_dump(node.right, decode)}"
    if isinstance(node, SetOperand):
        return f"@set {_quote(node.name)}"
    attributes = "".join(f"{_dump_attribute(attribute)} " for attribute in node.attributes)
    if isinstance(node, Restriction):
        if not attributes:
            raise ValueError("a restriction without attributes cannot be told from a result set")
        return f"{attributes}@set {_quote(node.name)}"
    return attributes + _dump_term(node.term, decode)


def _dump_operator(operator: Operator) -> str:
    if isinstance(operator, Op):
        return f"@{operator.value}"
    exclusion = {None: "void", False: "0", True: "1"}[operator.exclusion]
    which = "k" if isinstance(operator.unit, KnownUnitCode) else "p"
    return (
        f"@prox {exclusion} {operator.distance} {int(operator.ordered)} {operator.relation} "
        f"{which} {operator.unit.value}"
    )


def _dump_attribute(attribute: Attribute) -> str:
    head = "@attr " if attribute.set is None else f"@attr {oids.set_name(attribute.set)} "
    value = attribute.value
    if isinstance(value, int):
        return f"{head}{attribute.type}={value}"
    parts = [str(part) for part in value.values]
    single_number = len(parts) == 1 and isinstance(value.values[0], int)
    unclear = any(
        isinstance(part, str) and (not part or _number(part) or re.search(r'[\s,"{}]', part)) for part in value.values
    )
    if value.semantic_action is not None or unclear or single_number or not parts:
        raise ValueError("this complex attribute value cannot be written in PQF")
    return f"{head}{attribute.type}={','.join(parts)}"


def _dump_term(term: Term, decode: Callable[[bytes], str]) -> str:
    if isinstance(term, bytes):
        return _quote(decode(term))
    if isinstance(term, int):
        return f"@term numeric {term}"
    if isinstance(term, Oid):
        return f"@term oid {term}"
    if isinstance(term, Time):
        return f"@term date {_quote(term)}"
    if isinstance(term, str):
        return f"@term string {_quote(term)}"
    if term is Null.NULL:
        return '@term null ""'
    raise ValueError(f"a term of type {type(term).__name__} cannot be written in PQF")


def _quote(text: str) -> str:
    if _BARE.fullmatch(text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
