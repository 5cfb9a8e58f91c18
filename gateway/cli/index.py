"""``wenyuan index move`` and ``rebuild``: the shared index carried over to another engine or another place, or its
searched side made anew."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from gateway import plugins
from gateway.cli.common import Progress, json_option, print_json, settings_from
from gateway.core.errors import ConfigurationError
from gateway.core.ports import Index, ListingIndex, NotingIndex, RebuildingIndex
from gateway.harvest.checkpoint import Checkpoint, Checkpoints
from gateway.union import moving

NAME = "index"
HELP = "move the shared index to another engine or place, or rebuild what is searched"
DESCRIPTION = (
    "move: carry every record, union record and harvest checkpoint of one index over to another one, then compare the "
    "two record by record. The old index is only read and stays as it is. Stop the gateway before, and start it with "
    "the new index afterwards. rebuild: make what is searched anew from the records of the index --from, in the format "
    "of this version of the program. In Elasticsearch gateways go on searching meanwhile, and harvesters of this "
    "version go on writing; the embedded index belongs to one program at a time, so stop the gateway first."
)
EPILOG = """\
examples:
  wenyuan index move --from embedded --to elasticsearch --to-location http://localhost:9200/wenyuan
  wenyuan index move --from elasticsearch --from-location http://localhost:9200/wenyuan --to embedded --to-location new
  wenyuan index rebuild --from elasticsearch --from-location http://localhost:9200/wenyuan
  afterwards: WENYUAN_INDEX=elasticsearch WENYUAN_INDEX_URL=http://localhost:9200/wenyuan wenyuan serve …"""


def arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("action", choices=["move", "rebuild"])
    command.add_argument("--from", dest="source", default="embedded", metavar="ENGINE", help="default embedded")
    command.add_argument("--from-location", metavar="DIR|URL", help="default: the folder or address of the settings")
    command.add_argument("--to", dest="target", default="", metavar="ENGINE", help="embedded, elasticsearch, …")
    command.add_argument("--to-location", metavar="DIR|URL", help="default: the address of the settings")
    command.add_argument("--resume", action="store_true", help="go on into an index that holds records already")
    command.add_argument("--data", type=Path, metavar="DIR", help="folder of the embedded index (default data)")
    command.add_argument("--config", type=Path, metavar="FILE", help="gateway.yaml")
    command.set_defaults(targets=None)
    json_option(command)


async def run(options: argparse.Namespace) -> int:
    settings = settings_from(options, data=options.data)

    def place(engine: str, given: str | None) -> str:
        location = given or (str(settings.data) if engine == "embedded" else settings.index_url)
        if not location:
            raise ConfigurationError(f"Where is the {engine} index? Give --from-location or --to-location")
        return location

    old = place(options.source, options.from_location)
    if options.action == "rebuild":
        return await _rebuild(options, old)
    if not options.target:
        raise ConfigurationError("Which engine is the index to be moved to? Give --to, embedded or elasticsearch")
    new = place(options.target, options.to_location)
    if (options.source, old) == (options.target, new):
        raise ConfigurationError("An index cannot be moved onto itself; give another --to-location")
    source = await plugins.index_factory(options.source)(old)
    try:
        target = await plugins.index_factory(options.target)(new)
        try:
            return await _move(source, target, options)
        finally:
            await target.close()
    finally:
        await source.close()


async def _rebuild(options: argparse.Namespace, location: str) -> int:
    index = await plugins.index_factory(options.source)(location, outdated=True)
    try:
        if not isinstance(index, RebuildingIndex):
            raise ConfigurationError(
                f"An index of {options.source} cannot be rebuilt in its place; move it to a new one"
            )
        bar = Progress("rebuilding", (await index.statistics())["unions"])
        unions = await index.rebuild(bar.update)
        bar.close()
    finally:
        await index.close()
    if options.json:
        print_json({"rebuilt": unions})
    else:
        print(f"{unions:,} union records (gone ones included) can be searched in the present format")
    return 0


async def _move(source: Index, target: Index, options: argparse.Namespace) -> int:
    await target.refresh()
    there = await target.statistics()
    if there["records"] and not options.resume:
        raise ConfigurationError(
            f"The new index holds {there['records']:,} records already; give an empty place, or --resume to go on"
        )
    total = (await source.statistics())["unions"]
    bar = Progress("moving", total)
    await moving.copy(source, target, bar.update)
    bar.close()
    checkpoints = await _checkpoints(source, target)
    bar = Progress("comparing", total)
    found = await moving.compare(source, target, bar.update)
    bar.close()
    if options.json:
        print_json(
            {
                "unions": found.unions,
                "records": found.records,
                "checkpoints": checkpoints,
                "different": found.different,
                "differences": found.named,
            }
        )
    else:
        for sentence in found.named:
            print(sentence, file=sys.stderr)
        if found.different > len(found.named):
            print(f"and {found.different - len(found.named):,} more differences", file=sys.stderr)
        print(
            f"{found.records:,} records in {found.unions:,} union records and {checkpoints} checkpoints moved; "
            + ("compared, and all are the same" if not found.different else f"{found.different:,} are not the same")
        )
    return 1 if found.different else 0


async def _checkpoints(source: Index, target: Index) -> int:
    """Carry over where each library's harvest stands; return how many had begun."""
    if not (isinstance(source, NotingIndex) and isinstance(target, NotingIndex) and isinstance(source, ListingIndex)):
        return 0
    old, new = Checkpoints(source), Checkpoints(target)
    moved = 0
    for name in await source.sources():
        checkpoint = await old.load(name)
        if checkpoint != Checkpoint():
            await new.save(name, checkpoint)
            moved += 1
    return moved
