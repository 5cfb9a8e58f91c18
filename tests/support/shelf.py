"""A catalogue in memory for tests of protocol servers: titles with authors and years, searched by containment."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from gateway.core.errors import UnsupportedQueryError
from gateway.core.query import Boolean, Clause, Node, Operator, Query, Relation
from gateway.core.record import Flavour, Holding, RawRecord
from gateway.core.serving import ScanTerm
from gateway.records import iso2709
from gateway.records.marc import Field, MarcRecord

_INDEXES = ("any", "title", "author", "year", "isbn")


@dataclass(frozen=True, slots=True)
class Book:
    title: str
    author: str
    year: int
    isbn: str = ""


BOOKS = (
    Book("红楼梦", "曹雪芹", 1996, "9787020002207"),
    Book("三国演义", "罗贯中", 1998),
    Book("水浒传", "施耐庵", 1997),
    Book("西游记", "吴承恩", 1980),
    Book("红与黑", "司汤达", 1988),
    Book("Dream of the Red Chamber", "Cao Xueqin", 1958),
)


def record(book: Book, charset: str = "utf-8", flavour: Flavour = Flavour.MARC21) -> RawRecord:
    """The book as MARC with one copy on the shelf."""
    if flavour is Flavour.MARC21:
        fields = [
            Field.control("001", str(book.year)),
            Field("020", subfields=[("a", book.isbn)]),
            Field("100", "1", " ", [("a", book.author)]),
            Field("245", "1", "0", [("a", book.title)]),
            Field("260", subfields=[("c", str(book.year))]),
        ]
    else:
        fields = [
            Field.control("001", str(book.year)),
            Field("010", subfields=[("a", book.isbn)]),
            Field("200", "1", " ", [("a", book.title), ("f", book.author)]),
            Field("210", subfields=[("d", str(book.year))]),
        ]
    payload = iso2709.write(MarcRecord("00000nam a2200000   4500", fields), charset)
    copy = Holding(library="SX", location="二楼", call_number="I242.4", barcode=str(book.year), status="available")
    return RawRecord("shelf", payload, "iso2709", flavour, charset, holdings=(copy,))


class Found:
    def __init__(self, records: Sequence[RawRecord]) -> None:
        self._records = records

    @property
    def total(self) -> int:
        return len(self._records)

    async def fetch(self, start: int, count: int) -> Sequence[RawRecord]:
        return self._records[start - 1 : start - 1 + count]


class Shelf:
    """Searching for ``slow`` never ends, for ``broken`` fails as no catalogue should."""

    def __init__(
        self,
        books: Sequence[Book] = BOOKS,
        charset: str = "utf-8",
        flavour: Flavour = Flavour.MARC21,
        databases: Sequence[str] = ("shelf", "Other"),
    ) -> None:
        self._books = [(book, record(book, charset, flavour)) for book in books]
        self._databases = tuple(databases)
        self.asked: list[tuple[tuple[str, ...], Query]] = []

    @property
    def databases(self) -> Sequence[str]:
        return self._databases

    async def search(self, databases: Sequence[str], query: Query) -> Found:
        self.asked.append((tuple(databases), query))
        terms = [clause.term for clause in query.clauses()]
        if "slow" in terms:
            await asyncio.Event().wait()
        if "broken" in terms:
            raise RuntimeError("the catalogue is broken")
        found = [(book, raw) for book, raw in self._books if _matches(query.root, book)]
        for key in reversed(query.sort):
            found.sort(key=lambda pair: str(getattr(pair[0], key.key)), reverse=key.descending)
        return Found([replace(raw, position=0) for _, raw in found])

    async def scan(self, databases: Sequence[str], clause: Clause, *, before: int, count: int) -> Sequence[ScanTerm]:
        if clause.index not in ("title", "author"):
            raise UnsupportedQueryError("This shelf cannot be browsed so", feature=f"index {clause.index}")
        terms = sorted(Counter(getattr(book, clause.index) for book, _ in self._books).items())
        at = next((number for number, (term, _) in enumerate(terms) if term >= clause.term), len(terms))
        start = max(0, at - before)
        return [ScanTerm(term, number) for term, number in terms[start : start + count]]


def _matches(node: Node, book: Book) -> bool:
    if isinstance(node, Boolean):
        left = _matches(node.left, book)
        if node.operator is Operator.OR:
            return left or _matches(node.right, book)
        if node.operator is Operator.PROX:
            raise UnsupportedQueryError("This shelf knows no proximity", feature="prox")
        return left and _matches(node.right, book) is (node.operator is Operator.AND)
    if node.index not in _INDEXES:
        raise UnsupportedQueryError(f"This shelf has no {node.index}", feature=f"index {node.index}")
    if node.index == "year" and node.relation in (Relation.GE, Relation.LT):
        return (book.year >= int(node.term)) is (node.relation is Relation.GE)
    text = " ".join(map(str, (book.title, book.author, book.year, book.isbn)))
    return node.term.lower() in (text if node.index == "any" else str(getattr(book, node.index))).lower()
