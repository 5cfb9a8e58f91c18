"""The tables of records and of Init, Search and Present (ANSI/NISO Z39.50-2003, 4.1)."""

from __future__ import annotations

from gateway.protocols.z3950 import apdu, ber, record_list, rpn
from gateway.protocols.z3950.codec import (
    BITS,
    BOOLEAN,
    INTEGER,
    NULL,
    OCTETS,
    OID,
    STRING,
    VISIBLE,
    Alternative,
    Choice,
    Explicit,
    Implicit,
    Sequence,
    SequenceOf,
)
from gateway.protocols.z3950.schema import (
    OTHER,
    REFERENCE,
    Addinfo,
    DatabaseName,
    ElementSetName,
    External,
    OtherInformation,
    Query,
    ResultSetId,
    may,
    need,
)

# ------------------------------------------------------------------------------------------------- records

DefaultDiagFormat = Sequence(
    apdu.DefaultDiagnostic, may("set", OID), need("condition", INTEGER), may("addinfo", Addinfo())
)
DiagRec = Choice(Alternative(DefaultDiagFormat, apdu.DefaultDiagnostic), Alternative(External, rpn.External))
FragmentSyntax = Choice(Alternative(External, rpn.External), Alternative(OCTETS, bytes))
NamePlusRecord = Sequence(
    apdu.NamePlusRecord,
    may("name", Implicit(0, STRING)),
    need(
        "record",
        Explicit(
            1,
            Choice(
                Alternative(Explicit(1, External), rpn.External),
                Alternative(
                    Explicit(
                        2,
                        Choice(
                            Alternative(DefaultDiagFormat, apdu.DefaultDiagnostic),
                            Alternative(External, apdu.SurrogateExternal, wrap=True),
                        ),
                    ),
                    apdu.DefaultDiagnostic,
                    apdu.SurrogateExternal,
                ),
                Alternative(Explicit(3, FragmentSyntax), apdu.StartingFragment, wrap=True),
                Alternative(Explicit(4, FragmentSyntax), apdu.IntermediateFragment, wrap=True),
                Alternative(Explicit(5, FragmentSyntax), apdu.FinalFragment, wrap=True),
            ),
        ),
    ),
)


RecordsList = record_list.RecordList(NamePlusRecord)
Records = Choice(
    Alternative(Implicit(28, RecordsList), apdu.ResponseRecords, wrap=True),
    Alternative(Implicit(130, DefaultDiagFormat), apdu.DefaultDiagnostic),
    Alternative(Implicit(205, SequenceOf(DiagRec)), apdu.Diagnostics, wrap=True),
)
ElementSetNames = Choice(
    Alternative(Implicit(0, STRING), str),
    Alternative(
        Implicit(
            1,
            SequenceOf(Sequence(apdu.DatabaseElementSet, need("database", DatabaseName), need("name", ElementSetName))),
        ),
        tuple,
    ),
)
Specification = Sequence(
    apdu.Specification,
    may(
        "schema",
        Choice(Alternative(Implicit(1, OID), ber.Oid), Alternative(Implicit(300, STRING), apdu.Uri, wrap=True)),
    ),
    may(
        "elements",
        Explicit(2, Choice(Alternative(Implicit(1, STRING), str), Alternative(Implicit(2, External), rpn.External))),
    ),
)
CompSpec = Sequence(
    apdu.CompSpec,
    need("select_alternative", Implicit(1, BOOLEAN)),
    may("generic", Implicit(2, Specification)),
    may(
        "by_database",
        Implicit(
            3,
            SequenceOf(
                Sequence(
                    apdu.DatabaseSpecification,
                    need("database", Explicit(1, DatabaseName)),
                    need("specification", Implicit(2, Specification)),
                )
            ),
        ),
    ),
    may("syntaxes", Implicit(4, SequenceOf(OID))),
)
PresentStatus = Implicit(27, INTEGER)

# -------------------------------------------------------------------------------- Init, Search, Present, Segment

IdAuthentication = Choice(
    Alternative(VISIBLE, apdu.OpenAuth, wrap=True),
    Alternative(
        Sequence(
            apdu.IdPass,
            may("group", Implicit(0, STRING)),
            may("user", Implicit(1, STRING)),
            may("password", Implicit(2, STRING)),
        ),
        apdu.IdPass,
    ),
    Alternative(NULL, constant=rpn.Null.NULL),
    Alternative(External, rpn.External),
)
_INIT_HEAD = (
    REFERENCE,
    need("versions", Implicit(3, BITS)),
    need("options", Implicit(4, BITS)),
    need("preferred_size", Implicit(5, INTEGER)),
    need("exceptional_size", Implicit(6, INTEGER)),
)
_INIT_TAIL = (
    may("implementation_id", Implicit(110, STRING)),
    may("implementation_name", Implicit(111, STRING)),
    may("implementation_version", Implicit(112, STRING)),
    may("user_information", Explicit(11, External)),
    OTHER,
)
InitRequest = Sequence(apdu.InitRequest, *_INIT_HEAD, may("authentication", Explicit(7, IdAuthentication)), *_INIT_TAIL)
InitResponse = Sequence(apdu.InitResponse, *_INIT_HEAD, need("result", Implicit(12, BOOLEAN)), *_INIT_TAIL)
SearchRequest = Sequence(
    apdu.SearchRequest,
    REFERENCE,
    need("small_set_upper_bound", Implicit(13, INTEGER)),
    need("large_set_lower_bound", Implicit(14, INTEGER)),
    need("medium_set_present_number", Implicit(15, INTEGER)),
    need("replace", Implicit(16, BOOLEAN)),
    need("result_set", Implicit(17, STRING)),
    need("databases", Implicit(18, SequenceOf(DatabaseName))),
    may("small_set_elements", Explicit(100, ElementSetNames)),
    may("medium_set_elements", Explicit(101, ElementSetNames)),
    may("syntax", Implicit(104, OID)),
    need("query", Explicit(21, Query)),
    may("additional_info", Implicit(203, OtherInformation)),
    OTHER,
)
SearchResponse = Sequence(
    apdu.SearchResponse,
    REFERENCE,
    need("count", Implicit(23, INTEGER)),
    may("returned", Implicit(24, INTEGER)),
    may("next_position", Implicit(25, INTEGER)),
    need("status", Implicit(22, BOOLEAN)),
    may("result_set_status", Implicit(26, INTEGER)),
    may("present_status", PresentStatus),
    may("records", Records),
    may("additional_info", Implicit(203, OtherInformation)),
    OTHER,
)
PresentRequest = Sequence(
    apdu.PresentRequest,
    REFERENCE,
    need("result_set", ResultSetId),
    need("start", Implicit(30, INTEGER)),
    need("count", Implicit(29, INTEGER)),
    may(
        "additional_ranges",
        Implicit(
            212,
            SequenceOf(Sequence(apdu.Range, need("start", Implicit(1, INTEGER)), need("count", Implicit(2, INTEGER)))),
        ),
    ),
    may(
        "composition",
        Choice(
            Alternative(Explicit(19, ElementSetNames), str, tuple),
            Alternative(Implicit(209, CompSpec), apdu.CompSpec),
        ),
    ),
    may("syntax", Implicit(104, OID)),
    may("max_segments", Implicit(204, INTEGER)),
    may("max_record_size", Implicit(206, INTEGER)),
    may("max_segment_size", Implicit(207, INTEGER)),
    OTHER,
)
PresentResponse = Sequence(
    apdu.PresentResponse,
    REFERENCE,
    may("returned", Implicit(24, INTEGER)),
    may("next_position", Implicit(25, INTEGER)),
    need("status", PresentStatus),
    may("records", Records),
    OTHER,
)
Segment = Sequence(
    apdu.Segment, REFERENCE, need("returned", Implicit(24, INTEGER)), need("records", Implicit(0, RecordsList)), OTHER
)
