"""The tables of the services beside Search and Present, and of the APDU as a whole (ANSI/NISO Z39.50-2003, 4.1)."""

from __future__ import annotations

from gateway.protocols.z3950 import apdu, ber, rpn, services
from gateway.protocols.z3950.codec import (
    BOOLEAN,
    INTEGER,
    NULL,
    OCTETS,
    OID,
    STRING,
    Alternative,
    Choice,
    Explicit,
    Implicit,
    Sequence,
    SequenceOf,
    Type,
)
from gateway.protocols.z3950.schema import (
    OTHER,
    REFERENCE,
    AttributeList,
    AttributesPlusTerm,
    DatabaseName,
    ElementSetName,
    External,
    IntUnit,
    OtherInformation,
    ResultSetId,
    Term,
    may,
    need,
)
from gateway.protocols.z3950.schema_core import (
    DiagRec,
    InitRequest,
    InitResponse,
    PresentRequest,
    PresentResponse,
    SearchRequest,
    SearchResponse,
    Segment,
    Specification,
)

# ------------------------------------------------------------------------------- Delete, access and resource control

DeleteRequest = Sequence(
    services.DeleteRequest,
    REFERENCE,
    need("function", Implicit(32, INTEGER)),
    may("result_sets", SequenceOf(ResultSetId)),
    OTHER,
)
DeleteSetStatus = Implicit(33, INTEGER)
ListStatuses = SequenceOf(Sequence(services.ListStatus, need("name", ResultSetId), need("status", DeleteSetStatus)))
DeleteResponse = Sequence(
    services.DeleteResponse,
    REFERENCE,
    need("status", Implicit(0, INTEGER)),
    may("statuses", Implicit(1, ListStatuses)),
    may("not_deleted", Implicit(34, INTEGER)),
    may("bulk_statuses", Implicit(35, ListStatuses)),
    may("message", Implicit(36, STRING)),
    OTHER,
)


def _challenge(number: int) -> Choice:
    return Choice(
        Alternative(Implicit(number, OCTETS), services.SimpleChallenge, wrap=True),
        Alternative(Explicit(0, External), rpn.External),
    )


AccessControlRequest = Sequence(services.AccessControlRequest, REFERENCE, need("challenge", _challenge(37)), OTHER)
AccessControlResponse = Sequence(
    services.AccessControlResponse,
    REFERENCE,
    may("response", _challenge(38)),
    may("diagnostic", Explicit(223, DiagRec)),
    OTHER,
)
ResourceControlRequest = Sequence(
    services.ResourceControlRequest,
    REFERENCE,
    may("suspended", Implicit(39, BOOLEAN)),
    may("report", Explicit(40, External)),
    may("partial_results", Implicit(41, INTEGER)),
    need("response_required", Implicit(42, BOOLEAN)),
    may("triggered", Implicit(43, BOOLEAN)),
    OTHER,
)
ResourceControlResponse = Sequence(
    services.ResourceControlResponse,
    REFERENCE,
    need("go_on", Implicit(44, BOOLEAN)),
    may("result_set_wanted", Implicit(45, BOOLEAN)),
    OTHER,
)
TriggerResourceControlRequest = Sequence(
    services.TriggerResourceControlRequest,
    REFERENCE,
    need("action", Implicit(46, INTEGER)),
    may("report_format", Implicit(47, OID)),
    may("result_set_wanted", Implicit(48, BOOLEAN)),
    OTHER,
)
ResourceReportRequest = Sequence(
    services.ResourceReportRequest,
    REFERENCE,
    may("operation_id", Implicit(210, OCTETS)),
    may("report_format", Implicit(49, OID)),
    OTHER,
)
ResourceReportResponse = Sequence(
    services.ResourceReportResponse,
    REFERENCE,
    need("status", Implicit(50, INTEGER)),
    may("report", Explicit(51, External)),
    OTHER,
)

# ------------------------------------------------------------------------------------------------- Scan, Sort

ScanRequest = Sequence(
    services.ScanRequest,
    REFERENCE,
    need("databases", Implicit(3, SequenceOf(DatabaseName))),
    may("attribute_set", OID),
    need("start", AttributesPlusTerm),
    may("step_size", Implicit(5, INTEGER)),
    need("count", Implicit(6, INTEGER)),
    may("position", Implicit(7, INTEGER)),
    OTHER,
)
TermInfo = Sequence(
    services.TermInfo,
    need("term", Term),
    may("display", Implicit(0, STRING)),
    may("suggested", AttributeList),
    may("alternatives", Implicit(4, SequenceOf(AttributesPlusTerm))),
    may("occurrences", Implicit(2, INTEGER)),
    may("other_info", OtherInformation),
)
ListEntries = Sequence(
    services.ListEntries,
    may(
        "entries",
        Implicit(
            1,
            SequenceOf(
                Choice(
                    Alternative(Implicit(1, TermInfo), services.TermInfo),
                    Alternative(Explicit(2, DiagRec), apdu.DefaultDiagnostic, rpn.External),
                )
            ),
        ),
    ),
    may("diagnostics", Implicit(2, SequenceOf(DiagRec))),
)
ScanResponse = Sequence(
    services.ScanResponse,
    REFERENCE,
    may("step_size", Implicit(3, INTEGER)),
    need("status", Implicit(4, INTEGER)),
    need("returned", Implicit(5, INTEGER)),
    may("position", Implicit(6, INTEGER)),
    may("entries", Implicit(7, ListEntries)),
    may("attribute_set", Implicit(8, OID)),
    OTHER,
)
SortKey = Choice(
    Alternative(Implicit(0, STRING), str),
    Alternative(Implicit(1, Specification), apdu.Specification),
    Alternative(
        Implicit(2, Sequence(services.SortAttributes, need("attribute_set", OID), need("attributes", AttributeList))),
        services.SortAttributes,
    ),
)
SortElement = Choice(
    Alternative(Explicit(1, SortKey), services.GenericSort, wrap=True),
    Alternative(
        Implicit(2, SequenceOf(Sequence(services.DatabaseSort, need("database", DatabaseName), need("key", SortKey)))),
        tuple,
    ),
)
SortKeySpec = Sequence(
    services.SortKeySpec,
    need("element", SortElement),
    need("relation", Implicit(1, INTEGER)),
    need("case", Implicit(2, INTEGER)),
    may(
        "missing",
        Explicit(
            3,
            Choice(
                Alternative(Implicit(1, NULL), constant=services.MissingAction.ABORT),
                Alternative(Implicit(2, NULL), constant=services.MissingAction.NULL),
                Alternative(Implicit(3, OCTETS), services.MissingValue, wrap=True),
            ),
        ),
    ),
)
SortRequest = Sequence(
    services.SortRequest,
    REFERENCE,
    need("inputs", Implicit(3, SequenceOf(STRING))),
    need("output", Implicit(4, STRING)),
    need("keys", Implicit(5, SequenceOf(SortKeySpec))),
    OTHER,
)
SortResponse = Sequence(
    services.SortResponse,
    REFERENCE,
    need("status", Implicit(3, INTEGER)),
    may("result_set_status", Implicit(4, INTEGER)),
    may("diagnostics", Implicit(5, SequenceOf(DiagRec))),
    may("count", Implicit(6, INTEGER)),
    OTHER,
)

# ------------------------------------------------------------------------------------- extended services, Close

Permissions = SequenceOf(
    Sequence(services.Permission, may("user", Implicit(1, STRING)), need("functions", Implicit(2, SequenceOf(INTEGER))))
)
ExtendedServicesRequest = Sequence(
    services.ExtendedServicesRequest,
    REFERENCE,
    need("function", Implicit(3, INTEGER)),
    need("package_type", Implicit(4, OID)),
    may("package_name", Implicit(5, STRING)),
    may("user", Implicit(6, STRING)),
    may("retention", Implicit(7, IntUnit)),
    may("permissions", Implicit(8, Permissions)),
    may("description", Implicit(9, STRING)),
    may("parameters", Implicit(10, External)),
    need("wait_action", Implicit(11, INTEGER)),
    may("elements", ElementSetName),
    OTHER,
)
ExtendedServicesResponse = Sequence(
    services.ExtendedServicesResponse,
    REFERENCE,
    need("status", Implicit(3, INTEGER)),
    may("diagnostics", Implicit(4, SequenceOf(DiagRec))),
    may("package", Implicit(5, External)),
    OTHER,
)
Close = Sequence(
    services.Close,
    REFERENCE,
    need("reason", Implicit(211, INTEGER)),
    may("diagnostic", Implicit(3, STRING)),
    may("report_format", Implicit(4, OID)),
    may("report", Explicit(5, External)),
    OTHER,
)

#: Every APDU by its tag (4.1, PDU).
_NUMBERED: tuple[tuple[int, Type, type], ...] = (
    (20, InitRequest, apdu.InitRequest),
    (21, InitResponse, apdu.InitResponse),
    (22, SearchRequest, apdu.SearchRequest),
    (23, SearchResponse, apdu.SearchResponse),
    (24, PresentRequest, apdu.PresentRequest),
    (25, PresentResponse, apdu.PresentResponse),
    (26, DeleteRequest, services.DeleteRequest),
    (27, DeleteResponse, services.DeleteResponse),
    (28, AccessControlRequest, services.AccessControlRequest),
    (29, AccessControlResponse, services.AccessControlResponse),
    (30, ResourceControlRequest, services.ResourceControlRequest),
    (31, ResourceControlResponse, services.ResourceControlResponse),
    (32, TriggerResourceControlRequest, services.TriggerResourceControlRequest),
    (33, ResourceReportRequest, services.ResourceReportRequest),
    (34, ResourceReportResponse, services.ResourceReportResponse),
    (35, ScanRequest, services.ScanRequest),
    (36, ScanResponse, services.ScanResponse),
    (43, SortRequest, services.SortRequest),
    (44, SortResponse, services.SortResponse),
    (45, Segment, apdu.Segment),
    (46, ExtendedServicesRequest, services.ExtendedServicesRequest),
    (47, ExtendedServicesResponse, services.ExtendedServicesResponse),
    (48, Close, services.Close),
)
PDU = Choice(*(Alternative(Implicit(number, kind), cls) for number, kind, cls in _NUMBERED))
#: The classes of all APDUs, in the order of their tags.
APDUS: tuple[type[apdu.Apdu], ...] = tuple(cls for _, _, cls in _NUMBERED)
_KEYS = frozenset(ber.key(number) for number, _, _ in _NUMBERED)


def known(first: bytes) -> bool:
    """Whether these first octets (at least two) can begin an APDU."""
    if first[0] & 0xE0 != 0xA0:
        return False
    number = first[0] & 0x1F
    return ber.key(number if number < 31 else first[1]) in _KEYS
