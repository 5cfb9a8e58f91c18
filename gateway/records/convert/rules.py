"""``config/maps/conversion.yaml`` in the form that conversion uses: rules by tag, in both directions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from gateway.records.labels import table
from gateway.records.marc import Field


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the table, seen from one side: ``pairs`` are source code → target code."""

    source: str
    target: str
    pairs: Mapping[str, str]
    how: str
    indicators: str  #: of the new field
    need: Mapping[str, str] = field(default_factory=dict)  #: MARC 21 indicators (i1, i2) and subfields
    glue: Mapping[str, str] = field(default_factory=dict)
    add: Mapping[str, str] = field(default_factory=dict)

    def fits(self, found: Field) -> bool:
        """Whether a MARC 21 field has what this line asks for."""
        for name, value in self.need.items():
            if name == "i1":
                has = found.ind1
            elif name == "i2":
                has = found.ind2
            else:
                has = found.get(name).strip().lower()[: len(value)]
            if has != value:
                return False
        return True


@dataclass(frozen=True, slots=True)
class Rules:
    to_marc21: Mapping[str, tuple[Rule, ...]]
    to_unimarc: Mapping[str, tuple[Rule, ...]]
    codes: Mapping[str, Mapping[str, str]]  #: UNIMARC code → MARC 21 code
    back: Mapping[str, Mapping[str, str]]  #: MARC 21 code → UNIMARC code
    punctuation: Mapping[str, Mapping[str, str]]
    same: frozenset[str]
    plain_notes: frozenset[str]
    coded: Mapping[str, frozenset[str]]
    subject_indicators: Mapping[str, str]
    subject_sources: Mapping[str, str]
    subdivisions: tuple[tuple[str, str], ...]


def _pairs(text: str) -> list[tuple[str, str]]:
    return [(pair[0], pair[1]) for pair in str(text).split()]


def _first(pairs: list[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for source, target in pairs:
        found.setdefault(source, target)
    return found


def _blank(indicators: str) -> str:
    return indicators.replace("#", " ")


def _rules(line: Mapping[str, Any]) -> tuple[Rule, Rule]:
    pairs = _pairs(line.get("subfields", ""))
    need = {str(name): str(value) for name, value in line.get("need", {}).items()}
    how = line.get("how", "plain")
    glue = line.get("glue", {})
    forward = Rule(
        line["unimarc"], line["marc21"], _first(pairs), how, _blank(line.get("marc21_indicators", "##")), need, glue
    )
    backward = Rule(
        line["marc21"],
        line["unimarc"],
        _first([(target, source) for source, target in pairs]),
        how,
        _blank(line.get("unimarc_indicators", "##")),
        need,
        add={str(name): str(value) for name, value in line.get("add", {}).items()},
    )
    return forward, backward


@lru_cache(maxsize=1)
def rules() -> Rules:
    data = table("conversion")
    forward: dict[str, tuple[Rule, ...]] = {}
    backward: dict[str, tuple[Rule, ...]] = {}
    for line in data["fields"]:
        one, other = _rules(line)
        only = line.get("only", "")
        if only != "unimarc":
            forward[one.source] = (*forward.get(one.source, ()), one)
        if only != "marc21":
            backward[other.source] = (*backward.get(other.source, ()), other)
    back: dict[str, dict[str, str]] = {}
    for name, codes in data["codes"].items():
        for unimarc, marc21 in codes.items():
            back.setdefault(name, {}).setdefault(marc21, unimarc)
    return Rules(
        forward,
        backward,
        data["codes"],
        back,
        data["punctuation"],
        frozenset(data["same"]),
        frozenset(data["plain_notes"]),
        {name: frozenset(tags) for name, tags in data["coded"].items()},
        data["subject_indicators"],
        data["subject_sources"],
        tuple(_pairs(data["subdivisions"])),
    )
