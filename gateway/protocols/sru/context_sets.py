"""Which access point a CQL index means, by ``config/maps/cql.yaml``; and the usual index for an access point."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import yaml

from gateway.core.data import config_path
from gateway.core.errors import UnsupportedQueryError
from gateway.core.query import INDEXES
from gateway.protocols.sru.cql_ast import Prefix


@dataclass(frozen=True, slots=True)
class ContextSets:
    """Keys are in lower case. ``indexes``: set → index → access point; ``uris``: identifier → set.

    ``names`` and ``identifiers`` are for explain: set → its indexes as one writes them, set → its first identifier.
    """

    indexes: Mapping[str, Mapping[str, str]]
    uris: Mapping[str, str]
    default: tuple[str, ...]
    sort: Mapping[str, str]
    names: Mapping[str, tuple[str, ...]]
    identifiers: Mapping[str, str]

    def resolve(self, name: str, prefixes: tuple[Prefix, ...] = ()) -> str:
        """The access point of an index; raises ``UnsupportedQueryError`` that names the set or the index."""
        prefix, dot, base = name.partition(".")
        if not dot:
            prefix, base = "", name
        uri = next((p.uri for p in reversed(prefixes) if p.name.lower() == prefix.lower()), None)
        if uri is not None:
            known = self.uris.get(uri.lower())
            if known is None:
                raise UnsupportedQueryError(
                    f"The context set '{uri}' is not known; use cql, dc, bath, bib, rec or marc",
                    feature=f"context set {uri}",
                )
            sets: tuple[str, ...] = (known,)
        elif prefix:
            if prefix.lower() not in self.indexes:
                raise UnsupportedQueryError(
                    f"The context set '{prefix}' of index '{name}' is not known; use cql, dc, bath, bib, rec or marc",
                    feature=f"context set {prefix}",
                )
            sets = (prefix.lower(),)
        else:
            sets = self.default
        for each in sets:
            if found := self.indexes[each].get(base.lower()):
                return found
        raise UnsupportedQueryError(
            f"The index '{name}' is not known; known are for example dc.title, dc.creator, dc.subject, bath.isbn",
            feature=f"index {name}",
        )

    def sort_key(self, name: str) -> str:
        """The sort key of an index, its prefix left aside; raises ``UnsupportedQueryError``."""
        found = self.sort.get(name.rpartition(".")[2].lower())
        if found is None:
            raise UnsupportedQueryError(
                f"Results cannot be sorted by '{name}'; known are title, creator, date and relevance",
                feature=f"sort key {name}",
            )
        return found


@lru_cache(maxsize=1)
def context_sets() -> ContextSets:
    """The sets of ``config/maps/cql.yaml``, read once."""
    data: Any = yaml.safe_load(config_path("maps", "cql.yaml").read_text(encoding="utf-8"))
    indexes: dict[str, Mapping[str, str]] = {}
    uris: dict[str, str] = {}
    names: dict[str, tuple[str, ...]] = {}
    identifiers: dict[str, str] = {}
    for name, entry in data["sets"].items():
        points = {str(key).lower(): str(value) for key, value in entry["indexes"].items()}
        unknown = set(points.values()).difference(INDEXES)
        if unknown:
            raise ValueError(f"config/maps/cql.yaml, set {name}: {', '.join(sorted(unknown))} is no access point")
        indexes[name.lower()] = MappingProxyType(points)
        names[name] = tuple(str(key) for key in entry["indexes"])
        identifiers[name] = str(entry["uris"][0])
        uris.update({str(uri).lower(): name.lower() for uri in entry["uris"]})
    return ContextSets(
        MappingProxyType(indexes),
        MappingProxyType(uris),
        tuple(data["default"]),
        MappingProxyType(data["sort"]),
        MappingProxyType(names),
        MappingProxyType(identifiers),
    )


@lru_cache(maxsize=1)
def usual_indexes() -> Mapping[str, str]:
    """Access point → CQL index, of ``config/maps/cql-indexes.yaml``, read once."""
    data: Any = yaml.safe_load(config_path("maps", "cql-indexes.yaml").read_text(encoding="utf-8"))
    return MappingProxyType({str(key): str(value) for key, value in data.items()})
