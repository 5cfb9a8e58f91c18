"""Records as they come (raw), as they are understood (:class:`Record`) and as a reader sees them (union).

All text is as the cataloguer wrote it, stripped of field punctuation that only separates elements; folding happens in
``gateway.records.text`` alone. Tuples everywhere: a record never changes after it was made.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from gateway.core.immutable import immutable


class Flavour(StrEnum):
    """Which MARC rules the tags follow."""

    MARC21 = "marc21"
    UNIMARC = "unimarc"
    CNMARC = "cnmarc"


@immutable
class Holding:
    """One copy, or one group of like copies, of one library."""

    source: str = ""  #: target id of the library that holds it
    library: str = ""  #: library or branch code or name as the record gives it
    location: str = ""
    call_number: str = ""
    barcode: str = ""
    copies: int | None = None
    status: str = "unknown"  #: available | unavailable | reference | on_order | unknown
    status_text: str = ""  #: as the system words it
    due: str = ""  #: ISO 8601 date when known
    volume: str = ""  #: enumeration and chronology
    note: str = ""
    url: str = ""
    price: str = ""


@immutable
class RawRecord:
    """The bytes that a source sent, with what is known of them beforehand. Never altered."""

    source: str  #: target id
    payload: bytes
    format: str = "iso2709"  #: iso2709 | marcxml | marcjson | dc | mods | sutrs | grs1 | unknown
    flavour: Flavour | None = None  #: what the target is known to send; the record itself may show otherwise
    charset: str | None = None  #: what the target is known to send (utf-8, gbk, gb18030, big5, marc-8, …)
    local_id: str | None = None  #: identifier given outside of the record (OAI, SRU recordIdentifier)
    position: int = 0  #: 1-based position in the source's result set, 0 when there is none
    holdings: tuple[Holding, ...] = ()  #: holdings that came beside the record (OPAC record)


class TitleKind(StrEnum):
    MAIN = "main"
    PARALLEL = "parallel"
    UNIFORM = "uniform"
    VARIANT = "variant"  #: cover, spine, former, alternative, other titles
    ORIGINAL = "original"  #: title of the work that was translated
    CONTENT = "content"  #: title of a part in a collected volume (200$a repeated, 200$c, 740, 423)


@immutable
class Title:
    """``text`` is the title proper; ``other`` other title information; part is number then name."""

    text: str
    kind: TitleKind = TitleKind.MAIN
    other: tuple[str, ...] = ()
    part_number: str = ""
    part_name: str = ""
    language: str = ""
    pinyin: str = ""

    def full(self) -> str:
        """Title proper with its part, in the punctuation of the record's own script-neutral form."""
        parts = [self.text, self.part_number, self.part_name]
        return " ".join(part for part in parts if part)


@immutable
class Contributor:
    name: str
    role: str = ""  #: MARC relator code (aut, trl, edt, …), empty when the record does not tell
    role_text: str = ""  #: as the record words it (著, 主编, translator)
    kind: str = "person"  #: person | corporate | meeting | family
    primary: bool = False  #: carries primary responsibility (1XX, 70X/71X first or equal)
    dates: str = ""
    nationality: str = ""  #: nationality or dynasty mark, without brackets (清, 英, 日)
    pinyin: str = ""


@immutable
class Identifier:
    scheme: str  #: isbn | issn | ismn | isrc | oclc | lccn | doi | csbn (统一书号) | cn (national number) | control |
    #: local (``(database)number`` in a library's own catalogue) | other
    value: str  #: normalised: ISBN as 13 digits, ISSN as 1234-5678; as written when not valid
    raw: str = ""  #: as the record has it
    valid: bool = True
    qualifier: str = ""  #: 平装, v. 1, …
    price: str = ""


@immutable
class Publication:
    place: str = ""
    publisher: str = ""
    date: str = ""  #: as written


@immutable
class Series:
    title: str
    number: str = ""
    issn: str = ""


@immutable
class Host:
    """What an article or another part is in: a journal, a volume of collected papers."""

    title: str
    issn: str = ""
    isbn: str = ""
    numbering: str = ""  #: volume, issue, date and pages as the record words them
    volume: str = ""
    issue: str = ""
    pages: str = ""


@immutable
class Subject:
    """A heading with its subdivisions; ``text`` joins them by ``--`` for display."""

    parts: tuple[str, ...]
    kind: str = "topic"  #: topic | person | corporate | meeting | place | form | title | free
    scheme: str = ""

    @property
    def text(self) -> str:
        return "--".join(self.parts)


@immutable
class Classification:
    scheme: str  #: clc | lcc | ddc | udc | las (科图法) | other
    value: str
    edition: str = ""


@immutable
class Link:
    url: str
    label: str = ""


@immutable
class Warning:
    """Something doubtful or damaged in a record; the record is kept all the same."""

    code: str  #: stable id, for example ``isbn-invalid``
    message: str  #: a sentence in English
    field: str = ""  #: tag and subfield, for example ``010$a``


@dataclass(slots=True, kw_only=True, eq=True)
class Record:
    """One bibliographic record of one source, understood.

    ``gateway.records`` fills attributes by group when they are first asked for, so that a page of brief results costs
    only what it shows.
    """

    id: str  #: ``source:local_id``, unique and stable
    source: str
    local_id: str
    flavour: Flavour | None = None
    charset: str = "utf-8"
    charset_confidence: float = 1.0
    titles: tuple[Title, ...] = ()
    responsibility: str = ""  #: statement of responsibility as transcribed
    contributors: tuple[Contributor, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    edition: str = ""
    publications: tuple[Publication, ...] = ()
    year: int | None = None  #: first year of publication
    year_end: int | None = None  #: last year of a range (serials, sets)
    extent: str = ""
    dimensions: str = ""
    illustrations: str = ""
    series: tuple[Series, ...] = ()
    hosts: tuple[Host, ...] = ()
    subjects: tuple[Subject, ...] = ()
    classes: tuple[Classification, ...] = ()
    languages: tuple[str, ...] = ()  #: MARC language codes
    original_languages: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()  #: where it was published, by the coded fields: keys of config/maps/countries
    form: str = "book"  #: key of config/maps/forms: book, serial, article, audio, music, video, map, image, …
    audience: str = ""
    summary: str = ""
    contents: str = ""
    notes: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    holdings: tuple[Holding, ...] = ()
    warnings: tuple[Warning, ...] = ()
    raw: RawRecord | None = None

    @property
    def title(self) -> Title:
        """The main title; an empty one when the record has none."""
        for title in self.titles:
            if title.kind is TitleKind.MAIN:
                return title
        return self.titles[0] if self.titles else Title("")

    def identifiers_of(self, scheme: str, *, valid_only: bool = True) -> Iterator[str]:
        for identifier in self.identifiers:
            if identifier.scheme == scheme and (identifier.valid or not valid_only):
                yield identifier.value


@immutable
class Evidence:
    """Why two records were judged to be the same edition (or not)."""

    left: str  #: record id
    right: str  #: record id
    same: bool
    rule: str  #: stable id of the rule that decided
    agree: tuple[str, ...] = ()  #: elements that agree (title, isbn, year, …)
    conflict: tuple[str, ...] = ()
    decision: str = ""  #: id of the cataloguer's decision that said so, whatever the rules say


@immutable
class UnionRecord:
    """One edition, with all members that describe it.

    ``id`` is the uid of one member (``gateway.records.keys.uid``), the least of all, so that it depends on the members
    only; the uid of every member resolves to the union that holds it, whatever merges or splits come later.
    """

    id: str
    record: Record  #: merged values of the members, by the declared rule of each field
    members: tuple[Record, ...]
    why: tuple[Evidence, ...] = ()

    @property
    def holdings(self) -> tuple[Holding, ...]:
        return self.record.holdings

    @property
    def sources(self) -> tuple[str, ...]:
        """Target ids of the libraries that have it, in member order, each once."""
        return tuple(dict.fromkeys(member.source for member in self.members))
