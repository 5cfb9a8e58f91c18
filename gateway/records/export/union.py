"""A union record in its own XML, which loses nothing: namespace ``urn:wenyuan:union:1``, schema ``union-1.xsd``.

The elements are the values of :class:`gateway.core.record.Record` by their own names, each as often as it has values;
parts of a value are attributes, except lists within it, which are elements again. ``member`` names each record that the
union is made of, ``why`` tells what made them one.
"""

from __future__ import annotations

import dataclasses
from enum import Enum
from functools import lru_cache
from typing import Any

from gateway.core.record import Record, UnionRecord
from gateway.records import keys
from gateway.records.export.xml import element, escape, written

NAMESPACE = "urn:wenyuan:union:1"
_APART = frozenset({"id", "source", "local_id", "raw", "charset", "charset_confidence", "warnings"})
_NAMES = tuple(field.name for field in dataclasses.fields(Record) if field.name not in _APART)
#: Plural attributes of a record, as the name of one element.
_SINGULAR = {
    "titles": "title", "contributors": "contributor", "identifiers": "identifier", "publications": "publication",
    "subjects": "subject", "classes": "class", "languages": "language", "original_languages": "originalLanguage",
    "countries": "country",
    "notes": "note", "links": "link", "holdings": "holding", "parts": "part",
}  # fmt: skip


def union_xml(union: UnionRecord) -> str:
    """One ``union`` element."""
    parts = [f'<union xmlns="{NAMESPACE}" id="{escape(union.id)}">']
    parts += [_element(name, getattr(union.record, name)) for name in _NAMES]
    for member in union.members:
        known = {"source": member.source, "localId": member.local_id, "uid": keys.uid(member.id)}
        parts.append(f"<member{written(known)}/>")
    parts += [_element("why", evidence) for evidence in union.why]
    parts.append("</union>")
    return "".join(parts)


def _element(name: str, value: Any) -> str:
    if value is None or value == "" or value == ():
        return ""
    if isinstance(value, tuple):
        return "".join([_element(_SINGULAR.get(name, name), item) for item in value])
    if not dataclasses.is_dataclass(value):
        return element(_camel(name), _plain(value))
    attributes, inner = {}, []
    kind: type = type(value)
    for part in _fields(kind):
        item = getattr(value, part)
        if isinstance(item, tuple):
            inner.append(_element(part, item))
        elif item is not None:
            attributes[_camel(part)] = _plain(item)
    return f"<{_camel(name)}{written(attributes)}>{''.join(inner)}</{_camel(name)}>"


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value.value if isinstance(value, Enum) else value)


@lru_cache(maxsize=64)
def _fields(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind))


@lru_cache(maxsize=256)
def _camel(name: str) -> str:
    first, *rest = _SINGULAR.get(name, name).split("_")
    return first + "".join(word.capitalize() for word in rest)
