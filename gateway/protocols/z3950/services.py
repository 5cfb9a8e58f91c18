"""APDUs of the other services: Delete, control, Scan, Sort, extended services, Close (Z39.50-2003, 3.2.4 to 3.2.11)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from gateway.protocols.z3950.apdu import Apdu, DefaultDiagnostic, DiagRec, OtherInfo, Specification
from gateway.protocols.z3950.ber import Oid
from gateway.protocols.z3950.rpn import Attribute, External, IntUnit, Operand, Term


class CloseReason(IntEnum):
    FINISHED = 0
    SHUTDOWN = 1
    SYSTEM_PROBLEM = 2
    COST_LIMIT = 3
    RESOURCES = 4
    SECURITY_VIOLATION = 5
    PROTOCOL_ERROR = 6
    LACK_OF_ACTIVITY = 7
    PEER_ABORT = 8
    UNSPECIFIED = 9


@dataclass(frozen=True, slots=True)
class DeleteRequest(Apdu):
    function: int = 0  #: 0 the list, 1 all
    result_sets: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class ListStatus:
    name: str
    status: int


@dataclass(frozen=True, slots=True)
class DeleteResponse(Apdu):
    status: int = 0
    statuses: tuple[ListStatus, ...] | None = None
    not_deleted: int | None = None
    bulk_statuses: tuple[ListStatus, ...] | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class SimpleChallenge:
    value: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class AccessControlRequest(Apdu):
    challenge: SimpleChallenge | External


@dataclass(frozen=True, slots=True)
class AccessControlResponse(Apdu):
    response: SimpleChallenge | External | None = None
    diagnostic: DiagRec | None = None


@dataclass(frozen=True, slots=True)
class ResourceControlRequest(Apdu):
    response_required: bool
    suspended: bool | None = None
    report: External | None = None
    partial_results: int | None = None
    triggered: bool | None = None


@dataclass(frozen=True, slots=True)
class ResourceControlResponse(Apdu):
    go_on: bool
    result_set_wanted: bool | None = None


@dataclass(frozen=True, slots=True)
class TriggerResourceControlRequest(Apdu):
    action: int = 3  #: 1 report, 2 control, 3 cancel
    report_format: Oid | None = None
    result_set_wanted: bool | None = None


@dataclass(frozen=True, slots=True)
class ResourceReportRequest(Apdu):
    operation_id: bytes | None = None
    report_format: Oid | None = None


@dataclass(frozen=True, slots=True)
class ResourceReportResponse(Apdu):
    status: int = 0
    report: External | None = None


@dataclass(frozen=True, slots=True)
class ScanRequest(Apdu):
    start: Operand
    databases: tuple[str, ...] = ("Default",)
    attribute_set: Oid | None = None
    step_size: int | None = None
    count: int = 20
    position: int | None = None


@dataclass(frozen=True, slots=True)
class TermInfo:
    term: Term
    display: str | None = None
    suggested: tuple[Attribute, ...] | None = None
    alternatives: tuple[Operand, ...] | None = None
    occurrences: int | None = None
    other_info: OtherInfo | None = None


@dataclass(frozen=True, slots=True)
class ListEntries:
    entries: tuple[TermInfo | DefaultDiagnostic | External, ...] | None = None
    diagnostics: tuple[DiagRec, ...] | None = None


@dataclass(frozen=True, slots=True)
class ScanResponse(Apdu):
    status: int = 0  #: 0 success, 1 to 5 partial, 6 failure
    returned: int = 0
    step_size: int | None = None
    position: int | None = None
    entries: ListEntries | None = None
    attribute_set: Oid | None = None


@dataclass(frozen=True, slots=True)
class SortAttributes:
    attribute_set: Oid
    attributes: tuple[Attribute, ...]


#: A field name, an element specification or attributes.
SortElementKey = str | Specification | SortAttributes


@dataclass(frozen=True, slots=True)
class GenericSort:
    value: SortElementKey


@dataclass(frozen=True, slots=True)
class DatabaseSort:
    database: str
    key: SortElementKey


@dataclass(frozen=True, slots=True)
class MissingValue:
    """What a record without the element gets: an abort, null, or these octets."""

    value: bytes


class MissingAction(IntEnum):
    ABORT = 1
    NULL = 2


@dataclass(frozen=True, slots=True)
class SortKeySpec:
    element: GenericSort | tuple[DatabaseSort, ...]
    relation: int = 0  #: 0 ascending, 1 descending
    case: int = 1  #: 0 sensitive, 1 not
    missing: MissingAction | MissingValue | None = None


@dataclass(frozen=True, slots=True)
class SortRequest(Apdu):
    keys: tuple[SortKeySpec, ...]
    inputs: tuple[str, ...] = ("default",)
    output: str = "default"


@dataclass(frozen=True, slots=True)
class SortResponse(Apdu):
    status: int = 0  #: 0 success, 1 partial, 2 failure
    result_set_status: int | None = None
    diagnostics: tuple[DiagRec, ...] | None = None
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Permission:
    user: str | None = None
    functions: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ExtendedServicesRequest(Apdu):
    function: int
    package_type: Oid
    package_name: str | None = None
    user: str | None = None
    retention: IntUnit | None = None
    permissions: tuple[Permission, ...] | None = None
    description: str | None = None
    parameters: External | None = None
    wait_action: int = 1
    elements: str | None = None


@dataclass(frozen=True, slots=True)
class ExtendedServicesResponse(Apdu):
    status: int = 3  #: 1 done, 2 accepted, 3 failure
    diagnostics: tuple[DiagRec, ...] | None = None
    package: External | None = None


@dataclass(frozen=True, slots=True)
class Close(Apdu):
    reason: int = CloseReason.FINISHED
    diagnostic: str | None = None
    report_format: Oid | None = None
    report: External | None = None
