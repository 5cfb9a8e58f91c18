"""A file as a library: streaming reads that survive damage, and searches in memory that fold like all others."""

from __future__ import annotations

import asyncio
import os
import re
import threading
import tracemalloc
from collections.abc import Sequence
from pathlib import Path

import pytest

from connectors.file import FileConnector, connect, read_file
from connectors.file import shelf as shelves
from gateway.core.deadline import Deadline
from gateway.core.errors import (
    ConfigurationError,
    DataError,
    DeadlineExceededError,
    FatalTargetError,
    UnsupportedQueryError,
)
from gateway.core.ports import Connector, Page
from gateway.core.query import Boolean, Clause, Operator, Proximity, Query, Relation, Truncation
from gateway.core.record import Flavour, RawRecord
from gateway.core.target import Target
from gateway.protocols.simple import parse_simple
from gateway.protocols.sru.cql import parse, to_query
from gateway.records import iso2709, marcxml
from gateway.records.marc import Field, MarcRecord


def book(number: int, title: str, author: str, year: int, isbn: str = "", clc: str = "I242.4") -> MarcRecord:
    fields = [
        Field.control("001", f"B{number:03d}"),
        Field("010", " ", " ", (("a", isbn),)),
        Field("100", " ", " ", (("a", f"20000101d{year}    em y0chiy50      ea"),)),
        Field("101", "0", " ", (("a", "chi"),)),
        Field("200", "1", " ", (("a", title), ("f", f"{author}著"))),
        Field("210", " ", " ", (("a", "北京"), ("c", "人民文学出版社"), ("d", str(year)))),
        Field("606", "0", " ", (("a", "长篇小说"), ("y", "中国"))),
        Field("690", " ", " ", (("a", clc),)),
        Field("701", " ", "0", (("a", author), ("4", "著"))),
        Field("905", " ", " ", (("a", "610100"), ("b", f"0010{number:03d}"), ("d", clc))),
    ]
    return MarcRecord("00000nam0 2200000   450 ", fields)


BOOKS = [
    book(1, "红楼梦", "曹雪芹", 1996, "978-7-02-000220-7"),
    book(2, "紅樓夢研究", "俞平伯", 1973, clc="I207.411"),
    book(3, "水浒传", "施耐庵", 1997, "7-02-000874-2"),
    book(4, "The dream of the red chamber", "Tsao, Hsueh-chin", 1958),
    book(5, "红色的梦", "某人", 2005),
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "county.mrc"
    file.write_bytes(b"".join(iso2709.write(each, "gbk") for each in BOOKS))
    return file


@pytest.fixture
def library(path: Path) -> FileConnector:
    return connect(Target("county", "file", url=str(path), record_charset="gbk", flavour=Flavour.CNMARC, page_size=2))


async def ask(library: FileConnector, query: Query, start: int = 1, limit: int = 10, seconds: float = 20) -> list[Page]:
    deadline = Deadline.after(seconds, asyncio.get_running_loop().time())
    return [page async for page in library.search(query, start=start, limit=limit, deadline=deadline)]


def rewrite(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    os.utime(path, ns=(1, 1))


def numbers(pages: Sequence[Page]) -> list[int]:
    """Which books came, by their control numbers."""
    return [int(re.findall(rb"B(\d{3})\x1e", raw.payload)[0]) for page in pages for raw in page.records]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("红楼梦", [1, 2]),
        ("紅樓夢", [1, 2]),
        ("红 梦", [1, 2, 5]),
        ("楼梦", [1, 2]),
        ("题名:红楼梦研究", [2]),
        ("红楼梦 -研究", [1]),
        ("水浒 OR 研究", [2, 3]),
        ("作者:曹雪芹", [1]),
        ("曹雪芹 施耐庵", []),
        ("DREAM red", [4]),
        ("ream", []),
        ('"the red chamber"', [4]),
        ('"red the chamber"', []),
        ("chamb*", [4]),
        ("*amber", [4]),
        ("*amb*", [4]),
        ("ch*er", [4]),
        ("title:c*mber", [4]),
        ("红*", [1, 2, 5]),
        ("出版社:人民文学", [1, 2, 3, 4, 5]),
        ("主题:长篇小说", [1, 2, 3, 4, 5]),
        ("9787020002207", [1]),
        ("702000220X", [1]),
        ("isbn:7-02-000874-2", [3]),
        ("isbn:97870200087*", [3]),
        ("年:1996", [1]),
        ("年:1990-1999", [1, 3]),
        ("年:>1996 题名:梦 OR 题名:水", [3, 5]),
        ("年:-1973", [2, 4]),
        ("分类号:I242", [1, 3, 4, 5]),
        ("分类号:I2", [1, 2, 3, 4, 5]),
        ("分类号:42", []),
        ("索书号:I207*", [2]),
        ("条码:0010003", [3]),
        ("0010003", [3]),
        ("语种:CHI", [1, 2, 3, 4, 5]),
        ("id:b002", [2]),
    ],
)
async def test_search_box(library: FileConnector, text: str, expected: list[int]) -> None:
    pages = await ask(library, parse_simple(text))
    assert numbers(pages) == expected
    assert pages[0].total == len(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("dc.title == 红楼梦", [1]),
        ("dc.title == 楼梦", []),
        ("dc.title == 红*", [1, 2, 5]),
        ('dc.title == "The Dream of the Red Chamber."', [4]),
        ('dc.title any "水浒 研究"', [2, 3]),
        ('dc.title all "red dream"', [4]),
        ('dc.title adj "red dream"', []),
        ("dc.title = 红?的梦", [5]),
        ("dc.title == 红*梦", [1, 5]),
        ('dc.date within "1996 1997"', [1, 3]),
        ("dc.date < 1973", [4]),
        ("dc.date <= 1973", [2, 4]),
        ("dc.date >= 1997", [3, 5]),
        ('bath.isbn any "7020008742 9787020002207"', [1, 3]),
        ("dc.title = 红楼梦 not (dc.creator = 曹雪芹 or dc.creator = 无名)", [2]),
        ('dc.title = "，"', []),
        ("dc.date = 清", []),
    ],
)
async def test_cql(library: FileConnector, text: str, expected: list[int]) -> None:
    assert numbers(await ask(library, to_query(parse(text)))) == expected


async def test_pages(library: FileConnector) -> None:
    assert isinstance(library, Connector)
    pages = await ask(library, parse_simple("人民文学出版社"), start=2, limit=3)
    assert [(page.total, len(page.records)) for page in pages] == [(5, 2), (5, 1)]
    assert numbers(pages) == [2, 3, 4]
    assert [raw.position for page in pages for raw in page.records] == [2, 3, 4]
    assert [raw.position for page in await ask(library, parse_simple("水浒")) for raw in page.records] == [1]
    assert [page.records for page in await ask(library, parse_simple("西游记"))] == [()]
    assert numbers(await ask(library, parse_simple("梦"), limit=0)) == []
    raw = pages[0].records[0]
    assert (raw.source, raw.format, raw.charset, raw.flavour) == ("county", "iso2709", "gbk", Flavour.CNMARC)
    await library.close()


@pytest.mark.parametrize(
    ("query", "feature"),
    [
        (Query(Clause("region", "610100")), "region"),
        (Query(Clause("title", "a", Relation.LT)), "<"),
        (Query(Boolean(Operator.PROX, Clause("any", "a"), Clause("any", "b"), Proximity())), "proximity"),
    ],
)
async def test_what_a_file_cannot_do_is_refused_before_it_is_read(query: Query, feature: str) -> None:
    library = connect(Target("county", "file", url="/nowhere/at/all"))
    with pytest.raises(UnsupportedQueryError) as caught:
        await ask(library, query)
    assert feature in caught.value.feature
    with pytest.raises(FatalTargetError, match="cannot be read"):
        await ask(library, parse_simple("a"))


async def test_masks_with_special_characters(library: FileConnector) -> None:
    for term, expected in (
        ("a[b*c", []),
        ("(red*", [4]),
        (r"\\*", [1, 2, 3, 4, 5]),
        ("红)楼?", [1, 2]),
        ("*", [1, 2, 3, 4, 5]),
    ):
        assert numbers(await ask(library, Query(Clause("title", term, truncation=Truncation.MASK)))) == expected
    for term in ("B0?1", "[B]*1", "b*1"):
        assert numbers(await ask(library, Query(Clause("id", term, truncation=Truncation.MASK)))) == [1]
    hostile = Query(Clause("any", "*a" * 60 + "!", truncation=Truncation.MASK))
    assert numbers(await ask(library, hostile)) == []


async def test_a_file_that_changes_is_read_again(library: FileConnector, path: Path) -> None:
    assert numbers(await ask(library, parse_simple("水浒"))) == [3]
    rewrite(path, iso2709.write(BOOKS[2], "gbk"))
    assert numbers(await ask(library, parse_simple("水浒 OR 红楼"))) == [3]


async def test_damage_is_told_beside_the_records(library: FileConnector, path: Path) -> None:
    sound = [iso2709.write(each, "gbk") for each in BOOKS]
    rewrite(path, sound[0] + b"rubbish that is no record\x1d" + sound[2])
    pages = await ask(library, parse_simple("人民文学出版社"))
    assert len(numbers(pages)) == 2
    assert f"1 parts of the file cannot be read (first at byte {len(sound[0])})" in pages[0].diagnostics[0].message


async def test_a_large_file_is_refused(library: FileConnector, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelves, "MAX_RECORDS", 3)
    with pytest.raises(FatalTargetError, match="wenyuan import"):
        await ask(library, parse_simple("a"))
    monkeypatch.setattr(shelves, "MAX_RECORDS", 5)
    assert numbers(await ask(library, parse_simple("水浒"))) == [3]  # a failed load is not kept


async def test_a_slow_load_ends_at_the_deadline_and_goes_on_for_the_next(
    library: FileConnector, monkeypatch: pytest.MonkeyPatch
) -> None:
    allowed = threading.Event()
    load = shelves.Shelf.load.__func__  # type: ignore[attr-defined]

    def slowly(*arguments: object) -> shelves.Shelf:
        allowed.wait(10)
        loaded: shelves.Shelf = load(shelves.Shelf, *arguments)
        return loaded

    monkeypatch.setattr(shelves.Shelf, "load", slowly)
    with pytest.raises(DeadlineExceededError, match="too long"):
        await ask(library, parse_simple("水浒"), seconds=0.01)
    allowed.set()
    assert numbers(await ask(library, parse_simple("水浒"))) == [3]


def test_addresses() -> None:
    assert connect(Target("a", "file", url="file:///data/a%20b.mrc"))._path == Path("/data/a b.mrc")
    assert connect(Target("a", "file", url="data/x.mrc"))._path == Path("data/x.mrc")
    with pytest.raises(ConfigurationError, match="path"):
        connect(Target("a", "file"))


def test_read_file_knows_the_kind_by_its_first_bytes(tmp_path: Path, path: Path) -> None:
    got = list(read_file(path, "s", "gbk", Flavour.CNMARC))
    assert [item.position for item in got if isinstance(item, RawRecord)] == [1, 2, 3, 4, 5]
    records = b"".join(marcxml.write(each) for each in BOOKS)
    for head in (b"", b"\xef\xbb\xbf", b'\n <?xml version="1.0"?>'):
        file = tmp_path / "x.xml"
        file.write_bytes(head + b"<collection>" + records + b"</collection>")
        got = list(read_file(file, "s"))
        assert [item.format for item in got if isinstance(item, RawRecord)] == ["marcxml"] * 5


def test_read_file_keeps_what_is_sound(tmp_path: Path) -> None:
    sound = [iso2709.write(each, "utf-8") for each in BOOKS[:3]]
    file = tmp_path / "x.mrc"
    file.write_bytes(b"??garbage??" + sound[0] + sound[1][:60] + b"\x1d" + sound[2])
    got = list(read_file(file, "s"))
    payloads = [item.payload for item in got if isinstance(item, RawRecord)]
    assert (payloads[0], payloads[-1]) == (sound[0], sound[2])
    faults = [item for item in got if isinstance(item, DataError)]
    assert faults[0].offset == 0
    assert "11 bytes" in str(faults[0])
    xml = tmp_path / "x.xml"
    xml.write_bytes(b"<collection>" + marcxml.write(BOOKS[0]) + b"<record><oops></collection>")
    kinds = [type(item) for item in read_file(xml, "s")]
    assert kinds == [RawRecord, DataError]


@pytest.mark.parametrize("content", [None, b"", b"  \n"])
def test_nothing_to_read_is_said(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "x"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigurationError, match="cannot be read" if content is None else "empty"):
        list(read_file(file, "s"))


def test_reading_takes_constant_memory(tmp_path: Path) -> None:
    one = iso2709.write(BOOKS[0], "utf-8")
    file = tmp_path / "large.mrc"
    with file.open("wb") as stream:
        for _ in range(32):
            stream.write(one * 2000)
    assert file.stat().st_size > 20_000_000
    tracemalloc.start()
    count = sum(1 for _ in read_file(file, "s"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 64_000
    assert peak < 4_000_000
