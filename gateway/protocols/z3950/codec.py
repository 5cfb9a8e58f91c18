"""Types of ASN.1 as small objects: what the tables of ``schema`` are made of, and how values go to and from BER.

A type either has one ``key`` (everything but a CHOICE and ANY) or offers several in ``readers``. A SEQUENCE is read
into the dataclass that carries its fields; which alternative of a CHOICE is written follows from the Python type of
the value.
Reading is liberal where peers are known to be careless (unknown elements are skipped) and strict about structure.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from enum import Enum
from operator import attrgetter
from typing import Any

from gateway.protocols.z3950 import ber
from gateway.protocols.z3950.ber import MAX_DEPTH, BerError, header

Reader = Callable[[bytes, int, int, bool, int], Any]


class Type:
    """``read`` takes (buffer, start, stop, constructed, depth) of the content; ``write`` gives the content octets."""

    key: int = -1
    constructed = False
    _readers: dict[int, Reader] | None = None
    _identifier: bytes | None = None  #: its octets, once they were needed

    @property
    def readers(self) -> dict[int, Reader]:
        """By key: how the content is read. Made at first use, because types refer to each other."""
        if self._readers is None:
            self._readers = self._make_readers()
        return self._readers

    def _make_readers(self) -> dict[int, Reader]:
        return {self.key: self.read}

    def read(self, buffer: bytes, start: int, stop: int, constructed: bool, depth: int) -> Any:
        raise NotImplementedError

    def write(self, value: Any) -> bytes:
        raise NotImplementedError

    def encode(self, value: Any) -> bytes:
        content = self.write(value)
        head = self._identifier
        if head is None:
            head = self._identifier = ber.identifier(self.key, self.constructed)
        return head + ber.length(len(content)) + content

    def decode(self, buffer: bytes) -> Any:
        """One whole value; ``BerError`` for anything else."""
        try:
            try:
                return self._decode(buffer)
            except ber.IndefiniteLengthError:
                return self._decode(ber.definite(buffer))
        except IndexError as error:
            raise BerError("a value is cut off") from error

    def _decode(self, buffer: bytes) -> Any:
        tag, constructed, start, stop = header(buffer, 0, len(buffer))
        if stop != len(buffer):
            raise BerError("octets are left over")
        reader = self.readers.get(tag)
        if reader is None:
            raise BerError(f"an unexpected tag {tag:#x}")
        return reader(buffer, start, stop, constructed, 0)


class Primitive(Type):
    def __init__(self, tag: int, read: Reader, write: Callable[[Any], bytes]) -> None:
        self.key = tag
        self.read = read  # type: ignore[method-assign,assignment]
        self.write = write  # type: ignore[method-assign,assignment]


class Any_(Type):  # noqa: N801 - the ASN.1 name is taken
    """ANY: the whole encoding, identifier and all, left as it is. Only inside :class:`Explicit`."""

    def read(self, buffer: bytes, start: int, stop: int, constructed: bool, depth: int) -> bytes:
        return buffer[start:stop]

    def encode(self, value: bytes) -> bytes:
        return value


class Implicit(Type):
    """``[number] IMPLICIT type``; the type has one key."""

    def __init__(self, number: int, inner: Type) -> None:
        self.key = ber.key(number)
        self.constructed = inner.constructed
        self.inner = inner
        self.read = inner.read  # type: ignore[method-assign]
        self.write = inner.write  # type: ignore[method-assign]


class Explicit(Type):
    """``[number] EXPLICIT type``: what a tag before a CHOICE always is."""

    constructed = True

    def __init__(self, number: int, inner: Type | Callable[[], Type]) -> None:
        self.key = ber.key(number)
        self._inner = inner

    @property
    def inner(self) -> Type:
        return self._inner if isinstance(self._inner, Type) else self._inner()

    def read(self, buffer: bytes, start: int, stop: int, constructed: bool, depth: int) -> Any:
        inner = self.inner
        if isinstance(inner, Any_):
            return buffer[start:stop]
        if depth > MAX_DEPTH:
            raise BerError("nested too deeply")
        tag, built, begin, end = header(buffer, start, stop)
        reader = inner.readers.get(tag)
        if reader is None or end != stop:
            raise BerError(f"an unexpected tag {tag:#x}")
        return reader(buffer, begin, end, built, depth + 1)

    def write(self, value: Any) -> bytes:
        return self.inner.encode(value)


class Field:
    __slots__ = ("kind", "name", "optional")

    def __init__(self, name: str, kind: Type, *, optional: bool = False) -> None:
        self.name = name
        self.kind = kind
        self.optional = optional


class Sequence(Type):
    """SEQUENCE of named fields ↔ an instance of ``cls``. A field that is absent keeps the default of ``cls``."""

    key = ber.SEQUENCE
    constructed = True

    def __init__(self, cls: type, *fields: Field) -> None:
        self.cls = cls
        self.fields = fields
        declared = sorted(dataclasses.fields(cls), key=lambda f: bool(f.kw_only))  # the order of positional arguments
        names = [f.name for f in declared]
        if sorted(names) != sorted(f.name for f in fields):
            raise TypeError(f"{cls.__name__} and its schema differ")
        self._slots = [names.index(f.name) for f in fields]
        self._defaults = [None if f.default is dataclasses.MISSING else f.default for f in declared]
        self._keywords = tuple(f.name for f in declared if f.kw_only)
        self._positional = len(names) - len(self._keywords)
        self._get = attrgetter(*(f.name for f in fields)) if len(fields) > 1 else None
        self._table: dict[int, tuple[tuple[int, Reader], ...]] | None = None

    def _make_table(self) -> dict[int, tuple[tuple[int, Reader], ...]]:
        table: dict[int, tuple[tuple[int, Reader], ...]] = {}
        for index, item in enumerate(self.fields):
            for tag, reader in item.kind.readers.items():
                table[tag] = (*table.get(tag, ()), (index, reader))
        self._table = table
        return table

    def read(self, buffer: bytes, start: int, stop: int, constructed: bool, depth: int) -> Any:
        if depth > MAX_DEPTH or not constructed:
            raise BerError("nested too deeply or not constructed")
        table = self._table or self._make_table()
        values = self._defaults.copy()
        slots = self._slots
        seen = 0  # fields before this one have passed
        missing: list[Field] = []
        while start < stop:
            tag, built, begin, start = header(buffer, start, stop)
            for index, reader in table.get(tag, ()):
                if index >= seen:
                    if index > seen:
                        missing += [f for f in self.fields[seen:index] if not f.optional]
                    values[slots[index]] = reader(buffer, begin, start, built, depth + 1)
                    seen = index + 1
                    break
        if seen < len(slots):
            missing += [f for f in self.fields[seen:] if not f.optional]
        if missing:
            raise BerError(f"{self.cls.__name__} without {missing[0].name}")
        if not self._keywords:
            return self.cls(*values)
        count = self._positional
        return self.cls(*values[:count], **dict(zip(self._keywords, values[count:], strict=True)))

    def write(self, value: Any) -> bytes:
        parts: list[bytes] = []
        values = self._get(value) if self._get else (getattr(value, self.fields[0].name),)
        for item, content in zip(self.fields, values, strict=True):
            if content is not None:
                parts.append(item.kind.encode(content))
            elif not item.optional:
                raise ValueError(f"{self.cls.__name__}.{item.name} is not set")
        return b"".join(parts)


class SequenceOf(Type):
    """SEQUENCE OF ↔ tuple."""

    key = ber.SEQUENCE
    constructed = True

    def __init__(self, item: Type | Callable[[], Type]) -> None:
        self._item = item

    @property
    def item(self) -> Type:
        return self._item if isinstance(self._item, Type) else self._item()

    def read(self, buffer: bytes, start: int, stop: int, constructed: bool, depth: int) -> tuple[Any, ...]:
        if depth > MAX_DEPTH or not constructed:
            raise BerError("nested too deeply or not constructed")
        readers = self.item.readers
        depth += 1
        out = []
        while start < stop:
            tag, built, begin, start = header(buffer, start, stop)
            reader = readers.get(tag)
            if reader is None:
                raise BerError(f"an unexpected tag {tag:#x} in a list")
            out.append(reader(buffer, begin, start, built, depth))
        return tuple(out)

    def write(self, value: tuple[Any, ...]) -> bytes:
        encode = self.item.encode
        return b"".join([encode(item) for item in value])


class Alternative:
    """One arm of a CHOICE, written for values of these classes.

    ``wrap``: the class is made of the arm's value and holds it in its only field (when the bare value would not tell
    the arm). ``constant``: the arm is NULL and stands for this value.
    """

    __slots__ = ("classes", "constant", "kind", "unwrap", "wrap")

    def __init__(self, kind: Type, *classes: type, wrap: bool = False, constant: object = None) -> None:
        self.kind = kind
        self.classes = classes
        self.wrap = wrap
        self.unwrap = attrgetter(dataclasses.fields(classes[0])[0].name) if wrap else None
        self.constant = constant

    def readers(self) -> Mapping[int, Reader]:
        if self.constant is not None:
            constant = self.constant
            return {self.kind.key: lambda buffer, start, stop, constructed, depth: constant}
        if not self.wrap:
            return self.kind.readers
        (cls,) = self.classes

        def wrapped(inner: Reader) -> Reader:
            return lambda buffer, start, stop, built, depth: cls(inner(buffer, start, stop, built, depth))

        return {tag: wrapped(reader) for tag, reader in self.kind.readers.items()}


class Choice(Type):
    def __init__(self, *alternatives: Alternative) -> None:
        self.alternatives = alternatives
        self._by_value = {a.constant: a.kind.encode(b"") for a in alternatives if a.constant is not None}
        self._by_class = {cls: a for a in reversed(alternatives) for cls in a.classes}

    def _make_readers(self) -> dict[int, Reader]:
        readers: dict[int, Reader] = {}
        for alternative in self.alternatives:
            for tag, reader in alternative.readers().items():
                readers.setdefault(tag, reader)
        return readers

    def encode(self, value: Any) -> bytes:
        if isinstance(value, Enum):
            return self._by_value[value]
        alternative = self._by_class.get(type(value))
        if alternative is None:
            raise ValueError(f"no alternative for a {type(value).__name__}")
        return alternative.kind.encode(alternative.unwrap(value) if alternative.unwrap else value)


# ------------------------------------------------------------------------------------------------ universal types

INTEGER = Primitive(ber.INTEGER, ber.read_integer, ber.write_integer)
BOOLEAN = Primitive(ber.BOOLEAN, ber.read_boolean, ber.write_boolean)
OCTETS = Primitive(ber.OCTET_STRING, ber.read_octets, bytes)
STRING = Primitive(ber.GENERAL_STRING, ber.read_string, ber.write_string)
VISIBLE = Primitive(ber.VISIBLE_STRING, ber.read_string, ber.write_string)
BITS = Primitive(ber.BIT_STRING, ber.read_bits, ber.write_bits)
OID = Primitive(ber.OID, ber.read_oid, ber.write_oid)
NULL = Primitive(ber.NULL, lambda buffer, start, stop, constructed, depth: None, lambda value: b"")
TIME = Primitive(
    ber.GENERALIZED_TIME,
    lambda buffer, start, stop, constructed, depth: ber.Time(ber.read_string(buffer, start, stop, constructed, depth)),
    ber.write_string,
)
ANY = Any_()
