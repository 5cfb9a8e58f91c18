"""An index of many made records for ``wenyuan index move`` to carry over:

    python -m benchmarks.moving FOLDER [RECORDS]

fills FOLDER with an embedded index of so many records (100,000) of the made collection (``benchmarks._library``).
"""

from __future__ import annotations

import asyncio
import sys
import time

from benchmarks._library import Library
from gateway.core.ports import Change
from gateway.core.record import UnionRecord
from gateway.records.merge import merge
from index.embedded import open_index

_BATCH = 500


async def fill(folder: str, records: int) -> None:
    library, index = Library(), await open_index(folder)
    began, number, stored = time.monotonic(), 0, 0
    while stored < records:
        unions: list[UnionRecord] = []
        while len(unions) < _BATCH and stored < records:
            members = library.records(number)[: records - stored]
            unions.append(merge(members))
            stored += len(members)
            number += 1
        await index.apply(Change(tuple(member for union in unions for member in union.members), tuple(unions)))
    await index.refresh()
    print(f"{stored:,} records in {number:,} unions in {time.monotonic() - began:.0f} s", flush=True)
    await index.close()


if __name__ == "__main__":
    asyncio.run(fill(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 100_000))
