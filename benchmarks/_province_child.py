"""One measurement of ``benchmarks.province`` in a process of its own, so that CPU and memory are those of it alone.

Reads a JSON document on standard input (``targets`` as keys of target files, ``rounds`` as lists of terms searched at
once, ``kind`` gateway or floor, ``deadline``, ``profile``) and writes one on standard output.
"""

from __future__ import annotations

import asyncio
import contextlib
import cProfile
import io
import json
import pstats
import re
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from gateway.app import open_federation
from gateway.core.answer import Answer, Scope, SearchRequest
from gateway.core.query import Clause, Query
from gateway.core.target import State
from gateway.federation.search import Federation
from gateway.lab.z3950 import framed, search_octets
from gateway.settings import GatewaySettings
from gateway.settings.model import TargetModel

RECORDS = 20


def memory(key: str) -> float:
    """MB of this process: VmRSS now, or VmHWM at its highest."""
    found = re.search(rf"{key}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


# ---------------------------------------------------------------------------------------------------- the gateway


async def gateway(task: dict) -> dict:
    targets = [TargetModel.model_validate(values).target() for values in task["targets"]]
    with tempfile.TemporaryDirectory(prefix="wenyuan-bench-") as folder:
        settings = GatewaySettings(data=Path(folder), fetch=RECORDS, cache_seconds=0)
        async with open_federation(settings, targets) as federation:
            before = memory("VmRSS")
            rounds = []
            profile = cProfile.Profile() if task.get("profile") else None
            for number, terms in enumerate(task["rounds"]):
                if profile and number:
                    profile.enable()
                rounds.append(await gateway_round(federation, terms, task["deadline"]))
                if profile:
                    profile.disable()
                cpu = time.process_time()
                await federation.keeper.drain()
                rounds[-1]["behind"] = time.process_time() - cpu
            return {"rounds": rounds, "before": before, "peak": memory("VmHWM"), "profile": told(profile)}


async def gateway_round(federation: Federation, terms: Sequence[str], deadline: float) -> dict:
    cpu, began = time.process_time(), time.perf_counter()
    searches = await asyncio.gather(*(one_search(federation, term, deadline) for term in terms))
    return {
        "searches": searches,
        "wall": time.perf_counter() - began,
        "cpu": time.process_time() - cpu,
    }


async def one_search(federation: Federation, term: str, deadline: float) -> dict:
    request = SearchRequest(Query(Clause("any", term), text=term), scope=Scope.LIVE, deadline=deadline)
    began = time.perf_counter()
    first, seen = None, []
    answer: Answer | None = None
    async with contextlib.aclosing(federation.stream(request)) as answers:
        async for answer in answers:
            at = time.perf_counter() - began
            if first is None and answer.records:
                first = at
            seen.append((at, sum(status.state is State.OK for status in answer.targets)))
    assert answer is not None
    most = max(ok for _, ok in seen)
    return {
        "first": first,
        "healthy": next(at for at, ok in seen if ok == most),
        "complete": seen[-1][0],
        "ok": most,
        "records": sum(status.returned for status in answer.targets),
        "share": {str(limit): max((ok for at, ok in seen if at <= limit), default=0) for limit in (1, 3, 10)},
    }


def told(profile: cProfile.Profile | None) -> str:
    if profile is None:
        return ""
    out = io.StringIO()
    pstats.Stats(profile, stream=out).sort_stats("tottime").print_stats(45).sort_stats("cumulative").print_stats(60)
    return out.getvalue()


# ------------------------------------------------------------------------------------------------------ the floor


class Wire(asyncio.Protocol):
    """Sends octets and waits for one framed answer, which nobody decodes."""

    def __init__(self) -> None:
        self.buffer = bytearray()
        self.waiting: asyncio.Future[int] | None = None
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        buffer = self.buffer
        if len(buffer) < 2:
            return
        if buffer[1] == 0x80:  # yaz-ztest leaves the length open; two values end where such an answer does
            size = len(buffer) if buffer.endswith(b"\0\0\0\0") else 0
        else:
            size = framed(buffer) if framed(buffer) <= len(buffer) else 0
        if size and self.waiting is not None and not self.waiting.done():
            buffer.clear()
            self.waiting.set_result(size)

    async def ask(self, octets: bytes) -> int:
        assert self.transport is not None
        self.waiting = asyncio.get_running_loop().create_future()
        self.transport.write(octets)
        return await self.waiting


class Raw:
    """The connections to one target; as many at once as the gateway has."""

    def __init__(self, target: TargetModel) -> None:
        known = target.target()
        self.address = (known.host, known.port)
        self.form = (known.syntax, known.database)
        self.idle: list[Wire] = []
        self.slots = asyncio.Semaphore(known.max_connections)

    async def search(self, octets: dict[tuple[str, str], tuple[bytes, bytes]]) -> int:
        init, search = octets[self.form]
        async with self.slots:
            if self.idle:
                wire = self.idle.pop()
            else:
                _, wire = await asyncio.get_running_loop().create_connection(Wire, *self.address)
                await wire.ask(init)
            size = await wire.ask(search)
            self.idle.append(wire)
            return size


async def floor(task: dict) -> dict:
    raws = [Raw(TargetModel.model_validate(values)) for values in task["targets"]]
    forms = {raw.form for raw in raws}
    before = memory("VmRSS")
    rounds = []
    for terms in task["rounds"]:
        made = [{form: search_octets(term, form[0], RECORDS, form[1]) for form in forms} for term in terms]
        cpu, began = time.process_time(), time.perf_counter()
        searches = await asyncio.gather(*(raw_search(raws, octets) for octets in made))
        rounds.append(
            {
                "searches": searches,
                "wall": time.perf_counter() - began,
                "cpu": time.process_time() - cpu,
            }
        )
    return {"rounds": rounds, "before": before, "peak": memory("VmHWM")}


async def raw_search(raws: Sequence[Raw], octets: dict[tuple[str, str], tuple[bytes, bytes]]) -> dict:
    began = time.perf_counter()
    times: list[float] = []

    async def one(raw: Raw) -> None:
        await raw.search(octets)
        times.append(time.perf_counter() - began)

    await asyncio.gather(*(one(raw) for raw in raws))
    share = {str(limit): sum(at <= limit for at in times) for limit in (1, 3, 10)}
    return {"first": min(times), "healthy": max(times), "complete": max(times), "ok": len(times), "share": share}


if __name__ == "__main__":
    given = json.load(sys.stdin)
    json.dump(asyncio.run((gateway if given["kind"] == "gateway" else floor)(given)), sys.stdout)
