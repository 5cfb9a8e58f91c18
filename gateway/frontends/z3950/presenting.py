"""Records for Search and Present responses: which, in which form, and how many fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.core.record import RawRecord
from gateway.core.serving import ResultSet
from gateway.frontends.z3950.options import ServerOptions
from gateway.frontends.z3950.refusal import Refusal
from gateway.frontends.z3950.rendering import SYNTAXES, render
from gateway.protocols.z3950.apdu import (
    CompSpec,
    DefaultDiagnostic,
    NamePlusRecord,
    PresentStatus,
    Specification,
)
from gateway.protocols.z3950.ber import Oid
from gateway.protocols.z3950.rpn import External

#: Element set names: brief and full are the same to us, because a record goes out as it is held.
_ELEMENT_SETS = frozenset({"", "b", "f"})
#: Octets that wrap one record in its response, at most.
_WRAPPING = 64


@dataclass(frozen=True, slots=True)
class Selected:
    """Record syntaxes in order of preference; empty: as held."""

    syntaxes: tuple[Oid, ...] = ()
    any_other: bool = False  #: when none of them can be had, any other may come

    @classmethod
    def of(cls, composition: object, syntax: Oid | None) -> Selected:
        """From a request's composition and preferred syntax; ``Refusal`` (25, 239, 244) for what we do not have."""
        if isinstance(composition, CompSpec):
            return cls._of_specification(composition, syntax)
        if isinstance(composition, tuple):
            names = {item.name for item in composition}
        else:
            names = {composition} if isinstance(composition, str) else set()
        for name in names:
            if name.lower() not in _ELEMENT_SETS:
                raise Refusal(25, name)
        return cls._checked((syntax,) if syntax else (), any_other=False)

    @classmethod
    def _of_specification(cls, composition: CompSpec, syntax: Oid | None) -> Selected:
        specifications = [composition.generic or Specification()]
        specifications += [item.specification for item in composition.by_database or ()]
        for specification in specifications:
            elements = specification.elements
            if isinstance(elements, External):
                raise Refusal(244, "element specification")
            if elements and elements.lower() not in _ELEMENT_SETS:
                raise Refusal(25, elements)
        syntaxes = composition.syntaxes or ((syntax,) if syntax else ())
        return cls._checked(syntaxes, any_other=composition.select_alternative and bool(composition.syntaxes))

    @classmethod
    def _checked(cls, syntaxes: tuple[Oid, ...], *, any_other: bool) -> Selected:
        if syntaxes and not any_other and not any(syntax in SYNTAXES for syntax in syntaxes):
            raise Refusal(239, syntaxes[0])
        return cls(syntaxes, any_other)


@dataclass(frozen=True, slots=True)
class Found:
    records: tuple[NamePlusRecord, ...]
    status: int
    next_position: int


class Presenter:
    """The message sizes and the character set of one session."""

    def __init__(self, options: ServerOptions) -> None:
        self._options = options
        self.preferred = options.max_message
        self.exceptional = options.max_message
        self.charset = options.record_charset

    def limit(self, preferred: int, exceptional: int) -> None:
        """What the client takes at most; 0 or less says nothing."""
        most = self._options.max_message
        self.preferred = min(preferred, most) if preferred > 0 else most
        self.exceptional = max(self.preferred, min(exceptional, most) if exceptional > 0 else most)

    async def records(
        self, results: ResultSet, ranges: Sequence[tuple[int, int]], selected: Selected, charset: str | None = None
    ) -> Found:
        """As many records of the ranges as fit the message, in the result set's ``charset``, else the session's."""
        out: list[NamePlusRecord] = []
        size = 0
        position = ranges[0][0]
        for start, count in ranges:
            position = start
            room = self._options.max_records - len(out)
            raws = await results.fetch(start, min(count, room))
            for raw in raws:
                record = self._chosen(raw, selected, charset or self.charset)
                weight = _weight(record)
                if weight > self.exceptional:
                    record, weight = DefaultDiagnostic(17, str(weight)), _WRAPPING
                elif weight > self.preferred and count > 1:
                    record, weight = DefaultDiagnostic(16, str(weight)), _WRAPPING
                if out and size + weight > self.preferred:
                    return Found(tuple(out), PresentStatus.PARTIAL_2, position)
                size += weight
                out.append(NamePlusRecord(record, raw.source or None))
                position += 1
            if len(raws) < min(count, room):
                return Found(tuple(out), PresentStatus.PARTIAL_4, position)
            if count > room:
                return Found(tuple(out), PresentStatus.PARTIAL_2, position)
        return Found(tuple(out), PresentStatus.SUCCESS, position)

    def _chosen(self, raw: RawRecord, selected: Selected, charset: str | None) -> External | DefaultDiagnostic:
        choices: tuple[Oid | None, ...] = selected.syntaxes or (None,)
        if selected.any_other:
            choices = (*choices, None)
        record: External | DefaultDiagnostic = DefaultDiagnostic(238, "")
        for syntax in choices:
            record = render(raw, syntax, charset, convert=self._options.convert)
            if isinstance(record, External):
                return record
        return record


def _weight(record: External | DefaultDiagnostic) -> int:
    if isinstance(record, DefaultDiagnostic):
        return _WRAPPING
    return len(record.octets or record.single or b"") + _WRAPPING
