"""aiohttp application that answers SRU 1.1, 1.2 and 2.0 over any :class:`~gateway.core.serving.Catalogue`.

``GET`` and ``POST`` (form or SOAP) on ``/`` and ``/{database}``. Every answer is SRU with HTTP status 200, as clients
expect it: what goes wrong is a diagnostic with the standard's number.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from urllib.parse import parse_qsl

from aiohttp import web

from gateway.core.errors import WenyuanError
from gateway.core.serving import Catalogue
from gateway.frontends.sru.searching import FACETED, explained, scanned, searched
from gateway.protocols.sru.context_sets import context_sets
from gateway.protocols.sru.diagnostics import SRUDiagnostic, of_error
from gateway.protocols.sru.refused import RefusedError
from gateway.protocols.sru.server_explain import Service, zeerex
from gateway.protocols.sru.server_request import MAX_REQUEST, ServerRequest, read_request, soap_parameters
from gateway.protocols.sru.server_response import explain_answer, refusal, soap

_LOG = logging.getLogger(__name__)
_TITLE: Mapping[str, str] = MappingProxyType({"zh": "文渊", "en": "Wenyuan"})
_STYLE = Path(__file__).parent / "static" / "sru.css"
_STYLE_PATH = "stylesheet/sru.css"  #: below the address of the server, beside the databases


def application(
    catalogue: Catalogue,
    *,
    title: Mapping[str, str] = _TITLE,
    default_records: int = 10,
    max_records: int = 100,
) -> web.Application:
    """``title`` by language; ``default_records`` when the client names no number, never more than ``max_records``."""
    door = _Door(catalogue, title, default_records, max_records)
    app = web.Application()
    app.router.add_route("GET", f"/{_STYLE_PATH}", _stylesheet)
    for path in ("", "/", "/{database}"):
        app.router.add_route("GET", path, door.get)
        app.router.add_route("POST", path, door.post)
    return app


@dataclass(slots=True)
class _Door:
    catalogue: Catalogue
    title: Mapping[str, str]
    default_records: int
    max_records: int
    explains: dict[tuple[str, int, str, str], str] = field(default_factory=dict)

    async def get(self, request: web.Request) -> web.Response:
        return _xml(await self._answer(request, self._parameters(request.rel_url.raw_query_string)))

    async def post(self, request: web.Request) -> web.Response:
        body = bytearray()
        async for part in request.content.iter_any():  # the limit of an application that we are mounted in is not ours
            body += part
            if len(body) > MAX_REQUEST:
                break
        if len(body) > MAX_REQUEST:
            refused = SRUDiagnostic.standard(12, f"the request has more than {MAX_REQUEST} bytes")
            return _xml(refusal(refused, "1.2"))
        if "xml" not in request.content_type:
            return _xml(await self._answer(request, self._parameters(body.decode("utf-8", "replace"))))
        try:
            parameters = soap_parameters(bytes(body))
        except RefusedError as error:
            return _soap(refusal(error.diagnostic, error.version))
        return _soap(await self._answer(request, lambda: parameters))

    def _parameters(self, encoded: str) -> Callable[[], list[tuple[str, str]]]:
        def read() -> list[tuple[str, str]]:
            try:
                return parse_qsl(encoded, keep_blank_values=True, errors="strict", max_num_fields=50)
            except UnicodeDecodeError as error:
                raise RefusedError(6, "the parameters are not in UTF-8") from error
            except ValueError as error:
                raise RefusedError(6, "more than 50 parameters") from error

        return read

    async def _answer(self, request: web.Request, parameters: Callable[[], list[tuple[str, str]]]) -> str:
        asked: ServerRequest | None = None
        try:
            asked = read_request(parameters(), default_records=self.default_records, max_records=self.max_records)
            asked = _styled(asked, request)
            database = self._database(request.match_info.get("database", ""), asked.version)
            if asked.operation == "explain":
                return explain_answer(asked, self._explain(request, database, asked.version))
            if asked.operation == "scan":
                return await scanned(self.catalogue, database, asked)
            return await searched(self.catalogue, database, asked)
        except RefusedError as error:
            return refusal(error.diagnostic, error.version, asked.operation if asked else "searchRetrieve", asked)
        except WenyuanError as error:
            diagnostic, version = of_error(error), asked.version if asked else "1.2"
            return refusal(diagnostic, version, asked.operation if asked else "searchRetrieve", asked)
        except Exception:
            _LOG.exception("SRU request %s failed", request.rel_url.path)
            diagnostic = SRUDiagnostic.standard(1, "the server's log says more")
            version = asked.version if asked else "1.2"
            return refusal(diagnostic, version, asked.operation if asked else "searchRetrieve", asked)

    def _database(self, name: str, version: str) -> str:
        known = self.catalogue.databases
        if not name:
            return known[0]
        for each in known:
            if each.lower() == name.lower():
                return each
        raise RefusedError(235, name, version)

    def _explain(self, request: web.Request, database: str, version: str) -> str:
        host, port = request.url.host or "localhost", request.url.port or 80
        path = request.rel_url.path.strip("/") or database
        key = (host, port, path, version)
        if key not in self.explains:
            if len(self.explains) >= 64:  # the Host header is the client's: never more entries than this
                self.explains.clear()
            known = explained(self.catalogue, database, self.title)
            service = Service(
                host, port, path, known.title, known.description, self.default_records, self.max_records,
                known.browsable, FACETED if known.joint else (),
            )  # fmt: skip
            self.explains[key] = zeerex(service, context_sets(), version)
        return self.explains[key]


def _styled(asked: ServerRequest, request: web.Request) -> ServerRequest:
    """The request with our own stylesheet when a browser or the client asks for one; another one is refused.

    The address is relative to the answer's, so that it holds behind a proxy that puts us elsewhere. It is CSS because
    browsers give up XSLT.
    """
    if asked.stylesheet:
        if asked.stylesheet != "sru.css" and not asked.stylesheet.endswith(f"/{_STYLE_PATH}"):
            raise RefusedError(111, f"{asked.stylesheet}; there is only sru.css", asked.version)
    elif "text/html" not in request.headers.get("Accept", ""):
        return asked
    path = request.rel_url.path
    below = "database" in request.match_info or path.endswith("/")
    return replace(asked, stylesheet=_STYLE_PATH if below else f"{path.rpartition('/')[2]}/{_STYLE_PATH}")


async def _stylesheet(_: web.Request) -> web.FileResponse:
    return web.FileResponse(_STYLE, headers={"Content-Type": "text/css; charset=utf-8"})


def _xml(text: str) -> web.Response:
    response = web.Response(body=text.encode("utf-8"), content_type="application/xml", charset="utf-8")
    response.headers["Vary"] = "Accept"
    return response


def _soap(text: str) -> web.Response:
    return web.Response(body=soap(text).encode("utf-8"), content_type="text/xml", charset="utf-8")
