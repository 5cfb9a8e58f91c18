"""Questions to the small library, made by dice from a seed: what one engine answers, every other one must.

Every access point, every relation, truncation, slips, Boolean trees, filters, facets and orders take part.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from gateway.core.answer import ALL_FACETS
from gateway.core.ports import IndexSearch
from gateway.core.query import Boolean, Clause, Node, Operator, Proximity, Query, Relation, SortKey, Truncation
from gateway.core.record import Record
from gateway.records.trees import class_path
from gateway.records.works import work_keys
from index import fields
from index.testing.library import library

SEED = 20261121
COUNT = 300

_SORTS = (
    (), (), (), (SortKey("year"),), (SortKey("year", True),), (SortKey("title"),), (SortKey("title", True),),
    (SortKey("author"),), (SortKey("author", True),), (SortKey("added"),), (SortKey("relevance"),),
    (SortKey("stroke"),), (SortKey("year"), SortKey("title", True)), (SortKey("author"), SortKey("year", True)),
)  # fmt: skip
#: All that a record tells by itself.
_COUNTED = tuple(name for name in ALL_FACETS if name != "region")
_TEXTS = ("any", "title", "author", "subject", "publisher", "series", "note")
#: What a finger does to a word: another letter, one left out, two swapped.
_OTHER = "搂孟化每xqe"


def questions(count: int = COUNT, seed: int = SEED) -> list[IndexSearch]:
    """``count`` searches, the same for the same seed; every kind and every access point comes in turn."""
    dice = _Dice(seed)
    kinds: tuple[Callable[[], Node], ...] = (
        dice.words, dice.code, dice.phrase, dice.truncated, dice.tree, dice.words, dice.years, dice.masked, dice.tree,
        dice.whole, dice.near, dice.fuzzy,
    )  # fmt: skip
    made = [dice.search(Query(kinds[place % len(kinds)]())) for place in range(count * 9 // 10)]
    made += [dice.search(dice.slip(), forgiving=True) for _ in range(count - len(made))]
    return made


class _Dice(random.Random):
    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self._records = library()
        self._turn = 0

    def search(self, query: Query, *, forgiving: bool = False) -> IndexSearch:
        filters: list[tuple[str, str]] = []
        record = self.record()
        if not forgiving and self.random() < 0.4:
            for name in self.sample(_COUNTED, self.choice((1, 1, 2))):
                filters += [(name, value) for value in {_facet(name, record), _facet(name, self.record())}]
        return IndexSearch(
            query,
            filters=tuple(sorted(filters)),
            sort=self.choice(_SORTS),
            start=self.choice((0, 0, 0, 0, 3)),
            facets=_COUNTED if self.random() < 0.7 else tuple(self.sample(_COUNTED, 2)),
            facet_size=self.choice((3, 30)),
            within=self.choice(((), (("class", class_path(record.classes[0].value)[0]),))) if record.classes else (),
            histogram=self.random() < 0.3,
            forgiving=forgiving,
        )

    def record(self) -> Record:
        return self.choice(self._records)

    def next_of(self, names: Sequence[str]) -> str:
        self._turn += 1
        return names[self._turn % len(names)]

    # Kinds of clauses

    def words(self) -> Clause:
        index = self.next_of(_TEXTS)
        value = self.value(index)
        ways = (
            value, value[:1], value[: self.randint(1, len(value))], self.cut(value), f"{value} {self.value('author')}",
            " ".join(self.sample(value.split(), len(value.split()))), value.upper(), f"《{value}》",
        )  # fmt: skip
        return Clause(index, self.choice(ways), self.choice((Relation.ALL, Relation.ALL, Relation.ANY)))

    def phrase(self) -> Clause:
        index = self.next_of(_TEXTS)
        return Clause(index, self.cut(self.value(index)), Relation.PHRASE)

    def whole(self) -> Clause:
        index = self.next_of(fields.KEYED)
        return Clause(index, self.value(index), self.choice((Relation.EXACT, Relation.EQ)))

    def code(self) -> Clause:
        index = self.next_of([*fields.CODES, "all"])
        value = self.value(index)
        relation = self.choice((Relation.ALL, Relation.EQ, Relation.ANY))
        return Clause(index, f"{value} {self.value(index)}" if relation is Relation.ANY else value, relation)

    def truncated(self) -> Clause:
        index = self.next_of((*_TEXTS, "isbn", "callnumber", "barcode", "class"))
        value = self.value(index).split()[0]
        kept = value[: max(2, len(value) - self.randint(0, 4))]
        return Clause(index, kept, truncation=self.choice((Truncation.RIGHT, Truncation.LEFT, Truncation.BOTH)))

    def masked(self) -> Clause:
        index = self.next_of((*_TEXTS, "isbn", "callnumber", "barcode"))
        word = self.choice(self.value(index).split())
        place = self.randrange(len(word))
        term = f"{word[:place]}{self.choice('*?')}{word[place + 1 :]}{self.choice(('', '*'))}"
        return Clause(index, term if len(word) > 3 else f"{word}*", truncation=Truncation.MASK)

    def years(self) -> Clause:
        year = self.record().year or 1980
        relation = self.choice((Relation.EQ, Relation.LT, Relation.LE, Relation.GE, Relation.GT, Relation.WITHIN))
        return Clause("year", f"{year} {year + 20}" if relation is Relation.WITHIN else str(year), relation)

    def near(self) -> Boolean:
        left, right = self.choice((("old", "man"), ("computer", "programming"), ("红楼", "梦"), ("sea", "the")))
        neighbours = Proximity(1, "<=", "word", ordered=True)
        return Boolean(Operator.PROX, Clause("title", left), Clause("title", right), neighbours)

    def tree(self) -> Node:
        parts: list[Node] = [
            self.choice((self.words, self.words, self.code, self.phrase, self.years, self.truncated))()
            for _ in range(self.randint(2, 5))
        ]
        while len(parts) > 1:
            left, right = parts.pop(self.randrange(len(parts))), parts.pop()
            operator = self.choice((Operator.AND, Operator.OR, Operator.OR, Operator.NOT))
            parts.append(Boolean(operator, left, right))
        return parts[0]

    def slip(self) -> Query:
        """A title or name with one character wrong, asked so that what is nearly right is found."""
        index = self.next_of(("any", "title", "author"))
        typed = self.typed(index)
        return Query(Clause(index, typed), text=typed)

    def fuzzy(self) -> Clause:
        """The same, by whoever asks for what nearly matches."""
        index = self.next_of(("any", "title", "author", "subject"))
        return Clause(index, self.typed(index), fuzzy=True)

    def typed(self, index: str) -> str:
        value = self.value(index)
        place = self.randrange(len(value))
        before, after = value[:place], value[place + 1 :]
        return self.choice((f"{before}{self.choice(_OTHER)}{after}", f"{before}{after}")) or value

    # Values

    def cut(self, value: str) -> str:
        words = value.split()
        if len(words) > 1:
            start = self.randrange(len(words))
            return " ".join(words[start : start + self.randint(1, 3)])
        start = self.randrange(len(value))
        return value[start : start + self.randint(1, 4)]

    def value(self, index: str) -> str:
        """What a record holds in this access point."""
        while True:
            found = _values(index, self.record())
            if found:
                return self.choice(found)


def _values(index: str, record: Record) -> list[str]:
    holding = record.holdings[0]
    match index:
        case "any":
            return [record.title.text, record.contributors[0].name, record.subjects[0].parts[0]]
        case "title":
            return [title.text for title in record.titles]
        case "author":
            return [person.name for person in record.contributors]
        case "subject":
            return [record.subjects[0].text, *record.subjects[0].parts]
        case "publisher":
            return [record.publications[0].publisher]
        case "series":
            return [series.title for series in record.series]
        case "note":
            return [text for text in (*record.notes, record.summary) if text]
        case "isbn" | "identifier":
            return [identifier.value for identifier in record.identifiers]
        case "issn":
            return [identifier.value for identifier in record.identifiers if identifier.scheme == "issn"]
        case "class":
            return [item.value[: 2 + len(item.value) // 2] for item in record.classes]
        case "callnumber":
            return [holding.call_number]
        case "barcode":
            return [holding.barcode]
        case "language":
            return list(record.languages)
        case "form":
            return [record.form]
        case "audience":
            return [record.audience] if record.audience else []
        case "library":
            return [record.source]
        case "availability":
            return [holding.status] if holding.status else []
        case "work":
            return list(work_keys(record).stored)
    return [record.id]


def _facet(name: str, record: Record) -> str:
    return {
        "library": record.source,
        "form": record.form,
        "language": record.languages[0],
        "year": str(record.year),
        "subject": record.subjects[0].parts[0],
        "availability": record.holdings[0].status or "available",
        "class": [*class_path(record.classes[0].value), ""][0] if record.classes else "",
    }[name] or "I"
