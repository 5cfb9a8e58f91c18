"""20,000 damaged APDUs, the same every time; 2,000,000 by ``python -m tests.support.fuzz_z3950``."""

from __future__ import annotations

import pytest

from tests.support import fuzz_z3950


@pytest.mark.parametrize("seed", range(4))
def test_damaged_apdus(seed: int) -> None:
    outcome = fuzz_z3950.run(5000, seed, fuzz_z3950.seeds())
    assert outcome.count == 5000
    assert outcome.events > 250  # the damage is not so great that nothing is reached
    assert outcome.refused > 2500
