"""Answers of our SRU server as XML text: searchRetrieve, explain and scan in the namespaces of 1.1, 1.2 and 2.0.

Written as text, not as a tree: a page of records is mostly copied. Sources: SRU 1.1/1.2 response schemas (Library of
Congress), OASIS searchRetrieve 1.0 part 3 (SRU 2.0), ZeeRex 2.0/2.1.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree

from gateway.core.ports import ScanTerm
from gateway.protocols.sru import diagnostics as standard
from gateway.protocols.sru.cql_ast import CQLQuery
from gateway.protocols.sru.diagnostics import SRUDiagnostic
from gateway.protocols.sru.server_request import SCHEMAS, ServerRequest
from gateway.protocols.sru.xcql import to_xcql

NAMESPACE = "http://www.loc.gov/zing/srw/"
NAMESPACE_20 = "http://docs.oasis-open.org/ns/search-ws/sruResponse"
NAMESPACE_SCAN_20 = "http://docs.oasis-open.org/ns/search-ws/scan"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
_PROLOG = re.compile(r"\A(?:<\?[^>]*\?>\n)+")
_DIAGNOSTICS_SCHEMA = "info:srw/schema/1/diagnostics-v1.1"
#: The order of the response schema; what 2.0 added follows in the client's own order.
_ECHOED = (
    "version", "scanClause", "responsePosition", "maximumTerms", "query", "startRecord", "maximumRecords",
    "recordPacking", "recordSchema", "resultSetTTL", "sortKeys", "stylesheet",
)  # fmt: skip
_NOT_ECHOED = frozenset((*_ECHOED, "operation"))
_SPECIAL = re.compile('[&<>"\r\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]')
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class OutRecord:
    """``xml`` is one record without declaration, or None when ``diagnostic`` stands in its place."""

    position: int
    xml: str | None
    identifier: str = ""
    diagnostic: SRUDiagnostic | None = None


def escape(text: str) -> str:
    """For element content and attribute values; what XML cannot hold becomes U+FFFD."""
    if _SPECIAL.search(text) is None:
        return text
    return (
        _ILLEGAL.sub("\ufffd", text)
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace('"', "&quot;")
        .replace("\r", "&#13;")
    )


def search_answer(
    request: ServerRequest, total: int, records: Sequence[OutRecord], query: CQLQuery | None, facets: str = ""
) -> str:
    """A whole ``searchRetrieveResponse``; ``nextRecordPosition`` as long as there is one. ``facets`` is ready XML."""
    parts = [_open("searchRetrieveResponse", request), f"<zs:numberOfRecords>{total}</zs:numberOfRecords>"]
    if records:
        schema = SCHEMAS[request.schema][0]
        parts.append("<zs:records>")
        parts.extend(_record(record, schema, request) for record in records)
        parts.append("</zs:records>")
    following = request.start + len(records)
    if records and following <= total:
        parts.append(f"<zs:nextRecordPosition>{following}</zs:nextRecordPosition>")
    parts.append(_echo("echoedSearchRetrieveRequest", request, query))
    if request.version == "2.0":
        parts.append(
            "<zs:resultCountPrecision>info:srw/vocabulary/resultCountPrecision/1/exact</zs:resultCountPrecision>"
        )
        parts.append(facets)
    parts.append("</zs:searchRetrieveResponse>\n")
    return "".join(parts)


def refusal(
    diagnostic: SRUDiagnostic, version: str, operation: str = "searchRetrieve", request: ServerRequest | None = None
) -> str:
    """An answer that holds nothing but a diagnostic."""
    root = {"scan": "scanResponse", "explain": "explainResponse"}.get(operation, "searchRetrieveResponse")
    parts = [_open(root, request or ServerRequest(operation, version))]
    if root == "searchRetrieveResponse":
        parts.append("<zs:numberOfRecords>0</zs:numberOfRecords>")
    if request is not None and root != "explainResponse":
        parts.append(_echo(f"echoed{root[0].upper()}{root[1:].removesuffix('Response')}Request", request, None))
    parts.append(f"<zs:diagnostics>{_diagnostic(diagnostic, version)}</zs:diagnostics></zs:{root}>\n")
    return "".join(parts)


def explain_answer(request: ServerRequest, zeerex: str) -> str:
    """An ``explainResponse`` around a ZeeRex record."""
    packing = "recordXMLEscaping" if request.version == "2.0" else "recordPacking"
    data = zeerex if request.packing == "xml" else escape(zeerex)
    return (
        f"{_open('explainResponse', request)}<zs:record><zs:recordSchema>http://explain.z3950.org/dtd/2.0/</zs:recordSchema>"
        f"<zs:{packing}>{request.packing}</zs:{packing}><zs:recordData>{data}</zs:recordData></zs:record>"
        "</zs:explainResponse>\n"
    )


def scan_answer(request: ServerRequest, terms: Sequence[ScanTerm], *, first: bool, last: bool) -> str:
    """A ``scanResponse``. ``first`` and ``last`` say whether the list begins or ends with these terms."""
    parts = [_open("scanResponse", request)]
    if terms:
        parts.append("<zs:terms>")
        for at, term in enumerate(terms):
            begins, ends = first and at == 0, last and at == len(terms) - 1
            where = "only" if begins and ends else "first" if begins else "last" if ends else "inner"
            shown = f"<zs:displayTerm>{escape(term.display)}</zs:displayTerm>" if term.display else ""
            parts.append(
                f"<zs:term><zs:value>{escape(term.term)}</zs:value>"
                f"<zs:numberOfRecords>{term.count}</zs:numberOfRecords>{shown}"
                f"<zs:whereInList>{where}</zs:whereInList></zs:term>"
            )
        parts.append("</zs:terms>")
    parts.append(_echo("echoedScanRequest", request, None))
    parts.append("</zs:scanResponse>\n")
    return "".join(parts)


def soap(answer: str) -> str:
    """The answer in a SOAP 1.1 envelope."""
    return (
        f'{_DECLARATION}<SOAP:Envelope xmlns:SOAP="http://schemas.xmlsoap.org/soap/envelope/"><SOAP:Body>'
        + _PROLOG.sub("", answer).rstrip()
        + "</SOAP:Body></SOAP:Envelope>\n"
    )


def _open(name: str, request: ServerRequest) -> str:
    """Declaration, stylesheet and the beginning of the root element."""
    space = NAMESPACE
    if request.version == "2.0":
        space = NAMESPACE_SCAN_20 if name == "scanResponse" else NAMESPACE_20
    style = f'<?xml-stylesheet type="text/css" href="{escape(request.stylesheet)}"?>\n' if request.stylesheet else ""
    return f'{_DECLARATION}{style}<zs:{name} xmlns:zs="{space}"><zs:version>{request.version}</zs:version>'


def _record(record: OutRecord, schema: str, request: ServerRequest) -> str:
    packing = "recordXMLEscaping" if request.version == "2.0" else "recordPacking"
    data = record.xml
    if data is None or record.diagnostic is not None:
        schema = _DIAGNOSTICS_SCHEMA
        data = _diagnostic(record.diagnostic or SRUDiagnostic.standard(65), request.version)
    if request.packing == "string":
        data = escape(data)
    identifier = (
        f"<zs:recordIdentifier>{escape(record.identifier)}</zs:recordIdentifier>"
        if record.identifier and request.version != "1.1"
        else ""
    )
    return (
        f"<zs:record><zs:recordSchema>{schema}</zs:recordSchema><zs:{packing}>{request.packing}</zs:{packing}>"
        f"<zs:recordData>{data}</zs:recordData>{identifier}"
        f"<zs:recordPosition>{record.position}</zs:recordPosition></zs:record>"
    )


def _diagnostic(diagnostic: SRUDiagnostic, version: str) -> str:
    space = standard.NAMESPACE_20 if version == "2.0" else standard.NAMESPACE
    details = f"<details>{escape(diagnostic.details)}</details>" if diagnostic.details else ""
    return (
        f'<diagnostic xmlns="{space}"><uri>{escape(diagnostic.uri)}</uri>{details}'
        f"<message>{escape(diagnostic.words)}</message></diagnostic>"
    )


def _echo(name: str, request: ServerRequest, query: CQLQuery | None) -> str:
    """The request as it was understood; XCQL beside the query, as SRU 1.1 and 1.2 ask for."""
    inner = []
    # the name of a private parameter is the client's own text: never an element's name
    given = {key: value for key, value in request.stated if value and not key.startswith("x-")}
    for key in (*(k for k in _ECHOED if k in given), *(k for k in given if k not in _NOT_ECHOED)):
        value = given[key]
        inner.append(f"<zs:{key}>{escape(value)}</zs:{key}>")
        if key == "query" and query is not None and request.version != "2.0":
            xcql = etree.tostring(to_xcql(query), encoding="unicode")
            inner.append(f"<zs:xQuery>{xcql}</zs:xQuery>")
    return f"<zs:{name}>{''.join(inner)}</zs:{name}>" if inner else ""
