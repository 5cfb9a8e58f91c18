"""What the templates show of records: plain values, chosen and grouped, nothing translated yet but codes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from gateway.core.record import Contributor, Holding, Record, UnionRecord, Warning
from gateway.frontends.opac.language import day, has_han, text_tag
from gateway.records.highlight import Highlighter, highlighted_values, segments
from gateway.records.text import fold

#: ``label(map, code, language)``: the name of a code (``gateway.records.labels.label``).
Labeller = Callable[[str, str, str], str]
#: The name of a library in the page's language, by target id.
Namer = Callable[[str], str]

#: A text in pieces, each with whether it is marked.
Parts = tuple[tuple[str, bool], ...]
#: Texts besides title and responsibility in which a match is shown, and how much of each.
#: Libraries that a list of results names for one record, and copies of one library; the record's page has them all.
LISTED = 8
_MATCHES = 2
_MATCH_LENGTH = 120

#: From the best to the least news for a reader who wants the book now.
_STATUS_ORDER = ("available", "reference", "on_order", "unavailable", "unknown")


@dataclass(frozen=True, slots=True)
class Copy:
    """One line of a holdings table."""

    place: str
    call_number: str
    status: str  #: code
    status_label: str
    status_text: str
    due: str
    volume: str
    barcode: str
    copies: int | None
    note: str
    url: str


@dataclass(frozen=True, slots=True)
class LibraryHoldings:
    """What one library has of an edition."""

    source: str
    name: str
    status: str  #: the best status of its copies
    status_label: str
    copies: tuple[Copy, ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """One union record, as a list shows it."""

    id: str
    href: str
    title: str
    tag: str  #: BCP 47 of the title
    subtitle: str
    responsibility: str
    publication: tuple[str, ...]  #: publisher, date, edition: those that are known
    form: str
    form_label: str
    spine: str  #: the first characters of the title, for the drawn cover
    spine_han: bool
    libraries: tuple[LibraryHoldings, ...]  #: the first ``LISTED`` of those that have it, with as many copies each
    held: int  #: libraries that have it
    available: int  #: libraries that have a copy to lend
    title_parts: Parts = ()  #: the same texts in pieces, each with whether it matches what was asked
    subtitle_parts: Parts = ()
    responsibility_parts: Parts = ()
    matches: tuple[tuple[str, Parts], ...] = ()  #: (access point, text) of what matches elsewhere in the record


def safe_url(url: str) -> str:
    """A link of a record if it is one to follow; records may hold ``javascript:`` and worse."""
    return url if url.lower().startswith(("http://", "https://")) else ""


def record_href(union: UnionRecord) -> str:
    return f"/records/{union.id}"


def by_line(record: Record) -> str:
    """The statement of responsibility as transcribed, else the contributors."""
    return record.responsibility or "；".join(filter(None, (contributor.name for contributor in record.contributors)))


def publication_line(record: Record) -> tuple[str, ...]:
    first = record.publications[0] if record.publications else None
    when = (first.date if first else "") or (str(record.year) if record.year else "")
    return tuple(part for part in (first.publisher if first else "", when, record.edition) if part)


def spine(title: str) -> tuple[str, bool]:
    """What fits on the drawn cover's label, and whether it is set upright (Han) or turned."""
    han = has_han(title)
    letters = "".join(character for character in title if character.isalnum() or (character == " " and not han))
    return (letters[:5] if han else letters[:14].strip()), han


def hit(union: UnionRecord, language: str, label: Labeller, name: Namer, highlighter: Highlighter | None = None) -> Hit:
    record = union.record
    title = record.title

    def parts(field: str, text: str) -> Parts:
        return segments(text, highlighter.spans(field, text)) if highlighter and text else ((text, False),)

    shelves = _shelves(union)
    letters, han = spine(title.text)
    return Hit(
        id=union.id,
        href=record_href(union),
        title=title.full(),
        tag=text_tag(title.text, record.languages),
        subtitle=" : ".join(title.other),
        responsibility=by_line(record),
        publication=publication_line(record),
        form=record.form,
        form_label=label("forms", record.form, language),
        spine=letters,
        spine_han=han,
        libraries=tuple([_library(shelf, language, label, name, LISTED) for shelf in shelves[:LISTED]]),
        held=len(shelves),
        available=sum(1 for status, _, _ in shelves if status == "available"),
        title_parts=parts("title", title.full()),
        subtitle_parts=parts("title", " : ".join(title.other)),
        responsibility_parts=parts("author", by_line(record)),
        matches=_matches(record, highlighter) if highlighter else (),
    )


def _matches(record: Record, highlighter: Highlighter) -> tuple[tuple[str, Parts], ...]:
    """Where else a record matches: texts that a list does not show, cut around the first match."""
    shown = {fold(text) for text in (record.title.full(), *record.title.other, by_line(record))}
    found: list[tuple[str, Parts]] = []
    for field, text, is_name in highlighted_values(record):
        if (folded := fold(text)) in shown:
            continue
        shown.add(folded)
        spans = highlighter.spans(field, text, name=is_name)
        if not spans or (field == "author" and text in by_line(record)):
            continue
        start = max(0, spans[0][0] - _MATCH_LENGTH // 3) if len(text) > _MATCH_LENGTH else 0
        end = min(len(text), start + _MATCH_LENGTH)
        inside = [(max(a, start) - start, min(b, end) - start) for a, b in spans if a < end and b > start]
        pieces = list(segments(text[start:end], inside))
        pieces = [*([("…", False)] if start else []), *pieces, *([("…", False)] if end < len(text) else [])]
        found.append((field, tuple(pieces)))
        if len(found) == _MATCHES:
            break
    return tuple(found)


#: A library's best status, its id and its copies.
_Shelf = tuple[str, str, list[Holding]]


def holdings(union: UnionRecord, language: str, label: Labeller, name: Namer) -> tuple[LibraryHoldings, ...]:
    """All libraries that have it, those that can lend it first; a library without copy data has no lines."""
    return tuple([_library(shelf, language, label, name) for shelf in _shelves(union)])


def _shelves(union: UnionRecord) -> list[_Shelf]:
    groups: dict[str, list[Holding]] = {source: [] for source in union.sources}
    for item in union.holdings:
        groups.setdefault(item.source, []).append(item)
    found = [(best_status([item.status for item in items]), source, items) for source, items in groups.items()]
    return sorted(found, key=lambda shelf: _rank(shelf[0]))


def _library(shelf: _Shelf, language: str, label: Labeller, name: Namer, most: int | None = None) -> LibraryHoldings:
    status, source, items = shelf
    library = name(source)
    ordered = sorted(items, key=lambda item: (item.volume, _rank(item.status)))[:most]
    copies = tuple([_copy(item, library, language, label) for item in ordered])
    return LibraryHoldings(source, library, status, label("status", status, language), copies)


def best_status(statuses: Sequence[str]) -> str:
    return min(statuses, key=_rank, default="unknown")


def _rank(status: str) -> int:
    return _STATUS_ORDER.index(status) if status in _STATUS_ORDER else len(_STATUS_ORDER) - 1


def _place(item: Holding) -> tuple[str, ...]:
    """Branch and location; a branch's bare code (``SXLIB``) tells a reader nothing where there is a location."""
    coded = item.library.isascii() and item.library.isalnum()
    return (item.location,) if item.location and coded else (item.library, item.location)


def _copy(item: Holding, library: str, language: str, label: Labeller) -> Copy:
    status = item.status if item.status in _STATUS_ORDER else "unknown"
    return Copy(
        place=" / ".join(part for part in _place(item) if part not in ("", item.source, library)),
        call_number=item.call_number,
        status=status,
        status_label=label("status", status, language),
        status_text=item.status_text,
        due=day(item.due, language) if item.due else "",
        volume=item.volume,
        barcode=item.barcode,
        copies=item.copies,
        note=item.note,
        url=safe_url(item.url),
    )


def role(contributor: Contributor, language: str, label: Labeller) -> str:
    """What somebody did: as the record words it where the reader reads that, else the name of the code."""
    name = label("relators", contributor.role, language) if contributor.role else ""
    if language == "zh" and has_han(contributor.role_text):
        return contributor.role_text
    return name or contributor.role_text


def warning_label(warning: Warning, language: str, label: Labeller) -> str:
    """The finding in the page's language; '' if only the record's own English message tells it."""
    found = label("warnings", warning.code, language)
    return "" if found == warning.code else found


def linked_data(union: UnionRecord, libraries: Sequence[LibraryHoldings], tags: Mapping[str, str]) -> dict[str, object]:
    """The record in schema.org's words (https://schema.org/Book and the like), for machines that read pages."""
    record = union.record
    kinds = {"serial": "Periodical", "newspaper": "Newspaper", "article": "Article", "map": "Map", "video": "Movie"}
    data: dict[str, object] = {
        "@context": "https://schema.org",
        "@type": kinds.get(record.form, "Book" if record.form in _BOOKS else "CreativeWork"),
        "@id": record_href(union),
        "name": record.title.full(),
        "author": [
            {"@type": "Person" if person.kind == "person" else "Organization", "name": person.name}
            for person in record.contributors
            if person.primary
        ],
        "isbn": list(record.identifiers_of("isbn")),
        "issn": list(record.identifiers_of("issn")),
        "publisher": [{"@type": "Organization", "name": p.publisher} for p in record.publications if p.publisher],
        "datePublished": str(record.year) if record.year else "",
        "bookEdition": record.edition,
        "inLanguage": [tags[code] for code in record.languages if code in tags],
        "about": [subject.text for subject in record.subjects],
        "offers": [
            {"@type": "Offer", "offeredBy": {"@type": "Library", "name": library.name}} for library in libraries
        ],
    }
    return {key: value for key, value in data.items() if value}


_BOOKS = frozenset({"book", "ebook", "rarebook", "thesis", "braille"})
