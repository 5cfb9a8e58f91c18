"""A record as simple Dublin Core (DCMES 1.1), in SRU's wrapper (info:srw/schema/1/dc-v1.1)."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.core.record import Record
from gateway.records.export.xml import element

_OPEN = '<srw_dc:dc xmlns:srw_dc="info:srw/schema/1/dc-schema" xmlns:dc="http://purl.org/dc/elements/1.1/">'


def dublin_core(record: Record) -> str:
    """One ``srw_dc:dc`` element; each value once."""
    body = "".join([element(f"dc:{name}", value) for name, value in dict.fromkeys(_elements(record))])
    return f"{_OPEN}{body}</srw_dc:dc>"


def _elements(record: Record) -> Iterator[tuple[str, str]]:
    for title in record.titles:
        yield "title", " : ".join((title.full(), *title.other))
    for contributor in record.contributors:
        yield "creator" if contributor.primary else "contributor", contributor.name
    for subject in record.subjects:
        yield "subject", subject.text
    for each in record.classes:
        yield "subject", each.value
    yield "description", record.summary
    yield "description", record.contents
    for note in record.notes:
        yield "description", note
    for publication in record.publications:
        yield "publisher", publication.publisher
    if record.year is not None:
        yield "date", str(record.year) if record.year_end is None else f"{record.year}-{record.year_end}"
    elif record.publications:
        yield "date", record.publications[0].date
    yield "type", record.form
    yield "format", record.extent
    for identifier in record.identifiers:
        if identifier.valid:
            prefix = f"urn:{identifier.scheme}:" if identifier.scheme in ("isbn", "issn") else ""
            yield "identifier", prefix + identifier.value
    for link in record.links:
        yield "identifier", link.url
    for language in record.languages:
        yield "language", language
    for series in record.series:
        yield "relation", series.title
