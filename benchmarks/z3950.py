"""Z39.50: our server beside yaz-ztest and Zebra, and our client beside the YAZ C client.

Servers are all asked by one same client in the same run: our protocol core over a plain socket, one session, then
sessions one after the other. The records are the same real MARC 21 ones in Zebra and in our server, over a list in
memory (the protocol's own cost) and over the embedded index. Clients are compared on the processor time that they spend
to fetch the same records from Zebra, 20 records a Present. On a machine that has other work the clock tells little;
therefore the processor time of the servers is taken, too (of all processes that have the port in their command line).
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import multiprocessing
import os
import resource
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from types import MappingProxyType

from benchmarks.reading import _data_root
from connectors.z3950 import Z3950Connector
from gateway.core.deadline import Deadline
from gateway.core.errors import DataError
from gateway.core.query import Clause, Query
from gateway.core.record import Flavour, RawRecord
from gateway.core.target import Target
from gateway.frontends.z3950 import serve
from gateway.interpreter import tuned
from gateway.protocols import pqf
from gateway.protocols.z3950 import Connection, Role, oids
from gateway.protocols.z3950.apdu import (
    Apdu,
    InitRequest,
    PresentRequest,
    PresentResponse,
    ResponseRecords,
    SearchRequest,
)
from gateway.protocols.z3950.connection import Signal
from gateway.records import iso2709
from gateway.records.normalise import normalise
from gateway.union import Unifier
from gateway.union.catalogue import UnionCatalogue
from tests.support import peers
from tests.support.peers import Peer

_FILES = (("evergreen", "Open-ILS", "tests", "datasets", "jazz_1k.mrc"),)
_SESSIONS = 300
_SECONDS = 2.0
_PAGE = 20
_CLIENT_ROUNDS = 100  # so many that starting (a YAML file on our side, a process on theirs) counts for little
_QUERY = "@attr 1=4 jazz"


class Asker:
    """The client for all servers: one blocking socket and the protocol's core."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.socket = socket.create_connection((peer.host, peer.port), 10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.connection = Connection(Role.ORIGIN)
        self.received = 0

    def ask(self, message: Apdu) -> Apdu:
        self.socket.sendall(self.connection.send(message))
        while isinstance(event := self.connection.next_event(), Signal):
            data = self.socket.recv(1 << 18)
            if not data:
                raise EOFError(f"{self.peer.address} hung up")
            self.received += len(data)
            self.connection.receive_data(data)
        return event

    def begin(self, query: str) -> int:
        self.ask(InitRequest(options=frozenset({0, 1, 14})))
        request = SearchRequest(query=pqf.parse(query), databases=(self.peer.database,))
        return int(getattr(self.ask(request), "count", 0))

    def close(self) -> None:
        self.socket.close()


@dataclass(frozen=True, slots=True)
class Rates:
    sessions: float
    records: float
    megabytes: float
    processor: float  #: records a second of the server's processor time


def _spent(server: int | str) -> float:
    """Seconds of processor time of a process, or of all that have this text in their command lines."""
    total = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes()
            if folder.name == str(server) or (isinstance(server, str) and server.encode() in command):
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
                total += int(fields[11]) + int(fields[12])
        except OSError:  # it has ended
            continue
    return total / os.sysconf("SC_CLK_TCK")


def rates(peer: Peer, query: str, server: int | str) -> Rates:
    """Sessions (connect, Init, Search, Present of one, hang up) and records (20 a Present) a second."""
    began = time.perf_counter()
    for _ in range(_SESSIONS):
        asker = Asker(peer)
        if asker.begin(query):
            asker.ask(PresentRequest(1, 1, syntax=oids.USMARC))
        asker.close()
    sessions = _SESSIONS / (time.perf_counter() - began)
    asker = Asker(peer)
    total = asker.begin(query)
    count, position, began, spent = 0, 1, time.perf_counter(), _spent(server)
    asker.received = 0
    while (took := time.perf_counter() - began) < _SECONDS:
        size = min(_PAGE, total - position + 1)
        answer = asker.ask(PresentRequest(position, size, syntax=oids.USMARC))
        assert isinstance(answer, PresentResponse) and isinstance(answer.records, ResponseRecords)
        count += len(answer.records.value)
        position = position + size if position + size <= total else 1
    spent = _spent(server) - spent  # before it ends: a process of its own may serve the session
    asker.close()
    return Rates(sessions, count / took, asker.received / took / 1e6, count / spent if spent else 0.0)


# ------------------------------------------------------------------------------------------------------- our server


class _Shelf:
    """Records in memory, all of them found by every search: what is left is the server's own cost."""

    databases = ("Default",)

    def __init__(self, raws: Sequence[RawRecord]) -> None:
        self._raws = raws
        self.total = len(raws)

    async def search(self, databases: Sequence[str], query: Query) -> _Shelf:
        return self

    async def fetch(self, start: int, count: int) -> Sequence[RawRecord]:
        return self._raws[start - 1 : start - 1 + count]


def _serve(kind: str, files: Sequence[Path], pipe: Pipe) -> None:
    """In a process of its own: say the port, end when told."""
    asyncio.run(_serving(kind, files, pipe))


async def _serving(kind: str, files: Sequence[Path], pipe: Pipe) -> None:
    raws = [
        RawRecord("bench", item.data, "iso2709", Flavour.MARC21, None, str(number))
        for file in files
        for number, item in enumerate(iso2709.split(io.BytesIO(file.read_bytes())))
        if not isinstance(item, DataError)
    ]
    if kind == "memory":
        server = await serve(_Shelf(raws), "127.0.0.1", 0)
    else:
        from index.embedded import open_index

        index = await open_index("")
        await Unifier(index).add([normalise(raw) for raw in raws])
        await index.refresh()
        server = await serve(UnionCatalogue(index), "127.0.0.1", 0)
    with tuned():  # as `wenyuan serve` is
        pipe.send(server.port)
        await asyncio.to_thread(pipe.recv)
    await server.close()


@contextlib.contextmanager
def ours(kind: str, files: Sequence[Path]) -> Iterator[tuple[Peer, int]]:
    """The server and its process."""
    here, there = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(kind, files, there), daemon=True)
    process.start()
    try:
        if not here.poll(120):
            raise TimeoutError("our own server did not start")
        assert process.pid is not None
        yield Peer("127.0.0.1", here.recv(), "Default" if kind == "memory" else "union"), process.pid
    finally:
        here.send("end")
        process.join(10)


# ------------------------------------------------------------------------------------------------------------ clients


@dataclass(frozen=True, slots=True)
class Fetching:
    records: int
    seconds: float  #: by the clock
    processor: float  #: spent by the client


def our_client(peer: Peer, total: int) -> Fetching:
    """The whole connector: pool, session, requests, records as ``RawRecord``."""
    target = Target(
        "bench", "z3950", host=peer.host, port=peer.port, database=peer.database, page_size=_PAGE,
        max_records=total, options=MappingProxyType({"pipeline": "no", "piggyback": "no"}),
    )  # fmt: skip

    async def fetch() -> int:
        connector = Z3950Connector(target)
        query = Query(Clause("title", "jazz"))
        count = 0
        for _ in range(_CLIENT_ROUNDS):
            deadline = Deadline.after(60, asyncio.get_running_loop().time())
            async for page in connector.search(query, start=1, limit=total, deadline=deadline):
                count += len(page.records)
        await connector.close()
        return count

    began, spent = time.perf_counter(), time.process_time()
    count = asyncio.run(fetch())
    return Fetching(count, time.perf_counter() - began, time.process_time() - spent)


def yaz_client(peer: Peer, total: int) -> Fetching:
    """yaz-client fetches the same and prints nothing of it (``-o`` would); zoomsh renders every record."""
    pages = [f"show {at}+{min(_PAGE, total - at + 1)}" for at in range(1, total + 1, _PAGE)]
    commands = [f"open tcp:{peer.address}", "format usmarc"]
    for _ in range(_CLIENT_ROUNDS):
        commands += [f"find {_QUERY}", *pages]
    return _program([peers.program("yaz-client"), "-v", "none"], commands, total)


def zoomsh(peer: Peer, total: int) -> Fetching:
    """The ZOOM C library: ``search`` with ``count`` fetches and decodes; the step is its records per Present."""
    commands = [
        f"set count {total}",
        f"set step {_PAGE}",
        "set preferredRecordSyntax usmarc",
        f"connect tcp:{peer.address}",
    ]
    commands += [f"search {_QUERY}"] * _CLIENT_ROUNDS
    return _program([peers.program("zoomsh")], commands, total)


def _program(command: list[str], lines: list[str], total: int) -> Fetching:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    subprocess.run(command, input="\n".join([*lines, "quit", ""]).encode(), stdout=subprocess.DEVNULL, check=True)
    took = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Fetching(total * _CLIENT_ROUNDS, took, spent)


def _decoding(peer: Peer, total: int) -> tuple[float, float]:
    """Records and megabytes a second that the core alone turns from octets into APDUs, on recorded answers."""
    asker = Asker(peer)
    asker.begin(_QUERY)
    answers = []
    for at in range(1, total + 1, _PAGE):
        asker.socket.sendall(asker.connection.send(PresentRequest(at, min(_PAGE, total - at + 1), syntax=oids.USMARC)))
        data = b""
        while isinstance(asker.connection.next_event(), Signal):
            piece = asker.socket.recv(1 << 18)
            data += piece
            asker.connection.receive_data(piece)
        answers.append(data)
    asker.close()
    size = sum(map(len, answers))
    best = float("inf")
    for _ in range(5):
        began = time.process_time()
        for data in answers * 10:
            connection = Connection(Role.ORIGIN)
            connection.send(InitRequest())
            connection.receive_data(_WELCOME)
            connection.next_event()
            connection.send(PresentRequest(1, _PAGE))
            connection.receive_data(data)
            connection.next_event()
        best = min(best, time.process_time() - began)
    return total * 10 / best, size * 10 / best / 1e6


def _welcome() -> bytes:
    from gateway.protocols.z3950.apdu import InitResponse
    from gateway.protocols.z3950.schema_services import PDU

    return PDU.encode(InitResponse())


_WELCOME = _welcome()


# ---------------------------------------------------------------------------------------------------------------- run


def run() -> None:
    files = [_data_root().joinpath(*parts) for parts in _FILES]
    absent = [str(file) for file in files if not file.exists()]
    programs = [
        name for name in ("zebrasrv", "zebraidx", "yaz-ztest", "yaz-client", "zoomsh") if not shutil.which(name)
    ]
    if absent or programs:
        print(f"not measured: {', '.join(absent + programs)} is not here")
        return
    with tempfile.TemporaryDirectory(prefix="wenyuan-") as scratch, contextlib.ExitStack() as stack:
        zebra = stack.enter_context(peers.zebra(files, Path(scratch)))
        ztest = stack.enter_context(peers.ztest())
        memory, in_memory = stack.enter_context(ours("memory", files))
        embedded, in_index = stack.enter_context(ours("index", files))
        found = {
            "Zebra": rates(zebra, _QUERY, f":{zebra.port}"),
            "yaz-ztest": rates(ztest, "@attr 1=4 computer", f":{ztest.port}"),
            "Wenyuan, records in memory": rates(memory, _QUERY, in_memory),
            "Wenyuan, embedded index": rates(embedded, _QUERY, in_index),
        }
        print(
            "servers, asked by the same client      sessions/s        records/s    MB/s   records/s of processor time"
        )
        base = found["Zebra"]
        for name, rate in found.items():
            print(
                f"  {name:<30} {rate.sessions:>12,.0f} ({rate.sessions / base.sessions:4.2f} x)"
                f" {rate.records:>9,.0f} ({rate.records / base.records:4.2f} x) {rate.megabytes:>7.1f}"
                f" {rate.processor:>12,.0f} ({rate.processor / base.processor:4.2f} x)"
            )
        asker = Asker(zebra)
        total = asker.begin(_QUERY)
        asker.close()
        print(f"clients, {total} records of Zebra {_CLIENT_ROUNDS} times, {_PAGE} a Present")
        clients = {
            "yaz-client (prints each record)": yaz_client(zebra, total),
            "zoomsh (ZOOM C, prints nothing)": zoomsh(zebra, total),
            "Wenyuan's connector": our_client(zebra, total),
        }
        for name, rate_ in clients.items():
            print(
                f"  {name:<34} {rate_.records / rate_.seconds:>9,.0f} records/s by the clock, "
                f"{rate_.records / rate_.processor:>9,.0f} by its processor time"
            )
        ours_, theirs = clients["Wenyuan's connector"], clients["zoomsh (ZOOM C, prints nothing)"]
        print(
            f"  ratio to ZOOM C: {ours_.records / ours_.seconds / (theirs.records / theirs.seconds):.2f} by the clock, "
            f"{ours_.records / ours_.processor / (theirs.records / theirs.processor):.2f} by processor time"
        )
        records, megabytes = _decoding(zebra, total)
        print(f"  the core alone decodes {records:,.0f} records/s, {megabytes:,.0f} MB/s")


if __name__ == "__main__":
    run()
