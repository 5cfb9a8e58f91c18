"""Golden pairs: records against their meaning, which is valid by the published schema.

``cases/*.txt`` (MARC in lines) were read by eye against ``cases/*.json``. ``made.py`` puts records and meanings
together from the parts in ``parts.yaml``, both written by hand: these are checked by rule. Each record is read from
lines, from ISO 2709 in UTF-8 and from MARCXML: all three must mean the same.
"""

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from gateway.core.codec import plain
from gateway.core.data import config_path
from gateway.core.record import RawRecord
from gateway.records import iso2709, lines, marcxml, schema
from gateway.records.normalise import normalise

HERE = Path(__file__).parent
CASES = HERE / "cases"


def _module(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"golden_{name}", HERE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MADE: list[tuple[str, str, dict[str, Any]]] = list(_module("made").pairs())


def meaning(payload: bytes, kind: str) -> dict[str, Any]:
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


@pytest.mark.parametrize(("record", "expected"), [pair[1:] for pair in MADE], ids=[pair[0] for pair in MADE])
def test_made(record: str, expected: dict[str, Any]) -> None:
    marc = lines.read(record)
    assert meaning(record.encode(), "marcline") == expected
    assert meaning(iso2709.write(marc), "iso2709") == expected
    assert meaning(marcxml.write(marc), "marcxml") == expected


def test_there_are_250_pairs_and_every_record_is_told_apart() -> None:
    seen = [record.control("001") for path in CASES.glob("*.txt") for record in lines.iterate(path.read_text("utf-8"))]
    bodies = {record.partition("\n001 ")[2].partition("\n")[2] for _, record, _ in MADE}
    assert len(bodies) == len(MADE)
    assert len(seen) == len(set(seen))
    assert len(seen) >= 60
    assert len(seen) + len(MADE) >= 250


def test_the_published_schema_is_that_of_the_code() -> None:
    assert config_path("schema", "record.schema.json").read_text("utf-8") == schema.text()


def test_every_pair_is_valid_by_the_published_schema() -> None:
    published = json.loads(config_path("schema", "record.schema.json").read_text("utf-8"))
    expected = [value for path in HERE.glob("*/*.json") for value in json.loads(path.read_text("utf-8"))]
    for value in [*expected, *(pair[2] for pair in MADE)]:
        assert not list(faults(value, published, published)), value["id"]


@pytest.mark.parametrize(
    "wrong",
    [{}, {"id": 1}, {"year": "2008"}, {"titles": [{"kind": "main"}]}, {"unknown": ""}, {"flavour": "mab"},
     {"titles": [{"text": "a", "kind": "odd"}]}, {"holdings": {}}],
)  # fmt: skip
def test_the_schema_refuses_what_is_no_record(wrong: dict[str, Any]) -> None:
    published = schema.schema()
    value = {"id": "a:1", "source": "a", "local_id": "1", **wrong} if wrong else wrong
    assert list(faults(value, published, published))


_KINDS = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "array": list, "object": dict}


def faults(value: Any, rule: dict[str, Any], whole: dict[str, Any], where: str = "$") -> Any:
    """What JSON Schema says against a value, for the keywords that our schema uses."""
    while "$ref" in rule:
        rule = whole["$defs"][rule["$ref"].rpartition("/")[2]]
    if not isinstance(value, _KINDS[rule["type"]]) or (isinstance(value, bool) and rule["type"] != "boolean"):
        yield f"{where} is no {rule['type']}"
        return
    if "enum" in rule and value not in rule["enum"]:
        yield f"{where} is {value}"
    if rule["type"] == "array":
        for at, item in enumerate(value):
            yield from faults(item, rule["items"], whole, f"{where}[{at}]")
    if rule["type"] == "object":
        yield from (f"{where}.{name} is missing" for name in rule["required"] if name not in value)
        for name, item in value.items():
            if name not in rule["properties"]:
                yield f"{where}.{name} is unknown"
            else:
                yield from faults(item, rule["properties"][name], whole, f"{where}.{name}")
