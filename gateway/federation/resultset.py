"""The result set: records of many libraries merged into union records while they arrive.

Libraries take over one another's records: those with one description are one node here, and nodes are compared instead
of records. Nodes that share a block key are compared; nodes that match are linked, and each linked component is
partitioned afresh (vetoes included) when it changed. The outcome depends on which records are there, never on their
order.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence

from gateway.core.record import Evidence, Record, UnionRecord
from gateway.federation.rows import Row
from gateway.records.clusters import partition
from gateway.records.constraints import FREE, Constraints
from gateway.records.keys import Features, description, feature_keys, features
from gateway.records.matching import same
from gateway.records.merge import merge

#: Of nodes that share one key (a generic title, a shop-wide ISBN) a new one is compared with so many at most.
CROWDED = 500


class _Node:
    """The records of one description."""

    __slots__ = ("component", "features", "ids")

    def __init__(self, features: Features, component: int) -> None:
        self.features = features
        self.component = component  #: its number; a reference would make a cycle, which only the collector frees
        self.ids: list[str] = []


class _Component:
    """Nodes linked with one another, and their rows as long as nothing changes."""

    __slots__ = ("nodes", "rows")

    def __init__(self, nodes: list[_Node], rows: tuple[Row, ...] | None = None) -> None:
        self.nodes = nodes
        self.rows = rows

    @property
    def size(self) -> int:
        """How many records it has, which only grows."""
        return sum([len(node.ids) for node in self.nodes])


#: By number of a linked component: how many records it has, and their rows.
Partition = dict[int, tuple[int, tuple[Row, ...]]]


class ResultSet:
    """Grows by ``add``; ``unions`` are always those of everything added so far, as cataloguers ``decided``."""

    def __init__(self, decided: Constraints = FREE) -> None:
        self._decided = decided if decided else None
        self._named: dict[str, _Node] = {}  #: nodes of records that a decision names, by record id
        self._records: dict[str, Record] = {}
        self._features: dict[str, Features] = {}
        self._nodes: dict[Hashable, _Node] = {}  #: by description
        #: Most keys are one node's alone: a list for each of them would be every tenth object of a search.
        self._by_key: dict[str, _Node | list[_Node]] = {}
        self._components: dict[int, _Component] = {}

    def __len__(self) -> int:
        return len(self._records)

    def __contains__(self, record_id: str) -> bool:
        return record_id in self._records

    @property
    def descriptions(self) -> int:
        """How many different ones the records have: what there is to compare, merge and count."""
        return len(self._nodes)

    def record_ids(self) -> Iterable[str]:
        return self._records.keys()

    def copy(self) -> ResultSet:
        """Another one of the same records. Either may grow then, the copy in another thread, without the other."""
        copy = ResultSet(self._decided or FREE)
        copy._records = dict(self._records)
        copy._features = dict(self._features)
        twins: dict[_Node, _Node] = {}
        for place, node in self._nodes.items():
            twin = copy._nodes[place] = twins[node] = _Node(node.features, node.component)
            twin.ids = list(node.ids)
        copy._named = {identifier: twins[node] for identifier, node in self._named.items()}
        copy._by_key = {
            key: twins[found] if isinstance(found, _Node) else [twins[node] for node in found]
            for key, found in self._by_key.items()
        }
        copy._components = {
            number: _Component([twins[node] for node in component.nodes], component.rows)
            for number, component in self._components.items()
        }
        return copy

    def partition(self) -> Partition:
        """What ``rows`` worked out, for ``adopt``."""
        return {
            number: (component.size, component.rows)
            for number, component in self._components.items()
            if component.rows is not None
        }

    def adopt(self, partition: Partition) -> None:
        """Take over what a copy of this one worked out before it grew, where nothing came to it here meanwhile."""
        for number, (size, rows) in partition.items():
            component = self._components.get(number)
            if component is not None and component.rows is None and component.size == size:
                component.rows = rows

    def add(self, records: Iterable[Record]) -> None:
        """Add records that are not there yet; one that is stays as it came first."""
        for record in records:
            identifier = record.id
            if identifier in self._records:
                continue
            self._records[identifier] = record
            own = self._features[identifier] = features(record)
            named = self._decided is not None and self._decided.concerns(identifier)
            place: Hashable = identifier if named else description(own)
            node = self._nodes.get(place)
            if node is None:
                number = len(self._nodes)  # of which none is ever taken out
                node = self._nodes[place] = _Node(own, number)
                self._components[number] = _Component([node])
                self._link(node)
            else:
                self._components[node.component].rows = None
            node.ids.append(identifier)
            if named:
                self._decide(identifier, node)

    def _decide(self, identifier: str, node: _Node) -> None:
        """Link it with those that cataloguers joined to it."""
        assert self._decided is not None
        self._named[identifier] = node
        for partner in sorted(self._decided.partners(identifier) & self._named.keys()):
            other = self._named[partner]
            if other.component != node.component:
                self._join(node.component, other.component)

    def _link(self, node: _Node) -> None:
        own = node.features
        compared: set[_Node] = set()
        for key in feature_keys(own):
            others = self._by_key.setdefault(key, node)
            if others is node:
                continue
            if isinstance(others, _Node):
                others = self._by_key[key] = [others]
            for other in others:
                if other.component == node.component or other in compared:
                    continue
                compared.add(other)
                if same(own, other.features):
                    self._join(node.component, other.component)
            if len(others) < CROWDED:
                others.append(node)

    def _join(self, left: int, right: int) -> None:
        if len(self._components[left].nodes) > len(self._components[right].nodes):
            left, right = right, left
        small, large = self._components.pop(left), self._components[right]
        large.rows = None
        large.nodes += small.nodes
        for node in small.nodes:
            node.component = right

    def unions(self) -> list[UnionRecord]:
        """All union records, in no particular order."""
        return [row.union for row in self.rows()]

    def rows(self) -> list[Row]:
        """All union records as rows; the row of a union whose component did not change is the same object as before."""
        found: list[Row] = []
        for component in self._components.values():
            if component.rows is None:
                component.rows = self._partition(sorted([id for node in component.nodes for id in node.ids]))
            found += component.rows
        return found

    def _partition(self, identifiers: Sequence[str]) -> tuple[Row, ...]:
        if len(identifiers) == 1:
            return (self._row(identifiers, ()),)
        clusters = partition([self._features[identifier] for identifier in identifiers], self._decided or FREE)
        return tuple([self._row(cluster.ids, cluster.why) for cluster in clusters])

    def _row(self, identifiers: Sequence[str], why: Sequence[Evidence]) -> Row:
        members = [self._records[identifier] for identifier in identifiers]
        described = {description(own): (own, record) for record in members if (own := self._features[record.id])}
        return Row(merge(members, why), tuple(described.values()))
