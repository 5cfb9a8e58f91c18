"""A simulated Z39.50 target whose answers are put together from octets made ahead (ANSI/NISO Z39.50-2003).

Requests are decoded once each, however many libraries are asked the same: answering costs a lookup.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from gateway.core.errors import RemoteProtocolError
from gateway.core.query import Clause, Query
from gateway.core.record import Flavour
from gateway.lab import shelves
from gateway.lab.line import HUGE, Line
from gateway.lab.plan import DATABASE, Simulated
from gateway.protocols.z3950 import Connection, Role, oids
from gateway.protocols.z3950.apdu import (
    Apdu,
    DefaultDiagnostic,
    InitRequest,
    InitResponse,
    Option,
    PresentRequest,
    PresentResponse,
    SearchRequest,
)
from gateway.protocols.z3950.ber import BerError
from gateway.protocols.z3950.querymap import AskingRules, to_rpn
from gateway.protocols.z3950.schema_services import PDU
from gateway.protocols.z3950.services import Close

ENDLESS: Final = 2**31 - 1
_MOST = 1 << 20
_HTML = b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\n\r\n<html><body>Bad Request</body></html>\r\n"
_INIT = InitResponse(
    options=frozenset({Option.SEARCH, Option.PRESENT, Option.NAMED_RESULT_SETS}),
    implementation_id="wenyuan-lab",
    implementation_name="Wenyuan laboratory",
    implementation_version="1",
)
#: EXTERNAL's direct reference of the syntaxes that are sent, as BER contents.
_MARC21, _UNIMARC, _SUTRS = (
    bytes.fromhex(code) for code in ("06072a8648ce13050a", "06072a8648ce130501", "06072a8648ce130565")
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What of a request decides the answer."""

    service: str  #: init | search | present | close
    topic: int = 0
    start: int = 1
    count: int = 0
    reference: bytes | None = None
    key: object = None


@lru_cache(maxsize=4096)
def understood(message: bytes) -> Asked | None:
    """The request in these octets; None when it is none that a library answers."""
    try:
        apdu = PDU.decode(message)
    except BerError:
        return None
    assert isinstance(apdu, Apdu)
    if isinstance(apdu, InitRequest):
        return Asked("init", reference=apdu.reference_id, key="init")
    if isinstance(apdu, SearchRequest):
        topic = shelves.topic_of(_text(message))
        wanted = max(apdu.small_set_upper_bound, apdu.medium_set_present_number)
        return Asked("search", topic, 1, wanted, apdu.reference_id, ("search", topic, wanted))
    if isinstance(apdu, PresentRequest):
        return Asked("present", 0, apdu.start, apdu.count, apdu.reference_id, ("present", apdu.start, apdu.count))
    return Asked("close") if isinstance(apdu, Close) else None


def _text(message: bytes) -> str:
    """The Han of a request, whichever of the usual charsets its term is in."""
    parts = re.findall(rb"[\x80-\xff]{2,}", message)
    return " ".join(part.decode(charset, "ignore") for part in parts for charset in ("utf-8", "gb18030"))


class Z3950Line(Line):
    def __init__(self, library: Simulated, lines: set[Line], thinking: Counter[object]) -> None:
        super().__init__(library, lines, thinking)
        self._topic = 0

    def received(self) -> None:
        buffer = self.buffer
        while buffer:
            size = framed(buffer)
            if size > _MOST:
                self.close()
            if size > len(buffer):
                return
            message = bytes(buffer[:size])
            del buffer[:size]
            asked = understood(message)
            if asked is None or asked.service == "close":
                if self.library.fault != "slowclose":
                    self.close()
                return
            self._answer(asked)

    def _answer(self, asked: Asked) -> None:
        library = self.library
        if library.fault == "html":
            self.say(_HTML, asked.key)
            self.close()
        elif asked.service == "init":
            self.say(_init(asked.reference), asked.key, spoilt=False)
        else:
            if asked.service == "search":
                self._topic = asked.topic
            answer = _answer(library, self._topic, asked)
            self.say(answer, (asked.key, self._topic))


@lru_cache(maxsize=64)
def _init(reference: bytes | None) -> bytes:
    return PDU.encode(replace(_INIT, reference_id=reference))


@lru_cache(maxsize=16384)
def _answer(library: Simulated, topic: int, asked: Asked) -> bytes:
    """SearchResponse or PresentResponse."""
    fault = library.fault
    total = ENDLESS if fault == "endless" else library.size
    if asked.service == "present" and (asked.start < 1 or asked.start + asked.count - 1 > total):
        return PDU.encode(
            PresentResponse(reference_id=asked.reference, status=5, records=DefaultDiagnostic(13, "out of range"))
        )
    last = min(total, asked.start + asked.count - 1)
    count = 0 if fault == "zero" else last - asked.start + 1
    records = _records(library, topic, asked.start, count)
    following = 0 if last >= total else last + 1
    parts = [tlv(0x82, asked.reference)] if asked.reference is not None else []
    if asked.service == "search":
        parts += [tlv(0x97, _integer(total)), tlv(0x98, _integer(count)), tlv(0x99, _integer(following))]
        parts.append(b"\x96\x01\xff")
        tag = 0xB7
    else:
        parts += [tlv(0x98, _integer(count)), tlv(0x99, _integer(following))]
        parts.append(b"\x9b\x01\x00")
        tag = 0xB9
    if records:
        parts.append(b"\xbc" + _length(len(records) + (77 if fault == "lengths" else 0)) + records)
    contents = b"".join(parts)
    if fault == "huge":
        return bytes([tag]) + _length(HUGE) + contents[:200]
    return tlv(tag, contents)


def _records(library: Simulated, topic: int, start: int, count: int) -> bytes:
    numbers = shelves.editions(library, topic)
    wanted = [(start - 1 + offset) for offset in range(count)]
    if library.fault == "endless":
        chosen = [numbers[at] if at < len(numbers) else 500_000 + at % 400_000 for at in wanted]
    else:
        chosen = [numbers[at] for at in wanted]
    text = library.fault == "syntax"
    made = [_record(topic, number, library.flavour, library.charset, text) for number in chosen]
    return shelves.for_library(b"".join(made), library)


@lru_cache(maxsize=65536)
def _record(topic: int, number: int, flavour: Flavour, charset: str, as_text: bool) -> bytes:
    """NamePlusRecord without a name: [1] retrievalRecord [1] EXTERNAL with octet-aligned contents."""
    if as_text:
        title = shelves.title_of(topic, number)
        syntax, payload = _SUTRS, tlv(0x1B, f"Title: {title}\nNumber: {topic}-{number}\n".encode())
        return tlv(0x30, tlv(0xA1, tlv(0xA1, tlv(0x28, syntax + tlv(0xA0, payload)))))
    syntax = _MARC21 if flavour is Flavour.MARC21 else _UNIMARC
    payload = shelves.written(topic, number, flavour, charset)
    return tlv(0x30, tlv(0xA1, tlv(0xA1, tlv(0x28, syntax + tlv(0x81, payload)))))


def framed(buffer: bytes | bytearray) -> int:
    """Octets of the first message by its outermost header, which has to state a length; more than ``_MOST`` else."""
    at = 1
    if buffer[0] & 0x1F == 0x1F:  # a tag of several octets
        while at < len(buffer) and buffer[at] & 0x80:
            at += 1
        at += 1
    if at >= len(buffer):
        return at + 1
    size = buffer[at]
    if size < 0x80:
        return at + 1 + size
    more = size & 0x7F
    if not 1 <= more <= 4:
        return _MOST + 1
    if len(buffer) < at + 1 + more:
        return at + 1 + more
    return at + 1 + more + int.from_bytes(buffer[at + 1 : at + 1 + more], "big")


def tlv(tag: int, contents: bytes) -> bytes:
    """One BER value with definite length (ISO/IEC 8825-1, 8.1)."""
    return bytes([tag]) + _length(len(contents)) + contents


def _length(size: int) -> bytes:
    if size < 0x80:
        return bytes([size])
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(octets)]) + octets


def _integer(value: int) -> bytes:
    return value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True)


def search_octets(term: str, syntax: str, count: int, database: str = DATABASE) -> tuple[bytes, bytes]:
    """The octets of an Init and of a Search for ``term`` with ``count`` records, as the gateway's connector asks."""
    origin = Connection(Role.ORIGIN)
    init = origin.send(InitRequest(options=_INIT.options, implementation_id="wenyuan", implementation_name="Wenyuan"))
    origin.receive_data(PDU.encode(_INIT))
    if not isinstance(origin.next_event(), InitResponse):
        raise RemoteProtocolError("The laboratory's own InitResponse is not understood")
    rules = AskingRules({}, lambda text: text.encode())
    request = SearchRequest(
        query=to_rpn(Query(Clause("any", term)), rules),
        databases=(database,),
        small_set_upper_bound=count,
        large_set_lower_bound=ENDLESS,
        medium_set_present_number=count,
        small_set_elements="F",
        medium_set_elements="F",
        syntax=oids.syntax(syntax),
    )
    return init, origin.send(request)
