"""A writer killed (SIGKILL) at random instants: nothing acknowledged is lost, nothing is there twice, the unions are
whole.

Runs a handful of kills; ``WENYUAN_KILLS=30`` runs as many as one likes (the seed is in the test's id).
"""

from __future__ import annotations

import importlib.util
import os
import random
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest

from gateway.core.ports import IndexSearch
from gateway.core.query import Clause, Query
from index.embedded import open_index

_SCRIPT = Path(__file__).with_name("writer_process.py")
_ROOT = Path(__file__).resolve().parents[2]
_KILLS = int(os.environ.get("WENYUAN_KILLS", "3"))


def _writer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("writer_process", _SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _run_and_kill(folder: Path, seed: int, alive: float) -> int:
    """The number of batches acknowledged in all when the process was killed, ``alive`` seconds after its first."""
    with subprocess.Popen(
        [sys.executable, str(_SCRIPT), str(folder), str(seed)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(_ROOT)},
        text=True,
    ) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        assert first, "the writer ended by itself"
        time.sleep(alive)
        process.kill()
        rest = process.stdout.read().splitlines()
    whole = [line for line in (first.strip(), *rest) if line]
    return int(whole[-1]) + 1


@pytest.mark.parametrize("seed", [20261121])
async def test_nothing_acknowledged_is_lost(tmp_path: Path, seed: int) -> None:
    writer = _writer()
    dice = random.Random(seed)
    for _ in range(_KILLS):
        acknowledged = _run_and_kill(tmp_path, seed, dice.random())
        index = await open_index(str(tmp_path))
        try:
            statistics = await index.statistics()
            # The batch after the last acknowledged one may be there, up to its first change or whole.
            assert statistics["records"] % writer.BATCH == 0
            batches = statistics["records"] // writer.BATCH
            assert acknowledged <= batches <= acknowledged + 1
            held = writer.expected(seed, acknowledged)
            touched = {one.id for change in writer.changes(seed, acknowledged) for one in change.unions}
            for uid, union in held.items():
                if uid not in touched:
                    assert await index.resolve(uid) == union
            assert await _everything(index) == statistics["unions"]
            changed = await index.search(IndexSearch(Query(Clause("title", f"改题 {acknowledged - 1}")), size=50))
            assert changed.total == (1 if acknowledged > 1 else 0)
        finally:
            await index.close()


async def _everything(index: object) -> int:
    """The unions that the search lists, after checking that none is listed twice."""
    seen: list[str] = []
    while True:
        page = await index.search(IndexSearch(None, start=len(seen), size=500))  # type: ignore[attr-defined]
        if not page.records:
            break
        seen += [union.id for union in page.records]
    assert len(seen) == len(set(seen)) == page.total
    return page.total
