"""Records per second on one core: reading, understanding what merging and a brief result need, and match keys.

``pymarc`` only parses the same bytes (``Record(data)``, every field made), which is the floor to beat; yaz-marcdump and
Catmandu (Debian) write them as JSON, where they are installed. Real files of ``WENYUAN_TEST_DATA``, the records that
all of them can read. Each figure is the best of five runs in processor time, taken by turns, with caches emptied before
every run; the time that a program takes to start is taken off.
"""

from __future__ import annotations

import contextlib
import gc
import io
import os
import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import _lru_cache_wrapper
from pathlib import Path

import pymarc

from gateway.core.errors import DataError
from gateway.core.record import RawRecord
from gateway.interpreter import tuned
from gateway.records import iso2709
from gateway.records.keys import block_keys
from gateway.records.merge import merge
from gateway.records.normalise import normalise
from tests.support import caches

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


FLOOR = "pymarc, parsing alone"
WAYS: dict[str, Callable[[bytes], None]] = {
    "read": read,
    "read + understand + keys": keys,
    "the same + brief + facets": brief,
    FLOOR: peer,
}
ROUNDS = 5

#: Peers that write JSON, and how they are called; ``FILE`` stands for a file of ISO 2709.
PROGRAMS = {
    "yaz-marcdump to JSON": ("yaz-marcdump", "-o", "json", "FILE"),
    "Catmandu to JSON": ("catmandu", "convert", "MARC", "--type", "ISO", "--file", "FILE", "to", "JSON"),
}


def _plain(data: bytes) -> bool:
    """Whether the record is as ISO 2709 says; Catmandu ends at the first that is not."""
    base = int(data[12:17])
    directory = data[24 : base - 1]
    fields = data[base:-1].count(b"\x1e")
    return len(directory) == 12 * fields and all(
        directory[at : at + 3].isalnum() and directory[at + 3 : at + 12].isdigit()
        for at in range(0, len(directory), 12)
    )


def _seconds(command: tuple[str, ...], data: bytes) -> float:
    """Processor time of a program that reads ``data`` as a file, best of three."""
    best = float("inf")
    with tempfile.NamedTemporaryFile(suffix=".mrc") as stream:
        stream.write(data)
        stream.flush()
        for _ in range(3):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            called = [stream.name if word == "FILE" else word for word in command]
            subprocess.run(called, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            best = min(best, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)
    return best


def _program_rate(command: tuple[str, ...], chunks: list[bytes]) -> float:
    times = -(-2000 // len(chunks))  # as many records as tell more than the start does
    taken = _seconds(command, b"".join(chunks) * times) - _seconds(command, chunks[0])
    return (len(chunks) * times - 1) / max(taken, 1e-3)


def _rates(chunks: list[bytes], found: Sequence[_lru_cache_wrapper[object]]) -> dict[str, float]:
    """Records a second of each way, the best round of each; the ways take turns, so that all meet the same hours."""
    best = dict.fromkeys(WAYS, float("inf"))
    for _ in range(ROUNDS):
        for way, work in WAYS.items():
            for cache in found:
                cache.cache_clear()
            gc.collect()
            start = time.process_time()
            with contextlib.redirect_stderr(io.StringIO()):
                for data in chunks:
                    work(data)
            best[way] = min(best[way], time.process_time() - start)
    return {way: len(chunks) / seconds for way, seconds in best.items()}


def run() -> None:
    """Prints one table for each file that is there."""
    found = caches.of_values()
    with tuned():  # as `wenyuan serve` is, for pymarc, too
        for name in FILES:
            _file(name, found)


def _file(name: str, found: Sequence[_lru_cache_wrapper[object]]) -> None:
    path = DATA / name
    if not path.is_file():
        print(f"{name}: not there, skipped")
        return
    with path.open("rb") as stream:
        chunks = [found.data for found in iso2709.split(stream) if not isinstance(found, DataError)]
    readable = []
    for data in chunks:
        with contextlib.suppress(Exception), contextlib.redirect_stderr(io.StringIO()):
            peer(data)
            brief(data)
            if _plain(data):
                readable.append(data)
    rates = _rates(readable, found)
    floor = rates[FLOOR]
    print(f"{path.name}: {len(readable)} of {len(chunks)} records that all can read")
    for way, rate in rates.items():
        print(f"  {way:28} {rate:9.0f} records/s  {rate / floor:5.2f} x pymarc")
    for label, command in PROGRAMS.items():
        if shutil.which(command[0]) is None:
            print(f"  {label:28} not installed (make peers)")
            continue
        rate = _program_rate(command, readable)
        print(f"  {label:28} {rate:9.0f} records/s  {rate / floor:5.2f} x pymarc")


if __name__ == "__main__":
    run()
