"""MARC-in-JSON (the community form of Ross Singer's proposal, 2010): one object with ``leader`` and ``fields``."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from gateway.core.errors import DataError
from gateway.records.charset.fields import replacement_damage
from gateway.records.marc import Field, MarcRecord

#: What may stand for half of a surrogate pair (RFC 8259, 7 and 8.2).
_HALF: Final = re.compile(r"\\u[Dd][89A-Fa-f]")


def read(data: bytes) -> MarcRecord:
    """One record; raises ``DataError`` when the bytes are no such object."""
    try:
        text = data.decode(json.detect_encoding(data), "replace")
        loaded = json.loads(text, object_pairs_hook=_whole if _HALF.search(text) else None)
        fields = [_field(tag, value) for item in loaded["fields"] for tag, value in item.items()]
        return MarcRecord(str(loaded.get("leader", "")), fields, damage=tuple(replacement_damage(fields)))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DataError("This is no MARC-in-JSON record", detail=str(error)) from error


def _whole(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose texts have U+FFFD for half of a surrogate pair, which is no character and cannot be written."""
    return {_mended(key): _mended(value) for key, value in pairs}


def _mended(value: Any) -> Any:
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace") if isinstance(value, str) else value


def _field(tag: str, value: Any) -> Field:
    if isinstance(value, str):
        return Field.control(tag, value)
    subfields = [(str(code), str(text)) for item in value["subfields"] for code, text in item.items() if code]
    return Field(tag, str(value.get("ind1", " ")), str(value.get("ind2", " ")), subfields)


def write(marc: MarcRecord) -> bytes:
    """The record as MARC-in-JSON, in UTF-8."""
    fields: list[dict[str, Any]] = []
    for field in marc.fields():
        if field.is_control:
            fields.append({field.tag: field.data})
        else:
            subfields = [{code: value} for code, value in field.subfields]
            fields.append({field.tag: {"ind1": field.ind1, "ind2": field.ind2, "subfields": subfields}})
    return json.dumps({"leader": marc.leader, "fields": fields}, ensure_ascii=False).encode()
