"""Answers of SRU servers, all versions, namespaces and packings, to plain values.

Elements are known by local name: 1.1, 1.2, 2.0 and home-made namespaces differ in nothing else. What a record is
follows from its own root element; the schema that the server states is only a hint, because it is often wrong.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml import etree

from gateway.core.errors import RemoteProtocolError
from gateway.core.record import Flavour
from gateway.protocols.sru.diagnostics import SRUDiagnostic
from gateway.protocols.sru.safe_xml import child, local, namespace, parse, text

_MARC_ROOTS = frozenset(("record", "marc", "oai_marc"))
_COLLECTIONS = frozenset(("collection", "modsCollection"))
_DC_ROOTS = frozenset(("dc", "oai_dc", "dcx", "qualifieddc", "simpledc"))
_FLAVOURS = (
    ("cnmarc", Flavour.CNMARC),
    ("www.nlc.cn", Flavour.CNMARC),
    ("unimarc", Flavour.UNIMARC),
    ("marc21", Flavour.MARC21),
    ("usmarc", Flavour.MARC21),
)
_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")


@dataclass(frozen=True, slots=True)
class SRURecord:
    """``payload`` is the XML of one record in UTF-8; ``flavour`` only when schema or namespace tell it."""

    payload: bytes
    format: str  #: as ``RawRecord.format``
    flavour: Flavour | None
    schema: str
    position: int  #: 1-based, 0 when the server does not tell
    identifier: str


@dataclass(frozen=True, slots=True)
class SearchResponse:
    version: str
    total: int
    records: tuple[SRURecord, ...]
    surrogates: tuple[SRUDiagnostic, ...]  #: in place of single records
    diagnostics: tuple[SRUDiagnostic, ...]  #: about the whole request
    next_position: int | None
    faults: tuple[str, ...] = ()  #: records that could not be read, in words

    @property
    def delivered(self) -> int:
        """Positions of the result set that this answer covers, whether their records can be used or not."""
        return len(self.records) + len(self.surrogates) + len(self.faults)


def parse_search(body: bytes, who: str = "The server", charset: str | None = None) -> SearchResponse:
    """Raises ``RemoteProtocolError`` when this is no SRU answer; a diagnostic is data, not an exception."""
    root = unwrapped(parse(body, who, charset))
    name = local(root)
    if name in ("diagnostics", "diagnostic"):
        return SearchResponse("", 0, (), (), diagnostics_of(root), None)
    if name != "searchRetrieveResponse":
        raise RemoteProtocolError(f"{who} answered with '{name or 'nothing'}' instead of an SRU search response")
    records: list[SRURecord] = []
    surrogates: list[SRUDiagnostic] = []
    faults: list[str] = []
    parts = _parts(root)
    for element in parts.get("records", ()):
        if local(element) == "record":
            _record(element, who, records, surrogates, faults)
    diagnostics = parts.get("diagnostics")
    stated = _number(_said(parts, "numberOfRecords"))
    return SearchResponse(
        _said(parts, "version"),
        stated if stated is not None else len(records),
        tuple(records),
        tuple(surrogates),
        diagnostics_of(diagnostics) if diagnostics is not None else (),
        _number(_said(parts, "nextRecordPosition")),
        tuple(faults),
    )


def unwrapped(root: etree._Element) -> etree._Element:
    """What a SOAP envelope holds; a SOAP fault is refused by what it says."""
    if local(root) != "Envelope":
        return root
    body = child(root, "Body")
    inner = next((each for each in body if local(each)), None) if body is not None else None
    if inner is None:
        raise RemoteProtocolError("The server sent a SOAP envelope with nothing in it")
    if local(inner) == "Fault":
        said = text(inner, "faultstring") or " ".join("".join(str(t) for t in inner.itertext()).split())[:300]
        raise RemoteProtocolError("The server answered with a SOAP fault", detail=said)
    return inner


def _record(
    element: etree._Element,
    who: str,
    records: list[SRURecord],
    surrogates: list[SRUDiagnostic],
    faults: list[str],
) -> None:
    parts = _parts(element)
    data = parts.get("recordData")
    schema = _said(parts, "recordSchema")
    if data is None:
        faults.append("a record without recordData")
        return
    content = next((each for each in data if local(each)), None)
    if content is None:
        packed = _DECLARATION.sub("", data.text or "", count=1).strip()
        try:
            content = parse(packed.encode("utf-8"), who)
        except RemoteProtocolError as error:
            faults.append(str(error))
            return
    if local(content) in ("diagnostic", "diagnostics"):
        surrogates.extend(diagnostics_of(content))
        return
    if local(content) in _COLLECTIONS:
        content = next((each for each in content if local(each)), content)
    kind, flavour = _kind(content, schema)
    records.append(
        SRURecord(
            etree.tostring(content, encoding="utf-8", with_tail=False),
            kind,
            flavour,
            schema,
            _number(_said(parts, "recordPosition")) or 0,
            _said(parts, "recordIdentifier"),
        )
    )


def _parts(element: etree._Element) -> dict[str, etree._Element]:
    """Children by local name, in one pass; of several with one name the first."""
    found: dict[str, etree._Element] = {}
    for each in element:
        found.setdefault(local(each), each)
    return found


def _said(parts: dict[str, etree._Element], name: str) -> str:
    found = parts.get(name)
    return (found.text or "").strip() if found is not None else ""


def _kind(content: etree._Element, schema: str) -> tuple[str, Flavour | None]:
    """Format and flavour of a record by its root element, then by the stated schema."""
    name, space = local(content), namespace(content)
    if name in _MARC_ROOTS and "pica" not in space.lower():
        first = next((local(each) for each in content if local(each)), "")
        if first in ("leader", "controlfield", "datafield", "fixfield", "varfield"):
            said = f"{space} {schema}".lower()
            # The slim namespace is used for every flavour of MARC, so it tells nothing by itself.
            said = said.replace("http://www.loc.gov/marc21/slim", "")
            return "marcxml", next((flavour for word, flavour in _FLAVOURS if word in said), None)
    if name.lower() in _DC_ROOTS or space.startswith(
        ("info:srw/schema/1/dc", "http://www.openarchives.org/OAI/2.0/oai_dc")
    ):
        return "dc", None
    if name == "mods":
        return "mods", None
    return "unknown", None


def diagnostics_of(element: etree._Element) -> tuple[SRUDiagnostic, ...]:
    """The diagnostics in a ``diagnostics`` element, or the one that a ``diagnostic`` element is."""
    nodes = [element] if local(element) == "diagnostic" else [e for e in element if local(e) == "diagnostic"]
    return tuple(SRUDiagnostic(text(e, "uri"), text(e, "details"), text(e, "message")) for e in nodes)


def _number(digits: str) -> int | None:
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 16 else None
