"""The libraries' records: their number, flavours, character sets, holdings, and the faults declared for them."""

from __future__ import annotations

from collections import defaultdict

import pytest

from gateway.core.record import Flavour, Record
from gateway.demo.members import load_members
from gateway.demo.records import DemoRecord, records
from gateway.demo.wording import in_script
from gateway.records import iso2709, marcxml
from gateway.records.marc import MarcRecord
from gateway.records.normalise import normalise
from gateway.records.text import fold

LIBRARIES = [member.id for member in load_members() if not member.down]
Catalogues = dict[str, list[DemoRecord]]


def marc_of(record: DemoRecord) -> MarcRecord:
    raw = record.raw()
    return marcxml.read(raw.payload) if raw.format == "marcxml" else iso2709.read(raw.payload, raw.charset)


@pytest.fixture(scope="module")
def understood(catalogues: Catalogues) -> dict[str, list[tuple[DemoRecord, Record]]]:
    return {name: [(record, normalise(record.raw())) for record in found] for name, found in catalogues.items()}


def test_there_are_600_records_over_250_editions(catalogues: Catalogues) -> None:
    everything = [record for found in catalogues.values() for record in found]
    assert len(everything) >= 600
    assert len({record.item.edition.id for record in everything}) >= 250


def test_one_edition_is_held_in_several_flavours_and_scripts(catalogues: Catalogues) -> None:
    ways: dict[str, set[tuple[Flavour, str, str]]] = defaultdict(set)
    for found in catalogues.values():
        for record in found:
            member = record.item.member
            ways[record.item.edition.id].add((member.flavour, member.charset, member.script))
    assert sum(len(way) >= 4 for way in ways.values()) > 100
    assert max(map(len, ways.values())) == len({w for way in ways.values() for w in way})


@pytest.mark.parametrize("library", LIBRARIES)
def test_every_record_is_read_again_as_the_title_of_its_edition(
    library: str, understood: dict[str, list[tuple[DemoRecord, Record]]]
) -> None:
    for written, record in understood[library]:
        edition = written.item.edition
        titles = {fold(title.text) for title in record.titles}
        assert fold(edition.title) in titles, (written.item.number, record.title)
        assert record.year == edition.year
        assert record.flavour is not None
        assert (record.flavour is Flavour.MARC21) == (written.item.member.flavour is Flavour.MARC21)


@pytest.mark.parametrize("library", LIBRARIES)
def test_every_copy_is_read_again(library: str, understood: dict[str, list[tuple[DemoRecord, Record]]]) -> None:
    for written, record in understood[library]:
        item = written.item
        assert len(record.holdings) == len(item.copies), item.number
        assert {holding.location for holding in record.holdings} <= set(item.member.locations)


@pytest.mark.parametrize("library", LIBRARIES)
def test_the_bytes_are_in_the_librarys_character_set(library: str, catalogues: Catalogues) -> None:
    for record in catalogues[library]:
        charset, payload = record.item.member.charset, record.payload
        if charset == "utf-8":
            assert payload.decode("utf-8")
        elif record.item.edition.language == "chi" and charset == "marc-8":
            assert b"\x1b$1" in payload
        elif record.item.edition.language == "chi":
            with pytest.raises(UnicodeDecodeError):
                payload.decode("utf-8")
            assert in_script(record.item.edition.title, "simplified").encode("gbk") in payload


def test_traditional_characters_where_the_library_writes_them(catalogues: Catalogues) -> None:
    def titles(library: str) -> set[str]:
        return {
            field.get("a").rstrip(" /:.")
            for record in catalogues[library]
            for field in marc_of(record).fields("880", "200", "245")
        }

    assert "紅樓夢" in titles("hanzhong")
    assert "红楼梦" not in titles("hanzhong")
    assert {"红楼梦", "紅楼夢"} & titles("sxlib") >= {"红楼梦"}
    assert "紅樓夢" not in titles("sxlib")


@pytest.mark.parametrize("library", LIBRARIES)
def test_wrong_isbns_are_the_declared_ones(
    library: str, understood: dict[str, list[tuple[DemoRecord, Record]]]
) -> None:
    for written, record in understood[library]:
        wrong = [found.raw for found in record.identifiers if found.scheme == "isbn" and found.raw and not found.valid]
        assert bool(wrong) == ("isbn-check" in written.item.faults), (written.item.number, wrong)


def test_every_declared_fault_occurs_and_is_what_it_says(catalogues: Catalogues) -> None:
    for member in load_members():
        found = [record for record in catalogues.get(member.id, []) if record.item.faults]
        assert set(member.faults) <= {fault for record in found for fault in record.item.faults}, member.id
        for record in found:
            marc, edition = marc_of(record), record.item.edition
            unimarc = member.flavour is not Flavour.MARC21
            title, number = marc.fields("200" if unimarc else "245")[0], marc.first("010" if unimarc else "020")
            if "no-responsibility" in record.item.faults:
                assert not title.get("f")
            if "price-in-isbn" in record.item.faults:
                assert number is not None
                assert edition.price in number.get("a")
            if "role-in-name" in record.item.faults:
                names = [name for field in marc.fields("700", "701", "702", "711", "712") for name in field.all("a")]
                assert edition.credits[0].name + edition.credits[0].role in names
            if "isbn-of-set" in record.item.faults:
                assert record.item.volume == title.get("h")
            assert bool(marc.damage) == ("half-character" in record.item.faults)


def test_volumes_of_one_set_share_its_isbn(catalogues: Catalogues) -> None:
    numbers: dict[str, set[str]] = defaultdict(set)
    for record in catalogues["xianyang"]:
        if "isbn-of-set" in record.item.faults and "isbn-check" not in record.item.faults:
            field = marc_of(record).first("010")
            assert field is not None
            numbers[record.item.edition.id].add(field.get("a").partition("：")[0])
    assert numbers
    assert all(len(isbns) == 1 for isbns in numbers.values())


def test_the_province_is_the_same_every_time(catalogues: Catalogues) -> None:
    for member in load_members():
        if not member.down:
            assert [record.payload for record in records(member)] == [r.payload for r in catalogues[member.id]]
