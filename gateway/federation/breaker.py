"""When a target is left alone for a while, and when it is tried again.

A pure state machine (``now`` is an argument): closed → open after ``threshold`` failures in a row → half-open after the
pause, in which one probe asks the target while every search still skips it → closed on success, open for twice as long
on failure.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Breaker:
    threshold: int = 3
    pause: float = 5.0  #: seconds of the first suspension
    longest_pause: float = 300.0
    failures: int = 0
    open_until: float = 0.0
    probing_since: float | None = None
    reason: str = ""

    #: A probe that never reported (its search was cancelled) no longer blocks others after so many seconds.
    PROBE_LIMIT = 60.0

    @property
    def suspended(self) -> bool:
        return self.failures >= self.threshold

    def allow(self, now: float) -> bool:
        """Whether to ask the target now. In half-open state the first caller becomes the probe."""
        if not self.suspended:
            return True
        if now < self.open_until:
            return False
        if self.probing_since is not None and now - self.probing_since < self.PROBE_LIMIT:
            return False
        self.probing_since = now
        return True

    def success(self) -> None:
        self.failures = 0
        self.probing_since = None
        self.reason = ""

    def failure(self, now: float, reason: str) -> None:
        self.failures += 1
        self.probing_since = None
        self.reason = reason
        if self.suspended:
            times = min(self.failures - self.threshold, 16)
            self.open_until = now + min(self.longest_pause, self.pause * 2**times)

    def abandoned(self) -> None:
        """The probe was cancelled before it could tell; the next search may probe."""
        self.probing_since = None

    def retry_in(self, now: float) -> float:
        """Seconds until the next probe, 0 when it is due."""
        return max(0.0, self.open_until - now) if self.suspended else 0.0
