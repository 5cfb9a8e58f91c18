"""Negotiation of character set and language in Init (negotiation record 3, 1.2.840.10003.15.3).

The origin proposes, best first; the target selects one, and says whether records too are in it. Without a selection,
names and terms are in whatever both sides agreed upon by other means: the target's configuration. UTF-8 and its like
are proposed as ISO 10646, every other set by its name under the identifier that the YAZ toolkit uses for that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from gateway.protocols.z3950 import oids
from gateway.protocols.z3950.apdu import InfoUnit, InitRequest, InitResponse
from gateway.protocols.z3950.ber import BerError, Oid
from gateway.protocols.z3950.rpn import External, Null
from gateway.protocols.z3950.schema_records import (
    CharsetNegotiation,
    Iso10646,
    OidList,
    OtherCharset,
    Proposal,
    Selection,
)

_FORMS: dict[Oid, str] = {oids.UTF8: "utf-8", oids.UTF16: "utf-16-be", oids.UCS2: "utf-16-be", oids.UCS4: "utf-32-be"}
_BY_NAME = {"utf-8": oids.UTF8, "utf-16-be": oids.UTF16, "utf-32-be": oids.UCS4}
#: Longest name of a character set that is looked at (octets).
_MAX_NAME = 40

Charset = Iso10646 | OidList | Null | OtherCharset | External


def propose(
    charsets: Sequence[str] = ("utf-8",), *, records: bool | None = None, languages: tuple[str, ...] = ()
) -> tuple[InfoUnit, ...]:
    """OtherInformation for an Init request that proposes these sets, best first, and languages by Z39.53 codes."""
    return _unit(Proposal(tuple(map(_charset, charsets)) or None, languages or None, records))


def answer(
    proposal: Proposal, *, known: Callable[[str], str | None], languages: Sequence[str] = ()
) -> tuple[tuple[InfoUnit, ...], str | None]:
    """What a target answers, and the character set that is in force from now on (None: as without negotiation).

    ``known`` gives the target's own name of a set that it can do, None for others; ``languages`` are those in which it
    can speak. The first proposal that it can do is selected.
    """
    language = next((code for code in proposal.languages or () if code in languages), None)
    if proposal.charsets is None:
        return _unit(Selection(None, language, None if proposal.records is None else False)), None
    for charset in proposal.charsets:
        name = name_of(charset)
        own = known(name) if name else None
        if own is not None:
            return _unit(Selection(charset, language, proposal.records)), own
    return _unit(Selection(Null.NULL, language, None if proposal.records is None else False)), None


def proposal_of(request: InitRequest) -> Proposal | None:
    return next((item for item in _found(request) if isinstance(item, Proposal)), None)


def selection_of(response: InitResponse) -> Selection | None:
    return next((item for item in _found(response) if isinstance(item, Selection)), None)


def selected_charset(selection: Selection | None) -> str | None:
    """The name of the character set that a target selected, as it was proposed; None when there is none."""
    return name_of(selection.charset) if selection and selection.charset is not None else None


def name_of(charset: Charset) -> str | None:
    """``utf-8``, ``gbk``, …, as its peer spells it in lower case; None for ISO 2022 and for lists of identifiers."""
    if isinstance(charset, Iso10646):
        return _FORMS.get(charset.encoding)
    if isinstance(charset, External) and charset.oid == oids.CHARSET_NAME and charset.octets:
        name = charset.octets[:_MAX_NAME].decode("ascii", "replace").strip().lower()
        return name or None
    return None


def _charset(name: str) -> Iso10646 | External:
    oid = _BY_NAME.get(name.lower())
    return Iso10646(oid) if oid is not None else External(oids.CHARSET_NAME, octets=name.encode("ascii"))


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
