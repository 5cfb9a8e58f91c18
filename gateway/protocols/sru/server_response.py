"""Answers of our SRU server as XML text: searchRetrieve, explain and scan in the namespaces of 1.1, 1.2 and 2.0.

Written as text, not as a tree: a page of records is mostly copied. Sources: SRU 1.1/1.2 response schemas (Library of
Congress), OASIS searchRetrieve 1.0 part 3 (SRU 2.0), ZeeRex 2.0/2.1.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lxml import etree

from gateway.protocols.sru import diagnostics as standard
from gateway.protocols.sru.cql_ast import CQLQuery
from gateway.protocols.sru.diagnostics import SRUDiagnostic
from gateway.protocols.sru.server_request import SCHEMAS, ServerRequest
from gateway.protocols.sru.xcql import to_xcql

NAMESPACE = "http://www.loc.gov/zing/srw/"
NAMESPACE_20 = "http://docs.oasis-open.org/ns/search-ws/sruResponse"
ZEEREX = "http://explain.z3950.org/dtd/2.0/"
_DIAGNOSTICS_SCHEMA = "info:srw/schema/1/diagnostics-v1.1"
#: The order of the response schema; what 2.0 added follows in the client's own order.
_ECHOED = (
    "version", "query", "startRecord", "maximumRecords", "recordPacking", "recordSchema", "resultSetTTL", "sortKeys"
)  # fmt: skip
_NOT_ECHOED = frozenset((*_ECHOED, "operation"))
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class OutRecord:
    """``xml`` is one record without declaration, or None when ``diagnostic`` stands in its place."""

    position: int
    xml: str | None
    identifier: str = ""
    diagnostic: SRUDiagnostic | None = None


def escape(text: str) -> str:
    return (
        _ILLEGAL.sub("\ufffd", text)
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace('"', "&quot;")
        .replace("\r", "&#13;")
    )


def search_answer(request: ServerRequest, total: int, records: Sequence[OutRecord], query: CQLQuery | None) -> str:
    """A whole ``searchRetrieveResponse``; ``nextRecordPosition`` as long as there is one."""
    parts = [_open("searchRetrieveResponse", request.version), f"<zs:numberOfRecords>{total}</zs:numberOfRecords>"]
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
    parts.append("</zs:searchRetrieveResponse>\n")
    return "".join(parts)


def refusal(
    diagnostic: SRUDiagnostic, version: str, operation: str = "searchRetrieve", request: ServerRequest | None = None
) -> str:
    """An answer that holds nothing but a diagnostic."""
    root = {"scan": "scanResponse", "explain": "explainResponse"}.get(operation, "searchRetrieveResponse")
    parts = [_open(root, version)]
    if root == "searchRetrieveResponse":
        parts.append("<zs:numberOfRecords>0</zs:numberOfRecords>")
        if request is not None:
            parts.append(_echo("echoedSearchRetrieveRequest", request, None))
    parts.append(f"<zs:diagnostics>{_diagnostic(diagnostic, version)}</zs:diagnostics></zs:{root}>\n")
    return "".join(parts)


def explain_answer(request: ServerRequest, zeerex: str) -> str:
    """An ``explainResponse`` around a ZeeRex record."""
    packing = "recordXMLEscaping" if request.version == "2.0" else "recordPacking"
    data = zeerex if request.packing == "xml" else escape(zeerex)
    return (
        f"{_open('explainResponse', request.version)}<zs:record><zs:recordSchema>{ZEEREX}</zs:recordSchema>"
        f"<zs:{packing}>{request.packing}</zs:{packing}><zs:recordData>{data}</zs:recordData></zs:record>"
        "</zs:explainResponse>\n"
    )


def zeerex(
    *,
    host: str,
    port: int,
    database: str,
    title: Mapping[str, str],
    indexes: Mapping[str, Sequence[str]],
    set_uris: Mapping[str, str],
    sort_keys: Sequence[str],
    default_records: int,
    max_records: int,
) -> str:
    """A ZeeRex record that says what this server can do. ``indexes``: set → names; ``title`` by language."""
    used = {name: uri for name, uri in set_uris.items() if indexes.get(name)}
    sets = "".join(f'<set name="{escape(name)}" identifier="{escape(uri)}"/>' for name, uri in used.items())
    listed = "".join(
        f'<index search="true" scan="false" sort="{"true" if name.lower() in sort_keys else "false"}">'
        f'<title lang="en">{escape(name)}</title><map><name set="{escape(each)}">{escape(name)}</name></map></index>'
        for each in used
        for name in indexes[each]
    )
    schemas = "".join(
        f'<schema name="{name}" identifier="{escape(names[0])}" sort="false" retrieve="true">'
        f'<title lang="en">{name}</title></schema>'
        for name, names in SCHEMAS.items()
    )
    titles = "".join(f'<title lang="{escape(code)}">{escape(text)}</title>' for code, text in title.items())
    supports = "".join(
        f'<supports type="{kind}">{escape(value)}</supports>'
        for kind, values in (
            ("relation", ("=", "==", "all", "any", "adj", "exact", "within", "<", "<=", ">", ">=", "scr")),
            ("booleanOperator", ("and", "or", "not", "prox")),
            ("relationModifier", ("relevant", "ignoreCase", "ignoreAccents", "word", "string", "unmasked")),
            ("maskingCharacter", ("*", "?")),
            ("anchoring", ("^",)),
            ("sortModifier", ("ascending", "descending")),
        )
        for value in values
    )
    return (
        f'<explain xmlns="{ZEEREX}"><serverInfo protocol="SRU" version="1.2" transport="http" method="GET POST SOAP">'
        f"<host>{escape(host)}</host><port>{port}</port><database>{escape(database)}</database></serverInfo>"
        f"<databaseInfo>{titles}</databaseInfo><indexInfo>{sets}{listed}</indexInfo>"
        f"<schemaInfo>{schemas}</schemaInfo><configInfo>"
        f'<default type="numberOfRecords">{default_records}</default>'
        '<default type="contextSet">wenyuan</default><default type="index">cql.serverChoice</default>'
        '<default type="relation">=</default><default type="retrieveSchema">marcxml</default>'
        f'<setting type="maximumRecords">{max_records}</setting>{supports}</configInfo></explain>'
    )


def soap(answer: str) -> str:
    """The answer in a SOAP 1.1 envelope."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<SOAP:Envelope '
        'xmlns:SOAP="http://schemas.xmlsoap.org/soap/envelope/"><SOAP:Body>'
        + answer.removeprefix('<?xml version="1.0" encoding="UTF-8"?>\n').rstrip()
        + "</SOAP:Body></SOAP:Envelope>\n"
    )


def _open(name: str, version: str) -> str:
    space = NAMESPACE_20 if version == "2.0" else NAMESPACE
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<zs:{name} xmlns:zs="{space}"><zs:version>{version}</zs:version>'


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
