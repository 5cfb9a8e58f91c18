"""The Elasticsearch index as the gateway sees it. Many gateways and harvesters may hold the same one at once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from gateway.core.decision import Decision
from gateway.core.errors import ConfigurationError, ConflictError, DataError, WenyuanError
from gateway.core.ports import Change, Completion, IndexPage, IndexScan, IndexSearch, Listed, Listing, ScanPage
from gateway.core.record import Record, UnionRecord
from index import completing, fields, plan
from index.elasticsearch import browsing, listing, searching, walking
from index.elasticsearch.changing import Planner
from index.elasticsearch.deciding import TOUCH, Deciding
from index.elasticsearch.documents import match_key
from index.elasticsearch.location import Location, parse_location
from index.elasticsearch.log import Log, touch
from index.elasticsearch.reader import Reader
from index.elasticsearch.rebuilding import Progress, Rebuilding
from index.elasticsearch.schema import KINDS, alias, prepare
from index.elasticsearch.transport import PATIENCE_WRITING, Transport
from index.similar import MAX_SIZE, similar_plan
from index.spelling import did_you_mean

_ATTEMPTS = 50


class ElasticsearchIndex:
    """``gateway.core.ports.SharedIndex`` (and ``ListingIndex``, ``NotingIndex``). Made by :func:`open_index`."""

    def __init__(self, location: Location, transport: Transport) -> None:
        self._location = location
        self._transport = transport
        self._names = {kind: alias(location, kind) for kind in KINDS}
        self.reader = Reader(transport, self._names["records"], self._names["unions"])
        self.patient = Reader(transport, self._names["records"], self._names["unions"], patient=True)
        self.log = Log(transport, location, self._names)
        self.deciding = Deciding(transport, self._names["log"], self.log)
        self._planner = Planner(self.patient)
        self._fresh = -1  # the clean change at the last refresh of the records
        self._refreshing = asyncio.Lock()

    async def open(self, *, outdated: bool = False) -> None:
        try:
            await prepare(self._transport, self._location, outdated=outdated)
            await self.log.open()
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        await self._transport.close()

    # Writing

    async def begin(self) -> View:
        """A view for one change; see ``gateway.core.ports.SharedIndex``."""
        await self.log.look()
        return View(self, self.log.clean)

    async def apply(self, change: Change) -> None:
        """Durable when this returns; visible to ``search`` after ``refresh`` or about a second later.

        Whatever others wrote meanwhile is overwritten: for a change that was worked out from what is stored, ``begin``.
        """
        for _ in range(_ATTEMPTS):
            try:
                await (await self.begin()).apply(change)
            except ConflictError:
                continue
            return
        raise ConflictError(f"Other writers were faster {_ATTEMPTS} times; write with fewer at once")

    async def write(self, change: Change, since: int, reads: set[bytes]) -> None:
        """Commit and apply a change that was worked out from ``reads`` at change ``since``."""
        try:
            planned = await self._planner.plan(change)
        except DataError:
            await self.log.validate(since, frozenset(reads))  # perhaps it is another writer's doing
            raise
        operations, reads, touches = planned.operations, reads | planned.reads, planned.touches
        if change.decisions:
            operations += await self.deciding.operations(change.decisions)
            reads, touches = reads | {TOUCH}, touches | {TOUCH}
        n = await self.log.commit(since, frozenset(reads), touches, operations)
        try:
            await asyncio.shield(self.log.apply(n, operations))
        except DataError:
            raise
        except (WenyuanError, asyncio.CancelledError):
            self.log.abandon(n)
            raise

    async def rebuild(self, progress: Progress | None = None) -> int:
        """See ``gateway.core.ports.RebuildingIndex``."""
        return await Rebuilding(self._transport, self._location, self.log, self.patient).run(progress)

    async def make_current(self, since: int) -> None:
        """Let candidates see every change up to ``since``."""
        async with self._refreshing:
            if self._fresh < since:
                clean = self.log.clean
                await self._transport.write(lambda es: es.indices.refresh(index=self._names["records"]))
                self._fresh = clean

    # Reading

    async def candidates(self, keys: Sequence[str]) -> tuple[Record, ...]:
        if not keys:
            return ()
        await self.log.look()
        await self.make_current(self.log.clean)
        return tuple(await self.reader.candidates(list(dict.fromkeys(map(match_key, keys)))))

    async def unions_of(self, record_ids: Sequence[str]) -> tuple[UnionRecord, ...]:
        return tuple(await self.reader.unions_of(record_ids))

    async def known(self, record_ids: Sequence[str]) -> frozenset[str]:
        return frozenset(await self.reader.heads(record_ids, "id"))

    async def resolve(self, uid: str) -> UnionRecord | None:
        found = await self.reader.of_uid(uid)
        return found[0] if found else None

    async def search(self, search: IndexSearch) -> IndexPage:
        page = await self._page(search)
        if page.total or not search.forgiving or search.query is None:
            return page
        near = await self._page(search, forgiving=True)
        if not near.total:
            return page
        best = near.records
        if search.start or search.cursor:
            best = (await self._page(replace(search, start=0, cursor=None), forgiving=True)).records
        meant = await asyncio.to_thread(did_you_mean, search.query, best)
        return replace(near, approximate=True, suggestion=meant)

    async def _page(self, search: IndexSearch, *, forgiving: bool = False) -> IndexPage:
        body = searching.request(search, forgiving=forgiving)
        cursor = ""
        if search.cursor is None:
            answer = await self._listing(body)
        else:
            answer, cursor = await walking.step(self._transport, self._names["unions"], search, body)
        heads = [hit["_source"] for hit in answer["hits"]["hits"]]
        unions = await self.reader.whole(heads)
        facets, years = searching.facets(search, answer), searching.years(answer)
        total = int(answer["hits"]["total"]["value"])
        return IndexPage(total, tuple(unions), facets, years=years, cursor=cursor)

    # gateway.core.ports.ScanningIndex, CompletingIndex, SimilarIndex

    @property
    def browsable(self) -> frozenset[str]:
        return fields.BROWSABLE

    async def scan(self, scan: IndexScan) -> ScanPage:
        return await browsing.scan(self._listing, scan)

    async def complete(self, beginning: str, *, size: int = 10) -> tuple[Completion, ...]:
        wanted = max(1, min(size, completing.MAX_SIZE))
        node = completing.beginning(beginning)
        if isinstance(node, plan.Nothing):
            return ()
        answer = await self._listing(searching.best(node, wanted * completing.RECORDS_FOR_ONE))
        unions = await self.reader.whole([hit["_source"] for hit in answer["hits"]["hits"]])
        return completing.completions(
            beginning, ((union.record, partial(tuple, union.members)) for union in unions), wanted
        )

    async def similar(self, union: UnionRecord, *, size: int = 5) -> tuple[UnionRecord, ...]:
        node = similar_plan(union)
        if isinstance(node, plan.Nothing):
            return ()
        answer = await self._listing(searching.best(node, max(1, min(size, MAX_SIZE))))
        return tuple(await self.reader.whole([hit["_source"] for hit in answer["hits"]["hits"]]))

    async def refresh(self) -> None:
        """Also finishes changes that a dead writer left."""
        await self.log.settle_all()
        names = [self._names["unions"], self._names["records"]]
        await self._transport.write(lambda es: es.indices.refresh(index=names))

    async def statistics(self) -> Mapping[str, int]:
        async def count(kind: str, field: str, value: object = None) -> int:
            query = {"exists": {"field": field}} if value is None else {"term": {field: value}}
            answer = await self._transport.read(lambda es: es.count(index=self._names[kind], query=query))
            return int(answer["count"])

        records, unions = await asyncio.gather(count("records", "uid"), count("unions", "kind", "union"))
        return {"records": records, "unions": unions, "change": await self.log.look()}

    # gateway.core.ports.DecidingIndex and TracingIndex

    async def decisions(self) -> tuple[Decision, ...]:
        await self.log.look()
        return await self.deciding.all()

    async def heirs(self, uid: str) -> tuple[str, ...] | None:
        return await self.reader.heirs(uid)

    # gateway.core.ports.ListingIndex

    async def listed(self, asked: Listing, *, after: str = "", size: int, whole: bool) -> tuple[Listed, ...]:
        position = listing.position(after)
        answer = await self._listing(listing.request(asked, await self._settled(), position, size))
        return await self._as_listed([hit["_source"] for hit in answer["hits"]["hits"]], whole)

    async def listed_count(self, asked: Listing) -> int:
        answer = await self._listing(listing.request(asked, await self._settled(), None, 0))
        return int(answer["hits"]["total"]["value"])

    async def listed_one(self, union_id: str, *, whole: bool) -> Listed | None:
        head = await self.reader.any_union(union_id)
        found = await self._as_listed([head], whole) if head else ()
        return found[0] if found else None

    async def listed_first(self) -> int | None:
        answer = await self._listing(listing.request(Listing(), await self._settled(), None, 1))
        hits = answer["hits"]["hits"]
        return int(hits[0]["_source"]["at"]) if hits else None

    async def sources(self) -> Mapping[str, int]:
        await self.refresh()
        aggregation = {"sources": {"terms": {"field": "source", "size": 10_000, "order": {"_key": "asc"}}}}
        answer = await self._transport.read(
            lambda es: es.search(index=self._names["records"], size=0, aggregations=aggregation)
        )
        return {str(item["key"]): int(item["doc_count"]) for item in answer["aggregations"]["sources"]["buckets"]}

    async def _settled(self) -> int:
        await self.refresh()
        return self.log.clean

    async def _listing(self, body: dict[str, Any]) -> Any:
        return await self._transport.read(lambda es: es.search(index=self._names["unions"], body=body))

    async def _as_listed(self, heads: Sequence[Mapping[str, Any]], whole: bool) -> tuple[Listed, ...]:
        living = [head for head in heads if head["kind"] == "union"]
        unions = {union.id: union for union in await self.reader.whole(living)} if whole else {}
        return tuple(listing.listed(head, unions.get(head["uid"])) for head in heads)

    # gateway.core.ports.NotingIndex

    async def note(self, name: str) -> str | None:
        found = await self._transport.read(lambda es: es.mget(index=self._names["log"], ids=[f"note:{name}"]))
        held = found["docs"][0]
        return str(held["_source"]["text"]) if held.get("found") else None

    async def set_note(self, name: str, value: str) -> None:
        await self._transport.write(
            lambda es: es.index(
                index=self._names["log"], id=f"note:{name}", document={"text": value}, require_alias=True
            )
        )


class View:
    """The index as one change sees it: remembers what was read, and applies only if that still holds."""

    def __init__(self, index: ElasticsearchIndex, since: int) -> None:
        self._index = index
        self._since = since
        self._reads: set[bytes] = set()

    async def apply(self, change: Change) -> None:
        """Raises ``ConflictError`` when another writer changed what was read through this view; nothing is written."""
        await self._index.write(change, self._since, self._reads)

    async def candidates(self, keys: Sequence[str]) -> tuple[Record, ...]:
        wanted = list(dict.fromkeys(map(match_key, keys)))
        if not wanted:
            return ()
        self._reads.update(touch("k", key) for key in wanted)
        await self._index.make_current(self._since)
        return tuple(await self._index.patient.candidates(wanted))

    async def unions_of(self, record_ids: Sequence[str]) -> tuple[UnionRecord, ...]:
        self._reads.update(touch("r", name) for name in record_ids)
        found = await self._index.patient.unions_of(record_ids)
        self._reads.update(touch("u", union.id) for union in found)
        self._reads.update(touch("r", member.id) for union in found for member in union.members)
        return tuple(found)

    async def known(self, record_ids: Sequence[str]) -> frozenset[str]:
        self._reads.update(touch("r", name) for name in record_ids)
        return await self._index.known(record_ids)

    async def resolve(self, uid: str) -> UnionRecord | None:
        found = await self._index.resolve(uid)
        if found is not None:
            self._reads.update(touch("r", member.id) for member in found.members)
        return found

    async def decisions(self) -> tuple[Decision, ...]:
        self._reads.add(TOUCH)
        return await self._index.deciding.all()

    async def search(self, search: IndexSearch) -> IndexPage:
        return await self._index.search(search)

    async def refresh(self) -> None:
        await self._index.refresh()

    async def statistics(self) -> Mapping[str, int]:
        return await self._index.statistics()

    async def close(self) -> None:
        """Nothing: the index stays open."""


async def open_index(
    location: str, *, outdated: bool = False, patience: float = PATIENCE_WRITING
) -> ElasticsearchIndex:
    """Open (and make, if need be) the index at an address like ``http://host:9200/prefix``.

    ``outdated`` opens one of an earlier format, too: only to rebuild it. ``patience``: seconds for which writes are
    tried again while the node is busy or away. Raises ``ConfigurationError`` for an address, a user or an index that
    cannot be used, ``RetriableError`` when the node does not answer.
    """
    place = parse_location(location)
    try:
        index = ElasticsearchIndex(place, Transport(place, patience_writing=patience))
    except (ValueError, OSError) as error:
        raise ConfigurationError(f"The address of the index {place} cannot be used", detail=str(error)) from error
    await index.open(outdated=outdated)
    return index
