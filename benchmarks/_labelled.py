"""Labelled pairs of records in the real test data: Melinda's fixtures and stories, and citations of bib-dedupe.

Most of them test one feature in a record of a few fields; what Melinda decides by its own numbers or by options of a
test (features switched off) is labelled as it labels it, so agreement is a figure and no aim.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gateway.core.record import Contributor, Identifier, RawRecord, Record, Title
from gateway.records.marc import Field, MarcRecord
from gateway.records.marcxml import write
from gateway.records.normalise import normalise

DATA = Path(os.environ.get("WENYUAN_TEST_DATA", Path(__file__).parent.parent.parent / "shared" / "data"))
_FIXTURES = "dedup-melinda-matching/test-fixtures"
_STORIES = "dedup-melinda-common/src/marc-record-merge-utils/marc-record-merge-validate-service-test-stories"
#: Stories about whether records are alike; the others are about the workflow of one system.
_ALIKE = ("recordsHaveSimilar", "recordsHaveSame")
_STORY = re.compile(
    r"Preferred record:\n(?P<left>.*?)\n\nOther record:\n(?P<right>.*?)\n\nExpected to be valid: (?P<same>true|false)",
    re.DOTALL,
)
Pair = tuple[str, bool, Record, Record]


def sets() -> dict[str, list[Pair]]:
    """The pairs of each set that is there, as (name, same edition, one record, the other)."""
    found = {
        "Melinda's fixtures": list(_melinda()),
        "Melinda's stories": list(_stories()),
        "bib-dedupe": list(_citations()),
    }
    return {name: pairs for name, pairs in found.items() if pairs}


def _json(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def _record(data: dict[str, Any], side: str) -> Record:
    if "record" in data:
        data = data["record"]
    fields = []
    for field in data.get("fields", ()):
        if "value" in field:
            fields.append(Field.control(field["tag"], field["value"]))
        else:
            parts = [(part["code"], part.get("value", "")) for part in field.get("subfields", ())]
            fields.append(Field(field["tag"], field.get("ind1", " "), field.get("ind2", " "), parts))
    return _understood(MarcRecord(data["leader"], fields), side)


def _understood(marc: MarcRecord, side: str) -> Record:
    return normalise(RawRecord(side, write(marc), "marcxml", local_id="1"))


def _melinda() -> Iterator[Pair]:
    root = DATA / _FIXTURES
    for path in sorted(root.glob("match-detection/index/*/metadata.json")):
        told = _json(path)
        if told["options"]["strategy"]["type"] != "bib":
            continue
        left, right = _json(path.with_name("recordA.json")), _json(path.with_name("recordB.json"))
        results = told["expectedResults"]
        others = right if isinstance(right, list) else [right]
        for other, result in zip(others, results if isinstance(results, list) else [results], strict=True):
            yield f"{path.parent.name}: {told['description']}", result["match"], _record(left, "a"), _record(other, "b")
    for name, same in (("expectedMatches.json", True), ("expectedNonMatches.json", False)):
        for path in sorted(root.glob(f"index/*/{name}")):
            own = _json(path.with_name("inputRecord.json"))
            for found in _json(path):
                yield f"index {path.parent.name}", same, _record(own, "a"), _record(found["candidate"], "b")


def _stories() -> Iterator[Pair]:
    for path in sorted((DATA / _STORIES).glob("*.story")):
        if path.stem.startswith(_ALIKE):
            for match in _STORY.finditer(path.read_text("utf-8")):
                left, right = (_understood(_lines(match[side]), side) for side in ("left", "right"))
                yield path.stem, match["same"] == "true", left, right


def _lines(text: str) -> MarcRecord:
    leader, fields = "", []
    for line in text.splitlines():
        tag, rest = line[:3], line[7:]
        if tag == "LDR":
            leader = rest
        elif line.strip():
            parts = [(part[0], part[1:]) for part in rest.split("‡")[1:] if part]
            fields.append(Field(tag, line[4:5], line[5:6], parts) if parts else Field.control(tag, rest))
    return MarcRecord(leader.replace("_", " "), fields)


def _citations() -> Iterator[Pair]:
    path = DATA / "dedup-bibdedupe" / "tests" / "test_cases.json"
    for case in _json(path)["cases"] if path.is_file() else ():
        yield case["id"], case["expected_duplicate"], _citation(case["record_a"], "a"), _citation(case["record_b"], "b")


def _citation(given: dict[str, str | None], side: str) -> Record:
    data = {name: str(value) for name, value in given.items() if value}
    names = re.split(r" and |; ", data.get("author", ""))
    doi = data.get("doi", "").lower()
    return Record(
        id=f"{side}:1",
        source=side,
        local_id="1",
        titles=(Title(data.get("title", "")),),
        contributors=tuple(Contributor(name, primary=True) for name in names if name),
        identifiers=(Identifier("doi", doi, doi),) if doi else (),
        year=int(data["year"]) if data.get("year", "").isdecimal() else None,
        extent=data.get("pages", ""),
        form="article" if data.get("ENTRYTYPE") in ("article", "inproceedings") else "book",
    )
