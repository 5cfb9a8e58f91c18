"""Files of records: ISO 2709, MARCXML and text around them, streamed in constant memory, whatever is broken in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from gateway.core.errors import ConfigurationError, DataError
from gateway.core.record import Flavour, RawRecord
from gateway.records import iso2709, marcxml

_START = re.compile(rb"\A(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?\s*\x00?<")


def read_file(
    path: str | Path, source: str, charset: str | None = None, flavour: Flavour | None = None
) -> Iterator[RawRecord | DataError]:
    """All records of a file, in order; a ``DataError`` with offset and words for each part that is none.

    The kind of file is seen by its first bytes. ``charset`` and ``flavour`` are passed on with every record: None
    leaves both to evidence. Raises ``ConfigurationError`` when the file cannot be opened or is empty.
    """
    path = Path(path)
    try:
        stream = path.open("rb")
    except OSError as error:
        raise ConfigurationError(f"The file {path} cannot be read", detail=error.strerror) from error
    with stream:
        yield from read_stream(stream, source, charset, flavour, name=str(path))


def read_stream(
    stream: BinaryIO, source: str, charset: str | None = None, flavour: Flavour | None = None, *, name: str = "input"
) -> Iterator[RawRecord | DataError]:
    """As :func:`read_file`, from a binary stream that can be sought."""
    start = stream.read(64)
    if not start.strip():
        raise ConfigurationError(f"{name} is empty; expected are records in ISO 2709 or MARCXML")
    if _START.match(start):
        # an XML declaration must stand at the very start, but files are found with blank lines before it
        stream.seek(len(start) - len(start.lstrip(b" \t\r\n")))
        yield from _xml(stream, source, flavour)
    else:
        stream.seek(0)
        yield from _iso(stream, source, charset, flavour)


def _iso(
    stream: BinaryIO, source: str, charset: str | None, flavour: Flavour | None
) -> Iterator[RawRecord | DataError]:
    position = 0
    for chunk in iso2709.split(stream):
        if isinstance(chunk, DataError):
            yield chunk
            continue
        position += 1
        yield RawRecord(source, chunk.data, "iso2709", flavour, charset, position=position)


def _xml(stream: BinaryIO, source: str, flavour: Flavour | None) -> Iterator[RawRecord | DataError]:
    position = 0
    for marc in marcxml.iterate(stream):
        if isinstance(marc, DataError):
            yield marc
            continue
        position += 1
        yield RawRecord(source, marcxml.write(marc), "marcxml", flavour, "utf-8", position=position)
