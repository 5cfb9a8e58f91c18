"""Many records as groups that describe one edition each: depends on which records there are, not on the order in which
they came, and on what cataloguers decided about them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from gateway.core.record import Evidence
from gateway.records.constraints import FREE, Constraints
from gateway.records.keys import Features, description, feature_keys
from gateway.records.matching import RULES, compare, vetoed

#: The rule of a link that a cataloguer made and no rule would have.
JOINED = "cataloguer"
_STRENGTH = {rule: at for at, rule in enumerate(RULES)}


@dataclass(frozen=True, slots=True)
class Cluster:
    """Records judged to be one edition. ``ids`` are sorted; ``why`` holds one evidence for each link that was used."""

    ids: tuple[str, ...]
    why: tuple[Evidence, ...] = ()


class _Group:
    """Records that were found to be one edition so far."""

    __slots__ = ("ids", "kinds", "why")

    def __init__(self, id: str, kind: int) -> None:
        self.ids = [id]
        self.kinds = {kind}
        self.why: list[Evidence] = []

    def absorb(self, other: _Group, link: Evidence) -> None:
        self.ids += other.ids
        self.kinds |= other.kinds
        self.why += other.why
        self.why.append(link)


def partition(features: Sequence[Features], decided: Constraints = FREE) -> list[Cluster]:
    """Groups of records that describe one edition each; every record is in exactly one.

    Links are taken from the strongest rule to the weakest, then by id; two groups become one only when no record of one
    vetoes a record of the other. The result depends on the set of records alone. Clusters come in id order.

    What cataloguers decided comes before every rule: records that are held together are one group from the beginning,
    and no group ever holds two that are kept apart (that counts more, should decisions contradict one another). Records
    that are held together speak with one voice: where two records both match one of them (or are one of them), a veto
    between the two does not count, since a cataloguer has looked at the difference.

    Libraries take over one another's records: those with one description are of one kind here, and kinds are compared
    instead of records.
    """
    by_id = {found.id: found for found in features}
    ids = sorted(by_id)
    kinds: dict[Hashable, int] = {}
    named = frozenset(filter(decided.concerns, ids)) if decided else frozenset()
    # A record that a decision names is of a kind of its own, whoever has copies of it.
    kind_of = {id: kinds.setdefault(id if id in named else description(by_id[id]), len(kinds)) for id in ids}
    members: list[list[Features]] = [[] for _ in kinds]
    for id in ids:
        members[kind_of[id]].append(by_id[id])
    if len(kinds) == 1 and len(ids) > 1 and not named and (copies := _copies(ids, members[0])):
        return [copies]
    verdicts: dict[tuple[int, int], Evidence] = {}

    def verdict(one: int, other: int) -> Evidence:
        pair = (one, other) if one <= other else (other, one)
        found = verdicts.get(pair)
        if found is None:
            found = verdicts[pair] = compare(members[pair[0]][0], members[pair[1]][-1])
        return found

    groups = {id: _Group(id, kind_of[id]) for id in ids}

    def join(left: str, right: str, decision: str) -> None:
        one, other = groups[left], groups[right]
        if len(one.ids) < len(other.ids):
            one, other = other, one
        found = verdict(kind_of[left], kind_of[right])
        rule = JOINED if decision and not found.same else found.rule
        one.absorb(other, Evidence(left, right, True, rule, found.agree, found.conflict, decision))
        for id in other.ids:
            groups[id] = one

    def kept_apart(one: _Group, other: _Group) -> bool:
        return any(not decided.apart(id).isdisjoint(other.ids) for id in named.intersection(one.ids))

    for left, right, decision in decided.joins(sorted(named)):
        if groups[left] is not groups[right] and not kept_apart(groups[left], groups[right]):
            join(left, right, decision)
    held = {kind_of[id]: tuple(sorted(groups[id].kinds)) for id in named if len(groups[id].ids) > 1}

    def belongs(x: int, together: tuple[int, ...]) -> bool:
        voices = held.get(x, (x,))
        return voices == together or any(verdict(p, q).same for p in voices for q in together)

    def outvoted(x: int, y: int, kinds: Iterable[int]) -> bool:
        return any(belongs(x, held[kind]) and belongs(y, held[kind]) for kind in kinds if kind in held)

    for left, right in _links(ids, kind_of, members, verdict):
        one, other = groups[left], groups[right]
        if len(one.ids) == len(ids):
            break
        if one is other:
            continue
        vetoes = ((x, y) for x in one.kinds for y in other.kinds if vetoed(verdict(x, y)))
        if any(not held or not outvoted(x, y, one.kinds | other.kinds) for x, y in vetoes):
            continue
        if not named or not kept_apart(one, other):
            join(left, right, "")
    clusters = []
    for group in dict.fromkeys(groups.values()):
        why = sorted(group.why, key=lambda e: (e.left, e.right))
        clusters.append(Cluster(tuple(sorted(group.ids)), tuple(why)))
    return sorted(clusters, key=lambda cluster: cluster.ids)


def _copies(ids: Sequence[str], members: Sequence[Features]) -> Cluster | None:
    """All records of one kind, each linked with the first, as :func:`partition` does it link by link; None where the
    description says too little for that, or contradicts itself."""
    found = compare(members[0], members[-1])
    if not found.same or vetoed(found) or not feature_keys(members[0]):
        return None
    first = ids[0]
    why = [Evidence(first, other, True, found.rule, found.agree, found.conflict, "") for other in ids[1:]]
    return Cluster(tuple(ids), tuple(why))


def _links(
    ids: Sequence[str],
    kind_of: Mapping[str, int],
    members: Sequence[Sequence[Features]],
    verdict: Callable[[int, int], Evidence],
) -> Iterator[tuple[str, str]]:
    """Pairs of records judged the same, the lesser id first: by rule, by how much agrees, then by ids."""
    levels: dict[tuple[int, int], dict[int, set[int]]] = {}
    for one, other in _candidate_pairs(members):
        found = verdict(one, other)
        if found.same:
            partners = levels.setdefault((_STRENGTH[found.rule], -len(found.agree)), {})
            partners.setdefault(one, set()).add(other)
            partners.setdefault(other, set()).add(one)
    for level in sorted(levels):
        partners = levels[level]
        there = [id for id in ids if kind_of[id] in partners]
        for at, left in enumerate(there, 1):
            wanted = partners[kind_of[left]]
            for right in there[at:]:
                if kind_of[right] in wanted:
                    yield left, right


def _candidate_pairs(members: Sequence[Sequence[Features]]) -> set[tuple[int, int]]:
    """Pairs of kinds that share a key; a kind of several records is paired with itself."""
    blocks: dict[str, list[int]] = {}
    for kind, records in enumerate(members):
        for key in feature_keys(records[0]):
            blocks.setdefault(key, []).append(kind)
    pairs = {pair for kinds in blocks.values() for pair in combinations(kinds, 2)}
    pairs.update(
        [(kind, kind) for kind, records in enumerate(members) if len(records) > 1 and feature_keys(records[0])]
    )
    return pairs
