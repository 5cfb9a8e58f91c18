"""``wenyuan check``: is everything that an operator wrote right, before anything is started?"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import TypeVar

from gateway import plugins
from gateway.cli.common import TARGET_URLS, json_option, print_json, settings_from, target_options
from gateway.core.codec import plain
from gateway.core.data import config_root
from gateway.core.errors import ConfigurationError, WenyuanError
from gateway.core.target import Target
from gateway.settings import GatewaySettings, target_from_url
from gateway.settings.targets import load_target_file

NAME = "check"
HELP = "check settings, target files and the installation; contacts nobody"
DESCRIPTION = (
    "Check the gateway's settings, every target file, the plug-ins and the installation. No library is contacted."
)
EPILOG = TARGET_URLS

T = TypeVar("T")


def arguments(command: argparse.ArgumentParser) -> None:
    target_options(command)
    json_option(command)


async def run(options: argparse.Namespace) -> int:
    findings = check(options)
    if options.json:
        print_json(plain(findings))
    else:
        for finding in findings:
            print(f"{finding.level:<7} {finding.what}" + (f": {finding.message}" if finding.message else ""))
    return 2 if any(finding.level == "error" for finding in findings) else 0


@dataclass(frozen=True, slots=True)
class Finding:
    level: str  #: ok | warning | error
    what: str
    message: str = ""


class Findings(list[Finding]):
    def attempt(self, what: str, action: Callable[[], T]) -> T | None:
        """Run a check; its error, if any, becomes a finding."""
        try:
            value = action()
        except WenyuanError as error:
            self.append(Finding("error", what, str(error)))
            return None
        self.append(Finding("ok", what))
        return value


def check(options: argparse.Namespace) -> Findings:
    findings = Findings()
    findings.attempt("data files", config_root)
    settings = findings.attempt("settings", lambda: settings_from(options)) or GatewaySettings()
    known = _target_files(findings, settings.targets) if settings.targets else {}
    chosen = [findings.attempt(f"target {spec}", partial(target_from_url, spec, known)) for spec in options.target]
    connectors = {target.connector for target in [*known.values(), *chosen] if target is not None}
    for name in sorted(connectors):
        findings.attempt(f"connector {name}", partial(plugins.connector_factory, name))
    findings.attempt(f"index {settings.index}", lambda: plugins.index_factory(settings.index))
    findings.extend(_foreign_packages())
    return findings


def _target_files(findings: Findings, folder: Path) -> dict[str, Target]:
    if not folder.is_dir():
        findings.append(Finding("error", "targets", f"The folder of targets {folder} does not exist"))
        return {}
    known: dict[str, Target] = {}
    for path in sorted(folder.glob("[!_]*.yaml")):
        target = findings.attempt(f"target {path.name}", partial(_load_unique, path, known))
        if target is not None:
            known[target.id] = target
    return known


def _load_unique(path: Path, known: dict[str, Target]) -> Target:
    target = load_target_file(path)
    if target.id in known:
        raise ConfigurationError(f"The target id {target.id!r} is used by another file, too")
    return target


def _foreign_packages() -> list[Finding]:
    """Another distribution that installs a package called like one of ours would be imported in its place."""
    owners = packages_distributions()
    found = []
    for package in plugins.OWN_PACKAGES:
        foreign = sorted({name for name in owners.get(package, []) if name.lower() != "wenyuan"})
        if foreign:
            words = f"the distribution {', '.join(foreign)} installs a package of the same name; uninstall one of them"
            found.append(Finding("warning", f"package {package}", words))
    return found
