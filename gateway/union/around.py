"""What is shown around a union record: other editions, decisions, what they keep apart; and where a lost one went."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from gateway.core.decision import Decision
from gateway.core.errors import RetriableError
from gateway.core.ports import Index, IndexPage, TracingIndex
from gateway.core.record import UnionRecord
from gateway.records.keys import uid
from gateway.union.cataloguing import concerning
from gateway.union.unifier import decisions_of
from gateway.union.works import other_editions

#: Editions that a page shows at first, and at most; all are counted.
EDITIONS, MOST_EDITIONS = 10, 200
#: Union records named as kept apart, and heirs followed, at most.
_MOST = 20


_NO_PAGE = IndexPage(0, ())


@dataclass(frozen=True, slots=True)
class Around:
    editions: IndexPage = _NO_PAGE  #: of the same work, the newest first
    decisions: tuple[Decision, ...] = ()  #: that stand and name one of its records
    apart: tuple[UnionRecord, ...] = ()  #: kept apart from it by a decision


ALONE = Around()


async def around(index: Index, union: UnionRecord, *, editions: int = EDITIONS) -> Around:
    """One search and, where cataloguers decided about it, one look-up. A search that fails leaves editions out."""
    found, decided = await asyncio.gather(_editions(index, union, editions), decisions_of(index))
    concerned = concerning(decided, union)
    apart = await _apart(index, union, concerned)
    return Around(found, tuple(concerned), apart)


async def _editions(index: Index, union: UnionRecord, size: int) -> IndexPage:
    try:
        return await other_editions(index, union, size=size)
    except RetriableError:
        return _NO_PAGE


async def _apart(index: Index, union: UnionRecord, decisions: Iterable[Decision]) -> tuple[UnionRecord, ...]:
    """The other sides of splits and nevers, as far as they are stored and not in this very union record."""
    members = {member.id for member in union.members}
    named: dict[str, None] = {}
    for one in decisions:
        if not members.isdisjoint(one.records):
            named |= dict.fromkeys(one.others)
        if not members.isdisjoint(one.others):
            named |= dict.fromkeys(one.records)
    wanted = [name for name in named if name not in members][: _MOST * 10]
    found = await index.unions_of(wanted) if wanted else ()
    return tuple([other for other in found if other.id != union.id][:_MOST])


async def trace(index: Index, name: str) -> tuple[UnionRecord, ...] | None:
    """Where the union record that had this uid went: the union records that hold what was with it when it was deleted.

    None when nothing with this uid is known to have gone.
    """
    if not isinstance(index, TracingIndex) or (heirs := await index.heirs(name)) is None:
        return None
    found: dict[str, UnionRecord] = {}
    seen = {name}
    frontier = list(heirs)
    while frontier and len(seen) < _MOST * 10:
        held = await index.unions_of(frontier)
        found |= {union.id: union for union in held}
        there = {member.id for union in held for member in union.members}
        lost = [heir for heir in frontier if heir not in there and uid(heir) not in seen]
        seen |= {uid(heir) for heir in frontier}
        frontier = [further for heir in lost[:_MOST] for further in await index.heirs(uid(heir)) or ()]
    return tuple(sorted(found.values(), key=lambda union: union.id)[:_MOST])
