"""``GET /suggest``: completions while a reader types, in the form that browsers and search boxes read."""

from __future__ import annotations

import re
from html import escape
from urllib.parse import urlencode

from aiohttp import web

from gateway.core.errors import RetriableError
from gateway.core.ports import Completion
from gateway.frontends.http.context import FEDERATION
from gateway.frontends.http.documents import to_json
from gateway.frontends.http.problems import ProblemError

#: OpenSearch 1.1, extension "Suggestions", draft 1: query, completions, descriptions, addresses.
MEDIA_TYPE = "application/x-suggestions+json"
MAX_QUERY = 200
MAX_SIZE = 20
_HOST = re.compile(r"[A-Za-z0-9.\-]{1,255}(:[0-9]{1,5})?|\[[0-9a-fA-F:.]{2,45}\](:[0-9]{1,5})?")
_NAMES = {
    "zh": {"title": "题名", "author": "作者", "subject": "主题"},
    "en": {"title": "title", "author": "author", "subject": "subject"},
}


async def suggest(request: web.Request) -> web.Response:
    """Too long or empty a beginning has no completions; while the index cannot answer there are none either."""
    typed = request.query.get("q", "")
    size = request.query.get("size", "10")
    if not re.fullmatch(r"[0-9]{1,4}", size) or not 1 <= int(size) <= MAX_SIZE:
        raise ProblemError(400, "parameter", f"size is a whole number from 1 to {MAX_SIZE}", parameter="size")
    found: tuple[Completion, ...] = ()
    if typed.strip() and len(typed) <= MAX_QUERY:
        try:
            found = await request.app[FEDERATION].indexed.complete(typed, int(size))
        except RetriableError:
            found = ()
    names = _NAMES["en" if request.query.get("lang") == "en" else "zh"]
    answer = [
        typed,
        [one.text for one in found],
        [names[one.index] for one in found],
        [_address(one.text, one.index) for one in found],
    ]
    headers = {"Cache-Control": "public, max-age=60"}
    return web.Response(body=to_json(answer), content_type=MEDIA_TYPE, headers=headers)


async def description(request: web.Request) -> web.Response:
    """OpenSearch 1.1, draft 6, "OpenSearch description document": what browsers need to search here by themselves."""
    host = request.host if _HOST.fullmatch(request.host) else "localhost"
    here = f"{request.scheme}://{host}"
    urls = [
        ("text/html", "results", "/search?q={searchTerms}&page={startPage?}"),
        ("application/json", "results", "/search?q={searchTerms}&page={startPage?}&size={count?}&format=json"),
        (MEDIA_TYPE, "suggestions", "/suggest?q={searchTerms}"),
        ("application/opensearchdescription+xml", "self", "/opensearch.xml"),
    ]
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<OpenSearchDescription xmlns="http://a9.com/-/spec/opensearch/1.1/">\n'
        "<ShortName>文渊 Wenyuan</ShortName>\n"
        "<Description>全省图书馆联合目录 · One search over every library of the province</Description>\n"
        "<InputEncoding>UTF-8</InputEncoding>\n<Language>zh</Language>\n<Language>en</Language>\n"
        f'<Image height="16" width="16" type="image/svg+xml">{here}/static/favicon.svg</Image>\n'
        + "".join(f'<Url type="{kind}" rel="{rel}" template="{escape(here + path)}"/>\n' for kind, rel, path in urls)
        + "</OpenSearchDescription>\n"
    )
    headers = {"Cache-Control": "public, max-age=3600"}
    return web.Response(
        text=body, content_type="application/opensearchdescription+xml", charset="utf-8", headers=headers
    )


def _address(text: str, index: str) -> str:
    return "/search?" + urlencode([("q", text), ("index", index)])
