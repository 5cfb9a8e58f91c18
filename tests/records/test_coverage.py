"""The tables of the mappings read, or name with a reason, every field of more than 1 % of the real records."""

from pathlib import Path

import pytest

from benchmarks import records_files
from gateway.records.labels import table


def test_no_field_is_left_without_a_word(real_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records_files, "DATA", real_data)
    records = [marc for path in records_files.found_files() for marc in records_files.read(path)[0]]
    assert len(records) > 20_000
    assert records_files.uncovered(records) == {"marc21": [], "unimarc": []}


def test_what_is_unread_has_a_reason_and_is_read_by_no_table() -> None:
    for name in ("marc21", "unimarc"):
        unread = table("unread")[name]
        assert all(reason.strip() for reason in unread.values())
        assert not set(unread) & set(records_files.tables(name).groups)
