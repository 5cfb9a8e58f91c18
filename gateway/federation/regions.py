"""Regions as the libraries in them: what the index and the merged answers are asked to count."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.core.target import Target
from gateway.records.trees import region_parent, region_path

Regions = tuple[tuple[str, tuple[str, ...]], ...]


def regions(targets: Iterable[Target], chosen: Iterable[str]) -> Regions:
    """(code, libraries) of the provinces, of their cities, and of the counties in the chosen ones and around them.

    A city's code stands for its counties' libraries, too, a province's for all in it. The cities are listed when there
    is one province, or theirs is chosen; codes that are chosen are listed in any case, with no library where none lies
    there.
    """
    wanted = list(dict.fromkeys(chosen))
    held: dict[str, list[str]] = {}
    for target in targets:
        for code in region_path(target.region):
            held.setdefault(code, []).append(target.id)
    provinces = [code for code in held if code.endswith("0000")]
    opened = {step for code in wanted for step in region_path(code)} | set(provinces if len(provinces) == 1 else ())
    listed = [code for code in held if not region_parent(code) or region_parent(code) in opened]
    return tuple((code, tuple(held.get(code, ()))) for code in sorted({*listed, *wanted}))
