"""What a union record is to be found by, gathered as plain strings and numbers.

This is all that looks at records. What is made of it (``index.document``) needs nothing else, so that part may happen
in another process (``index.analysts``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from gateway.core.record import Contributor, Title, UnionRecord
from gateway.records import facets, keys, trees
from index import fields

#: Access points of running text that have values of their own (``any`` has those of all).
RUNNING: tuple[str, ...] = fields.TEXT[1:]


class Gathered(NamedTuple):
    """Strings as they stand in the record, in its order, none of them folded; may hold empty ones and repetitions."""

    uid: str
    added: float  #: Unix time at which the first member came
    libraries: int
    year: int | None
    year_end: int | None
    running: tuple[list[str], ...]  #: values of each access point of :data:`RUNNING`
    whole: tuple[list[str], ...]  #: values of each of ``fields.KEYED`` that count as one term each
    codes: dict[str, list[str]]
    classes: list[str]
    names: list[str]  #: ids that are terms as they are
    titles: list[tuple[str, str]]  #: with the reading that the cataloguer gave
    people: list[tuple[str, str, bool]]  #: the same, and whether it is a person's name
    facets: dict[str, tuple[str, ...]]
    form: str
    work_titles: list[tuple[str, str]]  #: with their kinds; those of the merged record only, as all that follows
    work_people: list[tuple[str, str, str, bool]]  #: name, role, kind, whether primary
    sort_title: str
    sort_author: str


def gather(union: UnionRecord, added: float) -> Gathered:
    """``added`` is the Unix time at which the first member came."""
    record = union.record
    titles: list[Title] = _distinct("titles", union)
    people: list[Contributor] = _distinct("contributors", union)
    names = [person.name for person in people]
    subjects = [(subject.text, subject.parts) for subject in record.subjects]
    headings = [text for text, _ in subjects]
    publishers = [publication.publisher for publication in record.publications]
    series = [one.title for one in record.series]
    members = [member.id for member in union.members]
    year = record.year
    return Gathered(
        uid=union.id,
        added=added,
        libraries=len(union.sources),
        year=year,
        year_end=None if year is None else max(year, record.year_end or year),
        running=(
            [_title_text(title) for title in titles],
            [*names, record.responsibility],
            headings,
            publishers,
            series,
            [*record.notes, record.summary, record.contents],
        ),
        whole=(
            [form for title in titles for form in _title_forms(title)],
            names,
            [value for text, parts in subjects for value in (text, *parts)],
            publishers,
            series,
        ),
        codes=_codes(union),
        classes=[item.value for item in record.classes],
        names=[union.id, *members, *map(keys.uid, members)],
        titles=[(title.text, title.pinyin) for title in titles],
        people=[(person.name, person.pinyin, person.kind == "person") for person in people],
        facets=facets.facet_values(union) | trees.further_values(union),
        form=record.form,
        work_titles=[(title.text, title.kind.value) for title in record.titles],
        work_people=[(person.name, person.role, person.kind, person.primary) for person in record.contributors],
        sort_title=record.title.full(),
        sort_author=next((person.name for person in record.contributors if person.primary), record.responsibility),
    )


def _codes(union: UnionRecord) -> dict[str, list[str]]:
    record, holdings = union.record, union.holdings
    isbns: list[str] = []
    issns: list[str] = []
    identifiers: list[str] = []
    for identifier in _distinct("identifiers", union):
        both = identifier.value, identifier.raw
        identifiers += both
        if identifier.scheme == "isbn":
            isbns += both
        elif identifier.scheme == "issn":
            issns.append(both[0])
    return {
        "isbn": isbns,
        "issn": issns,
        "identifier": identifiers,
        "callnumber": [holding.call_number for holding in holdings],
        "barcode": [holding.barcode for holding in holdings],
        "language": list(record.languages),
        "form": [record.form],
        "audience": [record.audience],
        "availability": [holding.status for holding in holdings],
        "library": [*union.sources, *_holders(union)],
    }


def _holders(union: UnionRecord) -> Iterator[str]:
    for holding in union.holdings:
        yield holding.source
        yield holding.library


def _distinct(name: str, union: UnionRecord) -> list[Any]:
    """The values of the merged record, then what its members have beside them; most have the very same."""
    merged: tuple[Any, ...] = getattr(union.record, name)
    others: Iterable[tuple[Any, ...]] = [
        values for member in union.members if (values := getattr(member, name)) is not merged and values != merged
    ]
    if not others and len(merged) < 2:
        return list(merged)
    return list(dict.fromkeys([*merged, *[value for values in others for value in values]]))


def _title_text(title: Title) -> str:
    if not (title.other or title.part_number or title.part_name):
        return title.text
    return " ".join([part for part in (title.text, *title.other, title.part_number, title.part_name) if part])


def _title_forms(title: Title) -> tuple[str, ...]:
    """What a reader may type as the whole title."""
    if not (title.other or title.part_number or title.part_name):
        return (title.text,)
    return title.text, title.full(), _title_text(title)
