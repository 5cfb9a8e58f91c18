"""The catalogue of one demo library, in memory: what its Z39.50 or SRU server searches."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from gateway.core.errors import DataError, UnsupportedQueryError
from gateway.core.query import Boolean, Clause, Node, Operator, Query, Relation, SortKey, Truncation
from gateway.core.record import RawRecord
from gateway.demo.access import Access, access, isbn_key
from gateway.demo.members import DATABASE, Member
from gateway.demo.reading import draw
from gateway.records import iso2709, marcxml
from gateway.records.marc import MarcRecord
from gateway.records.text import fold, is_cjk

T = TypeVar("T")

_INDEXES: Final = frozenset(
    ("any", "title", "author", "subject", "isbn", "issn", "publisher", "series", "class", "note", "year", "id")
)
_CODES: Final = frozenset(("isbn", "issn", "id"))
_ESCAPED: Final = re.compile(r"\\(.)")
_WILDCARD: Final = re.compile(r"([*?])")
#: What is no part of a Latin word: CJK characters stand for themselves, so a word may begin or end beside one.
_NOT_LATIN: Final = r"\s\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff"
_ORDERS: Final = frozenset((Relation.LT, Relation.LE, Relation.GE, Relation.GT, Relation.WITHIN))


class _Results:
    """A finished search."""

    def __init__(self, found: Sequence[RawRecord]) -> None:
        self._found = found

    @property
    def total(self) -> int:
        return len(self._found)

    async def fetch(self, start: int, count: int) -> Sequence[RawRecord]:
        return self._found[max(start, 1) - 1 : max(start, 1) - 1 + max(count, 0)]


class Library:
    """A ``gateway.core.serving.Catalogue`` over a list of records; answers after ``member.delay`` when it has one."""

    def __init__(self, member: Member, raws: Iterable[RawRecord]) -> None:
        self.member = member
        self._raws = list(raws)
        self._access = [access(_marc(raw)) for raw in self._raws]

    @classmethod
    def from_file(cls, member: Member, folder: Path) -> Library:
        """The library over the file that ``gateway.demo.records.write_file`` wrote for it.

        Raises ``DataError`` when a record cannot be read, and ``OSError`` when the file is not there.
        """
        with (folder / member.file_name).open("rb") as stream:
            if member.protocol == "sru":
                payloads = [marcxml.write(_sound(record)) for record in marcxml.iterate(stream)]
            else:
                payloads = [_sound(chunk).data for chunk in iso2709.split(stream)]
        kind = "marcxml" if member.protocol == "sru" else "iso2709"
        return cls(
            member,
            [RawRecord(member.id, payload, kind, member.flavour, member.charset) for payload in payloads],
        )

    @property
    def databases(self) -> Sequence[str]:
        return (DATABASE,)

    def __len__(self) -> int:
        return len(self._raws)

    async def search(self, databases: Sequence[str], query: Query) -> _Results:
        """Raises ``UnsupportedQueryError`` for proximity and for access points that this library does not have."""
        positions = self._evaluate(query.root)
        shortest, longest = self.member.delay
        if longest:
            await asyncio.sleep(shortest + (longest - shortest) * draw("delay", query.root))
        ordered = self._sorted(sorted(positions), query.sort)
        return _Results([self._raws[position] for position in ordered])

    def _evaluate(self, root: Node) -> set[int]:
        """Positions of the records that match. Without recursion, so that a deep query costs no stack."""
        done: list[set[int]] = []
        stack: list[tuple[Node, bool]] = [(root, False)]
        while stack:
            node, operands_done = stack.pop()
            if isinstance(node, Clause):
                matches = _matcher(node)
                done.append({position for position, points in enumerate(self._access) if matches(points)})
            elif not operands_done:
                if node.operator is Operator.PROX:
                    raise UnsupportedQueryError("This library has no proximity searches", feature="proximity")
                stack += [(node, True), (node.right, False), (node.left, False)]
            else:
                right, left = done.pop(), done.pop()
                done.append(_combine(node, left, right))
        return done.pop()

    def _sorted(self, positions: list[int], keys: Sequence[SortKey]) -> list[int]:
        """Least significant key first, as stable sorts want it; ``relevance`` is the catalogue's own order."""
        for key in reversed(keys):
            if key.key == "year":
                positions.sort(key=lambda at: self._access[at].year or 0, reverse=key.descending)
            elif key.key in ("title", "author"):
                positions.sort(key=partial(self._first, key.key), reverse=key.descending)
            elif key.key != "relevance":
                raise UnsupportedQueryError(f"This library cannot sort by {key.key}", feature=f"sort:{key.key}")
        return positions

    def _first(self, index: str, position: int) -> tuple[str, ...]:
        return self._access[position].texts[index][:1]


def _sound(found: T | DataError) -> T:
    """A part of a file that this demo wrote itself: what cannot be read is an error, not something to skip."""
    if isinstance(found, DataError):
        raise found
    return found


def _marc(raw: RawRecord) -> MarcRecord:
    return marcxml.read(raw.payload) if raw.format == "marcxml" else iso2709.read(raw.payload, raw.charset)


def _combine(node: Boolean, left: set[int], right: set[int]) -> set[int]:
    if node.operator is Operator.AND:
        return left & right
    return left | right if node.operator is Operator.OR else left - right


def _matcher(clause: Clause) -> Callable[[Access], bool]:
    index = clause.index
    if index not in _INDEXES:
        raise UnsupportedQueryError(f"This library has no index {index!r}", feature=f"index:{index}")
    if index == "year":
        return _year(clause)
    if index == "isbn":
        wanted = isbn_key(clause.term)
        return lambda points: bool(wanted) and wanted in points.texts["isbn"]
    if clause.relation in _ORDERS:
        raise UnsupportedQueryError(f"This library cannot compare {index} by order", feature=f"relation:{index}")
    if clause.relation is Relation.EXACT or (clause.relation is Relation.EQ and index in _CODES):
        term = fold(clause.term)
        return lambda points: term in points.texts[index]
    return _words(clause)


def _year(clause: Clause) -> Callable[[Access], bool]:
    numbers = [int(number) for number in re.findall(r"\d{4}", clause.term)]
    if len(numbers) != (2 if clause.relation is Relation.WITHIN else 1):
        raise UnsupportedQueryError(f"{clause.term!r} is no year of four digits", feature="year")
    first, last = numbers[0], numbers[-1]
    low, high = {
        Relation.LT: (0, first - 1),
        Relation.LE: (0, first),
        Relation.GE: (first, 9999),
        Relation.GT: (first + 1, 9999),
    }.get(clause.relation, (first, last))
    return lambda points: points.year is not None and low <= points.year <= high


def _words(clause: Clause) -> Callable[[Access], bool]:
    """Words anywhere in the index's texts; a phrase within one of them."""
    index = clause.index
    pieces = [clause.term] if clause.relation in (Relation.PHRASE, Relation.EQ) else clause.term.split()
    if clause.truncation is not Truncation.MASK and clause.relation not in (Relation.PHRASE, Relation.EQ):
        pieces = fold(clause.term).split()
    patterns = [pattern for piece in pieces if (pattern := _pattern(piece, clause.truncation))]
    if not patterns:
        return lambda points: False
    combine = any if clause.relation is Relation.ANY else all
    return lambda points: combine(any(map(pattern.search, points.texts[index])) for pattern in patterns)


def _pattern(text: str, truncation: Truncation) -> re.Pattern[str] | None:
    """A folded word or phrase as an expression that begins and ends where words do, but for truncation."""
    if truncation is Truncation.MASK:
        body, first, last = _masked(text)
    else:
        folded = fold(text)
        body, first, last = re.escape(folded), folded[:1], folded[-1:]
    if not body:
        return None
    left = "" if truncation in (Truncation.LEFT, Truncation.BOTH) or is_cjk(first) else rf"(?<![^{_NOT_LATIN}])"
    right = "" if truncation in (Truncation.RIGHT, Truncation.BOTH) or is_cjk(last) else rf"(?![^{_NOT_LATIN}])"
    return re.compile(left + body + right)


def _masked(text: str) -> tuple[str, str, str]:
    """The expression of a term with ``*`` and ``?``, with its first and last character.

    Folding makes a blank of all punctuation, so an escaped wildcard is one, too.
    """
    plain = _ESCAPED.sub(lambda match: match[1] if match[1].isalnum() else " ", text)
    body = ""
    for piece in _WILDCARD.split(plain):
        if piece in ("*", "?"):
            body += r"\S*" if piece == "*" else r"\S"
            continue
        folded = fold(piece)
        if folded:
            # Blanks at the edges of a piece are part of the term, though folding trims them.
            body += re.escape(" " * piece[0].isspace() + folded + " " * piece[-1].isspace())
    # A wildcard at an edge does not touch a neighbouring word: it stands for a letter here.
    bare = fold(_WILDCARD.sub("x", plain))
    return body, bare[:1], bare[-1:]
