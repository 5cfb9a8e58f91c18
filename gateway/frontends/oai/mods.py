"""A union record as MODS 3.7 (Library of Congress), with everybody's holdings as ``location`` elements."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.core.record import Contributor, Holding, Publication, Record, Subject, Title, TitleKind, UnionRecord
from gateway.protocols.oaipmh.server_response import escape

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
        _element("typeOfResource", _RESOURCES.get(record.form, "text")),
        *_origin(record),
        *(f"<language>{_element('languageTerm', code, type='code', authority='iso639-2b')}</language>"
          for code in record.languages),
        _wrap("physicalDescription", _element("extent", "; ".join(filter(None, (record.extent, record.dimensions))))),
        _element("abstract", record.summary),
        _element("tableOfContents", record.contents),
        _element("note", record.responsibility, type="statement of responsibility"),
        *(_element("note", note) for note in record.notes),
        *map(_subject, record.subjects),
        *(_element("classification", each.value, authority=each.scheme, edition=each.edition)
          for each in record.classes),
        *(_wrap("relatedItem", _wrap("titleInfo", _element("title", each.title) + _element("partNumber", each.number)),
                type="series") for each in record.series),
        *(_element("identifier", each.value, type=each.scheme, invalid="" if each.valid else "yes")
          for each in record.identifiers),
        *(_wrap("location", _element("url", link.url, displayLabel=link.label)) for link in record.links),
        *map(_location, union.holdings),
        _wrap("recordInfo", _element("recordIdentifier", union.id)),
    ]  # fmt: skip
    return f"{_OPEN}{''.join(parts)}</mods>"


def _element(name: str, text: str, **attributes: str) -> str:
    return f"<{name}{_attributes(attributes)}>{escape(text)}</{name}>" if text else ""


def _wrap(name: str, inner: str, **attributes: str) -> str:
    return f"<{name}{_attributes(attributes)}>{inner}</{name}>" if inner else ""


def _attributes(attributes: dict[str, str]) -> str:
    return "".join(f' {name}="{escape(value)}"' for name, value in attributes.items() if value)


def _title(title: Title) -> str:
    inner = (
        _element("title", title.text)
        + _element("subTitle", " : ".join(title.other))
        + _element("partNumber", title.part_number)
        + _element("partName", title.part_name)
    )
    return _wrap("titleInfo", inner, type=_TITLE_TYPES.get(title.kind, ""))


def _name(name: Contributor) -> str:
    roles = _element("roleTerm", name.role, type="code", authority="marcrelator") + _element(
        "roleTerm", name.role_text, type="text"
    )
    inner = _element("namePart", name.name) + _element("namePart", name.dates, type="date") + _wrap("role", roles)
    usage = "primary" if name.primary else ""
    return _wrap("name", inner, type=_NAME_TYPES.get(name.kind, ""), usage=usage)


def _origin(record: Record) -> Iterator[str]:
    publications = record.publications or (Publication(),)
    for at, each in enumerate(publications):
        date = each.date or (str(record.year) if record.year is not None and not at else "")
        inner = (
            _wrap("place", _element("placeTerm", each.place, type="text"))
            + _element("publisher", each.publisher)
            + _element("dateIssued", date)
            + (_element("edition", record.edition) if not at else "")
        )
        yield _wrap("originInfo", inner)


def _subject(subject: Subject) -> str:
    first = _SUBJECTS.get(subject.kind, "topic")
    if subject.kind in ("person", "corporate", "meeting") and subject.parts:
        inner = f"<name>{_element('namePart', subject.parts[0])}</name>"
    elif subject.kind == "title" and subject.parts:
        inner = f"<titleInfo>{_element('title', subject.parts[0])}</titleInfo>"
    else:
        inner = _element(first, subject.parts[0]) if subject.parts else ""
    inner += "".join(_element("topic", part) for part in subject.parts[1:])
    return _wrap("subject", inner, authority=subject.scheme)


def _location(holding: Holding) -> str:
    copy = (
        _element("subLocation", holding.location)
        + _element("note", holding.note)
        + _element("enumerationAndChronology", holding.volume, unitType="1")
        + _element("itemIdentifier", holding.barcode, type="barcode")
    )
    place = _element("physicalLocation", holding.source or holding.library)
    if holding.source and holding.library not in ("", holding.source):
        place += _element("physicalLocation", holding.library, type="branch")
    place += _element("shelfLocator", holding.call_number)
    simple = _wrap("holdingSimple", _wrap("copyInformation", copy))
    return _wrap("location", place + simple)
