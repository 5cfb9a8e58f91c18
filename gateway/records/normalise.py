"""Any record that a source sent becomes a :class:`gateway.core.record.Record`; its values are found when asked for."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from hashlib import blake2b

from gateway.core.errors import DataError
from gateway.core.record import Flavour, RawRecord, Record, Warning
from gateway.records import dublin_core, iso2709, lines, marcjson, marcxml, mods, plain_text, quality
from gateway.records.flavour import decide
from gateway.records.lazy import LazyRecord, View
from gateway.records.mapping.marc21 import Marc21View
from gateway.records.mapping.marc_view import MarcView
from gateway.records.mapping.unimarc import UnimarcView
from gateway.records.marc import MarcRecord
from gateway.records.repair import mended

#: Larger records are read afresh each time, so that what is kept stays within some 50 MB.
_KEPT_SIZE = 8192
_MARC: dict[str, Callable[[bytes, str | None], MarcRecord]] = {
    "iso2709": iso2709.read,
    "marcxml": lambda payload, charset: marcxml.read(payload),
    "marcjson": lambda payload, charset: marcjson.read(payload),
    "marcline": lambda payload, charset: lines.read(payload.decode("utf-8", "replace")),
}


def normalise(raw: RawRecord) -> Record:
    """One record, understood. Faults in it become ``warnings``.

    Raises ``DataError`` only when nothing can be read at all: no field of MARC, XML that is not well-formed, no bytes.
    """
    kind = raw.format if raw.format != "unknown" else _sniff(raw.payload)
    if kind in _MARC:
        understand = _understood if len(raw.payload) <= _KEPT_SIZE else _understood.__wrapped__
        view = understand(raw.payload, kind, raw.charset, raw.flavour, raw.local_id is None)
        local_id = raw.local_id or view.marc.control("001").strip() or _digest(raw)
        return LazyRecord.over(view, id=f"{raw.source}:{local_id}", source=raw.source, local_id=local_id, raw=raw)
    if kind == "dc":
        return _other(*dublin_core.read(raw), raw)
    if kind == "mods":
        return _other(*mods.read(raw), raw)
    if kind in ("sutrs", "grs1"):
        return _other(*plain_text.read(raw), raw)
    raise DataError(f"Records of format {raw.format!r} are not known; known are iso2709, marcxml, marcjson, dc, mods")


def marc_of(raw: RawRecord) -> MarcRecord | None:
    """The MARC record in the bytes of ``raw``; None when its format is none of MARC's."""
    kind = raw.format if raw.format != "unknown" else _sniff(raw.payload)
    return _MARC[kind](raw.payload, raw.charset) if kind in _MARC else None


def _sniff(payload: bytes) -> str:
    """The format of a payload whose source did not say."""
    head = payload[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head[:1] == b"<":
        if b"datafield" in head or b"controlfield" in head or b"varfield" in head or b"leader" in head:
            return "marcxml"
        return "mods" if b"loc.gov/mods" in head or b"<mods" in head else "dc"
    if head[:1] == b"{":
        return "marcjson"
    return "iso2709"


@lru_cache(maxsize=4096)
def _understood(payload: bytes, kind: str, charset: str | None, flavour: Flavour | None, unnamed: bool) -> MarcView:
    """What the bytes of a MARC record say. ``unnamed``: nothing outside of them names the record.

    The same bytes come again and again: from libraries that took a record over, for the next page, for the next search.
    """
    marc = mended(_MARC[kind](payload, charset))
    decided = decide(marc, flavour)
    found: tuple[Warning, ...] = ()
    if unnamed and not marc.control("001").strip():
        found = (quality.warning("no-local-id", "001"),)
    if flavour is not None and (flavour is Flavour.MARC21) != (decided is Flavour.MARC21):
        found += (quality.warning("flavour-mismatch", "", f"{flavour.value}, {decided.value}"),)
    return (Marc21View if decided is Flavour.MARC21 else UnimarcView)(marc, decided, found)


def _other(view: View, local_id: str, raw: RawRecord) -> Record:
    local_id = raw.local_id or local_id or _digest(raw)
    return LazyRecord.over(view, id=f"{raw.source}:{local_id}", source=raw.source, local_id=local_id, raw=raw)


def _digest(raw: RawRecord) -> str:
    """An identifier out of the bytes: the same record gets the same one every time."""
    return "h" + blake2b(raw.payload, digest_size=10).hexdigest()
