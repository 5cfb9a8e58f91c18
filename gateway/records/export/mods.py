"""A record as MODS 3.7 (Library of Congress), with everybody's holdings as ``location`` elements.

``gateway.records.mods`` reads all of it back, but for the statement of who holds it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gateway.core.record import (
    Contributor,
    Holding,
    Publication,
    Record,
    Series,
    Subject,
    Title,
    TitleKind,
    UnionRecord,
)
from gateway.records.export.xml import element, wrap
from gateway.records.labels import table

NAMESPACE = "http://www.loc.gov/mods/v3"
SCHEMA = "http://www.loc.gov/standards/mods/v3/mods-3-7.xsd"
_OPEN = (
    f'<mods xmlns="{NAMESPACE}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" version="3.7"'
    f' xsi:schemaLocation="{NAMESPACE} {SCHEMA}">'
)
_TITLE_TYPES = {
    TitleKind.PARALLEL: "translated",
    TitleKind.UNIFORM: "uniform",
    TitleKind.VARIANT: "alternative",
}
_RELATED_TITLES = {TitleKind.ORIGINAL: "original", TitleKind.CONTENT: "constituent"}
_NAME_TYPES = {"person": "personal", "family": "family", "corporate": "corporate", "meeting": "conference"}
_SUBJECTS = {"place": "geographic", "form": "genre"}


def mods(union: UnionRecord) -> str:
    """One ``mods`` element, without declaration."""
    return of_record(union.record, union.holdings, union.id)


def of_record(record: Record, holdings: Sequence[Holding] = (), identifier: str = "") -> str:
    """One ``mods`` element of any record, with these holdings and this ``recordIdentifier``."""
    form = table("forms").get(record.form, {}).get("mods", {"type": "text"})
    physical = (
        element("form", form.get("form", ""), authority="marcform"),
        element("extent", record.extent),
        element("extent", record.dimensions, unit="dimensions"),
        element("note", record.illustrations, type="illustrations"),
    )
    parts = [
        *(_title(title, at) for at, title in enumerate(record.titles) if title.kind not in _RELATED_TITLES),
        *map(_name, record.contributors),
        element("typeOfResource", form["type"]),
        element("genre", form.get("genre", ""), authority="wenyuan"),
        *_origin(record, form.get("issuance", "")),
        *(f"<language>{element('languageTerm', code, type='code', authority='iso639-2b')}</language>"
          for code in record.languages),
        *(f"<language objectPart=\"original\">{element('languageTerm', code, type='code', authority='iso639-2b')}"
          "</language>" for code in record.original_languages),
        wrap("physicalDescription", "".join(physical)),
        element("abstract", record.summary),
        element("tableOfContents", record.contents),
        element("targetAudience", record.audience),
        element("note", record.responsibility, type="statement of responsibility"),
        *(element("note", note) for note in record.notes),
        *map(_subject, record.subjects),
        *(element("classification", each.value, authority=each.scheme, edition=each.edition)
          for each in record.classes),
        *map(_series, record.series),
        *(wrap("relatedItem", _title(title, at), type=_RELATED_TITLES[title.kind])
          for at, title in enumerate(record.titles) if title.kind in _RELATED_TITLES),
        *(element("identifier", each.value, type=each.scheme, invalid="" if each.valid else "yes")
          for each in record.identifiers),
        *(wrap("location", element("url", link.url, displayLabel=link.label)) for link in record.links),
        *map(_location, holdings),
        wrap("recordInfo", element("recordIdentifier", identifier)),
    ]  # fmt: skip
    return f"{_OPEN}{''.join(parts)}</mods>"


def _series(series: Series) -> str:
    title = wrap("titleInfo", element("title", series.title) + element("partNumber", series.number))
    return wrap("relatedItem", title + element("identifier", series.issn, type="issn"), type="series")


def _title(title: Title, at: int) -> str:
    inner = (
        element("title", title.text)
        + "".join([element("subTitle", text) for text in title.other])
        + element("partNumber", title.part_number)
        + element("partName", title.part_name)
    )
    if not title.text:
        return ""
    group = f"t{at}" if title.pinyin else ""
    kind = _TITLE_TYPES.get(title.kind, "")
    own = wrap("titleInfo", inner, type=kind, lang=title.language, altRepGroup=group)
    latin = wrap("titleInfo", element("title", title.pinyin), type=kind, transliteration="pinyin", altRepGroup=group)
    return own + latin


def _name(name: Contributor) -> str:
    roles = element("roleTerm", name.role, type="code", authority="marcrelator") + element(
        "roleTerm", name.role_text, type="text"
    )
    inner = (
        element("namePart", name.name)
        + element("namePart", name.nationality, type="termsOfAddress")
        + element("namePart", name.dates, type="date")
        + wrap("role", roles)
        + wrap("alternativeName", element("namePart", name.pinyin), altType="pinyin")
    )
    usage = "primary" if name.primary else ""
    return wrap("name", inner, type=_NAME_TYPES.get(name.kind, ""), usage=usage)


def _origin(record: Record, issuance: str) -> Iterator[str]:
    publications = record.publications or (Publication(),)
    for at, each in enumerate(publications):
        date = each.date or (str(record.year) if record.year is not None and not at else "")
        inner = (
            wrap("place", element("placeTerm", each.place, type="text"))
            + element("publisher", each.publisher)
            + element("dateIssued", date)
            + (element("edition", record.edition) + element("issuance", issuance) if not at else "")
        )
        yield wrap("originInfo", inner)


def _subject(subject: Subject) -> str:
    first = _SUBJECTS.get(subject.kind, "topic")
    if subject.kind in ("person", "corporate", "meeting") and subject.parts:
        inner = f"<name>{element('namePart', subject.parts[0])}</name>"
    elif subject.kind == "title" and subject.parts:
        inner = f"<titleInfo>{element('title', subject.parts[0])}</titleInfo>"
    else:
        inner = element(first, subject.parts[0]) if subject.parts else ""
    inner += "".join(element("topic", part) for part in subject.parts[1:])
    return wrap("subject", inner, authority=subject.scheme)


def _location(holding: Holding) -> str:
    copy = (
        element("subLocation", holding.location)
        + element("shelfLocator", holding.call_number)
        + element("note", holding.note)
        + element("enumerationAndChronology", holding.volume, unitType="1")
        + element("itemIdentifier", holding.barcode, type="barcode")
    )
    place = element("physicalLocation", holding.source or holding.library)
    if holding.source and holding.library not in ("", holding.source):
        place += element("physicalLocation", holding.library, type="branch")
    simple = wrap("holdingSimple", wrap("copyInformation", copy))
    return wrap("location", place + simple)
