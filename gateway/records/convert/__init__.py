"""UNIMARC and CNMARC <-> MARC 21, by the table ``config/maps/conversion.yaml``, saying what could not be carried."""

from __future__ import annotations

from gateway.core.record import Flavour
from gateway.records.convert.backward import to_unimarc
from gateway.records.convert.draft import Loss
from gateway.records.convert.forward import to_marc21
from gateway.records.flavour import decide
from gateway.records.marc import MarcRecord

__all__ = ["Loss", "to_flavour"]


def to_flavour(
    marc: MarcRecord, flavour: Flavour, source: Flavour | None = None
) -> tuple[MarcRecord, tuple[Loss, ...]]:
    """The record by the rules of ``flavour``, and everything of it that the new record does not say.

    ``source`` is what the record follows now, found out when not given. Between UNIMARC and CNMARC nothing changes:
    they share their fields. A field without counterpart is kept in 886 and comes back when the record is converted
    back. Never raises for bad content.
    """
    own = source or decide(marc)
    if (own is Flavour.MARC21) == (flavour is Flavour.MARC21):
        return marc, ()
    made, losses = to_marc21(marc) if flavour is Flavour.MARC21 else to_unimarc(marc, flavour)
    return made, tuple(dict.fromkeys(losses))
