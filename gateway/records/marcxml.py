"""MARCXML and its relatives: MARC 21 slim, MarcXchange (ISO 25577), UNIMARC XML, dp2 and Alma, oai_marc, cnmarcxml.

The last is what the National Library of China sends; records without any namespace are read as well.

Elements are known by their local names only. No entity, no DTD, nothing from the network is ever followed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from lxml import etree

from gateway.core.errors import DataError
from gateway.records.charset.fields import replacement_damage
from gateway.records.marc import SUBFIELD, Field, MarcRecord, clean
from gateway.records.marcxml_plain import plain
from gateway.records.stream import MAX_RECORD, Readable

NAMESPACE: Final = "http://www.loc.gov/MARC21/slim"

_RECORDS: Final = frozenset({"record", "marc", "oai_marc"})
_CONTROLS: Final = frozenset({"controlfield", "fixfield"})
_DATAFIELDS: Final = frozenset({"datafield", "varfield"})
#: Characters that XML 1.0 cannot hold.
_ILLEGAL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
#: Those, and what must be written as a reference.
_SPECIAL: Final = re.compile("[&<>\r\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
#: A field without any of these is written as it is; its separators of subfields are not looked at.
_UNUSUAL: Final = re.compile('[&<>"\\x00-\\x1e\\ufffe\\uffff\\ud800-\\udfff]')


def read(data: bytes | etree._Element) -> MarcRecord:
    """The first MARC record in an XML document or element; raises ``DataError`` when there is none to be read."""
    fault = ""
    if isinstance(data, bytes):
        short = plain(data)
        if short is not None and short[1]:
            written, tags, texts = short
            damage: list[str] = []
            return MarcRecord.from_texts(_leader(written, damage), tags, texts, "utf-8", 1.0, tuple(damage))
        data = data.lstrip(b" \t\r\n")
        try:
            root = _parse(data, recover=False)
        except (etree.XMLSyntaxError, ValueError) as error:
            # Control characters and bare ampersands are common; what libxml2 can still make out is kept, and told.
            fault = str(error)
            try:
                root = _parse(data, recover=True)
            except (etree.XMLSyntaxError, ValueError):
                root = None
            if root is None or _first_record(root) is None:
                raise DataError("This record is not well-formed XML", detail=fault) from error
    else:
        root = data
    element = None if root is None else _first_record(root)
    if element is None:
        raise DataError("This XML holds no MARC record (no leader, controlfield or datafield in it)")
    record = _record(element)
    if fault:
        record.damage = (
            f"bad-xml: the XML is not well-formed ({fault}); what could be made out was kept",
            *record.damage,
        )
    return record


def _parse(data: bytes, *, recover: bool) -> etree._Element | None:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=recover)
    root: etree._Element | None = etree.fromstring(data, parser)
    return root


def _first_record(root: etree._Element) -> etree._Element | None:
    for element in root.iter():
        if _local(element) in _RECORDS and any(
            _local(child) in _CONTROLS or _local(child) in _DATAFIELDS for child in element
        ):
            return element
    return None


class _Bounded:
    """A stream that refuses to hand on more than ``limit`` bytes between two records."""

    def __init__(self, stream: Readable, limit: int) -> None:
        self._stream = stream
        self._limit = limit
        self.since = 0

    def read(self, size: int = 65536) -> bytes:
        block = self._stream.read(min(size, 65536) if size > 0 else 65536)
        self.since += len(block)
        if self.since > self._limit:
            raise DataError(f"More than {self._limit} bytes of XML without the end of a record; the rest is not read")
        return block


def iterate(stream: Readable, *, limit: int = MAX_RECORD) -> Iterator[MarcRecord | DataError]:
    """All MARC records of an XML stream, in constant memory; a ``DataError`` (given, not raised) for what is no record.

    XML cannot be taken up again behind a fault: after a syntax error the records before it have been given, one
    ``DataError`` says where it broke, and the iteration ends.
    """
    source = _Bounded(stream, limit)
    try:
        for _, element in etree.iterparse(
            source,
            events=("end",),
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
        ):
            name = _local(element)
            if name not in _RECORDS:
                continue
            if any(_local(child) in _CONTROLS or _local(child) in _DATAFIELDS for child in element):
                source.since = 0
                try:
                    yield _record(element)
                except DataError as error:
                    yield error
                _forget(element)
    except (etree.XMLSyntaxError, ValueError) as error:
        yield DataError("The XML is not well-formed here; what follows cannot be read", detail=str(error))
    except DataError as error:
        yield error


def _forget(element: etree._Element) -> None:
    """Free a record that was given, and everything before it at every level of the document."""
    element.clear()
    node: etree._Element | None = element
    while node is not None:
        parent = node.getparent()
        if parent is not None:
            while node.getprevious() is not None:
                del parent[0]
        node = parent


def _local(element: etree._Element) -> str:
    """Name without namespace; empty for comments and processing instructions, whose tag is a function."""
    tag: object = element.tag
    if not isinstance(tag, str):
        return ""
    return tag[tag.rfind("}") + 1 :] if tag[0] == "{" else tag


def _record(element: etree._Element) -> MarcRecord:
    leader = ""
    fields: list[Field] = []
    damage: list[str] = []
    for child in element:
        name = _local(child)
        if name in _DATAFIELDS:
            tag = child.get("tag") or child.get("id") or ""
            text = [_indicator(child, "ind1", "i1"), _indicator(child, "ind2", "i2")]
            for subfield in child:
                if _local(subfield) == "subfield":
                    code = subfield.get("code") or subfield.get("label") or ""
                    value = _text(subfield) if len(subfield) else (subfield.text or "")
                    if code:
                        text.append(f"{SUBFIELD}{code[0]}{_squeeze(value)}")
            if len(tag) == 3:
                if len(text) > 2:
                    fields.append(Field.parse(tag, "".join(text)))
            else:
                damage.append(f"bad-tag: a datafield has the tag {tag!r}; it was left out")
        elif name in _CONTROLS:
            tag = child.get("tag") or child.get("id") or ""
            value = _text(child) if len(child) else (child.text or "")
            if tag in ("LDR", "000"):
                leader = value
            elif len(tag) == 3:
                fields.append(Field.parse(tag, clean(value).strip("\r\n")))
            else:
                damage.append(f"bad-tag: a controlfield has the tag {tag!r}; it was left out")
        elif name == "leader":
            leader = child.text or ""
    if not fields:
        raise DataError("This XML record has no field that can be read", offset=None)
    damage.extend(replacement_damage(fields))
    return MarcRecord(_leader(leader, damage), fields, charset="utf-8", damage=tuple(damage))


def _text(element: etree._Element) -> str:
    return "".join(str(piece) for piece in element.itertext())


def _indicator(element: etree._Element, *names: str) -> str:
    for name in names:
        value = element.get(name)
        if value is not None:
            value = value[:1]
            return " " if value in ("", "^", "#", "\x1f") else value
    return " "


def _squeeze(value: str) -> str:
    """A value as one line: pretty-printed XML breaks lines inside of values."""
    if "\n" in value or "\r" in value or "\t" in value:
        value = " ".join(value.split())
    return clean(value) if SUBFIELD in value else value


def _leader(text: str, damage: list[str]) -> str:
    """24 characters, with ``^``, ``#`` and ``_`` for blanks undone and collapsed blanks put back where they must be."""
    leader = text.strip("\r\n\t").translate({0x5E: " ", 0x23: " ", 0x5F: " "})
    if len(leader) == 24:
        return leader
    bare = leader.strip()
    if bare:
        damage.append(f"bad-leader: the leader has {len(text)} characters instead of 24; blanks were put back")
    match = re.match(r"(\d{5})?([a-z]?)([a-z]?)([a-z]?)", bare.lstrip())
    assert match is not None
    status, kind, level = match[2] or "n", match[3] or "a", match[4] or "m"
    return f"00000{status}{kind}{level}  2200000   4500"


def write(marc: MarcRecord) -> bytes:
    """The record as one MARC 21 slim ``record`` element in UTF-8: the same record always gives the same bytes.

    Characters that XML cannot hold become U+FFFD. The leader's lengths are zero: they say nothing outside ISO 2709.
    """
    leader = f"00000{marc.leader[5:12]}00000{marc.leader[17:20]}4500"
    out = [f'<record xmlns="{NAMESPACE}">\n  <leader>{_escape(leader)}</leader>\n']
    for field in marc.fields():
        text = field.text
        if _UNUSUAL.search(text) is not None or not field.tag.isalnum():
            out.append(_written(field))
        elif field.is_control:
            out.append(f'  <controlfield tag="{field.tag}">{text}</controlfield>\n')
        else:
            head, *parts = text.split(SUBFIELD)
            out.append(f'  <datafield tag="{field.tag}" ind1="{head[:1] or " "}" ind2="{head[1:2] or " "}">\n')
            out += [f'    <subfield code="{part[0]}">{part[1:]}</subfield>\n' for part in parts if part]
            out.append("  </datafield>\n")
    out.append("</record>\n")
    return "".join(out).encode("utf-8")


def _written(field: Field) -> str:
    """A field that has something to escape."""
    if field.is_control:
        return f'  <controlfield tag="{_attribute(field.tag)}">{_escape(field.data)}</controlfield>\n'
    tag, ind1, ind2 = _attribute(field.tag), _attribute(field.ind1), _attribute(field.ind2)
    parts = [
        f'    <subfield code="{_attribute(code)}">{_escape(value)}</subfield>\n' for code, value in field.subfields
    ]
    return f'  <datafield tag="{tag}" ind1="{ind1}" ind2="{ind2}">\n{"".join(parts)}  </datafield>\n'


def _escape(text: str) -> str:
    if _SPECIAL.search(text) is None:
        return text
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")
    return _ILLEGAL.sub("\ufffd", text)


@lru_cache(maxsize=4096)
def _attribute(text: str) -> str:
    """A tag, an indicator or a code: the same few in all records."""
    return _escape(text).replace('"', "&quot;").replace("\n", "&#10;").replace("\t", "&#9;")
