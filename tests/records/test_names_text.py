"""The text in which ranking looks before it asks a record for its names."""

from __future__ import annotations

from pathlib import Path

from gateway.core.errors import DataError
from gateway.core.record import RawRecord
from gateway.demo.members import load_members
from gateway.demo.records import records
from gateway.records.iso2709 import Chunk, split
from gateway.records.lazy import LazyRecord
from gateway.records.normalise import normalise
from gateway.records.text import fold

_FILE = "evergreen/Open-ILS/tests/datasets/jazz_1k.mrc"


def _missing(raws: list[RawRecord]) -> tuple[int, list[tuple[str, str]]]:
    """How many names there are, and those of which a word is not in the text."""
    seen, missing = 0, []
    for raw in raws:
        try:
            record = normalise(raw)
        except DataError:
            continue
        assert isinstance(record, LazyRecord)
        text = record.names_text()
        assert text is not None
        for contributor in record.contributors:
            seen += 1
            if not all(word in text for word in fold(contributor.name).split()):
                missing.append((record.id, contributor.name))
    return seen, missing


def test_every_name_of_the_demo_stands_in_its_text() -> None:
    seen, missing = _missing([one.raw() for member in load_members() for one in records(member)])
    assert not missing
    assert seen > 1000


def test_every_name_of_real_records_stands_in_its_text(real_data: Path) -> None:
    with (real_data / _FILE).open("rb") as stream:
        raws = [RawRecord("real", chunk.data) for chunk in split(stream) if isinstance(chunk, Chunk)]
    seen, missing = _missing(raws)
    assert not missing
    assert seen > 1000
