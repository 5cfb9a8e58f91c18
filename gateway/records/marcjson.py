"""MARC-in-JSON (the community form of Ross Singer's proposal, 2010): one object with ``leader`` and ``fields``."""

from __future__ import annotations

import json
from typing import Any

from gateway.core.errors import DataError
from gateway.records.marc import Field, MarcRecord


def read(data: bytes) -> MarcRecord:
    """One record; raises ``DataError`` when the bytes are no such object."""
    try:
        loaded = json.loads(data)
        fields = [_field(tag, value) for item in loaded["fields"] for tag, value in item.items()]
        return MarcRecord(str(loaded.get("leader", "")), fields)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DataError("This is no MARC-in-JSON record", detail=str(error)) from error


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
