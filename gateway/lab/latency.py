"""How long a simulated library thinks: a distribution whose draws depend on a key alone.

The same library asked the same thing takes the same time in every run and for every client, so that a gateway and a
bare client of the same laboratory meet the very same delays.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from statistics import NormalDist

from gateway.core.errors import ConfigurationError

_NORMAL = NormalDist()
_FORMS = "none, constant:SECONDS, lognormal:MEDIAN:SIGMA or lognormal:MEDIAN:SIGMA:STUCK (a share from 0 to 1)"


@dataclass(frozen=True, slots=True)
class Latency:
    """Delay of one answer in seconds; ``math.inf`` when this answer never comes (with probability ``stuck``)."""

    median: float = 0.0
    sigma: float = 0.0
    stuck: float = 0.0

    @classmethod
    def parse(cls, text: str) -> Latency:
        """``none``, ``constant:0.05``, ``lognormal:0.25:0.8``, ``lognormal:0.3:0.8:0.02``."""
        kind, *numbers = text.strip().split(":")
        try:
            values = [float(number) for number in numbers]
        except ValueError as error:
            raise ConfigurationError(f"{text!r} is no latency; write {_FORMS}") from error
        fits = {"none": (0,), "constant": (1,), "lognormal": (2, 3)}.get(kind, ())
        if len(values) not in fits or not all(0 <= value < 3600 for value in values) or values[2:] > [1.0]:
            raise ConfigurationError(f"{text!r} is no latency; write {_FORMS}")
        return cls(*values)

    def delay(self, *key: object) -> float:
        if not self.median:
            return 0.0
        digest = hashlib.blake2b("\0".join(map(str, key)).encode(), digest_size=16).digest()
        if self.stuck and _share(digest[8:]) < self.stuck:
            return math.inf
        if not self.sigma:
            return self.median
        return self.median * math.exp(self.sigma * _NORMAL.inv_cdf(_share(digest[:8])))


def _share(octets: bytes) -> float:
    """A number between 0 and 1, both excluded."""
    return (int.from_bytes(octets, "big") + 0.5) / 2**64
