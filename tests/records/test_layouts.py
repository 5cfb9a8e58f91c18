"""What one library does otherwise: layouts, groups, and owners by ranges of barcodes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from gateway.core.errors import ConfigurationError
from gateway.core.record import RawRecord
from gateway.records.layouts import layouts, owner, use_profile
from gateway.records.normalise import normalise

OWNERS = {
    "owners": [
        {"barcodes": "0100001-0199999", "library": "碑林区图书馆"},
        {"barcodes": "XC000-XC499", "library": "新城区图书馆"},
        {"barcodes": "LH*", "library": "莲湖区图书馆"},
    ]
}


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    yield
    use_profile("region", {})


def copies(record: str) -> list[tuple[str, str]]:
    found = normalise(RawRecord("region", record.encode(), "marcline"))
    return [(holding.library, holding.barcode) for holding in found.holdings]


@pytest.mark.parametrize(
    ("barcode", "library"),
    [("0100001", "碑林区图书馆"), ("0199999", "碑林区图书馆"), ("0200000", ""), ("100001", ""), ("00100001", ""),
     ("XC123", "新城区图书馆"), ("XC500", ""), ("xc123", ""), ("LH-7/2", "莲湖区图书馆"), ("", "")],
)  # fmt: skip
def test_a_barcode_names_its_owner(barcode: str, library: str) -> None:
    use_profile("region", OWNERS)
    assert owner("region", barcode) == library
    assert owner("elsewhere", barcode) == ""


def test_copies_of_one_field_belong_to_several_libraries() -> None:
    record = "001 1\n200 1# $a书\n905 ## $aCENTRE$b0100002$b0100003-4$bLH9$b7$dI247$e1\n"
    assert {library for library, _ in copies(record)} == {"CENTRE"}
    use_profile("region", OWNERS)
    assert copies(record) == [
        ("碑林区图书馆", "0100002"), ("碑林区图书馆", "0100003"), ("碑林区图书馆", "0100004"), ("莲湖区图书馆", "LH9"),
        ("CENTRE", "7"),
    ]  # fmt: skip


def test_items_of_marc21_holdings_have_owners_too() -> None:
    use_profile("region", OWNERS)
    record = "001 1\n245 10 $aBook\n852 ## $81$aMAIN$hI247\n876 ## $81.1$p0100007$jAvailable\n"
    assert copies(record) == [("碑林区图书馆", "0100007")]


def test_a_library_keeps_its_copies_elsewhere() -> None:
    record = "001 1\n200 1# $a书\n905 ## $aA$dI247\n966 ## $x8001$yB\n"
    use_profile("region", {"groups": ["966"], "966": {"needs": "x", "barcode": "x", "library": "y"}})
    assert copies(record) == [("B", "8001")]
    assert [layout.tag for layout in layouts("region")] == ["966"]


@pytest.mark.parametrize(
    ("profile", "said"),
    [({"905": {"barcodes": "b"}}, "no key 'barcodes'"), ({"groups": ["966"]}, "names '966'"), ({"90": {}}, "no tag"),
     ({"905": "b"}, "no tag"), ({"owners": [{"barcodes": "9-1", "library": "A"}]}, "write barcodes"),
     ({"owners": [{"barcodes": "001-02", "library": "A"}]}, "write barcodes"), ({"owners": ["001"]}, "write barcodes"),
     ({"owners": [{"barcodes": "001-002"}]}, "write barcodes")],
)  # fmt: skip
def test_a_profile_that_means_nothing_is_refused(profile: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        use_profile("region", profile)
