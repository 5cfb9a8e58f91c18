"""The records of the demo's libraries as bytes: the library's flavour, script and character set, faults included."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from gateway.core.record import Flavour, RawRecord
from gateway.demo import write_marc21, write_unimarc
from gateway.demo.collection import Item, items
from gateway.demo.editions import Edition
from gateway.demo.members import Member
from gateway.demo.wording import fit, in_script
from gateway.records import iso2709, marcxml
from gateway.records.marc import Field, MarcRecord

#: First byte of a character in GBK, which a careless cut leaves at the end of a field.
_LEAD_BYTE = b"\xb9"
_XML_HEAD = b'<?xml version="1.0" encoding="UTF-8"?>\n<collection xmlns="http://www.loc.gov/MARC21/slim">\n'
_XML_TAIL = b"</collection>\n"


@dataclass(frozen=True, slots=True)
class DemoRecord:
    """One record as a library sends it, with what it was made from."""

    item: Item
    payload: bytes

    def raw(self) -> RawRecord:
        member = self.item.member
        return RawRecord(
            source=member.id,
            payload=self.payload,
            format="marcxml" if member.protocol == "sru" else "iso2709",
            flavour=member.flavour,
            charset=member.charset,
        )


def records(member: Member) -> Iterator[DemoRecord]:
    """All records of a library."""
    for item in items(member):
        yield DemoRecord(item, _payload(item))


def _payload(item: Item) -> bytes:
    member = item.member
    marc = write_marc21.write(item) if member.flavour is Flavour.MARC21 else write_unimarc.write(_simplified(item))
    if member.protocol == "sru":
        return marcxml.write(marc)
    fitting = [Field.parse(field.tag, fit(field.text, member.charset)) for field in marc.fields()]
    data = iso2709.write(MarcRecord(marc.leader, fitting), member.charset)
    return data.replace(write_unimarc.HALF_CHARACTER.encode("ascii"), _LEAD_BYTE)


def _simplified(item: Item) -> Item:
    """Mainland libraries transcribe what was printed in traditional characters in simplified ones."""
    edition = item.edition
    return replace(item, edition=_in_simplified(edition)) if edition.language == "chi" else item


@lru_cache(maxsize=512)
def _in_simplified(edition: Edition) -> Edition:
    def convert(text: str) -> str:
        return in_script(text, "simplified")

    return replace(
        edition,
        title=convert(edition.title),
        other=convert(edition.other),
        publisher=convert(edition.publisher),
        credits=tuple(replace(c, name=convert(c.name), role=c.role) for c in edition.credits),
    )


def write_file(member: Member, folder: Path) -> Path:
    """All records of a library in one file: ISO 2709, or a MARCXML collection. Returns its path."""
    payloads = [record.payload for record in records(member)]
    path = folder / member.file_name
    if member.protocol == "sru":
        path.write_bytes(_XML_HEAD + b"".join(payloads) + _XML_TAIL)
    else:
        path.write_bytes(b"".join(payloads))
    return path
