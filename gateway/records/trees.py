"""Facets with levels (class numbers, regions), ranges of years, and what was seen of copies.

A value of a tree counts for everything above it, too: a record in ``TP312`` has the values ``T``, ``TP``, ``TP3``,
``TP31`` and ``TP312`` of the facet ``class``. The facet ``region`` has GB/T 2260 codes of six digits: the county's, the
city's and the province's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from gateway.core.record import UnionRecord

#: A class number of the Chinese Library Classification: L, M, W and Y begin none; a second letter is used in T and for
#: a few special tables. What follows a sign of combination or a general subdivision does not count.
_CLC = re.compile(r"([A-KN-VXZ])([A-Z]?)(\d{0,12})(?:\.(\d{1,12}))?")
#: Levels below the letters; deeper ones hold few records each.
_DIGITS = 5
_YEARS = re.compile(r"(-?\d{1,4})?\.\.(-?\d{1,4})?")
_SEEN = ("available", "unavailable", "reference", "on_order")


def class_path(value: str) -> tuple[str, ...]:
    """The tree's values of one class number, from the top; () when it is none of the Chinese Library Classification.

    >>> class_path("TP312.8")
    ('T', 'TP', 'TP3', 'TP31', 'TP312', 'TP3128')
    """
    match = _CLC.match(value.strip().upper())
    if match is None:
        return ()
    main, second, digits, rest = match.groups()
    stem = main + second
    digits = (digits + (rest or ""))[:_DIGITS]
    steps = [stem[:end] for end in range(1, len(stem) + 1)]
    return (*steps, *(stem + digits[:end] for end in range(1, len(digits) + 1)))


def class_notation(value: str) -> str:
    """A value of the facet as class numbers are written.

    >>> class_notation("I2475")
    'I247.5'
    """
    letters = value.rstrip("0123456789")
    digits = value[len(letters) :]
    return letters + digits[:3] + (f".{digits[3:]}" if len(digits) > 3 else "")


def class_ancestors(value: str) -> tuple[str, ...]:
    """The values above one of the facet ``class``, from the top, and itself; () for what is no value of it."""
    return tuple(value[:end] for end in range(1, len(value) + 1)) if re.fullmatch(r"[A-Z]{1,2}\d{0,5}", value) else ()


def opened(chosen: Iterable[str]) -> frozenset[str]:
    """The values of the facet ``class`` whose direct children are counted when these are chosen or opened."""
    return frozenset(step for value in chosen for step in class_ancestors(value))


def is_shown(value: str, parents: frozenset[str]) -> bool:
    """Whether a value of the facet ``class`` stands at the top or directly under one of these."""
    return len(value) == 1 or value[:-1] in parents


def region_path(code: str) -> tuple[str, ...]:
    """Province, city and county of a region's code.

    >>> region_path("610118"), region_path("610100")
    (('610000', '610100', '610118'), ('610000', '610100'))
    """
    if not re.fullmatch(r"[1-9]\d{5}", code):
        return ()
    return tuple(dict.fromkeys((f"{code[:2]}0000", f"{code[:4]}00", code)))


def region_parent(code: str) -> str:
    """The region around; "" for a province."""
    path = region_path(code)
    return path[-2] if len(path) > 1 else ""


def year_range(value: str) -> tuple[int | None, int | None] | None:
    """The ends of a range of years as a filter has it (``1990..1999``, ``1990..``, ``..1949``); None for a year."""
    match = _YEARS.fullmatch(value)
    if match is None or match.groups() == (None, None):
        return None
    low, high = match.groups()
    return (int(low) if low else None, int(high) if high else None)


def further_values(union: UnionRecord) -> dict[str, tuple[str, ...]]:
    """The values of the facets that :func:`gateway.records.facets.facet_values` leaves out, but ``region``, which no
    record tells."""
    record = union.record
    steps = (class_path(item.value) for item in record.classes if item.scheme == "clc")
    statuses = {holding.status for holding in union.holdings}
    return {
        "availability": tuple(status for status in _SEEN if status in statuses),
        "class": tuple(dict.fromkeys(step for path in steps for step in path)),
    }


def regions_of(sources: Sequence[str], regions: Iterable[tuple[str, Sequence[str]]]) -> tuple[str, ...]:
    """Those of the regions (code, libraries) that one of these libraries lies in."""
    held = set(sources)
    return tuple(code for code, libraries in regions if not held.isdisjoint(libraries))
