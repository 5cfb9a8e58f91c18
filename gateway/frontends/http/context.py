"""What handlers find in the application, and what a request says of its reader: format and language."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Protocol

from aiohttp import web

from gateway.core.answer import Answer
from gateway.core.ports import Completion, IndexScan, ScanPage
from gateway.core.query import Query
from gateway.core.record import UnionRecord
from gateway.core.target import Target, TargetStatus
from gateway.federation.search import Federation
from gateway.settings import GatewaySettings
from gateway.union.around import ALONE, Around


class PageRenderer(Protocol):
    """Pages as strings (see ``gateway.frontends.opac``)."""

    @property
    def static_dir(self) -> Path: ...

    def negotiate(self, accept_language: str, query_lang: str | None, cookie: str | None) -> str: ...

    def home(self, lang: str, *, targets: Sequence[Target], statistics: Mapping[str, int]) -> str: ...

    def search(
        self,
        lang: str,
        answer: Answer,
        *,
        params: Mapping[str, Sequence[str]],
        completions: Sequence[Completion] = (),
    ) -> str: ...

    def record(
        self,
        lang: str,
        union: UnionRecord,
        *,
        back: str | None,
        alike: Sequence[UnionRecord] = (),
        around: Around = ALONE,
    ) -> str: ...

    def browse(self, lang: str, asked: IndexScan, page: ScanPage, *, offered: Collection[str]) -> str: ...

    def targets(self, lang: str, targets: Sequence[Target], statuses: Mapping[str, TargetStatus]) -> str: ...

    def error(self, lang: str, status: int, title: str, detail: str, links: Sequence[tuple[str, str]] = ()) -> str: ...


FEDERATION: web.AppKey[Federation] = web.AppKey("federation", Federation)
SETTINGS: web.AppKey[GatewaySettings] = web.AppKey("settings", GatewaySettings)
PAGES: web.AppKey[PageRenderer] = web.AppKey("pages", PageRenderer)
PARSERS: web.AppKey[Mapping[str, Callable[[str], Query]]] = web.AppKey("parsers")

#: What a request's handler holds until the answer is sent.
SENDING: web.RequestKey[AsyncExitStack[bool | None]] = web.RequestKey("sending", AsyncExitStack)

#: ``format=`` values and their media types; also the order of preference for ``Accept: */*``.
FORMATS: Mapping[str, str] = {
    "json": "application/json",
    "html": "text/html",
    "ndjson": "application/x-ndjson",
    "sse": "text/event-stream",
    "marcxml": "application/marcxml+xml",
    "iso2709": "application/marc",
}


def preferred(request: web.Request, offered: Sequence[str]) -> str | None:
    """The format to answer in: ``format=`` if given, else by ``Accept`` with its q-values; None when none fits."""
    asked = request.query.get("format")
    if asked is not None:
        return asked if asked in offered else None
    header = request.headers.get("Accept", "*/*")
    best: tuple[float, int, str] | None = None
    for item in header.split(",")[:50]:
        media, *parameters = (part.strip() for part in item.split(";"))
        quality = 1.0
        for parameter in parameters:
            if parameter.startswith("q="):
                try:
                    quality = float(parameter[2:])
                except ValueError:
                    quality = 0.0
        for position, name in enumerate(offered):
            if quality > 0 and _matches(media.lower(), FORMATS[name]):
                exact = 1 if media != "*/*" else 0
                candidate = (quality + exact, -position, name)
                if best is None or candidate > best:
                    best = candidate
    return best[2] if best else None


def _matches(asked: str, media: str) -> bool:
    return asked in ("*/*", media) or (asked.endswith("/*") and media.startswith(asked[:-1]))


def wants_page(request: web.Request) -> bool:
    return preferred(request, ("json", "html")) == "html"


def language_of(request: web.Request) -> str:
    return request.app[PAGES].negotiate(
        request.headers.get("Accept-Language", ""), request.query.get("lang"), request.cookies.get("lang")
    )
