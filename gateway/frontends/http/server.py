"""The aiohttp application and its server: routes, limits, security headers."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from gateway.core.query import Query
from gateway.federation.search import Federation
from gateway.frontends.http import browsing, exporting, operations, reading, searching, suggesting, tracing
from gateway.frontends.http.context import FEDERATION, PAGES, PARSERS, SENDING, SETTINGS, PageRenderer
from gateway.frontends.http.lines import EncodingProtocol
from gateway.frontends.http.operations import METRICS, Metrics
from gateway.frontends.http.problems import problems
from gateway.settings import GatewaySettings

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

#: Pages load nothing but from here, run no inline script and are framed by nobody.
_SECURITY = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
#: Bytes of request line and of one header; a 50 kB query is answered with a problem, not with a broken connection.
_MAX_LINE = 1024 * 1024
_COMPRESSED = frozenset({"text/html", "application/json", "application/problem+json"})
#: Bytes.
_WORTH_COMPRESSING = 2_000
_LANGUAGE_COOKIE_SECONDS = 365 * 24 * 3600


@web.middleware
async def sending(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let go of what a handler holds when its answer is out, not when it is made: a page is compressed and written
    in between, before the libraries that gave way to it are asked."""
    async with contextlib.AsyncExitStack() as held:
        request[SENDING] = held
        response = await handler(request)
        if isinstance(response, web.Response):  # streams are out, and a file can be sent by the server alone
            with contextlib.suppress(ConnectionResetError):  # the reader left, which the server meets as well
                await response.prepare(request)
                await response.write_eof()
    return response


@web.middleware
async def _measure(request: web.Request, handler: Handler) -> web.StreamResponse:
    loop = asyncio.get_running_loop()
    started = loop.time()
    status = 499  # the reader left before there was an answer
    try:
        response = await handler(request)
        status = response.status
        return response
    except web.HTTPException as error:
        status = error.status
        raise
    finally:
        resource = request.match_info.route.resource
        route = resource.canonical if resource else "(none)"
        metrics = request.app[METRICS]
        metrics.requests.labels(route, request.method, str(status)).inc()
        metrics.seconds.labels(route).observe(loop.time() - started)


async def _secure(request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(_SECURITY)
    if request.path.startswith("/static/") and "v" in request.query and response.status == 200:
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"  # the address names the content


@web.middleware
async def _compress(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Pages and documents go gzipped to whom can read that: a page of results is 100 kB, and 12 of them so."""
    response = await handler(request)
    if isinstance(response, web.Response) and response.content_type in _COMPRESSED:
        response.headers.add("Vary", "Accept-Encoding")
        if isinstance(response.body, bytes) and len(response.body) >= _WORTH_COMPRESSING:
            response.enable_compression()
    return response


@web.middleware
async def _remember_language(request: web.Request, handler: Handler) -> web.StreamResponse:
    response = await handler(request)
    language = request.query.get("lang")
    if language in ("zh", "en") and response.content_type == "text/html" and not response.prepared:
        response.set_cookie("lang", language, max_age=_LANGUAGE_COOKIE_SECONDS, samesite="Lax", httponly=True)
    return response


def create_application(
    federation: Federation,
    settings: GatewaySettings,
    pages: PageRenderer,
    parsers: Mapping[str, Callable[[str], Query]],
) -> web.Application:
    """``parsers`` maps ``syntax=`` values to query parsers."""
    application = web.Application(
        middlewares=[sending, _compress, _measure, problems, _remember_language], client_max_size=64 * 1024
    )
    application[FEDERATION] = federation
    application[SETTINGS] = settings
    application[PAGES] = pages
    application[PARSERS] = parsers
    application[METRICS] = Metrics(federation)
    application.on_response_prepare.append(_secure)
    application.add_routes(
        [
            web.get("/", reading.home),
            web.get("/search", searching.search),
            web.get("/export", exporting.export),
            web.get("/browse", browsing.browse),
            web.get("/suggest", suggesting.suggest),
            web.get("/opensearch.xml", suggesting.description),
            web.get("/records/{id}", reading.record),
            web.get("/id/{id}", tracing.identify),
            web.get("/records/{id}/similar", reading.similar),
            web.get("/targets", reading.targets),
            web.get("/healthz", operations.healthz),
            web.get("/readyz", operations.readyz),
            web.get("/metrics", operations.metrics),
            web.static("/static", pages.static_dir),
        ]
    )
    return application


class HttpFrontend:
    """A listening server; ``port`` is the real one when 0 was asked for."""

    def __init__(self, application: web.Application, host: str, port: int) -> None:
        self._runner = web.AppRunner(
            application,
            access_log=None,
            handler_cancellation=True,  # a reader who leaves frees what was asked for him
            max_line_size=_MAX_LINE,
            max_field_size=32 * 1024,
            shutdown_timeout=2.0,
        )
        self._host = host
        self._server: asyncio.Server | None = None
        self.port = port

    async def start(self) -> None:
        """Raises ``OSError`` when the port is taken."""
        await self._runner.setup()
        handlers = self._runner.server
        assert handlers is not None
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: EncodingProtocol(handlers()), self._host, self.port, backlog=512
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        await self._runner.cleanup()
