"""How fast records are read, beside pymarc's parse alone on the same real files, on one core.

``python -m benchmarks.reading`` prints one line per file: records a second of processor time in reading (bytes to a
record with its fields and every subfield touched), of pymarc's reader (parse only, decoding as it does), and how many
times faster the first is. A file that pymarc cannot read in its own charset is read by it as it comes (errors
replaced).
"""

from __future__ import annotations

import io
import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import pymarc

from gateway.core.errors import DataError
from gateway.records import iso2709
from gateway.records.marc import Field, MarcRecord
from gateway.records.text import fold, pinyin, tokens

_FILES = (
    "lc-marcedit",  # English with 141 CJK records
    "folio-mod-data-import",  # ASCII mostly
    "xbib-marc",  # UNIMARC in UTF-8
    "evergreen",  # MARC-8, French, jazz
)
_ROUNDS = 5


def _data_root() -> Path:
    root = Path(__file__).resolve().parent.parent
    return Path(os.environ.get("WENYUAN_TEST_DATA", root.parent / "shared" / "data"))


def _largest(folder: Path) -> Path | None:
    files = [path for path in folder.rglob("*.mrc") if path.is_file()]
    return max(files, key=lambda path: path.stat().st_size, default=None)


def _best(work: Callable[[], int]) -> tuple[int, float]:
    """What the work counted, and its shortest time in seconds."""
    shortest = float("inf")
    counted = 0
    for _ in range(_ROUNDS):
        begin = time.process_time()
        counted = work()
        shortest = min(shortest, time.process_time() - begin)
    return counted, shortest


def _read(data: bytes, charset: str | None = None) -> int:
    count = 0
    for item in iso2709.split(io.BytesIO(data)):
        if isinstance(item, DataError):
            continue
        try:
            record = iso2709.read(item.data, charset)
        except DataError:
            continue
        count += 1
        for field in record.fields():
            _ = field.subfields or field.text
    return count


def _read_by_pymarc(data: bytes) -> int:
    reader = pymarc.MARCReader(io.BytesIO(data), to_unicode=True, force_utf8=False, utf8_handling="replace")
    return sum(record is not None for record in reader)


def _chinese(count: int) -> Iterable[MarcRecord]:
    for at in range(count):
        yield MarcRecord(
            "00000nam0 2200000   450 ",
            [
                Field.control("001", f"0120{at:08d}"),
                Field("010", " ", " ", [("a", "978-7-02-000220-7"), ("d", "CNY59.70")]),
                Field("200", "1", " ", [("a", f"中国古典文学研究论丛 第{at}卷"), ("f", "人民文学出版社古典部编")]),
                Field("210", " ", " ", [("a", "北京"), ("c", "人民文学出版社"), ("d", "1982")]),
                Field("330", " ", " ", [("a", "本书收入有关中国古典长篇小说的研究论文多篇，以时代为序，附有索引。")]),
                Field("606", "0", " ", [("a", "章回小说"), ("x", "文学研究"), ("y", "中国")]),
                Field("690", " ", " ", [("a", "I207.41"), ("v", "5")]),
                Field("905", " ", " ", [("a", "XALIB"), ("d", "I207.41"), ("e", "1")]),
            ],
        )


def run() -> None:
    """Print the figures; files of the test data that are absent are named and left out."""
    root = _data_root()
    for name in _FILES:
        path = _largest(root / name)
        if path is None:
            print(f"{name}: no file at {root}; set WENYUAN_TEST_DATA")
            continue
        data = path.read_bytes()
        ours, seconds = _best(lambda data=data: _read(data))  # type: ignore[misc]
        theirs, their_seconds = _best(lambda data=data: _read_by_pymarc(data))  # type: ignore[misc]
        rate, their_rate = ours / seconds, theirs / their_seconds
        print(
            f"{name}/{path.name}: wenyuan {ours} records, {rate:,.0f}/s; "
            f"pymarc {theirs} records, {their_rate:,.0f}/s; {rate / their_rate:.1f} times as fast"
        )
    for charset in ("utf-8", "gbk", "marc-8"):
        data = b"".join(iso2709.write(record, charset) for record in _chinese(1000))
        count, seconds = _best(lambda data=data, charset=charset: _read(data, charset))  # type: ignore[misc]
        print(f"Chinese records in {charset}: {count / seconds:,.0f}/s, {seconds / count * 1e6:.1f} microseconds each")
    titles = [record.fields("200")[0].get("a") for record in _chinese(2000)]
    for label, work in (("fold", fold), ("tokens", tokens), ("pinyin", pinyin)):
        work(titles[0])  # loads dictionaries
        begin = time.process_time()
        for title in titles[1:]:
            work(title)
        print(f"{label}: {(time.process_time() - begin) / len(titles) * 1e6:.1f} microseconds a title")


if __name__ == "__main__":
    run()
