"""A process that writes to an index until it is killed. Run as ``python writer_process.py FOLDER SEED``; not a test
itself.

It adds batch after batch of records, rewrites some and lets some unions dissolve, and prints the number of a batch
when it is acknowledged. The records of a batch depend on the seed and its number only, so that a witness can make them
again.
"""

from __future__ import annotations

import asyncio
import random
import sys
from dataclasses import replace

from gateway.core.ports import Change
from gateway.core.record import RawRecord, Record, UnionRecord
from gateway.records import keys
from index.embedded import open_index
from index.testing.library import library, union

BATCH = 5


def records(seed: int, number: int) -> list[Record]:
    """Batch ``number``: new records, and one of the batch before with another title."""
    dice = random.Random(f"{seed}:{number}")
    pattern = library()
    out = []
    for place in range(BATCH):
        model = dice.choice(pattern)
        local_id = f"{number}-{place}"
        raw = RawRecord("k", local_id.encode(), local_id=local_id)
        out.append(replace(model, id=f"k:{local_id}", source="k", local_id=local_id, raw=raw))
    if number:
        old = records_new(seed, number - 1)[0]
        out.append(replace(old, titles=(replace(old.titles[0], text=f"改题 {number}"),)))
    return out


def records_new(seed: int, number: int) -> list[Record]:
    return records(seed, number)[:BATCH]


def changes(seed: int, number: int) -> list[Change]:
    """Each batch comes as unions of one, then its second and third record are joined."""
    batch = records(seed, number)
    first, second = batch[1], batch[2]
    both = union(first, second)
    dissolved = {keys.uid(first.id), keys.uid(second.id)} - {both.id}
    return [
        Change(tuple(batch), tuple(union(record) for record in batch)),
        Change((), (both,), tuple(dissolved)),
    ]


def expected(seed: int, batches: int) -> dict[str, UnionRecord]:
    """What an index holds that wrote so many batches undisturbed, by union id."""
    held: dict[str, UnionRecord] = {}
    for number in range(batches):
        for change in changes(seed, number):
            for uid in change.dissolved:
                held.pop(uid, None)
            held.update((one.id, one) for one in change.unions)
    return held


async def main(folder: str, seed: int) -> None:
    index = await open_index(folder)
    number = int((await index.statistics())["records"]) // BATCH
    if number:  # the batch before may have been cut off between its two changes
        await index.apply(changes(seed, number - 1)[1])
    while True:
        for change in changes(seed, number):
            await index.apply(change)
        print(number, flush=True)
        if number % 3 == 2:
            await index.refresh()
        number += 1


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
