"""20,000 damaged records, the same every time; a million by ``python -m tests.support.fuzz_records``.

That no record takes over 50 ms is a figure of the long run, kept in docs/evidence/records-fuzz.md; here, growth is held
to be linear: eight times the size may cost far less than the sixty-four times of anything quadratic.
"""

from __future__ import annotations

import pytest

from tests.support import fuzz_records, growth

#: Between 8 (linear) and 64 (quadratic), with room for a busy machine; the best of a few tries counts.
_MOST = 30
_TRIES = 4


@pytest.mark.parametrize("seed", range(4))
def test_damaged_records_are_read_or_refused(seed: int) -> None:
    outcome = fuzz_records.run(5000, seed, fuzz_records.seeds())
    assert outcome.count == 5000
    assert outcome.read > 2000  # the damage is not so great that nothing is reached
    assert outcome.count - outcome.read > 500
    assert len(outcome.formats) >= 8


@pytest.mark.parametrize("name", growth.SHAPES)
def test_cost_grows_with_size_and_no_faster(name: str) -> None:
    factors = []
    for _ in range(_TRIES):
        small, large = growth.growth(name, 3000)
        factors.append(large / max(small, 0.0002))
        if factors[-1] < _MOST:
            return
    pytest.fail(f"{name}: eight times the size costs {min(factors):.0f} times the work")
