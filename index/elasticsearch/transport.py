"""Requests to the node: tried again while it is busy or away, and failures as errors of our own.

A node that is overloaded says 429 (or 503 while shards move); then, and when it cannot be reached, a request is tried
again after growing, jittered pauses until the patience of its kind is over. All requests of this engine may be repeated
without harm.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any

from elasticsearch import ApiError, AsyncElasticsearch, TransportError, UnsupportedProductError

from gateway.core.errors import (
    ConfigurationError,
    DataError,
    FatalTargetError,
    RetriableError,
    WenyuanError,
)
from index.elasticsearch.location import Location

#: Seconds for which a request is tried again: people wait for searches, nobody for a write.
PATIENCE_READING = 3.0
PATIENCE_WRITING = 60.0
_FIRST_PAUSE = 0.05
_LONGEST_PAUSE = 2.0
BUSY = frozenset((429, 502, 503, 504))
#: Said of a node that closed its indices for writing: by itself when its disk is nearly full (429), for somebody (403).
BLOCKED = (
    "takes no writes: its disk is nearly full, or somebody closed the index for writing; free space there, and what "
    "was not written can be sent again"
)

#: The type of error of an index that is not there at all.
_LOST = "index_not_found_exception"

Request = Callable[[AsyncElasticsearch], Awaitable[Any]]


class Transport:
    """One client of one node (or of a cluster behind one address)."""

    def __init__(self, location: Location, *, patience_writing: float = PATIENCE_WRITING) -> None:
        self._location = location
        self._client = location.client()
        self._patience_writing = patience_writing
        self._closed = False

    async def close(self) -> None:
        self._closed = True
        await self._client.close()

    async def read(self, request: Request) -> Any:
        return await self._tried(request, PATIENCE_READING)

    async def write(self, request: Request) -> Any:
        return await self._tried(request, self._patience_writing)

    def pauses(self) -> Pauses:
        """For a caller that repeats parts of a request by itself."""
        return Pauses(self._patience_writing)

    async def _tried(self, request: Request, patience: float) -> Any:
        pauses = Pauses(patience)
        while True:
            if self._closed:
                # The client would open its connections anew, and nobody closes it a second time.
                raise RetriableError(f"The index at {self._location.node} was closed")
            try:
                answer = await request(self._client)
            except (ApiError, TransportError, UnsupportedProductError) as error:
                failure = self._failure(error)
                if not isinstance(failure, RetriableError) or not await pauses.wait():
                    raise failure from error
            else:
                body = answer.body if hasattr(answer, "body") else answer
                failed = away(body)
                if failed is None:
                    return body
                if failed["type"] == _LOST or not await pauses.wait():
                    raise self._away(failed)

    def _away(self, failed: dict[str, str]) -> WenyuanError:
        reason = f"{failed['type']}: {failed.get('reason', '')}"[:500]
        where = f"Elasticsearch at {self._location.node}"
        if failed["type"] == _LOST:
            return FatalTargetError(
                f"{where} has lost the indices of {self._location.prefix}; start the gateway again or restore them",
                detail=reason,
            )
        return RetriableError(
            f"{where} has not all of the index at hand; ask again in a moment", detail=reason, retry_after=1.0
        )

    def _failure(self, error: Exception) -> WenyuanError:
        where = f"Elasticsearch at {self._location.node}"
        if isinstance(error, UnsupportedProductError):
            return ConfigurationError(f"What answers at {self._location.node} is not Elasticsearch; check the address")
        if isinstance(error, TransportError):
            return RetriableError(f"{where} cannot be reached; check that it runs", detail=error.message)
        assert isinstance(error, ApiError)
        status = error.status_code
        reason = reason_of(error.body) or error.message
        failure: WenyuanError
        if blocked(error.body):
            failure = RetriableError(f"{where} {BLOCKED}", detail=reason, retry_after=30.0)
        elif status in BUSY:
            failure = RetriableError(f"{where} is busy; ask again in a moment", detail=reason, retry_after=1.0)
        elif status in (401, 403):
            failure = ConfigurationError(
                f"{where} refuses this user; check the user and password in the index's address",
                detail=reason,
            )
        elif status == 413:
            failure = DataError(f"{where} takes no request of this size; hand over fewer records at once")
        elif status == 404:
            failure = FatalTargetError(
                f"{where} has lost the indices of {self._location.prefix}; start the gateway again or restore them",
                detail=reason,
            )
        else:
            failure = FatalTargetError(f"{where} refused a request with status {status}", detail=reason)
        failure.code = f"http:{status}"
        return failure


class Pauses:
    """Growing pauses with jitter until ``patience`` seconds are over."""

    def __init__(self, patience: float) -> None:
        self._until = asyncio.get_running_loop().time() + patience
        self._pause = _FIRST_PAUSE

    async def wait(self) -> bool:
        """False, at once, when the patience is over."""
        left = self._until - asyncio.get_running_loop().time()
        if left <= 0:
            return False
        await asyncio.sleep(min(self._pause * random.uniform(0.5, 1.5), left))  # noqa: S311 (jitter)
        self._pause = min(self._pause * 2, _LONGEST_PAUSE)
        return True


def away(answer: object) -> dict[str, str] | None:
    """Why an answer with a good status lacks something: parts of an index are not open yet (a node that has just
    started, shards that move). ``type`` and ``reason`` of the first failure; None for a whole answer.

    What was not looked at must never be taken for what is not there: a change worked out from it would be wrong.
    """
    if not isinstance(answer, dict):
        return None
    if isinstance(found := answer.get("docs"), list):
        failed = [item["error"] for item in found if isinstance(item, dict) and "error" in item]
        return _named(failed[0]) if failed else None
    shards = answer.get("_shards")
    if "result" in answer or not isinstance(shards, dict) or not shards.get("failed"):
        return None
    failures = shards.get("failures") or [{}]
    return _named(failures[0].get("reason"))


def _named(error: object) -> dict[str, str]:
    told = error if isinstance(error, dict) else {}
    causes = told.get("root_cause") or [told]
    return {"type": str(causes[0].get("type", "shards failed")), "reason": str(causes[0].get("reason", ""))}


def blocked(told: object) -> bool:
    """Whether an answer (or one item of it) refuses to write until somebody has made room or opened the index."""
    error = told.get("error", told) if isinstance(told, dict) else None
    return isinstance(error, dict) and error.get("type") == "cluster_block_exception"


def reason_of(body: object) -> str:
    """The innermost reason in an answer of the node."""
    error = body.get("error", body) if isinstance(body, dict) else body
    if not isinstance(error, dict):
        return str(error)[:500] if error else ""
    causes = error.get("root_cause") or [error]
    cause = error.get("caused_by") or causes[0]
    return f"{cause.get('type', 'error')}: {cause.get('reason', '')}"[:500]
