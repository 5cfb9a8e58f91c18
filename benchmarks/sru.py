"""SRU server: requests a second beside Zebra's SRU, over the same records, queries, pages and connections in one run.

Both are asked for pages of ten MARCXML records, 4 requests at a time over connections that are kept, by a client in
this process that reads answers without looking into them; each answer is checked once for its ten records before. The
gateway's server runs in a process of its own over the embedded index, with the whole HTTP front door around it.

    python -m benchmarks sru        # needs Debian's Zebra; WENYUAN_TEST_DATA says where the real records lie
"""

from __future__ import annotations

import asyncio
import itertools
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote, urlsplit

from benchmarks.cql import QUERIES
from benchmarks.cql import rate as parse_rate
from benchmarks.reading import _data_root
from gateway.protocols.sru.cql import parse, to_query
from tests.support.zebra_sru import zebra_sru

SECONDS = 4.0
CONNECTIONS = 4
_RECORDS = (
    "lc-marcedit/episodes/data/marc_sample_data.mrc",
    "psu-psulib_traject/solr/sample_data/sample_psucat.mrc",
)
_WORDS = ("of", "the", "and", "in", "for", "history", "music", "literature", "new", "art", "american", "life", "study")
_INDEXES = ("dc.title", "dc.subject", "cql.serverChoice")


def targets(base: str, queries: Sequence[tuple[str, int]]) -> list[bytes]:
    """Requests as bytes: every query at every tenth place of its result."""
    parts = urlsplit(base)
    return [
        f"GET {parts.path}?version=1.1&operation=searchRetrieve&query={quote(query)}&startRecord={start}"
        f"&maximumRecords=10 HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode()
        for query, start in queries
    ]


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> bytes:
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    lower = head.lower()
    at = lower.find(b"content-length:")
    if at >= 0:
        return await reader.readexactly(int(lower[at + 15 : lower.index(b"\r", at)]))
    body = b""
    while size := int(await reader.readline(), 16):
        body += await reader.readexactly(size)
        await reader.readline()
    await reader.readline()
    return body


async def measure(base: str, requests: Sequence[bytes]) -> float:
    """Requests a second."""
    parts = urlsplit(base)
    until = time.perf_counter() + SECONDS
    endless = itertools.cycle(requests)

    async def worker() -> int:
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port, limit=1 << 20)
        done = 0
        while time.perf_counter() < until:
            await ask(reader, writer, next(endless))
            done += 1
        writer.close()
        return done

    begin = time.perf_counter()
    counts = await asyncio.gather(*(worker() for _ in range(CONNECTIONS)))
    return sum(counts) / (time.perf_counter() - begin)


async def full_pages(base: str) -> list[tuple[str, int]]:
    """(query, start) for which this server has ten records."""
    parts = urlsplit(base)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port, limit=1 << 20)
    found = []
    for word, index in itertools.product(_WORDS, _INDEXES):
        for start in range(1, 60, 10):
            query = f"{index} = {word}"
            (request,) = targets(base, [(query, start)])
            body = await ask(reader, writer, request)
            if body.count(b"<leader>") + body.count(b":leader>") // 2 != 10:
                break
            found.append((query, start))
    writer.close()
    return found


async def compare(ours: str, theirs: str) -> None:
    common = sorted(set(await full_pages(ours)) & set(await full_pages(theirs)))
    if not common:
        raise RuntimeError("no query has ten records in both")
    # by turns, so that what else the machine does hits both
    rates = [
        (await measure(theirs, targets(theirs, common)), await measure(ours, targets(ours, common))) for _ in range(2)
    ]
    zebra, wenyuan = (max(column) for column in zip(*rates, strict=True))
    print(f"SRU pages of 10, {len(common)} different, {CONNECTIONS} at a time (requests/s)")
    print(f"  Zebra's SRU           {zebra:>10,.0f}")
    print(f"  Wenyuan's SRU         {wenyuan:>10,.0f}   {wenyuan / zebra:.2f} x Zebra")


def run() -> None:
    parsed, understood = parse_rate(parse), parse_rate(lambda query: to_query(parse(query)))
    print(f"CQL text to tree        {parsed:>10,.0f} queries/s ({len(QUERIES)} kinds)")
    print(f"CQL text to Query       {understood:>10,.0f} queries/s")
    records = [_data_root() / name for name in _RECORDS]
    if not all(path.exists() for path in records) or shutil.which("zebrasrv") is None:
        print(f"SRU server: not measured; it needs zebrasrv and {', '.join(_RECORDS)} in WENYUAN_TEST_DATA")
        return
    with tempfile.TemporaryDirectory() as folder, zebra_sru(records, Path(folder)) as zebra:
        wenyuan = str(Path(sys.executable).with_name("wenyuan"))
        data = Path(folder, "data")
        subprocess.run(
            [wenyuan, "import", "--source", "lib", "--data", str(data), *map(str, records)],
            stdout=subprocess.DEVNULL,
            check=False,  # a record that cannot be read is told by its code, and left out
        )
        child = subprocess.Popen(
            [sys.executable, "-m", "benchmarks._sru_child", str(data)], stdout=subprocess.PIPE, text=True
        )
        try:
            assert child.stdout is not None
            asyncio.run(compare(f"{child.stdout.readline().strip()}/sru/union", zebra.url))
        finally:
            child.terminate()
            child.wait()


if __name__ == "__main__":
    run()
