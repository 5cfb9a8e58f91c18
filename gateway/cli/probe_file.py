"""Target files written out of a probe, and the comparison of one with a later probe."""

from __future__ import annotations

import datetime
import json
import re
import textwrap
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import yaml

from gateway.core.probe import ProbeReport
from gateway.core.target import Target

_WIDTH: Final = 116
_FACTS: Final = "# found: "
_FACT: Final = re.compile(r'^# found: ([\w.()-]+) = (".*")$')
#: Facts that differ from one probe to the next without meaning anything.
_UNSTEADY: Final = ("speed.", "probe.", "access.")
_CHECKED: Final = (
    "term_charset", "record_charset", "syntax", "flavour", "element_set", "page_size", "attributes", "options",
)  # fmt: skip


class Change(NamedTuple):
    name: str
    before: str
    now: str


def write(target: Target, url: str, report: ProbeReport, day: datetime.date) -> str:
    """A file that ``gateway.settings`` loads as it is: the settings with their reasons, then all that was found."""
    return "\n".join(_lines(target, url, report, day)) + "\n"


def _lines(target: Target, url: str, report: ProbeReport, day: datetime.date) -> Iterator[str]:
    yield from _comment(
        f"Found by wenyuan probe on {day.isoformat()}. wenyuan probe --check with this file tells what changed since."
    )
    server = " ".join(fact.value for fact in report.facts if fact.name in ("server.name", "server.version"))
    yield from _comment(f"The server calls itself: {server or '(nothing)'}")
    yield _pair("id", target.id)
    yield _pair("url", url)
    yield "# the library's name, as readers are to see it"
    yield "name:"
    for language in ("zh", "en"):
        yield "  " + _pair(language, target.label(language))
    if target.region:
        yield _pair("region", target.region)
    if target.user:
        yield _pair("user", target.user)
    if target.group:
        yield _pair("group", target.group)
    if target.password:
        yield "# the password is read from this variable of the environment, never from this file"
        yield _pair("password_env", f"WENYUAN_PASSWORD_{re.sub('[^A-Z0-9]', '_', target.id.upper())}")
    for key in dict.fromkeys((*report.remarks, *report.settings)):
        if "." in key:
            continue
        yield from _comment(report.remarks.get(key, ""))
        value = report.settings.get(key)
        if isinstance(value, dict):
            # Options that the address gave (TLS, the form of the account) are needed to reach the server at all.
            yield from _mapping(key, {**target.options, **value} if key == "options" else value, report)
        elif value is not None:
            yield _pair(key, value)
    yield ""
    yield from _comment("Everything that was found. These lines are read by --check; leave them as they are.")
    for name, value in facts(report).items():
        yield f"{_FACTS}{name} = {json.dumps(value, ensure_ascii=False)}"


def _mapping(key: str, values: dict[str, Any], report: ProbeReport) -> Iterator[str]:
    for name, remark in report.remarks.items():
        if name.startswith(f"{key}."):
            yield from _comment(f"{name.partition('.')[2]}: {remark}")
    if values:
        yield f"{key}:"
        for name, value in values.items():
            yield "  " + _pair(name, value)


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _pair(key: str, value: object) -> str:
    """One line of YAML. Texts of a server are quoted, so that none of them can mean anything else."""
    if isinstance(value, str):
        plain = re.fullmatch(r"[A-Za-z][A-Za-z0-9_./:+-]*[A-Za-z0-9_/]|[A-Za-z]", value)
        if not plain or value.lower() in ("yes", "no", "on", "off", "true", "false", "null", "y", "n"):
            return f"{key}: {json.dumps(_clean(value), ensure_ascii=False)}"
    return f"{key}: {value}"


def _comment(text: str) -> Iterator[str]:
    for line in textwrap.wrap(_clean(text), _WIDTH, break_on_hyphens=False):
        yield f"# {line}"


def _clean(text: str) -> str:
    """One line without control characters, whatever a server said."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def facts(report: ProbeReport) -> dict[str, str]:
    """Each fact as one line of text."""
    out = {}
    for fact in report.facts:
        more = "" if fact.confidence is None else f"confidence {fact.confidence:.2f}"
        why = "; ".join(filter(None, (fact.why, more)))
        out[fact.name] = _clean(fact.value + (f" ({why})" if why else ""))
    return out


def compare(text: str, report: ProbeReport) -> list[Change]:
    """What a probe finds otherwise than a target file says: its settings, and the facts noted in it, if any."""
    values = yaml.safe_load(text)
    settings = values if isinstance(values, dict) else {}
    changes = []
    for key in _CHECKED:
        if key not in settings and key not in report.settings:
            continue
        if key not in settings and _FACTS not in text:
            continue  # a person who did not write it down left it to the defaults
        before, now = settings.get(key), report.settings.get(key)
        if key in ("attributes", "options"):
            # Beside what a probe can find, a file holds what a person decided.
            found = _dict(now)
            before = {name: value for name, value in _dict(before).items() if name in found or key == "attributes"}
            now = found
        if before != now and (before or now):
            changes.append(Change(key, _text(before), _text(now)))
    noted = dict(_noted(text))
    present = {fact.name: fact.value for fact in report.facts}
    for name in dict.fromkeys((*noted, *(present if noted else ()))):
        if name.startswith(_UNSTEADY):
            continue
        before_, now_ = noted.get(name, ""), _clean(present.get(name, ""))
        if before_ != now_ and not before_.startswith(f"{now_} ("):
            changes.append(Change(name, before_, now_))
    return changes


def _text(value: object) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)


def _noted(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        found = _FACT.match(line)
        if found:
            try:
                yield found[1], str(json.loads(found[2]))
            except ValueError:
                continue
