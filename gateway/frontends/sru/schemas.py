"""Records of a catalogue in the record schemas that SRU clients ask for."""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b

from lxml import etree

from gateway.core.errors import DataError, WenyuanError
from gateway.core.record import Flavour, RawRecord, UnionRecord
from gateway.protocols.sru.diagnostics import SRUDiagnostic
from gateway.protocols.sru.safe_xml import parse
from gateway.protocols.sru.server_request import SCHEMAS
from gateway.protocols.sru.server_response import OutRecord
from gateway.records import iso2709, marcxml
from gateway.records.export import dublin_core, joint_marcxml, mods, union_xml
from gateway.records.lazy import LazyRecord
from gateway.records.normalise import normalise

_SLIM = f'xmlns="{marcxml.NAMESPACE}"'
#: CNMARC is UNIMARC with China's own fields, and is sent as such by other systems, too.
_FLAVOURED = {"unimarcxml": (Flavour.UNIMARC, Flavour.CNMARC), "cnmarcxml": (Flavour.CNMARC,)}


#: Written union records by schema, id and what they were written from; the oldest go first.
_texts: dict[tuple[object, ...], str] = {}
_KEPT = 2048


def out_record(raw: RawRecord, schema: str, position: int) -> OutRecord:
    """One record of an answer; what cannot be given in that schema becomes a surrogate diagnostic, never an error."""
    try:
        text = _in_schema(raw, schema)
    except DataError as error:
        return OutRecord(position, None, diagnostic=SRUDiagnostic.standard(67, str(error)))
    except WenyuanError as error:
        return OutRecord(position, None, diagnostic=SRUDiagnostic.standard(64, str(error)))
    return OutRecord(position, text, raw.local_id or "")


def _in_schema(raw: RawRecord, schema: str) -> str:
    if schema in ("dc", "mods", "union"):
        record = normalise(raw)
        return _understood(UnionRecord(record.id, record, (record,)), schema)
    _check_flavour(raw.flavour, schema)
    return _renamed(_marcxml(raw.payload, raw.format, raw.charset), schema)


def out_union(union: UnionRecord, schema: str, position: int) -> OutRecord:
    """One union record of an answer: its best member's MARC with everybody's holdings, or what is understood of it."""
    try:
        text = _kept(union, schema)
    except WenyuanError as error:
        return OutRecord(position, None, diagnostic=SRUDiagnostic.standard(67, str(error)))
    return OutRecord(position, text, union.id)


def _kept(union: UnionRecord, schema: str) -> str:
    """As :func:`_of_union`; records of popular pages are asked for again and again, and written once."""
    form = union.record.stored_form() if isinstance(union.record, LazyRecord) else None
    if form is None:
        return _of_union(union, schema)
    digest = blake2b(union.record.raw.payload if union.record.raw else b"", digest_size=16)
    digest.update(form.encode("utf-8", "surrogatepass"))
    for member in union.members:
        digest.update(member.id.encode("utf-8", "surrogatepass"))
    key = (schema, union.id, digest.digest(), union.why if schema == "union" else ())
    text = _texts.get(key)
    if text is None:
        text = _texts[key] = _of_union(union, schema)
        while len(_texts) > _KEPT:
            _texts.pop(next(iter(_texts)), None)
    return text


def _of_union(union: UnionRecord, schema: str) -> str:
    if schema in ("dc", "mods", "union"):
        return _understood(union, schema)
    _check_flavour(union.record.flavour, schema)
    return _renamed(joint_marcxml(union).strip(), schema)


def _understood(union: UnionRecord, schema: str) -> str:
    if schema == "dc":
        return dublin_core(union.record)
    return mods(union) if schema == "mods" else union_xml(union)


def _check_flavour(flavour: Flavour | None, schema: str) -> None:
    wanted = _FLAVOURED.get(schema)
    if wanted is not None and flavour not in wanted:
        raise DataError(f"this record is not held as {schema}")


def _renamed(text: str, schema: str) -> str:
    """MARCXML in the namespace of the schema."""
    return text.replace(_SLIM, f'xmlns="{SCHEMAS[schema][0]}"', 1) if schema in _FLAVOURED else text


@lru_cache(maxsize=2048)
def _marcxml(payload: bytes, kind: str, charset: str | None) -> str:
    """One ``record`` element. Records of popular pages are asked for again and again."""
    if kind == "marcxml":
        root = parse(payload, "The catalogue")  # one bad record must not break the whole answer
        if payload.startswith(b"<record"):
            return payload.decode("utf-8")
        return etree.tostring(root, encoding="unicode")  # whatever was around it, and in whatever encoding
    if kind == "iso2709":
        return marcxml.write(iso2709.read(payload, charset)).decode("utf-8").strip()
    raise DataError(f"this record is held as {kind} only")
