"""``GET /search``: one request, answered as a page, as JSON, or as a stream of what arrives."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from gateway.core.answer import ALL_FACETS, Answer, SearchRequest
from gateway.core.errors import RetriableError
from gateway.core.ports import Completion
from gateway.frontends.http.context import (
    FEDERATION,
    FORMATS,
    PAGES,
    PARSERS,
    SENDING,
    SETTINGS,
    language_of,
    preferred,
)
from gateway.frontends.http.documents import answer_document, brief_document, names_of, to_json
from gateway.frontends.http.params import parse_request
from gateway.frontends.http.problems import ProblemError
from gateway.frontends.http.streaming import stream
from gateway.frontends.http.suggesting import MAX_QUERY

OFFERED = ("json", "html", "ndjson", "sse")
#: Seconds that libraries still asked when a page is shown go on, for the page's script that follows with a stream.
LINGER = 5.0
COMPLETIONS = 8


async def search(request: web.Request) -> web.StreamResponse:
    form = preferred(request, OFFERED)
    if form is None:
        raise ProblemError(406, "format", f"/search answers as {', '.join(OFFERED)}; ask with format= or Accept")
    settings = request.app[SETTINGS]
    if form == "html" and not request.query.get("q", "").strip():
        raise web.HTTPFound("/")
    if (address := _canonical(request)) is not None:
        raise web.HTTPFound(address)
    default = settings.page_deadline if form == "html" else settings.deadline
    asked = parse_request(request.query, settings, request.app[PARSERS], default)
    if form == "html":
        return await _page(request, replace(asked, facets=ALL_FACETS, histogram=True))
    brief = request.query.get("brief") == "1"
    if brief:
        asked = replace(asked, facets=())
    if form == "json":
        answer = await request.app[FEDERATION].search(asked)
        body = to_json(await asyncio.to_thread(brief_document if brief else partial(_document, request), answer))
        return web.Response(body=body, content_type=FORMATS["json"], headers={"Vary": "Accept"})
    return await stream(request, asked, form, brief=brief)


def _document(request: web.Request, answer: Answer) -> dict[str, Any]:
    names = names_of(request.app[FEDERATION], request.query.get("lang", "zh"))
    return answer_document(answer, names, highlight=request.query.get("highlight") == "1")


def _canonical(request: web.Request) -> str | None:
    """The address with the years that a form asked for (``from``, ``to``) as a filter; None when there are none."""
    if "from" not in request.query and "to" not in request.query:
        return None
    ends = [request.query.get(name, "").strip() for name in ("from", "to")]
    for name, end in zip(("from", "to"), ends, strict=True):
        if end and not re.fullmatch(r"[0-9]{1,4}", end):
            raise ProblemError(400, "parameter", f"{name}={end[:40]!r} is not a year; write its digits", parameter=name)
    kept = [(name, value) for name, value in request.query.items() if name not in ("from", "to", "page")]
    if any(ends):
        kept = [pair for pair in kept if not (pair[0] == "filter" and pair[1].startswith("year:"))]
        kept.append(("filter", f"year:{ends[0]}..{ends[1]}"))
    return "/search?" + urlencode(kept, safe=":")


async def _page(request: web.Request, asked: SearchRequest) -> web.Response:
    language = language_of(request)
    params = {key: request.query.getall(key) for key in dict.fromkeys(request.query)}
    held = request[SENDING]
    completing = asyncio.create_task(_completions(request, asked))  # the index looks for both at once
    held.callback(completing.cancel)
    answer = await held.enter_async_context(request.app[FEDERATION].screen(asked, LINGER))
    text = request.app[PAGES].search(language, answer, params=params, completions=await completing)
    headers = {"Vary": "Accept, Accept-Language, Cookie", "Cache-Control": "private, no-cache"}
    return web.Response(text=text, content_type="text/html", charset="utf-8", headers=headers)


async def _completions(request: web.Request, asked: SearchRequest) -> tuple[Completion, ...]:
    """What readers may type instead, for those whose browser runs no script."""
    if len(asked.query.text) > MAX_QUERY:
        return ()
    try:
        return await request.app[FEDERATION].indexed.complete(asked.query.text, COMPLETIONS)
    except RetriableError:
        return ()
