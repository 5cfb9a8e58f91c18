"""The whole probe of one target, and the report of it."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Final

from connectors.z3950.pool import Pool
from connectors.z3950.probing import attributes, sample, services
from connectors.z3950.probing.attributes import Attributes
from connectors.z3950.probing.evidence import Judged
from connectors.z3950.probing.sample import Sample
from connectors.z3950.probing.services import Services
from connectors.z3950.probing.talk import Talk
from gateway.core.deadline import Deadline
from gateway.core.probe import Fact, ProbeReport
from gateway.core.target import Target
from gateway.protocols.z3950 import ber
from gateway.protocols.z3950.apdu import InitResponse, Option
from gateway.protocols.z3950.connection import MAX_PDU

#: From this confidence on a finding becomes a setting; below it the evidence of each record decides.
CONFIDENT: Final = 0.6
_PAGE: Final = 20
_DEFAULT_TIMEOUT: Final = 10.0


async def probe(target: Target, words: Sequence[str], deadline: Deadline) -> ProbeReport:
    """See ``core.probe.ProbingConnector``."""
    pool = Pool(target)
    talk = Talk(target, pool, deadline)
    try:
        init = await talk.init()
        connecting = talk.connecting
        found = await sample.gather(talk, target, words)
        queries = await attributes.judge(talk, found)
        usable = queries.asked.get("title", "1=4")
        others = await services.judge(talk, found, usable if usable != "-" else found.use)
    finally:
        talk.end()
        await pool.close()
    others.negotiation = await services.negotiation(target, deadline)
    return _report(init, found, queries, others, talk, connecting)


def _report(
    init: InitResponse, found: Sample, queries: Attributes, others: Services, talk: Talk, connecting: float
) -> ProbeReport:
    settings: dict[str, object] = {}
    remarks: dict[str, str] = {}
    _charsets(settings, remarks, found, queries)
    settings["syntax"] = found.syntax
    remarks["syntax"] = "; ".join(f"{name}: {came}" for name, came in found.forms.items()) or "no record came"
    if found.holdings:
        remarks["syntax"] += "; opac brings holdings, too: write `syntax: opac` to have them"
    if found.flavour.confidence >= CONFIDENT:
        settings["flavour"] = found.flavour.value
    remarks["flavour"] = _words(found.flavour)
    settings["element_set"] = found.element_set or ""
    remarks["element_set"] = "; ".join(f"{name}: {came}" for name, came in found.elements.items())
    size = min(others.batch, _PAGE) if 0 < others.batch < others.batch_asked else _PAGE
    settings["page_size"] = size
    remarks["page_size"] = f"of {others.batch_asked} records asked for at once, {others.batch} came"
    slowest = max(talk.times, default=0.0)
    settings["timeout"] = max(_DEFAULT_TIMEOUT, round(slowest * 3, 1))
    remarks["timeout"] = f"the slowest of {len(talk.times)} searches took {slowest * 1000:.0f} ms"
    if queries.asked:
        settings["attributes"] = dict(queries.asked)
    remarks["attributes"] = (
        "only what differs from config/maps/bib1.yaml; - means that the server cannot search by it"
        if queries.asked
        else "those of config/maps/bib1.yaml are all taken"
    )
    settings["options"] = _options(remarks, queries, others)
    return ProbeReport(settings, remarks, tuple(_facts(init, found, queries, others, talk, connecting)))


def _charsets(settings: dict[str, object], remarks: dict[str, str], found: Sample, queries: Attributes) -> None:
    terms, records = queries.terms, found.charset
    settings["term_charset"] = terms.value or "utf-8"
    remarks["term_charset"] = _words(terms) if terms.value else f"not known: {terms.why}"
    if records.value and records.confidence >= CONFIDENT:
        settings["record_charset"] = records.value
        remarks["record_charset"] = _words(records)
    else:
        remarks["record_charset"] = f"left to the evidence of each record: {_words(records)}"


def _options(remarks: dict[str, str], queries: Attributes, others: Services) -> dict[str, str]:
    options: dict[str, str] = {}
    if others.piggyback.startswith("no"):
        options["piggyback"] = "no"
        remarks["options.piggyback"] = others.piggyback
    if queries.isbn and queries.isbn != "as-typed":
        options["isbn"] = queries.isbn
    if queries.isbn_why:
        remarks["options.isbn"] = queries.isbn_why
    if queries.words:
        options["words"] = queries.words
        remarks["options.words"] = queries.words_why
    return options


def _words(judged: Judged) -> str:
    return f"{judged.why} (confidence {judged.confidence:.2f})"


def _facts(
    init: InitResponse, found: Sample, queries: Attributes, others: Services, talk: Talk, connecting: float
) -> list[Fact]:
    facts = [
        Fact("server.name", ber.readable(init.implementation_name or "")),
        Fact("server.version", ber.readable(init.implementation_version or "")),
        Fact("server.id", ber.readable(init.implementation_id or "")),
        Fact("server.protocol", f"version {max(init.versions, default=0) + 1}"),
        Fact("server.options", " ".join(_option(number) for number in sorted(init.options))),
        Fact("limits.preferred_message", str(init.preferred_size)),
        Fact("limits.exceptional_message", str(init.exceptional_size)),
        Fact("limits.our_largest_message", str(MAX_PDU)),
        Fact("limits.records_at_once", f"{others.batch} of {others.batch_asked}"),
        Fact("terms.charset", queries.terms.value or "unknown", queries.terms.why, queries.terms.confidence),
        Fact("records.charset", found.charset.value or "unknown", found.charset.why, found.charset.confidence),
        Fact("records.flavour", found.flavour.value or "unknown", found.flavour.why, found.flavour.confidence),
    ]
    facts += [Fact(f"records.syntax.{name}", came) for name, came in found.forms.items()]
    facts += [Fact(f"records.elements.{name}", came) for name, came in found.elements.items()]
    facts.append(
        Fact(
            "attributes.unknown_use",
            "refused" if queries.refuses_use else "taken",
            "" if queries.refuses_use else "what is taken proves nothing: the server refuses no Use attribute",
        )
    )
    for name, values in queries.supported.items():
        facts.append(Fact(f"attributes.{name}.taken", _numbers(values)))
        facts.append(Fact(f"attributes.{name}.refused", _numbers(queries.refused[name])))
    facts += [Fact(f"access.{index}", why) for index, why in queries.why.items()]
    facts += [Fact(f"operators.{name}", answer) for name, answer in queries.operators.items()]
    named = {
        "piggyback": others.piggyback,
        "named_sets": others.named_sets,
        "delete": others.delete,
        "scan": others.scan,
        "sort": others.sort,
        "term_counts": others.term_counts,
        "charset_negotiation": others.negotiation,
    }
    facts += [Fact(f"services.{name}", answer) for name, answer in named.items() if answer]
    facts += [
        Fact("speed.connecting_ms", f"{connecting * 1000:.0f}"),
        Fact("speed.search_median_ms", f"{statistics.median(talk.times or [0.0]) * 1000:.1f}"),
        Fact("speed.search_slowest_ms", f"{max(talk.times, default=0.0) * 1000:.1f}"),
        Fact("probe.requests", str(talk.asked)),
        Fact("probe.records", str(len(found.raws))),
    ]
    return facts


def _option(number: int) -> str:
    try:
        return Option(number).name.lower()
    except ValueError:
        return str(number)


def _numbers(values: Sequence[int]) -> str:
    """``1-4 7 12``."""
    out: list[str] = []
    for value in values:
        first, _, last = (out[-1] if out else "").partition("-")
        if first and value == int(last or first) + 1:
            out[-1] = f"{first}-{value}"
        else:
            out.append(str(value))
    return " ".join(out)
