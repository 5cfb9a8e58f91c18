"""Answers of a provider, read: tolerant of what real servers do, safe against what hostile ones might.

An answer that is not well-formed is read record by record (:mod:`.salvage`), so that one broken record costs itself
only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from gateway.core.errors import RemoteProtocolError
from gateway.protocols.oaipmh import salvage
from gateway.protocols.oaipmh.dates import Granularity, granularity_of
from gateway.protocols.oaipmh.errors import OAIError
from gateway.protocols.sru.safe_xml import child, local, namespace, parse, text

_LISTS = ("ListRecords", "ListIdentifiers", "GetRecord", "ListSets", "ListMetadataFormats", "Identify")


@dataclass(frozen=True, slots=True)
class Header:
    identifier: str
    datestamp: str
    sets: tuple[str, ...] = ()
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class HarvestedRecord:
    """``payload`` is what stood in ``metadata``, as XML in UTF-8; empty for a deleted record or a bare header.

    ``format`` is a format of :class:`gateway.core.record.RawRecord`: marcxml, dc, mods or unknown.
    """

    header: Header
    payload: bytes = b""
    format: str = "unknown"


@dataclass(frozen=True, slots=True)
class ListAnswer:
    """A part of a list (or the one record of GetRecord). ``token`` is empty at the end of the list."""

    records: tuple[HarvestedRecord, ...] = ()
    token: str = ""
    total: int | None = None  #: completeListSize
    response_date: str = ""
    errors: tuple[OAIError, ...] = ()
    faults: tuple[str, ...] = ()  #: sentences about records that could not be read


@dataclass(frozen=True, slots=True)
class Identify:
    name: str
    base_url: str
    earliest: str
    deleted: str  #: no | transient | persistent
    granularity: Granularity
    version: str = "2.0"
    emails: tuple[str, ...] = ()
    compressions: tuple[str, ...] = ()
    response_date: str = ""


@dataclass(frozen=True, slots=True)
class MetadataFormat:
    prefix: str
    schema: str = ""
    namespace: str = ""


@dataclass(frozen=True, slots=True)
class SetDescription:
    spec: str
    name: str


def parse_list(body: bytes, who: str = "The server", charset: str | None = None) -> ListAnswer:
    """An answer to ListRecords, ListIdentifiers or GetRecord; ``RemoteProtocolError`` when it is none."""
    try:
        root = parse(body, who, charset)
    except RemoteProtocolError as error:
        rest = salvage.split(body, charset)
        if rest is None:
            raise
        return _salvaged(rest, who, error)
    _check(root, who)
    records, faults = _records(root)
    token, total = _token(root)
    errors = _errors(root)
    if _list(root) is None and not errors:
        raise RemoteProtocolError(f"{who} answers with neither a list nor an error")
    return ListAnswer(records, token, total, text(root, "responseDate"), errors, faults)


def _salvaged(rest: salvage.Pieces, who: str, error: RemoteProtocolError) -> ListAnswer:
    try:
        frame = parse(rest.frame, who)
    except RemoteProtocolError:
        raise error from None
    _check(frame, who)
    token, total = _token(frame)
    records: list[HarvestedRecord] = []
    faults: list[str] = []
    for piece in rest.records:
        try:
            found, bad = _records(parse(piece.document, who))
        except RemoteProtocolError as broken:
            faults.append(f"Record {piece.identifier or '(without identifier)'} is not well-formed XML: {broken}")
            continue
        records += found
        faults += bad
    return ListAnswer(tuple(records), token, total, text(frame, "responseDate"), _errors(frame), tuple(faults))


def parse_identify(body: bytes, who: str = "The server", charset: str | None = None) -> Identify | OAIError:
    root = parse(body, who, charset)
    _check(root, who)
    found = _below(root, "Identify")
    if found is None:
        return _refusal(root, who)
    granularity = text(found, "granularity")
    deleted = text(found, "deletedRecord").lower()
    earliest = text(found, "earliestDatestamp")
    return Identify(
        name=text(found, "repositoryName"),
        base_url=text(found, "baseURL"),
        earliest=earliest,
        deleted=deleted if deleted in ("transient", "persistent") else "no",
        granularity=granularity_of(granularity or earliest),
        version=text(found, "protocolVersion"),
        emails=tuple(_texts(found, "adminEmail")),
        compressions=tuple(_texts(found, "compression")),
        response_date=text(root, "responseDate"),
    )


def parse_formats(
    body: bytes, who: str = "The server", charset: str | None = None
) -> tuple[MetadataFormat, ...] | OAIError:
    root = parse(body, who, charset)
    _check(root, who)
    found = _below(root, "ListMetadataFormats")
    if found is None:
        return _refusal(root, who)
    return tuple(
        MetadataFormat(prefix, text(each, "schema"), text(each, "metadataNamespace"))
        for each in found
        if local(each) == "metadataFormat" and (prefix := text(each, "metadataPrefix"))
    )


def parse_sets(
    body: bytes, who: str = "The server", charset: str | None = None
) -> tuple[tuple[SetDescription, ...], str] | OAIError:
    """The sets and the resumption token of their list."""
    root = parse(body, who, charset)
    _check(root, who)
    found = _below(root, "ListSets")
    if found is None:
        return _refusal(root, who)
    sets = tuple(SetDescription(text(each, "setSpec"), text(each, "setName")) for each in found if local(each) == "set")
    return sets, _token(root)[0]


def _check(root: etree._Element, who: str) -> None:
    if local(root) != "OAI-PMH":
        raise RemoteProtocolError(
            f"{who} does not answer in OAI-PMH; check the address", detail=f"its answer is a <{local(root)[:60]}>"
        )


def _refusal(root: etree._Element, who: str) -> OAIError:
    for error in _errors(root):
        return error
    raise RemoteProtocolError(f"{who} answers another question than the one it was asked")


def _errors(root: etree._Element) -> tuple[OAIError, ...]:
    return tuple(
        OAIError((each.get("code") or "").strip() or "unknown", " ".join((each.text or "").split())[:500])
        for each in root
        if local(each) == "error"
    )


def _below(root: etree._Element, name: str) -> etree._Element | None:
    return child(root, name)


def _list(root: etree._Element) -> etree._Element | None:
    return next((each for each in root if local(each) in _LISTS), None)


def _token(root: etree._Element) -> tuple[str, int | None]:
    found = _list(root)
    if found is None:
        return "", None
    for each in found:
        if local(each) == "resumptionToken":
            size = (each.get("completeListSize") or "").strip()
            return (each.text or "").strip(), int(size) if size.isascii() and size.isdigit() and len(
                size
            ) < 16 else None
    return "", None


def _records(root: etree._Element) -> tuple[tuple[HarvestedRecord, ...], tuple[str, ...]]:
    found = _list(root)
    if found is None:
        return (), ()
    records: list[HarvestedRecord] = []
    faults: list[str] = []
    for element in found:
        name = local(element)
        if name == "record":
            header = child(element, "header")
            if header is None or not text(header, "identifier"):
                faults.append("A record has no header with an identifier; it was left out")
                continue
            record = _record(_header(header), element)
            if not record.header.deleted and not record.payload:
                faults.append(f"Record {record.header.identifier} has no metadata; it was left out")
                continue
            records.append(record)
        elif name == "header" and text(element, "identifier"):
            records.append(HarvestedRecord(_header(element)))
    return tuple(records), tuple(faults)


def _header(element: etree._Element) -> Header:
    return Header(
        text(element, "identifier"),
        text(element, "datestamp"),
        tuple(_texts(element, "setSpec")),
        (element.get("status") or "").strip().lower() == "deleted",
    )


def _record(header: Header, element: etree._Element) -> HarvestedRecord:
    metadata = child(element, "metadata")
    inner = next((each for each in metadata if local(each)), None) if metadata is not None else None
    if header.deleted or inner is None:
        return HarvestedRecord(header)
    payload = etree.tostring(inner, encoding="utf-8", with_tail=False)
    return HarvestedRecord(header, payload, _format(inner))


def _format(element: etree._Element) -> str:
    name, space = local(element), namespace(element)
    if "MARC21" in space or "marcxchange" in space.lower() or name in ("record", "oai_marc", "marc", "collection"):
        return "marcxml"
    if name in ("mods", "modsCollection"):
        return "mods"
    if name == "dc" or "dublin" in space.lower() or "/dc/" in space:
        return "dc"
    return "unknown"


def _texts(element: etree._Element, name: str) -> Iterator[str]:
    for each in element:
        if local(each) == name and (value := (each.text or "").strip()):
            yield value
