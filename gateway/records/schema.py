"""The JSON Schema (draft 2020-12) of :class:`gateway.core.record.Record` in the form of ``gateway.core.codec.plain``.

``python -m gateway.records.schema`` prints it; it is published as ``config/schema/record.schema.json``. A value equal
to its default is left out, so only attributes without default are required.
"""

from __future__ import annotations

import dataclasses
import json
import sys
import types
import typing
from enum import Enum
from typing import Any

from gateway.core.record import Record

_PLAIN = {str: "string", int: "integer", float: "number", bool: "boolean", bytes: "string"}
IDENTIFIER = "urn:wenyuan:record:1"


def schema() -> dict[str, Any]:
    """The schema of one record, with a definition for each kind of value in it."""
    definitions: dict[str, Any] = {}
    whole = _object(Record, definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": IDENTIFIER,
        "title": "Record",
        **whole,
        "$defs": dict(sorted(definitions.items())),
    }


def _object(cls: type, definitions: dict[str, Any]) -> dict[str, Any]:
    hints = typing.get_type_hints(cls)
    fields = dataclasses.fields(cls)
    return {
        "type": "object",
        "description": (cls.__doc__ or "").strip().partition("\n")[0],
        "properties": {field.name: _type(hints[field.name], definitions) for field in fields},
        "required": [field.name for field in fields if field.default is dataclasses.MISSING],
        "additionalProperties": False,
    }


def _type(hint: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    if hint in _PLAIN:
        return {"type": _PLAIN[hint]} | ({"contentEncoding": "base64"} if hint is bytes else {})
    if isinstance(hint, types.UnionType):
        # ``X | None``: nothing is written for None.
        return _type(next(part for part in typing.get_args(hint) if part is not types.NoneType), definitions)
    if typing.get_origin(hint) is tuple:
        return {"type": "array", "items": _type(typing.get_args(hint)[0], definitions)}
    if issubclass(hint, Enum):
        return {"type": "string", "enum": [member.value for member in hint]}
    if hint.__name__ not in definitions:
        definitions[hint.__name__] = {}
        definitions[hint.__name__] = _object(hint, definitions)
    return {"$ref": f"#/$defs/{hint.__name__}"}


def text() -> str:
    """The schema as it is published."""
    return json.dumps(schema(), ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    sys.stdout.write(text())
