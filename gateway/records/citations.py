"""Citations of a record: RIS, BibTeX, GB/T 7714-2015 (numeric style), and schema.org JSON-LD."""

from __future__ import annotations

import json
import re
from typing import Any

from gateway.core.record import Contributor, Host, Record
from gateway.records.text import has_han

_RIS_TYPES = {
    "book": "BOOK", "ebook": "EBOOK", "serial": "JFULL", "eserial": "JFULL", "newspaper": "NEWS", "article": "JOUR",
    "thesis": "THES", "map": "MAP", "music": "SOUND", "audio": "SOUND", "video": "VIDEO", "score": "MUSIC",
    "software": "COMP", "website": "ELEC", "image": "ART", "manuscript": "MANSCPT",
}  # fmt: skip
_BIBTEX_TYPES = {"article": "article", "thesis": "phdthesis", "manuscript": "unpublished"}
#: GB/T 7714-2015, appendix B: document type marks.
_GB_MARKS = {
    "serial": "J", "eserial": "J/OL", "newspaper": "N", "article": "J", "thesis": "D", "ebook": "M/OL", "map": "CM",
    "software": "CP", "website": "EB/OL",
}  # fmt: skip
_SCHEMA_TYPES = {
    "serial": "Periodical", "eserial": "Periodical", "newspaper": "Newspaper", "article": "Article", "thesis": "Thesis",
    "audio": "Audiobook", "music": "MusicRecording", "score": "SheetMusic", "video": "Movie", "map": "Map",
    "image": "ImageObject", "software": "SoftwareApplication", "website": "WebSite",
}  # fmt: skip
_BIBTEX_ESCAPES = str.maketrans({c: f"\\{c}" for c in "{}%&$#_"} | {"\\": r"\textbackslash{}"})
_CREATORS = ("aut", "edt", "com", "")


def _title(record: Record) -> str:
    title = record.title
    return ": ".join([title.full(), *title.other])


def _creators(record: Record) -> list[Contributor]:
    named = [c for c in record.contributors if c.role in _CREATORS]
    return [c for c in named if c.primary] or named


def ris(record: Record) -> str:
    """RIS, lines ended by CR LF as its readers expect."""
    out = [("TY", _RIS_TYPES.get(record.form, "GEN")), ("TI", _title(record))]
    out += [("A2" if c.role == "edt" else "A4" if c.role == "trl" else "AU", c.name) for c in record.contributors]
    for publication in record.publications[:1]:
        out += [("CY", publication.place), ("PB", publication.publisher)]
    out += [("PY", str(record.year or "")), ("ET", record.edition)]
    host = _host(record)
    out += _ris_host(host) if host else [("SP", record.extent)]
    out += [("T3", series.title) for series in record.series]
    out += [("SN", value) for scheme in ("isbn", "issn") for value in record.identifiers_of(scheme)]
    out += [("DO", value) for value in record.identifiers_of("doi")]
    out += [("KW", subject.text) for subject in record.subjects]
    out += [("LA", code) for code in record.languages]
    out += [("AB", record.summary), *[("UR", link.url) for link in record.links], ("ID", record.id)]
    lines = [f"{tag}  - {' '.join(value.split())}" for tag, value in out if value]
    return "\r\n".join([*lines, "ER  - ", ""])


def _host(record: Record) -> Host | None:
    """What an article is in; a book that is bound with another one is cited by itself."""
    return record.hosts[0] if record.hosts and record.form == "article" else None


def _ris_host(host: Host) -> list[tuple[str, str]]:
    first, _, last = host.pages.partition("-")
    out = [("T2", host.title), ("VL", host.volume), ("IS", host.issue), ("SP", first), ("EP", last)]
    return [*out, ("SN", host.issn), ("SN", host.isbn)]


def bibtex(record: Record) -> str:
    """One BibTeX entry; its key is the record's id in letters and digits."""
    publication = record.publications[0] if record.publications else None
    host = _host(record) or Host("")
    values = {
        "author": " and ".join(c.name for c in _creators(record) if c.role != "edt"),
        "editor": " and ".join(c.name for c in record.contributors if c.role == "edt"),
        "translator": " and ".join(c.name for c in record.contributors if c.role == "trl"),
        "title": _title(record),
        "booktitle" if host.isbn else "journal": host.title,
        "volume": host.volume,
        "number": host.issue,
        "pages": host.pages.replace("-", "--"),
        "edition": record.edition,
        "address": publication.place if publication else "",
        "publisher": publication.publisher if publication else "",
        "year": str(record.year or ""),
        "series": "; ".join(series.title for series in record.series),
        "isbn": ", ".join(record.identifiers_of("isbn")),
        "issn": ", ".join(record.identifiers_of("issn")),
        "doi": ", ".join(record.identifiers_of("doi")),
        "url": record.links[0].url if record.links else "",
        "language": ", ".join(record.languages),
    }
    kind = _BIBTEX_TYPES.get(record.form, "book" if record.form in ("book", "ebook", "rarebook") else "misc")
    key = re.sub(r"[^0-9A-Za-z]+", "_", record.id).strip("_")
    fields = [
        f"  {name} = {{{' '.join(value.split()).translate(_BIBTEX_ESCAPES)}}}"
        for name, value in values.items()
        if value
    ]
    return f"@{kind}{{{key},\n" + ",\n".join(fields) + "\n}\n"


def gb7714(record: Record) -> str:
    """A reference by GB/T 7714-2015: three creators at most, then 等 (et al.)."""
    chinese = has_han(record.title.text)
    creators = _creators(record)
    names = [f"（{c.nationality}）{c.name}" if c.nationality and chinese else c.name for c in creators[:3]]
    people = ", ".join(names) + ((", 等" if chinese else ", et al") if len(creators) > 3 else "")
    parts = [f"{people}. "] if people else []
    mark = f"{_title(record)}[{_GB_MARKS.get(record.form, 'M')}]"
    if host := _host(record):
        return "".join([*parts, mark]) + _gb_host(record, host)
    parts.append(f"{mark}. ")
    translators = [c.name for c in record.contributors if c.role == "trl"]
    if translators:
        parts.append(f"{', '.join(translators)}, {'译' if chinese else 'trans'}. ")
    if record.edition:
        parts.append(f"{record.edition.removeprefix('第')}. ")
    publication = record.publications[0] if record.publications else None
    place = publication.place if publication else ""
    imprint = ": ".join(text for text in (place, publication.publisher if publication else "") if text)
    parts.append(", ".join(text for text in (imprint, str(record.year or "")) if text) + ".")
    if record.links and record.form in ("ebook", "eserial", "website"):
        parts.append(f" {record.links[0].url}.")
    return "".join(parts)


def _gb_host(record: Record, host: Host) -> str:
    """GB/T 7714-2015, 4.2 and 4.4: what a contribution is in, a monograph (``//``) or a journal, and where in it."""
    number = f"({host.issue})" if host.issue else ""
    where = ", ".join(text for text in (str(record.year or ""), host.volume) if text) + number
    told = ", ".join(text for text in (host.title, where) if text) + (f": {host.pages}" if host.pages else "")
    return f"//{told}." if host.isbn else f". {told}."


def json_ld(record: Record, url: str = "") -> str:
    """schema.org as JSON-LD; ``url`` is where the record lives."""
    people = [
        {"@type": "Person" if c.kind in ("person", "family") else "Organization", "name": c.name}
        for c in _creators(record)
    ]
    publication = record.publications[0] if record.publications else None
    values: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": _SCHEMA_TYPES.get(record.form, "Book"),
        "@id": url,
        "name": _title(record),
        "alternateName": [title.text for title in record.titles if title is not record.title],
        "author": people,
        "translator": [{"@type": "Person", "name": c.name} for c in record.contributors if c.role == "trl"],
        "publisher": {"@type": "Organization", "name": publication.publisher} if publication else None,
        "datePublished": str(record.year or ""),
        "bookEdition": record.edition,
        "isPartOf": [
            {"@type": "CreativeWork", "name": host.title} | ({"issn": host.issn} if host.issn else {})
            for host in record.hosts
        ],
        "isbn": list(record.identifiers_of("isbn")),
        "issn": list(record.identifiers_of("issn")),
        "inLanguage": list(record.languages),
        "about": [subject.text for subject in record.subjects],
        "description": record.summary,
    }
    # ``</`` would end the script element that pages put this into.
    return json.dumps({k: v for k, v in values.items() if v}, ensure_ascii=False).replace("</", "<\\/")
