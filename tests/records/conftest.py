"""Where the real records lie, shared by the tests of this folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# How long an example takes says nothing on a machine that does other work as well.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real records (``WENYUAN_TEST_DATA``); skips when it is absent, fails instead under ``CI``."""
    root = Path(__file__).parents[2]
    path = Path(os.environ.get("WENYUAN_TEST_DATA", root.parent / "shared" / "data"))
    if not path.is_dir():
        reason = f"real records are not at {path}; set WENYUAN_TEST_DATA"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return path
