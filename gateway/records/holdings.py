"""Copies out of a record, in the layouts of many systems (``config/maps/holdings.yaml``).

One field may hold many copies through repeated subfields, which are zipped by position; a barcode may be a range. The
copies that came beside the record (Z39.50 OPAC records) are kept, and are preferred to those inside.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from gateway.core.record import Holding, RawRecord
from gateway.records.labels import words
from gateway.records.layouts import Layout, layouts, owner
from gateway.records.marc import Field, MarcRecord

#: A range of barcodes longer than this is taken for a typing error.
MAX_RANGE: Final = 500
_RANGE: Final = re.compile(r"^([A-Za-z]*)(\d{3,30})\s*[-－–—~～]\s*([A-Za-z]*)(\d{1,30})$")
_LISTED: Final = re.compile(r"[\s,，;；、]+")
_ISO_DATE: Final = re.compile(r"^(\d{4})-?(\d{2})-?(\d{2})")
_NUMBER: Final = re.compile(r"\d+")


def holdings(marc: MarcRecord, raw: RawRecord, *, marc21: bool) -> tuple[Holding, ...]:
    """All copies of one record; ``source`` of each is the record's source."""
    if raw.holdings:
        return tuple([h if h.source else dataclasses.replace(h, source=raw.source) for h in raw.holdings])
    tags = marc.tags()
    for layout in layouts(raw.source):
        if layout.tag not in tags or layout.flavour == ("unimarc" if marc21 else "marc21"):
            continue
        found = [holding for field in marc.fields(layout.tag) for holding in _read(field, layout, marc, raw.source)]
        if found and layout.tag == "852":
            found = _with_items(found, marc)
        if found:
            return tuple(found)
    return ()


def _read(field: Field, layout: Layout, marc: MarcRecord, source: str) -> list[Holding]:
    present = {code for code, value in field.subfields if value.strip()}
    if not present.intersection(layout.needs) if layout.needs else not present.issuperset(layout.needs_all):
        return []
    inherited = marc.first(layout.inherit) if layout.inherit else None
    barcodes = [item for value in field.all(layout.barcode) for item in expand(value)] if layout.barcode else []
    columns = {
        "library": _column(field, layout.library, inherited),
        "location": _column(field, layout.location, inherited),
        "call_number": _call(field, layout, inherited),
        "volume": _column(field, layout.volume),
        "due": [_date(value) for value in _column(field, layout.due)],
        "note": _column(field, layout.note),
        "url": _column(field, layout.url),
        "price": _column(field, layout.price),
    }
    status, text = _status(field, layout)
    copies = _copies(field, layout, len(barcodes))
    found = []
    shared = {name: _at(column, 0) for name, column in columns.items()}
    each = {name: column for name, column in columns.items() if len(column) > 1}
    for at in range(max(len(barcodes), 1)):
        values = dict(shared)
        for name, column in each.items():
            values[name] = _at(column, at)
        if barcodes and (owned := owner(source, barcodes[at])):
            values["library"] = owned
        if values["location"] == values["library"]:
            values["location"] = ""
        found.append(
            Holding(
                source=source,
                barcode=barcodes[at] if barcodes else "",
                copies=1 if barcodes else copies,
                status=said(values["note"]) if status == "unknown" and not text else status,
                status_text=text,
                **values,
            )
        )
    return found


def _column(field: Field, codes: str, inherited: Field | None = None) -> list[str]:
    """Values of the first of these codes that the field has."""
    for own in (field, inherited):
        for code in codes if own is not None else "":
            values = [value.strip() for value in own.all(code) if value.strip()] if own is not None else []
            if values:
                return values
    return []


def _at(column: Sequence[str], at: int) -> str:
    """The value of copy ``at``: by position when there is one for each, else the one that all share."""
    if len(column) == 1:
        return column[0]
    return column[at] if at < len(column) else ""


def _call(field: Field, layout: Layout, inherited: Field | None) -> list[str]:
    for alternative in layout.call:
        for own in (field, inherited):
            if own is None:
                continue
            columns = [[value.strip() for value in own.all(code) if value.strip()] for code in alternative]
            columns = [column for column in columns if column]
            if len(columns) == 1:
                return columns[0]
            if columns:
                rows = max(map(len, columns))
                return [
                    layout.call_join.join(text for column in columns if (text := _at(column, at))) for at in range(rows)
                ]
    return []


def _copies(field: Field, layout: Layout, barcodes: int) -> int | None:
    if barcodes:
        return 1
    for code in (layout.total, layout.copies):
        match = _NUMBER.search(field.get(code)) if code else None
        if match and 0 < int(match[0][:6]) < 10_000:
            return int(match[0][:6])
    return 1 if layout.copies_each else None


def _status(field: Field, layout: Layout) -> tuple[str, str]:
    """Status key and the system's own words."""
    text = field.get(layout.status).strip() if layout.status else ""
    if layout.lost and field.get(layout.lost).strip() not in ("", "0"):
        return "unavailable", text
    if layout.due and field.get(layout.due).strip():
        return "unavailable", text
    if layout.not_for_loan:
        flag = field.get(layout.not_for_loan).strip()
        if flag not in ("", "0"):
            return ("on_order" if flag.startswith("-") else "reference"), text
        if flag == "0":
            return "available", text
    return (status_key(text) if text else "unknown"), text


@lru_cache(maxsize=1)
def _status_words() -> dict[str, str]:
    return {word.strip().lower(): code for word, code in words("status").items()}


def said(note: str) -> str:
    """The key of a status that is all a note says, as in 852$z, where MARC 21 has no place for it; else ``unknown``."""
    plain = note.strip(" .。").lower()
    return _status_words().get(plain, "unknown") if len(plain) > 1 else "unknown"


@lru_cache(maxsize=1024)
def status_key(text: str) -> str:
    """The key of ``config/maps/status`` for a status in a system's words; ``unknown`` when the words say nothing."""
    lowered = _status_words()
    plain = text.strip().lower()
    if not plain:
        return "unknown"
    if plain in lowered:
        return lowered[plain]
    for word, code in sorted(lowered.items(), key=lambda item: -len(item[0])):
        if len(word) > 1 and word in plain:
            return code
    return "unknown"


def expand(value: str) -> list[str]:
    """Barcodes of one subfield: a list, or a range whose end may be cut short (``1683011-3`` is three barcodes)."""
    found: list[str] = []
    value = value.strip()
    for item in [value] if _RANGE.match(value) else _LISTED.split(value):
        match = _RANGE.match(item)
        if not match:
            if item:
                found.append(item)
            continue
        prefix, first, other, last = match.groups()
        last = first[: max(0, len(first) - len(last))] + last
        size = int(last) - int(first) + 1
        if len(last) != len(first) or other not in ("", prefix) or not 0 < size <= MAX_RANGE:
            found.append(item)
        else:
            found += [f"{prefix}{number:0{len(first)}d}" for number in range(int(first), int(last) + 1)]
    return found


def _date(text: str) -> str:
    match = _ISO_DATE.match(text)
    return "-".join(match.groups()) if match else text


def _with_items(found: list[Holding], marc: MarcRecord) -> list[Holding]:
    """Textual holdings (866-868) as volume, items (876-878) as copies of the 852 that they are linked to by ``$8``."""
    summary = "; ".join(field.get("a").strip() for field in marc.fields("866", "867", "868") if field.get("a").strip())
    items = [field for field in marc.fields("876", "877", "878") if field.get("p") or field.get("a")]
    if summary and len(found) == 1 and not found[0].volume:
        found = [dataclasses.replace(found[0], volume=summary)]
    if not items:
        return found
    by_link = _by_link(found, marc.fields("852"))
    copies = []
    for item in items:
        parent = by_link.get(item.get("8").partition(".")[0], found[0])
        text = item.get("j").strip() or item.get("h").strip()
        copies.append(
            dataclasses.replace(
                parent,
                barcode=item.get("p").strip(),
                library=owner(parent.source, item.get("p").strip()) or parent.library,
                copies=1,
                volume=item.get("3").strip() or parent.volume,
                location=item.get("l").strip() or parent.location,
                status=status_key(text),
                status_text=text,
                note=item.get("z").strip() or parent.note,
            )
        )
    return copies


def _by_link(found: list[Holding], fields: list[Field]) -> Mapping[str, Holding]:
    if len(found) != len(fields):
        return {}
    return {field.get("8").partition(".")[0]: holding for field, holding in zip(fields, found, strict=True)}
