"""What an operator decides about a Z39.50 server."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """Limits are per server; sizes in octets, times in seconds."""

    term_charset: str = "utf-8"  #: octets of query terms, unless UTF-8 is negotiated
    record_charset: str | None = None  #: ISO 2709 goes out in this; None: as the catalogue gives it
    convert: bool = False  #: whoever asks for the other MARC gets the record converted, not diagnostic 238
    authenticate: Callable[[str, str], bool] | None = None  #: (user, password); None: everybody is welcome
    max_sessions: int = 400
    max_sessions_per_address: int = 200
    max_result_sets: int = 32
    idle_seconds: float = 300.0  #: between an answer and the next request
    pdu_seconds: float = 30.0  #: from the first octet of a request to its last
    max_request: int = 256 << 10
    max_message: int = 4 << 20  #: records of one answer together, whatever the client would take
    max_records: int = 1000  #: records of one answer
    name: str = "Wenyuan"
    tls: ssl.SSLContext | None = None
