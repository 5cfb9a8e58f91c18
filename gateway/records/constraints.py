"""Cataloguers' decisions as ``clusters.partition`` takes them: which records must be, and must not be, in one union."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, product

from gateway.core.decision import Decision, Kind


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two records that decisions hold together and keep apart."""

    left: str
    right: str
    together: tuple[str, ...]  #: ids of the decisions that hold them together, in a chain
    apart: str  #: id of the decision that keeps them apart


class Constraints:
    """The decisions that stand. Depends on which they are, not on their order; never changed once made."""

    def __init__(self, decisions: Iterable[Decision] = ()) -> None:
        self._together: dict[str, list[Decision]] = {}
        self._apart: dict[str, dict[str, str]] = {}
        for decision in sorted((one for one in decisions if one.stands), key=lambda one: one.id):
            if decision.kind is not Kind.NEVER and len(decision.records) > 1:
                for name in decision.records:
                    self._together.setdefault(name, []).append(decision)
            if decision.kind is not Kind.JOIN:
                for left, right in product(decision.records, decision.others):
                    self._apart.setdefault(left, {}).setdefault(right, decision.id)
                    self._apart.setdefault(right, {}).setdefault(left, decision.id)

    def __bool__(self) -> bool:
        return bool(self._together or self._apart)

    def concerns(self, record_id: str) -> bool:
        return record_id in self._together or record_id in self._apart

    def partners(self, record_id: str) -> set[str]:
        """Ids of the records, stored or not, that one decision holds together with this one."""
        return {name for decision in self._together.get(record_id, ()) for name in decision.records} - {record_id}

    def joins(self, there: Sequence[str]) -> Iterator[tuple[str, str, str]]:
        """(record, record, decision) for each link to be made among these ids, by decision, then by ids.

        The records of one decision that are there form a chain, so that one that is missing breaks none.
        """
        held = frozenset(there)
        found = {one.id: one for name in there for one in self._together.get(name, ())}
        for decision_id in sorted(found):
            present = sorted(held.intersection(found[decision_id].records))
            for left, right in pairwise(present):
                yield left, right, decision_id

    def apart(self, record_id: str) -> frozenset[str]:
        """Ids of the records that must never be in one union with this one."""
        return frozenset(self._apart.get(record_id, ()))

    def contradictions(self, about: Decision) -> list[Contradiction]:
        """Where this decision, which is among those here, and others hold together and keep apart the same records.

        Every chain of joins counts, whether its records are stored at the moment or not.
        """
        out: list[Contradiction] = []
        seen: set[str] = set()
        for name in about.named:
            if name in seen:
                continue
            steps = self._reached(name)
            seen |= steps.keys()
            for left in sorted(steps):
                for right, decision_id in sorted(self._apart.get(left, {}).items()):
                    if left < right and right in steps:
                        out.append(Contradiction(left, right, self._chain(left, right), decision_id))
        return out

    def _reached(self, start: str) -> dict[str, tuple[str, str]]:
        """Every record held together with ``start``, each with the record and the decision that lead to it."""
        steps: dict[str, tuple[str, str]] = {start: ("", "")}
        frontier = [start]
        while frontier:
            name = frontier.pop(0)
            for decision in self._together.get(name, ()):
                for other in decision.records:
                    if other not in steps:
                        steps[other] = (name, decision.id)
                        frontier.append(other)
        return steps

    def _chain(self, left: str, right: str) -> tuple[str, ...]:
        steps = self._reached(left)
        chain: list[str] = []
        while right != left:
            right, decision_id = steps[right]
            chain.append(decision_id)
        return tuple(dict.fromkeys(reversed(chain)))


#: No decision at all.
FREE = Constraints()
