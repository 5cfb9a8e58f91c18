"""Every real file of the test data: records read, beside yaz-marcdump; what is broken; fields that no table reads.

``WENYUAN_TEST_DATA`` names the folder. Authority records, and records of formats that are neither MARC 21 nor UNIMARC
(MAB2, PICA, NORMARC …) are read and counted, but their fields are not held against the tables.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from benchmarks._labelled import DATA
from gateway.core.errors import ConfigurationError, DataError
from gateway.core.record import Flavour, RawRecord
from gateway.records import files
from gateway.records.flavour import decide
from gateway.records.labels import table
from gateway.records.mapping.tables import tables
from gateway.records.marc import MarcRecord
from gateway.records.normalise import marc_of

_ISO = (".mrc", ".marc", ".iso", ".mrk8")
#: The leader of a MARC record, or of one in MAB2.
_LEADER = re.compile(rb"[0-9]{5}[a-z](?:[\x20-\x7e]{4}22[0-9]{5}[\x20-\x7e]{3}[0-9 ]{4}|M2\.0)")
_BIBLIOGRAPHIC = frozenset("acdefgijkmoprtblh")
_TITLES = frozenset(("200", "245"))


def found_files() -> list[Path]:
    """ISO 2709 and MARCXML files, by their names or by what they begin with."""
    paths = [path for path in sorted(DATA.rglob("*")) if path.is_file() and path.stat().st_size]
    return [path for path in paths if is_iso(path) or (path.suffix in (".xml", ".mrx") and _is_marcxml(path))]


def is_iso(path: Path) -> bool:
    if path.suffix in _ISO:
        return True
    with path.open("rb") as stream:
        head = stream.read(20_000)
    return _LEADER.match(head) is not None and b"\x1e" in head


def _is_marcxml(path: Path) -> bool:
    with path.open("rb") as stream:
        head = stream.read(20_000)
    return b"datafield" in head and b"<" in head


def read(path: Path) -> tuple[list[MarcRecord], list[str]]:
    """The records of one file, and a sentence for each part that is none."""
    records: list[MarcRecord] = []
    errors: list[str] = []
    try:
        for item in files.read_file(path, "file"):
            if isinstance(item, RawRecord):
                try:
                    marc = marc_of(item)
                except DataError as error:
                    errors.append(str(error))
                    continue
                if marc is not None:
                    records.append(marc)
            else:
                errors.append(str(item))
    except ConfigurationError as error:
        errors.append(str(error))
    return records, errors


def yaz_count(path: Path) -> int | None:
    """How many records yaz-marcdump sees in an ISO 2709 file; None without it."""
    program = shutil.which("yaz-marcdump")
    if program is None or not is_iso(path):
        return None
    done = subprocess.run([program, "-p", "-o", "line", str(path)], capture_output=True, check=False, timeout=120)
    return done.stdout.count(b"<!-- Record ")


def uncovered(records: Iterator[MarcRecord] | list[MarcRecord]) -> dict[str, list[tuple[str, int, int]]]:
    """By flavour, the fields of more than 1 % of its records that no table reads or names: (tag, how many, of all)."""
    seen: dict[str, Counter[str]] = {"marc21": Counter(), "unimarc": Counter()}
    total: Counter[str] = Counter()
    for marc in records:
        if marc.leader[6:7] not in _BIBLIOGRAPHIC or not marc.tags() & _TITLES:
            continue
        name = "marc21" if decide(marc) is Flavour.MARC21 else "unimarc"
        total[name] += 1
        seen[name].update(marc.tags())
    return {
        name: [
            (tag, count, total[name])
            for tag, count in sorted(seen[name].items())
            if count * 100 > total[name] and tag not in covered(name)
        ]
        for name in seen
    }


def covered(name: str) -> frozenset[str]:
    """Tags that the tables of a flavour read, the layouts of holdings read, or ``unread`` names with a reason."""
    unread = table("unread")[name]
    layouts = table("holdings")["layouts"]
    return frozenset((*tables(name).groups, *layouts, *map(str, unread)))


def run() -> None:
    """Prints counts, differences, faults and uncovered fields."""
    everything: list[MarcRecord] = []
    faults: Counter[str] = Counter()
    agree = compared = 0
    paths = found_files()
    for path in paths:
        records, errors = read(path)
        everything += records
        faults.update(error.partition(":")[0][:80] for error in errors)
        theirs = yaz_count(path)
        if theirs is not None:
            compared += 1
            if theirs == len(records):
                agree += 1
            else:
                why = "; ".join(dict.fromkeys(errors)) or "it stops, or counts what has no field"
                print(f"  {path.relative_to(DATA)}: {len(records)} read, yaz-marcdump {theirs}. {why[:200]}")
    print(
        f"{len(everything)} records of {len(paths)} files; yaz-marcdump agrees on {agree} of {compared} ISO 2709 files"
    )
    damage = Counter(text.partition(":")[0] for marc in everything for text in marc.damage)
    print("damage told, by code:", ", ".join(f"{code} {count}" for code, count in damage.most_common()))
    print("parts that are no record, by reason:")
    for reason, count in faults.most_common():
        print(f"  {count:4} {reason}")
    for name, missing in uncovered(everything).items():
        print(f"{name}: fields in more than 1 % of records that no table reads or explains: {len(missing)}")
        for tag, count, of in missing:
            print(f"  {tag} in {count} of {of}")


if __name__ == "__main__":
    run()
