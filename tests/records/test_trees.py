"""Class numbers and regions as trees, ranges of years."""

from __future__ import annotations

import pytest

from gateway.records import trees


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("I247.5", ("I", "I2", "I24", "I247", "I2475")),
        ("tp312C", ("T", "TP", "TP3", "TP31", "TP312")),
        ("K837.125.7", ("K", "K8", "K83", "K837", "K8371", "K83712")),
        ("TP391.41:J2", ("T", "TP", "TP3", "TP39", "TP391", "TP3914", "TP39141")),
        (" D92 ", ("D", "D9", "D92")),
        ("I207.411-44", ("I", "I2", "I20", "I207", "I2074", "I20741")),
        ("Z", ("Z",)),
        ("PS3515.E37", ("P", "PS", "PS3", "PS35", "PS351", "PS3515")),
        ("L12", ()),
        ("813.54", ()),
        ("", ()),
        ("文学", ()),
    ],
)
def test_class_paths(written: str, path: tuple[str, ...]) -> None:
    assert trees.class_path(written) == path


def test_notation_puts_the_point_behind_three_digits() -> None:
    assert [trees.class_notation(value) for value in ("I", "TP", "I247", "I2475", "TP31212")] == [
        "I", "TP", "I247", "I247.5", "TP312.12",
    ]  # fmt: skip


def test_only_branches_that_were_opened_are_shown() -> None:
    parents = trees.opened(["TP3"])
    assert parents == {"T", "TP", "TP3"}
    shown = [
        value for value in ("I", "I2", "T", "TN", "TP", "TP1", "TP3", "TP31", "TP312") if trees.is_shown(value, parents)
    ]
    assert shown == ["I", "T", "TN", "TP", "TP1", "TP3", "TP31"]
    assert trees.opened(["x", "", "TP3*"]) == frozenset()


def test_region_paths() -> None:
    assert trees.region_path("610118") == ("610000", "610100", "610118")
    assert trees.region_path("610000") == ("610000",)
    assert (trees.region_path("61"), trees.region_path("Xi'an")) == ((), ())
    assert [trees.region_parent(code) for code in ("610118", "610100", "610000", "x")] == ["610100", "610000", "", ""]


@pytest.mark.parametrize(
    ("value", "ends"),
    [
        ("1990..1999", (1990, 1999)),
        ("1990..", (1990, None)),
        ("..1949", (None, 1949)),
        ("-200..-100", (-200, -100)),
        ("..", None),
        ("1990", None),
        ("1990-1999", None),
        ("19900..", None),
    ],
)
def test_year_ranges(value: str, ends: tuple[int | None, int | None] | None) -> None:
    assert trees.year_range(value) == ends
