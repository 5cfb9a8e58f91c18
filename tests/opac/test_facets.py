from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest

from gateway.core.ports import FacetValue
from gateway.frontends.opac.facets import BAR_HEIGHT, MANY_YEARS, SHOWN, FacetLinks, histogram, paging
from gateway.frontends.opac.links import SearchLinks


def facet_links(*filters: str) -> FacetLinks:
    links = SearchLinks({"q": ["x"], "filter": list(filters)})
    return FacetLinks(links, "zh", lambda table, code, language: f"{table}.{code}.{language}", lambda name: f"«{name}»")


def filters(url: str) -> list[str]:
    return [value for name, value in parse_qsl(urlsplit(url).query) if name == "filter"]


def test_values_have_names_and_counts_and_long_lists_are_cut() -> None:
    values = {
        "library": [FacetValue(f"l{n}", 9) for n in range(SHOWN + 3)],
        "form": [FacetValue("book", 5)],
        "language": [FacetValue("chi", 4)],
        "subject": [FacetValue("小说", 3)],
    }
    library, form, language, subject = facet_links().facets(values)
    assert (len(library.first), len(library.rest)) == (SHOWN, 3)
    assert library.first[0].label == "«l0»"
    assert form.first[0].label == "forms.book.zh"
    assert language.first[0].label == "languages.chi.zh"
    assert (subject.first[0].label, subject.first[0].count) == ("小说", 3)


def test_a_chosen_value_comes_first_and_its_link_takes_it_away() -> None:
    values = {"form": [FacetValue("book", 9), FacetValue("serial", 2)]}
    (form,) = facet_links("form:serial").facets(values)
    first, second = form.first
    assert (first.value, first.selected, filters(first.href)) == ("serial", True, [])
    assert (second.value, second.selected, filters(second.href)) == ("book", False, ["form:serial", "form:book"])


def test_few_years_are_listed_newest_first() -> None:
    (year,) = facet_links().facets({"year": [FacetValue("1982", 5), FacetValue("2008", 3)]})
    assert [link.value for link in year.first] == ["2008", "1982"]


def test_many_years_are_offered_by_decade_and_a_decade_is_one_chip() -> None:
    values = [FacetValue(str(1985 + n), n + 1) for n in range(MANY_YEARS + 4)]
    (year,) = facet_links().facets({"year": values})
    nineties = year.first[0]
    assert (nineties.label, nineties.count) == ("1990–1999", sum(range(6, 13)))
    assert filters(nineties.href) == [f"year:199{n}" for n in range(10)]
    assert [child.value for child in nineties.children] == [str(1996 - n) for n in range(7)]

    applied = facet_links("form:book", *filters(nineties.href))
    (year,) = applied.facets({"year": values})
    assert year.first[0].selected
    assert filters(year.first[0].href) == ["form:book"]
    assert [(chip.facet, chip.label) for chip in applied.chips()] == [("form", "forms.book.zh"), ("year", "1990–1999")]
    assert filters(applied.chips()[1].href) == ["form:book"]


def test_a_few_years_of_a_decade_are_a_chip_each_and_odd_values_do_no_harm() -> None:
    chips = facet_links("year:1990", "year:1991", "year:about 1800", "nonsense", "year:").chips()
    assert [chip.label for chip in chips] == ["1990", "1991", "about 1800", "", ""]


def test_years_that_are_no_numbers_stay_as_they_are() -> None:
    values = [FacetValue(str(1985 + n), 1) for n in range(MANY_YEARS + 4)] + [FacetValue("19uu", 1)]
    (year,) = facet_links().facets({"year": values})
    assert ("19uu", ["year:19uu"]) in [(link.label, filters(link.href)) for link in year.first]


LINKS = SearchLinks({"q": ["x"], "page": ["5"]})


@pytest.mark.parametrize(
    ("page", "total", "numbers"),
    [
        (1, 0, []),
        (1, 20, []),
        (1, 21, [1, 2]),
        (5, 400, [1, None, 3, 4, 5, 6, 7, None]),
        (3, 60, [1, 2, 3]),
        (4, 120, [1, 2, 3, 4, 5, 6]),
    ],
)
def test_pages_around_this_one(page: int, total: int, numbers: list[int | None]) -> None:
    found = paging(LINKS, page=page, size=20, total=total, shown=20)
    assert [link.number for link in found.pages] == numbers
    assert [link.number for link in found.pages if link.current] == ([page] if numbers else [])


def test_no_page_lies_deeper_than_the_front_door_goes() -> None:
    found = paging(LINKS, page=500, size=20, total=1_000_000, shown=20)
    assert found.next == ""
    assert found.pages[-1].number == 500
    assert (found.first_record, found.last_record) == (9981, 10000)


def test_beyond_the_last_page_there_is_a_way_back() -> None:
    found = paging(LINKS, page=9, size=20, total=30, shown=0)
    assert dict(parse_qsl(urlsplit(found.previous).query))["page"] == "2"
    assert found.next == ""


def test_trees_stand_under_one_another_in_the_order_of_their_codes() -> None:
    values = [FacetValue(value, 9 - n) for n, value in enumerate(("I", "TP3", "T", "TP", "I2", "A", "TP31"))]
    (tree,) = facet_links("class:TP3").facets({"class": values})
    assert [(link.value, [child.value for child in link.children]) for link in tree.first] == [
        ("A", []), ("I", ["I2"]), ("T", ["TP"]),
    ]  # fmt: skip
    chosen = tree.first[2].children[0].children[0]
    assert (chosen.value, chosen.selected, filters(chosen.href)) == ("TP3", True, [])
    assert chosen.open_href == ""
    assert parse_qsl(urlsplit(tree.first[0].open_href).query)[-1] == ("within", "class:A")
    assert urlsplit(tree.first[0].open_href).fragment == "facets"


def test_regions_stand_under_their_city_and_province() -> None:
    values = [FacetValue(code, 5) for code in ("610118", "610000", "610800", "610100")]
    (tree,) = facet_links().facets({"region": values})
    (province,) = tree.first
    city, other = province.children
    assert (province.value, city.value, other.value) == ("610000", "610100", "610800")
    (county,) = city.children
    assert (county.label, county.open_href) == ("regions.610118.zh", "")
    assert other.open_href


def test_ranges_of_years_and_classes_are_named_in_chips() -> None:
    chips = facet_links("year:1990..1999", "year:1990..", "class:I2475", "availability:available").chips()
    assert [chip.label for chip in chips] == ["1990–1999", "1990–", "I247.5 clc.I2475.zh", "status.available.zh"]
    assert filters(chips[0].href) == ["year:1990..", "class:I2475", "availability:available"]


def test_a_histogram_has_as_many_bars_as_fit() -> None:
    few = histogram([(1998, 2), (2001, 4)])
    assert few is not None
    assert [bar.label for bar in few.bars] == ["1998: 2", "2001: 4"]
    assert (few.first, few.last, few.most, few.count) == (1998, 2001, "2001", 4)
    many = histogram([(year, 1) for year in range(1800, 2020)])
    assert many is not None
    assert len(many.bars) <= 32
    assert many.bars[0].label == "1800–1809: 10"
    assert max(bar.height for bar in many.bars) == BAR_HEIGHT


def test_years_that_nobody_can_mean_do_not_press_the_others_together() -> None:
    found = histogram([(19, 1), *((year, 50) for year in range(1990, 2000)), (9999, 1)])
    assert found is not None
    assert (found.first, found.last) == (1990, 1999)
    assert histogram([(2000, 3)]) is None
    assert histogram([]) is None
    assert histogram([(1, 1), (9999, 1)]) is not None
