"""An index carried over into another one, of any engine, and compared with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from gateway.core.errors import ConfigurationError
from gateway.core.ports import Change, DecidingIndex, Index, Listed, Listing, ListingIndex
from gateway.core.record import UnionRecord
from gateway.union.unifier import decisions_of

_BATCH = 500
#: So many differences are named one by one.
_NAMED = 20

Progress = Callable[[int], None]


@dataclass(slots=True)
class Comparison:
    unions: int = 0  #: compared
    records: int = 0
    different: int = 0
    named: list[str] = field(default_factory=list)  #: the first differences, as sentences

    def note(self, sentence: str) -> None:
        self.different += 1
        if len(self.named) < _NAMED:
            self.named.append(sentence)


async def copy(source: Index, target: Index, progress: Progress | None = None) -> int:
    """Write every union of ``source``, with its records, to ``target``, the longest unchanged first; return how many.

    Cataloguers' decisions go first. May be done again after it was broken off. The order of ``added`` becomes that of
    the last changes.
    """
    done = 0
    if decisions := await decisions_of(source):
        if not isinstance(target, DecidingIndex):
            raise ConfigurationError("The new index cannot keep the decisions of cataloguers that the old one holds")
        await target.apply(Change((), (), decisions=decisions))
    async for unions in _all(source):
        await target.apply(Change(tuple(member for union in unions for member in union.members), unions))
        done += len(unions)
        if progress:
            progress(done)
    await target.refresh()
    return done


async def compare(source: Index, target: Index, progress: Progress | None = None) -> Comparison:
    """Whether ``target`` holds the very unions of ``source`` (members, merged values, reasons) and nothing else."""
    out = Comparison()
    async for unions in _all(source):
        names = [member.id for union in unions for member in union.members]
        held = {union.id: union for union in await target.unions_of(names)}
        for union in unions:
            other = held.get(union.id)
            if other is None:
                out.note(f"Union {union.id} ({union.record.title.text}) is missing")
            elif other != union:
                out.note(f"Union {union.id} ({union.record.title.text}) differs")
        out.unions += len(unions)
        out.records += len(names)
        if progress:
            progress(out.unions)
    kept = {one.id: one for one in await decisions_of(target)}
    for decision in await decisions_of(source):
        if kept.get(decision.id) != decision:
            out.note(f"Decision {decision.id} is missing or differs")
    there = await target.statistics()
    for name, expected in (("unions", out.unions), ("records", out.records)):
        if there[name] != expected:
            out.note(f"The new index counts {there[name]:,} {name}, the old one {expected:,}")
    return out


async def _all(index: Index) -> AsyncIterator[tuple[UnionRecord, ...]]:
    if not isinstance(index, ListingIndex):
        raise ConfigurationError("This index cannot list what it holds, so it cannot be moved; harvest it anew")

    async def page(mark: str) -> tuple[Listed, ...]:
        return await index.listed(Listing(), after=mark, size=_BATCH, whole=True)

    coming = asyncio.create_task(page(""))  # the next page is read while this one is worked on
    try:
        while found := await coming:
            coming = asyncio.create_task(page(found[-1].mark))
            unions = tuple(one.union for one in found if one.union is not None)
            if unions:
                yield unions
    finally:
        coming.cancel()
        await asyncio.gather(coming, return_exceptions=True)
