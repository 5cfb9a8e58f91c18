"""The known-item test: a reader who knows a book asks for it in ten ways; how far up does it come?

Mean reciprocal rank by way of asking, of our two engines beside plain tantivy (words between spaces, any of them,
BM25), beside Elasticsearch with its ``standard`` analyzer (single Han characters, any of them, BM25) and beside Zebra
(ICU words and single Han characters, all or any of them, its own relevance), on the same union records. The records:
the demonstration's, real ones from files (``WENYUAN_TEST_DATA``, if there), and made ones to stand in the way. The
queries are made by script (``benchmarks._known_queries``); an answer is right when its title is the one that was meant,
in any edition, or its ISBN.

Elasticsearch is the node of ``WENYUAN_ES_URL``, else one that is started for this; without Java or Maven its two
columns are left out.

``WENYUAN_KNOWN_QUERIES`` queries a way (200), ``WENYUAN_KNOWN_MADE`` made records (5,000), ``WENYUAN_KNOWN_SEED``.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from pathlib import Path

import tantivy
from elasticsearch import AsyncElasticsearch

from benchmarks._known_queries import Asked, Item, item_of, queries
from connectors.z3950 import connect
from gateway.core.deadline import Deadline
from gateway.core.errors import DataError, WenyuanError
from gateway.core.ports import Change, Connector, Index, IndexSearch
from gateway.core.query import Clause, Query
from gateway.core.record import Flavour, RawRecord, Record, UnionRecord
from gateway.core.target import Target
from gateway.demo.members import load_members
from gateway.demo.records import records as demo_records
from gateway.lab import shelves
from gateway.protocols.simple import parse_simple
from gateway.records import iso2709
from gateway.records.files import read_file
from gateway.records.marc import Field, MarcRecord
from gateway.records.normalise import normalise
from gateway.union import Unifier
from index import analysis
from index import elasticsearch as shared
from index.embedded import EmbeddedIndex, open_index
from tests.support import elasticsearch, peers

SEED = 20261121
DEPTH = 20
#: Real files of catalogues, with what is known of them.
_REAL: tuple[tuple[str, str, Flavour], ...] = (
    ("lc-marcedit", "*.mrc", Flavour.MARC21),
    ("psu-psulib_traject", "*.mrc", Flavour.MARC21),
    ("trln", "*.mrc", Flavour.MARC21),
    ("pulib-fixtures", "*.xml", Flavour.MARC21),
    ("evergreen", "jazz*.mrc", Flavour.MARC21),
    ("xbib-marc", "periouni.mrc", Flavour.UNIMARC),
)

_ORDER = ("Wenyuan", "Wenyuan ES", "tantivy", "ES standard", "Zebra all", "Zebra any")
_BATCH = 500
_AT_ONCE = 8

Engine = Callable[[str], Awaitable[list[int]]]


def run() -> None:
    asyncio.run(
        _run(
            int(os.environ.get("WENYUAN_KNOWN_QUERIES", "200")),
            int(os.environ.get("WENYUAN_KNOWN_MADE", "5000")),
            int(os.environ.get("WENYUAN_KNOWN_SEED", str(SEED))),
        )
    )


async def _run(count: int, made: int, seed: int) -> None:
    async with contextlib.AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        index = await open_index(str(folder / "index"))
        stack.push_async_callback(index.close)
        await _fill(index, made, seed)
        unions = [union async for union in _all(index)]
        items = [item_of(union) for union in unions]
        print(f"{len(unions)} union records, {count} queries a way, seed {seed}, reciprocal rank within {DEPTH}")
        engines: dict[str, Engine] = {"Wenyuan": _wenyuan(index, unions), "tantivy": _tantivy(items)}
        if os.environ.get("WENYUAN_ES_URL") or elasticsearch.has_java(elasticsearch.V8):
            node = stack.enter_context(elasticsearch.given_or_started())
            place = stack.enter_context(elasticsearch.space(node, "known-item"))
            engines["Wenyuan ES"] = await stack.enter_async_context(_shared(place, unions))
            engines["ES standard"] = await stack.enter_async_context(_standard(node.url, items))
        if shutil.which("zebraidx") and shutil.which("zebrasrv"):
            engines |= await stack.enter_async_context(_zebra(items, folder / "zebra"))
        engines = {name: engines[name] for name in _ORDER if name in engines}
        print(
            f"{'way of asking':26}{'queries':>8}" + "".join(f"{name:>12}" for name in engines) + "    ms a query, each"
        )
        for way, asked in queries(items, count, seed):
            cells, times = [], []
            for engine in engines.values():
                began = time.perf_counter()
                found = await _answers(engine, [one.typed for one in asked])
                rank = [_reciprocal(one, numbers, items) for one, numbers in zip(asked, found, strict=True)]
                times.append(f"{(time.perf_counter() - began) * 1000 / max(len(asked), 1):.1f}")
                cells.append(f"{sum(rank) / max(len(rank), 1):12.3f}")
            print(f"{way:26}{len(asked):8}{''.join(cells)}    {', '.join(times)}", flush=True)


async def _answers(engine: Engine, typed: Sequence[str]) -> list[list[int]]:
    """Some questions at once, as readers ask; the time of one is that of all divided by their number."""
    gate = asyncio.Semaphore(_AT_ONCE)

    async def ask(one: str) -> list[int]:
        async with gate:
            return await engine(one)

    return list(await asyncio.gather(*map(ask, typed)))


def _reciprocal(asked: Asked, found: Sequence[int], items: Sequence[Item]) -> float:
    for place, number in enumerate(found, 1):
        item = items[number]
        if asked.by_isbn:
            right = any(analysis.isbn13(isbn) == asked.by_isbn for isbn in item.isbns)
        else:
            right = item.key == asked.item.key or any(
                analysis.key(title.text) == asked.item.key for title in item.union.record.titles
            )
        if right:
            return 1 / place
    return 0.0


# The records


async def _fill(index: EmbeddedIndex, made: int, seed: int) -> None:
    unifier = Unifier(index)
    for source in (_demo(), _real(), _made(made, seed)):
        batch: list[Record] = []
        for raw in source:
            with contextlib.suppress(DataError):
                batch.append(normalise(raw))
            if len(batch) == 500:
                await unifier.add(batch)
                batch = []
        await unifier.add(batch)
    await index.refresh()


def _demo() -> Iterator[RawRecord]:
    for member in load_members():
        for record in demo_records(member):
            yield record.raw()


def _real() -> Iterator[RawRecord]:
    root = Path(os.environ.get("WENYUAN_TEST_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data")
    for folder, pattern, flavour in _REAL:
        for number, path in enumerate(sorted((root / folder).rglob(pattern))):
            source = f"{folder}-{number}"
            with contextlib.suppress(WenyuanError):  # a file of another kind
                for place, raw in enumerate(read_file(path, source, flavour=flavour)):
                    if not isinstance(raw, DataError):
                        yield RawRecord(
                            source, raw.payload, raw.format, flavour, raw.charset, local_id=f"{place}", position=place
                        )


def _made(count: int, seed: int) -> Iterator[RawRecord]:
    dice = random.Random(seed)
    for place in range(count):
        topic, number = dice.randrange(len(shelves.TOPICS)), dice.randrange(60_000)
        payload = shelves.written(topic, number, Flavour.UNIMARC, "utf-8")
        yield RawRecord("made", payload, "iso2709", Flavour.UNIMARC, "utf-8", local_id=f"{place}")


async def _all(index: EmbeddedIndex) -> AsyncIterator[UnionRecord]:
    start = 0
    while page := (await index.search(IndexSearch(None, start=start, size=1000))).records:
        for union in page:
            yield union
        start += len(page)


# The engines


def _wenyuan(index: Index, unions: Sequence[UnionRecord]) -> Engine:
    number = {union.id: place for place, union in enumerate(unions)}

    async def ask(typed: str) -> list[int]:
        try:
            page = await index.search(IndexSearch(parse_simple(typed), size=DEPTH, forgiving=True))
        except WenyuanError:
            return []
        return [number[union.id] for union in page.records]

    return ask


@contextlib.asynccontextmanager
async def _shared(place: str, unions: Sequence[UnionRecord]) -> AsyncIterator[Engine]:
    """Our own engine over Elasticsearch, with the very same union records."""
    index = await shared.open_index(place)
    for start in range(0, len(unions), _BATCH):
        part = unions[start : start + _BATCH]
        await index.apply(Change(tuple(member for union in part for member in union.members), tuple(part)))
    await index.refresh()
    yield _wenyuan(index, unions)
    await index.close()


@contextlib.asynccontextmanager
async def _standard(url: str, items: Sequence[Item]) -> AsyncIterator[Engine]:
    """Elasticsearch as it comes: one text field, its default analyzer, a ``match`` query."""
    name = "known-item-standard"
    client = AsyncElasticsearch(url)
    await client.options(ignore_status=404).indices.delete(index=name)
    await client.indices.create(index=name, mappings={"properties": {"any": {"type": "text", "analyzer": "standard"}}})
    for start in range(0, len(items), _BATCH):
        operations: list[dict[str, object]] = []
        for number, item in enumerate(items[start : start + _BATCH], start):
            operations += [{"index": {"_id": str(number)}}, {"any": " ".join(_words(item).values())}]
        await client.bulk(index=name, operations=operations)
    await client.indices.refresh(index=name)

    async def ask(typed: str) -> list[int]:
        answer = await client.search(index=name, query={"match": {"any": typed}}, size=DEPTH, source=False)
        return [int(hit["_id"]) for hit in answer["hits"]["hits"]]

    yield ask
    await client.options(ignore_status=404).indices.delete(index=name)
    await client.close()


def _words(item: Item) -> dict[str, str]:
    """What all engines are given of an item, by the kind of text."""
    record = item.union.record
    return {
        "title": " ; ".join(title.full() for title in record.titles),
        "author": " ; ".join(person.name for person in record.contributors),
        "subject": " ; ".join(subject.text for subject in record.subjects),
        "publisher": " ; ".join(publication.publisher for publication in record.publications),
        "isbn": " ".join(item.isbns),
    }


def _tantivy(items: Sequence[Item]) -> Engine:
    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("number", stored=True)
    builder.add_text_field("any", tokenizer_name="whitespace")
    schema = builder.build()
    plain = tantivy.Index(schema)
    writer = plain.writer(64_000_000, 1)
    for number, item in enumerate(items):
        writer.add_document(tantivy.Document(number=number, any=" ".join(_words(item).values()).lower()))
    writer.commit()
    plain.reload()

    async def ask(typed: str) -> list[int]:
        terms = [tantivy.Query.term_query(schema, "any", word) for word in typed.lower().split()]
        query = tantivy.Query.boolean_query([(tantivy.Occur.Should, term) for term in terms])
        searcher = plain.searcher()
        return [searcher.doc(address)["number"][0] for _, address in searcher.search(query, DEPTH).hits]

    return ask


@contextlib.asynccontextmanager
async def _zebra(items: Sequence[Item], folder: Path) -> AsyncIterator[dict[str, Engine]]:
    file = await asyncio.to_thread(_written, items, folder)
    with peers.zebra([file], folder, rules="marc21-utf8") as peer:
        async with contextlib.AsyncExitStack() as stack:
            engines = {}
            for name, structure in (("Zebra all", "4=6"), ("Zebra any", "4=105")):
                target = Target(
                    "zebra", "z3950", host=peer.host, port=peer.port, database=peer.database, page_size=DEPTH,
                    attributes={"any": f"1=1016 {structure} 2=102"},
                )  # fmt: skip
                connector = connect(target)
                stack.push_async_callback(connector.close)
                engines[name] = _zebra_engine(connector)
            yield engines


def _zebra_engine(connector: Connector) -> Engine:
    async def ask(typed: str) -> list[int]:
        found: list[int] = []
        query = Query(Clause("any", typed))
        with contextlib.suppress(WenyuanError):
            async for page in connector.search(query, start=1, limit=DEPTH, deadline=_soon()):
                found += [int(iso2709.read(raw.payload).control("001")) for raw in page.records]
        return found

    return ask


def _soon() -> Deadline:
    return Deadline.after(10.0, asyncio.get_running_loop().time())


def _written(items: Sequence[Item], folder: Path) -> Path:
    folder.mkdir()
    file = folder / "all.mrc"
    with file.open("wb") as stream:
        for number, item in enumerate(items):
            stream.write(iso2709.write(_marc(number, item), "utf-8"))
    return file


def _marc(number: int, item: Item) -> MarcRecord:
    words = _words(item)
    tags = (("isbn", "020"), ("author", "100"), ("title", "245"), ("publisher", "260"), ("subject", "650"))
    fields = [Field.control("001", f"{number:08d}")]
    fields += [Field(tag, " ", " ", _subfields(tag, words[name])) for name, tag in tags if words[name]]
    return MarcRecord("00000nam a2200000   4500", fields)


def _subfields(tag: str, value: str) -> Iterable[tuple[str, str]]:
    return (("b" if tag == "260" else "a", value[:2000]),)
