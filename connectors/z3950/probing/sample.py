"""Comes by records of a server that nobody knows, and finds out in which forms it gives them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from connectors.z3950 import failures
from connectors.z3950.probing import evidence
from connectors.z3950.probing.evidence import Judged
from connectors.z3950.probing.talk import Talk, operand
from gateway.core.errors import FatalTargetError
from gateway.core.record import Flavour, RawRecord
from gateway.core.target import Target
from gateway.protocols.z3950 import oids
from gateway.protocols.z3950.apdu import DefaultDiagnostic
from gateway.protocols.z3950.ber import BerError
from gateway.protocols.z3950.records import payload
from gateway.protocols.z3950.rpn import External, Operand
from gateway.records.charset import encode

#: What most catalogues have something for.
_WORDS = ("中国", "文学", "历史", "红楼梦", "history", "china", "water", "the", "of", "1", "a")
_USES = ("1=1016", "1=4", "1=1035", "1=1003", "")
SYNTAXES = ("usmarc", "unimarc", "xml", "opac", "sutrs", "grs-1")
ELEMENT_SETS = ("F", "B", None)
#: Records and searches with hits that are enough.
_ENOUGH_RECORDS, _ENOUGH_SEARCHES, _A_SEARCH = 30, 3, 15


@dataclass(slots=True)
class Sample:
    """``forms`` has for each syntax what came of it; ``elements`` for each element set of the syntax chosen."""

    use: str  #: attributes of the searches
    raws: list[RawRecord] = field(default_factory=list)
    query: Operand | None = None  #: the search that found most
    hits: int = 0
    syntax: str = "usmarc"
    element_set: str | None = "F"
    forms: dict[str, str] = field(default_factory=dict)
    elements: dict[str, str] = field(default_factory=dict)
    holdings: bool = False  #: OPAC records brought some
    charset: Judged = evidence.NOTHING
    flavour: Judged = evidence.NOTHING


async def gather(talk: Talk, target: Target, words: Sequence[str]) -> Sample:
    """``FatalTargetError`` with the server's own diagnostic when it refuses every search."""
    sample = Sample(await _use(talk, target))
    form: tuple[str, str | None] | None = None
    searches = 0
    for term in _terms(words):
        query = operand(sample.use, term)
        outcome = await talk.search(query)
        if not outcome.found:
            continue
        if form is None:
            form = await _form(talk)
            if form is None:
                break
        records = (await talk.present(1, min(_A_SEARCH, outcome.hits), oids.syntax(form[0]), form[1])).records
        if not records:  # some give one at a time only
            records = (await talk.present(1, 1, oids.syntax(form[0]), form[1])).records
        if outcome.hits > sample.hits:
            sample.query, sample.hits = query, outcome.hits
        sample.raws += _raws(records, target.id)
        searches += 1
        if searches >= _ENOUGH_SEARCHES and len(sample.raws) >= _ENOUGH_RECORDS:
            break
    if sample.query is not None:
        await _survey(talk, target, sample, form or ("usmarc", "F"))
    return sample


async def _use(talk: Talk, target: Target) -> str:
    """The broadest access point that is not refused."""
    refusal: DefaultDiagnostic | None = None
    for attributes in _USES:
        outcome = await talk.find(attributes, b"history")
        if outcome.accepted:
            return attributes
        refusal = refusal or outcome.failure
    if refusal is not None:
        error = failures.of_diagnostic(refusal, f"{target.host}:{target.port}", "every search")
        if not isinstance(error, FatalTargetError):
            raise FatalTargetError(error.message, detail=error.detail) from error
        raise error
    raise FatalTargetError(f"{target.host}:{target.port} ends the session at every search")


def _terms(words: Sequence[str]) -> Iterator[bytes]:
    for word in dict.fromkeys((*words, *_WORDS)):
        if word.isascii():
            yield word.encode()
        else:
            yield from (encode(word, charset, "ncr") for charset in evidence.HAN_CHARSETS)


async def _form(talk: Talk) -> tuple[str, str | None] | None:
    """A syntax and element set in which the present result set's first record comes."""
    for syntax in SYNTAXES:
        for elements in ELEMENT_SETS:
            if (await talk.present(1, 1, oids.syntax(syntax), elements)).records:
                return syntax, elements
    return None


def _raws(records: Sequence[External], source: str) -> list[RawRecord]:
    raws = []
    for record in records:
        try:
            found = payload(record)
        except BerError:
            continue
        raws.append(RawRecord(source, found.data, found.format, holdings=found.holdings))
    return raws


async def _survey(talk: Talk, target: Target, sample: Sample, form: tuple[str, str | None]) -> None:
    """All syntaxes and element sets over the search that found most, and which of them to ask for."""
    assert sample.query is not None
    await talk.search(sample.query)
    marc: dict[str, Judged] = {}
    for syntax in SYNTAXES:
        why = ""
        for elements in dict.fromkeys((form[1], *ELEMENT_SETS)):
            outcome = await talk.present(1, 1, oids.syntax(syntax), elements)
            if outcome.broken:
                await talk.search(sample.query)
            if outcome.records:
                break
            why = why or outcome.words()
        else:
            sample.forms[syntax] = f"no: {why}"
            continue
        raws = _raws(outcome.records, target.id)
        came = oids.syntax_name(str(outcome.records[0].oid))
        sample.forms[syntax] = came + (f" ({raws[0].format})" if raws else " (unreadable)")
        if raws and raws[0].holdings:
            sample.holdings = True
        if raws and raws[0].format == "iso2709" and syntax != "opac":
            marc[syntax] = evidence.flavour(raws)
    sample.syntax, sample.element_set = form
    sample.flavour = evidence.flavour(sample.raws)
    if len({judged.value for judged in marc.values()}) > 1:
        await _native(talk, target, sample)
    wanted = "usmarc" if sample.flavour.value == Flavour.MARC21 else "unimarc"
    if wanted in marc and marc[wanted].value == sample.flavour.value:
        sample.syntax = wanted
    await _element_sets(talk, sample)
    plain = [raw.payload for raw in sample.raws if raw.format == "iso2709"]
    if plain:
        sample.charset = evidence.records_charset(plain)
        if sample.charset.value:
            sample.raws = [replace(raw, charset=sample.charset.value) for raw in sample.raws]


async def _native(talk: Talk, target: Target, sample: Sample) -> None:
    """A server that turns one MARC into another: it holds what it gives to those who ask for none."""
    outcome = await talk.present(1, min(_A_SEARCH, sample.hits), None, sample.element_set)
    raws = [raw for raw in _raws(outcome.records, target.id) if raw.format == "iso2709"]
    if raws:
        sample.raws = raws
        sample.flavour = evidence.flavour(raws)
        sample.flavour = sample.flavour._replace(why=f"{sample.flavour.why}, when no syntax is asked for")


async def _element_sets(talk: Talk, sample: Sample) -> None:
    assert sample.query is not None
    for name in ELEMENT_SETS:
        outcome = await talk.present(1, 1, oids.syntax(sample.syntax), name)
        if outcome.broken:
            await talk.search(sample.query)
        size = len(outcome.records[0].octets or outcome.records[0].single or b"") if outcome.records else 0
        sample.elements[name or "(none)"] = f"{size} octets" if size else f"no: {outcome.words()}"
    if sample.elements.get("F", "no").startswith("no"):
        sample.element_set = None if not sample.elements["(none)"].startswith("no") else "B"
    else:
        sample.element_set = "F"
