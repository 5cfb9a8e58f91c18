"""Which member said each value of a union record, and what members say that was not taken; worked out when asked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from gateway.core.record import UnionRecord
from gateway.records.merge import MERGE_RULES, value_key

#: Values of the record itself, not of the edition.
_OWN: Final = frozenset(("flavour", "charset", "charset_confidence", "warnings", "holdings"))


@dataclass(frozen=True, slots=True)
class Said:
    value: Any  #: as the union record has it, or as the first member has it where it was not taken
    records: tuple[str, ...]  #: ids of the members that say so, in their own spelling
    taken: bool = True  #: whether the union record has it


def provenance(union: UnionRecord) -> dict[str, tuple[Said, ...]]:
    """By field of the record: each value with its sources, those of the union record first, in its order.

    Spellings that the merge rules count as one value are one here. Fields that nobody fills are left out. Copies need
    no account: each names its library.
    """
    out: dict[str, tuple[Said, ...]] = {}
    for name in MERGE_RULES:
        if name in _OWN:
            continue
        said: dict[object, tuple[Any, bool, list[str]]] = {}
        for value in _values(getattr(union.record, name)):
            said.setdefault(value_key(name, value), (value, True, []))
        for member in union.members:
            for value in _values(getattr(member, name)):
                _, _, records = said.setdefault(value_key(name, value), (value, False, []))
                if member.id not in records:
                    records.append(member.id)
        if said:
            out[name] = tuple(Said(value, tuple(records), taken) for value, taken, records in said.values())
    return out


def _values(value: Any) -> Iterable[Any]:
    if value is None or value == "":
        return ()
    return value if isinstance(value, tuple) else (value,)
