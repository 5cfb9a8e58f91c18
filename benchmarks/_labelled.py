"""Labelled pairs of records in the real test data: Melinda's fixtures and stories, and citations of bib-dedupe.

Each set has a question of its own, which its labels answer, and is judged by what Wenyuan says to that question. Pairs
that cannot be judged are left out of the first figures, by name and with the reason; they count in the second ones.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from pathlib import Path
from typing import Any

from gateway.core.record import Contributor, Evidence, Host, Identifier, RawRecord, Record, Title
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
#: What Wenyuan's evidence calls the elements that a story is about.
_ELEMENTS = {
    "recordsHaveSameType": {"form", "carrier"},
    "recordsHaveSimilarAuthors": {"author", "co-author"},
    "recordsHaveSimilarNumberOfPages": {"pages", "extent"},
    "recordsHaveSimilarNumbersInTitle": {"title", "volume"},
    "recordsHaveSimilarYears": {"year"},
    "recordsHaveSameCountriesAndYears": {"year", "place"},
}
_TITLES = {"title", "romanised-title", "parallel-title", "title-beginning"}
_LEFT_OUT_OF_STORIES = {
    "authors in different fields": "about the field of a heading (100, 110, 700), not about who it is: CNMARC has no "
    "main entry, and catalogues differ in who is one",
    "even if they have same in 700": "about the field of a heading, as above",
}


@dataclass(frozen=True)
class Labelled:
    """Pairs (kind, label, one record, the other) with the question that their labels answer."""

    pairs: list[Pair]
    asks: str = "Are these one edition?"
    #: Wenyuan's answer to the question: from the pair's kind and the evidence.
    answer: Callable[[str, Evidence], bool] = lambda kind, evidence: evidence.same
    left_out: Mapping[str, str] = attribute(default_factory=dict)  #: beginning or part of a pair's kind → why


def sets() -> dict[str, Labelled]:
    """The labelled sets that are there, by name."""
    stories = list(_stories())
    found = {
        "Melinda's fixtures": Labelled(
            list(_melinda()),
            "Are these one edition, by the elements that the test's options name (07 names the ISBN alone)?",
            lambda kind, evidence: evidence.same and not _asked(kind).isdisjoint(evidence.agree),
        ),
        "Melinda's stories": Labelled(
            stories,
            "A cataloguer chose these two to merge: does the element that the story is about speak against it?",
            lambda kind, evidence: _ELEMENTS[kind.partition(":")[0]].isdisjoint(evidence.conflict),
            _LEFT_OUT_OF_STORIES,
        ),
        "Melinda's stories, as if found by chance": Labelled(stories),
        "bib-dedupe": Labelled(list(_citations()), "Do these cite one article?"),
    }
    return {name: labelled for name, labelled in found.items() if labelled.pairs}


def _asked(kind: str) -> set[str]:
    """What Wenyuan's evidence calls the elements that a fixture's options name; where it names none, any title."""
    named = kind.rpartition("[")[2].rstrip("]").split() if kind.endswith("]") else ["title"]
    return {name for name in named if name != "title"} | (_TITLES if "title" in named else set())


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
            asked = " ".join(told["options"]["strategy"]["features"])
            yield (
                f"{path.parent.name}: {told['description']} [{asked}]",
                result["match"],
                _record(left, "a"),
                _record(other, "b"),
            )
    for name, same in (("expectedMatches.json", True), ("expectedNonMatches.json", False)):
        for path in sorted(root.glob(f"index/*/{name}")):
            own = _json(path.with_name("inputRecord.json"))
            for found in _json(path):
                yield f"index {path.parent.name}", same, _record(own, "a"), _record(found["candidate"], "b")


def _stories() -> Iterator[Pair]:
    for path in sorted((DATA / _STORIES).glob("*.story")):
        if path.stem.startswith(_ALIKE):
            seen: Counter[str] = Counter()
            for match in _STORY.finditer(path.read_text("utf-8")):
                left, right = (_understood(_lines(match[side]), side) for side in ("left", "right"))
                told = path.read_text("utf-8")[: match.start()].rstrip().rpartition("\n")[2]
                seen[told] += 1
                yield f"{path.stem}: {told} ({seen[told]})", match["same"] == "true", left, right


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
    journal = data.get("journal") or data.get("booktitle", "")
    volume, issue = data.get("volume", "").partition(" ")[0], data.get("number") or data.get("issue", "")
    issn = re.search(r"\d{4}-\d{3}[\dX]", data.get("isbn", ""))
    host = Host(journal, issn[0] if issn else "", "", "", volume, issue, data.get("pages", ""))
    # BibTeX calls misc what it knows nothing of.
    form = {"article": "article", "inproceedings": "article", "misc": "other"}
    return Record(
        id=f"{side}:1",
        source=side,
        local_id="1",
        titles=(Title(data.get("title", "")),),
        contributors=tuple(Contributor(name, primary=True) for name in names if name),
        identifiers=(Identifier("doi", doi, doi),) if doi else (),
        year=int(data["year"]) if data.get("year", "").isdecimal() else None,
        hosts=(host,) if journal else (),
        form=form.get(data.get("ENTRYTYPE", ""), "book"),
    )
