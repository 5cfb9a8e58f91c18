"""Every real file of the test data: as many records as yaz-marcdump counts, or the reason why not."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from gateway.core.errors import DataError
from gateway.records import iso2709, marcxml
from gateway.records.marc import MarcRecord

#: Files where the counts differ, and why.
_EXPLAINED = {
    "summerland2.mrc": "one record and a terminator too many",
    "bad_too_long_plus_2.mrc": "yaz-marcdump stops at a record whose length is wrong; all three are read",
    "cp866_multirecord.marc": "yaz-marcdump stops at a record whose length is wrong; both are read",
    "farsi.marc": "lines of MARC-8 text, not records",
    "invalidMarcFile.mrc": "a line of text, not a record",
    "bad_records.mrc": "one record has a leader and no field",
    "corrupt_leader.mrc": "a leader cut off from its record",
    "marc4.json.marc": "a leader and no field",
    "marc4.xml.marc": "a leader and no field",
    "tmarc4.xml.marc": "a leader and no field",
    "xml2marc4.xml.marc": "a leader and no field",
    "xml2tmarc4.xml.marc": "a leader and no field",
}
_RECORD_END = b"\x1d"


def _files(root: Path) -> list[Path]:
    return [path for path in sorted(root.rglob("*")) if path.suffix in (".mrc", ".marc") and path.is_file()]


def _read(path: Path) -> tuple[list[MarcRecord], list[DataError]]:
    records: list[MarcRecord] = []
    errors: list[DataError] = []
    with path.open("rb") as stream:
        for item in iso2709.split(stream):
            if isinstance(item, DataError):
                errors.append(item)
                continue
            try:
                records.append(iso2709.read(item.data))
            except DataError as error:
                errors.append(error)
    return records, errors


@pytest.fixture(scope="module")
def everything(real_data: Path) -> dict[Path, tuple[list[MarcRecord], list[DataError]]]:
    """All ISO 2709 files, read once."""
    return {path: _read(path) for path in _files(real_data)}


def test_every_file_is_read_and_each_fault_has_words(
    everything: dict[Path, tuple[list[MarcRecord], list[DataError]]],
) -> None:
    assert len(everything) > 100
    total = 0
    for path, (records, errors) in everything.items():
        total += len(records)
        ends = path.read_bytes().count(_RECORD_END)
        if path.name not in _EXPLAINED:
            assert len(records) >= ends, (path, errors)
        assert all(str(error) for error in errors)
        for record in records:
            assert all(re.match(r"[a-z0-9-]+: \S", item) for item in record.damage), record.damage
            assert all(len(field.tag) == 3 for field in record.fields())
    assert total > 13_000


@pytest.mark.peers
def test_counts_agree_with_yaz_marcdump(
    everything: dict[Path, tuple[list[MarcRecord], list[DataError]]],
) -> None:
    program = shutil.which("yaz-marcdump")
    if program is None:
        pytest.skip("yaz-marcdump is not installed (make peers)")
    different: dict[str, tuple[int, int]] = {}
    total = 0
    for path, (records, _) in everything.items():
        done = subprocess.run([program, "-n", "-p", str(path)], capture_output=True, check=False)
        counted = done.stdout.count(b"<!-- Record ")
        total += counted
        if len(records) != counted:
            different[path.name] = (len(records), counted)
    unexplained = {name: counts for name, counts in different.items() if name not in _EXPLAINED}
    assert unexplained == {}
    assert total > 13_000


def test_gbk_and_utf8_records_of_the_recorded_wire_sessions(real_data: Path) -> None:
    charsets: Counter[str] = Counter()
    for path in sorted((real_data / "wire-z3950-yaz").rglob("*_s2c_presentResponse.ber")):
        payload = path.read_bytes()
        for match in re.finditer(rb"[0-9]{5}[a-z]..[^\x1d]{0,4}22[0-9]{5}[^\x1d]*\x1d", payload, re.DOTALL):
            record = iso2709.read(match.group())
            charsets[record.charset] += 1
            assert not any(item.startswith(("undecodable", "directory-fault")) for item in record.damage), path
    assert charsets["gbk"] > 5
    assert charsets["utf-8"] > 0


def test_marcxml_files_are_read(real_data: Path) -> None:
    records = 0
    for path in sorted(real_data.rglob("*.xml")):
        with path.open("rb") as stream:
            for item in marcxml.iterate(stream):
                if isinstance(item, MarcRecord):
                    records += 1
                    assert item.fields()
                else:
                    assert str(item)
    assert records > 7_000


def test_real_cnmarc_of_beijing_normal_university(real_data: Path) -> None:
    with (real_data / "dp2/dp2Catalog/SRU/sample_cnmarcxml.xml").open("rb") as stream:
        records = [item for item in marcxml.iterate(stream) if isinstance(item, MarcRecord)]
    assert len(records) == 10
    assert all(record.first("200") is not None and record.first("905") is not None for record in records[:3])


def test_real_records_survive_writing(everything: dict[Path, tuple[list[MarcRecord], list[DataError]]]) -> None:
    for records, _ in everything.values():
        for record in records[:20]:
            if record.damage:
                continue
            try:
                data = iso2709.write(record)
            except DataError:
                continue
            assert iso2709.read(data).fields() == record.fields()
            xml = marcxml.read(marcxml.write(record))
            assert [f.tag for f in xml.fields()] == [f.tag for f in record.fields() if f.is_control or f.subfields]
