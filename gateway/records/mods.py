"""MODS (version 3, Library of Congress) read into the values of a record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from lxml import etree

from gateway.core.record import (
    Classification,
    Contributor,
    Holding,
    Identifier,
    Link,
    Publication,
    RawRecord,
    Series,
    Subject,
    Title,
    TitleKind,
)
from gateway.records import xml_values as xml
from gateway.records.labels import table
from gateway.records.lazy import Values
from gateway.records.mapping.marc_view import languages
from gateway.records.mapping.numbers import isbn, issn
from gateway.records.mapping.punctuation import strip, years
from gateway.records.mapping.statements import has_han, mark, role_code

_TITLE_KINDS = {
    "": TitleKind.MAIN,
    "uniform": TitleKind.UNIFORM,
    "translated": TitleKind.PARALLEL,
    "alternative": TitleKind.VARIANT,
    "abbreviated": TitleKind.VARIANT,
}
_RELATED_TITLES = {"original": TitleKind.ORIGINAL, "constituent": TitleKind.CONTENT}
_FORMS = {
    "text": "book",
    "cartographic": "map",
    "notated music": "score",
    "sound recording-nonmusical": "audio",
    "sound recording-musical": "music",
    "sound recording": "audio",
    "still image": "image",
    "moving image": "video",
    "three dimensional object": "object",
    "software, multimedia": "software",
    "mixed material": "kit",
}
_STATEMENT = "statement of responsibility"
_SUBJECTS = {
    "topic": "topic",
    "geographic": "place",
    "temporal": "topic",
    "titleInfo": "title",
    "name": "person",
    "genre": "form",
}


def read(raw: RawRecord) -> tuple[Values, str]:
    """The values and the record's own identifier (empty when it has none)."""
    root = xml.parse(raw.payload)
    mods = root if xml.name(root) == "mods" else next((e for e in root.iter() if xml.name(e) == "mods"), root)
    origin = [element for element in mods if xml.name(element) == "originInfo"]
    dates = [xml.text(d) for o in origin for d in xml.children(o, "dateIssued", "copyrightDate", "dateCreated")]
    found = [year for date in dates for year in years(date)]
    titles = [*_one_main(_titles(mods)), *_related_titles(mods)]
    names = [person for element in xml.children(mods, "name") if (person := _name(element)).name]
    notes = list(xml.children(mods, "note"))
    physical = list(xml.children(mods, "physicalDescription"))
    values: dict[str, Any] = {
        "titles": tuple(dict.fromkeys(titles)),
        "responsibility": next((xml.text(n) for n in notes if n.get("type") == _STATEMENT), ""),
        "contributors": tuple(dict.fromkeys(names)),
        "identifiers": tuple(dict.fromkeys(_identifiers(mods))),
        "edition": "; ".join(xml.text(e) for o in origin for e in xml.children(o, "edition")),
        "publications": tuple(dict.fromkeys(p for o in origin if (p := _publication(o)) != Publication())),
        "year": found[0] if found else None,
        "extent": "; ".join(
            xml.text(e) for p in physical for e in xml.children(p, "extent") if e.get("unit") != "dimensions"
        ),
        "dimensions": "; ".join(
            xml.text(e) for p in physical for e in xml.children(p, "extent") if e.get("unit") == "dimensions"
        ),
        "illustrations": "; ".join(
            xml.text(e) for p in physical for e in xml.children(p, "note") if e.get("type") == "illustrations"
        ),
        "series": tuple(_series(mods)),
        "subjects": tuple(dict.fromkeys(_subjects(mods))),
        "classes": tuple(
            Classification(c.get("authority", "other"), xml.text(c), c.get("edition", ""))
            for c in xml.children(mods, "classification")
        ),
        "languages": languages(_language_codes(mods, original=False)),
        "original_languages": languages(_language_codes(mods, original=True)),
        "form": _form(mods, origin),
        "audience": "; ".join(xml.text(e) for e in xml.children(mods, "targetAudience")),
        "summary": "\n".join(xml.text(e) for e in xml.children(mods, "abstract")),
        "contents": "\n".join(xml.text(e) for e in xml.children(mods, "tableOfContents")),
        "notes": tuple(xml.text(e) for e in notes if e.get("type") != _STATEMENT),
        "links": tuple(
            Link(xml.text(url), url.get("displayLabel", ""))
            for element in xml.children(mods, "location")
            for url in xml.children(element, "url")
        ),
        "holdings": raw.holdings or tuple(_holdings(mods, raw.source)),
    }  # fmt: skip
    return Values(**values), xml.child_text(mods, "recordInfo", "recordIdentifier")


def _language_codes(mods: etree._Element, *, original: bool) -> list[str]:
    return [
        xml.text(term)
        for element in xml.children(mods, "language")
        if (element.get("objectPart") == "original") is original
        for term in xml.children(element, "languageTerm")
        if term.get("type") != "text"
    ]


def _titles(parent: etree._Element) -> list[Title]:
    """Titles in their order; a romanised one stays beside the title of its group (altRepGroup)."""
    elements = list(xml.children(parent, "titleInfo"))
    latin = {
        group: strip(xml.child_text(element, "title"))
        for element in elements
        if element.get("transliteration") and (group := element.get("altRepGroup", ""))
    }
    found = []
    for element in elements:
        group = element.get("altRepGroup", "")
        if element.get("transliteration") and group:
            continue
        title = _title(element)
        if title.text:
            found.append(replace(title, pinyin=latin.get(group, "") if group else ""))
    return found


def _related_titles(mods: etree._Element) -> list[Title]:
    return [
        replace(title, kind=kind)
        for related in xml.children(mods, "relatedItem")
        if (kind := _RELATED_TITLES.get(related.get("type", ""))) is not None
        for title in _titles(related)
    ]


def _title(element: etree._Element) -> Title:
    text = f"{xml.child_text(element, 'nonSort')} {xml.child_text(element, 'title')}".strip()
    return Title(
        strip(text),
        _TITLE_KINDS.get(element.get("type", ""), TitleKind.VARIANT),
        tuple(strip(xml.text(e)) for e in xml.children(element, "subTitle")),
        ", ".join(xml.text(e) for e in xml.children(element, "partNumber")),
        ". ".join(xml.text(e) for e in xml.children(element, "partName")),
        element.get("lang", ""),
    )


def _one_main(titles: list[Title]) -> list[Title]:
    """The first untyped title is the main one; further ones are the same in another script."""
    seen = False
    out = []
    for title in titles:
        if title.kind is TitleKind.MAIN and seen:
            title = Title(
                title.text, TitleKind.PARALLEL, title.other, title.part_number, title.part_name, title.language
            )
        seen = seen or title.kind is TitleKind.MAIN
        out.append(title)
    return out


def _name(element: etree._Element) -> Contributor:
    family = given = dates = address = ""
    plain = []
    for part in xml.children(element, "namePart"):
        kind, text = part.get("type", ""), xml.text(part)
        if kind == "date":
            dates = text
        elif kind == "family":
            family = text
        elif kind == "given":
            given = text
        elif kind == "termsOfAddress":
            address = text
        else:
            plain.append(text)
    name, nationality = mark(strip(", ".join(text for text in (family, given) if text) or " ".join(plain)))
    terms = [xml.text(t) for r in xml.children(element, "role") for t in xml.children(r, "roleTerm")]
    role = next((code for term in terms if (code := role_code(term))), "")
    text = next((term for term in terms if role_code(term) != term), "")
    kind = element.get("type", "personal")
    return Contributor(
        name,
        role,
        text,
        {"corporate": "corporate", "conference": "meeting", "family": "family"}.get(kind, "person"),
        element.get("usage") == "primary" or role in ("aut", "cre"),
        dates,
        nationality or (address if has_han(address) and len(address) <= 8 else ""),
        xml.child_text(element, "alternativeName", "namePart"),
    )


def _identifiers(mods: etree._Element) -> list[Identifier]:
    found = []
    for element in xml.children(mods, "identifier"):
        kind, text = element.get("type", "").lower(), xml.text(element)
        if not text:
            continue
        if kind == "isbn":
            item = isbn(text)
        elif kind == "issn":
            item = issn(text)
        else:
            known = {"doi": "doi", "lccn": "lccn", "oclc": "oclc", "isrc": "isrc", "ismn": "ismn"}
            item = Identifier(known.get(kind, "other"), text, text)
        if element.get("invalid") == "yes":
            item = Identifier(item.scheme, item.value, item.raw, False, item.qualifier, item.price)
        found.append(item)
    return found


def _publication(origin: etree._Element) -> Publication:
    places = [
        xml.text(term)
        for place in xml.children(origin, "place")
        for term in xml.children(place, "placeTerm")
        if term.get("type") != "code"
    ]
    return Publication(
        strip(places[0]) if places else "",
        strip(xml.child_text(origin, "publisher")),
        strip(xml.child_text(origin, "dateIssued") or xml.child_text(origin, "copyrightDate")),
    )


def _series(mods: etree._Element) -> list[Series]:
    return [
        Series(title, xml.child_text(info, "partNumber"), xml.child_text(related, "identifier"))
        for related in xml.children(mods, "relatedItem")
        if related.get("type") == "series"
        for info in xml.children(related, "titleInfo")
        if (title := strip(xml.child_text(info, "title")))
    ]


def _subjects(mods: etree._Element) -> list[Subject]:
    found = []
    for element in xml.children(mods, "subject"):
        parts = [(xml.name(child), strip(xml.text(child))) for child in element if xml.name(child) in _SUBJECTS]
        parts = [(name, text) for name, text in parts if text]
        if parts:
            kind = _SUBJECTS[parts[0][0]]
            found.append(Subject(tuple(text for _, text in parts), kind, element.get("authority", "")))
    return found


@lru_cache(maxsize=1)
def _genres() -> Mapping[str, str]:
    """Genres that tell forms apart which have one type of resource: those of the MARC genre list, and our own."""
    return {entry["mods"]["genre"]: form for form, entry in table("forms").items() if "genre" in entry["mods"]}


def _form(mods: etree._Element, origin: list[etree._Element]) -> str:
    genre = next((text for e in xml.children(mods, "genre") if (text := xml.text(e).lower()) in _genres()), "")
    if genre:
        return _genres()[genre]
    form = next((_FORMS.get(xml.text(e).lower(), "other") for e in xml.children(mods, "typeOfResource")), "book")
    issuance = " ".join(xml.child_text(o, "issuance") for o in origin)
    digital = any(
        xml.text(f).lower() in ("electronic", "online resource")
        for p in xml.children(mods, "physicalDescription")
        for f in xml.children(p, "form")
    )
    if form == "book" and ("continuing" in issuance or "serial" in issuance):
        return "eserial" if digital else "serial"
    medium = [xml.text(f).lower() for p in xml.children(mods, "physicalDescription") for f in xml.children(p, "form")]
    if form == "book" and not digital:
        form = next((name for name in ("braille", "microform") if name in medium), form)
    return "ebook" if form == "book" and digital else form


def _holdings(mods: etree._Element, source: str) -> list[Holding]:
    found = []
    for location in xml.children(mods, "location"):
        library = xml.child_text(location, "physicalLocation")
        copies = [copy for simple in xml.children(location, "holdingSimple")
                  for copy in xml.children(simple, "copyInformation")]  # fmt: skip
        for copy in copies or [location]:
            shelf = xml.child_text(copy, "shelfLocator") or xml.child_text(location, "shelfLocator")
            if library or shelf:
                found.append(
                    Holding(
                        source=source,
                        library=library,
                        location=xml.child_text(copy, "subLocation"),
                        call_number=shelf,
                        barcode=xml.child_text(copy, "itemIdentifier"),
                        volume=xml.child_text(copy, "enumerationAndChronology"),
                        note=xml.child_text(copy, "note"),
                    )
                )
    return found
