"""Faults in small: four writer processes that meet, and a node that closes its indices for want of room. In full by
``python -m tests.support.index_faults`` (docs/evidence/index-faults.md)."""

from __future__ import annotations

from pathlib import Path

import pytest_asyncio

from tests.support import elasticsearch, index_faults
from tests.support.index_faults import Work


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def work() -> Work:
    made = Work(("sxlib", "xalib", "xianyang", "baoji"), 30)
    await made.prepare()
    return made


async def test_four_writer_processes(location: str, work: Work, tmp_path: Path) -> None:
    assert "4 writers" in await index_faults.four(location, work, tmp_path)


async def test_a_node_that_closes_its_indices(node: elasticsearch.Node, location: str, work: Work) -> None:
    prefix = location.rsplit("/", 1)[1]
    assert "nearly full" in await index_faults.closed_for_writing(node, prefix, work, every=5)
