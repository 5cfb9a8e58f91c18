"""The sets of the repository: one for each library and one for each sector, below two that name the hierarchy."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from gateway.core.target import Target
from gateway.protocols.oaipmh.response import SetDescription

_SECTORS = {
    "public": "公共图书馆 / Public libraries",
    "university": "高校图书馆 / University libraries",
    "government": "机关图书馆 / Government libraries",
    "other": "其他图书馆 / Other libraries",
}
_FOREIGN = re.compile(r"[^A-Za-z0-9_.!*'()-]")


class Sets:
    """``targets`` are the libraries that are configured; the index may hold records of others, too."""

    def __init__(self, targets: Sequence[Target]) -> None:
        self._names = {target.id: " / ".join(dict.fromkeys((target.label(), target.label("en")))) for target in targets}
        self._sectors: dict[str, list[str]] = {}
        for target in targets:
            self._sectors.setdefault(target.sector, []).append(target.id)
        self._sector_of = {target.id: target.sector for target in targets}

    def described(self, held: Mapping[str, int]) -> list[SetDescription]:
        """All sets; ``held`` names the sources that the index has records of."""
        libraries = dict.fromkeys((*self._names, *held))
        return [
            SetDescription("library", "各馆 / By library"),
            *(SetDescription(_library(each), self._names.get(each, each)) for each in libraries),
            SetDescription("sector", "各系统 / By sector"),
            *(SetDescription(f"sector:{sector}", _SECTORS.get(sector, sector)) for sector in self._sectors),
        ]

    def of(self, sources: Iterable[str]) -> tuple[str, ...]:
        """The sets of a record that these libraries have."""
        listed = list(sources)
        sectors = sorted({self._sector_of[each] for each in listed if each in self._sector_of})
        return (*map(_library, listed), *(f"sector:{sector}" for sector in sectors))

    def sources(self, spec: str, held: Mapping[str, int]) -> tuple[str, ...] | None:
        """The libraries of a set: None for all, an empty tuple for a set that there is not."""
        if spec == "library":
            return None
        if spec == "sector":
            return tuple(self._sector_of)
        kind, _, name = spec.partition(":")
        if kind == "sector":
            return tuple(self._sectors.get(name, ()))
        return tuple(each for each in dict.fromkeys((*self._names, *held)) if _library(each) == spec)


def _library(source: str) -> str:
    """setSpec takes few characters (OAI-PMH.xsd, setSpecType): others are written ``~`` and their number."""
    return "library:" + _FOREIGN.sub(lambda match: f"~{ord(match.group()):x}~", source)
