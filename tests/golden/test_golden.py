"""Golden pairs: every record in ``cases/*.txt`` (MARC in lines) against its hand-checked meaning in ``cases/*.json``.

Each record is read from lines, from ISO 2709 in UTF-8 and from MARCXML: all three must mean the same.
"""

import json
from pathlib import Path

import pytest

from gateway.core.codec import plain
from gateway.core.record import RawRecord
from gateway.records import iso2709, lines, marcxml
from gateway.records.normalise import normalise

CASES = Path(__file__).parent / "cases"


def meaning(payload: bytes, kind: str) -> dict[str, object]:
    values = plain(normalise(RawRecord("lib", payload, kind)))
    del values["raw"]
    values.pop("charset", None)
    values.pop("charset_confidence", None)
    values["warnings"] = [found for found in values.get("warnings", ()) if not found["code"].startswith("charset")]
    return values


@pytest.mark.parametrize("path", sorted(CASES.glob("*.txt")), ids=lambda path: path.stem)
def test_golden(path: Path, update_golden: bool) -> None:
    records = list(lines.iterate(path.read_text("utf-8")))
    found = [meaning(lines.write(record).encode(), "marcline") for record in records]
    expected = path.with_suffix(".json")
    if update_golden:
        text = "[\n" + ",\n".join(json.dumps(value, ensure_ascii=False) for value in found) + "\n]\n"
        expected.write_text(text, "utf-8")
    assert found == json.loads(expected.read_text("utf-8"))
    for record, value in zip(records, found, strict=True):
        assert meaning(iso2709.write(record), "iso2709") == value
        assert meaning(marcxml.write(record), "marcxml") == value


def test_every_record_is_told_apart() -> None:
    seen = [record.control("001") for path in CASES.glob("*.txt") for record in lines.iterate(path.read_text("utf-8"))]
    assert len(seen) == len(set(seen))
    assert len(seen) >= 60
