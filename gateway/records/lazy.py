"""A record whose attributes are worked out when somebody first asks for them.

A page of twenty brief results asks for titles, names and years of thousands of records, and for everything of none.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, Protocol

from gateway.core.record import RawRecord, Record, Title

_NAMES = tuple(field.name for field in dataclasses.fields(Record))
_DEFAULTS = {field.name: field.default for field in dataclasses.fields(Record)}
_LAZY = frozenset(_NAMES) - {"id", "source", "local_id", "raw"}


class View(Protocol):
    """What works attributes out: ``view.value("titles", record)`` gives the value of ``record.titles``."""

    def value(self, name: str, record: Record) -> Any: ...

    def main_titles(self, record: Record) -> Sequence[Title]:
        """The titles that come first, the main one among them; cheaper than all titles."""
        ...


class Core:
    """What copies of one record share: libraries take over one another's records, and each is understood once.

    Lives as long as a record that holds it, or as it is among the latest.
    """

    __slots__ = ("features", "values")

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}  #: attributes of the record
        self.features: dict[str, Any] = {}  #: what ``gateway.records.keys`` made of them


class Values:
    """A view whose values are all known already; what is not named has the default of ``Record``."""

    __slots__ = ("known",)

    def __init__(self, **known: Any) -> None:
        self.known = known

    def value(self, name: str, record: Record) -> Any:
        return self.known.get(name, _DEFAULTS[name])

    def main_titles(self, record: Record) -> Sequence[Title]:
        return record.titles


class LazyRecord(Record):
    """A :class:`Record` over a view. Equal to, printed, copied and pickled as the plain record with the same values."""

    __slots__ = ("_view",)

    _view: View

    def __init__(self, **values: Any) -> None:
        """A record whose values are known already, as ``dataclasses.replace`` makes it of one over a view."""
        super().__init__(**values)
        self._view = Values()

    @classmethod
    def over(cls, view: View, *, id: str, source: str, local_id: str, raw: RawRecord | None) -> LazyRecord:
        record = cls.__new__(cls)
        record.id = id
        record.source = source
        record.local_id = local_id
        record.raw = raw
        record._view = view
        return record

    def __getattr__(self, name: str) -> Any:
        # Only reached while the slot is empty.
        if name not in _LAZY:
            raise AttributeError(name)
        value = self._view.value(name, self)
        setattr(self, name, value)
        return value

    def stored_form(self) -> str | None:
        """The text that this record's values are read from, where there is one: the same text, the same values."""
        return getattr(self._view, "stored_form", None)

    def core(self) -> Core | None:
        """What this record shares with its copies, where its view knows of such."""
        return getattr(self._view, "core", None)

    def own_titles(self) -> Sequence[Title]:
        """The main title and those beside it, without working out all the others."""
        return self._view.main_titles(self)

    def names_text(self) -> str | None:
        """Folded text with all names in it, without working out who is who; None where only the names tell."""
        find = getattr(self._view, "names_text", None)
        return find() if find is not None else None

    def year_doubtful(self) -> bool:
        """Whether the record gives two years of publication, which is a finding of records in MARC only."""
        find = getattr(self._view, "year_doubtful", None)
        return find(self) if find is not None else year_mismatch(self)

    def materialise(self) -> Record:
        """The same values in a plain record, which no longer holds on to what they came from (``raw`` aside)."""
        return Record(**{name: getattr(self, name) for name in _NAMES})

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Record):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in _NAMES)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(self.materialise())

    def __reduce__(self) -> tuple[Any, ...]:
        return _plain, (tuple([getattr(self, name) for name in _NAMES]),)


def year_mismatch(record: Record) -> bool:
    """Whether the record's findings tell that it gives two years of publication."""
    return any(warning.code == "year-mismatch" for warning in record.warnings)


def _plain(values: tuple[Any, ...]) -> Record:
    return Record(**dict(zip(_NAMES, values, strict=True)))
