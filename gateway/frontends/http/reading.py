"""Single records, the libraries, and the home page."""

from __future__ import annotations

import asyncio
import re

from aiohttp import web

from gateway.core.record import UnionRecord
from gateway.frontends.http import tracing
from gateway.frontends.http.context import FEDERATION, FORMATS, PAGES, language_of, preferred
from gateway.frontends.http.documents import health_document, names_of, target_document, to_json, union_document
from gateway.frontends.http.problems import ProblemError
from gateway.records.write import to_iso2709, to_marcxml

#: Similar records beside one, and at most.
ALIKE = 5
MOST_ALIKE = 50
OFFERED = ("json", "html", "marcxml", "iso2709")
_VARY = {"Vary": "Accept, Accept-Language, Cookie"}


async def home(request: web.Request) -> web.Response:
    federation = request.app[FEDERATION]
    statistics = await federation.index.statistics()
    targets = [member.target for member in federation.members]
    text = request.app[PAGES].home(language_of(request), targets=targets, statistics=statistics)
    return web.Response(text=text, content_type="text/html", charset="utf-8", headers=_VARY)


async def record(request: web.Request) -> web.Response:
    """The union record of this id; the uid of another member, or of one that is gone, leads to where it is now."""
    form = preferred(request, OFFERED)
    if form is None:
        raise ProblemError(406, "format", f"A record is given as {', '.join(OFFERED)}; ask with format= or Accept")
    union = await tracing.there(request)
    if form == "html":
        around = await tracing.surroundings(request, union)
        alike = await request.app[FEDERATION].indexed.alike(union, ALIKE)
        text = request.app[PAGES].record(language_of(request), union, back=_back(request), around=around, alike=alike)
        return web.Response(text=text, content_type="text/html", charset="utf-8", headers=_VARY)
    if form == "json":
        body = to_json(await tracing.whole_document(request, union, names_of(request.app[FEDERATION], "zh")))
    else:
        body = await asyncio.to_thread(_exported, union, form)
    extension = {"marcxml": "xml", "iso2709": "mrc"}.get(form)
    headers = {"Vary": "Accept"}
    if extension:
        headers["Content-Disposition"] = f'inline; filename="{union.id}.{extension}"'
    return web.Response(body=body, content_type=FORMATS[form], headers=headers)


async def similar(request: web.Request) -> web.Response:
    """What else a reader of this record may want."""
    federation = request.app[FEDERATION]
    identifier = request.match_info["id"]
    size = request.query.get("size", str(ALIKE))
    if not re.fullmatch(r"[0-9]{1,4}", size) or not 1 <= int(size) <= MOST_ALIKE:
        raise ProblemError(400, "parameter", f"size is a whole number from 1 to {MOST_ALIKE}", parameter="size")
    union = await federation.keeper.resolve(identifier)
    if union is None:
        raise ProblemError(404, "not-found", f"No record is called {identifier[:80]!r}; search for it at /search")
    names = names_of(federation, request.query.get("lang", "zh"))
    found = await federation.indexed.alike(union, int(size))
    document = {"id": union.id, "records": [union_document(one, names) for one in found]}
    return web.Response(body=to_json(document), content_type=FORMATS["json"])


def _exported(union: UnionRecord, form: str) -> bytes:
    return to_marcxml(union.record) if form == "marcxml" else to_iso2709(union.record, "utf-8")


def _back(request: web.Request) -> str | None:
    """Where the reader came from, if that was a search here."""
    referer = request.headers.get("Referer", "")
    own = f"{request.scheme}://{request.host}/search?"
    return referer.removeprefix(f"{request.scheme}://{request.host}") if referer.startswith(own) else None


async def targets(request: web.Request) -> web.Response:
    federation = request.app[FEDERATION]
    now = asyncio.get_running_loop().time()
    form = preferred(request, ("json", "html"))
    statuses = {member.target.id: member.last for member in federation.members if member.last}
    if form == "html":
        pages = request.app[PAGES]
        text = pages.targets(language_of(request), [member.target for member in federation.members], statuses)
        return web.Response(text=text, content_type="text/html", charset="utf-8", headers=_VARY)
    documents = [
        target_document(member.target, member.last, health_document(member, now)) for member in federation.members
    ]
    return web.Response(body=to_json({"targets": documents}), content_type=FORMATS["json"], headers={"Vary": "Accept"})
