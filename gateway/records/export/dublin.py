"""A record as simple Dublin Core (DCMES 1.1), in the wrappers of SRU and of OAI-PMH (OAI-PMH 2.0, section 3.4)."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.core.record import Record, UnionRecord
from gateway.records.export.xml import element
from gateway.records.labels import label

OAI_NAMESPACE = "http://www.openarchives.org/OAI/2.0/oai_dc/"
OAI_SCHEMA = "http://www.openarchives.org/OAI/2.0/oai_dc.xsd"
_DC = 'xmlns:dc="http://purl.org/dc/elements/1.1/"'
_SRW_OPEN = f'<srw_dc:dc xmlns:srw_dc="info:srw/schema/1/dc-schema" {_DC}>'
_OAI_OPEN = (
    f'<oai_dc:dc xmlns:oai_dc="{OAI_NAMESPACE}" {_DC}'
    f' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="{OAI_NAMESPACE} {OAI_SCHEMA}">'
)


def dublin_core(record: Record) -> str:
    """One ``srw_dc:dc`` element; each value once."""
    return f"{_SRW_OPEN}{_body(record)}</srw_dc:dc>"


def oai_dc(union: UnionRecord) -> str:
    """One ``oai_dc:dc`` element; each value once. ``source`` names the libraries that have the edition."""
    return f"{_OAI_OPEN}{_body(union.record, union.sources)}</oai_dc:dc>"


def _body(record: Record, sources: tuple[str, ...] = ()) -> str:
    return "".join([element(f"dc:{name}", value) for name, value in dict.fromkeys(_elements(record, sources))])


def _elements(record: Record, sources: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for title in record.titles:
        yield "title", " : ".join((title.full(), *title.other))
    for contributor in record.contributors:
        yield "creator" if contributor.primary else "contributor", contributor.name
    for subject in record.subjects:
        yield "subject", subject.text
    for each in record.classes:
        yield "subject", each.value
    for text in (record.summary, record.contents, *record.notes):
        yield "description", text
    for publication in record.publications:
        yield "publisher", publication.publisher
    if record.year is not None:
        yield "date", str(record.year) if record.year_end is None else f"{record.year}/{record.year_end}"
    elif record.publications:
        yield "date", record.publications[0].date
    yield "type", label("forms", record.form, "en")
    yield "format", record.extent
    for identifier in record.identifiers:
        if identifier.valid:
            prefix = f"urn:{identifier.scheme}:" if identifier.scheme in ("isbn", "issn") else ""
            yield "identifier", prefix + identifier.value
    for link in record.links:
        yield "identifier", link.url
    for source in sources:
        yield "source", source
    for language in record.languages:
        yield "language", language
    for series in record.series:
        yield "relation", series.title
