"""Whether two records of articles describe one: by DOI, or by journal, volume, issue, pages, title and authors.

The unit is the article in its journal: the form that appears online before its issue, and later versions under one DOI
(``….pub2``, ``….v3``), count with it. The same text in two journals is two articles; of the instalments of a series,
each is one.
"""

from __future__ import annotations

import re

from gateway.records import elements
from gateway.records.keys import Features, HostKey
from gateway.records.names import same_name
from gateway.records.text import has_han
from gateway.records.volumes import same_volume

RULES: dict[str, str] = {
    "article-doi": "DOI (but for the number of a version) and title of an article agree, nothing conflicts",
    "article-host": "title, author and journal of an article agree, and volume, issue or pages, and the year",
    "article-ahead": "title, all authors and journal agree; one is without volume and issue, at most a year apart",
    "article-authors": "title of some length, all of two or more authors and the year agree; one names no journal",
}
_VERSION = re.compile(r"(?:\.pub\d+|[./]?v\d+)$")
#: Shorter titles (编者按, Editorial, Book review) are titles of many articles.
_TELLING_HAN = 8
_TELLING_LATIN = 25
_LITTLE = frozenset(("of", "the", "in", "for", "and", "on", "a", "an", "de", "der", "die", "und", "fur"))


def concerned(a: Features, b: Features) -> bool:
    """Whether a pair with an article in it is for :func:`judge`: there is a journal or DOI to tell it by."""
    return any(found.host.titles or any(n.startswith("doi:") for n in found.numbers) for found in (a, b))


def judge(a: Features, b: Features, title: str, agree: list[str], conflict: list[str], vetoes: list[str]) -> str:
    """The rule that makes them one article, or nothing; vetoes and conflicts are added to the lists."""
    elements.parts(a, b, title, agree, vetoes)
    doi = _doi(a, b, agree, vetoes)
    host = _host(a.host, b.host)
    if host:
        agree.append("host")
    elif host is False:
        (conflict if doi else vetoes).append("host")
    ahead = bool(a.host.volume or a.host.issue) != bool(b.host.volume or b.host.issue)
    place = _place(a.host, b.host, ahead, agree, conflict if doi else vetoes)
    everybody = _authors(a, b, agree, vetoes)
    if a.year is not None and a.year == b.year:
        agree.append("year")
    elif a.year is not None and b.year is not None:
        (conflict if abs(a.year - b.year) == 1 and (doi or (ahead and host)) else vetoes).append("year")
    if vetoes:
        return ""
    if doi and (title == "same" or not a.numbers.isdisjoint(b.numbers)):
        return "article-doi"
    if title not in ("same", "romanised"):
        return ""
    if host and place and "author" in agree and "year" in agree and not conflict:
        return "article-host"
    if not everybody or not _telling(a, b):
        return ""
    if host and ahead and a.year and b.year:
        return "article-ahead"
    if "year" in agree and len(a.creators) > 1 and not conflict and not (a.host.titles and b.host.titles):
        return "article-authors"
    return ""


def _doi(a: Features, b: Features, agree: list[str], vetoes: list[str]) -> bool:
    left = {_VERSION.sub("", number) for number in a.numbers if number.startswith("doi:")}
    right = {_VERSION.sub("", number) for number in b.numbers if number.startswith("doi:")}
    if not left or not right:
        return False
    if left & right:
        agree.append("number")
        return True
    vetoes.append("number")
    return False


def _host(a: HostKey, b: HostKey) -> bool | None:
    """Whether the journals are one; None when one of them is not told or may be an abbreviation."""
    if a.issns & b.issns:
        return True
    if not a.titles or not b.titles:
        return None
    if any(x.replace(" ", "") == y.replace(" ", "") or _abbreviated(x, y) for x in a.titles for y in b.titles):
        return True
    # 北京大学学报 may be short for 北京大学学报 自然科学版.
    return None if any(x.startswith(y) or y.startswith(x) for x in a.titles for y in b.titles) else False


def _abbreviated(x: str, y: str) -> bool:
    """Word by word one is the beginning of the other: ``curr opin lipidol`` is ``current opinion in lipidology``."""
    left, right = ([word for word in text.split() if word not in _LITTLE] for text in (x, y))
    return (
        not has_han(x)
        and len(left) == len(right) > 1
        and all(p.startswith(q) or q.startswith(p) for p, q in zip(left, right, strict=True))
    )


def _place(a: HostKey, b: HostKey, ahead: bool, agree: list[str], against: list[str]) -> bool:
    """Whether volume, issue or pages agree. An article online ahead of its issue has other pages, or none."""
    found = False
    for name in ("volume", "issue"):
        left, right = getattr(a, name), getattr(b, name)
        if left and right:
            if same_volume(left, right):
                agree.append(name)
                found = True
            else:
                against.append(name)
    if a.pages and b.pages and not ahead:
        if a.pages[0] == b.pages[0]:
            agree.append("pages")
            found = True
        else:
            against.append("pages")
    return found


def _authors(a: Features, b: Features, agree: list[str], vetoes: list[str]) -> bool:
    """Whether all authors of both are the same people; that any is, is what must be at least."""
    left, right = a.creators or a.others, b.creators or b.others
    if not left or not right:
        return False
    matched = sum(any(same_name(*sorted((x, y))) for y in right) for x in left)
    if matched or a.creators_romanised & {name.replace(" ", "") for name in right}:
        agree.append("author")
    elif any(has_han(x) == has_han(y) for x in left for y in right):
        vetoes.append("author")
    return matched == len(left) == len(right)


def _telling(a: Features, b: Features) -> bool:
    return any(len(key) >= (_TELLING_HAN if has_han(key) else _TELLING_LATIN) for key in a.titles | b.titles)
