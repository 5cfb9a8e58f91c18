"""Laws: what is encoded is decoded, what is printed is parsed, and random octets give events or one kind of error."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.errors import RemoteProtocolError
from gateway.protocols import pqf
from gateway.protocols.z3950 import ber, oids
from gateway.protocols.z3950.apdu import Apdu, DefaultDiagnostic, InitRequest, NamePlusRecord, SearchRequest
from gateway.protocols.z3950.ber import Oid, Time
from gateway.protocols.z3950.codec import SequenceOf
from gateway.protocols.z3950.connection import Connection
from gateway.protocols.z3950.rpn import (
    Attribute,
    Complex,
    External,
    IntUnit,
    KnownUnitCode,
    Null,
    Op,
    Operand,
    Operation,
    PrivateUnitCode,
    Prox,
    Restriction,
    RpnQuery,
    SetOperand,
    Unit,
)
from gateway.protocols.z3950.schema_core import NamePlusRecord as NamePlusRecordType
from gateway.protocols.z3950.schema_core import RecordsList
from gateway.protocols.z3950.schema_services import PDU
from gateway.protocols.z3950.state import Role

INTEGERS = st.integers(-(2**63), 2**63 - 1)
ARCS = st.lists(st.integers(0, 2**28), min_size=1, max_size=8)
OIDS = st.builds(
    lambda first, second, rest: Oid(".".join(map(str, (first, second, *rest)))),
    st.integers(0, 2),
    st.integers(0, 39),
    ARCS,
)
TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
SETS = st.none() | st.sampled_from(sorted(oids.ATTRIBUTE_SETS.values())) | OIDS
WORDS = st.from_regex(r"[A-Za-z_/][A-Za-z_/0-9]{0,8}", fullmatch=True)
ATTRIBUTES = st.builds(
    Attribute, st.integers(0, 999999999), st.integers(0, 999999999) | st.builds(lambda w: Complex((w,)), WORDS), SETS
)
PRINTABLE_TERMS = st.one_of(st.binary(max_size=20), INTEGERS, TEXT, OIDS, TEXT.map(Time), st.just(Null.NULL))
TERMS = PRINTABLE_TERMS | st.builds(IntUnit, INTEGERS, st.builds(Unit, st.none() | TEXT, st.none() | TEXT | INTEGERS))
PROX = st.builds(
    Prox,
    st.integers(0, 999999999),
    st.booleans(),
    st.integers(0, 10),
    st.builds(KnownUnitCode, st.integers(0, 99)) | st.builds(PrivateUnitCode, st.integers(0, 99)),
    st.none() | st.booleans(),
)


def trees(terms: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    unlike = st.lists(ATTRIBUTES, max_size=4, unique_by=lambda a: (a.set, a.type)).map(tuple)
    leaves = st.one_of(
        st.builds(Operand, unlike, terms),
        st.builds(SetOperand, TEXT),
        st.builds(Restriction, TEXT, unlike.filter(bool)),
    )
    return st.recursive(
        leaves, lambda inner: st.builds(Operation, inner, inner, st.sampled_from(Op) | PROX), max_leaves=12
    )


@settings(deadline=None)
@given(INTEGERS)
def test_integers(value: int) -> None:
    data = ber.write_integer(value)
    assert ber.read_integer(data, 0, len(data), False, 0) == value
    assert len(data) == 1 or data[0] not in (0, 0xFF) or (data[0] ^ data[1]) & 0x80


@settings(deadline=None)
@given(st.frozensets(st.integers(0, 500)))
def test_bits(value: frozenset[int]) -> None:
    data = ber.write_bits(value)
    assert ber.read_bits(data, 0, len(data), False, 0) == value


@settings(deadline=None)
@given(OIDS)
def test_oids(value: Oid) -> None:
    data = ber.write_oid(value)
    assert ber.read_oid(data, 0, len(data), False, 0) == value


@settings(deadline=None)
@given(st.binary(max_size=40))
def test_strings_keep_every_octet(data: bytes) -> None:
    assert ber.write_string(ber.read_string(data, 0, len(data), False, 0)) == data
    assert "\udc80" not in ber.readable(ber.read_string(data, 0, len(data), False, 0))


@settings(max_examples=150, deadline=None)
@given(trees(TERMS))
def test_queries_survive_the_wire(root: object) -> None:
    request = SearchRequest(query=RpnQuery(oids.BIB1, root))  # type: ignore[arg-type]
    assert PDU.decode(PDU.encode(request)) == request


@settings(max_examples=150, deadline=None)
@given(trees(PRINTABLE_TERMS), SETS.filter(bool))
def test_pqf_is_parsed_as_it_was_printed(root: object, attribute_set: Oid) -> None:
    query = RpnQuery(attribute_set, root)  # type: ignore[arg-type]
    assert pqf.parse(pqf.dump(query)) == query


@settings(max_examples=300, deadline=None)
@given(st.lists(st.binary(max_size=60), max_size=5), st.sampled_from(Role), st.booleans())
def test_random_octets(chunks: list[bytes], role: Role, lead: bool) -> None:
    connection = Connection(role)
    if lead and role is Role.TARGET:
        connection.receive_data(PDU.encode(InitRequest()))
        connection.next_event()
    try:
        for chunk in (*chunks, b""):
            connection.receive_data(b"\xb4" + chunk if chunk and lead else chunk)
            while isinstance(connection.next_event(), Apdu):
                pass
    except RemoteProtocolError as error:
        assert str(error).startswith("the peer broke the rules")


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.builds(
            NamePlusRecord,
            st.builds(External, st.none() | OIDS, st.none() | st.binary(max_size=300), indirect=st.none() | INTEGERS)
            | st.builds(DefaultDiagnostic, INTEGERS, st.none() | TEXT),
            st.none() | TEXT | st.just("x" * 200),
        ),
        max_size=4,
    ).map(tuple)
)
def test_the_short_way_of_records_is_the_general_way(records: tuple[NamePlusRecord, ...]) -> None:
    general = SequenceOf(NamePlusRecordType)
    assert RecordsList.encode(records) == general.encode(records)
    assert RecordsList.decode(general.encode(records)) == general.decode(general.encode(records)) == records
