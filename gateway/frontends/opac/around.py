"""What the record page shows around a record: other editions, and what cataloguers decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from gateway.core.decision import Decision
from gateway.core.record import UnionRecord
from gateway.frontends.opac import views
from gateway.frontends.opac.language import day
from gateway.frontends.opac.links import address
from gateway.frontends.opac.views import Labeller, Namer
from gateway.union.around import MOST_EDITIONS, Around


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision as readers see it: what and why, not who."""

    id: str
    kind: str
    why: str
    day: str  #: ISO 8601
    day_shown: str


def values(around: Around, union: UnionRecord, language: str, label: Labeller, name: Namer) -> dict[str, Any]:
    """What the template needs, by its names there."""
    shown = len(around.editions.records)
    return {
        "editions": [views.hit(other, language, label, name) for other in around.editions.records],
        "editions_total": around.editions.total,
        "all_editions": address(views.record_href(union), [("editions", "all")]) if shown < MOST_EDITIONS else "",
        "decisions": [_decided(one, language) for one in around.decisions],
        "apart": [views.hit(other, language, label, name) for other in around.apart],
    }


def _decided(decision: Decision, language: str) -> Decided:
    when = datetime.fromtimestamp(decision.at, UTC).date().isoformat()
    return Decided(decision.id, decision.kind.value, decision.why, when, day(when, language))
