"""The JSON of answers and records, as published in ``docs/api.md``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from gateway.core.answer import Answer
from gateway.core.codec import plain
from gateway.core.record import Record, UnionRecord
from gateway.core.target import Target, TargetStatus
from gateway.federation.hedging import allowed
from gateway.federation.members import COUNTS, Member
from gateway.federation.search import Federation
from gateway.records.highlight import Highlighter, highlighted_values
from gateway.records.keys import uid

_HIDDEN = frozenset(
    {"raw", "holdings", "id", "source", "local_id", "flavour", "charset", "charset_confidence", "warnings"}
)


def to_json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def union_document(union: UnionRecord, names: Mapping[str, str]) -> dict[str, Any]:
    """A union record: merged values, members (which library, which record) and everybody's holdings."""
    record = union.record
    values = plain(record, without=_HIDDEN)
    return {
        "id": union.id,
        "title": record.title.full(),
        "authors": [person.name for person in record.contributors],
        "isbn": list(record.identifiers_of("isbn")),
        **values,
        "members": [_member(member, names) for member in union.members],
        "holdings": [
            {**plain(holding), "source": holding.source, "library_name": names.get(holding.source, holding.source)}
            for holding in union.holdings
        ],
        "why": plain(union.why),
    }


def _member(member: Record, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": member.id,
        "uid": uid(member.id),
        "source": member.source,
        "library_name": names.get(member.source, member.source),
        "local_id": member.local_id,
        "flavour": member.flavour.value if member.flavour else None,
        "charset": member.charset,
        "title": member.title.full(),
        "warnings": plain(member.warnings),
    }


def status_document(status: TargetStatus) -> dict[str, Any]:
    diagnostic = status.diagnostic
    return {
        "id": status.id,
        "name": status.name,
        "state": status.state.value,
        "hits": status.hits,
        "returned": status.returned,
        "ms": round(status.ms, 1),
        "diagnostic": plain(diagnostic) if diagnostic else None,
    }


def names_of(federation: Federation, language: str) -> dict[str, str]:
    """The libraries' names by id."""
    return {member.target.id: member.target.label(language) for member in federation.members}


def highlights_document(union: UnionRecord, highlighter: Highlighter) -> list[dict[str, Any]]:
    """Where a record's text matches: ``spans`` are pairs of code points in ``text``, the end excluded."""
    found = []
    for name, value, is_name in highlighted_values(union.record):
        spans = highlighter.spans(name, value, name=is_name)
        if spans:
            found.append({"field": name, "text": value, "spans": [list(span) for span in spans]})
    return found


def answer_document(
    answer: Answer, names: Mapping[str, str], *, highlight: bool = False, records: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    """``highlight``: say of each record where it matches what was asked; ``records``: their documents, made before."""
    request = answer.request
    if records is None:
        records = [union_document(union, names) for union in answer.records]
    if highlight:
        highlighter = Highlighter(request.query)
        for document, union in zip(records, answer.records, strict=True):
            document["highlights"] = highlights_document(union, highlighter)
    return {
        **_head(answer),
        "records": records,
        "facets": {
            facet: [{"value": item.value, "count": item.count} for item in values]
            for facet, values in answer.facets.items()
        },
        **({"years": [{"year": year, "count": count} for year, count in answer.years]} if request.histogram else {}),
        "targets": [status_document(status) for status in answer.targets],
    }


def brief_document(answer: Answer) -> dict[str, Any]:
    """What a list needs that tells which records there are, and no more: 2 kB where the whole answer has 200."""
    records = [
        {"id": union.id, "title": union.record.title.full(), "member_count": len(union.members)}
        for union in answer.records
    ]
    return {**_head(answer), "records": records}


def _head(answer: Answer) -> dict[str, Any]:
    request = answer.request
    return {
        "query": request.query.text,
        "total": answer.total,
        "total_is_estimate": answer.total_is_estimate,
        "estimate": dict(zip(("low", "likely", "high"), answer.estimate, strict=True)) if answer.estimate else None,
        "age_s": round(answer.age, 1),
        "page": request.page,
        "size": request.size,
        "took_ms": answer.took_ms,
        "complete": answer.complete,
        "approximate": answer.approximate,
        "suggestion": answer.suggestion,
        **({"cursor": answer.cursor} if request.cursor is not None else {}),
    }


def target_document(target: Target, status: TargetStatus | None, extra: Mapping[str, Any]) -> dict[str, Any]:
    """A member library for operators and readers; never its user or password."""
    return {
        "id": target.id,
        "name": dict(target.name),
        "connector": target.connector,
        "region": target.region,
        "sector": target.sector,
        "enabled": target.enabled,
        "last": status_document(status) if status else None,
        **extra,
    }


def health_document(member: Member, now: float) -> dict[str, Any]:
    """What the gateway makes of a library now (``now`` is loop time), and what it decided lately."""
    breaker, trust = member.breaker, member.trust
    late = member.history.late()
    return {
        "searches": member.searches,
        "failures_in_a_row": breaker.failures,
        "suspended": breaker.suspended,
        "quarantined": trust.suspended,
        "reason": breaker.reason or trust.reason,
        "retry_in_s": round(max(breaker.retry_in(now), trust.retry_in(now)), 1),
        "typical_ms": round(member.typical_ms, 1) if member.typical_ms is not None else None,
        "patience_s": round(member.patience, 1),
        "hedged_after_ms": round(late * 1000, 1) if late is not None and allowed(member.target) else None,
        "counts": {name: member.counts[name] for name in COUNTS},
        "decisions": [
            {"at": datetime.fromtimestamp(one.at, UTC).isoformat(timespec="seconds"), "what": one.words}
            for one in member.decisions
        ],
    }
