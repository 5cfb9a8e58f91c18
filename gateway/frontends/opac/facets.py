"""Facets, filters and paging as lists of links."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from gateway.core.answer import ALL_FACETS, TREES
from gateway.core.ports import FacetValue
from gateway.frontends.opac.links import SearchLinks
from gateway.frontends.opac.views import Labeller, Namer
from gateway.records.trees import class_notation, region_parent, year_range

#: Values shown at once; the others are one click away.
SHOWN = 8
#: From so many different years on, years are offered by decade first.
MANY_YEARS = 8
#: ``filter=`` values in one request beyond which no more decades are offered (the front door takes 50).
_MOST_FILTERS = 40


@dataclass(frozen=True, slots=True)
class FacetLink:
    value: str
    label: str
    count: int
    href: str
    selected: bool
    children: tuple[FacetLink, ...] = ()  #: the years of a decade, the branches of a tree
    open_href: str = ""  #: shows the branches under this value


@dataclass(frozen=True, slots=True)
class Facet:
    name: str
    first: tuple[FacetLink, ...]
    rest: tuple[FacetLink, ...]


@dataclass(frozen=True, slots=True)
class Chip:
    """An applied filter with the link that removes it."""

    facet: str
    label: str
    href: str


class FacetLinks:
    """The facets of one answer, as links from the search that it answers."""

    def __init__(self, links: SearchLinks, language: str, label: Labeller, name: Namer) -> None:
        self._links = links
        self._language = language
        self._label = label
        self._name = name
        self._applied = links.filters()

    def value_label(self, facet: str, value: str) -> str:
        if facet == "library":
            return self._name(value)
        if facet == "form":
            return self._label("forms", value, self._language)
        if facet == "language":
            return self._label("languages", value, self._language)
        if facet == "availability":
            return self._label("status", value, self._language)
        if facet == "region":
            return self._label("regions", value, self._language)
        if facet == "class":
            name = self._label("clc", value, self._language)
            notation = class_notation(value)
            return notation if name == value else f"{notation} {name}"
        if facet == "year" and (ends := year_range(value)):
            return "–".join("" if end is None else str(end) for end in ends)
        return value

    def facets(self, facets: Mapping[str, Sequence[FacetValue]]) -> tuple[Facet, ...]:
        found = []
        for name in ALL_FACETS:
            values = facets.get(name, ())
            if not values:
                continue
            if name in TREES:
                found.append(Facet(name, self._tree(name, values), ()))
                continue
            if name == "year":
                links = self._years(values)
            else:
                links = tuple(self._link(name, item) for item in values)
                links = tuple(sorted(links, key=lambda link: not link.selected))
            found.append(Facet(name, links[:SHOWN], links[SHOWN:]))
        return tuple(found)

    def _link(self, facet: str, item: FacetValue) -> FacetLink:
        key = f"{facet}:{item.value}"
        selected = key in self._applied
        href = self._links.filtered(remove=(key,)) if selected else self._links.filtered(add=(key,))
        return FacetLink(item.value, self.value_label(facet, item.value), item.count, href, selected)

    def _tree(self, facet: str, values: Sequence[FacetValue]) -> tuple[FacetLink, ...]:
        """The values under one another, each level in the order of its codes."""
        counts = {item.value: item for item in values}
        parent = region_parent if facet == "region" else _class_parent
        under: dict[str, list[str]] = {}
        for value in sorted(counts):
            above = parent(value)
            under.setdefault(above if above in counts else "", []).append(value)

        def link(value: str) -> FacetLink:
            children = tuple(link(child) for child in under.get(value, ()))
            opens = "" if children or not _has_branches(facet, value) else self._links.opened(f"{facet}:{value}")
            return replace(self._link(facet, counts[value]), children=children, open_href=opens)

        return tuple(link(value) for value in under.get("", ()))

    def _years(self, values: Sequence[FacetValue]) -> tuple[FacetLink, ...]:
        """Newest first; many years by decade, a decade being the filter of its ten years."""
        newest = sorted(values, key=lambda item: item.value, reverse=True)
        links = [self._link("year", item) for item in newest]
        if len(links) <= MANY_YEARS:
            return tuple(links)
        decades: dict[str, list[FacetLink]] = {}
        for link in links:
            decades.setdefault(decade(link.value), []).append(link)
        return tuple(self._decade(start, years) for start, years in decades.items())

    def _decade(self, start: str, years: Sequence[FacetLink]) -> FacetLink:
        keys = _decade_keys(start)
        selected = all(key in self._applied for key in keys)
        full = not selected and len(self._applied) + len(keys) > _MOST_FILTERS
        href = self._links.filtered(remove=keys) if selected or full else self._links.filtered(add=keys)
        count = sum(year.count for year in years)
        return FacetLink(start, decade_label(start), count, href, selected, tuple(years))

    def chips(self) -> tuple[Chip, ...]:
        """The applied filters; the ten years of a decade are one."""
        found: list[Chip] = []
        done: set[str] = set()
        for key in self._applied:
            facet, _, value = key.partition(":")
            if key in done:
                continue
            group = _decade_keys(decade(value)) if facet == "year" and not year_range(value) else (key,)
            if all(other in self._applied for other in group):
                label = decade_label(decade(value)) if len(group) > 1 else self.value_label(facet, value)
            else:
                group, label = (key,), self.value_label(facet, value)
            done.update(group)
            found.append(Chip(facet, label, self._links.filtered(remove=group)))
        return tuple(found)


def _class_parent(value: str) -> str:
    return value[:-1]


def _has_branches(facet: str, value: str) -> bool:
    """Whether something may lie under a value that is shown without any."""
    if facet == "region":
        return value.endswith("00")
    return len(value) < len(value.rstrip("0123456789")) + 5 and value.isalnum()


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of the histogram of years, in the units of its drawing."""

    x: float
    height: float
    label: str


@dataclass(frozen=True, slots=True)
class Histogram:
    """Records by year: ``width`` x :data:`BAR_HEIGHT` with bars from the bottom."""

    width: int
    bars: tuple[Bar, ...]
    first: int
    last: int
    most: str  #: the years of the highest bar
    count: int  #: records in it


BAR_HEIGHT = 48
BAR_STEP = 8
_MOST_BARS = 32
#: Years of dubious records (9999, 19) would press all others together; fewer than this share of them is left out.
_ODD_SHARE = 0.005


def histogram(years: Sequence[tuple[int, int]]) -> Histogram | None:
    """Years in bars of 1, 2, 5, 10 … each, as many as fit; None when there is only one year."""
    kept = _without_odd_ends(years)
    if len(kept) < 2:
        return None
    first, last = kept[0][0], kept[-1][0]
    step = next(size for power in range(6) for size in (10**power, 2 * 10**power, 5 * 10**power)
                if last // size - first // size < _MOST_BARS)  # fmt: skip
    begin = first // step
    sums = [0] * (last // step - begin + 1)
    for year, count in kept:
        sums[year // step - begin] += count
    most = max(sums)
    labels = [_bar_label((begin + place) * step, step) for place in range(len(sums))]
    bars = tuple(
        Bar(place * BAR_STEP, round(max(count / most * BAR_HEIGHT, 1.5), 1), f"{labels[place]}: {count}")
        for place, count in enumerate(sums)
        if count
    )
    return Histogram(len(sums) * BAR_STEP, bars, first, last, labels[sums.index(most)], most)


def _without_odd_ends(years: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    kept = list(years)
    odd = max(1, int(sum(count for _, count in kept) * _ODD_SHARE))
    for end in (0, -1):
        while len(kept) > 2:
            gap = abs(kept[end][0] - kept[1 if end == 0 else -2][0])
            if gap < 100 or kept[end][1] > odd:
                break
            kept.pop(end)
    return kept


def _bar_label(start: int, step: int) -> str:
    return str(start) if step == 1 else f"{start}–{start + step - 1}"


def decade(year: str) -> str:
    return f"{year[:-1]}0" if year.isdecimal() else year


def decade_label(start: str) -> str:
    return f"{start}–{start[:-1]}9" if start.isdecimal() else start


def _decade_keys(start: str) -> tuple[str, ...]:
    if not (start.isdecimal() and len(start) == 4):
        return (f"year:{start}",)
    return tuple(f"year:{start[:-1]}{digit}" for digit in "0123456789")


@dataclass(frozen=True, slots=True)
class PageLink:
    """A page of the answer; ``number`` None stands for pages that are left out."""

    number: int | None
    href: str = ""
    current: bool = False


@dataclass(frozen=True, slots=True)
class Paging:
    pages: tuple[PageLink, ...]
    previous: str
    next: str
    first_record: int
    last_record: int


def paging(links: SearchLinks, *, page: int, size: int, total: int, shown: int, deepest: int = 10_000) -> Paging:
    """Links to the first page and to those around this one; none deeper than record ``deepest``."""
    last = max(1, min(-(-total // size), deepest // size))
    around = range(max(1, page - 2), min(last, page + 2) + 1)
    numbers: list[int | None] = list(around)
    if around and around[0] > 1:
        numbers = [1, *([None] if around[0] > 2 else []), *numbers]
    if around and around[-1] < last:
        numbers.append(None)

    def href(number: int) -> str:
        return links.with_(page=str(number) if number > 1 else "")

    return Paging(
        pages=tuple(PageLink(n, href(n), n == page) if n else PageLink(None) for n in numbers) if last > 1 else (),
        previous=href(min(page - 1, last)) if page > 1 else "",
        next=href(page + 1) if page < last else "",
        first_record=(page - 1) * size + 1 if shown else 0,
        last_record=(page - 1) * size + shown if shown else 0,
    )
