"""The indices and their mappings. Every name begins with the prefix of the location; programs use the aliases only.

``PREFIX-records`` holds what sources sent, under the record's uid; ``PREFIX-unions`` the union records and all that
they are found by; ``PREFIX-log`` the changes (see ``index.elasticsearch.log``) and the notes. Nothing is analysed by
the node but by splitting at spaces: tokens are made by ``index.document``.
"""

from __future__ import annotations

import asyncio
from typing import Any

from elasticsearch import ApiError

from gateway.core.answer import ALL_FACETS
from gateway.core.errors import ConfigurationError, FatalTargetError
from index import fields
from index.elasticsearch.browsing import field as heading
from index.elasticsearch.location import Location
from index.elasticsearch.transport import Transport

#: Raise when a mapping changes in a way that old documents do not fit.
SCHEMA_VERSION = 2

KINDS = ("records", "unions", "log")
SORT_NUMBERS = ("sort_year_up", "sort_year_down", "sort_added")
SORT_TEXTS = ("sort_title", "sort_stroke", "sort_author")
#: The same without what breaks ties: for all keys but the last, when there are several.
ORDER_NUMBERS = ("order_added",)
ORDER_TEXTS = ("order_title", "order_stroke", "order_author")
MAX_DEPTH = 100_000
_WHITESPACE = "whitespace"
#: The longest term that Lucene takes is 32,766 bytes.
_KEYWORD_LIMIT = 8_000


def alias(location: Location, kind: str) -> str:
    return f"{location.prefix}-{kind}"


def commit_alias(location: Location) -> str:
    """Under this name of the log programs of one format make changes; it is gone while the index is rebuilt, and for
    good for programs of an earlier format."""
    return f"{commit_aliases(location)}{SCHEMA_VERSION}"


def commit_aliases(location: Location) -> str:
    """How all such names begin."""
    return f"{location.prefix}-commit-v"


def index_body(location: Location, kind: str) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "number_of_shards": location.shards if kind != "log" else 1,
        # Without this a shard that nobody searched for half a minute stops making writes visible.
        "refresh_interval": "1s",
    }
    if "-" in location.replicas:
        settings["auto_expand_replicas"] = location.replicas
    else:
        settings["number_of_replicas"] = int(location.replicas)
    if kind == "unions":
        settings["max_result_window"] = MAX_DEPTH
    mappings = {"records": _records, "unions": _unions, "log": _log}[kind]()
    mappings["dynamic"] = False
    mappings["_meta"] = {"wenyuan": {"kind": kind, "schema": SCHEMA_VERSION}}
    names = [alias(location, kind), *([commit_alias(location)] if kind == "log" else [])]
    return {"settings": {"index": settings}, "mappings": mappings, "aliases": {name: {} for name in names}}


def _term(**more: Any) -> dict[str, Any]:
    return {"type": "keyword", "doc_values": False, "ignore_above": _KEYWORD_LIMIT, **more}


def _records() -> dict[str, Any]:
    return {
        "properties": {
            "uid": {"type": "keyword"},
            "keys": _term(),
            "source": {"type": "keyword"},
        }
    }


def _log() -> dict[str, Any]:
    return {"properties": {"n": {"type": "long"}, "applied": {"type": "boolean"}}}


def _unions() -> dict[str, Any]:
    properties: dict[str, Any] = {}
    for name in fields.TEXT:
        properties[name] = {"type": "text", "analyzer": _WHITESPACE, "index_options": "freqs"}
        properties[fields.units(name)] = {"type": "text", "analyzer": _WHITESPACE}
    for name in fields.READABLE:
        properties[fields.pinyin(name)] = {"type": "text", "analyzer": _WHITESPACE}
        properties[fields.pinyin_key(name)] = _term()
        properties[fields.initials(name)] = _term()
    for name in (*fields.CODES, *map(fields.key, fields.KEYED)):
        properties[name] = _term()
    for name in (name for name in ALL_FACETS if name != "region"):  # no record tells its region
        properties[fields.facet(name)] = _term(doc_values=True)
    for name in (fields.YEAR, fields.YEAR_END):
        properties[name] = {"type": "long"}
    for name in (*SORT_NUMBERS, *ORDER_NUMBERS):
        properties[name] = {"type": "long", "index": False}
    for name in (*SORT_TEXTS, *ORDER_TEXTS):
        properties[name] = {"type": "keyword", "index": False}
    for name in sorted(fields.BROWSABLE):
        properties[heading(name)] = _term(doc_values=True)
    properties["weight"] = {"type": "double", "index": False}
    searched = [name for name in properties if name != "id"]
    properties |= {
        "kind": {"type": "keyword"},
        "uid": {"type": "keyword"},
        "change": {"type": "long"},
        "at": {"type": "long"},
        "sources": {"type": "keyword"},
    }
    # What a union is found by is made again from its record; the stored source holds only what is read back.
    return {"_source": {"excludes": [*searched, "id"]}, "properties": properties}


async def prepare(transport: Transport, location: Location, *, outdated: bool = False) -> None:
    """Make the indices that are missing, and wait until they answer; several programs may do so at once.

    ``outdated`` takes those of an earlier format, too. Raises ``ConfigurationError`` when they belong to another
    version of the program, or to somebody else.
    """
    await asyncio.gather(*(_prepare(transport, location, kind, outdated) for kind in KINDS))


async def described(transport: Transport, location: Location, kind: str) -> dict[str, Any]:
    """What the program that made an index wrote down about it: ``schema``, ``kind``, ``rebuilding``."""
    held = await transport.write(lambda es: es.indices.get_mapping(index=alias(location, kind)))
    return dict(next(iter(held.values()))["mappings"].get("_meta", {}).get("wenyuan") or {})


async def describe(
    transport: Transport, location: Location, kind: str, *, rebuilding: bool = False, current: bool = False
) -> None:
    """Write it down: whether it is being rebuilt, and that it is ``current``: of this program's format from now on."""
    told = await described(transport, location, kind)
    told.pop("rebuilding", None)
    told |= ({"rebuilding": True} if rebuilding else {}) | ({"schema": SCHEMA_VERSION} if current else {})
    properties = index_body(location, kind)["mappings"]["properties"]
    await transport.write(
        lambda es: es.indices.put_mapping(index=alias(location, kind), meta={"wenyuan": told}, properties=properties)
    )


async def _prepare(transport: Transport, location: Location, kind: str, outdated: bool) -> None:
    name = alias(location, kind)
    held = await transport.write(lambda es: es.indices.get_mapping(index=name, ignore_unavailable=True))
    if not held:
        body = index_body(location, kind)
        await transport.write(lambda es: _create(es, f"{name}-v{SCHEMA_VERSION}", body))
        held = await transport.write(lambda es: es.indices.get_mapping(index=name))
    if len(held) != 1:
        raise ConfigurationError(f"The alias {name} stands for {len(held)} indices; leave it one")
    meta = next(iter(held.values())).get("mappings", {}).get("_meta", {}).get("wenyuan")
    if not meta or meta.get("kind") != kind:
        raise ConfigurationError(
            f"The index {name} at {location.node} was not made by Wenyuan; give another prefix in the index's address"
        )
    schema = meta.get("schema")
    if schema != SCHEMA_VERSION and not (outdated and isinstance(schema, int) and schema < SCHEMA_VERSION):
        later = isinstance(schema, int) and schema > SCHEMA_VERSION
        raise ConfigurationError(
            f"The index {name} at {location.node} has the format {schema}, this program knows {SCHEMA_VERSION}; "
            + ("use the later version of the program that made it" if later else "run wenyuan index rebuild")
        )
    health = await transport.write(lambda es: es.cluster.health(index=name, wait_for_status="yellow", timeout="20s"))
    if health.get("timed_out"):
        raise FatalTargetError(f"The index {name} at {location.node} does not become ready; look at the node's log")


async def _create(es: Any, name: str, body: dict[str, Any]) -> Any:
    try:
        return await es.indices.create(index=name, **body)
    except ApiError as error:
        if error.error == "resource_already_exists_exception":  # another program was faster
            return {}
        raise
