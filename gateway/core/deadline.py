"""Time budgets as absolute instants of a monotonic clock; whoever checks one brings ``now``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Deadline:
    """``at`` is in seconds of the caller's monotonic clock (the event loop's time in the gateway)."""

    at: float

    @classmethod
    def after(cls, seconds: float, now: float) -> Deadline:
        return cls(now + seconds)

    def remaining(self, now: float) -> float:
        """Seconds left, never negative."""
        return max(0.0, self.at - now)

    def expired(self, now: float) -> bool:
        return now >= self.at

    def earlier(self, seconds: float, now: float) -> Deadline:
        """The nearer of this deadline and ``seconds`` from now."""
        return Deadline(min(self.at, now + seconds))
