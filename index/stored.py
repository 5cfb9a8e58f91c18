"""Records to and from what the database holds; an attribute is decoded when it is first asked for.

A page of results needs a few attributes of many members, so decoding whole records would cost more than the search
itself.
"""

from __future__ import annotations

import dataclasses
import json
import re
import typing
from collections.abc import Hashable, Sequence
from functools import lru_cache
from typing import Any

from gateway.core import codec
from gateway.core.errors import DataError
from gateway.core.record import Flavour, Holding, RawRecord, Record, Title
from gateway.records.lazy import LazyRecord

_KINDS = typing.get_type_hints(Record)
_DEFAULTS = {f.name: f.default for f in dataclasses.fields(Record)}
_APART = frozenset({"id", "source", "local_id", "raw"})
_COMPARED = tuple(name for name in _DEFAULTS if name not in _APART)
_HOLDINGS = tuple[Holding, ...]
_FLAVOURS = {flavour.value: flavour for flavour in Flavour}

#: The columns of the embedded index that :func:`record_of` takes, in its order.
COLUMNS = "id, source, local_id, body, payload, format, flavour, charset, raw_local_id, raw_holdings"


#: What :func:`body_of` writes first, when it is there: whoever wants only this needs no more decoded.
_FIRST = {"flavour": 1, "charset": 2}
_BEGINNING = re.compile(r'\{(?:"flavour":"([a-z0-9]+)",?)?(?:"charset":"([^"\\]+)")?')


def _first(name: str, body: str) -> Any:
    found = _BEGINNING.match(body)
    text = found[_FIRST[name]] if found else None
    return _DEFAULTS[name] if text is None else codec.parse(_KINDS[name], text)


class _Stored:
    """The view of a lazy record over its JSON."""

    __slots__ = ("_body", "_values")

    def __init__(self, body: str) -> None:
        self._body = body
        self._values: dict[str, Any] | None = None

    @property
    def stored_form(self) -> str:
        return self._body

    def value(self, name: str, record: Record) -> Any:
        values = self._values
        if values is None:
            if name in _FIRST:
                return _first(name, self._body)
            values = self._values = decoded(self._body)
        return codec.parse(_KINDS[name], values[name]) if name in values else _DEFAULTS[name]

    def main_titles(self, record: Record) -> Sequence[Title]:
        return record.titles


def record_of(row: tuple[Any, ...]) -> Record:
    uid, source, local_id, body, payload, form, flavour, charset, raw_local_id, raw_holdings = row
    raw = None
    if form is not None:
        holdings = codec.parse(_HOLDINGS, decoded(raw_holdings)) if raw_holdings else ()
        raw = RawRecord(source, payload, form, _FLAVOURS.get(flavour), charset, raw_local_id, holdings=holdings)
    return LazyRecord.over(_Stored(body), id=uid, source=source, local_id=local_id, raw=raw)


def row_of(record: Record) -> tuple[Any, ...]:
    """The inverse of :func:`record_of`; the raw record's place in some result set is not kept."""
    raw = record.raw
    if raw is None:
        rest: tuple[Any, ...] = (None,) * 6
    else:
        holdings = dumped(raw.holdings) if raw.holdings else None
        rest = (raw.payload, raw.format, raw.flavour and raw.flavour.value, raw.charset, raw.local_id, holdings)
    return (record.id, record.source, record.local_id, body_of(record), *rest)


def body_of(record: Record) -> str:
    """The JSON of a record's values, without its names and its raw; always the same for the same values."""
    values = {}
    for name, default in _DEFAULTS.items():
        if name in _APART:
            continue
        value = getattr(record, name)
        if value != default:
            values[name] = value
    return dumped(values)


def decoded(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise DataError(
            "A stored record cannot be read; restore the index's folder from a backup", detail=str(error)
        ) from error


def dumped(value: object) -> str:
    """JSON of values and core dataclasses, the very values of ``codec.plain``, but built while C writes them."""
    text = _encoder.encode(value)
    try:
        text.encode()
    except UnicodeEncodeError:  # half a surrogate pair from a damaged record: kept as an escape
        return json.dumps(value, separators=(",", ":"), default=_filled, check_circular=False)
    return text


@lru_cache(maxsize=64)
def _defaults(kind: Hashable) -> tuple[tuple[str, Any], ...]:
    return tuple((field.name, field.default) for field in dataclasses.fields(typing.cast(type, kind)))


def _filled(value: object) -> dict[str, Any]:
    """A core dataclass without its empty values, as ``codec.plain`` leaves them out."""
    return {
        name: item
        for name, default in _defaults(typing.cast(Hashable, type(value)))
        if (item := getattr(value, name)) is not None and item != default and item != ()
    }


class _Differing:
    """The view of a merged record that is kept as what it has otherwise than the member that leads it."""

    __slots__ = ("_body", "_lead", "_values")

    def __init__(self, body: str, values: dict[str, Any], lead: Record) -> None:
        self._body = body
        self._values = values
        self._lead = lead

    @property
    def stored_form(self) -> str | None:
        lead = self._lead.stored_form() if isinstance(self._lead, LazyRecord) else None
        return None if lead is None else f"{self._body}\n{lead}"

    def value(self, name: str, record: Record) -> Any:
        if name in self._values:
            return codec.parse(_KINDS[name], self._values[name])
        return getattr(self._lead, name)

    def main_titles(self, record: Record) -> Sequence[Title]:
        return record.titles


def merged_of(head: str, members: Sequence[Record]) -> Record:
    """The inverse of :func:`merged_body`; the raw of a merged record is that of the member whose id it has."""
    names, body, *differing = decoded(head)
    uid, source, local_id = names
    lead = next((member for member in members if member.id == uid), None)
    raw = None if lead is None else lead.raw
    view = _Differing(head, differing[0], lead or members[0]) if differing else _Stored(body)
    return LazyRecord.over(view, id=uid, source=source, local_id=local_id, raw=raw)


def merged_body(record: Record, members: Sequence[Record] = ()) -> str:
    """The JSON of a merged record; given its members, only what it has otherwise than the one whose id it has."""
    names = [record.id, record.source, record.local_id]
    lead = next((member for member in members if member.id == record.id), None)
    if lead is None:
        return dumped([names, body_of(record)])
    values = {}
    for name in _COMPARED:
        value, own = getattr(record, name), getattr(lead, name)
        if value is not own and value != own:
            values[name] = value
    return dumped([names, None, values])


_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_filled, check_circular=False)
