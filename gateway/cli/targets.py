"""``wenyuan targets``: the libraries; with ``--ask`` how each answers now, with ``--gateway`` what a gateway knows."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import aiohttp

from gateway.app import PARSERS, open_federation
from gateway.cli.common import TARGET_URLS, json_option, print_json, settings_from, table, target_options, targets_from
from gateway.core.answer import Scope, SearchRequest
from gateway.core.errors import ConfigurationError
from gateway.core.target import TargetStatus
from gateway.frontends.http.documents import target_document

NAME = "targets"
HELP = "list the libraries; with --ask, how each answers now"
DESCRIPTION = (
    "List the member libraries of a folder of targets or of --target, and if wanted ask each one question; or tell "
    "what a running gateway has decided about each of its libraries."
)
EPILOG = TARGET_URLS
_SECONDS = 10.0


def arguments(command: argparse.ArgumentParser) -> None:
    target_options(command)
    command.add_argument("--ask", metavar="QUERY", help="send this query to each and tell how it fared")
    command.add_argument("--deadline", type=float, default=8.0, help="seconds for --ask (default 8)")
    command.add_argument(
        "--gateway", metavar="URL", help="of a running gateway (http://127.0.0.1:8210): its libraries and their health"
    )
    json_option(command)


async def run(options: argparse.Namespace) -> int:
    if options.gateway:
        return await _health(options.gateway, as_json=options.json)
    with tempfile.TemporaryDirectory(prefix="wenyuan-") as scratch:
        settings = settings_from(options, data=Path(scratch))
        targets = targets_from(options, settings)
        statuses: dict[str, TargetStatus] = {}
        if options.ask:
            request = SearchRequest(
                PARSERS["simple"](options.ask),
                scope=Scope.LIVE,
                size=1,
                targets=tuple(target.id for target in targets),
                deadline=options.deadline,
            )
            async with open_federation(settings, targets) as federation:
                statuses = {status.id: status for status in (await federation.search(request)).targets}
    if options.json:
        print_json([target_document(target, statuses.get(target.id), {}) for target in targets])
        return 0
    rows = []
    for target in targets:
        status = statuses.get(target.id)
        told: tuple[object, ...] = ("", "", "", "")
        if status:
            words = status.diagnostic.message if status.diagnostic else ""
            told = (status.state.value, "?" if status.hits is None else status.hits, f"{status.ms:.0f}", words)
        rows.append((target.id, target.label(), target.connector, target.record_charset or "by evidence", *told))
    table(rows, ("id", "library", "by", "charset", "state", "hits", "ms", "diagnostic"))
    return 0


async def _health(gateway: str, *, as_json: bool) -> int:
    address = f"{gateway.rstrip('/')}/targets"
    try:
        timeout = aiohttp.ClientTimeout(total=_SECONDS)
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(address, params={"format": "json"}) as response,
        ):
            response.raise_for_status()
            found = (await response.json())["targets"]
    except (aiohttp.ClientError, TimeoutError, ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(
            f"No gateway tells of its libraries at {address}; start one with `wenyuan serve` or correct --gateway",
            detail=str(error) or type(error).__name__,
        ) from error
    if as_json:
        print_json(found)
    else:
        table(map(_row, found), ("id", "health", "asked", "failed", "typical ms", "given s", "last decision"))
    return 0


def _row(library: Mapping[str, Any]) -> Iterable[object]:
    counts, decisions, typical = library["counts"], library["decisions"], library["typical_ms"]
    last = f"{decisions[-1]['at'][11:19]} {decisions[-1]['what']}" if decisions else ""
    return (
        library["id"],
        _state(library),
        counts["searches"],
        counts["failures"],
        "-" if typical is None else f"{typical:.0f}",
        f"{library['patience_s']:g}",
        last,
    )


def _state(library: Mapping[str, Any]) -> str:
    if not library["enabled"]:
        return "off"
    if library["quarantined"]:
        return f"quarantined, {library['retry_in_s']:.0f} s"
    if library["suspended"]:
        return f"suspended, {library['retry_in_s']:.0f} s"
    return "unknown" if not library["searches"] else "failing" if library["failures_in_a_row"] else "well"
