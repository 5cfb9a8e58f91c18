"""What a retrieval record holds, whatever syntax it came in; and OPAC records for our own server.

ANSI/NISO Z39.50-2003, Appendix REC. The bytes are never altered; which MARC rules they follow is for
``gateway.records`` to find out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from gateway.core.record import Holding
from gateway.protocols.z3950 import ber, oids
from gateway.protocols.z3950.ber import BerError
from gateway.protocols.z3950.rpn import External
from gateway.protocols.z3950.schema_records import (
    SUTRS,
    Circulation,
    Diagnosed,
    Element,
    GenericRecord,
    HoldingsAndCirc,
    OPACRecord,
    OpacRecord,
    Volume,
)

_XML_FORMATS = (
    (b"http://www.loc.gov/MARC21/slim", "marcxml"),
    (b"info:lc/xmlns/marcxchange", "marcxml"),
    (b"<leader", "marcxml"),
    (b":leader", "marcxml"),
    (b"http://www.loc.gov/mods", "mods"),
    (b"http://purl.org/dc/", "dc"),
)
#: Circulation data must say whether a copy is available; this takes the "no" back when nobody knows.
_UNKNOWN = "status unknown"


@dataclass(frozen=True, slots=True)
class Payload:
    """``format`` as ``core.RawRecord`` spells it; ``holdings`` came beside the record (OPAC)."""

    format: str
    data: bytes
    holdings: tuple[Holding, ...] = ()


def payload(record: External, *, source: str = "", charset: str | None = None) -> Payload:
    """The record within an EXTERNAL. ``charset``, when Python knows it, is what the texts of OPAC holdings are read as.

    ``BerError`` for an OPAC record whose inside is not what its OID says.
    """
    oid = record.oid
    data = record.octets if record.octets is not None else record.single
    if data is None:
        raise BerError("a record without content")
    if oid == oids.OPAC:
        return _opac(OPACRecord.decode(data), source, charset)
    if oid == oids.GRS1:
        return Payload("grs1", data)
    if oid == oids.SUTRS:
        return Payload("sutrs", data if record.single is None else SUTRS.decode(data))
    return Payload(_format(oid, data), data)


def _format(oid: str | None, data: bytes) -> str:
    """By the OID, unless the first octets show that it is not so."""
    head = data[:64].lstrip(b"\xef\xbb\xbf \r\n\t")
    if head[:1] == b"<":
        beginning = data[:2000]
        return next((name for mark, name in _XML_FORMATS if mark in beginning), "unknown")
    if oid in oids.MARC_SYNTAXES or head[:5].isdigit():
        return "iso2709"
    return "unknown"


# ------------------------------------------------------------------------------------------------------------ OPAC


def _opac(record: OpacRecord, source: str, charset: str | None) -> Payload:
    holdings = tuple(
        holding
        for item in record.holdings or ()
        if isinstance(item, HoldingsAndCirc)
        for holding in _holdings(item, source, charset)
    )
    if record.bibliographic is None:
        return Payload("unknown", b"", holdings)
    inner = record.bibliographic
    if inner.oid == oids.OPAC:
        raise BerError("an OPAC record within an OPAC record")
    found = payload(inner, source=source, charset=charset)
    return Payload(found.format, found.data, holdings)


def _holdings(item: HoldingsAndCirc, source: str, charset: str | None) -> Iterator[Holding]:
    def text(value: str | None) -> str:
        return _words(value, charset) if value else ""

    library = text(item.nuc_code)
    location = " ".join(filter(None, (text(item.local_location), text(item.shelving_location))))
    call_number = " ".join(filter(None, (text(item.call_number), text(item.shelving_data))))
    volumes = "; ".join(
        filter(
            None,
            (
                text(v.enum_and_chron) or f"{text(v.enumeration)} {text(v.chronology)}".strip()
                for v in item.volumes or ()
            ),
        )
    )
    whole = text(item.enum_and_chron) or volumes
    note = text(item.public_note)
    if not item.circulation:
        yield Holding(
            source=source, library=library, location=location, call_number=call_number, volume=whole, note=note
        )  # fmt: skip
    for copy in item.circulation or ():
        status, words = _status(copy, text(copy.restrictions))
        yield Holding(
            source=source,
            library=library,
            location=text(copy.temporary_location) or location,
            call_number=" ".join(filter(None, (call_number, text(copy.midspine)))),
            barcode=text(copy.item_id),
            status=status,
            status_text=words,
            due=iso_date(text(copy.availability_date)),
            volume=text(copy.enum_and_chron) or whole,
            note=note,
        )


def _words(value: str, charset: str | None) -> str:
    """A text of an OPAC record: many servers write it in UTF-8 whatever the charset of their MARC.

    Three octets in a row that make a UTF-8 character are no accident; two may be GBK.
    """
    try:
        found = value.encode("utf-8", "surrogateescape").decode("utf-8")
    except UnicodeDecodeError:
        found = _recoded(value, charset)
    else:
        if not found.isascii() and max(found) < "\u0800":
            found = _recoded(value, charset)
    return found.strip("\x00 ")


def _recoded(value: str, charset: str | None) -> str:
    try:
        return ber.recode(value, charset) if charset else ber.readable(value)
    except LookupError:
        return ber.readable(value)


def _status(copy: Circulation, restrictions: str) -> tuple[str, str]:
    words = "; ".join(filter(None, (restrictions, "on hold" if copy.on_hold else "")))
    if not copy.available_now and restrictions == _UNKNOWN:
        return "unknown", ""
    return ("available" if copy.available_now else "unavailable"), words


def iso_date(text: str) -> str:
    """``20240131``, ``2024-01-31`` or ``2024/1/31`` with or without a time as ISO 8601; anything else is no date."""
    found = re.match(r"(\d{4})[-/.]?(\d{1,2})[-/.]?(\d{1,2})(?!\d{1,3}$)", text)
    if found is None or not 1 <= int(found[2]) <= 12 or not 1 <= int(found[3]) <= 31:
        return ""
    return f"{found[1]}-{int(found[2]):02}-{int(found[3]):02}"


def opac(
    bibliographic: External, holdings: tuple[Holding, ...], encode: Callable[[str], bytes] = ber.write_string
) -> External:
    """An OPAC record: a record and its holdings, one HoldingsAndCircData for each copy. ``encode`` makes its texts."""
    items = tuple(_item(_encoded(holding, encode)) for holding in holdings)
    return External(oids.OPAC, single=OPACRecord.encode(OpacRecord(bibliographic, items or None)))


def _encoded(holding: Holding, encode: Callable[[str], bytes]) -> Holding:
    """With texts that come out as the octets of ``encode`` when they are written."""

    def text(value: str) -> str:
        return value if value.isascii() else encode(value).decode("utf-8", "surrogateescape")

    return replace(
        holding,
        library=text(holding.library),
        location=text(holding.location),
        call_number=text(holding.call_number),
        status_text=text(holding.status_text),
        volume=text(holding.volume),
        note=text(holding.note),
    )


def _item(holding: Holding) -> HoldingsAndCirc:
    known = holding.barcode or holding.status != "unknown"
    copy = Circulation(
        available_now=holding.status == "available",
        availability_date=holding.due or None,
        restrictions=holding.status_text or (_UNKNOWN if holding.status == "unknown" else None),
        item_id=holding.barcode or None,
        enum_and_chron=holding.volume or None,
    )
    return HoldingsAndCirc(
        nuc_code=holding.library or None,
        local_location=holding.location or None,
        call_number=holding.call_number or None,
        public_note=holding.note or None,
        enum_and_chron=holding.volume or None,
        copy_number=str(holding.copies) if holding.copies else None,
        volumes=(Volume(enum_and_chron=holding.volume),) if holding.volume else None,
        circulation=(copy,) if known else None,
    )


# ----------------------------------------------------------------------------------------------------------- GRS-1


def grs1(data: bytes) -> tuple[Element, ...]:
    """A GRS-1 record as a tree; ``BerError`` when it is none."""
    return GenericRecord.decode(data)  # type: ignore[no-any-return]


def grs1_lines(elements: tuple[Element, ...], depth: int = 0) -> Iterator[str]:
    """The tree as text, an element a line, for display."""
    for element in elements:
        label = f"{'  ' * depth}({element.tag_type or ''},{element.tag})"
        content = element.content
        if isinstance(content, tuple):
            yield label
            yield from grs1_lines(content, depth + 1)
        elif isinstance(content, bytes):
            yield f"{label} {content.decode('utf-8', 'replace')}"
        elif isinstance(content, Diagnosed | External):
            yield f"{label} [{type(content).__name__.lower()}]"
        else:
            yield f"{label} {content}"
