"""Names that stand twice in a record, in characters and romanised, without a link between them."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from gateway.core.record import Contributor
from gateway.records.mapping.statements import has_han
from gateway.records.names import same_name
from gateway.records.text import fold


def joined(found: Sequence[Contributor]) -> tuple[Contributor, ...]:
    """One contributor for both forms of a name, where the characters read as the romanised one.

    The form in characters stands at the place of the first, with the other beside it; 880 whose links were lost
    (``$6`` missing, or 00) makes such pairs.
    """
    kept: list[Contributor] = []
    for each in found:
        at = next((at for at, other in enumerate(kept) if _same(other, each)), None)
        if at is None:
            kept.append(each)
        else:
            kept[at] = _both(kept[at], each)
    return tuple(kept)


def _same(a: Contributor, b: Contributor) -> bool:
    if has_han(a.name) == has_han(b.name) or a.pinyin or b.pinyin or a.kind != b.kind:
        return False
    if a.role and b.role and a.role != b.role:
        return False
    return same_name(*sorted((fold(a.name), fold(b.name)))) is True


def _both(a: Contributor, b: Contributor) -> Contributor:
    han, latin = (a, b) if has_han(a.name) else (b, a)
    return dataclasses.replace(
        han,
        pinyin=latin.name,
        role=han.role or latin.role,
        role_text=han.role_text or latin.role_text,
        dates=han.dates or latin.dates,
        primary=a.primary or b.primary,
    )
