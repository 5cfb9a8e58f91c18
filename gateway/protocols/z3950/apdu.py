"""APDUs of Init, Search and Present as dataclasses (ANSI/NISO Z39.50-2003, 3.2.1 to 3.2.3 and 4.1).

The others are in ``services``. Names follow the standard in Python's spelling. Texts are ``str`` read as UTF-8, see
``ber.readable`` for peers that send something else. ``None`` is an optional parameter that is absent.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from gateway.protocols.z3950.ber import Oid
from gateway.protocols.z3950.rpn import AnyQuery, External, Null

_BIB1_DIAGNOSTICS = Oid("1.2.840.10003.4.1")


class Option(IntEnum):
    """Bits of the Init options (3.2.1.1.3)."""

    SEARCH = 0
    PRESENT = 1
    DELETE = 2
    RESOURCE_REPORT = 3
    TRIGGER_RESOURCE_CONTROL = 4
    RESOURCE_CONTROL = 5
    ACCESS_CONTROL = 6
    SCAN = 7
    SORT = 8
    EXTENDED_SERVICES = 10
    SEGMENTATION_1 = 11
    SEGMENTATION_2 = 12
    CONCURRENT_OPERATIONS = 13
    NAMED_RESULT_SETS = 14
    ENCAPSULATION = 15
    RESULT_COUNT = 16
    NEGOTIATION = 17
    DUPLICATE_DETECTION = 18
    QUERY_TYPE_104 = 19
    PQES_CORRECTION = 20
    STRING_SCHEMA = 21


class PresentStatus(IntEnum):
    SUCCESS = 0
    PARTIAL_1 = 1  #: access control cut it short
    PARTIAL_2 = 2  #: they do not fit the message size
    PARTIAL_3 = 3  #: resource control at the origin
    PARTIAL_4 = 4  #: resource control at the target
    FAILURE = 5


@dataclass(frozen=True, slots=True)
class InfoCategory:
    value: int
    type: Oid | None = None


@dataclass(frozen=True, slots=True)
class InfoUnit:
    """One unit of OtherInformation: text, octets, an EXTERNAL or an object identifier."""

    information: str | bytes | External | Oid
    category: InfoCategory | None = None


OtherInfo = tuple[InfoUnit, ...]


@dataclass(frozen=True, slots=True)
class IdPass:
    group: str | None = None
    user: str | None = None
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class OpenAuth:
    """A single agreed string, often ``user/password``."""

    value: str = field(repr=False)


Authentication = OpenAuth | IdPass | Null | External


@dataclass(frozen=True, slots=True, kw_only=True)
class Apdu:
    """What every APDU carries: an identifier that the answer repeats, and open-ended extra information."""

    reference_id: bytes | None = None
    other_info: OtherInfo | None = None


@dataclass(frozen=True, slots=True)
class InitRequest(Apdu):
    versions: frozenset[int] = frozenset({0, 1, 2})  #: bit 2 is version 3
    options: frozenset[int] = frozenset()
    preferred_size: int = 1 << 20
    exceptional_size: int = 4 << 20
    authentication: Authentication | None = None
    implementation_id: str | None = None
    implementation_name: str | None = None
    implementation_version: str | None = None
    user_information: External | None = None


@dataclass(frozen=True, slots=True)
class InitResponse(Apdu):
    versions: frozenset[int] = frozenset({0, 1, 2})
    options: frozenset[int] = frozenset()
    preferred_size: int = 1 << 20
    exceptional_size: int = 4 << 20
    result: bool = True
    implementation_id: str | None = None
    implementation_name: str | None = None
    implementation_version: str | None = None
    user_information: External | None = None


@dataclass(frozen=True, slots=True)
class DatabaseElementSet:
    database: str
    name: str


#: One element set name for all databases, or one for each.
ElementSets = str | tuple[DatabaseElementSet, ...]


@dataclass(frozen=True, slots=True)
class SearchRequest(Apdu):
    query: AnyQuery
    databases: tuple[str, ...] = ("Default",)
    result_set: str = "default"
    replace: bool = True
    small_set_upper_bound: int = 0
    large_set_lower_bound: int = 1
    medium_set_present_number: int = 0
    small_set_elements: ElementSets | None = None
    medium_set_elements: ElementSets | None = None
    syntax: Oid | None = None
    additional_info: OtherInfo | None = None


@dataclass(frozen=True, slots=True)
class DefaultDiagnostic:
    condition: int
    addinfo: str | None = None
    set: Oid = _BIB1_DIAGNOSTICS


DiagRec = DefaultDiagnostic | External


@dataclass(slots=True)
class NamePlusRecord:
    """A record of a response with the name of its database (None: as in the record before)."""

    record: External | DefaultDiagnostic | SurrogateExternal | Fragment
    name: str | None = None


@dataclass(frozen=True, slots=True)
class SurrogateExternal:
    """A surrogate diagnostic in an external format."""

    value: External


@dataclass(frozen=True, slots=True)
class StartingFragment:
    value: External | bytes


@dataclass(frozen=True, slots=True)
class IntermediateFragment:
    value: External | bytes


@dataclass(frozen=True, slots=True)
class FinalFragment:
    value: External | bytes


Fragment = StartingFragment | IntermediateFragment | FinalFragment


@dataclass(frozen=True, slots=True)
class ResponseRecords:
    value: tuple[NamePlusRecord, ...]


@dataclass(frozen=True, slots=True)
class Diagnostics:
    """Several non-surrogate diagnostics."""

    value: tuple[DiagRec, ...]


Records = ResponseRecords | DefaultDiagnostic | Diagnostics


@dataclass(frozen=True, slots=True)
class SearchResponse(Apdu):
    count: int = 0
    returned: int = 0
    next_position: int = 0
    status: bool = True
    result_set_status: int | None = None
    present_status: int | None = None
    records: Records | None = None
    additional_info: OtherInfo | None = None


@dataclass(frozen=True, slots=True)
class Range:
    start: int
    count: int


@dataclass(frozen=True, slots=True)
class Uri:
    value: str


@dataclass(frozen=True, slots=True)
class Specification:
    schema: Oid | Uri | None = None
    elements: str | External | None = None


@dataclass(frozen=True, slots=True)
class DatabaseSpecification:
    database: str
    specification: Specification


@dataclass(frozen=True, slots=True)
class CompSpec:
    select_alternative: bool = True
    generic: Specification | None = None
    by_database: tuple[DatabaseSpecification, ...] | None = None
    syntaxes: tuple[Oid, ...] | None = None


@dataclass(frozen=True, slots=True)
class PresentRequest(Apdu):
    start: int
    count: int
    result_set: str = "default"
    additional_ranges: tuple[Range, ...] | None = None
    composition: ElementSets | CompSpec | None = None
    syntax: Oid | None = None
    max_segments: int | None = None
    max_record_size: int | None = None
    max_segment_size: int | None = None


@dataclass(frozen=True, slots=True)
class Segment(Apdu):
    returned: int = 0
    records: tuple[NamePlusRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class PresentResponse(Apdu):
    returned: int = 0
    next_position: int = 0
    status: int = 0
    records: Records | None = None
