"""A full harvest killed again and again; not a test itself.

Run as ``python tests/harvest/killed.py --records 20000 --kills 10`` with the root of the project in ``PYTHONPATH``.

A provider process serves made records over OAI-PMH. One harvest of it is left alone; another, into an index of its own,
is killed (SIGKILL) at random instants and started again until it ends by itself. Then both indexes are compared:
every record with its bytes and values, every union with its members.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import hashlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
_ENVIRONMENT = {**os.environ, "PYTHONPATH": str(_ROOT)}


@contextlib.contextmanager
def provider(folder: Path, records: int) -> Iterator[str]:
    """The address of a running provider."""
    command = [sys.executable, str(Path(__file__).with_name("provider_process.py")), str(folder), str(records)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=_ENVIRONMENT, text=True) as process:
        try:
            assert process.stdout is not None
            address = process.stdout.readline().strip()
            assert address.startswith("http://"), "the provider did not start"
            yield address
        finally:
            process.kill()


def start(address: str, data: Path) -> subprocess.Popen[bytes]:
    program = "import sys; from gateway.cli import main; sys.exit(main())"
    arguments = ["harvest", "--target", f"oai+{address}?id=prov", "--data", str(data)]
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.Popen(
        command, env=_ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True
    )


def finish(address: str, data: Path) -> float:
    """Seconds that an undisturbed harvest took."""
    began = time.monotonic()
    with start(address, data) as process:
        _, said = process.communicate(timeout=3600)
        assert process.returncode == 0, said.decode()
    return time.monotonic() - began


def stored(data: Path) -> int:
    """Records that the index holds, as another process sees them."""
    with contextlib.suppress(sqlite3.Error):
        db = sqlite3.connect(f"file:{data / 'records.sqlite'}?mode=ro", uri=True, timeout=5)
        try:
            return int(db.execute("SELECT count(*) FROM records").fetchone()[0])
        finally:
            db.close()
    return 0


def harvest_killed(address: str, data: Path, records: int, kills: int, dice: random.Random) -> list[int]:
    """Kill the harvest at ``kills`` instants, each when about its random share of the records is stored, then let it
    end. Returns how many records were stored at each kill."""
    marks = sorted(dice.sample(range(1, records), kills))
    seen = []
    for mark in marks:
        process = start(address, data)
        try:
            while process.poll() is None and stored(data) < mark:
                time.sleep(0.003)
            time.sleep(dice.random() * 0.05)
            assert process.poll() is None, "it ended before it could be killed; give it more records"
            os.killpg(process.pid, signal.SIGKILL)
        finally:
            process.wait()
            if process.stderr:
                process.stderr.close()
        seen.append(stored(data))
    finish(address, data)
    return seen


def contents(data: Path) -> tuple[int, int, str]:
    """(records, unions, digest of everything that both hold), times and internal numbers aside."""
    db = sqlite3.connect(data / "records.sqlite")
    try:
        digest = hashlib.sha256()
        counts = []
        for statement in (
            "SELECT id, uid, source, local_id, body, payload, format, flavour, charset, raw_local_id, raw_holdings"
            " FROM records ORDER BY id",
            "SELECT unions.id, unions.body, unions.why, records.id, records.ordinal FROM unions"
            " JOIN records ON records.union_num = unions.num ORDER BY unions.id, records.ordinal",
        ):
            number = 0
            for row in db.execute(statement):
                digest.update(repr(row).encode())
                number += 1
            counts.append(number)
        (unions,) = db.execute("SELECT count(*) FROM unions").fetchone()
        assert counts[1] == counts[0], "a record is in no union, or in two"
        return counts[0], unions, digest.hexdigest()
    finally:
        db.close()


async def searchable(data: Path) -> int:
    """Unions that the search finds, after the index was opened and brought up to date."""
    from gateway.core.ports import IndexSearch
    from index.embedded import open_index

    index = await open_index(str(data))
    try:
        await index.refresh()
        return (await index.search(IndexSearch(None, size=0))).total
    finally:
        await index.close()


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--records", type=int, default=20_000)
    options.add_argument("--kills", type=int, default=10)
    options.add_argument("--seed", type=int, default=20261121)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with provider(folder / "provider", given.records) as address:
            unions = stored_unions(folder / "provider")
            print(f"provider: {given.records} records of three libraries in {unions} union records", flush=True)
            took = finish(address, folder / "undisturbed")
            whole = contents(folder / "undisturbed")
            print(f"undisturbed: {whole[0]} records in {took:.1f} s ({whole[0] / took:.0f}/s), digest {whole[2][:16]}")
            seen = harvest_killed(
                address, folder / "killed", whole[0] * 97 // 100, given.kills, random.Random(given.seed)
            )
            again = contents(folder / "killed")
            print(f"killed with SIGKILL at {', '.join(map(str, seen))} records stored, then left to end")
            print(f"killed: {again[0]} records, digest {again[2][:16]}")
        found = [asyncio.run(searchable(folder / each)) for each in ("undisturbed", "killed")]
        print(f"search finds {found[0]} and {found[1]} union records")
    same = whole == again and found[0] == found[1] == whole[1]
    print("the same" if same else "DIFFERENT")
    return 0 if same else 1


def stored_unions(data: Path) -> int:
    db = sqlite3.connect(data / "records.sqlite")
    try:
        return int(db.execute("SELECT count(*) FROM unions").fetchone()[0])
    finally:
        db.close()


if __name__ == "__main__":
    sys.exit(main())
