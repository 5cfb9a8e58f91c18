"""The result set: records of many libraries merged into union records while they arrive.

Records that share a block key are compared; records that match are linked, and each linked component is partitioned
afresh (vetoes included) when it changed. The outcome depends on which records are there, never on their order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gateway.core.record import Evidence, Record, UnionRecord
from gateway.federation.rows import Row
from gateway.records.keys import Features, feature_keys, features
from gateway.records.matching import partition, same
from gateway.records.merge import merge

#: Of records that share one key (a generic title, a shop-wide ISBN) a new one is compared with so many at most.
CROWDED = 500


class ResultSet:
    """Grows by ``add``; ``unions`` are always those of everything added so far."""

    def __init__(self) -> None:
        self._records: dict[str, Record] = {}
        self._features: dict[str, Features] = {}
        self._by_key: dict[str, list[str]] = {}
        self._component: dict[str, set[str]] = {}
        self._rows: dict[str, tuple[Row, ...]] = {}  #: by least member id of their component
        self._dirty: set[str] = set()  #: record ids whose component must be partitioned again

    def __len__(self) -> int:
        return len(self._records)

    def __contains__(self, record_id: str) -> bool:
        return record_id in self._records

    def record_ids(self) -> Iterable[str]:
        return self._records.keys()

    def with_more(self, records: Iterable[Record]) -> ResultSet:
        """A result set of this one's records and ``records``; this one stays as it is."""
        more = [record for record in records if record.id not in self._records]
        if not more:
            return self
        self.rows()  # partition here, once, not in every copy
        copy = ResultSet()
        copy._records = dict(self._records)
        copy._features = dict(self._features)
        copy._by_key = {key: list(ids) for key, ids in self._by_key.items()}
        groups = {id(group): set(group) for group in self._component.values()}
        copy._component = {identifier: groups[id(group)] for identifier, group in self._component.items()}
        copy._rows = dict(self._rows)
        copy.add(more)
        return copy

    def add(self, records: Iterable[Record]) -> None:
        """Add records that are not there yet. A record seen before is replaced only when it came again changed."""
        for record in records:
            known = self._records.get(record.id)
            if known is not None:
                continue
            self._records[record.id] = record
            self._link(record)

    def _link(self, record: Record) -> None:
        identifier = record.id
        own = features(record)
        self._features[identifier] = own
        self._component[identifier] = {identifier}
        self._dirty.add(identifier)
        compared = {identifier}
        for key in feature_keys(own):
            others = self._by_key.setdefault(key, [])
            for other in others:
                if other in compared:
                    continue
                compared.add(other)
                if self._component[other] is self._component[identifier] or same(own, self._features[other]):
                    self._join(identifier, other)
            if len(others) < CROWDED:
                others.append(identifier)

    def _join(self, left: str, right: str) -> None:
        small, large = self._component[left], self._component[right]
        if small is large:
            return
        if len(small) > len(large):
            small, large = large, small
        self._rows.pop(min(small), None)
        self._rows.pop(min(large), None)
        large |= small
        for identifier in small:
            self._component[identifier] = large
        self._dirty.add(left)

    def unions(self) -> list[UnionRecord]:
        """All union records, in no particular order."""
        return [row.union for row in self.rows()]

    def rows(self) -> list[Row]:
        """All union records as rows; the row of a union that did not change is the same object as before."""
        for identifier in self._dirty:
            component = self._component[identifier]
            self._rows.pop(min(component), None)
        for identifier in self._dirty:
            component = self._component[identifier]
            first = min(component)
            if first not in self._rows:
                self._rows[first] = self._partition(sorted(component))
        self._dirty.clear()
        return [row for rows in self._rows.values() for row in rows]

    def _partition(self, identifiers: Sequence[str]) -> tuple[Row, ...]:
        if len(identifiers) == 1:
            return (self._row(identifiers, ()),)
        clusters = partition([self._features[identifier] for identifier in identifiers])
        return tuple([self._row(cluster.ids, cluster.why) for cluster in clusters])

    def _row(self, identifiers: Sequence[str], why: Sequence[Evidence]) -> Row:
        members = [self._records[identifier] for identifier in identifiers]
        return Row(merge(members, why), tuple([self._features[identifier] for identifier in identifiers]))
