"""Clustering over an index: joins, splits, re-harvests, deletions, and the cost of what did not change."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from gateway.core.ports import Change, Index, IndexSearch
from gateway.core.query import Clause, Query
from gateway.core.record import Contributor, Holding, Identifier, Publication, RawRecord, Record, Title
from gateway.records import keys
from gateway.union import Unifier


def book(
    uid: str,
    title: str = "红楼梦",
    *,
    author: str = "曹雪芹",
    publisher: str = "人民文学出版社",
    year: int = 1996,
    isbn: str = "9787020002207",
    extent: str = "1606页",
) -> Record:
    source, local_id = uid.split(":")
    return Record(
        id=uid,
        source=source,
        local_id=local_id,
        titles=(Title(title),),
        contributors=(Contributor(author, "aut", primary=True),),
        publications=(Publication(publisher=publisher, date=str(year)),),
        year=year,
        identifiers=(Identifier("isbn", isbn, isbn),) if isbn else (),
        extent=extent,
        languages=("chi",),
        holdings=(Holding(source=source),),
        raw=RawRecord(source, f"{uid} {title}".encode(), local_id=local_id),
    )


async def clusters(index: Index) -> set[frozenset[str]]:
    await index.refresh()
    page = await index.search(IndexSearch(None, size=1000))
    assert page.total == len(page.records)
    return {frozenset(member.id for member in union.members) for union in page.records}


class Counting:
    """An index that counts what is written to it."""

    def __init__(self, inner: Index) -> None:
        self._inner = inner
        self.changes: list[Change] = []

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)

    async def apply(self, change: Change) -> None:
        self.changes.append(change)
        await self._inner.apply(change)


async def test_the_same_edition_of_two_libraries_is_one_union(index: Index) -> None:
    one, two, other = book("a:1"), book("b:1", "紅樓夢"), book("a:2", "西游记", author="吴承恩", isbn="9787020008735")
    first = await Unifier(index).add([one])
    both = await Unifier(index).add([two, other])
    assert [len(union.members) for union in first] == [1]
    assert [sorted(member.id for member in union.members) for union in both] == [["a:1", "b:1"], ["a:2"]]
    assert {holding.source for holding in both[0].holdings} == {"a", "b"}
    assert both[0].why
    assert both[0].why[0].same
    assert await clusters(index) == {frozenset({"a:1", "b:1"}), frozenset({"a:2"})}


async def test_a_union_is_found_by_the_uid_of_every_member(index: Index) -> None:
    unifier = Unifier(index)
    one, two = book("a:1"), book("b:1")
    await unifier.add([one])
    before = await unifier.resolve(keys.uid("a:1"))
    await unifier.add([two])
    for uid in (keys.uid("a:1"), keys.uid("b:1")):
        union = await unifier.resolve(uid)
        assert union is not None
        assert union.id == min(keys.uid("a:1"), keys.uid("b:1"))
    assert before is not None


async def test_seen_again_unchanged_costs_no_write(index: Index) -> None:
    counting = Counting(index)
    unifier = Unifier(counting)  # type: ignore[arg-type]
    records = [book("a:1"), book("b:1")]
    first = await unifier.add(records)
    assert len(counting.changes) == 1
    raw = records[0].raw
    assert raw is not None
    again = await unifier.add([replace(records[0], raw=replace(raw, position=17)), records[1]])
    assert len(counting.changes) == 1
    assert [union.id for union in again] == [union.id for union in first]


async def test_only_what_changed_is_written(index: Index) -> None:
    counting = Counting(index)
    unifier = Unifier(counting)  # type: ignore[arg-type]
    alone = book("c:9", "废都", author="贾平凹", isbn="9787530200001")
    await unifier.add([book("a:1"), book("b:1"), alone])
    await unifier.add([alone, book("d:1")])
    assert [record.id for record in counting.changes[1].records] == ["d:1"]
    assert [len(union.members) for union in counting.changes[1].unions] == [3]


async def test_new_holdings_alone_are_a_change(index: Index) -> None:
    unifier = Unifier(index)
    await unifier.add([book("a:1")])
    raw = book("a:1").raw
    assert raw is not None
    copies = (Holding(source="a", location="善本室", barcode="X1"),)
    (union,) = await unifier.add([replace(book("a:1"), holdings=copies, raw=replace(raw, holdings=copies))])
    assert [holding.location for holding in union.holdings] == ["善本室"]


async def test_a_changed_record_leaves_its_union(index: Index) -> None:
    unifier = Unifier(index)
    await unifier.add([book("a:1"), book("b:1"), book("c:1")])
    await unifier.add([book("b:1", "三国演义", author="罗贯中", isbn="9787020008728")])
    assert await clusters(index) == {frozenset({"a:1", "c:1"}), frozenset({"b:1"})}
    found = await index.search(IndexSearch(Query(Clause("title", "三国演义"))))
    assert [union.record.title.text for union in found.records] == ["三国演义"]


async def test_the_bridge_between_two_records_falls(index: Index) -> None:
    """a and c are linked through b only; when b becomes another book they part."""
    unifier = Unifier(index)
    a = book("a:1", isbn="9787020002207", publisher="", extent="")
    c = replace(book("c:1", isbn="", publisher="人民文学出版社"), extent="")
    b = book("b:1")
    await unifier.add([a, b, c])
    joined = await clusters(index)
    await unifier.add([book("b:1", "水浒传", author="施耐庵", isbn="9787020008742")])
    apart = await clusters(index)
    fresh = await _fresh([a, c, book("b:1", "水浒传", author="施耐庵", isbn="9787020008742")])
    assert joined == {frozenset({"a:1", "b:1", "c:1"})}
    assert apart == fresh == {frozenset({"a:1"}), frozenset({"b:1"}), frozenset({"c:1"})}


async def _fresh(records: list[Record]) -> set[frozenset[str]]:
    opened = await open_temporary()
    try:
        await Unifier(opened).add(records)
        return await clusters(opened)
    finally:
        await opened.close()


async def open_temporary() -> Index:
    from index.embedded import open_index

    return await open_index("")


async def test_deleted_records_leave_their_unions(index: Index) -> None:
    unifier = Unifier(index)
    await unifier.add([book("a:1"), book("b:1"), book("c:2", "史记", author="司马迁", isbn="9787101003048")])
    assert await unifier.delete(["a:1", "c:2", "no:such"]) == 2
    assert await clusters(index) == {frozenset({"b:1"})}
    assert await unifier.resolve(keys.uid("a:1")) is None
    assert (await index.statistics())["records"] == 1


async def test_of_two_versions_in_one_batch_the_last_counts(index: Index) -> None:
    (union,) = await Unifier(index).add([book("a:1"), book("a:1", "紅樓夢")])
    assert union.record.title.text == "紅樓夢"
    assert (await index.statistics())["records"] == 1


async def test_nothing_to_add(index: Index) -> None:
    assert await Unifier(index).add([]) == []
    assert await Unifier(index).delete([]) == 0


async def test_the_unions_come_in_the_order_of_the_records(index: Index) -> None:
    records = [book("a:1"), book("a:2", "史记", author="司马迁", isbn="9787101003048"), book("b:1")]
    unions = await Unifier(index).add(records)
    assert [sorted(member.id for member in union.members) for union in unions] == [["a:1", "b:1"], ["a:2"]]


async def test_writers_at_once_follow_one_another(index: Index) -> None:
    unifier = Unifier(index)
    await asyncio.gather(*(unifier.add([book(f"{source}:1")]) for source in "abcdefgh"))
    assert await clusters(index) == {frozenset(f"{source}:1" for source in "abcdefgh")}


async def test_a_union_made_by_other_rules_is_drawn_in(index: Index) -> None:
    """An index written by an earlier version may hold unions that today's rules would not make."""
    one, two = book("a:1"), book("b:1", "史记", author="司马迁", isbn="9787101003048")
    from gateway.records.merge import merge

    await index.apply(Change((one, two), (merge([one, two]),)))
    await Unifier(index).add([book("c:1")])
    assert await clusters(index) == {frozenset({"a:1", "c:1"}), frozenset({"b:1"})}
