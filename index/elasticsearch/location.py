"""Where an index lies: ``https://user:password@host:9200/prefix?shards=2&replicas=1&ca=/path/ca.pem``."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from elastic_transport import AiohttpHttpNode
from elasticsearch import AsyncElasticsearch

from gateway.core.errors import ConfigurationError

DEFAULT_PREFIX = "wenyuan"
#: Seconds that one request may take.
REQUEST_TIMEOUT = 30.0
_PREFIX = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")
_OPTIONS = ("shards", "replicas", "ca")
_LARGE = 1_000_000


class _Body(io.BytesIO):
    """Read piece by piece when it is sent: in one piece it would hold up the event loop, and aiohttp warns."""

    def decode(self, *_: object) -> str:
        return "(a large body)"  # in the client's log


class _Node(AiohttpHttpNode):
    async def perform_request(self, method: str, target: str, body: Any = None, *rest: Any, **more: Any) -> Any:  # type: ignore[override]
        sent: Any = _Body(body) if body and len(body) > _LARGE else body
        return await super().perform_request(method, target, sent, *rest, **more)


@dataclass(frozen=True, slots=True)
class Location:
    node: str  #: scheme, host and port
    prefix: str  #: all names of the index begin with it
    user: str = ""
    password: str = ""
    shards: int = 1
    replicas: str = "0-1"  #: a number, or a range that follows the number of nodes
    ca: str = ""  #: file with the certificate authority of the node's certificate

    def __str__(self) -> str:
        return f"{self.node}/{self.prefix}"

    def client(self) -> AsyncElasticsearch:
        options: dict[str, Any] = {}
        if self.user:
            options["basic_auth"] = (self.user, self.password)
        if self.ca:
            options["ca_certs"] = self.ca
        return AsyncElasticsearch(
            self.node,
            node_class=_Node,
            request_timeout=REQUEST_TIMEOUT,
            max_retries=0,
            retry_on_timeout=False,
            **options,
        )


def parse_location(text: str) -> Location:
    """Raises ``ConfigurationError`` that says how to write it."""
    parts = urlsplit(text)
    try:
        port = parts.port
    except ValueError as error:
        raise _wrong(text, str(error)) from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise _wrong(text, "it must begin with http:// or https:// and a host")
    prefix = unquote(parts.path.strip("/")) or DEFAULT_PREFIX
    if not _PREFIX.fullmatch(prefix):
        raise _wrong(text, "the prefix is made of small letters, digits, '-', '_' and '.'")
    given = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
    unknown = sorted(set(given) - set(_OPTIONS))
    if unknown:
        raise _wrong(text, f"there is no option {unknown[0]!r}; there are {', '.join(_OPTIONS)}")
    shards, replicas = given.get("shards", "1"), given.get("replicas", "0-1")
    if not re.fullmatch(r"[1-9]\d{0,2}", shards) or not re.fullmatch(r"\d{1,2}(-(\d{1,2}|all))?", replicas):
        raise _wrong(text, "shards and replicas are numbers")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return Location(
        node=f"{parts.scheme}://{host}:{port or 9200}",
        prefix=prefix,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        shards=int(shards),
        replicas=replicas,
        ca=given.get("ca", ""),
    )


def _wrong(text: str, why: str) -> ConfigurationError:
    shown = re.sub(r"//[^/@]*@", "//…@", text)
    return ConfigurationError(
        f"{shown!r} is no address of an Elasticsearch index ({why}); write it as http://HOST:9200/PREFIX"
    )
