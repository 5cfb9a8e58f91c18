"""Resumption tokens of our provider: the whole state of a list in the token, none in the server (section 3.5).

A token is base64url of a JSON array and of a keyed digest, so that only tokens which this repository gave are taken
back, by any of its gateways, until they expire.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from dataclasses import astuple, dataclass
from hashlib import blake2b

from gateway.protocols.oaipmh.errors import refused

#: Characters; ours are below 400.
MAX_TOKEN = 1000
_DIGEST = 12


@dataclass(frozen=True, slots=True)
class Resumption:
    """Where a list goes on, and with which arguments it began."""

    verb: str
    prefix: str
    since: str  #: as the harvester gave it
    until: str
    set_spec: str
    mark: str  #: of the index: the list goes on behind it
    cursor: int  #: records given before
    total: int  #: completeListSize when the list began
    expires: int  #: seconds since 1970


def write_token(state: Resumption, key: bytes) -> str:
    body = json.dumps(astuple(state), ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    return base64.urlsafe_b64encode(_digest(body, key) + body).rstrip(b"=").decode("ascii")


def read_token(token: str, key: bytes, now: int) -> Resumption:
    """Raises :class:`RefusedError` (badResumptionToken) for what is none of ours, or is too old."""
    unknown = refused("badResumptionToken", "this is no resumption token of this repository; begin the list again")
    if len(token) > MAX_TOKEN or not token.isascii():
        raise unknown
    try:
        data = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise unknown from None
    digest, body = data[:_DIGEST], data[_DIGEST:]
    if not hmac.compare_digest(digest, _digest(body, key)):
        raise unknown
    state = Resumption(*json.loads(body))
    if state.expires < now:
        raise refused("badResumptionToken", "this resumption token has expired; begin the list again")
    return state


def _digest(body: bytes, key: bytes) -> bytes:
    return blake2b(body, key=key, digest_size=_DIGEST).digest()
