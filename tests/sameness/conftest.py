"""Where the labelled sets of real data are."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def labelled_data() -> Path:
    """The folder of real records (``WENYUAN_TEST_DATA``); skips when it is absent, fails instead under ``CI``."""
    path = Path(os.environ.get("WENYUAN_TEST_DATA", Path(__file__).parents[3] / "shared" / "data"))
    if not path.is_dir():
        reason = f"the labelled sets are not at {path}; set WENYUAN_TEST_DATA"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    return path
