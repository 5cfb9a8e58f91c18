"""Where the data files of ``config/`` lie: beside the source in a checkout, inside the package when installed."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from gateway.core.errors import ConfigurationError

_PACKAGE = Path(__file__).resolve().parent.parent


@lru_cache(maxsize=1)
def config_root() -> Path:
    for root in (_PACKAGE / "_config", _PACKAGE.parent / "config"):
        if root.is_dir():
            return root
    raise ConfigurationError("Wenyuan's own data files (config/) are missing; reinstall the package")


def config_path(*parts: str) -> Path:
    """A file or folder under ``config/``; raises ``ConfigurationError`` when it is not there."""
    path = config_root().joinpath(*parts)
    if not path.exists():
        raise ConfigurationError(f"Wenyuan's own data file config/{'/'.join(parts)} is missing; reinstall the package")
    return path
