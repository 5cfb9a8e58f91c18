"""Records per second on one core: reading, understanding what merging and a brief result need, and match keys.

``pymarc`` only parses the same bytes (``Record(data)``, every field made), which is the floor to beat. Real files of
``WENYUAN_TEST_DATA``; each figure is the best of three runs, with caches emptied before every run.
"""

from __future__ import annotations

import contextlib
import gc
import io
import os
import time
from collections.abc import Callable
from functools import _lru_cache_wrapper
from pathlib import Path

import pymarc

from gateway.core.errors import DataError
from gateway.core.record import RawRecord
from gateway.records import iso2709
from gateway.records.keys import block_keys
from gateway.records.labels import table, words
from gateway.records.merge import merge
from gateway.records.normalise import normalise

DATA = Path(os.environ.get("WENYUAN_TEST_DATA", Path(__file__).resolve().parent.parent / ".." / "shared" / "data"))
FILES = (
    "evergreen/Open-ILS/tests/datasets/jazz_1k.mrc",
    "evergreen/Open-ILS/tests/datasets/lul_fre_500.mrc",
    "lc-marcedit/episodes/data/marc_sample_data.mrc",
)


def read(data: bytes) -> None:
    iso2709.read(data)


def keys(data: bytes) -> None:
    """Read, understand, and make the keys by which the same edition is found."""
    block_keys(normalise(RawRecord("bench", data)))


def brief(data: bytes) -> None:
    """The same, and everything that a brief result and the facets show."""
    record = merge([normalise(RawRecord("bench", data))]).record
    block_keys(record)
    for name in ("titles", "contributors", "publications", "year", "form", "languages", "subjects", "holdings"):
        getattr(record, name)


def peer(data: bytes) -> None:
    pymarc.Record(data, to_unicode=True, utf8_handling="replace")


def _forget() -> None:
    """Empties the caches that hold values of records; tables of the configuration stay, as in a running gateway."""
    for item in gc.get_objects():
        if isinstance(item, _lru_cache_wrapper) and item not in (table, words):
            size = item.cache_parameters()["maxsize"]
            if size is not None and size >= 1024:
                item.cache_clear()


def _rate(work: Callable[[bytes], None], chunks: list[bytes]) -> float:
    best = float("inf")
    for _ in range(3):
        _forget()
        gc.collect()
        start = time.process_time()
        with contextlib.redirect_stderr(io.StringIO()):
            for data in chunks:
                work(data)
        best = min(best, time.process_time() - start)
    return len(chunks) / best


def run() -> None:
    """Prints one table for each file that is there."""
    for name in FILES:
        path = DATA / name
        if not path.is_file():
            print(f"{name}: not there, skipped")
            continue
        with path.open("rb") as stream:
            chunks = [found.data for found in iso2709.split(stream) if not isinstance(found, DataError)]
        readable = []
        for data in chunks:
            with contextlib.suppress(Exception), contextlib.redirect_stderr(io.StringIO()):
                peer(data)
                brief(data)
                readable.append(data)
        floor = _rate(peer, readable)
        print(f"{path.name}: {len(readable)} of {len(chunks)} records that both can read")
        for label, work in (("read", read), ("read + understand + keys", keys), ("the same + brief + facets", brief)):
            rate = _rate(work, readable)
            print(f"  {label:28} {rate:9.0f} records/s  {rate / floor:5.2f} x pymarc")
        print(f"  {'pymarc, parsing alone':28} {floor:9.0f} records/s")


if __name__ == "__main__":
    run()
