"""UTCdatetime in the two granularities of OAI-PMH 2.0 (section 3.3): days, or seconds with ``T`` and ``Z``."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from enum import StrEnum

_WRITTEN = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2}):(\d{2})Z)?", re.ASCII)
#: What real servers send as well: fractions, offsets, a blank for the T, no Z.
_LOOSE = re.compile(
    r"\s*(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2}))?(?:[.,]\d+)?\s*(?:Z|[+-]00:?00)?)?\s*",
    re.ASCII | re.IGNORECASE,
)


class Granularity(StrEnum):
    DAY = "YYYY-MM-DD"
    SECOND = "YYYY-MM-DDThh:mm:ssZ"


def granularity_of(text: str) -> Granularity:
    return Granularity.SECOND if "T" in text.upper() else Granularity.DAY


def parse_date(text: str, *, strict: bool = True) -> datetime:
    """An instant in UTC; a day is its first second. Raises ``ValueError``. ``strict`` takes the two forms only."""
    match = _WRITTEN.fullmatch(text) if strict else _LOOSE.fullmatch(text)
    if match is None:
        raise ValueError(f"'{text[:60]}' is no date of the form {Granularity.DAY} or {Granularity.SECOND}")
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups())
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)


def format_date(instant: datetime, granularity: Granularity = Granularity.SECOND) -> str:
    form = "%Y-%m-%dT%H:%M:%SZ" if granularity is Granularity.SECOND else "%Y-%m-%d"
    instant = instant.astimezone(UTC)
    return f"{instant.year:04d}" + instant.strftime(form[2:])


def stamp(seconds: int) -> str:
    """Seconds since 1970 as a datestamp."""
    return format_date(datetime.fromtimestamp(seconds, UTC))
