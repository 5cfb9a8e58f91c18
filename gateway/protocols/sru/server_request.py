"""What an SRU client asks of us: parameters or a SOAP body to a checked request, or the diagnostic that refuses it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gateway.core.errors import RemoteProtocolError
from gateway.protocols.sru.facets import FacetRequest, facet_requests
from gateway.protocols.sru.refused import RefusedError
from gateway.protocols.sru.safe_xml import child, local, parse

MAX_REQUEST = 64 * 1024  #: bytes of one POSTed request
MAX_TERMS = 200  #: terms of one scan answer
DEFAULT_TERMS = 20

#: Record schemas that we deliver: short name → identifier (first) and the other names that clients use.
SCHEMAS: Mapping[str, tuple[str, ...]] = {
    "marcxml": ("info:srw/schema/1/marcxml-v1.1", "http://www.loc.gov/MARC21/slim", "marc21-xml", "marc"),
    "dc": ("info:srw/schema/1/dc-v1.1", "http://purl.org/dc/elements/1.1/", "oai_dc"),
    "mods": ("info:srw/schema/1/mods-v3.7", "http://www.loc.gov/mods/v3", "info:srw/schema/1/mods-v3.3"),
    "union": ("urn:wenyuan:union:1",),
    "unimarcxml": ("info:srw/schema/8/unimarcxml-v0.1", "unimarc"),
    "cnmarcxml": ("http://www.nlc.cn/", "cnmarc"),
}
_SCHEMA_NAMES = {alias.lower(): name for name, aliases in SCHEMAS.items() for alias in (name, *aliases)}

_KNOWN = frozenset((
    "operation", "version", "query", "queryType", "startRecord", "maximumRecords", "recordPacking", "recordSchema",
    "recordXMLEscaping", "resultSetTTL", "sortKeys", "recordXPath", "stylesheet", "renderedBy", "httpAccept",
    "responseType", "extraRequestData", "scanClause", "responsePosition", "maximumTerms", "facetLimit", "facetStart",
    "facetSort", "facetCount", "facetRangeField", "facetLow", "facetHigh",
))  # fmt: skip


@dataclass(frozen=True, slots=True)
class ServerRequest:
    """A request that can be carried out. ``operation`` is searchRetrieve, explain or scan."""

    operation: str
    version: str
    query: str = ""
    query_type: str = "cql"
    start: int = 1
    maximum: int = 10
    schema: str = "marcxml"
    packing: str = "xml"
    sort_keys: str = ""
    facets: tuple[FacetRequest, ...] = ()
    position: int = 1  #: of a scan: where in the answer the term is to stand; ``query`` is the scan clause
    stylesheet: str = ""
    stated: tuple[tuple[str, str], ...] = ()  #: as the client wrote them, for the echo


def soap_parameters(body: bytes) -> list[tuple[str, str]]:
    """The parameters within a SOAP envelope (SRU over SOAP, 1.1 and 1.2); raises :class:`RefusedError`."""
    try:
        root = parse(body, "The client")
    except RemoteProtocolError as error:
        raise RefusedError(1, str(error)) from error
    content = child(root, "Body") if local(root) == "Envelope" else None
    asked = next((each for each in content if local(each)), None) if content is not None else None
    names = {"searchRetrieveRequest": "searchRetrieve", "explainRequest": "explain", "scanRequest": "scan"}
    if asked is None or local(asked) not in names:
        raise RefusedError(4, "the SOAP body holds no searchRetrieveRequest or explainRequest")
    found = [("operation", names[local(asked)])]
    found += [(local(each), (each.text or "").strip()) for each in asked if local(each)]
    return [("x-pquery" if name == "pQuery" else name, value) for name, value in found]  # YAZ's own name for PQF


def read_request(
    parameters: Iterable[tuple[str, str]], *, default_records: int = 10, max_records: int = 100
) -> ServerRequest:
    """Check parameters by the rules of their version; raises :class:`RefusedError`.

    ``default_records`` is used when ``maximumRecords`` is absent; more than ``max_records`` are never given, which
    the standard leaves to the server: the client sees it by ``nextRecordPosition``.
    """
    stated = tuple(parameters)
    given = dict(stated)
    version = _version(given)
    if len(given) != len(stated):
        twice = next(name for at, (name, _) in enumerate(stated) if name in dict(stated[:at]))
        raise RefusedError(6, f"{twice} is given more than once", version)
    for name in given:
        if name not in _KNOWN and not name.startswith("x-"):
            raise RefusedError(8, name, version)
    operation = given.get("operation") or ("searchRetrieve" if "query" in given or "x-pquery" in given else "explain")
    if operation not in ("searchRetrieve", "explain", "scan"):
        raise RefusedError(4, operation, version)
    schema = _schema(given.get("recordSchema", ""))
    stylesheet = given.get("stylesheet", "")
    if operation == "scan":
        return _scan(given, version, stylesheet, stated)
    if operation != "searchRetrieve":
        return ServerRequest(operation, version, packing=_packing(given, version), stylesheet=stylesheet, stated=stated)
    _refuse_unsupported(given, version)
    query, query_type = given.get("query", ""), given.get("queryType", "cql") or "cql"
    if not query and "x-pquery" in given:  # what YAZ clients send for a query that they have in PQF only
        query, query_type = given["x-pquery"], "pqf"
    if not query:
        raise RefusedError(7, "query", version)
    if query_type.lower() not in ("cql", "pqf", "searchterms"):
        raise RefusedError(11, query_type, version)
    if not schema:
        raise RefusedError(66, given["recordSchema"], version)
    start = _number(given, "startRecord", 1, version)
    if start < 1:
        raise RefusedError(6, f"startRecord={start}; the first record is 1", version)
    maximum = min(_number(given, "maximumRecords", default_records, version), max_records)
    packing = _packing(given, version)
    return ServerRequest(
        operation,
        version,
        query,
        query_type.lower(),
        start,
        maximum,
        schema,
        packing,
        given.get("sortKeys", ""),
        facet_requests(given, version),
        stylesheet=stylesheet,
        stated=stated,
    )


def _scan(
    given: Mapping[str, str], version: str, stylesheet: str, stated: tuple[tuple[str, str], ...]
) -> ServerRequest:
    """The scan operation; the standard leaves the number of terms to the server when the client gives none."""
    clause = given.get("scanClause", "")
    if not clause:
        raise RefusedError(7, "scanClause", version)
    count = _number(given, "maximumTerms", DEFAULT_TERMS, version)
    if not 1 <= count <= MAX_TERMS:
        raise RefusedError(121 if count else 6, f"maximumTerms={count}; 1 to {MAX_TERMS} are given", version)
    position = _number(given, "responsePosition", 1, version)
    if position > count + 1:
        raise RefusedError(120, f"responsePosition={position}; 0 to {count + 1} can be asked for", version)
    return ServerRequest(
        "scan", version, clause, maximum=count, position=position, stylesheet=stylesheet, stated=stated
    )


def _version(given: Mapping[str, str]) -> str:
    """1.1, 1.2 or 2.0; 2.0 dropped the parameter, so its absence together with ``operation``'s means 2.0."""
    version = given.get("version", "")
    if version in ("1.1", "1.2", "2.0"):
        return version
    if version:
        raise RefusedError(5, "1.2" if version < "2" else "2.0")  # the details are the highest version we know below it
    return "2.0" if "query" in given and "operation" not in given else "1.2"


def _schema(written: str) -> str:
    return _SCHEMA_NAMES.get(written.lower(), "") if written else "marcxml"


def _packing(given: Mapping[str, str], version: str) -> str:
    name = "recordXMLEscaping" if version == "2.0" else "recordPacking"
    value = given.get(name, "xml") or "xml"
    if value not in ("xml", "string"):
        raise RefusedError(71, f"{name}={value}", version)
    if version == "2.0" and given.get("recordPacking", "packed") not in ("packed", "unpacked", "xml", "string"):
        raise RefusedError(71, f"recordPacking={given['recordPacking']}", version)
    return value


def _refuse_unsupported(given: Mapping[str, str], version: str) -> None:
    if given.get("recordXPath"):
        raise RefusedError(72, given["recordXPath"], version)
    unknown = ("facetCount", "facetRangeField", "facetLow", "facetHigh")
    for name in unknown if version == "2.0" else (*unknown, "facetLimit", "facetStart", "facetSort"):
        if given.get(name):
            raise RefusedError(8, name, version)
    _number(given, "resultSetTTL", 0, version)


def _number(given: Mapping[str, str], name: str, default: int, version: str) -> int:
    value = given.get(name, "")
    if not value:
        return default
    if not (value.isascii() and value.isdigit() and len(value) < 10):
        raise RefusedError(6, f"{name}={value}; a whole number is expected", version)
    return int(value)
