"""Characters of a CQL query to tokens (CQL 1.2 BNF: ``charString1``, ``charString2``, comparitors)."""

from __future__ import annotations

import re
from enum import Enum
from typing import NamedTuple

from gateway.core.errors import QuerySyntaxError

MAX_LENGTH = 16_000  #: characters of one query


class CQLSyntaxError(QuerySyntaxError):
    """The text is not CQL; ``position`` is where it stops being so."""


class Kind(Enum):
    WORD = "word"  #: unquoted; may be a reserved word or the name of a relation
    STRING = "quoted string"
    SYMBOL = "symbol"  #: one of ( ) / = == <> < <= > >=
    END = "end of the query"


class Token(NamedTuple):
    kind: Kind
    value: str  #: without the enclosing quotes, with its backslashes
    position: int

    def __str__(self) -> str:
        return self.kind.value if self.kind is Kind.END else f"'{self.value[:40]}'"


COMPARISONS = frozenset(("=", "==", "<>", "<", "<=", ">", ">="))

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<symbol> == | <= | >= | <> | [()=<>/] )
    | "(?P<string> [^"\\]* (?: \\. [^"\\]* )* )"
    | (?P<word> (?: [^\s()=<>"/\\] | \\\S )+ )
    | (?P<end> \Z )
    )""",
    re.VERBOSE | re.DOTALL,
)
_BLANK = re.compile(r"\s*")
#: XML cannot carry these, so neither XCQL nor an echoed request could (XML 1.0, 2.2).
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


#: Kind of token by group of the pattern, and how many characters stand before its value.
_KINDS = {"symbol": (Kind.SYMBOL, 0), "word": (Kind.WORD, 0), "string": (Kind.STRING, 1)}


def tokens(text: str) -> list[Token]:
    """All tokens, the last being ``END``; raises :class:`CQLSyntaxError`."""
    if len(text) > MAX_LENGTH:
        raise CQLSyntaxError(
            f"The CQL query is too long: {len(text)} characters, at most {MAX_LENGTH} are read",
            position=MAX_LENGTH,
            text=text,
        )
    if bad := _FORBIDDEN.search(text):
        raise CQLSyntaxError(
            f"The character U+{ord(bad.group()):04X} at position {bad.start()} cannot be part of a query; remove it",
            position=bad.start(),
            text=text,
        )
    found: list[Token] = []
    at, match_at = 0, _TOKEN.match
    while True:
        match = match_at(text, at)
        if match is None:
            raise _unreadable(text, at)
        group = match.lastgroup or ""
        if group == "end":
            found.append(Token(Kind.END, "", len(text)))
            return found
        kind, opening = _KINDS[group]
        found.append(Token(kind, match[group], match.start(group) - opening))
        at = match.end()


def _unreadable(text: str, at: int) -> CQLSyntaxError:
    blank = _BLANK.match(text, at)
    at = blank.end() if blank else at
    if text[at] == '"':
        message = f"The quotation mark at position {at} is never closed; add the closing one"
    else:
        message = f"The backslash at position {at} has nothing to escape; double it or remove it"
    return CQLSyntaxError(message, position=at, text=text)
