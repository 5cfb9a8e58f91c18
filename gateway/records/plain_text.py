"""Records that are only text (SUTRS, GRS-1 printed): shown as they are, with the first line for a title."""

from __future__ import annotations

from gateway.core.errors import DataError
from gateway.core.record import RawRecord, Title
from gateway.records import charset as charsets
from gateway.records import quality
from gateway.records.lazy import Values


def read(raw: RawRecord) -> tuple[Values, str]:
    """Title and note out of a text record; raises ``DataError`` when it is empty."""
    finding = charsets.detect(raw.payload, raw.charset)
    text, _ = charsets.decode(raw.payload, finding.charset)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        raise DataError("This text record is empty")
    values = Values(
        titles=(Title(lines[0][:300]),),
        notes=tuple(lines[1:200]),
        charset=finding.charset,
        charset_confidence=finding.confidence,
        form="other",
        holdings=raw.holdings,
        warnings=(quality.warning("unread-format", "", raw.format),),
    )
    return values, ""
