"""The demo libraries' own search."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.core.errors import UnsupportedQueryError
from gateway.core.query import Boolean, Clause, Node, Operator, Query, Relation, SortKey, Truncation
from gateway.core.record import RawRecord
from gateway.demo import library as module
from gateway.demo.library import Library
from gateway.demo.members import member
from gateway.demo.records import DemoRecord, write_file
from gateway.records import iso2709, marcxml
from gateway.records.normalise import normalise


@pytest.fixture(scope="module")
def province(catalogues: dict[str, list[DemoRecord]]) -> Library:
    return Library(member("sxlib"), [record.raw() for record in catalogues["sxlib"]])


@pytest.fixture(scope="module")
def hanzhong(catalogues: dict[str, list[DemoRecord]]) -> Library:
    return Library(member("hanzhong"), [record.raw() for record in catalogues["hanzhong"]])


async def titles(library: Library, root: Node, sort: tuple[SortKey, ...] = ()) -> list[str]:
    results = await library.search(library.databases, Query(root, sort))
    found = await results.fetch(1, results.total)
    assert len(found) == results.total
    return [normalise(raw).title.text for raw in found]


@pytest.mark.parametrize("term", ["红楼梦", "紅樓夢", "紅楼夢", "《红楼梦》", " 红楼梦 "])
async def test_a_title_is_found_in_every_script(term: str, province: Library, hanzhong: Library) -> None:
    assert "红楼梦" in await titles(province, Clause("title", term))
    assert await titles(province, Clause("title", term)) == await titles(province, Clause("title", "红楼梦"))
    assert await titles(hanzhong, Clause("any", term))


@pytest.mark.parametrize(
    ("clause", "found", "not_found"),
    [
        (Clause("author", "贾平凹"), "秦腔", "白鹿原"),
        (Clause("author", "jia ping wa", Relation.PHRASE), "秦腔", "白鹿原"),
        (Clause("title", "hong lou meng", Relation.PHRASE), "红楼梦", "西游记"),
        (Clause("subject", "兵马俑"), "秦始皇兵马俑博物馆", "秦腔"),
        (Clause("publisher", "岳麓书社"), "红楼梦", "秦腔"),
        (Clause("class", "I247.55"), "三体", "秦腔"),
        (Clause("class", "I247", truncation=Truncation.RIGHT), "秦腔", "红楼梦"),
        (Clause("isbn", "9787536692930"), "三体", "秦腔"),
        (Clause("isbn", "7-5366-9293-8"), "三体", "秦腔"),
        (Clause("issn", "0258-8218"), "人民文学", "秦腔"),
        (Clause("year", "1993", Relation.EQ), "白鹿原", "秦腔"),
        (Clause("year", "1993"), "白鹿原", "秦腔"),
        (Clause("year", "1954 1960", Relation.WITHIN), "保卫延安", "秦腔"),
        (Clause("year", "1957", Relation.LT), "保卫延安", "秦腔"),
        (Clause("year", "2005", Relation.GE), "秦腔", "红岩"),
        (Clause("title", "世界 平凡"), "平凡的世界", "人间词话"),
        (Clause("title", "世界 鹿原", Relation.ANY), "白鹿原", "秦腔"),
        (Clause("title", "白鹿原", Relation.EXACT), "白鹿原", "寻找属于自己的句子"),
        (Clause("title", "平*世界", truncation=Truncation.MASK), "平凡的世界", "秦腔"),
        (Clause("title", "白?原", truncation=Truncation.MASK), "白鹿原", "大平原"),
        (Clause("title", "平原", truncation=Truncation.LEFT), "大平原", "白鹿原"),
    ],
)
async def test_access_points_and_relations(clause: Clause, found: str, not_found: str, province: Library) -> None:
    answer = await titles(province, clause)
    assert found in answer
    assert not_found not in answer


async def test_latin_words_end_where_they_end_unless_truncated(province: Library, hanzhong: Library) -> None:
    assert await titles(hanzhong, Clause("title", "algorith")) == []
    whole = await titles(hanzhong, Clause("title", "algorithms"))
    assert whole
    assert set(whole) <= set(await titles(hanzhong, Clause("title", "algorith", truncation=Truncation.RIGHT)))
    assert await titles(hanzhong, Clause("title", "lgorithms", truncation=Truncation.LEFT)) == whole
    assert await titles(hanzhong, Clause("title", "lgorith", truncation=Truncation.BOTH)) == whole


async def test_booleans_are_those_of_sets(province: Library) -> None:
    one, other = Clause("author", "路遥"), Clause("title", "人生")
    left, right = set(await titles(province, one)), set(await titles(province, other))
    assert "人生" in left & right
    assert set(await titles(province, Boolean(Operator.AND, one, other))) == {"人生"}
    assert set(await titles(province, Boolean(Operator.OR, one, other))) == left | right
    assert set(await titles(province, Boolean(Operator.NOT, one, other))) == left - {"人生"}


async def test_a_deep_query_costs_no_stack(province: Library) -> None:
    root: Node = Clause("title", "秦腔")
    for _ in range(5000):
        root = Boolean(Operator.OR, root, Clause("isbn", "0"))
    assert "秦腔" in await titles(province, root)


@pytest.mark.parametrize(
    ("root", "feature"),
    [
        (Clause("barcode", "1"), "index:barcode"),
        (Clause("title", "秦腔", Relation.LT), "relation:title"),
        (Clause("year", "近年"), "year"),
        (Boolean(Operator.PROX, Clause("title", "a"), Clause("title", "b")), "proximity"),
    ],
)
async def test_what_it_cannot_do_it_says(root: Node, feature: str, province: Library) -> None:
    with pytest.raises(UnsupportedQueryError) as raised:
        await province.search(province.databases, Query(root))
    assert raised.value.feature == feature


async def test_order_by_year_and_title(province: Library) -> None:
    author = Clause("author", "贾平凹")
    results = await province.search(province.databases, Query(author, (SortKey("year", descending=True),)))
    years = [normalise(raw).year or 0 for raw in await results.fetch(1, 50)]
    assert len(set(years)) > 3
    assert years == sorted(years, reverse=True)
    assert sorted(await titles(province, author)) == sorted(await titles(province, author, (SortKey("title"),)))
    with pytest.raises(UnsupportedQueryError):
        await province.search(province.databases, Query(author, (SortKey("added"),)))


async def test_positions_begin_at_one(province: Library) -> None:
    results = await province.search(province.databases, Query(Clause("class", "I", truncation=Truncation.RIGHT)))
    everything = await results.fetch(1, results.total)
    assert results.total > 100
    assert await results.fetch(11, 5) == everything[10:15]
    assert await results.fetch(results.total, 5) == everything[-1:]
    assert not await results.fetch(results.total + 1, 5)


async def test_a_slow_library_waits_as_long_as_declared(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr(module.asyncio, "sleep", sleep)
    slow = Library(member("yulin"), [])
    for term in ("红楼梦", "秦腔", "三体"):
        await slow.search(slow.databases, Query(Clause("title", term)))
    assert len(set(waited)) == 3
    assert all(4.0 <= seconds <= 6.0 for seconds in waited)
    quick = Library(replace(member("yulin"), delay=(0.0, 0.0)), [])
    await quick.search(quick.databases, Query(Clause("title", "红楼梦")))
    assert len(waited) == 3


@pytest.mark.parametrize("name", ["sxlib", "hanzhong", "weinan"])
def test_the_library_over_its_file_has_the_same_records(
    name: str, tmp_path: Path, catalogues: dict[str, list[DemoRecord]]
) -> None:
    known = member(name)
    write_file(known, tmp_path)
    loaded = asyncio.run(_everything(Library.from_file(known, tmp_path)))
    assert [_marc(raw) for raw in loaded] == [_marc(record.raw()) for record in catalogues[name]]


async def _everything(library: Library) -> list[RawRecord]:
    results = await library.search(library.databases, Query(Clause("year", "1000", Relation.GE)))
    assert results.total == len(library)
    return list(await results.fetch(1, results.total))


def _marc(raw: RawRecord) -> object:
    return marcxml.read(raw.payload) if raw.format == "marcxml" else iso2709.read(raw.payload, raw.charset)
