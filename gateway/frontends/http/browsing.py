"""``GET /browse``: the terms of an access point in order, each with the number of records that have it."""

from __future__ import annotations

import re
from urllib.parse import urlencode

from aiohttp import web

from gateway.core.errors import UnsupportedQueryError
from gateway.core.ports import IndexScan, ScanningIndex, ScanPage
from gateway.frontends.http.context import FEDERATION, FORMATS, PAGES, language_of, preferred
from gateway.frontends.http.documents import to_json
from gateway.frontends.http.problems import ProblemError
from gateway.protocols.sru.cql_printer import exact_clause

MAX_TERM = 200
MAX_SIZE = 100
_KNOWN = frozenset({"index", "term", "size", "before", "format", "lang"})


async def browse(request: web.Request) -> web.Response:
    form = preferred(request, ("json", "html"))
    if form is None:
        raise ProblemError(406, "format", "/browse answers as json or html; ask with format= or Accept")
    for name in request.query:
        if name not in _KNOWN:
            raise ProblemError(
                400,
                "parameter",
                f"There is no parameter {name[:40]!r}; known are {', '.join(sorted(_KNOWN))}",
                parameter=name,
            )
    index = request.app[FEDERATION].index
    if not isinstance(index, ScanningIndex):
        raise UnsupportedQueryError("This index cannot be browsed", feature="scan")
    asked = _asked(request)
    page = await index.scan(asked)
    if form == "html":
        text = request.app[PAGES].browse(language_of(request), asked, page, offered=index.browsable)
        headers = {"Vary": "Accept, Accept-Language, Cookie"}
        return web.Response(text=text, content_type="text/html", charset="utf-8", headers=headers)
    document = browse_document(asked, page)
    return web.Response(body=to_json(document), content_type=FORMATS["json"], headers={"Vary": "Accept"})


def _asked(request: web.Request) -> IndexScan:
    term = request.query.get("term", "").strip()
    if len(term) > MAX_TERM:
        words = f"term has {len(term)} characters; the most is {MAX_TERM}"
        raise ProblemError(400, "parameter", words, parameter="term")
    size = _number(request, "size", 20, 1, MAX_SIZE)
    before = _number(request, "before", 0, 0, MAX_SIZE)
    return IndexScan(request.query.get("index", "title"), term, before, size)


def _number(request: web.Request, name: str, default: int, least: int, most: int) -> int:
    value = request.query.get(name, str(default))
    if not re.fullmatch(r"[0-9]{1,4}", value) or not least <= int(value) <= most:
        raise ProblemError(400, "parameter", f"{name} is a whole number from {least} to {most}", parameter=name)
    return int(value)


def browse_document(asked: IndexScan, page: ScanPage) -> dict[str, object]:
    return {
        "index": asked.index,
        "term": asked.term,
        "before": page.before,
        "first": page.first,
        "last": page.last,
        "terms": [
            {
                "term": one.term,
                "display": one.display or one.term,
                "count": one.count,
                "search": "/search?"
                + urlencode([("q", exact_clause(asked.index, one.term)), ("syntax", "cql"), ("scope", "index")]),
            }
            for one in page.terms
        ],
    }
