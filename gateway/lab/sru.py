"""A simulated SRU 1.2 server: just so much HTTP/1.1 as its clients need, bodies put together from octets made ahead."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import parse_qs, urlsplit

from gateway.core.record import Flavour
from gateway.lab import shelves
from gateway.lab.line import Line
from gateway.lab.plan import Simulated
from gateway.lab.z3950 import ENDLESS

_MOST_HEAD: Final = 1 << 16
_HTML: Final = "<!DOCTYPE html>\n<html><head><title>图书馆</title></head><body><p>维护中<br></body></html>\n".encode()
_DC: Final = (
    '<srw_dc:dc xmlns:srw_dc="info:srw/schema/1/dc-schema" xmlns:dc="http://purl.org/dc/elements/1.1/">'
    "<dc:title>{title}</dc:title><dc:identifier>{number}</dc:identifier></srw_dc:dc>"
)


@dataclass(frozen=True, slots=True)
class Asked:
    topic: int
    start: int
    count: int


@lru_cache(maxsize=4096)
def understood(line: bytes) -> Asked | None:
    """What a request line asks; None when it is no search."""
    found = re.match(rb"GET (\S+) HTTP/1\.[01]\Z", line)
    if not found:
        return None
    values = parse_qs(urlsplit(found[1].decode("ascii", "replace")).query)
    query = values.get("query", [""])[0]
    try:
        start, count = (int(values.get(name, ["10"])[0]) for name in ("startRecord", "maximumRecords"))
    except ValueError:
        return None
    return Asked(shelves.topic_of(query), start, count) if query and start > 0 and 0 <= count <= 1000 else None


class SRULine(Line):
    def received(self) -> None:
        buffer = self.buffer
        while (end := buffer.find(b"\r\n\r\n")) >= 0:
            line = bytes(buffer[: buffer.find(b"\r\n")])
            del buffer[: end + 4]
            asked = understood(line)
            if asked is None:
                self.say(_response(b"no search", "400 Bad Request", "text/plain"), "bad", spoilt=False)
            else:
                self.say(_answer(self.library, asked), asked)
                if self.library.fault == "lengths":
                    self.close()
        if len(buffer) > _MOST_HEAD:
            self.close()


@lru_cache(maxsize=16384)
def _answer(library: Simulated, asked: Asked) -> bytes:
    fault = library.fault
    if fault == "http500":
        return _response(_HTML, "500 Internal Server Error", "text/html")
    if fault == "http503":
        return _response(_HTML, "503 Service Unavailable", "text/html", "Retry-After: 30\r\n")
    if fault == "redirect":
        return _response(b"", "302 Found", "text/html", "Location: http://192.0.2.1/elsewhere\r\n")
    if fault == "html":
        return _response(_HTML, "200 OK", "text/html; charset=utf-8")
    body = _body(library, asked)
    if fault == "lengths":
        return _head(len(body) + 777, "200 OK", "text/xml") + body
    if fault == "truncated":  # half of it is sent: let that be all that was stated, so that the XML is what is broken
        whole = _response(body, "200 OK", "text/xml")
        kept = len(whole) // 2 - len(_head(len(body), "200 OK", "text/xml"))
        return _head(kept, "200 OK", "text/xml") + body
    if fault == "huge":
        return b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nConnection: close\r\n\r\n" + body[:300]
    return _response(body, "200 OK", "text/xml; charset=utf-8")


def _body(library: Simulated, asked: Asked) -> bytes:
    fault = library.fault
    total = ENDLESS if fault == "endless" else library.size
    last = 0 if fault == "zero" else min(total, asked.start + asked.count - 1)
    numbers = shelves.editions(library, asked.topic)
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<searchRetrieveResponse xmlns="http://www.loc.gov/zing/srw/"><version>1.2</version>'
        f"<numberOfRecords>{total}</numberOfRecords><records>".encode()
    ]
    for position in range(asked.start, last + 1):
        at = position - 1
        number = numbers[at] if at < len(numbers) else 500_000 + at % 400_000
        parts.append(_record(asked.topic, number, library.flavour, fault == "syntax"))
        parts.append(b"<recordPosition>%d</recordPosition></record>" % position)
    parts.append(b"</records></searchRetrieveResponse>")
    body = shelves.for_library(b"".join(parts), library)
    return body.decode().encode("gbk") if fault == "charset" else body


@lru_cache(maxsize=65536)
def _record(topic: int, number: int, flavour: Flavour, as_dc: bool) -> bytes:
    """The record up to its position, which is the answer's."""
    if as_dc:
        schema = "info:srw/schema/1/dc-v1.1"
        data = _DC.format(title=shelves.title_of(topic, number), number=number).encode()
    else:
        schema = "info:srw/schema/1/marcxml-v1.1" if flavour is Flavour.MARC21 else "cnmarcxml"
        data = shelves.written_xml(topic, number, flavour)
    head = f"<record><recordSchema>{schema}</recordSchema><recordPacking>xml</recordPacking><recordData>"
    return head.encode() + data + b"</recordData>"


def _response(body: bytes, status: str, kind: str, more: str = "") -> bytes:
    return _head(len(body), status, kind, more) + body


def _head(size: int, status: str, kind: str, more: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {size}\r\n{more}\r\n".encode()
