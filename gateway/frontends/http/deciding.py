"""Cataloguers' decisions over HTTP, for those with an account, where the gateway itself holds the index.

``POST /decisions`` with ``{"action": "join", "names": ["w…", "source:local_id"], "why": "…"}`` decides (``split``,
``never`` and ``undo`` likewise), ``GET /decisions`` lists. HTTP Basic authentication (RFC 7617) says who; a decision is
made in that name. Passwords cross no network in the clear: unless ``public_url`` begins with https (a proxy in front
does TLS), only this machine may ask. Nothing but JSON is taken, which no other site's page can send here unasked (Fetch
standard, CORS preflight).
"""

from __future__ import annotations

import asyncio
import base64
import ipaddress
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from gateway.core.ports import Index
from gateway.frontends.http.context import FORMATS, SETTINGS
from gateway.frontends.http.documents import to_json
from gateway.frontends.http.problems import ProblemError
from gateway.frontends.http.tracing import brief_document, decision_document
from gateway.union.cataloguing import Cataloguing, Made
from gateway.union.unifier import decisions_of

#: A wrong password is answered so late, in seconds.
_PAUSE = 1.0
_MOST_NAMES = 500
_MOST_WORDS = 1_000
_MOST_LETTERS = 300
ACTIONS = ("join", "split", "never", "undo")


@dataclass(frozen=True, slots=True)
class Desk:
    """What the routes need: who may, and what carries it out."""

    index: Index
    cataloguing: Cataloguing
    authenticate: Callable[[str, str], bool]


DESK: web.AppKey[Desk] = web.AppKey("desk", Desk)


def add_routes(application: web.Application, desk: Desk) -> None:
    application[DESK] = desk
    application.add_routes([web.get("/decisions", listing), web.post("/decisions", decide)])


async def listing(request: web.Request) -> web.Response:
    """All decisions, undone ones included, the oldest first."""
    await _who(request)
    decisions = await decisions_of(request.app[DESK].index)
    return _answer({"decisions": [decision_document(one, whole=True) for one in decisions]})


async def decide(request: web.Request) -> web.Response:
    by = await _who(request)
    if request.content_type != "application/json":
        raise ProblemError(415, "media-type", "A decision is sent as application/json")
    try:
        asked = json.loads(await request.read())
    except (ValueError, RecursionError) as error:
        raise ProblemError(400, "parameter", f"The decision is no JSON: {error}") from error
    action, names, why = _checked(asked)
    desk = request.app[DESK]
    made = await carry_out(desk.cataloguing, action, names, by=by, why=why)
    # Who looks next is to see it.
    await desk.index.refresh()
    return _answer(made_document(made), 201)


async def carry_out(desk: Cataloguing, action: str, names: list[str], *, by: str, why: str) -> Made:
    """One of ``ACTIONS``, now. Raises ``DecisionError``."""
    at = int(time.time())
    if action == "join":
        return await desk.join(names, by=by, at=at, why=why)
    if action == "split":
        return await desk.split(names, by=by, at=at, why=why)
    if action == "never":
        return await desk.never(names[0], names[1], by=by, at=at, why=why)
    return await desk.undo(names[0], by=by, at=at, why=why)


def made_document(made: Made) -> dict[str, Any]:
    return {
        "decisions": [decision_document(one, whole=True) for one in made.decisions],
        "records": [{**brief_document(union), "members": [m.id for m in union.members]} for union in made.unions],
    }


def _checked(asked: object) -> tuple[str, list[str], str]:
    if not isinstance(asked, dict):
        raise ProblemError(400, "parameter", "A decision is an object with action, names and why")
    action, names, why = asked.get("action"), asked.get("names"), asked.get("why", "")
    if action not in ACTIONS:
        raise ProblemError(400, "parameter", f"action is one of {', '.join(ACTIONS)}", parameter="action")
    few = {"never": 2, "undo": 1}.get(action)
    if (
        not isinstance(names, list)
        or not 1 <= len(names) <= _MOST_NAMES
        or (few is not None and len(names) != few)
        or not all(isinstance(name, str) and 0 < len(name) <= _MOST_LETTERS for name in names)
    ):
        count = f"exactly {few}" if few else f"at most {_MOST_NAMES}"
        raise ProblemError(400, "parameter", f"names is a list of {count} names of records", parameter="names")
    if not isinstance(why, str) or not why.strip() or len(why) > _MOST_WORDS:
        raise ProblemError(
            400, "parameter", f"why is the reason for others to read, at most {_MOST_WORDS} characters", parameter="why"
        )
    return str(action), names, why


async def _who(request: web.Request) -> str:
    """The name of the account; raises the problem when there is none."""
    if not (_local(request) or request.app[SETTINGS].public_url.startswith("https://")):
        raise ProblemError(
            403,
            "not-private",
            "Decisions are made from the gateway's own machine, or behind a proxy with TLS that public_url names",
        )
    given = _credentials(request.headers.get("Authorization", ""))
    if given is None or not request.app[DESK].authenticate(*given):
        if given is not None:
            await asyncio.sleep(_PAUSE)
        problem = ProblemError(401, "account", "Decisions need an account of a cataloguer; name and password are asked")
        problem.headers["WWW-Authenticate"] = 'Basic realm="Wenyuan", charset="UTF-8"'
        raise problem
    return given[0]


def _credentials(header: str) -> tuple[str, str] | None:
    """User and password in UTF-8 (RFC 7617, 2 and 2.1); None when the header holds none."""
    scheme, _, encoded = header.strip().partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, colon, password = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except ValueError:
        return None
    return (user, password) if colon else None


def _local(request: web.Request) -> bool:
    try:
        return ipaddress.ip_address(request.remote or "").is_loopback
    except ValueError:
        return False


def _answer(document: object, status: int = 200) -> web.Response:
    headers = {"Cache-Control": "no-store"}
    return web.Response(status=status, body=to_json(document), content_type=FORMATS["json"], headers=headers)
