"""A node that is now and then too busy: passes requests on to a real one, but answers some with 429 or 503, answers
some items of bulk requests so, loses the answer to some requests that were carried out, and answers some before its
indices are open."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
from collections import Counter
from collections.abc import AsyncIterator, Iterator

import aiohttp
from aiohttp import web

_BUSY = {"error": {"type": "es_rejected_execution_exception", "reason": "queue is full"}, "status": 429}
_HEADERS = {
    "X-Elastic-Product": "Elasticsearch",
    "Content-Type": "application/vnd.elasticsearch+json;compatible-with=8",
}


class BusyNode:
    """``refusing``: the part of requests (and of bulk items) refused; ``always`` refuses all with this status.

    ``opening``: which of the next answers to reading are those of a node whose shards are not open yet.
    """

    def __init__(self, behind: str, seed: int, refusing: float) -> None:
        self._behind = behind
        self._dice = random.Random(seed)
        self.refusing = refusing
        self.always: int | None = None
        self.opening: Iterator[bool] = iter(())
        self.told: Counter[str] = Counter()
        self._session: aiohttp.ClientSession | None = None

    async def handle(self, request: web.Request) -> web.Response:
        body = await request.read()
        if self.always is not None:
            self.told[str(self.always)] += 1
            return web.json_response({**_BUSY, "status": self.always}, status=self.always, headers=_JSON_FREE)
        luck = self._dice.random()
        if luck < self.refusing:
            status = self._dice.choice((429, 503))
            self.told[str(status)] += 1
            return web.json_response({**_BUSY, "status": status}, status=status, headers=_JSON_FREE)
        if request.path.endswith("_bulk") and body:
            body, refused = self._without_some(body)
        else:
            refused = {}
        assert self._session is not None
        headers = {name: request.headers[name] for name in ("Accept", "Content-Type") if name in request.headers}
        url = self._behind + request.raw_path
        async with self._session.request(request.method, url, data=body, headers=headers) as answer:
            text = await answer.read()
        if luck > 1 - self.refusing / 2:
            self.told["lost"] += 1
            assert request.transport is not None
            request.transport.close()
        if refused:
            text = _with_refused(text, refused)
        if answer.status == 200 and request.path.endswith(("_mget", "_search")) and next(self.opening, False):
            self.told["opening"] += 1
            text = _not_open(text)
        return web.Response(body=text, status=answer.status, headers=_HEADERS)

    def _without_some(self, body: bytes) -> tuple[bytes, dict[int, str]]:
        """The body without the refused items; where they stood, with their ids."""
        lines = body.split(b"\n")
        pairs = [(lines[at], lines[at + 1]) for at in range(0, len(lines) - 1, 2)]
        if any(b'"index"' not in action[:10] for action, _ in pairs):
            return body, {}
        refused = {n: json.loads(a)["index"]["_id"] for n, (a, _) in enumerate(pairs) if self._dice.random() < 0.2}
        if len(refused) == len(pairs):
            refused.pop(0)
        self.told["items"] += len(refused)
        kept = [part for n, pair in enumerate(pairs) if n not in refused for part in pair]
        return b"\n".join([*kept, b""]), refused


_JSON_FREE = {"X-Elastic-Product": "Elasticsearch"}


def _with_refused(text: bytes, refused: dict[int, str]) -> bytes:
    answer = json.loads(text)
    for n in sorted(refused):
        answer["items"].insert(n, {"index": {"_id": refused[n], "status": 429, "error": _BUSY["error"]}})
    return json.dumps({**answer, "errors": True}).encode()


def _not_open(text: bytes) -> bytes:
    """As a node answers with a good status while a shard is still being opened."""
    answer = json.loads(text)
    error = {"type": "no_shard_available_action_exception", "reason": "No shard available"}
    if "docs" in answer:
        answer["docs"] = [{"_index": doc["_index"], "_id": doc["_id"], "error": error} for doc in answer["docs"]]
    else:
        answer["hits"]["hits"] = []
        answer["_shards"] |= {"successful": 0, "failed": 1, "failures": [{"shard": 0, "reason": error}]}
    return json.dumps(answer).encode()


@contextlib.asynccontextmanager
async def busy_node(behind: str, *, seed: int = 1, refusing: float = 0.15) -> AsyncIterator[tuple[BusyNode, str]]:
    """The node and its address."""
    node = BusyNode(behind, seed, refusing)
    application = web.Application(client_max_size=200_000_000)
    application.router.add_route("*", "/{rest:.*}", node.handle)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    async with aiohttp.ClientSession() as session:
        node._session = session
        try:
            host, port = runner.addresses[0][:2]
            yield node, f"http://{host}:{port}"
        finally:
            await runner.cleanup()
            await asyncio.sleep(0)
