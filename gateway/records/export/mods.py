"""A union record as MODS 3.7 (Library of Congress), with everybody's holdings as ``location`` elements."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.core.record import Contributor, Holding, Publication, Record, Subject, Title, TitleKind, UnionRecord
from gateway.records.export.xml import element, wrap

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
    TitleKind.ORIGINAL: "alternative",
}
_RESOURCES = {
    "map": "cartographic",
    "score": "notated music",
    "audio": "sound recording-nonmusical",
    "music": "sound recording-musical",
    "image": "still image",
    "video": "moving image",
    "object": "three dimensional object",
    "software": "software, multimedia",
    "kit": "mixed material",
}
_NAME_TYPES = {"person": "personal", "family": "family", "corporate": "corporate", "meeting": "conference"}
_SUBJECTS = {"place": "geographic", "form": "genre"}


def mods(union: UnionRecord) -> str:
    """One ``mods`` element, without declaration."""
    record = union.record
    parts = [
        *(_title(title) for title in record.titles if title.kind is not TitleKind.CONTENT and title.text),
        *map(_name, record.contributors),
        element("typeOfResource", _RESOURCES.get(record.form, "text")),
        *_origin(record),
        *(f"<language>{element('languageTerm', code, type='code', authority='iso639-2b')}</language>"
          for code in record.languages),
        wrap("physicalDescription", element("extent", "; ".join(filter(None, (record.extent, record.dimensions))))),
        element("abstract", record.summary),
        element("tableOfContents", record.contents),
        element("note", record.responsibility, type="statement of responsibility"),
        *(element("note", note) for note in record.notes),
        *map(_subject, record.subjects),
        *(element("classification", each.value, authority=each.scheme, edition=each.edition)
          for each in record.classes),
        *(wrap("relatedItem", wrap("titleInfo", element("title", each.title) + element("partNumber", each.number)),
                type="series") for each in record.series),
        *(element("identifier", each.value, type=each.scheme, invalid="" if each.valid else "yes")
          for each in record.identifiers),
        *(wrap("location", element("url", link.url, displayLabel=link.label)) for link in record.links),
        *map(_location, union.holdings),
        wrap("recordInfo", element("recordIdentifier", union.id)),
    ]  # fmt: skip
    return f"{_OPEN}{''.join(parts)}</mods>"


def _title(title: Title) -> str:
    inner = (
        element("title", title.text)
        + element("subTitle", " : ".join(title.other))
        + element("partNumber", title.part_number)
        + element("partName", title.part_name)
    )
    return wrap("titleInfo", inner, type=_TITLE_TYPES.get(title.kind, ""))


def _name(name: Contributor) -> str:
    roles = element("roleTerm", name.role, type="code", authority="marcrelator") + element(
        "roleTerm", name.role_text, type="text"
    )
    inner = element("namePart", name.name) + element("namePart", name.dates, type="date") + wrap("role", roles)
    usage = "primary" if name.primary else ""
    return wrap("name", inner, type=_NAME_TYPES.get(name.kind, ""), usage=usage)


def _origin(record: Record) -> Iterator[str]:
    publications = record.publications or (Publication(),)
    for at, each in enumerate(publications):
        date = each.date or (str(record.year) if record.year is not None and not at else "")
        inner = (
            wrap("place", element("placeTerm", each.place, type="text"))
            + element("publisher", each.publisher)
            + element("dateIssued", date)
            + (element("edition", record.edition) if not at else "")
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
