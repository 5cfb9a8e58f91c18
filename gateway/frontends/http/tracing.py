"""Where a record is now that is not where it was, what is around it, and who said what is in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from gateway.core.codec import plain
from gateway.core.decision import Decision
from gateway.core.record import UnionRecord
from gateway.frontends.http.context import FEDERATION
from gateway.frontends.http.documents import union_document
from gateway.frontends.http.problems import ProblemError
from gateway.records.provenance import provenance
from gateway.union.around import EDITIONS, MOST_EDITIONS, Around, around, trace

_NAMED = 80


async def identify(request: web.Request) -> web.Response:
    """``/id/…``: the lasting address of a union record leads to where it is now."""
    identifier = request.match_info["id"]
    union = await request.app[FEDERATION].keeper.resolve(identifier)
    raise await _lost(request, identifier) if union is None else _moved(request, union)


async def there(request: web.Request) -> UnionRecord:
    """The union record that the address names; raises the redirect or the problem that the reader is to see."""
    identifier = request.match_info["id"]
    union = await request.app[FEDERATION].keeper.resolve(identifier)
    if union is None:
        raise await _lost(request, identifier)
    if union.id != identifier:
        raise _moved(request, union)
    return union


async def surroundings(request: web.Request, union: UnionRecord) -> Around:
    """``editions=all`` asks for more of the other editions than fit a page."""
    size = MOST_EDITIONS if request.query.get("editions") == "all" else EDITIONS
    return await around(request.app[FEDERATION].index, union, editions=size)


async def whole_document(request: web.Request, union: UnionRecord, names: Mapping[str, str]) -> dict[str, Any]:
    """The record's JSON with its work; ``explain=1`` adds who said each value and what cataloguers decided."""
    found = await surroundings(request, union)
    document = union_document(union, names)
    document["work"] = {
        "total": found.editions.total,
        "editions": [brief_document(other) for other in found.editions.records],
    }
    return {**document, **explanation(union, found)} if request.query.get("explain", "") not in ("", "0") else document


def explanation(union: UnionRecord, found: Around) -> dict[str, Any]:
    """Who said each value, what was decided about its records, and what that keeps apart from it."""
    return {
        "provenance": {
            name: [{"value": plain(said.value), "records": list(said.records), "taken": said.taken} for said in values]
            for name, values in provenance(union).items()
        },
        "decisions": [decision_document(one) for one in found.decisions],
        "apart": [brief_document(other) for other in found.apart],
    }


def decision_document(decision: Decision, *, whole: bool = False) -> dict[str, Any]:
    """A decision as everybody may read it; ``whole`` for colleagues: who decided, and who undid it."""
    document: dict[str, Any] = {
        "id": decision.id,
        "kind": decision.kind.value,
        "records": list(decision.records),
        "others": list(decision.others),
        "at": _instant(decision.at),
        "why": decision.why,
    }
    if whole:
        document["by"] = decision.by
        document["stands"] = decision.stands
        if decision.undone_at is not None:
            document["undone"] = {
                "by": decision.undone_by,
                "at": _instant(decision.undone_at),
                "why": decision.undone_why,
            }
    return document


def _instant(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def brief_document(union: UnionRecord) -> dict[str, Any]:
    record = union.record
    return {
        "id": union.id,
        "href": f"/records/{union.id}",
        "title": record.title.full(),
        "responsibility": record.responsibility,
        "publisher": record.publications[0].publisher if record.publications else "",
        "year": record.year,
        "languages": list(record.languages),
        "form": record.form,
        "libraries": len(union.sources),
    }


def _moved(request: web.Request, union: UnionRecord) -> web.HTTPFound:
    """Not for ever: the next harvest or cataloguer may part them again."""
    target = f"/records/{union.id}"
    if request.query_string:
        target += f"?{request.query_string}"
    return web.HTTPFound(target, headers={"Cache-Control": "no-cache"})


async def _lost(request: web.Request, identifier: str) -> Exception:
    parts = await trace(request.app[FEDERATION].index, identifier)
    if parts is None:
        words = f"No record is called {identifier[:_NAMED]!r}; search for it at /search"
        return ProblemError(404, "not-found", words)
    if len(parts) == 1:
        return _moved(request, parts[0])
    return _gone(identifier, parts)


def _gone(identifier: str, parts: Sequence[UnionRecord]) -> ProblemError:
    if not parts:
        words = f"The record {identifier} was withdrawn by its library and nobody else had it; search at /search"
        return ProblemError(410, "gone", words, parts=[])
    words = (
        f"The record {identifier} was withdrawn by its library; what was merged with it is in {len(parts)} records now"
    )
    problem = ProblemError(410, "gone", words, parts=[brief_document(one) for one in parts])
    problem.links = [(one.record.title.full() or one.id, f"/records/{one.id}") for one in parts]
    return problem
