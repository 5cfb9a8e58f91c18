"""A member library as a target: where it is, how it is asked, what it is known to send, and how it fared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from gateway.core.record import Flavour


@dataclass(frozen=True, slots=True)
class Target:
    """All that a connector needs. Built by ``gateway.settings`` from a YAML file or from a URL.

    Connectors read what concerns them and ignore the rest; what only one connector knows goes into ``options``.
    """

    id: str
    connector: str  #: entry-point name in group ``wenyuan.connectors``
    url: str = ""  #: z3950://host:port/database, http(s)://host/path, file path
    host: str = ""
    port: int = 0
    database: str = ""
    name: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))  #: by language: zh, en
    region: str = ""  #: GB/T 2260 code, six digits
    sector: str = "public"  #: public | university | government | other
    user: str = ""
    password: str = field(default="", repr=False)
    group: str = ""
    term_charset: str = "utf-8"  #: bytes of the terms that we send
    record_charset: str | None = None  #: bytes of the records that come; None: found by evidence in each record
    syntax: str = "usmarc"  #: preferred record syntax (usmarc, unimarc, xml, opac, sutrs) or SRU schema
    flavour: Flavour | None = None
    element_set: str = "F"
    attributes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    #: index name → the target's own access point: Bib-1 attribute list (``1=4 4=1``) or CQL index (``dc.title``)
    max_records: int = 100  #: at most so many records are fetched for one search
    page_size: int = 20  #: records per Present or SRU page
    timeout: float = 10.0  #: seconds for one whole search, the searcher's deadline aside
    connect_timeout: float = 3.0
    max_connections: int = 4
    enabled: bool = True
    options: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    holdings: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    #: where its records have their copies, and whose barcodes are whose (``gateway.records.layouts``)

    def label(self, language: str = "zh") -> str:
        return self.name.get(language) or self.name.get("zh") or self.name.get("en") or self.id


class State(StrEnum):
    """How a target fared in one search."""

    WAITING = "waiting"  #: asked, no answer yet (only in streams)
    OK = "ok"
    PARTIAL = "partial"  #: some records came, then it failed or the time was up
    TIMEOUT = "timeout"
    ERROR = "error"
    SUSPENDED = "suspended"  #: the breaker is open: not asked at all
    UNSUPPORTED = "unsupported"  #: it cannot do this query


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """What went wrong, in words and, when the peer gave one, with its standard's number."""

    message: str
    kind: str = "error"  #: ``WenyuanError.kind`` of the cause
    code: str = ""  #: for example ``bib1:114``, ``info:srw/diagnostic/1/16``, ``http:503``
    detail: str = ""  #: additional information from the peer, word for word


@dataclass(frozen=True, slots=True)
class TargetStatus:
    id: str
    name: str
    state: State
    hits: int | None = None  #: what the target says it has; None when it never said
    returned: int = 0  #: records fetched
    ms: float = 0.0  #: from asking to the last record or the failure
    diagnostic: Diagnostic | None = None
