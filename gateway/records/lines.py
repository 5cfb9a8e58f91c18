"""MARC as lines that a person can read and write: ``200 1  $a红楼梦$f(清)曹雪芹著``.

One field a line: tag, space, two indicators (a blank may be written ``#`` or ``_``), then subfields, each a ``$`` (or
``‡`` or ``ǂ``) with its code; a control field has its data after the tag. ``LDR`` is the leader; a ``$`` in a value is
written ``{dollar}``, and ``{lcub}`` is the brace of a value that says one of these. An empty line ends a record; lines
that begin with ``#`` are comments.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gateway.core.errors import DataError
from gateway.records.marc import Field, MarcRecord

_LINE = re.compile(r"^=?(?P<tag>[0-9A-Za-z]{3})(?: {1,2}(?P<rest>.*))?$", re.DOTALL)
_INDICATORS = re.compile(r"^(?P<indicators>[0-9a-z #_\\|]{0,2}?)\s*(?P<subfields>[$‡ǂ].*)$", re.DOTALL)
_BLANK = str.maketrans("#_\\|", "    ")


def read(text: str) -> MarcRecord:
    """The first record in ``text``; raises ``DataError`` when there is none, or a line that is no field."""
    for record in iterate(text):
        return record
    raise DataError("This text holds no MARC record in lines")


def iterate(text: str) -> Iterator[MarcRecord]:
    """All records in ``text``; raises ``DataError`` with the line's number at a line that is no field."""
    leader, fields = "", list[Field]()
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            if fields or leader:
                yield MarcRecord(leader, fields)
            leader, fields = "", []
        elif line.startswith("#"):
            continue
        elif line.lstrip("=").startswith("LDR"):
            leader = line.lstrip("=")[4:].replace("#", " ")
        else:
            fields.append(_field(line, number))
    if fields or leader:
        yield MarcRecord(leader, fields)


def _field(line: str, number: int) -> Field:
    match = _LINE.match(line.strip())
    if match is None:
        raise DataError(
            f"Line {number} is no MARC field: it must begin with a tag of three characters", detail=line[:80]
        )
    rest = match["rest"] or ""
    if match["tag"][:2] == "00":
        return Field.control(match["tag"], rest.strip())
    inner = _INDICATORS.match(rest)
    if inner is None:
        raise DataError(f"Line {number} has no subfields: after the tag come two indicators and $a", detail=line[:80])
    indicators = (inner["indicators"].translate(_BLANK) + "  ")[:2]
    delimiter = inner["subfields"][0]
    subfields = [(part[0], _meant(part[1:].strip())) for part in inner["subfields"].split(delimiter) if part]
    return Field(match["tag"], indicators[0], indicators[1], subfields)


def write(marc: MarcRecord) -> str:
    """The record as lines, ended by a line feed; blanks in indicators as ``#``."""
    out = [f"LDR {marc.leader}"]
    for field in marc.fields():
        if field.is_control:
            out.append(f"{field.tag} {field.data}")
        else:
            indicators = (field.ind1 + field.ind2).replace(" ", "#")
            values = "".join([f"${code}{_written(value)}" for code, value in field.subfields])
            out.append(f"{field.tag} {indicators} {values}")
    return "\n".join(out) + "\n"


def _written(value: str) -> str:
    for name in ("{lcub}", "{dollar}"):
        value = value.replace(name, "{lcub}" + name[1:])
    return value.replace("$", "{dollar}")


def _meant(value: str) -> str:
    return value.replace("{dollar}", "$").replace("{lcub}", "{")
