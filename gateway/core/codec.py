"""Records to and from plain values (dict, list, str, number) that JSON can carry.

Empty values are left out, so that a brief record stays brief; reading puts the defaults back. Bytes travel as base64.
Reading ``plain(x)`` gives a record equal to ``x``.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import types
import typing
from collections.abc import Callable, Container, Mapping
from enum import Enum
from functools import lru_cache
from typing import Any, TypeVar, cast

from gateway.core.errors import DataError

T = TypeVar("T")


@lru_cache(maxsize=64)
def _fields(cls: type) -> tuple[tuple[str, Any, Any], ...]:
    """(name, resolved type, default or MISSING) of a dataclass's fields."""
    hints = typing.get_type_hints(cls)
    return tuple((f.name, hints[f.name], f.default) for f in dataclasses.fields(cls))


def plain(value: object, *, without: Container[str] = ()) -> Any:
    """Any of the core's dataclasses, or a container of them, as plain values; these fields of it are not looked at."""
    if value is None or isinstance(value, str | int | float | bool):
        return value.value if isinstance(value, Enum) else value
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    out: dict[str, Any] = {}
    for name, _, default in _fields(_declared(type(value))):
        if name in without:
            continue
        item = getattr(value, name)
        if item is None or item == default or item == ():
            continue
        out[name] = plain(item)
    return out


def _declared(cls: type) -> type:
    """The class whose fields are written: a lazy subclass of ``Record`` is written as a ``Record``."""
    for base in cls.__mro__:
        if dataclasses.is_dataclass(base):
            return base
    raise TypeError(f"{cls.__name__} has no plain form")


def parse(cls: type[T], value: object) -> T:
    """The inverse of :func:`plain`; raises ``DataError`` when the value has another shape."""
    try:
        return cast(T, _read(cls, value))
    except (TypeError, ValueError, KeyError, AttributeError, binascii.Error) as error:
        raise DataError(f"Stored {cls.__name__} cannot be read", detail=str(error)) from error


def _read(kind: Any, value: Any) -> Any:
    return None if value is None else _reader(kind)(value)


@lru_cache(maxsize=256)
def _reader(kind: Any) -> Callable[[Any], Any]:
    """What reads a value (never None) of this type; worked out once for each type, since bulk reads millions."""
    origin = typing.get_origin(kind)
    if origin is tuple:
        item_type = typing.get_args(kind)[0]
        if item_type in _AS_THEY_ARE:
            return tuple
        read_item = _reader(item_type)
        return lambda value: tuple([None if item is None else read_item(item) for item in value])
    if origin is typing.Union or origin is types.UnionType:
        return _reader(next(a for a in typing.get_args(kind) if a is not type(None)))
    if kind in _AS_THEY_ARE:
        return _same
    if kind is bytes:
        return lambda value: base64.b64decode(value, validate=True)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind
    readers = {name: _reader(hint) for name, hint, _ in _fields(kind)}
    plain_names = frozenset(name for name, reader in readers.items() if reader is _same)

    def read(value: Mapping[str, Any]) -> Any:
        known = value.keys() & readers.keys()
        if known <= plain_names:
            return kind(**{name: value[name] for name in known})
        return kind(**{name: None if value[name] is None else readers[name](value[name]) for name in known})

    return read


def _same(value: Any) -> Any:
    return value


_AS_THEY_ARE = frozenset({str, int, float, bool})
