"""One repository's HTTP: bounded answers, compression, no foreign redirects, faults as classes that decide."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import aiohttp
from yarl import URL

from gateway.core.errors import (
    DeadlineExceededError,
    FatalTargetError,
    RemoteProtocolError,
    RetriableError,
    WenyuanError,
)
from gateway.core.target import Target
from gateway.protocols.oaipmh.request import Parameters, encode
from gateway.protocols.sru.safe_xml import MAX_BODY

MAX_REDIRECTS = 5
#: Seconds for one answer at least: a part of a list is more work for a server than a search.
PATIENCE = 120.0
_HEADERS = {
    "Accept": "text/xml, application/xml;q=0.9, */*;q=0.1",
    "Accept-Encoding": "gzip, deflate",
    "User-Agent": "Wenyuan (OAI-PMH harvester)",
}


class Http:
    """A session that is opened by the first request and closed with its connector."""

    def __init__(self, target: Target, url: URL) -> None:
        self._target = target
        self._who = target.label("en")
        self.url = url
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def fetch(self, parameters: Parameters) -> bytes:
        """The body of the answer, unpacked."""
        kept = self.url.raw_query_string
        encoded = f"{kept}&{encode(parameters)}" if kept else encode(parameters)
        url = URL(f"{self.url.with_query(None)}?{encoded}", encoded=True)
        try:
            async with asyncio.timeout(max(PATIENCE, self._target.timeout)):
                return await self._fetch(url)
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
            # A body that ends early or does not unpack may be whole the next time: a harvest is in no hurry.
            detail = str(error) or type(error).__name__
            raise RetriableError(f"The connection to {self._who} broke", detail=detail) from error

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            target = self._target
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=2, ttl_dns_cache=300),
                cookie_jar=aiohttp.DummyCookieJar(),
                auth=aiohttp.BasicAuth(target.user, target.password, "utf-8") if target.user else None,
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=target.connect_timeout),
                headers=_HEADERS,
            )
        return self._session

    async def _fetch(self, url: URL) -> bytes:
        for _ in range(MAX_REDIRECTS + 1):
            async with self._opened().get(url, allow_redirects=False) as response:
                if response.status not in (301, 302, 303, 307, 308):
                    body = await self._body(response)
                    self._check(response, body)
                    return body
                url = self._redirected(response, url)
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

    async def _body(self, response: aiohttp.ClientResponse) -> bytes:
        stated = response.content_length
        if stated is not None and stated > MAX_BODY:
            response.close()
            raise RemoteProtocolError(f"{self._who} announces {stated} bytes; at most {MAX_BODY} are read")
        parts: list[bytes] = []
        size = 0
        async for part in response.content.iter_any():
            size += len(part)
            if size > MAX_BODY:
                response.close()
                raise RemoteProtocolError(f"{self._who} sends more than {MAX_BODY} bytes; the rest was not read")
            parts.append(part)
        return b"".join(parts)

    def _check(self, response: aiohttp.ClientResponse, body: bytes) -> None:
        """Some servers put an OAI-PMH error under an HTTP error: the former says more."""
        status = response.status
        if status < 300 or (status not in (401, 403, 429, 503) and b"OAI-PMH" in body[:2000]):
            return
        said = f"HTTP {status} {response.reason or ''}".strip()
        if status in (401, 403, 407):
            raise FatalTargetError(f"{self._who} asks for other credentials; check user and password", detail=said)
        if status in (404, 410):
            raise FatalTargetError(f"{self._who} has no OAI-PMH service at {self.url.with_query(None)}", detail=said)
        if status >= 500 or status in (408, 425, 429):
            wait = _retry_after(response.headers.get("Retry-After", ""))
            raise RetriableError(f"{self._who} cannot answer at the moment", detail=said, retry_after=wait)
        raise FatalTargetError(f"{self._who} does not accept the request", detail=said)


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
