"""What a cataloguer decides about union records: join, split, never, and undo.

Names are union or record uids (``w…``) or record ids (``source:local_id``). Decisions are kept by record ids, so they
hold whatever is harvested later; each is one atomic change of the index together with what comes of it.
"""

from __future__ import annotations

import dataclasses
import hashlib
from base64 import b32encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from gateway.core.decision import Decision, Kind
from gateway.core.errors import ConfigurationError
from gateway.core.ports import Index
from gateway.core.record import UnionRecord
from gateway.records.constraints import Constraints
from gateway.records.keys import uid
from gateway.union.unifier import Decide, Unifier

#: A decision names at most so many records: more is a mistake, and would make every harvest of one of them dear.
MAX_RECORDS = 500
_MAX_WORDS = 1_000


class DecisionError(ConfigurationError):
    """A decision that cannot be made as it was asked for; nothing was changed."""

    kind = "decision"


@dataclass(frozen=True, slots=True)
class Made:
    decisions: tuple[Decision, ...]  #: written: the one asked for first, then those that had to be narrowed for it
    unions: tuple[UnionRecord, ...]  #: that hold the records concerned now


class Cataloguing:
    """``by`` is who decides, ``at`` when (seconds since 1970), ``why`` the reason that others will read."""

    def __init__(self, unifier: Unifier) -> None:
        self._unifier = unifier

    async def join(self, names: Sequence[str], *, by: str, at: int, why: str = "") -> Made:
        """Make the union records that hold these one, even where the rules would not.

        All records that they hold now are held together; two names that lead to one union record confirm it as it is.
        Raises ``DecisionError``.
        """

        async def work(index: Index, known: Sequence[Decision]) -> Sequence[Decision]:
            unions = {union.id: union for union in [await _union_of(index, name) for name in names]}
            records = _ids(unions.values())
            if len(set(names)) < 2 or len(records) < 2:
                raise DecisionError("There is nothing to join: the names given lead to one record; name two")
            return _checked(known, [_decision(Kind.JOIN, records, (), by, at, why)])

        return await self._made(work)

    async def split(self, names: Sequence[str], *, by: str, at: int, why: str = "") -> Made:
        """Take these records out of the union record that they are in; they stay together. Raises ``DecisionError``.

        A decision that held them together with the others is narrowed: it goes on for each side by itself.
        """

        async def work(index: Index, known: Sequence[Decision]) -> Sequence[Decision]:
            taken = sorted({await _record_of(index, name) for name in names})
            unions = await index.unions_of(taken)
            if len(unions) != 1:
                raise DecisionError("The records to be taken out are in different union records; split each by itself")
            left = tuple(name for name in _ids(unions) if name not in taken)
            if not left:
                raise DecisionError(
                    "These are all the records of the union record; name those that are to be taken out of it"
                )
            made = _decision(Kind.SPLIT, taken, left, by, at, why)
            return _checked(known, [made, *_narrowed(known, made)])

        return await self._made(work)

    async def never(self, one: str, other: str, *, by: str, at: int, why: str = "") -> Made:
        """Keep two apart for ever: the records that a uid's union record holds now, or the one record of an id.

        Raises ``DecisionError``.
        """

        async def work(index: Index, known: Sequence[Decision]) -> Sequence[Decision]:
            left, right = await _either(index, one), await _either(index, other)
            if set(left) & set(right):
                raise DecisionError(
                    f"{one} and {other} are one union record; take records out with split, "
                    "or name two records by source:local_id"
                )
            return _checked(known, [_decision(Kind.NEVER, left, right, by, at, why)])

        return await self._made(work)

    async def undo(self, decision_id: str, *, by: str, at: int, why: str = "") -> Made:
        """Let a decision count no longer; it stays in the list. Raises ``DecisionError``."""

        async def work(index: Index, known: Sequence[Decision]) -> Sequence[Decision]:
            found = next((one for one in known if one.id == decision_id), None)
            if found is None:
                raise DecisionError(f"No decision is called {decision_id[:40]!r}; wenyuan union list shows them")
            if not found.stands:
                raise DecisionError(f"Decision {decision_id} was undone already, by {found.undone_by}")
            return [_undone(found, by, at, why)]

        return await self._made(work)

    async def _made(self, work: Decide) -> Made:
        written: list[Decision] = []

        async def decide(index: Index, known: Sequence[Decision]) -> Sequence[Decision]:
            written[:] = await work(index, known)
            return written

        unions = await self._unifier.decide(decide)
        return Made(tuple(written), tuple(unions))


def told(decision: Decision) -> str:
    """Which decision it is, for a sentence: id, kind, who, when."""
    day = datetime.fromtimestamp(decision.at, UTC).date().isoformat()
    reason = f": {decision.why}" if decision.why else ""
    return f"{decision.id} ({decision.kind.value}, {decision.by}, {day}{reason})"


def concerning(decisions: Iterable[Decision], union: UnionRecord) -> list[Decision]:
    """Those that stand and name a record of this union record."""
    members = {member.id for member in union.members}
    return [one for one in decisions if one.stands and not members.isdisjoint(one.named)]


async def _union_of(index: Index, name: str) -> UnionRecord:
    name = _clean(name)
    found = await index.unions_of([name]) if ":" in name else [await index.resolve(name)]
    if not found or found[0] is None:
        raise DecisionError(f"No record is called {name[:80]!r}; give its address (w…) or source:local_id")
    return found[0]


async def _record_of(index: Index, name: str) -> str:
    """The id of one record; a uid is that of the record, not of its union."""
    union = await _union_of(index, name)
    if ":" in name:
        return name
    return next(member.id for member in union.members if uid(member.id) == name)


async def _either(index: Index, name: str) -> tuple[str, ...]:
    union = await _union_of(index, name)
    return (name,) if ":" in name else tuple(_ids([union]))


def _ids(unions: Iterable[UnionRecord]) -> list[str]:
    return sorted({member.id for union in unions for member in union.members})


def _clean(words: str) -> str:
    """Without halves of characters, which no store takes."""
    return words.strip().encode("utf-8", "replace").decode()[:_MAX_WORDS]


def _decision(kind: Kind, records: Iterable[str], others: Iterable[str], by: str, at: int, why: str) -> Decision:
    if not by.strip():
        raise DecisionError("A decision needs to say who made it")
    one, other = tuple(sorted(records)), tuple(sorted(others))
    if len(one) + len(other) > MAX_RECORDS:
        raise DecisionError(f"A decision names at most {MAX_RECORDS} records; these are {len(one) + len(other)}")
    if kind is Kind.NEVER:
        one, other = sorted((one, other))
    content = "\x1f".join((kind.value, *one, "", *other, _clean(by), str(at)))
    name = "d" + b32encode(hashlib.blake2b(content.encode("utf-8", "replace"), digest_size=5).digest()).decode().lower()
    return Decision(name, kind, one, other, _clean(by), at, _clean(why))


def _undone(decision: Decision, by: str, at: int, why: str) -> Decision:
    if not by.strip():
        raise DecisionError("Undoing a decision needs to say who does it")
    return dataclasses.replace(decision, undone_by=_clean(by), undone_at=at, undone_why=_clean(why))


def _narrowed(known: Sequence[Decision], made: Decision) -> list[Decision]:
    """What becomes of the decisions that hold records of both sides of a split together."""
    out: list[Decision] = []
    taken, left = set(made.records), set(made.others)
    for one in known:
        held = set(one.records)
        if not one.stands or one.kind is Kind.NEVER or not held & taken or not held & left:
            continue
        parts = [part for part in (held & taken, held - taken) if len(part) > 1 or one.kind is Kind.SPLIT]
        out.append(_undone(one, made.by, made.at, f"narrowed by {made.id}"))
        out += [_decision(one.kind, part, one.others, one.by, one.at, one.why) for part in parts]
    return out


def _checked(known: Sequence[Decision], made: list[Decision]) -> list[Decision]:
    """Raises ``DecisionError`` when what is to be written contradicts what stands."""
    by_id = {one.id: one for one in (*known, *made)}
    standing = Constraints(by_id.values())
    for one in made:
        for found in standing.contradictions(one) if one.stands else ():
            if one.id == found.apart:
                others, kept = [by_id[name] for name in found.together], "holds them together"
            else:
                others, kept = [by_id[found.apart]], "keeps them apart"
            named = ", ".join(map(told, others))
            raise DecisionError(
                f"That contradicts what stands about {found.left} and {found.right}: {named} {kept}; "
                f"undo it first (wenyuan union undo {others[0].id})"
            )
    return made
