"""YAML files that people write, read with a limit and with errors that name the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from gateway.core.errors import ConfigurationError

MAX_FILE = 1_000_000


def read_yaml(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > MAX_FILE:
            raise ConfigurationError(f"{path} is larger than {MAX_FILE:,} bytes; that is no settings file")
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read", detail=error.strerror) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} is not YAML in UTF-8", detail=" ".join(str(error).split())) from error
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise ConfigurationError(f"{path} must hold keys and values")
    return values
