"""A union record as MARC: the fields of its best member, every member's number, and everybody's holdings.

The record keeps the flavour of that member (MARC 21, UNIMARC or CNMARC fields in the MARC 21 slim schema, as is usual
for both). 001 is the union's own id, each member is an 035 ``(library)number``, and 852 has one field for each copy or
group of copies: ``$a`` library, ``$b`` branch, ``$c`` location, ``$h`` call number, ``$p`` barcode, ``$t`` copies.
"""

from __future__ import annotations

from gateway.core.record import Holding, UnionRecord
from gateway.records import marcxml
from gateway.records.marc import Field, MarcRecord
from gateway.records.write import to_marc

SCHEMA = "http://www.loc.gov/standards/marcxml/schema/MARC21slim.xsd"
#: Where systems keep their own copies: one library's copies must not be taken for everybody's.
_LOCAL = frozenset(
    "852 853 854 855 863 864 865 866 867 868 876 877 878 905 920 930 949 952 989 995 AVA OWN".split()  # noqa: SIM905
)


def joint_marcxml(union: UnionRecord) -> str:
    """One MARCXML ``record`` element, without declaration."""
    return marcxml.write(joint_marc(union)).decode("utf-8")


def joint_marc(union: UnionRecord) -> MarcRecord:
    marc = to_marc(union.record)
    numbers = {f"({member.source}){member.local_id}": None for member in union.members}
    holdings = union.holdings
    fields = [Field.control("001", union.id)]
    for field in marc.fields():
        if field.tag in ("001", "003") or (holdings and field.tag in _LOCAL):
            continue
        if field.tag == "035":
            numbers.pop(field.get("a"), None)
        fields.append(field)
    fields += [Field("035", " ", " ", [("a", number)]) for number in numbers]
    fields += [_copy(holding) for holding in holdings]
    fields.sort(key=lambda field: field.tag)
    return MarcRecord(marc.leader, fields)


def _copy(holding: Holding) -> Field:
    parts = (
        ("a", holding.source or holding.library),
        ("b", holding.library if holding.library != holding.source else ""),
        ("c", holding.location),
        ("h", holding.call_number),
        ("p", holding.barcode),
        ("t", str(holding.copies) if holding.copies is not None and holding.copies > 1 else ""),
        ("z", holding.volume),
        ("z", holding.note),
    )
    return Field("852", " ", " ", [(code, text) for code, text in parts if text])
