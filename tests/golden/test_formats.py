"""Golden pairs of Dublin Core, MODS and Z39.50 OPAC records: ``formats/*.xml`` and ``opac.yaml`` against ``*.json``.

Read by eye as ``cases`` were; ``--update-golden`` writes what is understood now, to look at the difference.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from lxml import etree

from gateway.core.codec import plain
from gateway.core.record import RawRecord
from gateway.protocols.z3950 import oids
from gateway.protocols.z3950.records import payload
from gateway.protocols.z3950.rpn import External
from gateway.protocols.z3950.schema_records import (
    Circulation,
    HoldingsAndCirc,
    OPACRecord,
    OpacRecord,
    Volume,
)
from gateway.records import iso2709, lines
from gateway.records.normalise import normalise

HERE = Path(__file__).parent / "formats"


def _of_xml(kind: str) -> Iterator[RawRecord]:
    for at, element in enumerate(etree.fromstring((HERE / f"{kind}.xml").read_bytes()), 1):
        own = f"dc{at}" if kind == "dc" else None  # MODS has a number of its own
        yield RawRecord("lib", etree.tostring(element, encoding="utf-8"), kind, local_id=own)


def _opac() -> Iterator[RawRecord]:
    """Written as BER and read back, as a connector does."""
    for case in yaml.safe_load((HERE / "opac.yaml").read_text("utf-8")):
        marc = External(oids.UNIMARC, octets=iso2709.write(lines.read(case["marc"])))
        record = OpacRecord(marc, tuple(map(_item, case["items"])) or None)
        found = payload(External(oids.OPAC, single=OPACRecord.encode(record)), source="lib")
        yield RawRecord("lib", found.data, found.format, holdings=found.holdings)


def _item(values: dict[str, Any]) -> HoldingsAndCirc:
    copies = tuple(Circulation(**copy) for copy in values.pop("circulation", ()))
    volumes = tuple(Volume(**volume) for volume in values.pop("volumes", ()))
    return HoldingsAndCirc(**values, circulation=copies or None, volumes=volumes or None)


def meaning(raw: RawRecord) -> dict[str, Any]:
    values = plain(normalise(raw))
    del values["raw"]
    values.pop("charset_confidence", None)
    return values


@pytest.mark.parametrize("kind", ["dc", "mods", "opac"])
def test_golden(kind: str, update_golden: bool) -> None:
    found = [meaning(raw) for raw in (_opac() if kind == "opac" else _of_xml(kind))]
    expected = HERE / f"{kind}.json"
    if update_golden:
        text = "[\n" + ",\n".join(json.dumps(value, ensure_ascii=False) for value in found) + "\n]\n"
        expected.write_text(text, "utf-8")
    assert found == json.loads(expected.read_text("utf-8"))
