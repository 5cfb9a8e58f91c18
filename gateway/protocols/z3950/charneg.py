"""Negotiation of character set and language in Init (negotiation record 3, 1.2.840.10003.15.3).

The origin proposes, best first; the target selects one, and says whether records too are in it. Without a selection,
names and terms are in whatever both sides agreed upon by other means: the target's configuration.
"""

from __future__ import annotations

from collections.abc import Iterable

from gateway.protocols.z3950 import oids
from gateway.protocols.z3950.apdu import InfoUnit, InitRequest, InitResponse
from gateway.protocols.z3950.ber import BerError, Oid
from gateway.protocols.z3950.rpn import External, Null
from gateway.protocols.z3950.schema_records import (
    CharsetNegotiation,
    Iso10646,
    Proposal,
    Selection,
)

_FORMS: dict[Oid, str] = {oids.UTF8: "utf-8", oids.UTF16: "utf-16-be", oids.UCS2: "utf-16-be", oids.UCS4: "utf-32-be"}


def propose(*, records: bool | None = None, languages: tuple[str, ...] = (), utf8: bool = True) -> tuple[InfoUnit, ...]:
    """OtherInformation for an Init request that proposes UTF-8 (and languages, by their Z39.53 codes)."""
    charsets = (Iso10646(oids.UTF8),) if utf8 else None
    return _unit(Proposal(charsets, languages or None, records))


def answer(proposal: Proposal, *, records: bool) -> tuple[tuple[InfoUnit, ...], str | None]:
    """What a target that can do UTF-8 answers, and the character set that is in force (None: as without)."""
    wanted = next((c for c in proposal.charsets or () if isinstance(c, Iso10646) and c.encoding == oids.UTF8), None)
    both = None if proposal.records is None else proposal.records and records and wanted is not None
    if proposal.charsets is None:
        return _unit(Selection(records=both)), None
    if wanted is None:
        return _unit(Selection(Null.NULL, records=both)), None
    return _unit(Selection(Iso10646(oids.UTF8, wanted.collections), records=both)), "utf-8"


def proposal_of(request: InitRequest) -> Proposal | None:
    return next((item for item in _found(request) if isinstance(item, Proposal)), None)


def selection_of(response: InitResponse) -> Selection | None:
    return next((item for item in _found(response) if isinstance(item, Selection)), None)


def selected_charset(selection: Selection | None) -> str | None:
    """The Python name of the character set that a target selected."""
    charset = selection.charset if selection else None
    return _FORMS.get(charset.encoding) if isinstance(charset, Iso10646) else None


def _unit(value: Proposal | Selection) -> tuple[InfoUnit, ...]:
    return (InfoUnit(External(oids.CHARSET_3, single=CharsetNegotiation.encode(value))),)


def _found(message: InitRequest | InitResponse) -> Iterable[Proposal | Selection]:
    """Negotiation records of the message, wherever they stand; what cannot be read counts as absent."""
    candidates = [message.user_information] if message.user_information else []
    candidates += [unit.information for unit in message.other_info or () if isinstance(unit.information, External)]
    for external in candidates:
        if external.oid in oids.NEGOTIATION_CHARSET and external.single is not None:
            try:
                yield CharsetNegotiation.decode(external.single)
            except BerError:
                continue
