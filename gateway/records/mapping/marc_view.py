"""What MARC 21 and UNIMARC have in common: groups of a record read through the tables of one flavour."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import compress
from typing import Any, ClassVar, TypeVar

from gateway.core.record import (
    Classification,
    Flavour,
    Holding,
    Identifier,
    Link,
    Publication,
    RawRecord,
    Record,
    Subject,
    Title,
    Warning,
)
from gateway.records import holdings as layouts
from gateway.records import quality
from gateway.records.labels import table, words
from gateway.records.lazy import Core
from gateway.records.mapping import numbers
from gateway.records.mapping.punctuation import strip, unbracket, years
from gateway.records.mapping.statements import Credit
from gateway.records.mapping.tables import Tables
from gateway.records.marc import SUBFIELD, Field, MarcRecord, values
from gateway.records.memo import memo
from gateway.records.text import fold

T = TypeVar("T")

#: Values that are a record's own, whatever its description shares with others.
_OWN = frozenset(("flavour", "charset", "charset_confidence", "holdings", "warnings"))


@lru_cache(maxsize=4096)
def _core(flavour: frozenset[str], leader: str, tags: tuple[str, ...], fields: tuple[str, ...]) -> Core:
    """One for all records with the same description; ``flavour`` is anything that tells the views apart."""
    return Core()


_NO_LANGUAGE = frozenset(("", "und", "xxx", "|||", "   ", "n/a"))
_PUNCTUATED_CLASSES = str.maketrans("", "", "/'’′")


def texts(field: Field, codes: Container[str]) -> list[str]:
    """Non-empty values of these subfields in the record's order."""
    if field.tag[:2] == "00":
        return []
    return [
        value for part in field.text.split(SUBFIELD)[1:] if part and part[0] in codes and (value := part[1:].strip())
    ]


def unique(values: list[T]) -> tuple[T, ...]:
    """The values in their order, each once."""
    return tuple(values) if len(values) < 2 else tuple(dict.fromkeys(values))


class MarcView:
    """One MARC record, understood by group. ``value`` is what :class:`gateway.records.lazy.LazyRecord` asks.

    Knows no source: libraries that send the same bytes share it.
    """

    tables: ClassVar[Tables]

    def __init__(self, marc: MarcRecord, flavour: Flavour, found: tuple[Warning, ...] = ()) -> None:
        """``found`` are warnings that reading and identifying the record already gave."""
        self.marc = marc
        self._flavour = flavour
        self._found = found

    def value(self, name: str, record: Record) -> Any:
        if name in _OWN:
            if name == "holdings":
                return self.holdings(record.raw) if record.raw is not None else ()
            return self.warnings(record) if name == "warnings" else getattr(self, name)()
        known = self.core.values
        if name not in known:
            known[name] = getattr(self, name)()
        return known[name]

    @memo
    def core(self) -> Core:
        """What all records share whose fields are the same, those aside that only this library has."""
        tags, fields = self.marc.tag_list, self.marc.texts
        # Whether a field counts, by field; all in C, since most records have no copy and pay for nothing.
        counts = tuple(map(self.tables.understood.__contains__, tags))
        return _core(
            self.serial_types, self.marc.leader[5:9], tuple(compress(tags, counts)), tuple(compress(fields, counts))
        )

    @memo
    def own_titles(self) -> list[Title]:
        """Titles of the title statement (200 or 245)."""
        raise NotImplementedError

    def main_titles(self, record: Record) -> Sequence[Title]:
        known = self.core.values
        if "own_titles" not in known:
            known["own_titles"] = self.own_titles
        return known["own_titles"] or record.titles

    def names_text(self) -> str:
        known = self.core.values
        if "names_text" not in known:
            there = self.marc.by_tag()
            texts = [text for tag in self.tables.named.intersection(there) for text in there[tag]]
            for text in there.get(self.tables.stated, ()):
                # The statement of responsibility, from its first subfield on; what comes before it is the title.
                starts = [at for code in self.tables.credits if (at := text.find(SUBFIELD + code)) >= 0]
                if starts:
                    texts.append(text[min(starts) :])
            known["names_text"] = fold(" ".join(texts))
        return str(known["names_text"])

    def warnings(self, record: Record) -> tuple[Warning, ...]:
        damage = quality.damage(self.marc.damage)
        return tuple(dict.fromkeys((*self._found, *damage, *quality.inspect(record, self))))

    def year_doubtful(self, record: Record) -> bool:
        """Whether the record has the finding ``year-mismatch``, without looking for the others."""
        return record.year is not None and bool(quality.dates_that_disagree(record, self))

    # How fields are reached; MARC 21 puts 880 in their place.

    def own_fields(self, group: str) -> list[Field]:
        """Fields that a group of the tables reads; those of one tag together, in their order."""
        there = self.marc.by_tag()
        tags = self.tables.tags[group].intersection(there)
        if not tags:
            return []
        if len(tags) == 1:
            (tag,) = tags
            return self.marc.fields(tag)
        return [field for tag in there if tag in tags for field in self.marc.fields(tag)]

    def fields(self, group: str) -> Sequence[Field]:
        return self.own_fields(group)

    # Groups.

    def flavour(self) -> Flavour:
        return self._flavour

    def charset(self) -> str:
        return self.marc.charset

    def charset_confidence(self) -> float:
        return self.marc.charset_confidence

    @memo
    def credits(self) -> list[Credit]:
        """Who the statement of responsibility names."""
        raise NotImplementedError

    def identifiers(self) -> tuple[Identifier, ...]:
        rules = self.tables.identifiers
        found: list[Identifier] = []
        for field in self.fields("identifiers"):
            rule = rules[field.tag]
            found += numbers.identify(field, rule)
        return unique(found)

    def edition(self) -> str:
        rules = self.tables.edition
        found = [
            text
            for f in self.fields("edition")
            if (text := strip(" ".join(texts(f, rules[f.tag])).replace(" / ", " ")))
        ]
        return "; ".join(unique(found))

    def publications(self) -> tuple[Publication, ...]:
        found: list[Publication] = []
        for field in self.publication_fields:
            rule = self.tables.publication[field.tag]
            places = [unbracket(strip(text)) for text in values(field, rule["place"])]
            names = [unbracket(strip(text)) for text in values(field, rule["publisher"])]
            dates = [strip(text) for text in values(field, rule["date"])]
            for at in range(max(len(places), len(names), 1)):
                place = places[at] if at < len(places) else ""
                name = names[at] if at < len(names) else ""
                date = dates[min(at, len(dates) - 1)] if dates else ""
                if place or name or date:
                    found.append(Publication(place, name, date))
        return unique(found)

    @memo
    def publication_fields(self) -> Sequence[Field]:
        return self.fields("publication")

    @memo
    def coded_dates(self) -> tuple[str, str, str]:
        """Type of date, first date, second date of the coded field."""
        raise NotImplementedError

    @memo
    def _years(self) -> tuple[int | None, int | None]:
        kind, first, last = self.coded_dates
        rules = self.tables.publication
        written: list[int] = []
        for field in self.publication_fields:
            for text in values(field, rules[field.tag]["date"]):
                written += years(text)
        coded = int(first) if first.isdecimal() and 1000 <= int(first) <= 2100 else None
        if coded is not None and (not written or coded in written or kind in self.serial_types):
            start: int | None = coded
        else:
            start = written[0] if written else None
        end = None
        if kind in self.range_types and last.isdecimal() and start is not None and start < int(last) <= 2100:
            end = int(last)
        return start, end

    #: Codes of date types with a last year, and of those among them whose first year may be far from the one written.
    range_types: ClassVar[frozenset[str]]
    serial_types: ClassVar[frozenset[str]]

    def year(self) -> int | None:
        return self._years[0]

    def year_end(self) -> int | None:
        return self._years[1]

    def _physical(self, key: str) -> str:
        rules = self.tables.extent
        found = [
            text
            for field in self.fields("extent")
            for value in values(field, rules[field.tag][key])
            if (text := strip(value.rstrip("+ ")))
        ]
        return "; ".join(unique(found))

    def extent(self) -> str:
        return self._physical("extent")

    def illustrations(self) -> str:
        return self._physical("illustrations")

    def dimensions(self) -> str:
        text = self._physical("dimensions")
        return text[:-1] if text.endswith("cm.") else text  # the point ends the area

    @classmethod
    def subject_scheme(cls, field: Field) -> str:
        raise NotImplementedError

    def subjects(self) -> tuple[Subject, ...]:
        view = type(self)
        found: list[Subject] = []
        for field in self.fields("subjects"):
            found += _subjects(view, field.tag, field.text)  # type: ignore[arg-type]  # a class can be hashed
        return unique(found)

    def classes(self) -> tuple[Classification, ...]:
        rules = self.tables.classes
        found: list[Classification] = []
        for field in self.fields("classes"):
            rule = rules[field.tag]
            scheme = rule.scheme
            if rule.named_by:
                scheme = _class_scheme(field.get(rule.named_by))
            edition = strip(field.get(rule.edition)) if rule.edition else ""
            if len(rule.value) > 1:
                value = " ".join(texts(field, rule.value)[:2])
                values = [value] if value else []
            else:
                values = texts(field, rule.value)
            for value in values:
                if scheme == "ddc":
                    value = value.translate(_PUNCTUATED_CLASSES)
                found.append(Classification(scheme, value, edition))
        return unique(found)

    def _joined(self, group: str) -> Iterator[str]:
        rules = getattr(self.tables, group)
        for field in self.fields(group):
            text = " ".join(texts(field, rules[field.tag]))
            if text:
                yield text

    def notes(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self._joined("notes")))

    def summary(self) -> str:
        return "\n".join(dict.fromkeys(self._joined("summary")))

    def contents(self) -> str:
        return "\n".join(dict.fromkeys(self._joined("contents")))

    def coded_audience(self) -> str:
        """The code of the coded field, one of ``config/maps/audience``."""
        raise NotImplementedError

    def audience(self) -> str:
        return "; ".join(dict.fromkeys(self._joined("audience"))) or self.coded_audience()

    def links(self) -> tuple[Link, ...]:
        rules = self.tables.links
        found: list[Link] = []
        for field in self.fields("links"):
            rule = rules[field.tag]
            label = " ".join(texts(field, rule["label"]))
            found += [Link(url.strip(), label) for url in values(field, rule["url"]) if url.strip()]
        return unique(found)

    def holdings(self, raw: RawRecord) -> tuple[Holding, ...]:
        return layouts.holdings(self.marc, raw, marc21=self._flavour is Flavour.MARC21)


@lru_cache(maxsize=8192)
def _subjects(view: type[MarcView], tag: str, text: str) -> tuple[Subject, ...]:
    """The headings of one field; headings come again and again among the records of one search."""
    field = Field.parse(tag, text)
    rule = view.tables.subjects[tag]
    scheme = view.subject_scheme(field)
    if rule.each:
        return tuple(
            [Subject((own,), rule.kind, scheme) for value in texts(field, rule.heading) if (own := strip(value))]
        )
    heading = strip(rule.join.join(texts(field, rule.heading)))
    rest = [own for value in texts(field, rule.subdivisions) if (own := strip(value))]
    if not heading and not rest:
        return ()
    return (Subject((heading, *rest) if heading else tuple(rest), rule.kind, scheme),)


def languages(codes: Iterable[str]) -> tuple[str, ...]:
    """MARC language codes, run-together ones (``engfre``) taken apart, other standards' codes replaced."""
    return _languages(tuple(codes))


@lru_cache(maxsize=1024)
def _languages(codes: tuple[str, ...]) -> tuple[str, ...]:
    known = words("languages")
    found: dict[str, None] = {}
    for code in codes:
        code = code.strip().lower()
        if len(code) > 3 and len(code) % 3 == 0 and code.isalpha():
            pieces = [code[at : at + 3] for at in range(0, len(code), 3)]
        else:
            pieces = [code.partition("-")[0]]
        for piece in pieces:
            if piece in known or (len(piece) == 3 and piece.isalpha() and piece not in _NO_LANGUAGE):
                found[known.get(piece, piece)] = None
    return tuple(found)


def audience_code(standard: str, codes: str) -> str:
    """The widest audience that a coded field's characters name (``standard`` is marc21 or unimarc): the last."""
    for code in reversed(codes):
        for name, entry in table("audience").items():
            if code in entry[standard]:
                return name
    return ""


def _class_scheme(name: str) -> str:
    """Scheme out of a source code ($2): ``clc`` for 中图法 in its names."""
    name = name.strip().lower()
    if not name:
        return "other"
    if name.startswith(("clc", "zhongtu", "中图", "ztf", "njb/clc", "cncl")):
        return "clc"
    if name.startswith(("las", "科图", "ktf")):
        return "las"
    return {"ddc": "ddc", "udc": "udc", "lcc": "lcc"}.get(name[:3], name)
