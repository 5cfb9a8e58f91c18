"""A :class:`~gateway.core.record.Record` as unqualified Dublin Core (OAI-PMH 2.0, section 3.4; DCMES 1.1)."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.core.record import UnionRecord
from gateway.protocols.oaipmh.server_response import escape
from gateway.records.labels import label

NAMESPACE = "http://www.openarchives.org/OAI/2.0/oai_dc/"
SCHEMA = "http://www.openarchives.org/OAI/2.0/oai_dc.xsd"
_OPEN = (
    f'<oai_dc:dc xmlns:oai_dc="{NAMESPACE}" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    f' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="{NAMESPACE} {SCHEMA}">'
)
_URN = ("isbn", "issn")


def dublin_core(union: UnionRecord) -> str:
    """One ``oai_dc:dc`` element; each value once. ``source`` names the libraries that have the edition."""
    body = "".join(
        f"<dc:{name}>{escape(value)}</dc:{name}>" for name, value in dict.fromkeys(_elements(union)) if value
    )
    return f"{_OPEN}{body}</oai_dc:dc>"


def _elements(union: UnionRecord) -> Iterator[tuple[str, str]]:
    record = union.record
    for title in record.titles:
        yield "title", " : ".join((title.full(), *title.other))
    for person in record.contributors:
        yield ("creator" if person.primary else "contributor"), person.name
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
        yield "date", str(record.year) if record.year_end is None else f"{record.year}/{record.year_end}"
    elif record.publications:
        yield "date", record.publications[0].date
    yield "type", label("forms", record.form, "en")
    yield "format", record.extent
    for identifier in record.identifiers:
        if identifier.valid:
            yield (
                "identifier",
                f"urn:{identifier.scheme}:{identifier.value}" if identifier.scheme in _URN else (identifier.value),
            )
    for link in record.links:
        yield "identifier", link.url
    for source in union.sources:
        yield "source", source
    for language in record.languages:
        yield "language", language
    for series in record.series:
        yield "relation", series.title
