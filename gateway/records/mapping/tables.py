"""The mapping tables of ``config/maps/marc21.yaml`` and ``unimarc.yaml`` in the form that the views use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from gateway.core.record import TitleKind
from gateway.records.labels import table


@dataclass(frozen=True, slots=True)
class TitleRule:
    kind: TitleKind
    main: frozenset[str]
    other: str
    part_number: str
    part_name: str


@dataclass(frozen=True, slots=True)
class NameRule:
    kind: str
    primary: bool
    name: frozenset[str]


@dataclass(frozen=True, slots=True)
class SubjectRule:
    kind: str
    heading: frozenset[str]
    subdivisions: frozenset[str]
    join: str
    each: bool  #: every subfield is a heading of its own


@dataclass(frozen=True, slots=True)
class ClassRule:
    scheme: str
    value: str
    edition: str
    named_by: str  #: subfield that names the scheme, empty when the tag does


@dataclass(frozen=True, slots=True)
class NumberRule:
    scheme: str
    value: str
    invalid: str  #: codes of cancelled and wrong numbers
    qualifier: str
    price: str
    named_by: str
    simple: bool  #: there is only the number: no qualifier, price or cancelled number


#: Parts of a table whose keys are tags.
_GROUPS = (
    "titles", "linked_titles", "contributors", "subjects", "classes", "identifiers", "edition", "publication", "extent",
    "series", "linked_series", "traced_series", "notes", "summary", "contents", "audience", "links",
    "hosts", "statement", "coded", "country", "vernacular",
)  # fmt: skip


#: Coded fields and others that the views and ``forms`` read without a table.
_DIRECT = frozenset(("006", "007", "008", "100", "105", "106", "110", "135", "200", "245", "328", "502"))


@dataclass(frozen=True, slots=True)
class Tables:
    """One format's tables: tag → what it holds."""

    titles: Mapping[str, TitleRule]
    linked_titles: Mapping[str, TitleKind]
    contributors: Mapping[str, NameRule]
    subjects: Mapping[str, SubjectRule]
    subject_schemes: Mapping[str, str]
    classes: Mapping[str, ClassRule]
    identifiers: Mapping[str, NumberRule]
    edition: Mapping[str, frozenset[str]]
    publication: Mapping[str, Mapping[str, str]]
    extent: Mapping[str, Mapping[str, str]]
    series: Mapping[str, Mapping[str, str]]
    linked_series: tuple[str, ...]
    traced_series: Mapping[str, frozenset[str]]
    notes: Mapping[str, frozenset[str]]
    summary: Mapping[str, frozenset[str]]
    contents: Mapping[str, frozenset[str]]
    audience: Mapping[str, frozenset[str]]
    links: Mapping[str, Mapping[str, str]]

    groups: Mapping[str, tuple[str, ...]]  #: tag → the groups above that read it
    tags: Mapping[str, frozenset[str]]  #: group → the tags that it reads
    named: frozenset[str]  #: all tags that names are read from, the title statement aside
    stated: str  #: tag of the title statement
    credits: str  #: its subfields with statements of responsibility
    understood: frozenset[str]  #: all tags that any value but holdings is read from


def _sets(group: Mapping[str, str]) -> dict[str, frozenset[str]]:
    return {tag: frozenset(codes) for tag, codes in group.items()}


@lru_cache(maxsize=4)
def tables(name: str) -> Tables:
    """The tables of ``marc21`` or ``unimarc``; raises ``ConfigurationError`` for another name."""
    data = table(name)
    groups: dict[str, tuple[str, ...]] = {}
    for group in _GROUPS:
        for tag in data.get(group, ()):
            groups[tag] = (*groups.get(tag, ()), group)
    return Tables(
        groups=groups,
        tags={group: frozenset(data.get(group, ())) for group in _GROUPS},
        named=frozenset(("880",)).union(data["contributors"]),
        stated="245" if name == "marc21" else "200",
        credits="c" if name == "marc21" else "fg",
        understood=_DIRECT.union(groups),
        titles={
            tag: TitleRule(
                TitleKind(rule["kind"]),
                frozenset(rule["main"]),
                rule.get("other", ""),
                rule.get("part_number", ""),
                rule.get("part_name", ""),
            )
            for tag, rule in data["titles"].items()
        },
        linked_titles={tag: TitleKind(kind) for tag, kind in data["linked_titles"].items()},
        contributors={
            tag: NameRule(rule["kind"], rule["primary"], frozenset(rule.get("name", "ab")))
            for tag, rule in data["contributors"].items()
        },
        subjects={
            tag: SubjectRule(
                rule["kind"],
                frozenset(rule["heading"]),
                frozenset(rule.get("subdivisions", "")),
                rule.get("join", " "),
                rule.get("each", False),
            )
            for tag, rule in data["subjects"].items()
        },
        subject_schemes=data.get("subject_schemes", {}),
        classes={
            tag: ClassRule(rule["scheme"], rule["value"], rule.get("edition", ""), rule.get("named_by", ""))
            for tag, rule in data["classes"].items()
        },
        identifiers={
            tag: NumberRule(
                rule["scheme"],
                rule["value"],
                rule.get("invalid", ""),
                rule.get("qualifier", ""),
                rule.get("price", ""),
                rule.get("named_by", ""),
                not (rule.get("invalid") or rule.get("qualifier") or rule.get("price")),
            )
            for tag, rule in data["identifiers"].items()
        },
        edition=_sets(data["edition"]),
        publication=data["publication"],
        extent=data["extent"],
        series=data["series"],
        linked_series=tuple(data.get("linked_series", ())),
        traced_series=_sets(data.get("traced_series", {})),
        notes=_sets(data["notes"]),
        summary=_sets(data["summary"]),
        contents=_sets(data["contents"]),
        audience=_sets(data["audience"]),
        links=data["links"],
    )
