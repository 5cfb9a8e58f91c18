"""What a server does beside searching: piggyback, batches, named sets, delete, scan, sort, negotiation of charsets."""

from __future__ import annotations

from dataclasses import dataclass, replace

from connectors.z3950 import counts
from connectors.z3950.pool import Pool
from connectors.z3950.probing.sample import Sample
from connectors.z3950.probing.talk import Talk, operand
from gateway.core.deadline import Deadline
from gateway.core.errors import WenyuanError
from gateway.core.target import Target
from gateway.protocols.z3950 import charneg, diagnostics, oids
from gateway.protocols.z3950.apdu import SearchResponse
from gateway.protocols.z3950.rpn import Attribute, Op, Operand, Operation
from gateway.protocols.z3950.services import (
    DeleteRequest,
    DeleteResponse,
    GenericSort,
    ScanRequest,
    ScanResponse,
    SortAttributes,
    SortKeySpec,
    SortRequest,
    SortResponse,
    TermInfo,
)

_NAMED = "wenyuan-probe"
#: Records asked for at once to learn how many come.
_BATCH = 50


@dataclass(slots=True)
class Services:
    """``yes``, or ``no: why``."""

    piggyback: str = ""
    batch: int = 0  #: records that came when so many as ``batch_asked`` were asked for at once
    batch_asked: int = 0
    named_sets: str = ""
    delete: str = ""
    scan: str = ""
    sort: str = ""
    negotiation: str = ""
    term_counts: str = ""


async def judge(talk: Talk, sample: Sample, scan_use: str) -> Services:
    out = Services()
    query = sample.query or operand(sample.use, b"water")
    syntax = oids.syntax(sample.syntax)
    if sample.query is not None:
        first = min(3, sample.hits)
        outcome = await talk.search(query, first=first, syntax=syntax, elements=sample.element_set)
        out.piggyback = "yes" if outcome.records else f"no: {outcome.words() or 'records come with Present only'}"
        out.batch_asked = min(_BATCH, sample.hits)
        if not outcome.accepted or not outcome.hits:
            await talk.search(query)
        out.batch = len((await talk.present(1, out.batch_asked, syntax, sample.element_set)).records)
    out.term_counts = await _counts(talk, query)
    outcome = await talk.search(query, name=_NAMED)
    if outcome.found:
        outcome = await talk.present(1, 1, syntax, sample.element_set, _NAMED)
    out.named_sets = "yes" if outcome.accepted else f"no: {outcome.words()}"
    out.delete = await _delete(talk)
    out.scan = await _scan(talk, scan_use, query)
    out.sort = await _sort(talk, query)
    return out


async def _counts(talk: Talk, query: Operand) -> str:
    """Whether it says what each of two terms finds."""
    answer = (await talk.search(Operation(query, query, Op.AND))).answer
    if not isinstance(answer, SearchResponse):
        return "no: the search failed"
    found = len(counts.of_response(answer, lambda term: term.decode("latin-1")))
    return f"yes: {found} of 2 terms" if found else "no"


async def _delete(talk: Talk) -> str:
    outcome = await talk.ask(DeleteRequest(0, (_NAMED,)), "the deletion")
    if not isinstance(outcome.answer, DeleteResponse):
        return f"no: {outcome.words()}"
    return "yes" if outcome.answer.status == 0 else f"no: status {outcome.answer.status}"


async def _scan(talk: Talk, use: str, query: Operand) -> str:
    start = operand(use, query.term if isinstance(query.term, bytes) else b"a")
    request = ScanRequest(start, tuple(talk.databases), attribute_set=oids.BIB1, count=5, position=1)
    outcome = await talk.ask(request, "the scan")
    if not isinstance(outcome.answer, ScanResponse):
        return f"no: {outcome.words()}"
    entries = outcome.answer.entries
    terms = [entry for entry in (entries.entries if entries else None) or () if isinstance(entry, TermInfo)]
    if terms:
        told = "with" if any(term.occurrences is not None for term in terms) else "without"
        return f"yes: {len(terms)} terms for {use}, {told} counts"
    found = [item for record in (entries.diagnostics if entries else None) or () for item in diagnostics.flat(record)]
    core = diagnostics.to_core(found[0]) if found else None
    return f"no: {core.message} [{core.code}]" if core else f"no: status {outcome.answer.status}"


async def _sort(talk: Talk, query: Operand) -> str:
    """By the title as attributes, which most know, then by name."""
    failure = ""
    by_attributes = SortAttributes(oids.BIB1, (Attribute(1, 4),))
    for name, element in (("Bib-1 Use 4", by_attributes), ("field title", "title")):
        if not (await talk.search(query)).accepted:
            return "no: there is nothing to sort"
        outcome = await talk.ask(SortRequest((SortKeySpec(GenericSort(element)),)), "the sorting")
        answer = outcome.answer
        if isinstance(answer, SortResponse):
            if answer.status == 0:
                return f"yes: by {name}"
            found = [item for record in answer.diagnostics or () for item in diagnostics.flat(record)]
            failure = failure or (diagnostics.to_core(found[0]).message if found else f"status {answer.status}")
        else:
            failure = failure or outcome.words()
    return f"no: {failure}"


async def negotiation(target: Target, deadline: Deadline) -> str:
    """Whether the server selects UTF-8 when it is proposed, in a session of its own."""
    more = {"negotiate_charset": "yes", "negotiate_records": "yes"}
    pool = Pool(replace(target, options={**target.options, **more}))
    try:
        session = await pool.acquire(deadline, fresh=True)
    except WenyuanError as error:
        return f"no: {error.message}"
    try:
        selection = charneg.selection_of(session.init) if session.init else None
        agreed = session.charset
    finally:
        session.close()
        pool.release(session, clean=False)
        await pool.close()
    if selection is None:
        return "no: the proposal is passed over"
    charset = charneg.selected_charset(selection)
    if charset is None:
        return "no: it selects none of what was proposed"
    if agreed is None:
        return f"no: it selects {charset}, which was not proposed"
    return f"yes: {charset} for terms" + (", for records too" if selection.records else "")
