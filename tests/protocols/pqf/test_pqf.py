from __future__ import annotations

import pytest

from gateway.core.errors import QuerySyntaxError
from gateway.protocols import pqf
from gateway.protocols.z3950 import oids
from gateway.protocols.z3950.rpn import (
    Attribute,
    Complex,
    External,
    Op,
    Operand,
    Operation,
    Restriction,
    RpnQuery,
    SetOperand,
)


def test_attributes_hold_for_what_is_below_unless_it_has_its_own() -> None:
    query = pqf.parse("@attr 4=1 @attr 1=1016 @and x @attr 1=4 y")
    left = Operand((Attribute(4, 1), Attribute(1, 1016)), b"x")
    right = Operand((Attribute(4, 1), Attribute(1, 4)), b"y")
    assert query == RpnQuery(oids.BIB1, Operation(left, right, Op.AND))


def test_inherited_attributes_make_no_restriction() -> None:
    assert pqf.parse("@attr 1=4 @and @set a b").root.left == SetOperand("a")  # type: ignore[union-attr]
    assert pqf.parse("@attr 1=4 @set a").root == Restriction("a", (Attribute(1, 4),))


def test_terms_are_encoded_as_asked() -> None:
    query = pqf.parse("@attr 1=4 红楼梦", lambda text: text.encode("gbk"))
    assert query.root == Operand((Attribute(1, 4),), b"\xba\xec\xc2\xa5\xc3\xce")
    assert pqf.dump(query, lambda data: data.decode("gbk")) == "@attr 1=4 红楼梦"


def test_braces_quote_too() -> None:
    assert pqf.parse('{a "b" \\c}').root == Operand((), b'a "b" \\c')


def test_keywords_do_not_mind_case() -> None:
    assert pqf.parse("@AND a b") == pqf.parse("@and a b")
    assert pqf.parse("@attr BIB1 1=4 x") == pqf.parse("@attr bib-1 1=4 x")


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("", 0),
        ("   ", 3),
        ("@and a", 6),
        ("a b", 2),
        ("@attr 1=4", 9),
        ("@attr title x", 6),
        ("@attr x=4 y", 6),
        ("@attr 1= y", 6),
        ("@attr nosuch 1=4 y", 6),
        ("@attrset nosuch y", 9),
        ("@nonsense a", 0),
        ('"open', 0),
        ("a {open", 2),
        ("@term word x", 6),
        ("@term numeric x", 14),
        ("@term oid x.y", 10),
        ("@prox 0 x 1 2 k 2 a b", 8),
        ("@prox 0 1 1 2 q 2 a b", 14),
        ("@set", 4),
    ],
)
def test_a_fault_is_told_with_its_position(text: str, position: int) -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        pqf.parse(text)
    assert caught.value.position == position
    assert caught.value.text == text
    assert len(caught.value.message) > 15


def test_depth_and_length_are_bounded() -> None:
    with pytest.raises(QuerySyntaxError, match="nested"):
        pqf.parse("@and a " * 200 + "a")
    with pytest.raises(QuerySyntaxError, match="longer"):
        pqf.parse("x" * 70000)


@pytest.mark.parametrize(
    "query",
    [
        RpnQuery(oids.BIB1, Operand((Attribute(1, Complex((4,))),), b"x")),
        RpnQuery(oids.BIB1, Operand((Attribute(1, Complex((4, 5), (1,))),), b"x")),
        RpnQuery(oids.BIB1, Operand((Attribute(1, Complex(("a b",))),), b"x")),
        RpnQuery(oids.BIB1, Operand((Attribute(1, Complex(())),), b"x")),
        RpnQuery(oids.BIB1, Operand((), External(octets=b"x"))),
        RpnQuery(oids.BIB1, Restriction("a", ())),
    ],
)
def test_what_the_notation_cannot_say_is_not_printed(query: RpnQuery) -> None:
    with pytest.raises(ValueError, match=r"PQF|restriction"):
        pqf.dump(query)
