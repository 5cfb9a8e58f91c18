"""The provider over made records, in a process of its own, for clients that block."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[3]
RECORDS = 450


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Of a provider of 450 records in 375 editions, 100 to a page."""
    script = _ROOT / "tests" / "harvest" / "provider_process.py"
    command = [sys.executable, str(script), str(tmp_path_factory.mktemp("oai")), str(RECORDS)]
    environment = {**os.environ, "PYTHONPATH": str(_ROOT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.kill()
