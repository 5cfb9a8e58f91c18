"""Whether clusters depend on the order of arrival: all labelled records and those of the demo, in many random orders.

First ``partition``: 1,000 orders of 800 records that have to do with one another, another 800 for every 100 orders,
and 20 orders of all of them. Then unions in the embedded index, 100 histories: 80 records in batches of random sizes,
some deleted and sent again. Every order must give the same clusters for the same reasons, and every union the same id.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence

from benchmarks import _labelled
from benchmarks.sameness import FIFTH, demo_records, read_pairs
from gateway.core.ports import IndexSearch
from gateway.core.record import Evidence, Record
from gateway.records.clusters import Cluster, partition
from gateway.records.keys import feature_keys, features, uid
from gateway.union import Unifier
from index.embedded import open_index

#: Id, members, reasons.
Union = tuple[str, tuple[str, ...], tuple[Evidence, ...]]
ORDERS = 1000
HISTORIES = 100
_CROWD = 800
_OF_ONE_CROWD = 100
_OF_ALL = 20
_SAMPLE = 80
_SEED = 6


def run(orders: int = ORDERS, histories: int = HISTORIES) -> None:
    """Prints how many orders were tried and how many gave other clusters."""
    records = gathered()
    dice = random.Random(_SEED)
    expected = partition([features(record) for record in records])
    sizes = [len(cluster.ids) for cluster in expected]
    several = sum(size > 1 for size in sizes)
    print(
        f"{len(records)} records; {len(expected)} clusters, {several} of several records, the largest of {max(sizes)}"
    )
    other = sum(_shuffled(records, dice) != expected for _ in range(_OF_ALL))
    print(
        f"partition: {_OF_ALL} random orders of all of them, {other} with other clusters or other reasons", flush=True
    )
    other = 0
    for at in range(orders):
        if at % _OF_ONE_CROWD == 0:
            crowd = _neighbours(records, _CROWD, dice)
            expected = partition([features(record) for record in crowd])
        other += _shuffled(crowd, dice) != expected
    print(
        f"partition: {orders} random orders of {_CROWD} records, {other} with other clusters or other reasons",
        flush=True,
    )
    other = links = 0
    for _ in range(histories):
        sample = _neighbours(records, _SAMPLE, dice)
        wanted = {
            (min(map(uid, cluster.ids)), cluster.ids, cluster.why)
            for cluster in partition([features(record) for record in sample])
        }
        links += sum(len(why) for _, _, why in wanted)
        other += asyncio.run(_lived(sample, dice)) != wanted
    print(
        f"embedded index: {histories} random histories of {_SAMPLE} records each ({links} links among them), "
        f"{other} with other unions, ids or reasons"
    )


def gathered() -> list[Record]:
    """The records of all labelled sets and of the demo's libraries, each with an id of its own."""
    sets = [read_pairs(), read_pairs(FIFTH), *(labelled.pairs for labelled in _labelled.sets().values())]
    found = [record for pairs in sets for _, _, left, right in pairs for record in (left, right)]
    found += [record for record, _ in demo_records()]
    for number, record in enumerate(found):
        record.id = f"{record.source}:{number}"
        record.local_id = str(number)
    return found


def _shuffled(records: Sequence[Record], dice: random.Random) -> list[Cluster]:
    order = list(records)
    dice.shuffle(order)
    return partition([features(record) for record in order])


def _neighbours(records: Sequence[Record], size: int, dice: random.Random) -> list[Record]:
    """Records that have to do with one another: those that share a key with one taken before, else any."""
    holders: dict[str, list[int]] = {}
    keys = [feature_keys(features(record)) for record in records]
    for at, names in enumerate(keys):
        for name in names:
            holders.setdefault(name, []).append(at)
    chosen: dict[int, None] = {}
    while len(chosen) < size:
        frontier = [dice.randrange(len(records))]
        while frontier and len(chosen) < size:
            at = frontier.pop()
            if at not in chosen:
                chosen[at] = None
                near = [other for name in keys[at] for other in holders[name]]
                frontier += dice.sample(near, min(len(near), 6))
    return [records[at] for at in chosen]


async def _lived(
    sample: Sequence[Record], dice: random.Random
) -> set[tuple[str, tuple[str, ...], tuple[Evidence, ...]]]:
    """The unions after these records came in some order and in some batches, and a few went and came again."""
    index = await open_index("")
    try:
        unifier = Unifier(index)
        order = dice.sample(sample, len(sample))
        gone = dice.sample(order, len(order) // 8)
        while order:
            size = dice.randint(1, 20)
            await unifier.add(order[:size])
            del order[:size]
        await unifier.delete([record.id for record in gone])
        await unifier.add(gone)
        await index.refresh()
        page = await index.search(IndexSearch(None, size=len(sample)))
        return {(union.id, tuple(sorted(member.id for member in union.members)), union.why) for union in page.records}
    finally:
        await index.close()


if __name__ == "__main__":
    run()
