"""A change as the documents to write, with all that it was worked out from and all that it touches."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.core.errors import DataError
from gateway.core.ports import Change
from gateway.records import keys
from index.elasticsearch.bulk import Operation
from index.elasticsearch.documents import (
    dissolved_operation,
    gone_operation,
    match_keys,
    moved_operation,
    record_operation,
    union_operation,
)
from index.elasticsearch.log import touch
from index.elasticsearch.reader import Reader


@dataclass(frozen=True, slots=True)
class Planned:
    operations: list[Operation]
    reads: set[bytes]
    touches: frozenset[bytes]


class Planner:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def plan(self, change: Change) -> Planned:
        """Raises ``DataError`` when a union names a member that is not stored."""
        coming = {record.id: record for record in change.records}
        place = {member.id: union.id for union in change.unions for member in union.members}
        concerned = {*coming, *place, *change.deleted}
        heads = await self._reader.heads(concerned, "union", "added")
        for union in change.unions:
            for member in union.members:
                if (member.id not in coming and member.id not in heads) or member.id in change.deleted:
                    raise DataError(
                        f"Union {union.id} names member {member.id}, which is not stored; nothing was changed"
                    )
        before = {head["union"] for head in heads.values()} | {union.id for union in change.unions}
        old = await self._reader.union_heads((before | set(change.dissolved)) - {""}, "members", "sources")
        written = {union.id for union in change.unions}
        dissolved = (set(change.dissolved) | _emptied(old, place, change.deleted)) & set(old) - written
        moving = {name for name, union_id in place.items() if name not in coming and heads[name]["union"] != union_id}
        moved = await self._reader.heads(moving) if moving else {}
        now = time.time()
        operations = await asyncio.to_thread(_operations, change, place, heads, moved, dissolved, old, now)
        unions = {*written, *dissolved}
        members = {name for uid in unions if uid in old for name in old[uid]["members"]}
        touches = {touch("r", name) for name in concerned | members} | {touch("u", uid) for uid in unions}
        touches |= {touch("k", key) for record in coming.values() for key in match_keys(record)}
        reads = {touch("r", name) for name in concerned} | {touch("u", uid) for uid in old}
        return Planned(operations, reads, frozenset(touches))


def _emptied(old: Mapping[str, Mapping[str, Any]], place: Mapping[str, str], deleted: tuple[str, ...]) -> set[str]:
    """Unions that lose their last member."""
    gone = set(deleted)
    return {
        uid for uid, head in old.items() if all(name in gone or place.get(name, uid) != uid for name in head["members"])
    }


def _operations(
    change: Change,
    place: Mapping[str, str],
    heads: Mapping[str, Mapping[str, Any]],
    moved: Mapping[str, Mapping[str, Any]],
    dissolved: set[str],
    old: Mapping[str, Mapping[str, Any]],
    now: float,
) -> list[Operation]:
    added = {name: float(head["added"]) for name, head in heads.items()}
    out: list[Operation] = []
    for record in {record.id: record for record in change.records}.values():
        held = heads[record.id]["union"] if record.id in heads else ""
        union_id = place.get(record.id, "" if held in dissolved else held)
        out.append(record_operation(record, union_id, added.get(record.id, now), match_keys(record)))
    out += [moved_operation(source, place[name]) for name, source in moved.items()]
    out += [gone_operation(keys.uid(name), change.heirs.get(name, ())) for name in change.deleted if name in heads]
    for union in {union.id: union for union in change.unions}.values():
        out.append(union_operation(union, min((added.get(member.id, now) for member in union.members), default=now)))
    out += [dissolved_operation(uid, old[uid]["sources"]) for uid in sorted(dissolved)]
    return out
