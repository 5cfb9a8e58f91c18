"""Connectors and indexes by entry point: built-in ones and those of other distributions are found the same way."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any, cast

from gateway.core.errors import ConfigurationError
from gateway.core.ports import ConnectorFactory, IndexFactory

CONNECTORS = "wenyuan.connectors"
INDEXES = "wenyuan.indexes"
#: The import names that this distribution puts on the path; another owner of one of them would shadow it.
OWN_PACKAGES = ("gateway", "connectors", "index")


@lru_cache(maxsize=64)  # a province has 113 members and three kinds of connectors; looking one up reads files
def connector_factory(name: str) -> ConnectorFactory:
    return cast(ConnectorFactory, _load(CONNECTORS, name))


def index_factory(name: str) -> IndexFactory:
    return cast(IndexFactory, _load(INDEXES, name))


def available(group: str) -> Iterator[EntryPoint]:
    yield from sorted(entry_points(group=group), key=lambda point: point.name)


def _load(group: str, name: str) -> Any:
    for point in available(group):
        if point.name == name:
            try:
                return point.load()
            except Exception as error:  # whatever a third party's module raises while it is imported
                raise ConfigurationError(
                    f"The plug-in {name!r} ({point.value}) cannot be loaded", detail=repr(error)
                ) from error
    known = ", ".join(point.name for point in available(group)) or "none; is the distribution installed?"
    raise ConfigurationError(f"No plug-in of group {group} is called {name!r}; known are: {known}")
