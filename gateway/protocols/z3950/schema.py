"""The ASN.1 of Z39.50 that we speak, as tables: global definitions and queries (ANSI/NISO Z39.50-2003, 4.1).

Read beside the standard: the same productions in the same order. ``Explicit`` is a tag without IMPLICIT.
``schema_core`` has Init, Search and Present, ``schema_services`` the other services, ``schema_records`` what records
hold. What is absent (occurrences by attributes, duplicate detection) is skipped when a peer sends it inside of
something we know.
"""

from __future__ import annotations

from typing import Any

from gateway.protocols.z3950 import apdu, ber, rpn
from gateway.protocols.z3950.codec import (
    ANY,
    BITS,
    BOOLEAN,
    INTEGER,
    NULL,
    OCTETS,
    OID,
    STRING,
    TIME,
    VISIBLE,
    Alternative,
    Choice,
    Explicit,
    Field,
    Implicit,
    Sequence,
    SequenceOf,
    Type,
)


def need(name: str, kind: Type) -> Field:
    return Field(name, kind)


def may(name: str, kind: Type) -> Field:
    return Field(name, kind, optional=True)


class Universal(Type):
    """[UNIVERSAL number] IMPLICIT."""

    def __init__(self, number: int, inner: Type) -> None:
        self.key = number
        self.constructed = inner.constructed
        self.read = inner.read  # type: ignore[method-assign]
        self.write = inner.write  # type: ignore[method-assign]


class Addinfo(Type):
    """VisibleString or GeneralString; written as the former when it can be, because version 2 knows only that."""

    def _make_readers(self) -> dict[int, Any]:
        kinds = (ber.VISIBLE_STRING, ber.GENERAL_STRING, ber.OCTET_STRING, 12, 19, 22)
        return dict.fromkeys(kinds, ber.read_string)

    def encode(self, value: str) -> bytes:
        return (VISIBLE if value.isascii() else STRING).encode(value)


# ------------------------------------------------------------------------------------------ global definitions

ReferenceId = Implicit(2, OCTETS)
ResultSetId = Implicit(31, STRING)
ElementSetName = Implicit(103, STRING)
DatabaseName = Implicit(105, STRING)
StringOrNumeric = Choice(Alternative(Implicit(1, STRING), str), Alternative(Implicit(2, INTEGER), int))

External = Universal(
    ber.EXTERNAL,
    Sequence(
        rpn.External,
        may("oid", OID),
        may("indirect", INTEGER),
        may("descriptor", Universal(ber.OBJECT_DESCRIPTOR, STRING)),
        may("single", Explicit(0, ANY)),
        may("octets", Implicit(1, OCTETS)),
        may("bits", Implicit(2, BITS)),
    ),
)
Unit = Sequence(
    rpn.Unit,
    may("unit_system", Explicit(1, STRING)),
    may("unit_type", Explicit(2, StringOrNumeric)),
    may("unit", Explicit(3, StringOrNumeric)),
    may("scale_factor", Implicit(4, INTEGER)),
)
IntUnit = Sequence(rpn.IntUnit, need("value", Implicit(1, INTEGER)), need("unit", Implicit(2, Unit)))
InfoCategory = Sequence(apdu.InfoCategory, may("type", Implicit(1, OID)), need("value", Implicit(2, INTEGER)))
OtherInformation = Implicit(
    201,
    SequenceOf(
        Sequence(
            apdu.InfoUnit,
            may("category", Implicit(1, InfoCategory)),
            need(
                "information",
                Choice(
                    Alternative(Implicit(2, STRING), str),
                    Alternative(Implicit(3, OCTETS), bytes),
                    Alternative(Implicit(4, External), rpn.External),
                    Alternative(Implicit(5, OID), ber.Oid),
                ),
            ),
        )
    ),
)
REFERENCE = may("reference_id", ReferenceId)
OTHER = may("other_info", OtherInformation)

# ------------------------------------------------------------------------------------------------- queries

AttributeElement = Sequence(
    rpn.Attribute,
    may("set", Implicit(1, OID)),
    need("type", Implicit(120, INTEGER)),
    need(
        "value",
        Choice(
            Alternative(Implicit(121, INTEGER), int),
            Alternative(
                Implicit(
                    224,
                    Sequence(
                        rpn.Complex,
                        need("values", Implicit(1, SequenceOf(StringOrNumeric))),
                        may("semantic_action", Implicit(2, SequenceOf(INTEGER))),
                    ),
                ),
                rpn.Complex,
            ),
        ),
    ),
)
AttributeList = Implicit(44, SequenceOf(AttributeElement))
Term = Choice(
    Alternative(Implicit(45, OCTETS), bytes),
    Alternative(Implicit(215, INTEGER), int),
    Alternative(Implicit(216, STRING), str),
    Alternative(Implicit(217, OID), ber.Oid),
    Alternative(Implicit(218, TIME), ber.Time),
    Alternative(Implicit(219, External), rpn.External),
    Alternative(Implicit(220, IntUnit), rpn.IntUnit),
    Alternative(Implicit(221, NULL), constant=rpn.Null.NULL),
)
AttributesPlusTerm = Implicit(102, Sequence(rpn.Operand, need("attributes", AttributeList), need("term", Term)))
ProximityOperator = Sequence(
    rpn.Prox,
    may("exclusion", Implicit(1, BOOLEAN)),
    need("distance", Implicit(2, INTEGER)),
    need("ordered", Implicit(3, BOOLEAN)),
    need("relation", Implicit(4, INTEGER)),
    need(
        "unit",
        Explicit(
            5,
            Choice(
                Alternative(Implicit(1, INTEGER), rpn.KnownUnitCode, wrap=True),
                Alternative(Implicit(2, INTEGER), rpn.PrivateUnitCode, wrap=True),
            ),
        ),
    ),
)
Operator = Explicit(
    46,
    Choice(
        Alternative(Implicit(0, NULL), constant=rpn.Op.AND),
        Alternative(Implicit(1, NULL), constant=rpn.Op.OR),
        Alternative(Implicit(2, NULL), constant=rpn.Op.AND_NOT),
        Alternative(Implicit(3, ProximityOperator), rpn.Prox),
    ),
)
Operand = Choice(
    Alternative(AttributesPlusTerm, rpn.Operand),
    Alternative(ResultSetId, rpn.SetOperand, wrap=True),
    Alternative(
        Implicit(214, Sequence(rpn.Restriction, need("name", ResultSetId), need("attributes", AttributeList))),
        rpn.Restriction,
    ),
)


class _Structure(Choice):
    """RPNStructure, which holds itself."""

    def __init__(self) -> None:
        operation = Sequence(rpn.Operation, need("left", self), need("right", self), need("operator", Operator))
        super().__init__(
            Alternative(Explicit(0, Operand), rpn.Operand, rpn.SetOperand, rpn.Restriction),
            Alternative(Implicit(1, operation), rpn.Operation),
        )


RPNStructure = _Structure()


def _rpn(cls: type) -> Sequence:
    return Sequence(cls, need("attribute_set", OID), need("root", RPNStructure))


Query = Choice(
    Alternative(Explicit(0, ANY), rpn.Type0Query, wrap=True),
    Alternative(Implicit(1, _rpn(rpn.RpnQuery)), rpn.RpnQuery),
    Alternative(Explicit(2, OCTETS), rpn.Type2Query, wrap=True),
    Alternative(Explicit(100, OCTETS), rpn.Type100Query, wrap=True),
    Alternative(Implicit(101, _rpn(rpn.Rpn101Query)), rpn.Rpn101Query),
    Alternative(Explicit(102, OCTETS), rpn.Type102Query, wrap=True),
    Alternative(Implicit(104, External), rpn.External),
)
