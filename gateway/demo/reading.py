"""The demo's data files under ``config/demo``, read as YAML; and the one source of its chance."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import yaml

from gateway.core.data import config_path
from gateway.core.errors import ConfigurationError

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read(*parts: str) -> Any:
    """One file under ``config/demo``; raises ``ConfigurationError`` naming the file when it is not YAML."""
    path: Path = config_path("demo", *parts)
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506 - both loaders are the safe ones
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigurationError(f"{path} is not YAML in UTF-8", detail=" ".join(str(error).split())) from error


def draw(*keys: object) -> float:
    """A number from 0 up to 1 that depends on the keys alone: the same in every run and on every machine."""
    digest = hashlib.blake2b("\x1f".join(map(str, keys)).encode("utf-8"), digest_size=6).digest()
    return int.from_bytes(digest, "big") / 2**48
