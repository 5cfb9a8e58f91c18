"""What was learnt of a target from its own answers: how long they take, hence how long to wait for the next one."""

from __future__ import annotations

import math
from collections import deque
from typing import Final

#: So many of the latest answers count.
_KEPT: Final = 64
#: Answers before anything is concluded from them.
_ENOUGH: Final = 8
#: A target is waited for so many times longer than nearly all of its answers took, ...
_PATIENCE: Final = 4.0
#: ... but so many seconds at least.
_LEAST_PATIENCE: Final = 3.0


class History:
    """Seconds of whole answers, and from asking to the first page. All times are the target's own."""

    def __init__(self) -> None:
        self._whole: deque[float] = deque(maxlen=_KEPT)
        self._first: deque[float] = deque(maxlen=_KEPT)

    def __len__(self) -> int:
        return len(self._whole)

    def answered(self, first: float, whole: float) -> None:
        self._first.append(first)
        self._whole.append(whole)

    def slowest(self) -> float | None:
        """What 98 of 100 answers do not exceed; None as long as too few are known."""
        return _quantile(self._whole, 0.98)

    def late(self) -> float | None:
        """From when on a first page is later than 95 of 100 are; None as long as too few are known."""
        return _quantile(self._first, 0.95)

    def patience(self, most: float) -> float:
        """Seconds that this target is given: its own ``most`` until its habits are known."""
        slowest = self.slowest()
        return most if slowest is None else min(most, max(_LEAST_PATIENCE, _PATIENCE * slowest))


def _quantile(values: deque[float], share: float) -> float | None:
    if len(values) < _ENOUGH:
        return None
    return sorted(values)[min(len(values) - 1, math.ceil(share * len(values)) - 1)]
