"""``wenyuan targets``: the libraries, and with ``--ask`` how each answers now."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from gateway.app import PARSERS, open_federation
from gateway.cli.common import TARGET_URLS, json_option, print_json, settings_from, table, target_options, targets_from
from gateway.core.answer import Scope, SearchRequest
from gateway.core.target import TargetStatus
from gateway.frontends.http.documents import target_document

NAME = "targets"
HELP = "list the libraries; with --ask, how each answers now"
DESCRIPTION = "List the member libraries of a folder of targets or of --target, and if wanted ask each one question."
EPILOG = TARGET_URLS


def arguments(command: argparse.ArgumentParser) -> None:
    target_options(command)
    command.add_argument("--ask", metavar="QUERY", help="send this query to each and tell how it fared")
    command.add_argument("--deadline", type=float, default=8.0, help="seconds for --ask (default 8)")
    json_option(command)


async def run(options: argparse.Namespace) -> int:
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
