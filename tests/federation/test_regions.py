"""Regions as the libraries in them, and what merged answers count beside the usual facets."""

from __future__ import annotations

from gateway.core.ports import FacetValue
from gateway.core.record import Classification, Holding, Record
from gateway.core.target import Target
from gateway.federation.facets import Counted, add_counts, add_years, count, matching, years
from gateway.federation.regions import regions
from gateway.federation.resultset import ResultSet

_TARGETS = [
    Target("prov", "file", region="610000"),
    Target("xian", "file", region="610100"),
    Target("huyi", "file", region="610118"),
    Target("yulin", "file", region="610800"),
    Target("nowhere", "file"),
]


def test_provinces_and_cities_are_listed_and_counties_of_what_is_chosen() -> None:
    everything = ("prov", "xian", "huyi", "yulin")
    assert dict(regions(_TARGETS, [])) == {
        "610000": everything,
        "610100": ("xian", "huyi"),
        "610800": ("yulin",),
    }
    assert dict(regions(_TARGETS, ["610100"]))["610118"] == ("huyi",)
    assert dict(regions(_TARGETS, ["610118"]))["610118"] == ("huyi",)
    assert dict(regions(_TARGETS, ["650000"]))["650000"] == ()
    two = [*_TARGETS, Target("bj", "file", region="110101")]
    assert [code for code, _ in regions(two, [])] == ["110000", "610000"]


def _rows() -> list[Record]:
    return [
        Record(
            id=f"{source}:{n}",
            source=source,
            local_id=str(n),
            year=1990 + n,
            classes=(Classification("clc", number), Classification("ddc", "813")),
            holdings=(Holding(source=source, status=status),),
        )
        for n, (source, number, status) in enumerate(
            [("xian", "TP312", "available"), ("huyi", "I247.5", "unavailable"), ("yulin", "TP18", "unknown")]
        )
    ]


def test_merged_answers_count_trees_years_and_copies() -> None:
    results = ResultSet()
    results.add(_rows())
    rows = results.rows()
    counted = Counted(("availability", "class", "region"), (("class", "TP"),), regions(_TARGETS, []))

    def found(filters: tuple[tuple[str, str], ...]) -> dict[str, dict[str, int]]:
        return {
            name: {value.value: value.count for value in values}
            for name, values in count(rows, filters, counted=counted).items()
        }

    assert found(()) == {
        "availability": {"available": 1, "unavailable": 1},
        "class": {"T": 2, "I": 1, "TP": 2, "TP1": 1, "TP3": 1},
        "region": {"610000": 3, "610100": 2, "610800": 1},
    }
    assert found((("region", "610100"), ("year", "1990..1990"))) == {
        "availability": {"available": 1},
        "class": {"T": 1, "TP": 1, "TP3": 1},
        "region": {"610000": 1, "610100": 1},
    }
    assert [row.union.record.year for row in matching(rows, (("year", "1991.."), ("class", "T")))] == [1992]
    assert years(rows, (("year", "1990"), ("class", "TP"))) == ((1990, 1), (1992, 1))


def test_sums_of_counts() -> None:
    base = {"class": (FacetValue("T", 2),), "year": (FacetValue("1990", 1),)}
    more = {"class": (FacetValue("T", 1), FacetValue("I", 4))}
    assert add_counts(base, more)["class"] == (FacetValue("I", 4), FacetValue("T", 3))
    assert add_years(((1990, 1),), ((1989, 2), (1990, 3))) == ((1989, 2), (1990, 4))
