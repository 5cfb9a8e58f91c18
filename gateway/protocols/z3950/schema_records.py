"""What travels inside of an EXTERNAL: OPAC, GRS-1 and SUTRS records, explicit diagnostics, search reports, negotiation.

ANSI/NISO Z39.50-2003, Appendices REC, ERR and USR; negotiation record 3 for character set and language.
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway.protocols.z3950 import apdu, ber, rpn
from gateway.protocols.z3950.codec import (
    ANY,
    BOOLEAN,
    INTEGER,
    NULL,
    OCTETS,
    OID,
    STRING,
    TIME,
    Alternative,
    Choice,
    Explicit,
    Implicit,
    Sequence,
    SequenceOf,
    Type,
)
from gateway.protocols.z3950.schema import (
    External,
    IntUnit,
    Query,
    StringOrNumeric,
    Term,
    may,
    need,
)
from gateway.protocols.z3950.schema_core import DefaultDiagFormat

# ------------------------------------------------------------------------------------------------ OPAC (REC.4)


@dataclass(frozen=True, slots=True)
class Volume:
    enumeration: str | None = None
    chronology: str | None = None
    enum_and_chron: str | None = None


@dataclass(frozen=True, slots=True)
class Circulation:
    available_now: bool = False
    availability_date: str | None = None
    available_thru: str | None = None
    restrictions: str | None = None
    item_id: str | None = None
    renewable: bool = False
    on_hold: bool = False
    enum_and_chron: str | None = None
    midspine: str | None = None
    temporary_location: str | None = None


@dataclass(frozen=True, slots=True)
class HoldingsAndCirc:
    type_of_record: str | None = None
    encoding_level: str | None = None
    format: str | None = None
    receipt_status: str | None = None
    retention: str | None = None
    completeness: str | None = None
    date_of_report: str | None = None
    nuc_code: str | None = None
    local_location: str | None = None
    shelving_location: str | None = None
    call_number: str | None = None
    shelving_data: str | None = None
    copy_number: str | None = None
    public_note: str | None = None
    reproduction_note: str | None = None
    terms_of_use: str | None = None
    enum_and_chron: str | None = None
    volumes: tuple[Volume, ...] | None = None
    circulation: tuple[Circulation, ...] | None = None


@dataclass(frozen=True, slots=True)
class OpacRecord:
    bibliographic: rpn.External | None = None
    holdings: tuple[rpn.External | HoldingsAndCirc, ...] | None = None


_Volume = Sequence(
    Volume,
    may("enumeration", Implicit(1, STRING)),
    may("chronology", Implicit(2, STRING)),
    may("enum_and_chron", Implicit(3, STRING)),
)
_Circulation = Sequence(
    Circulation,
    may("available_now", Implicit(1, BOOLEAN)),
    may("availability_date", Implicit(2, STRING)),
    may("available_thru", Implicit(3, STRING)),
    may("restrictions", Implicit(4, STRING)),
    may("item_id", Implicit(5, STRING)),
    may("renewable", Implicit(6, BOOLEAN)),
    may("on_hold", Implicit(7, BOOLEAN)),
    may("enum_and_chron", Implicit(8, STRING)),
    may("midspine", Implicit(9, STRING)),
    may("temporary_location", Implicit(10, STRING)),
)
_HOLDINGS_TEXTS = (
    "type_of_record", "encoding_level", "format", "receipt_status", "retention", "completeness", "date_of_report",
    "nuc_code", "local_location", "shelving_location", "call_number", "shelving_data", "copy_number", "public_note",
    "reproduction_note", "terms_of_use", "enum_and_chron",
)  # fmt: skip
_HoldingsAndCirc = Sequence(
    HoldingsAndCirc,
    *(may(name, Implicit(number, STRING)) for number, name in enumerate(_HOLDINGS_TEXTS, 1)),
    may("volumes", Implicit(18, SequenceOf(_Volume))),
    may("circulation", Implicit(19, SequenceOf(_Circulation))),
)
OPACRecord = Sequence(
    OpacRecord,
    may("bibliographic", Implicit(1, External)),
    may(
        "holdings",
        Implicit(
            2,
            SequenceOf(
                Choice(
                    Alternative(Implicit(1, External), rpn.External),
                    Alternative(Implicit(2, _HoldingsAndCirc), HoldingsAndCirc),
                )
            ),
        ),
    ),
)

# ----------------------------------------------------------------------------------------------- GRS-1 (REC.5)


class Absence(str):
    """Why an element has no data: ``not-there``, ``empty`` or ``not-requested``."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Diagnosed:
    value: rpn.External


@dataclass(frozen=True, slots=True)
class Element:
    """A node of a GRS-1 tree; ``content`` is a tuple of elements, or a value."""

    tag: str | int
    content: object
    tag_type: int | None = None
    occurrence: int | None = None


class _Absent(Type):
    def __init__(self, number: int, value: str) -> None:
        self.key = ber.key(number)
        self.value = Absence(value)

    def read(self, buffer: bytes, start: int, stop: int, constructed: bool, depth: int) -> Absence:
        return self.value

    def write(self, value: object) -> bytes:
        return b""


class _AnyAbsent(Type):
    """The three NULLs of ElementData, told apart by the text of the value."""

    arms = (_Absent(2, "not-there"), _Absent(3, "empty"), _Absent(4, "not-requested"))

    def _make_readers(self):  # type: ignore[no-untyped-def]
        return {arm.key: arm.read for arm in self.arms}

    def encode(self, value: Absence) -> bytes:
        return next(arm for arm in self.arms if arm.value == value).encode(value)


def _tagged_element() -> Type:
    return TaggedElement


_ElementData = Choice(
    Alternative(OCTETS, bytes),
    Alternative(INTEGER, int),
    Alternative(TIME, ber.Time),
    Alternative(External, rpn.External),
    Alternative(STRING, str),
    Alternative(BOOLEAN, bool),
    Alternative(OID, ber.Oid),
    Alternative(Implicit(1, IntUnit), rpn.IntUnit),
    Alternative(_AnyAbsent(), Absence),
    Alternative(Implicit(5, External), Diagnosed, wrap=True),
    Alternative(Explicit(6, SequenceOf(_tagged_element)), tuple),
)
TaggedElement = Sequence(
    Element,
    may("tag_type", Implicit(1, INTEGER)),
    need("tag", Explicit(2, StringOrNumeric)),
    may("occurrence", Implicit(3, INTEGER)),
    need("content", Explicit(4, _ElementData)),
)
GenericRecord = SequenceOf(TaggedElement)

# ----------------------------------------------------------------------------- SUTRS (REC.2), diag-1 (ERR.2)


class _Sutrs(Type):
    """A GeneralString, which some send as another kind of string."""

    key = ber.GENERAL_STRING

    def _make_readers(self):  # type: ignore[no-untyped-def]
        return dict.fromkeys((ber.GENERAL_STRING, ber.VISIBLE_STRING, ber.OCTET_STRING, 12), ber.read_octets)

    def write(self, value: bytes) -> bytes:
        return value


SUTRS = _Sutrs()


@dataclass(frozen=True, slots=True)
class Explained:
    """An explicit diagnostic (DiagFormat) that is kept as it is encoded."""

    value: bytes


@dataclass(frozen=True, slots=True)
class DiagnosticUnit:
    diagnostic: apdu.DefaultDiagnostic | Explained | None = None
    message: str | None = None


DiagnosticFormat1 = SequenceOf(
    Sequence(
        DiagnosticUnit,
        may(
            "diagnostic",
            Explicit(
                1,
                Choice(
                    Alternative(Implicit(1, DefaultDiagFormat), apdu.DefaultDiagnostic),
                    Alternative(Explicit(2, ANY), Explained, wrap=True),
                ),
            ),
        ),
        may("message", Implicit(2, STRING)),
    )
)

# ------------------------------------------------------------------------------------- searchResult-1 (USR.1)


@dataclass(frozen=True, slots=True)
class QueryTerm:
    """The part of the query that a count is about."""

    term: rpn.Term
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class SubqueryReport:
    full_query: bool = False
    id: str | None = None
    expression: QueryTerm | rpn.AnyQuery | None = None
    count: int | None = None


_QueryExpression = Choice(
    Alternative(
        Implicit(1, Sequence(QueryTerm, need("term", Explicit(1, Term)), may("comment", Implicit(2, STRING)))),
        QueryTerm,
    ),
    Alternative(Explicit(2, Query), rpn.RpnQuery, rpn.Rpn101Query, rpn.External),
)
SearchInfoReport = SequenceOf(
    Sequence(
        SubqueryReport,
        may("id", Implicit(1, STRING)),
        need("full_query", Implicit(2, BOOLEAN)),
        may("expression", Explicit(3, _QueryExpression)),
        may("count", Implicit(6, INTEGER)),
    )
)

# ----------------------------------------------------------------------- character set and language negotiation


@dataclass(frozen=True, slots=True)
class Iso10646:
    encoding: ber.Oid
    collections: ber.Oid | None = None


@dataclass(frozen=True, slots=True)
class OtherCharset:
    """ISO 2022, or a private set given as an EXTERNAL: kept as it is encoded."""

    value: bytes


@dataclass(frozen=True, slots=True)
class OidList:
    value: tuple[ber.Oid, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the origin proposes, best first."""

    charsets: tuple[Iso10646 | OidList | rpn.Null | OtherCharset | rpn.External, ...] | None = None
    languages: tuple[str, ...] | None = None
    records: bool | None = None  #: records too shall be in the selected character set


@dataclass(frozen=True, slots=True)
class Selection:
    """What the target selected; ``Null`` is no character set at all."""

    charset: Iso10646 | OidList | rpn.Null | OtherCharset | rpn.External | None = None
    language: str | None = None
    records: bool | None = None


_Iso10646 = Sequence(Iso10646, may("collections", Implicit(1, OID)), need("encoding", Implicit(2, OID)))
_PRIVATE = Explicit(
    3,
    Choice(
        Alternative(Implicit(1, SequenceOf(OID)), OidList, wrap=True),
        Alternative(Implicit(2, External), rpn.External),
        Alternative(Implicit(3, NULL), constant=rpn.Null.NULL),
    ),
)
_CHARSETS = (
    Alternative(Explicit(1, ANY), OtherCharset, wrap=True),
    Alternative(Implicit(2, _Iso10646), Iso10646),
    Alternative(_PRIVATE, OidList, rpn.External),
)
_Proposal = Sequence(
    Proposal,
    may("charsets", Implicit(1, SequenceOf(Choice(*_CHARSETS)))),
    may("languages", Implicit(2, SequenceOf(STRING))),
    may("records", Implicit(3, BOOLEAN)),
)
_Selection = Sequence(
    Selection,
    may(
        "charset",
        Explicit(1, Choice(*_CHARSETS, Alternative(Implicit(4, NULL), constant=rpn.Null.NULL))),
    ),
    may("language", Implicit(2, STRING)),
    may("records", Implicit(3, BOOLEAN)),
)
CharsetNegotiation = Choice(
    Alternative(Implicit(1, _Proposal), Proposal), Alternative(Implicit(2, _Selection), Selection)
)
