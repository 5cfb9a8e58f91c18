import pytest

from gateway.core.record import RawRecord
from gateway.records import holdings, lines
from gateway.records.holdings import MAX_RANGE, expand, status_key
from gateway.records.layouts import use_profile


@pytest.mark.parametrize(
    ("value", "barcodes"),
    [
        ("0010201-5", ["0010201", "0010202", "0010203", "0010204", "0010205"]),
        ("1683011-3", ["1683011", "1683012", "1683013"]),
        ("A0098-A0101", ["A0098", "A0099", "A0100", "A0101"]),
        ("0099-102", ["0099", "0100", "0101", "0102"]),
        ("000123", ["000123"]),
        ("001, 002；003", ["001", "002", "003"]),
        ("30011-1001", ["30011-1001"]),
        ("0010205-1", ["0010205-1"]),
        (f"100000-{100000 + MAX_RANGE}", [f"100000-{100000 + MAX_RANGE}"]),
        ("1-99999999999999999999999999", ["1-99999999999999999999999999"]),
        ("", []),
    ],
)
def test_barcode_lists_and_ranges(value: str, barcodes: list[str]) -> None:
    assert expand(value) == barcodes


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("在馆", "available"),
        ("Available", "available"),
        ("unavailable", "unavailable"),
        ("not available now", "unavailable"),
        ("已借出，应还 2026-12-01", "unavailable"),
        ("馆内阅览", "reference"),
        ("In process", "on_order"),
        ("???", "unknown"),
        ("", "unknown"),
    ],
)
def test_status_in_the_words_of_systems(text: str, key: str) -> None:
    assert status_key(text) == key


def test_a_library_may_have_a_layout_of_its_own() -> None:
    marc = lines.read("200 1# $a题名\n905 ## $f总馆$b100001$cI24\n")
    use_profile("weinan", {"905": {"library": "f", "copies": "", "location": "", "call": ["c"]}})
    found = holdings.holdings(marc, RawRecord("weinan", b""), marc21=False)
    use_profile("weinan", {})
    assert [(h.source, h.library, h.call_number, h.barcode) for h in found] == [("weinan", "总馆", "I24", "100001")]
    usual = holdings.holdings(marc, RawRecord("ankang", b""), marc21=False)
    assert [(h.library, h.location) for h in usual] == [("", "I24")]


def test_russian_catalogues_keep_their_shelf_marks_in_899() -> None:
    marc = lines.read("200 1# $aВойна и мир\n899 ## $aNLR$j97-3/11307\n")
    found = holdings.holdings(marc, RawRecord("lib", b""), marc21=False)
    assert [(h.library, h.call_number) for h in found] == [("NLR", "97-3/11307")]


@pytest.mark.parametrize(
    ("note", "status"),
    [
        ("not for loan", "reference"),
        ("Checked out.", "unavailable"),
        ("Not for loan in summer", "unknown"),
        ("0", "unknown"),
    ],
)
def test_a_note_that_is_nothing_but_a_status_tells_it(note: str, status: str) -> None:
    marc = lines.read(f"245 10 $aTitle\n852 ## $bMAIN$hI24$z{note}\n")
    (found,) = holdings.holdings(marc, RawRecord("lib", b""), marc21=True)
    assert (found.status, found.note) == (status, note)
