"""Dublin Core (DCMES 1.1; oai_dc, srw_dc, dcx) read into the values of a record."""

from __future__ import annotations

import re
from typing import Any

from gateway.core.record import (
    Classification,
    Contributor,
    Identifier,
    Link,
    Publication,
    RawRecord,
    Subject,
    Title,
    TitleKind,
)
from gateway.records import xml_values as xml
from gateway.records.labels import codes, label
from gateway.records.lazy import Values
from gateway.records.mapping.marc_view import languages
from gateway.records.mapping.numbers import isbn, issn
from gateway.records.mapping.punctuation import strip, years
from gateway.records.mapping.statements import mark, role_code

_FORMS = (
    ("sound", "audio"),
    ("music", "music"),
    ("moving", "video"),
    ("image", "image"),
    ("map", "map"),
    ("software", "software"),
    ("journal", "serial"),
    ("periodical", "serial"),
    ("期刊", "serial"),
    ("论文", "article"),
    ("article", "article"),
    ("thesis", "thesis"),
)
#: A name and a word behind it, which may be a role: 毛宗岗 评, Mark Schorer, editor.
_TAIL = re.compile(r"^(.*[^\s,，])[\s,，]++([^\s,，]++)$")
_DATES = re.compile(r"^(.*\S),\s*((?:b\. |d\. |ca?\. ?)?\d{3,4}\??-?(?:\d{3,4}\??)?)\.?$")
_HAN_NAMES = re.compile(r"^[\u3400-\u9fff·]{2,8}(?:\s*[,，、;；]\s*[\u3400-\u9fff·]{2,8})+$")


def read(raw: RawRecord) -> tuple[Values, str]:
    """The values and the record's own identifier (empty when it has none)."""
    root = xml.parse(raw.payload)
    found: dict[str, list[str]] = {}
    for element in root.iter():
        name = xml.name(element)
        if name and len(element) == 0 and (value := xml.text(element)):
            found.setdefault(name, []).append(value)
    titles = [
        _title(text, TitleKind.VARIANT if at else TitleKind.MAIN) for at, text in enumerate(found.get("title", ()))
    ]
    titles += [_title(text, TitleKind.VARIANT) for text in found.get("alternative", ())]
    dates = [*found.get("date", ()), *found.get("issued", ())]
    values: dict[str, Any] = {
        "titles": tuple(dict.fromkeys(titles)),
        "contributors": _contributors(found),
        "identifiers": tuple(dict.fromkeys(_identifiers(found.get("identifier", [])))),
        "publications": _publications(found.get("publisher", []), dates),
        "year": next((year for date in dates for year in years(date)), None),
        "extent": "; ".join(
            [*found.get("extent", []), *[f for f in found.get("format", []) if "页" in f or " p" in f]]
        ),
        "subjects": tuple(
            dict.fromkeys(Subject(tuple(strip(p) for p in text.split("--"))) for text in found.get("subject", ()))
        ),
        "classes": tuple(Classification("other", text) for text in found.get("subject.class", ())),
        "languages": languages(found.get("language", ())),
        "form": _form(found.get("type", [])),
        "summary": "\n".join([*found.get("description", []), *found.get("abstract", [])]),
        "contents": "\n".join(found.get("tableOfContents", ())),
        "links": tuple(Link(text) for text in found.get("identifier", ()) if text.startswith(("http://", "https://"))),
        "holdings": raw.holdings,
    }
    return Values(**values), next((text for text in found.get("recordIdentifier", ())), "")


def _title(text: str, kind: TitleKind) -> Title:
    """Other title information stands behind a colon between spaces, as ISBD has it and as we write it."""
    proper, *other = [part for piece in text.split(" : ") if (part := strip(piece))] or [""]
    return Title(proper, kind, tuple(other))


def _contributors(found: dict[str, list[str]]) -> tuple[Contributor, ...]:
    return tuple(
        dict.fromkeys(
            _contributor(name, primary)
            for element, primary in (("creator", True), ("contributor", False))
            for text in found.get(element, ())
            for name in (re.split(r"\s*[,，、;；]\s*", text) if _HAN_NAMES.match(text) else (text,))
        )
    )


def _contributor(text: str, primary: bool) -> Contributor:
    tail = _TAIL.match(text)
    role = role_code(tail[2].strip(".()（）")) if tail else ""
    text, role_text = (tail[1], tail[2].strip(".()（）")) if tail and role else (text, "")
    dates = _DATES.match(text)
    name, nationality = mark(strip(dates[1] if dates else text))
    return Contributor(
        name, role or ("aut" if primary else ""), role_text, primary=primary, dates=dates[2] if dates else "",
        nationality=nationality,
    )  # fmt: skip


def _identifiers(values: list[str]) -> list[Identifier]:
    found = []
    for value in values:
        bare = re.sub(r"^(?:urn:)?(isbn|issn|doi)[:\s]*", "", value, flags=re.I)
        number = isbn(bare)
        serial = issn(bare)
        if number.valid:
            found.append(Identifier("isbn", number.value, value, True, number.qualifier, number.price))
        elif serial.valid:
            found.append(Identifier("issn", serial.value, value))
        elif value.lower().startswith("urn:isbn") or value.lower().startswith("isbn"):
            found.append(Identifier("isbn", bare, value, False))
        elif bare.startswith("10.") and "/" in bare:
            found.append(Identifier("doi", bare.lower(), value))
        elif not value.startswith("http"):
            found.append(Identifier("other", value, value))
    return found


def _publications(publishers: list[str], dates: list[str]) -> tuple[Publication, ...]:
    date = dates[0].rstrip(". ") if dates else ""
    found = []
    for text in publishers:
        place, colon, name = text.partition(" : ")
        found.append(Publication(place if colon else "", strip(name if colon else text), date))
    return tuple(found) or ((Publication(date=date),) if date else ())


def _names(form: str) -> tuple[str, str]:
    return label("forms", form, "zh"), label("forms", form, "en")


def _form(types: list[str]) -> str:
    for text in types:
        named = next((form for form in codes("forms") if text in (form, *_names(form))), "")
        if named:
            return named
        for word, form in _FORMS:
            if word in text.lower():
                return form
    return "book"
