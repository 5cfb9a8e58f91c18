"""``wenyuan union``: what cataloguers decide about union records, and why a union record is as it is."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import aiohttp

from gateway.app import open_index
from gateway.cli.common import json_option, print_json, settings_from, table
from gateway.core.errors import ConfigurationError, FatalTargetError, RetriableError
from gateway.core.ports import Index
from gateway.frontends.http.deciding import carry_out, made_document
from gateway.frontends.http.documents import union_document
from gateway.frontends.http.tracing import decision_document, explanation
from gateway.settings import GatewaySettings
from gateway.union import Unifier
from gateway.union.around import around, trace
from gateway.union.cataloguing import Cataloguing
from gateway.union.unifier import decisions_of

NAME = "union"
HELP = "join, split and keep apart union records; why one is as it is"
DESCRIPTION = (
    "Decide which records describe one edition, whatever the rules say: every decision says who, when and why, holds "
    "over all later harvests, and can be undone. RECORD is the address of a union record (w…, the end of its URL) or "
    "of one library's record (SOURCE:LOCAL_ID). While a gateway is serving an embedded index, ask it with --gateway."
)
EPILOG = """\
actions:
  join RECORD RECORD…    make their union records one
  split RECORD…          take these records out of the union record they are in, together
  never RECORD RECORD    keep two apart for ever: all records of a w… address, or the one record of SOURCE:LOCAL_ID
  undo DECISION          let a decision count no longer; it stays in the list
  list                   all decisions
  why RECORD             members, reasons, decisions, and who said each value

examples:
  wenyuan union why wb7gxk2m4tq3yfha --data data
  wenyuan union join wb7gxk2m4tq3yfha xianlib:000123 --reason "same book, the ISBN is misprinted" --data data
  wenyuan union split xianlib:000123 --reason "second edition, seen" --data data
  WENYUAN_CATALOGUER=li:PASSWORD wenyuan union list --gateway http://127.0.0.1:8210"""

_DECIDING = ("join", "split", "never", "undo")
_SECONDS = 60
_ACCOUNT = "WENYUAN_CATALOGUER"


def arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("action", choices=[*_DECIDING, "list", "why"])
    command.add_argument("names", nargs="*", metavar="RECORD|DECISION")
    command.add_argument("--reason", metavar="TEXT", help="why, for others to read; needed for every decision")
    command.add_argument("--by", metavar="NAME", help="who decides (default: the user's name here)")
    command.add_argument("--data", type=Path, metavar="DIR", help="folder of the index (default data)")
    command.add_argument("--config", type=Path, metavar="FILE", help="gateway.yaml")
    command.add_argument(
        "--gateway",
        metavar="URL",
        help=f"ask a running gateway; the environment's {_ACCOUNT} holds user:password of an account there",
    )
    command.set_defaults(targets=None)
    json_option(command)


async def run(options: argparse.Namespace) -> int:
    _check(options)
    settings = settings_from(options, data=options.data)
    document = await (_from_gateway(options) if options.gateway else _from_index(options, settings))
    if options.json:
        print_json(document)
    elif options.action == "why":
        _print_why(document)
    elif options.action == "list":
        _print_list(document["decisions"])
    else:
        _print_made(document)
    return 0


def _check(options: argparse.Namespace) -> None:
    needed = {"never": 2, "undo": 1, "why": 1, "list": 0}.get(options.action)
    if needed is not None and len(options.names) != needed:
        raise ConfigurationError(f"{options.action} takes {needed} names; {len(options.names)} were given")
    if needed is None and not options.names:
        raise ConfigurationError(f"{options.action} takes the names of records; none was given")
    if options.action in _DECIDING and not (options.reason or "").strip():
        raise ConfigurationError("Say why, for those who come after you: --reason TEXT")


async def _from_index(options: argparse.Namespace, settings: GatewaySettings) -> dict[str, Any]:
    async with open_index(settings) as index:
        if options.action == "list":
            return {"decisions": [decision_document(one, whole=True) for one in await decisions_of(index)]}
        if options.action == "why":
            return await _explained(index, options.names[0])
        by = options.by or getpass.getuser()
        desk = Cataloguing(Unifier(index))
        return made_document(await carry_out(desk, options.action, options.names, by=by, why=options.reason))


async def _explained(index: Index, name: str) -> dict[str, Any]:
    if ":" in name:
        found = await index.unions_of([name])
        union = found[0] if found else None
    else:
        union = await index.resolve(name)
    if union is None:
        went = await trace(index, name)
        now = ", ".join(one.id for one in went or ())
        if went is not None:
            raise ConfigurationError(f"{name} is gone; what was merged with it is in: {now or 'no record any more'}")
        raise ConfigurationError(f"No record is called {name!r}")
    return {**union_document(union, {}), **explanation(union, await around(index, union))}


async def _from_gateway(options: argparse.Namespace) -> dict[str, Any]:
    account = os.environ.get(_ACCOUNT, "")
    user, _, password = account.partition(":")
    headers = {"Authorization": aiohttp.encode_basic_auth(user, password, "utf-8")} if account else {}
    base = options.gateway.rstrip("/")
    try:
        timeout = aiohttp.ClientTimeout(total=_SECONDS)
        async with aiohttp.ClientSession(timeout=timeout, headers=headers) as session:
            if options.action == "why":
                path = f"{base}/records/{options.names[0]}"
                answer = session.get(path, params={"format": "json", "explain": "1"})
            elif options.action == "list":
                answer = session.get(f"{base}/decisions")
            else:
                asked = {"action": options.action, "names": options.names, "why": options.reason}
                answer = session.post(f"{base}/decisions", json=asked)
            async with answer as response:
                document = await response.json(content_type=None)
                if response.status < 300 and isinstance(document, dict):
                    return document
                told = document.get("detail", "") if isinstance(document, dict) else ""
                raise FatalTargetError(f"The gateway at {base} says {response.status}", detail=told or None)
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise RetriableError(f"The gateway at {base} does not answer", detail=str(error) or None) from error


def _print_made(document: Mapping[str, Any]) -> None:
    for decision in document["decisions"]:
        print(_told(decision))
    for record in document["records"]:
        print(f"{record['id']}  {record['title']}: {', '.join(record['members'])}")


def _print_list(decisions: Sequence[Mapping[str, Any]]) -> None:
    rows = [
        (
            one["id"],
            one["kind"] if one["stands"] else f"({one['kind']})",
            one["at"][:10],
            one["by"],
            " ".join(one["records"]) + (" | " + " ".join(one["others"]) if one["others"] else ""),
            one["why"] if one["stands"] else f"{one['why']} — undone by {one['undone']['by']}: {one['undone']['why']}",
        )
        for one in decisions
    ]
    table(rows, ("decision", "what", "when", "who", "records | others", "why"))
    print(f"{sum(one['stands'] for one in decisions)} of {len(decisions)} decisions stand", file=sys.stderr)


def _print_why(document: Mapping[str, Any]) -> None:
    print(f"{document['id']}  {document['title']}")
    table([(m["id"], m["uid"], m["title"]) for m in document["members"]], ("record", "address", "title there"))
    for one in document["why"]:
        differ = f"; differ in {', '.join(one['conflict'])}" if one.get("conflict") else ""
        decided = f" {one['decision']}" if one.get("decision") else ""
        agree = ", ".join(one.get("agree", ())) or "nothing"
        print(f"{one['left']} = {one['right']}: {one['rule']}{decided} (agree in {agree}{differ})")
    for decision in document["decisions"]:
        print(_told(decision))
    for other in document["apart"]:
        print(f"kept apart from {other['id']}  {other['title']}")
    rows = [
        (name, "" if said["taken"] else "not taken", _shown(said["value"]), " ".join(said["records"]))
        for name, values in document["provenance"].items()
        for said in values
    ]
    table(rows, ("field", "", "value", "said by"))


def _told(decision: Mapping[str, Any]) -> str:
    others = f" | {' '.join(decision['others'])}" if decision["others"] else ""
    by = f" by {decision['by']}" if "by" in decision else ""
    undone = " (undone)" if decision.get("stands") is False else ""
    names = " ".join(decision["records"])
    return f"{decision['id']} {decision['kind']}{undone}{by} {decision['at'][:10]}: {names}{others} ({decision['why']})"


def _shown(value: object) -> str:
    """A value on one line: the texts in it."""
    if isinstance(value, Mapping):
        return " / ".join(_shown(part) for part in value.values() if part not in (None, "", [], True, False))
    if isinstance(value, list):
        return " -- ".join(map(_shown, value))
    return str(value)[:100]
