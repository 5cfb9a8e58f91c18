"""One target's HTTP, for every connector that speaks it: bounded answers, no foreign redirects, faults as the error
classes that decide what follows."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import aiohttp
from yarl import URL

from gateway.core.errors import (
    ConfigurationError,
    DeadlineExceededError,
    FatalTargetError,
    RemoteProtocolError,
    RetriableError,
    WenyuanError,
)
from gateway.core.target import Target
from gateway.protocols.sru.safe_xml import MAX_BODY

MAX_REDIRECTS = 5
_REDIRECTS = frozenset((301, 302, 303, 307, 308))


@dataclass(frozen=True, slots=True)
class Service:
    """What differs from one protocol over HTTP to the next."""

    name: str  #: in messages: "SRU"
    marker: bytes  #: in the first bytes of an answer of this protocol, whatever its HTTP status is
    headers: Mapping[str, str]
    #: Whether a body that ends early or does not unpack may be whole the next time.
    cut_is_retriable: bool = False


class Http:
    """A session that is opened by the first request and closed with its connector."""

    def __init__(self, target: Target, service: Service, *, connections: int) -> None:
        self._target = target
        self._who = target.label("en")
        self._service = service
        self._connections = max(1, connections)
        self._session: aiohttp.ClientSession | None = None
        self._closed = False

    def _opened(self) -> aiohttp.ClientSession:
        if self._closed:
            # A probe or a retry that comes too late must not open a session that nobody closes any more.
            raise RetriableError(f"{self._who} is not asked any more: the connector was closed")
        if self._session is None or self._session.closed:
            target = self._target
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._connections, ttl_dns_cache=300),
                cookie_jar=aiohttp.DummyCookieJar(),
                auth=aiohttp.BasicAuth(target.user, target.password, "utf-8") if target.user else None,
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=target.connect_timeout),
                headers=self._service.headers,
                auto_decompress=True,
            )
        return self._session

    async def close(self) -> None:
        self._closed = True
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def fetch(self, url: URL, at: float, form: bytes | None = None, *, most: int = MAX_BODY) -> bytes:
        """The body of one answer, unpacked, at most ``most`` bytes of it; ``at`` is the instant of loop time by which
        it must be here. ``form`` is POSTed."""
        try:
            async with asyncio.timeout_at(at):
                return await self._fetch(url, form, min(most, MAX_BODY))
        except TimeoutError as error:
            raise DeadlineExceededError(f"{self._who} did not answer in time") from error
        except WenyuanError:
            raise
        except (aiohttp.ClientSSLError, ssl.SSLError) as error:
            raise FatalTargetError(f"{self._who} offers no trustworthy TLS connection", detail=str(error)) from error
        except aiohttp.ClientConnectorError as error:
            detail = error.os_error.strerror or str(error.os_error)
            raise RetriableError(f"{self._who} cannot be reached at {url.host}:{url.port}", detail=detail) from error
        except aiohttp.InvalidURL as error:
            raise FatalTargetError(f"The address of {self._who} is not a URL", detail=str(error)) from error
        except (aiohttp.ClientError, OSError) as error:
            detail = str(error) or type(error).__name__
            cut = isinstance(error, aiohttp.ClientResponseError | aiohttp.ClientPayloadError)
            if cut and not self._service.cut_is_retriable:
                raise RemoteProtocolError(f"{self._who} does not answer in HTTP as it should", detail=detail) from error
            raise RetriableError(f"The connection to {self._who} broke", detail=detail) from error

    async def _fetch(self, url: URL, form: bytes | None, most: int) -> bytes:
        session = self._opened()
        for _ in range(MAX_REDIRECTS + 1):
            method = "GET" if form is None else "POST"
            headers = None if form is None else {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
            async with session.request(method, url, data=form, headers=headers, allow_redirects=False) as response:
                if response.status not in _REDIRECTS:
                    body = await self._body(response, most)
                    self._check(response, body)
                    return body
                url = self._redirected(response, url)
                if response.status == 303:
                    form = None
                response.close()
        raise FatalTargetError(f"{self._who} redirects without end")

    def _redirected(self, response: aiohttp.ClientResponse, url: URL) -> URL:
        location = response.headers.get("Location", "")
        with suppress(ValueError):
            new = url.join(URL(location, encoded=True))
            if location and new.host == url.host and (new.scheme == url.scheme or new.scheme == "https"):
                return new
        raise FatalTargetError(
            f"{self._who} redirects to another server; if that is right, write the new address into its file",
            detail=location[:300] or "no Location",
        )

    async def _body(self, response: aiohttp.ClientResponse, most: int) -> bytes:
        stated = response.content_length
        if stated is not None and stated > most:
            response.close()
            raise RemoteProtocolError(f"{self._who} announces {stated} bytes; at most {most} are read")
        parts: list[bytes] = []
        size = 0
        async for part in response.content.iter_any():
            size += len(part)
            if size > most:
                response.close()
                raise RemoteProtocolError(f"{self._who} sends more than {most} bytes; the rest was not read")
            parts.append(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _check(self, response: aiohttp.ClientResponse, body: bytes) -> None:
        """Some servers put an error of the protocol under an HTTP error: the former says more."""
        status = response.status
        if status < 300 or (status not in (401, 403, 429, 503) and self._service.marker in body[:2000]):
            return
        said = f"HTTP {status} {response.reason or ''}".strip()
        if status in (401, 403, 407):
            raise FatalTargetError(f"{self._who} asks for other credentials; check user and password", detail=said)
        if status in (404, 410):
            where = response.url.with_query(None)
            raise FatalTargetError(f"{self._who} has no {self._service.name} service at {where}", detail=said)
        if status >= 500 or status in (408, 425, 429):
            wait = _retry_after(response.headers.get("Retry-After", ""))
            raise RetriableError(f"{self._who} cannot answer at the moment", detail=said, retry_after=wait)
        raise FatalTargetError(f"{self._who} does not accept the request", detail=said)


def address_of(target: Target, written: str, service: str, prefix: str = "") -> URL:
    """``written`` as an address of HTTP; ``prefix`` is what target files put before http. ``ConfigurationError``."""
    try:
        url = URL(written)
    except ValueError as error:
        raise ConfigurationError(f"{target.id}: '{written}' is not an address", detail=str(error)) from error
    if url.scheme not in ("http", "https") or not url.host:
        raise ConfigurationError(
            f"{target.id}: '{written}' is not an {service} address; "
            f"write {prefix}http://host/path or {prefix}https://host/path"
        )
    return url.with_fragment(None)


def _retry_after(value: str) -> float | None:
    """Seconds from either form of the header (RFC 9110, 10.2.3)."""
    value = value.strip()
    if value.isascii() and value.isdigit():
        return min(float(value), 86_400.0)
    try:
        then = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    if then.tzinfo is None:
        then = then.replace(tzinfo=UTC)
    return min(max(0.0, (then - datetime.now(UTC)).total_seconds()), 86_400.0)
