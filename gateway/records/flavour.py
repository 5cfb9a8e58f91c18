"""Which MARC rules a record follows, decided from the record itself.

Field 200 is the title in UNIMARC and does not exist in MARC 21; 245 is the title there. What the target is said to send
counts only where the record says nothing: Innopac exports UNIMARC with a stray 008, and CNMARC travels under the
object identifiers of UNIMARC and of USMARC.
"""

from __future__ import annotations

from gateway.core.record import Flavour
from gateway.records.marc import MarcRecord

_UNIMARC_ONLY = frozenset(("101", "205", "210", "215", "225", "517", "606", "690", "701", "702", "801"))
_MARC21_ONLY = frozenset(("008", "082", "050", "110", "246", "250", "260", "264", "300", "490", "650", "651", "830"))
#: Fields that only Chinese catalogues have or use so: 统一书号, national numbers, CLC, local holdings.
_CHINESE = frozenset(("091", "092", "690", "905", "906"))


def decide(marc: MarcRecord, declared: Flavour | None = None) -> Flavour:
    """The flavour of ``marc``; ``declared`` is what its source is known to send."""
    if marc.first("200") is None and marc.first("245") is not None:
        return Flavour.MARC21
    tags = marc.tags()
    if "200" in tags:
        if "245" not in tags or len(tags & _UNIMARC_ONLY) > len(tags & _MARC21_ONLY):
            return _unimarc(marc, declared)
        return Flavour.MARC21
    if "245" in tags:
        return Flavour.MARC21
    if declared is not None:
        return declared
    if len(tags & _UNIMARC_ONLY) > len(tags & _MARC21_ONLY):
        return _unimarc(marc, declared)
    return Flavour.MARC21


def _unimarc(marc: MarcRecord, declared: Flavour | None) -> Flavour:
    """CNMARC is UNIMARC with Chinese fields: it shows in the country of publication or of the cataloguer."""
    if declared is Flavour.CNMARC:
        return Flavour.CNMARC
    for tag in ("801", "102"):
        field = marc.first(tag)
        if field is not None and field.get("a").strip()[:2].upper() == "CN":
            return Flavour.CNMARC
    field = marc.first("101")
    if field is not None and field.get("a").strip()[:3].lower() == "chi":
        title = marc.first("200")
        if not _CHINESE.isdisjoint(marc.tags()) or (title is not None and title.get("A")):
            return Flavour.CNMARC
    return Flavour.UNIMARC
