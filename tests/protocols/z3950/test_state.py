"""Every (role, state, event): the table is whole, and a connection does what it says."""

from __future__ import annotations

import itertools

import pytest

from gateway.core.errors import LocalProtocolError, RemoteProtocolError
from gateway.protocols.z3950 import oids
from gateway.protocols.z3950.apdu import (
    Apdu,
    InitRequest,
    InitResponse,
    PresentRequest,
    PresentResponse,
    SearchRequest,
    SearchResponse,
    Segment,
)
from gateway.protocols.z3950.ber import Oid
from gateway.protocols.z3950.connection import ENDED, NEED_DATA, PAUSED, Connection
from gateway.protocols.z3950.rpn import Attribute, Operand, RpnQuery
from gateway.protocols.z3950.schema_services import APDUS, PDU
from gateway.protocols.z3950.services import (
    AccessControlRequest,
    AccessControlResponse,
    Close,
    DeleteRequest,
    DeleteResponse,
    ExtendedServicesRequest,
    ExtendedServicesResponse,
    GenericSort,
    ResourceControlRequest,
    ResourceControlResponse,
    ResourceReportRequest,
    ResourceReportResponse,
    ScanRequest,
    ScanResponse,
    SimpleChallenge,
    SortKeySpec,
    SortRequest,
    SortResponse,
    TriggerResourceControlRequest,
)
from gateway.protocols.z3950.state import OPERATIONS, TRANSITIONS, Event, Role, State, event_of

OPERAND = Operand((Attribute(1, 4),), b"x")
SAMPLES: dict[Event, Apdu] = {
    Event.INIT: InitRequest(),
    Event.INIT_ACCEPTED: InitResponse(),
    Event.INIT_REJECTED: InitResponse(result=False),
    Event.SEARCH: SearchRequest(query=RpnQuery(oids.BIB1, OPERAND)),
    Event.SEARCH_RESPONSE: SearchResponse(),
    Event.PRESENT: PresentRequest(1, 1),
    Event.SEGMENT: Segment(),
    Event.PRESENT_RESPONSE: PresentResponse(),
    Event.DELETE: DeleteRequest(1),
    Event.DELETE_RESPONSE: DeleteResponse(),
    Event.SCAN: ScanRequest(OPERAND),
    Event.SCAN_RESPONSE: ScanResponse(),
    Event.SORT: SortRequest((SortKeySpec(GenericSort("title")),)),
    Event.SORT_RESPONSE: SortResponse(),
    Event.EXTENDED: ExtendedServicesRequest(1, Oid("1.2.840.10003.9.5")),
    Event.EXTENDED_RESPONSE: ExtendedServicesResponse(),
    Event.REPORT: ResourceReportRequest(),
    Event.REPORT_RESPONSE: ResourceReportResponse(),
    Event.TRIGGER: TriggerResourceControlRequest(),
    Event.CHALLENGE: AccessControlRequest(SimpleChallenge(b"?")),
    Event.CHALLENGE_RESPONSE: AccessControlResponse(SimpleChallenge(b"!")),
    Event.CONTROL: ResourceControlRequest(True),
    Event.CONTROL_NOTICE: ResourceControlRequest(False),
    Event.CONTROL_RESPONSE: ResourceControlResponse(True),
    Event.CLOSE: Close(),
}
_OPEN = ((Role.ORIGIN, Event.INIT), (Role.TARGET, Event.INIT_ACCEPTED))
#: How each state is reached.
PATHS: dict[State, tuple[tuple[Role, Event], ...]] = {
    State.NEW: (),
    State.INIT: _OPEN[:1],
    State.OPEN: _OPEN,
    State.SEARCH: (*_OPEN, (Role.ORIGIN, Event.SEARCH)),
    State.PRESENT: (*_OPEN, (Role.ORIGIN, Event.PRESENT)),
    State.DELETE: (*_OPEN, (Role.ORIGIN, Event.DELETE)),
    State.SCAN: (*_OPEN, (Role.ORIGIN, Event.SCAN)),
    State.SORT: (*_OPEN, (Role.ORIGIN, Event.SORT)),
    State.EXTENDED: (*_OPEN, (Role.ORIGIN, Event.EXTENDED)),
    State.REPORT: (*_OPEN, (Role.ORIGIN, Event.REPORT)),
    State.CHALLENGE: (*_OPEN, (Role.ORIGIN, Event.SEARCH), (Role.TARGET, Event.CHALLENGE)),
    State.CONTROL: (*_OPEN, (Role.ORIGIN, Event.SEARCH), (Role.TARGET, Event.CONTROL)),
    State.ORIGIN_CLOSING: (*_OPEN, (Role.ORIGIN, Event.CLOSE)),
    State.TARGET_CLOSING: (*_OPEN, (Role.TARGET, Event.CLOSE)),
    State.CLOSED: (*_OPEN, (Role.TARGET, Event.CLOSE), (Role.ORIGIN, Event.CLOSE)),
}
STATES = [state for state in State if state is not State.RESUME]
PIPELINED = {State.SEARCH, State.PRESENT, State.DELETE, State.SCAN, State.SORT, State.EXTENDED, State.REPORT}


def pair(state: State) -> dict[Role, Connection]:
    """Both ends, driven to a state over each other's bytes."""
    ends = {role: Connection(role) for role in Role}
    for sender, event in PATHS[state]:
        ends[sender.peer].receive_data(ends[sender].send(SAMPLES[event]))
        assert event_of(ends[sender.peer].next_event()) is event
    assert {end.state for end in ends.values()} == {state}
    return ends


def test_the_table_is_whole() -> None:
    assert set(TRANSITIONS) == set(Role)
    for table in TRANSITIONS.values():
        assert set(table) == set(STATES)
    assert {type(sample) for sample in SAMPLES.values()} == set(APDUS)
    assert set(SAMPLES) == set(Event) - {Event.END}


def test_every_state_can_be_left_and_every_event_is_sent_by_somebody() -> None:
    for state in STATES:
        assert Event.END in TRANSITIONS[Role.ORIGIN][state]
        assert Event.END in TRANSITIONS[Role.TARGET][state]
    sent = {event for table in TRANSITIONS.values() for events in table.values() for event in events}
    assert sent == set(Event)


@pytest.mark.parametrize(("role", "state", "event"), list(itertools.product(Role, STATES, SAMPLES)))
def test_sending_and_receiving(role: Role, state: State, event: Event) -> None:
    after = TRANSITIONS[role][state].get(event)
    if after is State.RESUME:
        after = State.SEARCH
    sender = pair(state)[role]
    pipelines = role is Role.ORIGIN and state in PIPELINED and event in OPERATIONS
    if after is None and not pipelines:
        with pytest.raises(LocalProtocolError):
            sender.send(SAMPLES[event])
        assert sender.state is state
    else:
        assert PDU.decode(sender.send(SAMPLES[event])) == SAMPLES[event]
        assert sender.state is (after or state)
    receiver = pair(state)[role.peer]
    receiver.receive_data(PDU.encode(SAMPLES[event]))
    if after is not None:
        assert receiver.next_event() == SAMPLES[event]
        assert receiver.state is after
        return
    busy = PIPELINED | {State.CHALLENGE, State.CONTROL}
    if role is Role.ORIGIN and event in OPERATIONS and state in busy:
        assert receiver.next_event() is PAUSED
        assert receiver.next_event() is PAUSED
        assert receiver.state is state
        return
    for _ in range(2):
        with pytest.raises(RemoteProtocolError):
            receiver.next_event()


@pytest.mark.parametrize(("role", "state"), list(itertools.product(Role, STATES)))
def test_the_end_of_the_stream(role: Role, state: State) -> None:
    receiver = pair(state)[role.peer]
    receiver.receive_data(b"")
    assert receiver.next_event() is ENDED
    assert receiver.state is State.CLOSED


@pytest.mark.parametrize("role", list(Role))
def test_the_end_within_an_apdu(role: Role) -> None:
    receiver = pair(State.OPEN)[role]
    receiver.receive_data(PDU.encode(Close())[:-1])
    receiver.receive_data(b"")
    with pytest.raises(RemoteProtocolError, match="ended within"):
        receiver.next_event()


def test_pipelined_requests_are_answered_in_order() -> None:
    ends = pair(State.OPEN)
    origin, target = ends[Role.ORIGIN], ends[Role.TARGET]
    requests = [SAMPLES[Event.SEARCH], PresentRequest(1, 5), PresentRequest(6, 5), DeleteRequest(1)]
    answers = [SearchResponse(count=9), PresentResponse(), PresentResponse(status=5), DeleteResponse()]
    target.receive_data(b"".join(origin.send(request) for request in requests))
    for request, answer in zip(requests, answers, strict=True):
        assert target.next_event() == request
        expected = NEED_DATA if request is requests[-1] else PAUSED
        assert target.next_event() is expected
        origin.receive_data(target.send(answer))
        assert origin.next_event() == answer
    assert origin.idle
    assert target.idle


def test_a_pipeline_has_an_end() -> None:
    origin = pair(State.SEARCH)[Role.ORIGIN]
    for _ in range(64):
        origin.send(PresentRequest(1, 1))
    with pytest.raises(LocalProtocolError):
        origin.send(PresentRequest(1, 1))


def test_a_challenge_at_init_leads_back_to_init() -> None:
    ends = pair(State.INIT)
    origin, target = ends[Role.ORIGIN], ends[Role.TARGET]
    origin.receive_data(target.send(SAMPLES[Event.CHALLENGE]))
    origin.next_event()
    target.receive_data(origin.send(SAMPLES[Event.CHALLENGE_RESPONSE]))
    target.next_event()
    assert origin.state is target.state is State.INIT
