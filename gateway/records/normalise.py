"""Any record that a source sent becomes a :class:`gateway.core.record.Record`; its values are found when asked for."""

from __future__ import annotations

from hashlib import blake2b

from gateway.core.errors import DataError
from gateway.core.record import Flavour, RawRecord, Record, Warning
from gateway.records import dublin_core, iso2709, lines, marcjson, marcxml, mods, plain_text, quality
from gateway.records.flavour import decide
from gateway.records.lazy import LazyRecord, View
from gateway.records.mapping.marc21 import Marc21View
from gateway.records.mapping.on_demand import OnDemand
from gateway.records.mapping.unimarc import UnimarcView
from gateway.records.marc import MarcRecord
from gateway.records.repair import mended


def normalise(raw: RawRecord) -> Record:
    """One record, understood. Faults in it become ``warnings``.

    Raises ``DataError`` only when nothing can be read at all: no field of MARC, XML that is not well-formed, no bytes.
    """
    kind = raw.format if raw.format != "unknown" else _sniff(raw.payload)
    if kind == "iso2709":
        return _marc(iso2709.read(raw.payload, raw.charset), raw)
    if kind == "marcxml":
        return _marc(marcxml.read(raw.payload), raw)
    if kind == "marcjson":
        return _marc(marcjson.read(raw.payload), raw)
    if kind == "marcline":
        return _marc(lines.read(raw.payload.decode("utf-8", "replace")), raw)
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
    if kind == "iso2709":
        return iso2709.read(raw.payload, raw.charset)
    if kind == "marcxml":
        return marcxml.read(raw.payload)
    if kind == "marcline":
        return lines.read(raw.payload.decode("utf-8", "replace"))
    return marcjson.read(raw.payload) if kind == "marcjson" else None


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


def _marc(marc: MarcRecord, raw: RawRecord) -> Record:
    marc = OnDemand.of(mended(marc))
    flavour = decide(marc, raw.flavour)
    local_id = raw.local_id or marc.control("001").strip()
    found: tuple[Warning, ...] = ()
    if not local_id:
        local_id = _digest(raw)
        found = (quality.warning("no-local-id", "001"),)
    if raw.flavour is not None and (raw.flavour is Flavour.MARC21) != (flavour is Flavour.MARC21):
        found += (quality.warning("flavour-mismatch", "", f"{raw.flavour.value}, {flavour.value}"),)
    view = (Marc21View if flavour is Flavour.MARC21 else UnimarcView)(marc, raw, flavour, found)
    return LazyRecord.over(view, id=f"{raw.source}:{local_id}", source=raw.source, local_id=local_id, raw=raw)


def _other(view: View, local_id: str, raw: RawRecord) -> Record:
    local_id = raw.local_id or local_id or _digest(raw)
    return LazyRecord.over(view, id=f"{raw.source}:{local_id}", source=raw.source, local_id=local_id, raw=raw)


def _digest(raw: RawRecord) -> str:
    """An identifier out of the bytes: the same record gets the same one every time."""
    return "h" + blake2b(raw.payload, digest_size=10).hexdigest()
