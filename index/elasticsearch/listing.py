"""Unions in the order of their last change, dissolved ones included: what a harvester of the gateway is given.

A mark is the number of a change and a union's id. Lists end at the last change behind which none is unfinished, so that
a reader who goes on behind a mark meets everything.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from gateway.core.ports import Listed, Listing
from gateway.core.record import UnionRecord
from index.elasticsearch.searching import HEAD

_MARK = re.compile(r"([0-9]{1,18})\.(w[a-z2-7]{15})")


def position(mark: str) -> tuple[int, str] | None:
    """Raises ``ValueError`` for what is no mark."""
    if not mark:
        return None
    match = _MARK.fullmatch(mark)
    if match is None:
        raise ValueError(f"{mark!r} is no place in the list of changes")
    return int(match[1]), match[2]


def request(asked: Listing, last: int, after: tuple[int, str] | None, size: int) -> dict[str, Any]:
    """``last``: the number of the last change to be listed."""
    wanted: list[dict[str, Any]] = [{"range": {"change": {"lte": last}}}]
    times = {name: value for name, value in (("gte", asked.since), ("lte", asked.until)) if value is not None}
    if times:
        wanted.append({"range": {"at": times}})
    if asked.sources is not None:
        wanted.append({"terms": {"sources": list(asked.sources)}})
    body: dict[str, Any] = {
        "query": {"bool": {"filter": wanted}},
        "sort": [{"change": "asc"}, {"uid": "asc"}],
        "size": size,
        "track_total_hits": True,
        "_source": list(HEAD),
    }
    if after is not None:
        body["search_after"] = list(after)
    return body


def listed(head: Mapping[str, Any], union: UnionRecord | None) -> Listed:
    return Listed(
        id=head["uid"],
        at=int(head["at"]),
        sources=tuple(sorted(head["sources"])),
        mark=f"{head['change']}.{head['uid']}",
        union=union,
        gone=head["kind"] != "union",
    )
