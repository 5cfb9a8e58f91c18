"""One error shape for every URL: RFC 9457 problem details, or the same as a page for those who asked for a page."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus

from aiohttp import web

from gateway.core.errors import (
    ConfigurationError,
    DataError,
    QuerySyntaxError,
    UnsupportedQueryError,
    WenyuanError,
)
from gateway.federation.search import BusyError
from gateway.frontends.http.context import PAGES, language_of, wants_page

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class ProblemError(Exception):
    """An error that becomes the answer. ``extra`` are further members of the problem object."""

    def __init__(self, status: int, kind: str, detail: str, **extra: object) -> None:
        super().__init__(detail)
        self.status = status
        self.kind = kind
        self.detail = detail
        self.extra = extra
        self.headers: dict[str, str] = {}
        self.links: Sequence[tuple[str, str]] = ()  #: text and address, for those who asked for a page


def problem_of(error: WenyuanError) -> ProblemError:
    if isinstance(error, QuerySyntaxError):
        return ProblemError(400, error.kind, str(error), position=error.position)
    if isinstance(error, UnsupportedQueryError):
        return ProblemError(400, error.kind, str(error), feature=error.feature)
    if isinstance(error, BusyError):
        busy = ProblemError(503, error.kind, str(error))
        busy.headers["Retry-After"] = "5"
        return busy
    if isinstance(error, ConfigurationError | DataError):
        return ProblemError(400, error.kind, str(error))
    return ProblemError(502, error.kind, str(error))


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except ProblemError as problem:
        return render(request, problem)
    except WenyuanError as error:
        return render(request, problem_of(error))
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return render(request, _from_http(request, error))
    except ConnectionResetError:
        raise
    except Exception:
        log.exception("%s %s failed", request.method, request.path)
        return render(
            request, ProblemError(500, "internal", "Something went wrong here; the operator finds it in the log")
        )


def _from_http(request: web.Request, error: web.HTTPException) -> ProblemError:
    if error.status == 404:
        problem = ProblemError(404, "not-found", f"Nothing is found at {request.path}; the catalogue is at /search")
    elif error.status == 405 and isinstance(error, web.HTTPMethodNotAllowed):
        allowed = ", ".join(sorted(error.allowed_methods))
        problem = ProblemError(405, "method", f"{request.path} cannot be asked with {request.method}; use {allowed}")
        problem.headers["Allow"] = allowed
    else:
        problem = ProblemError(error.status, "http", error.text or error.reason)
    return problem


def render(request: web.Request, problem: ProblemError) -> web.Response:
    title = HTTPStatus(problem.status).phrase
    if wants_page(request):
        language = language_of(request)
        body = request.app[PAGES].error(language, problem.status, title, problem.detail, problem.links)
        return web.Response(
            status=problem.status, text=body, content_type="text/html", charset="utf-8", headers=problem.headers
        )
    document = {
        "type": f"urn:wenyuan:problem:{problem.kind}",
        "title": title,
        "status": problem.status,
        "detail": problem.detail,
        "instance": request.path,
        **problem.extra,
    }
    return web.Response(
        status=problem.status,
        body=json.dumps(document, ensure_ascii=False).encode(),
        content_type="application/problem+json",
        headers=problem.headers,
    )
