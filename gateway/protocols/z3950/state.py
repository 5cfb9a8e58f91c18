"""The only place with transitions: what each role may send in each state, and where that leads.

The table follows the state tables of ANSI/NISO Z39.50-2003, 4.2, for a serial association (one operation at a time;
concurrent operations are not negotiated). The machine does not know which role we play: the connection tells it every
APDU that was sent and every one that came.
"""

from __future__ import annotations

from enum import StrEnum

from gateway.protocols.z3950 import apdu, services
from gateway.protocols.z3950.apdu import Apdu


class Role(StrEnum):
    ORIGIN = "origin"  #: the client
    TARGET = "target"  #: the server

    @property
    def peer(self) -> Role:
        return Role.TARGET if self is Role.ORIGIN else Role.ORIGIN


class State(StrEnum):
    NEW = "new"  #: connected, nothing said
    INIT = "init"  #: Init request on its way
    OPEN = "open"  #: initialised, no operation
    SEARCH = "search"
    PRESENT = "present"
    DELETE = "delete"
    SCAN = "scan"
    SORT = "sort"
    EXTENDED = "extended"
    REPORT = "report"
    CHALLENGE = "challenge"  #: the target waits for an Access-control response
    CONTROL = "control"  #: the target waits for a Resource-control response
    ORIGIN_CLOSING = "origin-closing"  #: the origin said Close, the target has not yet
    TARGET_CLOSING = "target-closing"
    CLOSED = "closed"
    RESUME = "resume"  #: no state of its own: back to where the challenge or control came in


class Event(StrEnum):
    """What the table knows of an APDU: its kind and, where it decides, its content."""

    INIT = "Init request"
    INIT_ACCEPTED = "Init response (accept)"
    INIT_REJECTED = "Init response (reject)"
    SEARCH = "Search request"
    SEARCH_RESPONSE = "Search response"
    PRESENT = "Present request"
    SEGMENT = "Segment"
    PRESENT_RESPONSE = "Present response"
    DELETE = "Delete request"
    DELETE_RESPONSE = "Delete response"
    SCAN = "Scan request"
    SCAN_RESPONSE = "Scan response"
    SORT = "Sort request"
    SORT_RESPONSE = "Sort response"
    EXTENDED = "Extended services request"
    EXTENDED_RESPONSE = "Extended services response"
    REPORT = "Resource report request"
    REPORT_RESPONSE = "Resource report response"
    TRIGGER = "Trigger resource control"
    CHALLENGE = "Access control request"
    CHALLENGE_RESPONSE = "Access control response"
    CONTROL = "Resource control request"
    CONTROL_NOTICE = "Resource control request (no response wanted)"
    CONTROL_RESPONSE = "Resource control response"
    CLOSE = "Close"
    END = "end of stream"


_KINDS: dict[type[Apdu], Event] = {
    apdu.InitRequest: Event.INIT,
    apdu.SearchRequest: Event.SEARCH,
    apdu.SearchResponse: Event.SEARCH_RESPONSE,
    apdu.PresentRequest: Event.PRESENT,
    apdu.Segment: Event.SEGMENT,
    apdu.PresentResponse: Event.PRESENT_RESPONSE,
    services.DeleteRequest: Event.DELETE,
    services.DeleteResponse: Event.DELETE_RESPONSE,
    services.ScanRequest: Event.SCAN,
    services.ScanResponse: Event.SCAN_RESPONSE,
    services.SortRequest: Event.SORT,
    services.SortResponse: Event.SORT_RESPONSE,
    services.ExtendedServicesRequest: Event.EXTENDED,
    services.ExtendedServicesResponse: Event.EXTENDED_RESPONSE,
    services.ResourceReportRequest: Event.REPORT,
    services.ResourceReportResponse: Event.REPORT_RESPONSE,
    services.TriggerResourceControlRequest: Event.TRIGGER,
    services.AccessControlRequest: Event.CHALLENGE,
    services.AccessControlResponse: Event.CHALLENGE_RESPONSE,
    services.ResourceControlResponse: Event.CONTROL_RESPONSE,
    services.Close: Event.CLOSE,
}

#: Events that begin an operation: a target that is busy takes them up later, in the order of their coming.
OPERATIONS = frozenset(
    {Event.SEARCH, Event.PRESENT, Event.DELETE, Event.SCAN, Event.SORT, Event.EXTENDED, Event.REPORT}
)


def event_of(message: Apdu) -> Event:
    if isinstance(message, apdu.InitResponse):
        return Event.INIT_ACCEPTED if message.result else Event.INIT_REJECTED
    if isinstance(message, services.ResourceControlRequest):
        return Event.CONTROL if message.response_required else Event.CONTROL_NOTICE
    return _KINDS[type(message)]


#: TRANSITIONS[sender][state][event] → next state. What is not here is a protocol error of the sender.
TRANSITIONS: dict[Role, dict[State, dict[Event, State]]] = {
    Role.ORIGIN: {
        State.NEW: {Event.INIT: State.INIT, Event.END: State.CLOSED},
        State.INIT: {Event.CLOSE: State.ORIGIN_CLOSING, Event.END: State.CLOSED},
        State.OPEN: {
            Event.SEARCH: State.SEARCH,
            Event.PRESENT: State.PRESENT,
            Event.DELETE: State.DELETE,
            Event.SCAN: State.SCAN,
            Event.SORT: State.SORT,
            Event.EXTENDED: State.EXTENDED,
            Event.REPORT: State.REPORT,
            Event.TRIGGER: State.OPEN,  # it crossed the response that it meant: nothing to do
            Event.CLOSE: State.ORIGIN_CLOSING,
            Event.END: State.CLOSED,
        },
        State.SEARCH: {
            Event.TRIGGER: State.SEARCH,
            Event.CLOSE: State.ORIGIN_CLOSING,
            Event.END: State.CLOSED,
        },
        State.PRESENT: {
            Event.TRIGGER: State.PRESENT,
            Event.CLOSE: State.ORIGIN_CLOSING,
            Event.END: State.CLOSED,
        },
        State.DELETE: {
            Event.TRIGGER: State.DELETE,
            Event.CLOSE: State.ORIGIN_CLOSING,
            Event.END: State.CLOSED,
        },
        State.SCAN: {Event.TRIGGER: State.SCAN, Event.CLOSE: State.ORIGIN_CLOSING, Event.END: State.CLOSED},
        State.SORT: {Event.TRIGGER: State.SORT, Event.CLOSE: State.ORIGIN_CLOSING, Event.END: State.CLOSED},
        State.EXTENDED: {
            Event.TRIGGER: State.EXTENDED,
            Event.CLOSE: State.ORIGIN_CLOSING,
            Event.END: State.CLOSED,
        },
        State.REPORT: {Event.CLOSE: State.ORIGIN_CLOSING, Event.END: State.CLOSED},
        State.CHALLENGE: {
            Event.CHALLENGE_RESPONSE: State.RESUME,
            Event.CLOSE: State.ORIGIN_CLOSING,
            Event.END: State.CLOSED,
        },
        State.CONTROL: {
            Event.CONTROL_RESPONSE: State.RESUME,
            Event.CLOSE: State.ORIGIN_CLOSING,
            Event.END: State.CLOSED,
        },
        State.ORIGIN_CLOSING: {Event.END: State.CLOSED},
        State.TARGET_CLOSING: {
            # what was on its way when the target's Close went out; it is not answered any more
            Event.INIT: State.TARGET_CLOSING,
            Event.SEARCH: State.TARGET_CLOSING,
            Event.PRESENT: State.TARGET_CLOSING,
            Event.DELETE: State.TARGET_CLOSING,
            Event.SCAN: State.TARGET_CLOSING,
            Event.SORT: State.TARGET_CLOSING,
            Event.EXTENDED: State.TARGET_CLOSING,
            Event.REPORT: State.TARGET_CLOSING,
            Event.TRIGGER: State.TARGET_CLOSING,
            Event.CHALLENGE_RESPONSE: State.TARGET_CLOSING,
            Event.CONTROL_RESPONSE: State.TARGET_CLOSING,
            Event.CLOSE: State.CLOSED,
            Event.END: State.CLOSED,
        },
        State.CLOSED: {Event.END: State.CLOSED},
    },
    Role.TARGET: {
        State.NEW: {Event.CLOSE: State.TARGET_CLOSING, Event.END: State.CLOSED},
        State.INIT: {
            Event.INIT_ACCEPTED: State.OPEN,
            Event.INIT_REJECTED: State.TARGET_CLOSING,
            Event.CHALLENGE: State.CHALLENGE,
            Event.CONTROL: State.CONTROL,
            Event.CONTROL_NOTICE: State.INIT,
            Event.CLOSE: State.TARGET_CLOSING,
            Event.END: State.CLOSED,
        },
        State.OPEN: {
            Event.CHALLENGE: State.CHALLENGE,
            Event.CONTROL_NOTICE: State.OPEN,
            Event.CLOSE: State.TARGET_CLOSING,
            Event.END: State.CLOSED,
        },
        State.SEARCH: {
            Event.SEARCH_RESPONSE: State.OPEN,
            Event.CHALLENGE: State.CHALLENGE,
            Event.CONTROL: State.CONTROL,
            Event.CONTROL_NOTICE: State.SEARCH,
            Event.CLOSE: State.TARGET_CLOSING,
            Event.END: State.CLOSED,
        },
        State.PRESENT: {
            Event.SEGMENT: State.PRESENT,
            Event.PRESENT_RESPONSE: State.OPEN,
            Event.CHALLENGE: State.CHALLENGE,
            Event.CONTROL: State.CONTROL,
            Event.CONTROL_NOTICE: State.PRESENT,
            Event.CLOSE: State.TARGET_CLOSING,
            Event.END: State.CLOSED,
        },
        State.DELETE: {
            Event.DELETE_RESPONSE: State.OPEN,
            Event.CHALLENGE: State.CHALLENGE,
            Event.CONTROL: State.CONTROL,
            Event.CONTROL_NOTICE: State.DELETE,
            Event.CLOSE: State.TARGET_CLOSING,
            Event.END: State.CLOSED,
        },
        State.SCAN: {
            Event.SCAN_RESPONSE: State.OPEN,
            Event.CHALLENGE: State.CHALLENGE,
            Event.CONTROL: State.CONTROL,
            Event.CONTROL_NOTICE: State.SCAN,
            Event.CLOSE: State.TARGET_CLOSING,
            Event.END: State.CLOSED,
        },
        State.SORT: {
            Event.SORT_RESPONSE: State.OPEN,
            Event.CHALLENGE: State.CHALLENGE,
            Event.CONTROL: State.CONTROL,
            Event.CONTROL_NOTICE: State.SORT,
            Event.CLOSE: State.TARGET_CLOSING,
            Event.END: State.CLOSED,
        },
        State.EXTENDED: {
            Event.EXTENDED_RESPONSE: State.OPEN,
            Event.CHALLENGE: State.CHALLENGE,
            Event.CONTROL: State.CONTROL,
            Event.CONTROL_NOTICE: State.EXTENDED,
            Event.CLOSE: State.TARGET_CLOSING,
            Event.END: State.CLOSED,
        },
        State.REPORT: {
            Event.REPORT_RESPONSE: State.OPEN,
            Event.CHALLENGE: State.CHALLENGE,
            Event.CLOSE: State.TARGET_CLOSING,
            Event.END: State.CLOSED,
        },
        State.CHALLENGE: {Event.CLOSE: State.TARGET_CLOSING, Event.END: State.CLOSED},
        State.CONTROL: {Event.CLOSE: State.TARGET_CLOSING, Event.END: State.CLOSED},
        State.ORIGIN_CLOSING: {
            # what was on its way when the origin's Close went out; nobody waits for it any more
            Event.INIT_ACCEPTED: State.ORIGIN_CLOSING,
            Event.INIT_REJECTED: State.ORIGIN_CLOSING,
            Event.SEARCH_RESPONSE: State.ORIGIN_CLOSING,
            Event.SEGMENT: State.ORIGIN_CLOSING,
            Event.PRESENT_RESPONSE: State.ORIGIN_CLOSING,
            Event.DELETE_RESPONSE: State.ORIGIN_CLOSING,
            Event.SCAN_RESPONSE: State.ORIGIN_CLOSING,
            Event.SORT_RESPONSE: State.ORIGIN_CLOSING,
            Event.EXTENDED_RESPONSE: State.ORIGIN_CLOSING,
            Event.REPORT_RESPONSE: State.ORIGIN_CLOSING,
            Event.CHALLENGE: State.ORIGIN_CLOSING,
            Event.CONTROL: State.ORIGIN_CLOSING,
            Event.CONTROL_NOTICE: State.ORIGIN_CLOSING,
            Event.CLOSE: State.CLOSED,
            Event.END: State.CLOSED,
        },
        State.TARGET_CLOSING: {Event.END: State.CLOSED},
        State.CLOSED: {Event.END: State.CLOSED},
    },
}  # fmt: skip


class NotAllowedError(Exception):
    """This role may not send this in this state."""


class Machine:
    """The state of one association."""

    __slots__ = ("_resume", "state")

    def __init__(self) -> None:
        self.state = State.NEW
        self._resume = State.INIT

    def allows(self, sender: Role, event: Event) -> bool:
        return event in TRANSITIONS[sender][self.state]

    def process(self, sender: Role, event: Event) -> None:
        after = TRANSITIONS[sender][self.state].get(event)
        if after is None:
            raise NotAllowedError(f"the {sender} may not send {event} in state {self.state}")
        if after in (State.CHALLENGE, State.CONTROL):
            self._resume = self.state
        self.state = self._resume if after is State.RESUME else after
