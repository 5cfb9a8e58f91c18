"""Completing what is being typed: which records begin so, and which of their values do.

An engine searches the plan of :func:`beginning`, ordered by its score times the record's prior, and hands the first
records to :func:`completions`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from gateway.core.ports import Completion
from gateway.core.record import Record
from gateway.records import text
from index import analysis, fields, plan

#: So many records are looked at for each completion that is wanted: editions of one title are many.
RECORDS_FOR_ONE = 4
MAX_SIZE = 50
_MAX_LENGTH = 60
_TITLE, _AUTHOR, _SUBJECT, _READING, _INITIALS = 8.0, 6.0, 2.0, 4.0, 2.0


def beginning(typed: str) -> plan.Node:
    """Records with a title, an author or a subject that begins so."""
    key = _key(typed)
    if not key:
        return plan.Nothing()
    latin = key.isascii()
    if latin and len(key) < 2:
        return plan.Nothing()
    places = [(fields.key("title"), _TITLE), (fields.key("author"), _AUTHOR), (fields.key("subject"), _SUBJECT)]
    if latin and key.isalpha():
        for name in fields.READABLE:
            places += [(fields.pinyin_key(name), _READING), (fields.initials(name), _INITIALS)]
    return plan.Either(tuple(plan.Fixed(plan.Pattern(field, (key, plan.ANY_RUN)), score) for field, score in places))


def completions(
    typed: str, found: Iterable[tuple[Record, Callable[[], Iterable[Record]]]], size: int
) -> tuple[Completion, ...]:
    """The values of these records that begin so, in the records' order; the same text in other spelling once.

    Each comes with what gives the members it was merged from: they are looked into when it has nothing that begins so
    itself, which is seldom, and they are many.
    """
    key = _key(typed)
    out: dict[str, Completion] = {}
    for record, members in found:
        begins = _beginning(key, _values(record))
        for folded, completion in begins or _beginning(key, _titles(members())):
            out.setdefault(folded, completion)
        if len(out) >= size:
            break
    return tuple(out.values())[:size]


def _beginning(key: str, values: Iterable[tuple[str, str]]) -> list[tuple[str, Completion]]:
    """Those of the (index, value) that begin so, folded and as they are."""
    return [
        (folded, Completion(value.strip(), index))
        for index, value in values
        if (folded := analysis.key(value)) and _begins(key, folded, value, index)
    ]


def _key(typed: str) -> str:
    return analysis.key_of_folded(text.fold(typed[:_MAX_LENGTH]))


def _titles(records: Iterable[Record]) -> Iterator[tuple[str, str]]:
    return (("title", title.text) for record in records for title in record.titles)


def _values(record: Record) -> Iterator[tuple[str, str]]:
    yield from _titles([record])
    yield from (("author", person.name) for person in record.contributors)
    yield from (("subject", subject.text) for subject in record.subjects)


def _begins(key: str, folded: str, value: str, index: str) -> bool:
    if folded.startswith(key):
        return True
    if index == "subject" or not key.isascii() or not text.has_han(value):
        return False
    full, initials = text.pinyin(value, name=index == "author")
    return analysis.key_of_folded(full).startswith(key) or initials.startswith(key)
