"""Records for Search and Present responses: which, in which form, and how many fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.core.record import RawRecord
from gateway.core.serving import ResultSet
from gateway.frontends.z3950.options import ServerOptions
from gateway.frontends.z3950.refusal import Refusal
from gateway.frontends.z3950.rendering import SCHEMAS, SYNTAXES, XML, render
from gateway.frontends.z3950.segments import FRAME, WRAPPING, Limits, weight
from gateway.protocols.z3950.apdu import (
    CompSpec,
    DefaultDiagnostic,
    NamePlusRecord,
    PresentRequest,
    PresentStatus,
    Specification,
)
from gateway.protocols.z3950.ber import Oid
from gateway.protocols.z3950.rpn import External

#: Element set names: brief and full are the same to us, because a record goes out as it is held.
_ELEMENT_SETS = frozenset({"", "b", "f"})
#: Segments of one answer, whatever the client would take, and the least size of one (octets).
_MOST_SEGMENTS, _LEAST_SEGMENT = 10_000, 4 * WRAPPING


@dataclass(frozen=True, slots=True)
class Selected:
    """Record syntaxes in order of preference; empty: as held. ``schema`` is that of XML records."""

    syntaxes: tuple[Oid, ...] = ()
    any_other: bool = False  #: when none of them can be had, any other may come
    schema: str = ""

    @classmethod
    def of(cls, composition: object, syntax: Oid | None) -> Selected:
        """From a request's composition and preferred syntax; ``Refusal`` (25, 239, 244, 1066) for what we do not have.

        The names of XML schemas are element set names, too, as they are with other servers.
        """
        if isinstance(composition, CompSpec):
            return cls._of_specification(composition, syntax)
        if isinstance(composition, tuple):
            names = {item.name for item in composition}
        else:
            names = {composition} if isinstance(composition, str) else set()
        schemas = {schema for name in names if (schema := _element_set(name))}
        return cls._checked((syntax,) if syntax else (), schemas, any_other=False)

    @classmethod
    def _of_specification(cls, composition: CompSpec, syntax: Oid | None) -> Selected:
        specifications = [composition.generic or Specification()]
        specifications += [item.specification for item in composition.by_database or ()]
        schemas: set[str] = set()
        for specification in specifications:
            elements, schema = specification.elements, specification.schema
            if isinstance(elements, External):
                raise Refusal(244, "element specification")
            if elements:
                schemas.add(_element_set(elements))
            if schema is not None:
                name = schema if isinstance(schema, Oid) else schema.value
                if name.strip().lower() not in SCHEMAS:
                    raise Refusal(1066, name)
                schemas.add(SCHEMAS[name.strip().lower()])
        syntaxes = composition.syntaxes or ((syntax,) if syntax else ())
        any_other = composition.select_alternative and bool(composition.syntaxes)
        return cls._checked(syntaxes, schemas - {""}, any_other=any_other)

    @classmethod
    def _checked(cls, syntaxes: tuple[Oid, ...], schemas: set[str], *, any_other: bool) -> Selected:
        if len(schemas) > 1:
            raise Refusal(1066, "one schema for all records")
        if syntaxes and not any_other and not any(syntax in SYNTAXES for syntax in syntaxes):
            raise Refusal(239, syntaxes[0])
        if schemas and syntaxes and not any_other and not any(syntax in XML for syntax in syntaxes):
            raise Refusal(25, f"{min(schemas)} is a schema of XML")
        if schemas and not syntaxes:
            syntaxes = XML[:1]
        return cls(syntaxes, any_other, min(schemas, default=""))


def _element_set(name: str) -> str:
    """The schema that an element set name stands for; empty for the usual ones; ``Refusal`` (25) for others."""
    folded = name.lower()
    if folded in _ELEMENT_SETS:
        return ""
    if folded not in SCHEMAS:
        raise Refusal(25, name)
    return SCHEMAS[folded]


@dataclass(frozen=True, slots=True)
class Found:
    records: tuple[NamePlusRecord, ...]
    status: int
    next_position: int
    positions: tuple[int, ...]  #: of the records, in the result set


class Presenter:
    """The message sizes and the character set of one session."""

    def __init__(self, options: ServerOptions) -> None:
        self._options = options
        self.preferred = options.max_message
        self.exceptional = options.max_message
        self.level = 0
        self.charset = options.record_charset

    def limit(self, preferred: int, exceptional: int, level: int = 0) -> None:
        """What the client takes at most; 0 or less says nothing. ``level`` of segmentation was negotiated."""
        most = self._options.max_message
        self.preferred = min(preferred, most) if preferred > 0 else most
        self.exceptional = max(self.preferred, min(exceptional, most) if exceptional > 0 else most)
        self.level = level

    def limits(self, request: PresentRequest | None = None) -> Limits:
        """Of one answer; a Search response has no segments. ``Refusal`` (242) for segments that would hold nothing."""
        if request is None or not self.level:
            return Limits(self.preferred, self.exceptional, self.preferred)
        size = min(request.max_segment_size or self.preferred, self.preferred)
        if size < _LEAST_SEGMENT:
            raise Refusal(242, str(_LEAST_SEGMENT))
        record = self.exceptional
        if self.level == 2:
            record = min(request.max_record_size or self._options.max_message, self._options.max_message)
        segments = min(request.max_segments or _MOST_SEGMENTS, _MOST_SEGMENTS)
        return Limits(size, record, self._options.max_message, self.level, segments)

    async def records(
        self,
        results: ResultSet,
        ranges: Sequence[tuple[int, int]],
        selected: Selected,
        charset: str | None = None,
        limits: Limits | None = None,
    ) -> Found:
        """As many records of the ranges as fit the answer, in the result set's ``charset``, else the session's."""
        limits = limits or self.limits()
        out: list[NamePlusRecord] = []
        positions: list[int] = []
        size = 0
        position = ranges[0][0]
        alone = len(ranges) == 1 and ranges[0][1] == 1

        def found(status: PresentStatus) -> Found:
            return Found(tuple(out), status, position, tuple(positions))

        for start, count in ranges:
            position = start
            room = self._options.max_records - len(out)
            raws = await results.fetch(start, min(count, room))
            for raw in raws:
                record = self._fitting(self._chosen(raw, selected, charset or self.charset), limits, alone)
                item = NamePlusRecord(record, raw.source or None)
                heavy = weight(item)
                if out and size + heavy > limits.answer - FRAME:
                    return found(PresentStatus.PARTIAL_2)
                size += heavy
                out.append(item)
                positions.append(position)
                position += 1
            if len(raws) < min(count, room):
                return found(PresentStatus.PARTIAL_4)
            if count > room:
                return found(PresentStatus.PARTIAL_2)
        return found(PresentStatus.SUCCESS)

    def _fitting(
        self, record: External | DefaultDiagnostic, limits: Limits, alone: bool
    ) -> External | DefaultDiagnostic:
        """The record, unless it is too large; then 17, or 16 when it could be had if it were asked for alone."""
        if isinstance(record, DefaultDiagnostic):
            return record
        heavy = len(record.octets or record.single or b"") + WRAPPING
        if heavy > limits.record:
            return DefaultDiagnostic(17, str(heavy))
        divisible = limits.level == 2 and record.octets is not None
        if heavy > limits.message - FRAME and not divisible and not alone:
            return DefaultDiagnostic(16, str(heavy))
        return record

    def _chosen(self, raw: RawRecord, selected: Selected, charset: str | None) -> External | DefaultDiagnostic:
        choices: tuple[Oid | None, ...] = selected.syntaxes or (None,)
        if selected.any_other:
            choices = (*choices, None)
        record: External | DefaultDiagnostic = DefaultDiagnostic(238, "")
        for syntax in choices:
            record = render(raw, syntax, charset, schema=selected.schema, convert=self._options.convert)
            if isinstance(record, External):
                return record
        return record
