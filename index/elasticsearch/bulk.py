"""Writing many documents: in requests of bounded size, and only what was refused for want of room again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.core.errors import RetriableError
from index.elasticsearch.transport import BLOCKED, Transport, blocked, reason_of

_MAX_BYTES = 5_000_000
_MAX_DOCUMENTS = 1_000
_FEWEST = 20
#: What is wrong with the document itself. Anything else (a full disk, a lost shard, a closed index) passes.
_FOR_GOOD = frozenset((400, 413))


@dataclass(frozen=True, slots=True)
class Operation:
    """One document to be written whole; what it replaces is gone."""

    kind: str  #: which index it goes to
    id: str
    document: dict[str, Any]


async def write_all(
    transport: Transport, targets: dict[str, str], version: int, at: int, operations: Sequence[Operation]
) -> list[str]:
    """Write each document with its external version, its number of change and its time.

    A document of a later version stays as it is. Returns the reasons for which documents were refused for good; raises
    ``RetriableError`` when the node stays busy or closed for writing.
    """
    return await write_lines(transport, [lines_of(targets[one.kind], version, at, one) for one in operations])


async def write_lines(
    transport: Transport, lines: list[tuple[bytes, bytes]], *, require_alias: bool = True
) -> list[str]:
    """The same for documents as :func:`lines_of` gives them."""
    refused: list[str] = []
    pauses = transport.pauses()
    most = _MAX_DOCUMENTS
    closed = False
    while lines:
        again: list[tuple[bytes, bytes]] = []
        busy = ""
        for chunk in _chunks(lines, most):
            if busy:  # not even tried: the node is to have its rest
                again += chunk
                continue
            body = [line for pair in chunk for line in pair]
            answer = await transport.write(lambda es, body=body: es.bulk(operations=body, require_alias=require_alias))  # type: ignore[misc]
            if not answer["errors"]:
                continue
            for pair, item in zip(chunk, answer["items"], strict=True):
                told = item["index"]
                if told["status"] in _FOR_GOOD:
                    refused.append(f"{told['_id']}: {reason_of(told)}")
                elif told["status"] >= 300 and told["status"] != 409:
                    busy = reason_of(told) or f"status {told['status']}"
                    closed = closed or blocked(told)
                    again.append(pair)
        if again and not await pauses.wait():
            why = BLOCKED if closed else "stays too busy to write; try again later"
            raise RetriableError(f"Elasticsearch {why}", detail=busy)
        lines = again
        most = max(_FEWEST, most // 2)
    return refused


def lines_of(target: str, version: int, at: int, one: Operation) -> tuple[bytes, bytes]:
    """A document of change ``version`` at second ``at`` for the index ``target``, as two lines of a bulk request.

    What is there with this version or a later one stays: a change that is written twice, the second time perhaps by a
    program of an earlier format into an index that was made anew meanwhile, does no harm.
    """
    action = {"index": {"_index": target, "_id": one.id, "version": version, "version_type": "external"}}
    document = {**one.document, "change": version, "at": at}
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    # Halves of surrogate pairs, which a damaged record may hold, are no UTF-8 and no engine takes them.
    return json.dumps(action).encode(), text.encode("utf-8", "replace")


def _chunks(lines: Sequence[tuple[bytes, bytes]], most: int) -> Iterator[list[tuple[bytes, bytes]]]:
    chunk: list[tuple[bytes, bytes]] = []
    size = 0
    for pair in lines:
        if chunk and (len(chunk) >= most or size + len(pair[1]) > _MAX_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(pair)
        size += len(pair[1])
    if chunk:
        yield chunk
