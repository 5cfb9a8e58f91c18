"""Request lines as people's tools really send them: with Chinese characters that nobody percent-encoded.

``curl 'http://…/search?q=红楼梦'`` sends the octets as typed. RFC 3986 wants them percent-encoded and the HTTP parser
refuses them, so they are encoded here, before it sees them. Nothing but the first line of a request is touched.
"""

from __future__ import annotations

import asyncio
import re

_REQUEST_LINE = re.compile(rb"(?:GET|HEAD|POST|OPTIONS) [^\r\n]* HTTP/1\.[01]\r?\n")
_HIGH = re.compile(rb"[\x80-\xff]")


def encoded(data: bytes) -> bytes:
    """``data`` with the octets above ASCII of a request line at its beginning percent-encoded."""
    if data.isascii():
        return data
    line = _REQUEST_LINE.match(data)
    if line is None or line[0].isascii():
        return data
    return _HIGH.sub(lambda octet: b"%%%02X" % octet[0][0], line[0]) + data[line.end() :]


class EncodingProtocol(asyncio.Protocol):
    """In front of another protocol; all but the request line passes as it is."""

    def __init__(self, inner: asyncio.Protocol) -> None:
        self._inner = inner

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._inner.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        self._inner.data_received(encoded(data))

    def eof_received(self) -> bool | None:
        return self._inner.eof_received()

    def pause_writing(self) -> None:
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        self._inner.resume_writing()

    def connection_lost(self, error: Exception | None) -> None:
        self._inner.connection_lost(error)
