"""Real Chinese titles written in every character set and read back without being told, beside pymarc and yaz-marcdump.

Each record has one title and nothing that names a set: leader/09 is blank, as in UNIMARC and CNMARC. The titles are
those of the real records in UTF-8 (``WENYUAN_TEST_DATA``), as they are and in the script that libraries with the set
write (simplified for GBK, traditional for Big5). The mixtures have the title in one set and a note, another record's
title, in a second one. *Silent* is what is wrong though nothing was said: no damage, and a confidence of 0.9 or more;
peers that give a wrong text without an error or U+FFFD in it count so, too. *Unsure* is what is right, but said to be
uncertain.
"""

from __future__ import annotations

import contextlib
import io
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pymarc
from opencc import OpenCC

from benchmarks._labelled import DATA
from gateway.core.errors import ConfigurationError, DataError
from gateway.core.record import RawRecord
from gateway.records import files, iso2709
from gateway.records.charset import CERTAIN, encode
from gateway.records.normalise import marc_of

_HAN = re.compile("[\u4e00-\u9fff]")
_NOT_CHINESE = re.compile("[\u3040-\u30ff\uac00-\ud7a3\u0300-\u036f\ufffd]")
_TITLE_TAGS = ("200", "225", "240", "245", "246", "440", "490", "500", "505", "517", "600", "606", "650", "830", "880")
#: What is written: the set of the title and the set of the note; without a note where they are the same.
CASES = (
    ("utf-8", "utf-8"), ("gbk", "gbk"), ("gb18030", "gb18030"), ("big5", "big5"), ("marc-8", "marc-8"),
    ("gbk", "utf-8"), ("utf-8", "gbk"), ("big5", "utf-8"), ("utf-8", "big5"), ("utf-8", "marc-8"), ("marc-8", "utf-8"),
)  # fmt: skip
_SCRIPTS = {"big5": "s2tw", "gbk": "t2s", "gb18030": "t2s"}


@lru_cache(maxsize=1)
def titles(root: Path = DATA) -> tuple[str, ...]:
    """Chinese titles and headings of the real records that came in UTF-8; four Han characters or more."""
    found: dict[str, None] = {}
    for path in sorted(root.rglob("*")):
        if path.suffix not in (".mrc", ".marc", ".xml") or not path.is_file():
            continue
        for title in _titles_of(path):
            if len(_HAN.findall(title)) >= 4 and not _NOT_CHINESE.search(title):
                found[title] = None
    return tuple(found)


def _titles_of(path: Path) -> Iterator[str]:
    with contextlib.suppress(ConfigurationError):
        for raw in files.read_file(path, "file"):
            try:
                marc = marc_of(raw) if isinstance(raw, RawRecord) else None
            except DataError:
                continue
            if marc is not None and marc.charset == "utf-8":
                for field in marc.fields(*_TITLE_TAGS):
                    for value in field.all("a", "b", "c", "e", "n", "p", "t", "x"):
                        yield value.strip(" /:;,.=")


def record(title: bytes, note: bytes = b"") -> bytes:
    """A record of one title, and a note when there is one, in these bytes."""
    bodies = [(b"200", b"1 \x1fa" + title + b"\x1e")]
    if note:
        bodies.append((b"330", b"  \x1fa" + note + b"\x1e"))
    directory, start = b"", 0
    for tag, body in bodies:
        directory += b"%b%04d%05d" % (tag, len(body), start)
        start += len(body)
    base = 24 + len(directory) + 1
    head = b"%05dnam0 22%05d   450 " % (base + start + 1, base)
    return head + directory + b"\x1e" + b"".join(body for _, body in bodies) + b"\x1d"


@dataclass(slots=True)
class Written:
    """The values of one record and its bytes."""

    values: list[str]
    data: bytes


def written(found: Sequence[str], title_set: str, note_set: str) -> list[Written]:
    """A record for each title that the sets can write, in the script that fits them and as it is."""
    done: list[Written] = []
    for at, original in enumerate(found):
        note = found[at - 1]
        for title in dict.fromkeys((original, _in_script(original, title_set))):
            values = [title] if title_set == note_set else [title, _in_script(note, note_set)]
            try:
                parts = [encode(value, name) for value, name in zip(values, (title_set, note_set), strict=False)]
            except DataError:
                continue
            if not any(b"&#x" in part for part in parts):
                done.append(Written(values, record(*parts)))
    return done


def _in_script(text: str, charset: str) -> str:
    return _converter(_SCRIPTS[charset]).convert(text) if charset in _SCRIPTS else text


@lru_cache(maxsize=4)
def _converter(name: str) -> OpenCC:
    return OpenCC(name)


def ours(data: bytes) -> tuple[list[str], bool]:
    """The values as Wenyuan reads them, and whether it says that anything may be wrong."""
    marc = iso2709.read(data)
    uncertain = marc.charset_confidence < CERTAIN or any(not item.startswith("mixed") for item in marc.damage)
    return [field.get("a") for field in marc.fields()], uncertain


def of_pymarc(data: bytes) -> tuple[list[str], bool]:
    """The same by pymarc, which follows leader/09; an error or U+FFFD is a word that something is wrong."""
    with contextlib.redirect_stderr(io.StringIO()):
        try:
            marc = pymarc.Record(data, to_unicode=True, utf8_handling="replace")
        except Exception:  # it raises many kinds
            return [], True
        values = [field.get("a") or "" for field in marc.get_fields()]
    return values, any("\ufffd" in value for value in values)


def by_yaz(records: Sequence[Written], *options: str) -> list[tuple[list[str], bool]]:
    """The same by ``yaz-marcdump`` with these options, for all records at once."""
    with tempfile.NamedTemporaryFile(suffix=".mrc") as stream:
        stream.write(b"".join(each.data for each in records))
        stream.flush()
        done = subprocess.run(["yaz-marcdump", *options, stream.name], capture_output=True, check=False, timeout=120)
    found = []
    for block in done.stdout.replace(b"\r\n", b"\n").split(b"\n\n"):
        if block.strip():
            lines = [line for line in block.split(b"\n") if line[:3] in (b"200", b"330")]
            texts = [line.partition(b"$a ")[2].decode("utf-8", "replace") for line in lines]
            found.append((texts, any("\ufffd" in text for text in texts)))
    return found


def _row(records: Sequence[Written], results: Sequence[tuple[list[str], bool]]) -> str:
    if len(results) != len(records):
        return f"gave {len(results)} records"
    right = silent = unsure = 0
    for each, (values, told) in zip(records, results, strict=True):
        right += values == each.values
        silent += values != each.values and not told
        unsure += values == each.values and told
    return f"{right / len(records):.2%} {silent} silent" + (f" {unsure} unsure" if unsure else "")


def run() -> None:
    """Prints a line for each case: records, then for each reader how many are right and how many silently wrong."""
    found = titles()
    if not found:
        print(f"no titles at {DATA}; set WENYUAN_TEST_DATA")
        return
    print(f"{len(found)} real Chinese titles")
    readers: list[tuple[str, Callable[[Sequence[Written]], list[tuple[list[str], bool]]]]] = [
        ("Wenyuan", lambda records: [ours(each.data) for each in records]),
        ("pymarc", lambda records: [of_pymarc(each.data) for each in records]),
    ]
    if shutil.which("yaz-marcdump"):
        readers.append(("yaz-marcdump as it comes", lambda records: by_yaz(records)))
        readers.append(("yaz-marcdump, MARC-8", lambda records: by_yaz(records, "-f", "marc-8", "-t", "utf-8")))
    print(f"{'title + note':16} {'records':>8}" + "".join(f"{name:>32}" for name, _ in readers))
    for title_set, note_set in CASES:
        records = written(found, title_set, note_set)
        name = title_set if title_set == note_set else f"{title_set} + {note_set}"
        print(f"{name:16} {len(records):8}" + "".join(f"{_row(records, read(records)):>32}" for _, read in readers))


if __name__ == "__main__":
    run()
