"""What writing costs behind live searches: 113 simulated libraries answer with 20 records each, without a network."""

from __future__ import annotations

import random
import time

from gateway.core.record import Flavour, RawRecord
from gateway.federation.keeper import Keeper
from gateway.federation.resultset import ResultSet
from gateway.federation.warmth import warm_up
from gateway.interpreter import tuned
from gateway.lab import shelves
from gateway.lab.laboratory import Laboratory
from gateway.lab.plan import Plan
from gateway.records.normalise import normalise
from gateway.union import Unifier
from index.embedded import open_index

LIBRARIES, RECORDS = 113, 20
#: Topics searched one after another; the last is one that was searched before.
_SEARCHES = (0, 1, 2, 0)


async def behind() -> None:
    """CPU of normalising and merging the answers, then of writing them, in one process."""
    warm_up()
    index = await open_index("")
    keeper = Keeper(Unifier(index).add, index)
    keeper.start()
    try:
        with tuned():  # as `wenyuan serve` is
            for place, topic in enumerate(_SEARCHES):
                raws = _answers(topic)
                began = time.process_time()
                records = [normalise(raw) for raw in raws]
                results = ResultSet()
                for start in range(0, len(records), RECORDS):
                    results.add(records[start : start + RECORDS])
                answered = time.process_time()
                keeper.keep(records)
                await keeper.drain()
                written = time.process_time()
                kind = "seen before" if topic in _SEARCHES[:place] else "new"
                print(
                    f"  live search      {answered - began:6.2f} s CPU to normalise and merge {len(records)} records"
                    f" ({kind}), {written - answered:.2f} s to write them behind it",
                    flush=True,
                )
    finally:
        await keeper.close()
        await index.close()


def _answers(topic: int) -> list[RawRecord]:
    out = []
    for library in Laboratory(Plan(LIBRARIES, timeout=60), topics=6).libraries:
        flavour = Flavour.UNIMARC if library.number % 2 else Flavour.MARC21
        for place, number in enumerate(shelves.editions(library, topic)[:RECORDS], 1):
            octets = shelves.for_library(shelves.written(topic, number, flavour, "utf-8"), library)
            out.append(RawRecord(library.id, octets, "iso2709", flavour, "utf-8", position=place))
    random.Random(topic).shuffle(out)
    return out
