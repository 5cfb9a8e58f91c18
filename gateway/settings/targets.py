"""Targets from a folder of YAML files (one library a file, over ``_defaults.yaml``), or from a URL."""

from __future__ import annotations

import difflib
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from pydantic import ValidationError

from gateway.core.data import config_root
from gateway.core.errors import ConfigurationError
from gateway.core.target import Target
from gateway.settings.model import SCHEMES, TargetModel
from gateway.settings.reading import read_yaml

#: Query parameters of a target URL that set a key of the target file; all others become ``options``.
_URL_KEYS = frozenset(TargetModel.model_fields) - {"id", "url", "options", "attributes", "password_file"}
#: Options that connectors know (see each connector's documentation).
_URL_OPTIONS = frozenset(
    {"version", "schema", "id", "tls", "authentication", "encoding", "format", "query_type"}
    | {"prefix", "set", "overlap", "strip"}
    | {"packing", "method", "relations", "explain"}
)
#: Options with these beginnings are handed on to the server by the SRU connector (SRU 1.2, "Extensions").
_EXTENSION = "x-"


def load_targets(folder: Path) -> list[Target]:
    """All targets of a folder in the order of their file names. Raises ``ConfigurationError`` naming the file."""
    if not folder.is_dir():
        raise ConfigurationError(f"The folder of targets {folder} does not exist; make it or give another one")
    targets: dict[str, Target] = {}
    for path in sorted(folder.glob("*.yaml")):
        if path.name.startswith("_"):
            continue
        target = load_target_file(path)
        if target.id in targets:
            raise ConfigurationError(f"{path}: the target id {target.id!r} is used by another file, too")
        targets[target.id] = target
    return list(targets.values())


def load_target_file(path: Path) -> Target:
    """One library's file over its profile over ``_defaults.yaml`` of the same folder."""
    values = read_yaml(path)
    beside = path.parent / "_defaults.yaml"
    defaults = read_yaml(beside) if beside.exists() else {}
    values.setdefault("id", path.stem)
    profile = str(values.get("profile") or defaults.get("profile") or "")
    merged = _over(_over(defaults, _profile(profile, str(path)) if profile else {}), values)
    return _model(merged, str(path)).target()


def target_from_url(spec: str, known: dict[str, Target] | None = None) -> Target:
    """``spec`` is the id of a known target, or a URL such as ``z3950://host:210/Default?charset=gbk&syntax=unimarc``.

    Query parameters are keys of the target file. A URL's id is made of its host, port and path.
    """
    known = known or {}
    if spec in known:
        return known[spec]
    parts = urlsplit(spec)
    if not parts.scheme or parts.scheme.lower() not in {*SCHEMES, "http", "https"}:
        near = difflib.get_close_matches(spec, known, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        schemes = ", ".join(f"{scheme}://" for scheme in SCHEMES)
        raise ConfigurationError(f"{spec!r} is no known target and no address that starts with one of {schemes}.{hint}")
    values: dict[str, Any] = {"options": {}}
    for key, value in parse_qsl(parts.query, keep_blank_values=True, max_num_fields=100):
        if key in _URL_KEYS:
            values[key] = value
        elif key in _URL_OPTIONS or key.lower().startswith(_EXTENSION):
            values["options"][key] = value
        else:
            near = difflib.get_close_matches(key, [*_URL_KEYS, *_URL_OPTIONS], n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise ConfigurationError(f"{spec!r}: no option of a target is called {key!r}.{hint}")
    identifier = values["options"].pop("id", "") or _id_of(parts.hostname or "", parts.netloc, parts.path)
    values |= {"id": identifier, "url": urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))}
    profile = str(values.get("profile") or "")
    if profile:
        values = _over(_profile(profile, spec), values)
    return _model(values, spec).target()


def _id_of(host: str, netloc: str, path: str) -> str:
    port = netloc.rpartition(":")[2] if re.search(r":\d+$", netloc) else ""
    if not host:
        path = Path(path).name
    text = "-".join(part for part in (host, port, path.strip("/")) if part)
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", text).strip("-.")[:64] or "target"


def _profile(name: str, where: str) -> dict[str, Any]:
    path = config_root() / "profiles" / f"{name}.yaml"
    if not re.fullmatch(r"[A-Za-z0-9_-]+", name) or not path.exists():
        known = ", ".join(sorted(file.stem for file in (config_root() / "profiles").glob("*.yaml")))
        raise ConfigurationError(f"{where}: there is no profile {name!r}; known are: {known or 'none'}")
    values = read_yaml(path)
    values.pop("description", None)
    return values


def _over(base: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """``values`` over ``base``; mappings are joined key by key, everything else replaced."""
    merged = dict(base)
    for key, value in values.items():
        below = merged.get(key)
        merged[key] = {**below, **value} if isinstance(below, dict) and isinstance(value, dict) else value
    return merged


def _model(values: dict[str, Any], where: str) -> TargetModel:
    try:
        return TargetModel.model_validate(values)
    except ValidationError as error:
        problems = []
        for item in error.errors(include_url=False, include_input=False, include_context=False):
            key = ".".join(str(part) for part in item["loc"]) or "(whole file)"
            hint = ""
            if item["type"] == "extra_forbidden":
                near = difflib.get_close_matches(key, TargetModel.model_fields, n=1)
                hint = f"; did you mean {near[0]!r}?" if near else ""
            problems.append(f"{key}: {item['msg']}{hint}")
        raise ConfigurationError(f"{where}: {'; '.join(problems)}") from error
