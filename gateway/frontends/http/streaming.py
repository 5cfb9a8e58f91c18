"""The stream of what arrives: the page as it stands, again and again, and each library as it answers."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from typing import Any

from aiohttp import web

from gateway.core.answer import Answer, SearchRequest
from gateway.core.record import UnionRecord
from gateway.core.target import State
from gateway.frontends.http.context import FEDERATION, FORMATS
from gateway.frontends.http.documents import (
    answer_document,
    brief_document,
    names_of,
    status_document,
    to_json,
    union_document,
)

Event = tuple[str, dict[str, Any]]


async def stream(request: web.Request, asked: SearchRequest, form: str, *, brief: bool) -> web.StreamResponse:
    """Events: ``target`` (a library's status, when it changed), ``answer`` (the whole page as it stands), ``done``.

    ``form`` is ``ndjson`` or ``sse``. ``brief``: the page has no more than a script needs to see what is new.
    """
    headers = {
        "Content-Type": f"{FORMATS[form]}; charset=utf-8",
        "Cache-Control": "no-store",
        "X-Accel-Buffering": "no",
    }
    response = web.StreamResponse(headers=headers)
    federation = request.app[FEDERATION]
    pages = None if brief else _Pages(names_of(federation, request.query.get("lang", "zh")))
    encode = _ndjson if form == "ndjson" else _sse
    async with contextlib.aclosing(_events(federation.stream(asked), pages)) as events:
        first = await anext(events)  # an error before the first event is still an ordinary problem
        with contextlib.suppress(ConnectionResetError):  # the reader left, which is no error
            await response.prepare(request)
            await response.write(encode(first))
            async for event in events:
                await response.write(encode(event))
            await response.write_eof()
    return response


def _ndjson(event: Event) -> bytes:
    name, data = event
    return to_json({"event": name, **data}) + b"\n"


def _sse(event: Event) -> bytes:
    name, data = event
    return b"event: " + name.encode() + b"\ndata: " + to_json(data) + b"\n\n"


class _Pages:
    """Documents of one search's pages. A union record that is shown again as it was is not written again."""

    def __init__(self, names: dict[str, str]) -> None:
        self._names = names
        self._made: dict[str, tuple[UnionRecord, dict[str, Any]]] = {}

    def document(self, answer: Answer) -> dict[str, Any]:
        made = {}
        for union in answer.records:
            known = self._made.get(union.id)
            if known is None or known[0] is not union:
                known = union, union_document(union, self._names)
            made[union.id] = known
        self._made = made
        return answer_document(answer, self._names, records=[made[union.id][1] for union in answer.records])


async def _events(answers: AsyncGenerator[Answer, None], pages: _Pages | None) -> AsyncGenerator[Event, None]:
    """``pages`` makes the documents; none: brief ones."""

    async def document(answer: Answer) -> dict[str, Any]:
        return brief_document(answer) if pages is None else await asyncio.to_thread(pages.document, answer)

    told: dict[str, dict[str, Any]] = {}
    shown: list[str] | None = None
    answer: Answer | None = None
    async with contextlib.aclosing(answers) as steps:
        async for answer in steps:
            for status in answer.targets:
                if status.state is not State.WAITING and told.get(status.id) != (now := status_document(status)):
                    told[status.id] = now
                    yield "target", now
            ids = [f"{union.id}:{len(union.members)}" for union in answer.records]
            if ids != shown:
                shown = ids
                yield "answer", await document(answer)
    if answer is not None:
        yield "done", await document(answer)
