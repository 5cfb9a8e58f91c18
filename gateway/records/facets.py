"""Values of a union record under each facet of ``core.answer.FACETS``."""

from __future__ import annotations

from gateway.core.record import UnionRecord


def facet_values(union: UnionRecord) -> dict[str, tuple[str, ...]]:
    """library: target ids · form, language: codes · year: ``YYYY`` · subject: headings as written, each once."""
    # The only member has all that is counted here; the union's record would only ask it.
    record = union.members[0] if len(union.members) == 1 else union.record
    return {
        "library": union.sources,
        "form": (record.form,) if record.form else (),
        "language": record.languages,
        "year": (str(record.year),) if record.year is not None else (),
        "subject": tuple(dict.fromkeys(s.parts[0] for s in record.subjects if s.kind != "form" and s.parts)),
    }
