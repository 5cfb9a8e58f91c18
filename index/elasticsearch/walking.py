"""Walks through whole results: a point in time of the node, which any gateway can go on with.

The cursor holds the point's id and the place behind which to go on; the node forgets a point some minutes after it was
last asked for.
"""

from __future__ import annotations

from typing import Any

from gateway.core.errors import FatalTargetError
from gateway.core.ports import IndexSearch
from index.elasticsearch.transport import Transport
from index.request import cursor_of, lost_walk, state_of

#: For how long a walk may pause.
PATIENCE = "5m"


async def step(transport: Transport, index: str, search: IndexSearch, body: dict[str, Any]) -> tuple[Any, str]:
    """(the answer, where the walk goes on). Raises ``UnsupportedQueryError`` for a cursor that is none or too old."""
    after = None
    if search.cursor:
        point, after = _place(state_of(search))
    else:
        opened = await transport.read(lambda es: es.open_point_in_time(index=index, keep_alive=PATIENCE))
        point = str(opened["id"])
    asked = {**body, "pit": {"id": point, "keep_alive": PATIENCE}}
    if after is not None:
        asked["search_after"] = after
    try:
        answer = await transport.read(lambda es: es.search(body=asked))
    except FatalTargetError as error:
        if search.cursor and error.code in ("http:400", "http:404"):
            raise lost_walk() from error
        raise
    hits = answer["hits"]["hits"]
    if search.cursor and not answer["hits"]["total"]["value"]:
        return answer, ""  # the walk is through what matches nearly, and goes on there
    point = str(answer.get("pit_id", point))
    if len(hits) == search.size:
        return answer, cursor_of(search, [point, hits[-1]["sort"]])
    await transport.read(lambda es: es.close_point_in_time(id=point))
    return answer, ""


def _place(state: list[Any]) -> tuple[str, list[Any]]:
    if len(state) == 2 and isinstance(state[0], str) and isinstance(state[1], list) and state[0]:
        point, after = state
        if all(value is None or isinstance(value, str | int | float) for value in after):
            return point, after
    raise lost_walk()
