"""Asks a real Z39.50 server by our connector."""

from __future__ import annotations

import asyncio
from types import MappingProxyType
from typing import Any

from connectors.z3950 import Z3950Connector
from gateway.core.deadline import Deadline
from gateway.core.ports import Page
from gateway.core.query import Query
from gateway.core.target import Target
from tests.support.peers import Peer


def settings(peer: Peer, **fields: Any) -> Target:
    fields["options"] = MappingProxyType(fields.get("options", {}))
    fields.setdefault("max_records", 5000)
    return Target("peer", "z3950", host=peer.host, port=peer.port, database=peer.database, **fields)


async def pages(target: Target, query: Query, *, start: int = 1, limit: int = 20) -> list[Page]:
    connector = Z3950Connector(target)
    try:
        deadline = Deadline.after(20, asyncio.get_running_loop().time())
        return [page async for page in connector.search(query, start=start, limit=limit, deadline=deadline)]
    finally:
        await connector.close()
