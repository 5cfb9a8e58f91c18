"""One union record out of its members: every field has a declared rule.

The rules are ``MERGE_RULES``; they look at the members in one fixed order (the best described first, then by id), so
the result depends on who the members are and on nothing else. Values are worked out when somebody asks for them.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from typing import Any, Final

from gateway.core.record import Contributor, Evidence, Holding, Identifier, Record, Series, Subject, Title, UnionRecord
from gateway.records.keys import joined, uid
from gateway.records.lazy import LazyRecord
from gateway.records.text import fold, has_han

Rule = Callable[[Sequence[Record], str], Any]


def first(members: Sequence[Record], name: str) -> Any:
    """The value of the first member that has one."""
    for member in members:
        value = getattr(member, name)
        if value:
            return value
    return getattr(members[0], name)


def longest(members: Sequence[Record], name: str) -> Any:
    """The longest text; the first of those."""
    return max((getattr(member, name) for member in members), key=len)


def fullest(members: Sequence[Record], name: str) -> Any:
    """The member's tuple that has most in it; the first of those."""
    return max((getattr(member, name) for member in members), key=len)


def commonest(members: Sequence[Record], name: str) -> Any:
    """The value most members have; the first member's among equals; members without one do not vote."""
    values = [value for member in members if (value := getattr(member, name)) not in (None, "")]
    return max(values, key=Counter(values).__getitem__) if values else getattr(members[0], name)


def _united(key: Callable[[Any], Hashable], better: Callable[[Any, Any], Any] | None = None) -> Rule:
    """All values of all members; values with one key count as one, the first (or the better one) stays."""

    def rule(members: Sequence[Record], name: str) -> Any:
        found: dict[Hashable, Any] = {}
        # Copies of one record have their values in common; once is enough.
        own = [getattr(member, name) for member in members]
        for values in {id(values): values for values in own}.values():
            for value in values:
                known = found.get(identity := key(value))
                if known is None:
                    found[identity] = value
                elif better is not None:
                    found[identity] = better(known, value)
        return tuple(found.values())

    return rule


def _title_key(title: Title) -> Hashable:
    return title.kind, joined(title.text), fold(title.part_number), joined(title.part_name)


def _richer_title(known: Title, other: Title) -> Title:
    if other.pinyin and not known.pinyin:
        known = dataclasses.replace(known, pinyin=other.pinyin)
    return dataclasses.replace(known, other=other.other) if other.other and not known.other else known


def _one_main_title(members: Sequence[Record], name: str) -> tuple[Title, ...]:
    """United, but the main title is the first member's; those of the others stay where they read otherwise."""
    united: tuple[Title, ...] = _united(_title_key, _richer_title)(members, name)
    main = members[0].title
    if not main.text:
        return united
    main_key = joined(main.text)
    kept = [title for title in united if title.kind is not main.kind or joined(title.text) != main_key]
    lead = next(title for title in united if _title_key(title) == _title_key(main))
    return (lead, *kept)


def _contributor_key(contributor: Contributor) -> Hashable:
    return fold(contributor.name).replace(" ", ""), contributor.role


def _people(members: Sequence[Record], name: str) -> tuple[Contributor, ...]:
    """The first member's names, filled up from the others with names that it lacks in the same script."""
    own = list(members[0].contributors)
    seen = {fold(c.name).replace(" ", "") for c in own}
    seen |= {joined(c.pinyin) for c in own if c.pinyin}
    known_in_han = any(has_han(c.name) for c in own)
    for member in members[1:]:
        for contributor in member.contributors:
            key = fold(contributor.name).replace(" ", "")
            romanised_only = known_in_han and not has_han(contributor.name)
            if key in seen or (own and romanised_only):
                continue
            seen.add(key)
            own.append(contributor)
    return tuple(own)


def _identifier_key(identifier: Identifier) -> Hashable:
    return identifier.scheme, identifier.value


def _richer_identifier(known: Identifier, other: Identifier) -> Identifier:
    if not known.price and other.price:
        known = dataclasses.replace(known, price=other.price)
    if not known.qualifier and other.qualifier:
        known = dataclasses.replace(known, qualifier=other.qualifier)
    return known


def _all_holdings(members: Sequence[Record], name: str) -> tuple[Holding, ...]:
    """Everybody's copies, each with the library it came from; a member without copies still shows as a holder."""
    found: list[Holding] = []
    for member in sorted(members, key=lambda member: member.id):
        own = [
            h if h.source == member.source else dataclasses.replace(h, source=member.source) for h in member.holdings
        ]
        found += own or [Holding(source=member.source)]
    return tuple(dict.fromkeys(found))


def _subject_key(subject: Subject) -> Hashable:
    return fold(subject.text)


def _series_key(series: Series) -> Hashable:
    return joined(series.title), fold(series.number)


#: The declared rule of each field of a union record.
MERGE_RULES: Final[dict[str, Rule]] = {
    "flavour": first,
    "charset": first,
    "charset_confidence": first,
    "titles": _one_main_title,
    "responsibility": first,
    "contributors": _people,
    "identifiers": _united(_identifier_key, _richer_identifier),
    "edition": first,
    "publications": first,
    "year": commonest,
    "year_end": commonest,
    "extent": first,
    "dimensions": first,
    "illustrations": first,
    "series": _united(_series_key),
    "hosts": fullest,
    "subjects": _united(_subject_key),
    "classes": _united(lambda value: (value.scheme, value.value)),
    "languages": fullest,
    "original_languages": fullest,
    "countries": fullest,
    "form": commonest,
    "audience": longest,
    "summary": longest,
    "contents": longest,
    "notes": _united(fold),
    "links": _united(lambda link: link.url),
    "holdings": _all_holdings,
    "warnings": lambda members, name: (),
}


def _plain_key(value: Any) -> Hashable:
    return fold(value) if isinstance(value, str) else value


#: What makes two values of a field one value, where that is not the text as it folds or the value itself.
_VALUE_KEYS: Final[dict[str, Callable[[Any], Hashable]]] = {
    "titles": _title_key,
    "contributors": lambda person: fold(person.name).replace(" ", ""),
    "identifiers": _identifier_key,
    "publications": lambda one: (fold(one.place), fold(one.publisher), fold(one.date)),
    "series": _series_key,
    "subjects": _subject_key,
    "classes": lambda value: (value.scheme, value.value),
    "links": lambda link: link.url,
}


def value_key(name: str, value: Any) -> Hashable:
    """The same for two values of the field ``name`` (members of its tuple) that count as one in a union record."""
    return _VALUE_KEYS.get(name, _plain_key)(value)


class _Merged:
    """The view of a merged record."""

    __slots__ = ("members",)

    def __init__(self, members: Sequence[Record]) -> None:
        self.members = members

    def value(self, name: str, record: Record) -> Any:
        if len(self.members) == 1 and name not in ("holdings", "warnings"):
            return getattr(self.members[0], name)
        return MERGE_RULES[name](self.members, name)

    def main_titles(self, record: Record) -> Sequence[Title]:
        return record.titles


def _rank(member: Record) -> tuple[Any, ...]:
    """The best described member leads: in Chinese characters, with a statement of responsibility and many subjects."""
    core = member.core() if isinstance(member, LazyRecord) else None
    if core is None:
        return _described(member), member.id
    if "rank" not in core.values:
        core.values["rank"] = _described(member)
    return core.values["rank"], member.id


def _described(member: Record) -> tuple[Any, ...]:
    main = member.title
    chinese = "chi" in member.languages
    return (
        not (has_han(main.text) or not chinese),
        not main.text,
        -(bool(member.contributors) + bool(member.publications) + bool(member.year) + bool(main.pinyin)),
    )


def merge(members: Sequence[Record], why: Sequence[Evidence] = ()) -> UnionRecord:
    """One union record of these members (at least one), whatever their order. ``why`` is kept with it."""
    if len(members) == 1:
        return UnionRecord(uid(members[0].id), _merged(tuple(members)), tuple(members), tuple(why))
    ordered = tuple(sorted(members, key=_rank))
    by_id = tuple(sorted(members, key=lambda member: member.id))
    return UnionRecord(min(uid(member.id) for member in members), _merged(ordered), by_id, tuple(why))


def _merged(ordered: tuple[Record, ...]) -> Record:
    lead = ordered[0]
    return LazyRecord.over(_Merged(ordered), id=lead.id, source=lead.source, local_id=lead.local_id, raw=lead.raw)
