"""What else a reader of one record may want: a plan over the same fields, so every engine gives the same."""

from __future__ import annotations

from gateway.core.record import UnionRecord
from gateway.records import text, trees
from index import analysis, fields, plan

MAX_SIZE = 50
_SERIES, _SUBJECT, _PART, _AUTHOR = 6.0, 8.0, 3.0, 7.0
_CLASS_STEP = 0.6  # for each level of the class number that is shared, beyond the first ones
_TITLE_WORD = 0.5  # of a word's own weight, which is greater the rarer it is
_MOST = 12  # values of a kind; a record with a hundred subject headings is about nothing in particular


def similar_plan(union: UnionRecord) -> plan.Node:
    """Records that share a subject, a person, a series, the narrower class or words of the title, and are neither this
    one nor another edition under its title. ``Nothing`` when the record says too little."""
    record = union.record
    parts: list[plan.Node] = []
    for subject in record.subjects[:_MOST]:
        parts.append(_key("subject", subject.text, _SUBJECT))
        if len(subject.parts) > 1:
            parts.append(_key("subject", subject.parts[0], _PART))
    parts += [_key("author", person.name, _AUTHOR) for person in record.contributors[:_MOST]]
    parts += [_key("series", series.title, _SERIES) for series in record.series[:_MOST]]
    for item in record.classes[:_MOST]:
        if item.scheme == "clc":
            steps = trees.class_path(item.value)[2:]
            parts += [plan.Fixed(plan.Token(fields.facet("class"), step), _CLASS_STEP) for step in steps]
    words = [token for token in text.query_tokens(text.fold(record.title.text)[:200]) if len(token) > 1][:_MOST]
    parts += [plan.Boost(plan.Token("title", word), _TITLE_WORD) for word in words]
    found = tuple(part for part in dict.fromkeys(parts) if not isinstance(part, plan.Nothing))
    if not found:
        return plan.Nothing()
    itself: list[plan.Node] = [plan.Token("id", union.id)]
    whole = analysis.key(record.title.text)
    if whole:
        itself.append(plan.Token(fields.key("title"), whole))
    return plan.Without(plan.Either(found), plan.Either(tuple(itself)))


def _key(field: str, value: str, score: float) -> plan.Node:
    key = analysis.key(value)
    return plan.Fixed(plan.Token(fields.key(field), key), score) if key else plan.Nothing()
