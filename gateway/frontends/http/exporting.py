"""``GET /export``: the whole result of a search as one stream, as long as it may be."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import replace
from functools import partial

from aiohttp import web

from gateway.core.answer import Answer, Scope, SearchRequest
from gateway.core.errors import DataError
from gateway.core.record import UnionRecord
from gateway.frontends.http.context import FEDERATION, FORMATS, PARSERS, SETTINGS, preferred
from gateway.frontends.http.documents import names_of, to_json, union_document
from gateway.frontends.http.params import parse_request
from gateway.frontends.http.problems import ProblemError
from gateway.records.write import to_iso2709, to_marcxml

OFFERED = ("ndjson", "marcxml", "iso2709")
#: Union records fetched and written at once.
STEP = 200
_EXTENSIONS = {"ndjson": "ndjson", "marcxml": "xml", "iso2709": "mrc"}
BEGIN = {
    "marcxml": b'<?xml version="1.0" encoding="UTF-8"?>\n<collection xmlns="http://www.loc.gov/MARC21/slim">\n',
}
END = {"marcxml": b"</collection>\n"}


async def export(request: web.Request) -> web.StreamResponse:
    """The search's own parameters, without page and size. A stream that breaks off is one that failed."""
    form = preferred(request, OFFERED)
    if form is None:
        raise ProblemError(406, "format", f"/export gives {', '.join(OFFERED)}; ask with format= or Accept")
    for name in ("page", "size", "cursor"):
        if name in request.query:
            raise ProblemError(400, "parameter", f"/export gives the whole result; leave out {name}", parameter=name)
    settings = request.app[SETTINGS]
    asked = parse_request(request.query, settings, request.app[PARSERS], settings.deadline)
    if "scope" in request.query and asked.scope is not Scope.INDEX:
        raise ProblemError(400, "parameter", "/export gives what the index has; leave out scope", parameter="scope")
    asked = replace(asked, scope=Scope.INDEX, size=STEP, facets=(), within=(), histogram=False, cursor="")
    write = partial(written, form=form, names=names_of(request.app[FEDERATION], request.query.get("lang", "zh")))
    async with contextlib.aclosing(_pages(request, asked)) as pages:
        first = await anext(pages)  # an error before the first record is still an ordinary problem
        response = web.StreamResponse(
            headers={
                "Content-Type": FORMATS[form],
                "Content-Disposition": f'attachment; filename="wenyuan.{_EXTENSIONS[form]}"',
                "Cache-Control": "no-store",
                "X-Accel-Buffering": "no",
                "X-Total-Count": str(first.total),
            }
        )
        await response.prepare(request)
        await response.write(BEGIN.get(form, b"") + await _piece(first, write))
        async for answer in pages:
            await response.write(await _piece(answer, write))
    await response.write_eof(END.get(form, b""))
    return response


async def _pages(request: web.Request, asked: SearchRequest) -> AsyncGenerator[Answer, None]:
    while True:
        answer = await request.app[FEDERATION].search(asked)
        yield answer
        if not answer.cursor:
            return
        asked = replace(asked, cursor=answer.cursor)


async def _piece(answer: Answer, write: Callable[[UnionRecord], bytes]) -> bytes:
    return await asyncio.to_thread(lambda: b"".join(map(write, answer.records)))


def written(union: UnionRecord, *, form: str, names: Mapping[str, str]) -> bytes:
    """One record in one of the forms of :data:`OFFERED`; of a file, :data:`BEGIN` and :data:`END` stand around them."""
    if form == "ndjson":
        return to_json(union_document(union, names)) + b"\n"
    try:
        return to_marcxml(union.record) + b"\n" if form == "marcxml" else to_iso2709(union.record, "utf-8")
    except DataError:  # ISO 2709 holds no record of 100,000 bytes; the other forms have it
        return b""
