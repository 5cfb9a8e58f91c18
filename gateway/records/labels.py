"""What a code is called, in Chinese and English: forms, languages, relators, countries, status, audience, warnings.

The words are data in ``config/maps/*.yaml``: each code has ``zh`` and ``en`` and whatever else its readers need.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import yaml

from gateway.core.data import config_path

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@lru_cache(maxsize=64)
def table(name: str) -> Mapping[str, Any]:
    """The map ``config/maps/<name>.yaml``; raises ``ConfigurationError`` when there is none of this name."""
    with config_path("maps", f"{name}.yaml").open("rb") as stream:
        loaded = yaml.load(stream, Loader=_Loader)  # noqa: S506 - both loaders are safe ones
    return {str(key): value for key, value in loaded.items()}


@lru_cache(maxsize=4096)
def label(map_name: str, code: str, language: str = "zh") -> str:
    """The name of ``code`` in ``language`` (zh or en, else the other); the code itself when the map lacks it."""
    entry = table(map_name).get(code)
    if isinstance(entry, str):
        return entry
    if not isinstance(entry, Mapping):
        return code
    return str(entry.get(language) or entry.get("en") or entry.get("zh") or code)


@lru_cache(maxsize=64)
def codes(map_name: str) -> tuple[str, ...]:
    """All codes of a map, in the map's order."""
    return tuple(table(map_name))


@lru_cache(maxsize=8)
def words(map_name: str) -> Mapping[str, str]:
    """Every word or code by which records call an entry (``words`` of the map), to the entry's code."""
    found: dict[str, str] = {}
    for code, entry in table(map_name).items():
        if isinstance(entry, Mapping):
            for word in (code, *entry.get("words", ())):
                found.setdefault(str(word), code)
    return found
