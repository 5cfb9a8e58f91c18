"""``wenyuan search``: one search from the terminal."""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from gateway.app import PARSERS, open_federation
from gateway.cli.common import TARGET_URLS, json_option, print_json, settings_from, table, target_options, targets_from
from gateway.core.answer import ALL_FACETS, FACETS, Answer, Scope, SearchRequest
from gateway.core.query import SortKey
from gateway.core.target import State
from gateway.federation.search import Federation
from gateway.frontends.http.documents import answer_document
from gateway.frontends.http.exporting import BEGIN, END, OFFERED, STEP, written
from gateway.frontends.http.params import SORTS
from gateway.records.labels import label

NAME = "search"
HELP = "search libraries from the terminal"
DESCRIPTION = "Ask libraries side by side and print one merged answer, with what each library said."
EPILOG = f"""\
{TARGET_URLS}

examples:
  wenyuan search --target z3950://127.0.0.1:9999/Default 红楼梦
  wenyuan search --target 'sru+http://127.0.0.1:8080/sru?version=1.2' --syntax cql 'dc.title = 诗经 and dc.date > 1990'
  wenyuan search --data data --scope index hongloumeng
  wenyuan search --data data --export marcxml --output all.xml --sort title,newest 红楼梦
  wenyuan search --data data --scope index --filter form:book --filter year:1990.. --facets subject,class 红楼梦"""


def arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("query", nargs="+", help="what to search for")
    target_options(command)
    command.add_argument("--syntax", choices=sorted(PARSERS), default="simple", help="the query's language")
    command.add_argument("--scope", choices=[scope.value for scope in Scope], default="live")
    command.add_argument(
        "--sort", type=_sort, default=(), metavar="KEY[,KEY…]", help=f"order: {', '.join(SORTS)} (default relevance)"
    )
    command.add_argument(
        "--filter", type=_filter, action="append", default=[], metavar="FACET:VALUE",
        help=f"only such records; repeatable, values of one facet are alternatives: {', '.join(ALL_FACETS)}; years "
        "also as a range, year:1990..1999",
    )  # fmt: skip
    command.add_argument(
        "--facets", type=_facets, metavar="FACET[,FACET…]", help="count these among all that was found"
    )
    command.add_argument(
        "--export", choices=OFFERED, help="write the whole result out of the index given by --data, in this form"
    )
    command.add_argument("--output", type=Path, help="file to write it to (default: standard output)")
    command.add_argument("--page", type=int, default=1)
    command.add_argument("--size", type=int, default=20, help="records a page (default 20)")
    command.add_argument("--deadline", type=float, default=8.0, help="seconds for the whole search (default 8)")
    command.add_argument("--data", type=Path, help="folder of the index (default: a temporary one)")
    json_option(command)


async def run(options: argparse.Namespace) -> int:
    query = PARSERS[options.syntax](" ".join(options.query))
    with tempfile.TemporaryDirectory(prefix="wenyuan-") as scratch:
        settings = settings_from(options, data=options.data or Path(scratch))
        needed = options.scope == Scope.LIVE.value and not options.export
        targets = targets_from(options, settings, needed=needed)
        request = SearchRequest(
            query=query,
            scope=Scope(options.scope),
            page=max(1, options.page),
            size=max(1, min(options.size, settings.max_page_size)),
            sort=options.sort,
            filters=tuple(options.filter),
            facets=FACETS if options.facets is None else options.facets,
            deadline=options.deadline,
        )
        names = {target.id: target.label() for target in targets}
        async with open_federation(settings, targets) as federation:
            if options.export:
                return await _export(federation, request, names, options)
            answer = await federation.search(request)
    if options.json:
        print_json(answer_document(answer, names))
    else:
        _print(answer, names, counted=options.facets or ())
    return _exit_code(answer)


def _sort(text: str) -> tuple[SortKey, ...]:
    names = text.split(",")
    if unknown := [name for name in names if name not in SORTS]:
        raise argparse.ArgumentTypeError(f"there is no order {unknown[0]!r}; there are {', '.join(SORTS)}")
    return tuple(key for name in names for key in SORTS[name] or (SortKey("relevance"),))


def _facets(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(_facet, text.split(","))))


def _filter(text: str) -> tuple[str, str]:
    facet, colon, value = text.partition(":")
    if not colon or not value:
        raise argparse.ArgumentTypeError(f"{text!r} must read FACET:VALUE, for example form:book")
    return _facet(facet), value


def _facet(name: str) -> str:
    if name not in ALL_FACETS:
        raise argparse.ArgumentTypeError(f"there is no facet {name!r}; there are {', '.join(ALL_FACETS)}")
    return name


async def _export(
    federation: Federation, request: SearchRequest, names: dict[str, str], options: argparse.Namespace
) -> int:
    """The whole result, page by page, to a file or to the standard output."""
    asked = replace(request, scope=Scope.INDEX, page=1, size=STEP, facets=(), cursor="")
    count = 0
    with contextlib.ExitStack() as stack:
        out = stack.enter_context(options.output.open("wb")) if options.output else sys.stdout.buffer
        out.write(BEGIN.get(options.export, b""))
        while True:
            answer = await federation.search(asked)
            for union in answer.records:
                out.write(written(union, form=options.export, names=names))
            count += len(answer.records)
            if not answer.cursor:
                break
            asked = replace(asked, cursor=answer.cursor)
        out.write(END.get(options.export, b""))
        out.flush()
    print(f"{count} of {answer.total} union record(s) written", file=sys.stderr)
    return 0


def _print(answer: Answer, names: dict[str, str], counted: tuple[str, ...]) -> None:
    request = answer.request
    about = "about " if answer.total_is_estimate else ""
    print(f"{about}{answer.total} union record(s) in {answer.took_ms / 1000:.2f} s")
    if answer.approximate:
        meant = f"; perhaps you mean: {answer.suggestion}" if answer.suggestion else ""
        print(f"Nothing is exactly so; these come near{meant}")
    first = (request.page - 1) * request.size + 1
    for number, union in enumerate(answer.records, first):
        record = union.record
        by = record.responsibility or "; ".join(person.name for person in record.contributors)
        published = " ".join(
            part for part in ([*(p.publisher for p in record.publications[:1]), str(record.year or "")]) if part
        )
        print(f"\n{number:>3}. {record.title.full()}" + (f" / {by}" if by else ""))
        isbn = next(record.identifiers_of("isbn"), "")
        details = [published, label("forms", record.form, "zh"), isbn]
        print("     " + " · ".join(part for part in details if part))
        libraries = ", ".join(names.get(source, source) for source in union.sources)
        print(f"     {libraries} · {len(union.holdings)} holding(s) · {union.id}")
    for name in counted:
        if values := answer.facets.get(name):
            print(f"\n{name}: " + " · ".join(f"{one.value} {one.count}" for one in values))
    if answer.targets:
        print()
        rows = [
            (
                status.id,
                status.name,
                status.state.value,
                "?" if status.hits is None else status.hits,
                status.returned,
                f"{status.ms:.0f}",
                f"{status.diagnostic.message} {status.diagnostic.detail}".strip() if status.diagnostic else "",
            )
            for status in answer.targets
        ]
        table(rows, ("target", "library", "state", "hits", "returned", "ms", "diagnostic"))


def _exit_code(answer: Answer) -> int:
    """0 when a library (or the index) answered, 1 when every library that was asked failed."""
    failed = [status for status in answer.targets if status.state not in (State.OK, State.PARTIAL)]
    if answer.targets and len(failed) == len(answer.targets):
        print("wenyuan search: no library answered", file=sys.stderr)
        return 1
    return 0
