"""Every real record becomes a whole record: nothing raises, and what libraries know of it is there."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from gateway.core.codec import parse, plain
from gateway.core.errors import DataError
from gateway.core.record import Flavour, RawRecord, Record
from gateway.records import marcxml
from gateway.records.facets import facet_values
from gateway.records.files import read_file
from gateway.records.keys import block_keys, features
from gateway.records.matching import compare
from gateway.records.merge import merge
from gateway.records.normalise import normalise

FILES = (
    "evergreen/Open-ILS/tests/datasets/jazz_1k.mrc",
    "evergreen/Open-ILS/tests/datasets/lul_fre_500.mrc",
    "lc-marcedit/episodes/data/marc_sample_data.mrc",
)


def records(path: Path, limit: int = 400) -> Iterator[Record]:
    for raw in islice(read_file(path, "lib"), limit):
        if not isinstance(raw, DataError):
            yield normalise(raw)


@pytest.mark.parametrize("name", FILES)
def test_real_records_are_understood_whole(real_data: Path, name: str) -> None:
    count = titled = 0
    for record in records(real_data / name):
        count += 1
        assert parse(Record, plain(record)) == record
        titled += bool(record.title.text)
        union = merge([record])
        assert plain(union.record)["id"] == record.id
        assert facet_values(union)["library"] == ("lib",)
        assert block_keys(record) or not record.title.text
        own = features(record)
        assert not compare(own, own).conflict or not record.title.text
    assert count >= 400
    # One real record has its title under a tag that was typed wrongly (``2 4``).
    assert titled >= count - 1


def chinese(real_data: Path) -> list[Record]:
    found = []
    with (real_data / "dp2/dp2Catalog/SRU/sample_unimarcxml.xml").open("rb") as stream:
        for marc in marcxml.iterate(stream):
            assert not isinstance(marc, DataError)
            found.append(normalise(RawRecord("bnu", marcxml.write(marc), "marcxml")))
    return found


def test_real_cnmarc_is_understood(real_data: Path) -> None:
    found = chinese(real_data)
    assert len(found) == 10
    first = found[0]
    assert first.flavour is Flavour.CNMARC
    assert (first.title.text, first.title.pinyin) == ("'94中国发展报告", "'94Zhong Guo Fa Zhan Bao Gao")
    assert [(c.name, c.role_text, c.role) for c in first.contributors][-1] == ("国家统计局", "编", "edt")
    assert list(first.identifiers_of("isbn")) == ["9787503717444"]
    assert first.identifiers[0].price == "CNY68.00"
    assert (first.year, first.extent, first.dimensions, first.illustrations) == (1994, "320页", "27cm", "图")
    assert [(c.scheme, c.value, c.edition) for c in first.classes] == [("clc", "F124", "3")]
    assert [(h.call_number, h.status) for h in first.holdings] == [("F124 26", "available")] * 2
    assert first.subjects[0].text == "经济发展--概况--中国--1994"
    assert all(record.title.text and record.languages == ("chi",) and record.year for record in found)


def test_years_of_one_yearbook_stay_apart(real_data: Path) -> None:
    found = chinese(real_data)
    for at, left in enumerate(found):
        for right in found[at + 1 :]:
            assert not compare(features(left), features(right)).same
