"""The demo's records, made once for all tests of this folder."""

from __future__ import annotations

import pytest

from gateway.demo.members import load_members
from gateway.demo.records import DemoRecord, records


@pytest.fixture(scope="session")
def catalogues() -> dict[str, list[DemoRecord]]:
    """Library id to its records, for every library that has any."""
    return {member.id: list(records(member)) for member in load_members() if not member.down}
