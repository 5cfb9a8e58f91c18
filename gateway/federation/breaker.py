"""When a target is left alone for a while, and when it is tried again.

A pure state machine (``now`` is an argument): closed → open after ``threshold`` failures in a row, or after one that
made a reader wait for nothing → half-open after the pause, in which one probe asks the target while every search still
skips it → closed on success, open for twice as long on failure.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Breaker:
    threshold: int = 3
    pause: float = 5.0  #: seconds of the first suspension
    longest_pause: float = 300.0
    failures: int = 0  #: in a row
    open_until: float = 0.0
    probing_since: float | None = None
    reason: str = ""
    suspended: bool = False
    _doublings: int = 0

    #: A probe that never reported (its search was cancelled) no longer blocks others after so many seconds.
    PROBE_LIMIT = 60.0

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
        self.suspended = False

    def failure(self, now: float, reason: str, *, costly: bool = False, retry_after: float | None = None) -> None:
        """``costly``: readers waited for nothing, so the next one shall not; a probe may go out at once.
        ``retry_after``: the target itself said how many seconds it wants to be left alone."""
        self.failures += 1
        self.probing_since = None
        self.reason = reason
        if self.suspended:
            self._doublings += 1
            self.open_until = now + self._pause()
        elif self.failures >= self.threshold:
            self.suspended, self._doublings = True, 0
            self.open_until = now + self._pause()
        elif costly:
            self.suspended, self._doublings = True, -1
            self.open_until = now
        if retry_after is not None:
            if not self.suspended:
                self.suspended, self._doublings = True, 0
            self.open_until = max(self.open_until, now + min(retry_after, self.longest_pause))

    def _pause(self) -> float:
        return min(self.longest_pause, self.pause * float(2 ** min(self._doublings, 16)))

    def abandoned(self) -> None:
        """The probe was cancelled before it could tell; the next search may probe."""
        self.probing_since = None

    def retry_in(self, now: float) -> float:
        """Seconds until the next probe, 0 when it is due."""
        return max(0.0, self.open_until - now) if self.suspended else 0.0
