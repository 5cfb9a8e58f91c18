"""A harvest killed (SIGKILL) at random instants ends with exactly what an undisturbed one has.

``python tests/harvest/killed.py --records 20000 --kills 10`` is the same at full size.
"""

from __future__ import annotations

import importlib.util
import random
from pathlib import Path
from types import ModuleType


def _killed() -> ModuleType:
    spec = importlib.util.spec_from_file_location("killed", Path(__file__).with_name("killed.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def test_killed_three_times_it_ends_the_same(tmp_path: Path) -> None:
    killed = _killed()
    with killed.provider(tmp_path / "provider", 600) as address:
        killed.finish(address, tmp_path / "undisturbed")
        whole = killed.contents(tmp_path / "undisturbed")
        # Marks below the last parts: a harvest that has all its records may end before it is killed.
        seen = killed.harvest_killed(address, tmp_path / "killed", whole[0] - 200, 3, random.Random(20261121))
        assert len(seen) == 3
        assert killed.contents(tmp_path / "killed") == whole
    assert whole[0] == whole[1] == killed.stored_unions(tmp_path / "provider")
    assert await killed.searchable(tmp_path / "killed") == whole[1]
