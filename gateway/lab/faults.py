"""The faults that a simulated library can have, and what a gateway should say of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from gateway.core.target import State

_ALL = frozenset({"z3950", "sru"})
_SRU = frozenset({"sru"})


@dataclass(frozen=True, slots=True)
class Fault:
    """``states``, and where there is a diagnostic its ``kinds`` (empty: any), are what names the fault rightly.

    ``answers`` says whether the library's records come although it has the fault.
    """

    name: str
    words: str
    states: frozenset[State]
    kinds: frozenset[str] = frozenset()
    protocols: frozenset[str] = _ALL
    answers: bool = False


def _fault(
    name: str, words: str, states: str, kinds: str = "", protocols: frozenset[str] = _ALL, *, answers: bool = False
) -> Fault:
    return Fault(
        name, words, frozenset(map(State, states.split())), frozenset(kinds.split()), protocols, answers=answers
    )


FAULTS: Mapping[str, Fault] = MappingProxyType(
    {
        fault.name: fault
        for fault in (
            _fault("refuse", "nobody listens on the port", "error", "unreachable"),
            _fault("unroutable", "connecting is never answered", "timeout error", "timeout unreachable"),
            _fault("silent", "accepts and never says a word", "timeout", "timeout"),
            _fault("reset", "resets the connection in mid-answer", "error partial", "unreachable protocol"),
            _fault("drip", "sends one byte a second", "timeout", "timeout"),
            _fault("truncated", "ends its answer in the middle", "error", "protocol"),
            _fault("lengths", "states lengths that are not those of what it sends", "error", "protocol"),
            _fault("syntax", "sends another record syntax than was asked for", "ok", answers=True),
            _fault("charset", "says UTF-8 and sends GBK", "ok error", "protocol"),
            _fault("endless", "has 2,147,483,647 hits and as many records", "ok", answers=True),
            _fault(
                "zero",
                "says that it has hits and then gives none",
                "ok partial error",
                "remote-protocol protocol error",
            ),
            _fault("huge", "sends a record of 100 MB", "error", "protocol"),
            _fault("html", "answers with a web page", "error", "protocol fatal"),
            _fault("tls", "breaks off the TLS handshake", "error", "unreachable fatal"),
            _fault("slowclose", "answers, and never closes its side of the connection", "ok", answers=True),
            _fault("flapping", "comes and goes every other moment", "ok partial error suspended timeout"),
            _fault("http500", "answers with HTTP 500", "error", "unreachable", _SRU),
            _fault("http503", "answers with HTTP 503 and Retry-After", "error", "unreachable", _SRU),
            _fault("redirect", "redirects to another server", "error", "fatal", _SRU),
        )
    }
)
