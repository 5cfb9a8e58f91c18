"""Golden pairs from ``parts.yaml``: a part of every kind makes a record, the parts' meanings what is expected."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

_KINDS = ("number", "language", "statement", "imprint", "physical", "series", "note", "subject", "holding")
COUNT = 240


def pairs() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Name, record in lines, and its meaning, of 80 records in each flavour; no two have all parts alike."""
    parts = yaml.safe_load((Path(__file__).parent / "parts.yaml").read_text("utf-8"))
    for number in range(COUNT):
        flavour = ("cnmarc", "unimarc", "marc21")[number % 3]
        turn = number // 3
        # Steps without a common factor bring every part together with every other sooner or later.
        chosen = {kind: parts[kind][(turn + turn // 7 * at) % len(parts[kind])] for at, kind in enumerate(_KINDS)}
        yield f"{flavour}-{number:03d}", *_pair(f"g{number:03d}", flavour, chosen)


def _pair(identifier: str, flavour: str, chosen: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    marc21 = flavour == "marc21"
    year, language = chosen["imprint"]["year"], chosen["language"]["code"]
    if marc21:
        leader = "00000cam a2200000 i 4500"
        lines = [f"008 200101s{year}    cc            000 0 {language} d"]
    else:
        leader = "00000nam0 2200000   450 "
        lines = [
            f"100 ## $a20200101d{year}    em y0chiy50      ea",
            "102 ## $a" + ("CN" if flavour == "cnmarc" else "FR"),
        ]
    meaning: dict[str, Any] = {"id": f"lib:{identifier}", "source": "lib", "local_id": identifier, "flavour": flavour}
    meaning["year"] = year
    meaning["countries"] = ["FR" if flavour == "unimarc" else "CN"]
    if not marc21:
        meaning["audience"] = "general"
    warnings = []
    for part in chosen.values():
        lines += part["marc21" if marc21 else "unimarc"]
        meaning |= part["means"] | (part.get("means_marc21", {}) if marc21 else {})
        for code, raw in part.get("warns", ()):
            field = "020$a" if marc21 else "010$a"
            warnings.append({"code": code, "message": f"The ISBN is not valid: {raw}", "field": field})
    meaning["warnings"] = warnings
    if flavour == "unimarc" and language == "chi" and any(line[:3] in ("091", "690", "905") for line in lines):
        # Chinese text under fields that only Chinese catalogues have: CNMARC, whatever the country (flavour.py).
        meaning["flavour"] = "cnmarc"
    lines.sort(key=lambda line: re.match(r"...", line)[0])  # type: ignore[index]
    return "\n".join([f"LDR {leader}", f"001 {identifier}", *lines]) + "\n", meaning
