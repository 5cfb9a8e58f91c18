"""Reading documents by id and by key; by id always the latest, by key what was visible at the last refresh."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gateway.core.record import Record, UnionRecord
from gateway.records import keys
from index.elasticsearch.documents import stored_record, stored_union
from index.elasticsearch.transport import Transport

_IDS = 500
_KEYS = 1_000
_PAGE = 1_000


class Reader:
    def __init__(self, transport: Transport, records: str, unions: str, *, patient: bool = False) -> None:
        """``patient`` for what is read in order to write: nobody waits for it, and giving up would lose the write."""
        self._read = transport.write if patient else transport.read
        self._records = records
        self._unions = unions

    async def heads(self, record_ids: Iterable[str], *names: str) -> dict[str, dict[str, Any]]:
        """These attributes of the records that are stored, by record id; none named: all."""
        by_uid = {keys.uid(record_id): record_id for record_id in record_ids}
        found = await self._mget(self._records, list(by_uid), ("id", *names) if names else ())
        return {by_uid[uid]: source for uid, source in found.items() if "id" in source}

    async def union_heads(self, union_ids: Iterable[str], *names: str) -> dict[str, dict[str, Any]]:
        """The same of living unions, by id."""
        wanted = ("uid", "kind", *names) if names else ()
        found = await self._mget(self._unions, list(dict.fromkeys(union_ids)), wanted)
        return {uid: source for uid, source in found.items() if source["kind"] == "union"}

    async def whole(self, heads: Sequence[Mapping[str, Any]]) -> list[UnionRecord]:
        """Unions from their documents, in this order; one whose members have just moved away is left out."""
        members = dict.fromkeys(member for head in heads for member in head["members"])
        stored = await self.heads(members)
        held = {name: stored_record(source) for name, source in stored.items()}
        unions = (stored_union(head, held) for head in heads)
        return [union for union in unions if union is not None]

    async def unions_of(self, record_ids: Sequence[str]) -> list[UnionRecord]:
        pointers = await self.heads(record_ids, "union")
        heads = await self.union_heads(sorted({source["union"] for source in pointers.values()} - {""}))
        return await self.whole([head for head in heads.values() if not pointers.keys().isdisjoint(head["members"])])

    async def of_uid(self, uid: str) -> list[UnionRecord]:
        """The union that holds the member with this uid, if any."""
        found = await self._mget(self._records, [uid], ("id", "union"))
        if "id" not in found.get(uid, {}):
            return []
        heads = await self.union_heads([found[uid]["union"]] if found[uid]["union"] else [])
        return await self.whole([head for head in heads.values() if found[uid]["id"] in head["members"]])

    async def heirs(self, uid: str) -> tuple[str, ...] | None:
        """Who was in one union with the record of this uid when it went; None when it is there or never was."""
        found = (await self._mget(self._records, [uid], ("gone", "heirs"))).get(uid, {})
        return tuple(found.get("heirs", ())) if found.get("gone") else None

    async def any_union(self, union_id: str) -> dict[str, Any] | None:
        """A union's document, living or gone."""
        return (await self._mget(self._unions, [union_id], ())).get(union_id)

    async def candidates(self, wanted: Sequence[str]) -> list[Record]:
        found: dict[str, Record] = {}
        for part in _parts(wanted, _KEYS):
            after: list[Any] | None = None
            while True:
                answer = await self._read(
                    lambda es, part=part, after=after: es.search(  # type: ignore[misc]
                        index=self._records,
                        query={"bool": {"filter": [{"terms": {"keys": part}}]}},
                        sort=[{"uid": "asc"}],
                        size=_PAGE,
                        search_after=after,
                        track_total_hits=False,
                    )
                )
                hits = answer["hits"]["hits"]
                for hit in hits:
                    record = stored_record(hit["_source"])
                    found[record.id] = record
                if len(hits) < _PAGE:
                    break
                after = hits[-1]["sort"]
        return [found[name] for name in sorted(found)]

    async def _mget(self, index: str, ids: Sequence[str], names: Sequence[str]) -> dict[str, dict[str, Any]]:
        parts = await asyncio.gather(*(self._part(index, part, names) for part in _parts(ids, _IDS)))
        return {uid: source for part in parts for uid, source in part.items()}

    async def _part(self, index: str, ids: Sequence[str], names: Sequence[str]) -> dict[str, dict[str, Any]]:
        answer = await self._read(lambda es: es.mget(index=index, ids=list(ids), source_includes=list(names) or None))
        return {item["_id"]: item["_source"] for item in answer["docs"] if item.get("found")}


def _parts(values: Sequence[str], size: int) -> list[list[str]]:
    return [list(values[start : start + size]) for start in range(0, len(values), size)]
