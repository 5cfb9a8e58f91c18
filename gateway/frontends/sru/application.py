"""aiohttp application that answers SRU 1.1, 1.2 and 2.0 over any :class:`~gateway.core.serving.Catalogue`.

``GET`` and ``POST`` (form or SOAP) on ``/`` and ``/{database}``. Every answer is SRU with HTTP status 200, as clients
expect it: what goes wrong is a diagnostic with the standard's number.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from urllib.parse import parse_qsl

from aiohttp import web

from gateway.core.errors import WenyuanError
from gateway.core.query import Query, SortKey
from gateway.core.serving import Catalogue
from gateway.frontends.sru.schemas import out_record
from gateway.protocols import pqf
from gateway.protocols.simple import parse_simple
from gateway.protocols.sru.context_sets import context_sets
from gateway.protocols.sru.cql import CQLQuery, parse, to_query
from gateway.protocols.sru.diagnostics import SRUDiagnostic, of_error
from gateway.protocols.sru.server_request import (
    MAX_REQUEST,
    RefusedError,
    ServerRequest,
    read_request,
    soap_parameters,
)
from gateway.protocols.sru.server_response import (
    OutRecord,
    explain_answer,
    refusal,
    search_answer,
    soap,
    zeerex,
)
from gateway.protocols.z3950 import rpnquery

_LOG = logging.getLogger(__name__)
_TITLE: Mapping[str, str] = MappingProxyType({"zh": "文渊", "en": "Wenyuan"})


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
    explains: dict[tuple[str, int, str], str] = field(default_factory=dict)

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
            database = self._database(request.match_info.get("database", ""), asked.version)
            if asked.operation == "explain":
                return explain_answer(asked, self._explain(request, database))
            if asked.operation == "scan":
                raise RefusedError(4, "scan", asked.version)
            return await self._search(asked, [database])
        except RefusedError as error:
            return refusal(error.diagnostic, error.version, asked.operation if asked else "searchRetrieve", asked)
        except WenyuanError as error:
            diagnostic, version = of_error(error), asked.version if asked else "1.2"
            return refusal(diagnostic, version, asked.operation if asked else "searchRetrieve", asked)
        except Exception:
            _LOG.exception("SRU request %s failed", request.rel_url.path)
            diagnostic = SRUDiagnostic.standard(1, "the server's log says more")
            return refusal(diagnostic, asked.version if asked else "1.2", "searchRetrieve", asked)

    def _database(self, name: str, version: str) -> str:
        known = self.catalogue.databases
        if not name:
            return known[0]
        for each in known:
            if each.lower() == name.lower():
                return each
        raise RefusedError(235, name, version)

    async def _search(self, asked: ServerRequest, databases: Sequence[str]) -> str:
        query, tree = self._query(asked)
        results = await self.catalogue.search(databases, query)
        total = results.total
        count = max(0, min(asked.maximum, total - asked.start + 1))
        if asked.start > max(total, 1):
            raise RefusedError(61, f"{asked.start} of {total}", asked.version)
        records: list[OutRecord] = []
        if count:
            raws = await results.fetch(asked.start, count)
            records = [out_record(raw, asked.schema, asked.start + at) for at, raw in enumerate(raws)]
        return search_answer(asked, total, records, tree)

    def _query(self, asked: ServerRequest) -> tuple[Query, CQLQuery | None]:
        if asked.query_type == "pqf":
            return rpnquery.to_query(pqf.parse(asked.query), bytes.decode), None
        if asked.query_type == "searchterms":
            return parse_simple(asked.query), None
        tree = parse(asked.query)
        query = to_query(tree)
        if asked.sort_keys and not query.sort:  # a sortBy in the query prevails (SRU 1.2, "sortKeys")
            query = replace(query, sort=_sort_keys(asked.sort_keys, asked.version))
        return query, tree

    def _explain(self, request: web.Request, database: str) -> str:
        host, port = request.url.host or "localhost", request.url.port or 80
        key = (host, port, database)
        if key not in self.explains:
            if len(self.explains) >= 64:  # the Host header is the client's: never more entries than this
                self.explains.clear()
            sets = context_sets()
            base = request.rel_url.path.strip("/")
            self.explains[key] = zeerex(
                host=host,
                port=port,
                database=base or database,
                title=self.title,
                indexes=sets.names,
                set_uris=sets.identifiers,
                sort_keys=tuple(sets.sort),
                default_records=self.default_records,
                max_records=self.max_records,
            )
        return self.explains[key]


def _sort_keys(written: str, version: str) -> tuple[SortKey, ...]:
    """``sortKeys`` of SRU 1.1: keys separated by blanks, each ``path,schema,ascending,caseSensitive,missingValue``."""
    keys = []
    for one in written.split():
        parts = one.split(",")
        ascending = parts[2] if len(parts) > 2 else ""
        if ascending not in ("", "0", "1"):
            raise RefusedError(82, one, version)
        keys.append(SortKey(context_sets().sort_key(parts[0]), ascending == "0"))
    return tuple(keys)


def _xml(text: str) -> web.Response:
    return web.Response(body=text.encode("utf-8"), content_type="application/xml", charset="utf-8")


def _soap(text: str) -> web.Response:
    return web.Response(body=soap(text).encode("utf-8"), content_type="text/xml", charset="utf-8")
