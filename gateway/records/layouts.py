"""Where systems put copies (``config/maps/holdings.yaml``), and what one library does otherwise.

A library's profile is the ``holdings`` of its target file: layouts by tag over the common ones, ``groups`` (tags in the
order in which they are tried), and ``owners``, which say by ranges of barcodes whose copy it is::

    holdings:
      groups: ["905"]
      "905": {library: b, barcode: c}
      owners:
        - {barcodes: 0100001-0199999, library: 碑林区图书馆}
        - {barcodes: XC*, library: 新城区图书馆}
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, NamedTuple

from gateway.core.errors import ConfigurationError
from gateway.records.labels import table

_BARCODE: Final = re.compile(r"^(\D*)(\d+)$")
_RANGE: Final = re.compile(r"^\s*+(\D*+)(\d++)\s*+[-－–—~～]\s*+(\D*+)(\d++)\s*$")
_PREFIX: Final = re.compile(r"^\s*([^\s*]+)\*\s*$")
_NOT_TAGS: Final = frozenset(("groups", "owners"))


@dataclass(frozen=True, slots=True)
class Layout:
    """One field's layout; each attribute names the subfield codes of an element of :class:`Holding`."""

    tag: str
    flavour: str = ""  #: only in marc21 or only in unimarc records
    needs: str = ""  #: at least one of these subfields
    needs_all: tuple[str, ...] = ()
    library: str = ""
    location: str = ""
    call: tuple[tuple[str, ...], ...] = ()
    call_join: str = "/"
    barcode: str = ""
    copies: str = ""
    copies_each: bool = False
    copy: str = ""
    total: str = ""
    lent: str = ""
    status: str = ""
    not_for_loan: str = ""
    lost: str = ""
    volume: str = ""
    due: str = ""
    note: str = ""
    url: str = ""
    price: str = ""
    inherit: str = ""  #: what this field lacks is taken from the first field of that tag


class Range(NamedTuple):
    """Barcodes of one owner: those with a prefix and a number of so many digits from ``first`` to ``last``."""

    prefix: str
    digits: int  #: 0: whatever follows the prefix
    first: int
    last: int
    library: str

    def holds(self, barcode: str) -> bool:
        if not self.digits:
            return barcode.startswith(self.prefix)
        match = _BARCODE.match(barcode)
        return (
            match is not None
            and match[1] == self.prefix
            and len(match[2]) == self.digits
            and self.first <= int(match[2]) <= self.last
        )


#: By target id, what its file says; filled when targets are read, before any record of theirs is.
_profiles: dict[str, Mapping[str, Any]] = {}


def use_profile(target: str, profile: Mapping[str, Any]) -> None:
    """Records of ``target`` are read by this profile from now on; an empty one forgets what was said before.

    Raises ``ConfigurationError`` for a tag, a key or a range that nobody here understands.
    """
    _check(target, profile)
    if profile:
        _profiles[target] = profile
    else:
        _profiles.pop(target, None)
    layouts.cache_clear()
    _owners.cache_clear()


def _check(target: str, profile: Mapping[str, Any]) -> None:
    known = {field.name for field in dataclasses.fields(Layout)} - {"tag"}
    for tag, settings in profile.items():
        if tag in _NOT_TAGS:
            continue
        if len(tag) != 3 or not isinstance(settings, Mapping):
            raise ConfigurationError(f"Target {target}: holdings has {tag!r}, which is no tag with a layout under it")
        for key in settings:
            if key not in known:
                raise ConfigurationError(
                    f"Target {target}: holdings.{tag} has no key {key!r}; known are {', '.join(sorted(known))}"
                )
    for group in profile.get("groups", ()):
        if group not in table("holdings")["layouts"] and group not in profile:
            raise ConfigurationError(f"Target {target}: holdings.groups names {group!r}, which has no layout")
    for entry in profile.get("owners", ()):
        _range(target, entry)


def _range(target: str, entry: Any) -> Range:
    written = str(entry.get("barcodes", "")) if isinstance(entry, Mapping) else ""
    library = str(entry.get("library", "")).strip() if isinstance(entry, Mapping) else ""
    between, beginning = _RANGE.match(written), _PREFIX.match(written)
    if library and beginning:
        return Range(beginning[1], 0, 0, 0, library)
    if library and between and between[3] in ("", between[1]) and len(between[2]) == len(between[4]):
        first, last = int(between[2]), int(between[4])
        if first <= last:
            return Range(between[1], len(between[2]), first, last, library)
    raise ConfigurationError(
        f"Target {target}: holdings.owners has {entry!r}; write barcodes (0100001-0199999, as many digits on both "
        "sides, or XC* for all that begin so) and library"
    )


def _profile(target: str) -> Mapping[str, Any]:
    return _profiles.get(target) or table("holdings")["profiles"].get(target, {})


@lru_cache(maxsize=256)
def layouts(target: str) -> tuple[Layout, ...]:
    """The layouts to try for records of ``target``, in order."""
    data, profile = table("holdings"), _profile(target)
    found = []
    for tag in profile.get("groups", data["groups"]):
        settings: dict[str, Any] = {**data["layouts"].get(tag, {}), **profile.get(tag, {})}
        settings["call"] = tuple(tuple(alternative) for alternative in settings.get("call", ()))
        settings["needs_all"] = tuple(settings.get("needs_all", ()))
        found.append(Layout(tag=tag, **settings))
    return tuple(found)


@lru_cache(maxsize=256)
def _owners(target: str) -> tuple[Range, ...]:
    return tuple(_range(target, entry) for entry in _profile(target).get("owners", ()))


def owner(target: str, barcode: str) -> str:
    """The library whose barcode it is by the target's profile; empty when no range holds it."""
    return next((each.library for each in _owners(target) if each.holds(barcode)), "")
