"""Faults of the embedded index in small: its writer is killed, its files may not grow. In full by
``python -m tests.support.index_faults`` (docs/evidence/index-faults.md)."""

from __future__ import annotations

from pathlib import Path

import pytest
import pytest_asyncio

from tests.support import index_faults
from tests.support.index_faults import Work


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def work() -> Work:
    made = Work(("sxlib", "xalib"), 60)
    await made.prepare()
    return made


@pytest.mark.parametrize("seed", [20261121])
async def test_a_writer_that_is_killed(work: Work, tmp_path: Path, seed: int) -> None:
    assert "killed 2 times" in await index_faults.killed(str(tmp_path / "index"), work, 2, tmp_path, seed)


async def test_files_that_may_not_grow(work: Work, tmp_path: Path) -> None:
    assert "refused" in await index_faults.small_files(tmp_path, work)
