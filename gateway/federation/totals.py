"""How many union records there are, when not all that the libraries have was fetched: an estimate with its bounds.

What was fetched is a sample of all hits. Editions that were seen once and twice in it tell how many were not seen at
all: Chao's estimator, and its extrapolation to the number of all hits (A. Chao et al., Rarefaction and extrapolation
with Hill numbers, Ecological Monographs 84 (2014), equations 9 and 10; there "individuals" are our records and
"species" our editions).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Total:
    estimate: int
    low: int  #: there are so many in any case: each library's hits are taken at its word
    high: int  #: there are no more, even if nothing that is still to come is a copy of anything

    @classmethod
    def exact(cls, count: int) -> Total:
        return cls(count, count, count)


def total_of(copies: Iterable[int], hits: Iterable[tuple[int, int]]) -> Total:
    """``copies``: of each union record that was seen, how many records were fetched of it. ``hits``: of each library,
    how many records it says it has and how many of them were fetched.
    """
    counted = Counter(copies)
    seen = sum(counted.values())
    fetched = sum(number * times for number, times in counted.items())
    stated = [(has, got) for has, got in hits if has > got]
    to_come = sum(has - got for has, got in stated)
    if not to_come:
        return Total.exact(seen)
    high = seen + to_come
    # Copies within one library merge as seldom as they did in what was fetched; at least so many are its own.
    low = max([seen, *(_editions(has, seen, fetched) for has, _ in stated)])
    return Total(max(low, min(high, round(seen + _unseen(counted, fetched, to_come)))), low, high)


def _editions(records: int, seen: int, fetched: int) -> int:
    return int(records * seen / fetched) if fetched else 0


def _unseen(counted: Counter[int], fetched: int, to_come: int) -> float:
    """Union records that the next ``to_come`` records are expected to add."""
    once, twice = counted[1], counted[2]
    if not once:
        return 0.0
    hidden = once**2 / (2 * twice) if twice else once * (once - 1) / 2
    if not hidden:  # one record, which tells nothing
        return float(to_come)
    return float(hidden * (1 - (1 - once / (fetched * hidden + once)) ** to_come))
