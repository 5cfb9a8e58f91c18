"""A mutation fuzzer for reading records of every format and character set, seeded and bounded.

    python -m tests.support.fuzz_records --count 1000000 --seed 1 --processes 2

Takes the golden records in every format and set, and real files of ``WENYUAN_TEST_DATA`` where they are, damages them,
and asks every value of what is read, its keys, and now and then each way of writing and converting. The only error that
may come of it is ``DataError``. A record that takes more than ``LIMIT`` is tried again, twice: what is counted is the
best of three, as other work on the machine stretches one of them now and then.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import functools
import io
import multiprocessing
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path

from gateway.core.errors import ConfigurationError, DataError
from gateway.core.record import Flavour, RawRecord, Record
from gateway.records import citations, export, files, iso2709, keys, lines, marcjson, marcxml, quality, write
from gateway.records.convert import to_flavour
from gateway.records.marc import MarcRecord
from gateway.records.merge import merge
from gateway.records.normalise import normalise
from tests.support import caches

GOLDEN = Path(__file__).parents[1] / "golden" / "cases"
DATA = Path(os.environ.get("WENYUAN_TEST_DATA", Path(__file__).parents[3] / "shared" / "data"))
LIMIT = 0.050  #: seconds of processor time for one record
LONGEST = 65_536  #: bytes of a damaged record
_VALUES = tuple(each.name for each in dataclasses.fields(Record) if each.name != "raw")
_CHARSETS = ("utf-8", "gbk", "gb18030", "big5", "marc-8", "iso5426", "latin-1")
_BYTES = (
    0x00,
    0x1B,
    0x1D,
    0x1E,
    0x1F,
    0x20,
    0x24,
    0x28,
    0x30,
    0x31,
    0x39,
    0x3C,
    0x26,
    0x7B,
    0x80,
    0x88,
    0xC2,
    0xE6,
    0xFF,
)
_PIECES = (
    b"\x1b$1", b"\x1b(B", b"\x1bg", b"\x1f6880-01", b"\x1e  \x1fa", b"\x1d", b"00000", b"99999", b"\xe7\xba\xa2",
    b"\xba\xec\xc2\xa5", b"\xef\xbf\xbd", b"&#x7EA2;", b"<datafield tag='200'>", b"<!DOCTYPE a [<!ENTITY b 'c'>]>",
    b"]]>", b'{"fields":[', b"978-7-02-000220-7", b"0010201-9910", "、主编；译著，等".encode(), b"(((((", b"--------",
)  # fmt: skip


@dataclass(slots=True)
class Outcome:
    count: int = 0
    read: int = 0
    seconds: float = 0.0
    slowest: tuple[float, str, int] = (0.0, "", 0)  #: seconds, format, bytes
    over: list[tuple[float, RawRecord]] = field(default_factory=list)  #: over the limit three times out of three
    formats: Counter[str] = field(default_factory=Counter)


def seeds(real: int = 0) -> list[RawRecord]:
    """The golden records in every form, and ``real`` ones of the real files, spread over all of them."""
    found = []
    for path in sorted(GOLDEN.glob("*.txt")):
        for record in lines.iterate(path.read_text("utf-8")):
            found += _forms(record)
    if real and DATA.is_dir():
        paths = [
            path for path in sorted(DATA.rglob("*")) if path.suffix in (".mrc", ".marc", ".xml") and path.is_file()
        ]
        each = max(1, real // max(1, len(paths)))
        for path in paths:
            found += _first_of(path, each)
    return found


def _forms(record: MarcRecord) -> list[RawRecord]:
    found = [
        RawRecord("lib", marcxml.write(record), "marcxml"),
        RawRecord("lib", marcjson.write(record), "marcjson"),
        RawRecord("lib", lines.write(record).encode(), "marcline"),
    ]
    for charset in ("utf-8", "gbk", "big5", "marc-8"):
        try:
            found.append(RawRecord("lib", iso2709.write(record, charset), "iso2709"))
        except DataError:  # a character that the set lacks
            continue
    whole = normalise(found[0])
    found += [
        RawRecord("lib", export.to_dc(whole), "dc"),
        RawRecord("lib", export.to_mods(whole), "mods"),
        RawRecord("lib", citations.ris(whole).encode("gbk", "replace"), "sutrs"),
    ]
    return found


def _first_of(path: Path, count: int) -> list[RawRecord]:
    found: list[RawRecord] = []
    with contextlib.suppress(ConfigurationError):  # an empty file
        for item in files.read_file(path, "lib"):
            if isinstance(item, RawRecord):
                found.append(dataclasses.replace(item, payload=item.payload[:LONGEST]))
            if len(found) >= count:
                break
    return found


def mutate(data: bytes, others: Sequence[RawRecord], dice: random.Random) -> bytes:
    out = bytearray(data)
    for _ in range(dice.choice((1, 1, 1, 2, 3, 8, 20))):
        at = dice.randrange(len(out) + 1)
        match dice.randrange(9):
            case 0 if at < len(out):
                out[at] = dice.choice(_BYTES)
            case 1 if at < len(out):
                out[at] ^= 1 << dice.randrange(8)
            case 2:
                del out[at : at + dice.randrange(1, 9)]
            case 3:
                out[at:at] = dice.choice(_PIECES)
            case 4:
                out[at:at] = out[at : at + dice.randrange(1, 60)] * dice.choice((1, 2, 50, 400))
            case 5:
                other = dice.choice(others).payload
                start = dice.randrange(len(other) + 1)
                out[at:at] = other[start : start + dice.randrange(1, 200)]
            case 6:
                del out[at:]
            case 7:  # a leader or directory that says something else
                at = dice.randrange(min(len(out), 200) + 1)
                out[at : at + 5] = b"%05d" % dice.choice((0, 1, 24, 25, len(out), 99_999, dice.randrange(100_000)))
            case _ if at < len(out):
                out[at] = dice.randrange(256)
    return bytes(out[:LONGEST])


def damaged(corpus: Sequence[RawRecord], dice: random.Random) -> RawRecord:
    """One record to try: mostly of the format that it says, sometimes of another one."""
    raw = dice.choice(corpus)
    kind = raw.format if dice.random() < 0.9 else dice.choice((*{each.format for each in corpus[:12]}, "unknown"))
    return dataclasses.replace(
        raw,
        payload=mutate(raw.payload, corpus, dice),
        format=kind,
        charset=dice.choice(_CHARSETS) if dice.random() < 0.3 else None,
        flavour=dice.choice(tuple(Flavour)) if dice.random() < 0.2 else None,
    )


def understand(raw: RawRecord) -> Record | None:
    """All that is understood of a record; None when it is refused. Any error but ``DataError`` comes out."""
    try:
        record = normalise(raw)
        for name in _VALUES:
            getattr(record, name)
        keys.block_keys(record)
        keys.features(record)
    except DataError:
        return None
    return record


def stream(raw: RawRecord) -> None:
    """The bytes as a file."""
    for item in iso2709.split(io.BytesIO(raw.payload)):
        if not isinstance(item, DataError):
            understand(dataclasses.replace(raw, payload=item.data, format="iso2709"))


_WAYS: tuple[Callable[[Record], object], ...] = (
    write.to_marcxml,
    write.to_marcjson,
    write.to_iso2709,
    lambda record: write.to_iso2709(record, "gbk"),
    lambda record: write.to_iso2709(record, "marc-8"),
    export.to_mods,
    export.to_dc,
    lambda record: export.union_xml(merge([record])),
    lambda record: export.joint_marcxml(merge([record, dataclasses.replace(record)])),
    citations.ris,
    citations.bibtex,
    citations.gb7714,
    citations.json_ld,
    lambda record: [quality.explain(each, language) for each in record.warnings for language in ("zh", "en")],
    lambda record: to_flavour(write.to_marc(record), Flavour.MARC21),
    lambda record: to_flavour(write.to_marc(record), Flavour.CNMARC),
)


def further(record: Record, way: Callable[[Record], object]) -> None:
    """One way out of a record; ``DataError`` says that it cannot be written so."""
    try:
        way(record)
    except DataError:
        return


def run(count: int, seed: int, corpus: Sequence[RawRecord]) -> Outcome:
    dice = random.Random(seed)
    outcome = Outcome()
    for number in range(count):
        raw = damaged(corpus, dice)
        try:
            record, took = _timed(raw)
            if took > LIMIT:
                took = min(took, _again(raw), _again(raw))
            if number % 10 == 0:
                stream(raw)
            if record is not None and number % 5 == 0:
                further(record, dice.choice(_WAYS))
        except Exception:
            print(f"seed {seed}, number {number}: {raw.format} {raw.charset} {raw.payload!r}"[:20_000], file=sys.stderr)
            raise
        outcome.count += 1
        outcome.read += record is not None
        outcome.formats[raw.format] += 1
        outcome.seconds += took
        outcome.slowest = max(outcome.slowest, (took, raw.format, len(raw.payload)))
        if took > LIMIT:
            outcome.over.append((took, raw))
    return outcome


def _timed(raw: RawRecord) -> tuple[Record | None, float]:
    started = time.thread_time()
    record = understand(raw)
    return record, time.thread_time() - started


def _again(raw: RawRecord) -> float:
    """Seconds once more, with nothing kept of the record."""
    for cache in _caches():
        cache.cache_clear()
    return _timed(raw)[1]


_caches = functools.cache(caches.of_values)


def _share(arguments: tuple[int, int, int]) -> Outcome:
    count, seed, real = arguments
    corpus = seeds(real)
    run(500, 0, corpus)  # loads the dictionaries, which is no record's fault
    return run(count, seed, corpus)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0] if __doc__ else None)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--real", type=int, default=2000, help="how many real records to damage beside the golden ones")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--keep", type=Path, help="folder for the records over the limit")
    options = parser.parse_args(arguments)
    shares = 4 * options.processes
    work = [(options.count // shares, options.seed * 1000 + at, options.real) for at in range(shares)]
    started = time.perf_counter()
    with multiprocessing.get_context("spawn").Pool(options.processes) as pool:
        found = pool.map(_share, work, chunksize=1)
    elapsed = time.perf_counter() - started
    count = sum(each.count for each in found)
    worst = max(each.slowest for each in found)
    over = sorted((pair for each in found for pair in each.over), key=itemgetter(0), reverse=True)
    kinds = sum((each.formats for each in found), Counter[str]())
    print(
        f"{count} damaged records in {elapsed:.0f} s on {options.processes} processes, seed {options.seed}: "
        f"{sum(each.read for each in found)} were read, the others refused with a reason; "
        f"{sum(each.seconds for each in found) / count * 1000:.2f} ms each; "
        f"slowest {worst[0] * 1000:.1f} ms ({worst[1]}, {worst[2]} bytes), {len(over)} over {LIMIT * 1000:.0f} ms"
    )
    print("by format:", ", ".join(f"{name} {number}" for name, number in kinds.most_common()))
    for number, (took, raw) in enumerate(over):
        kind = f"{raw.format}, {raw.charset or 'any set'}, {raw.flavour or 'any flavour'}"
        print(f"{took * 1000:.1f} ms: {kind}, {len(raw.payload)} bytes")
        if options.keep:
            (options.keep / f"{number:03}.raw").write_bytes(raw.payload)
    return 0


if __name__ == "__main__":
    sys.exit(main())
