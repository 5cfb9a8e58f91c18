"""What a part is in: MARC 21 773 and UNIMARC/CNMARC 461-463, with numbering as cataloguers word it taken apart."""

from __future__ import annotations

import re
from typing import NamedTuple

from gateway.core.record import Host
from gateway.records.identifiers import parse_isbn, parse_issn
from gateway.records.mapping.punctuation import strip
from gateway.records.marc import Field, embedded

_NUMBER = r"[0-9]++(?:[-/–][0-9]++)?"
#: A run of digits is tried from its beginning only, or it costs the square of its length; the same below.
_PAGE = r"(?:[a-z]|(?<![0-9]))[0-9]++[a-z]?"
_TO = r"\s*[-–—~～]+\s*"
_HAN = "〇零一二三四五六七八九十百"
_HAN_NUMBER = rf"((?<![0-9]){_NUMBER}|(?<![{_HAN}])[{_HAN}]++)"
_PAGES = (
    re.compile(rf"(?<![a-z])(?:pp?|pages?|s|seiten?|с)[.:]?\s*({_PAGE}(?:{_TO}{_PAGE})?)(?![0-9a-z])"),
    re.compile(rf"({_PAGE}(?:{_TO}{_PAGE})?)\s*[页頁]"),
    re.compile(rf"[:：,，]\s*({_PAGE}{_TO}{_PAGE})\s*\.?$"),
)
_ISSUES = (
    re.compile(rf"(?<!总第)(?<!总)(?<![0-9]){_HAN_NUMBER}\s*期"),
    re.compile(rf"(?<![a-z])(?:nos?|nr|n|issue|number|heft|№)[.:]?\s*({_NUMBER})"),
    re.compile(r"[0-9]\s*[(（]((?:[0-9]{1,3})(?:[-/–][0-9]{1,3})?)[)）]"),
    re.compile(rf"[(（](?:1[5-9]|20)[0-9]{{2}}[)）]\s*[:：]\s*({_NUMBER})(?![-0-9])"),
)
_VOLUMES = (
    re.compile(rf"{_HAN_NUMBER}\s*[卷巻]"),
    re.compile(rf"(?<![a-z])(?:volume|vol|v|bd|band|tome?|t|årg|jahrg|jg)[.:]?\s*({_NUMBER})"),
    re.compile(r"(?<![0-9])([0-9]{1,4})\s*[(（][0-9]{1,4}(?:[-/–][0-9]{1,3})?[)）]"),
)
#: SICI-like coding of MARC 21 773$q: ``volume:issue<first page``.
_CODED = re.compile(r"(?P<numbers>[\w:/-]*)<(?P<page>\w+)$")


class Numbering(NamedTuple):
    volume: str
    issue: str
    pages: str


def numbering(text: str) -> Numbering:
    """Volume, issue and pages in a wording; what is not told is empty.

    >>> numbering("Vol. 24, no. 15 (2022), p. 13-14")
    Numbering(volume='24', issue='15', pages='13-14')
    >>> numbering("2008年第3期, 12-15页")
    Numbering(volume='', issue='3', pages='12-15')
    """
    lowered = text.lower()
    return Numbering(_first(_VOLUMES, lowered), _first(_ISSUES, lowered), _first(_PAGES, lowered))


def _first(patterns: tuple[re.Pattern[str], ...], text: str) -> str:
    return next((match[1].replace(" ", "") for pattern in patterns if (match := pattern.search(text))), "")


def marc21_host(field: Field) -> Host | None:
    """773 (host item entry): $t title, $x ISSN, $z ISBN, $g related parts, $q enumeration and first page."""
    title = strip(field.get("t") or field.get("s") or field.get("a"))
    if not title:
        return None
    wording = " ".join(strip(value) for value in field.all("g"))
    found = numbering(wording)
    coded = _CODED.match(field.get("q").strip())
    if coded:
        levels = [level for level in coded["numbers"].split(":") if level]
        found = Numbering(
            found.volume or (levels[0] if levels else ""),
            found.issue or (levels[-1] if len(levels) > 1 else ""),
            found.pages or coded["page"],
        )
    return Host(title, _issn(field.get("x")), _isbn(field.get("z")), wording, *found)


def unimarc_host(field: Field) -> Host | None:
    """461, 462, 463: embedded 200, 011, 010, 215, or $t, $x, $v, $p of the field itself."""
    inner = {item.tag: item for item in reversed(embedded(field))}
    statement = inner.get("200") or inner.get("500")
    title = strip((statement or field).get("a" if statement else "t"))
    if not title:
        return None
    told = [*((statement.get("v"), statement.get("h")) if statement else ()), field.get("v") if not inner else ""]
    told += [inner["210"].get("d") if "210" in inner else "", inner["215"].get("a") if "215" in inner else ""]
    told += [field.get("p") if not inner else ""]
    wording = ", ".join(dict.fromkeys(strip(text) for text in told if text.strip()))
    issn = inner["011"].get("a") if "011" in inner else field.get("x")
    isbn = inner["010"].get("a") if "010" in inner else field.get("y")
    return Host(title.strip("《》"), _issn(issn), _isbn(isbn), wording, *numbering(wording))


def _issn(text: str) -> str:
    found = parse_issn(text) if text else None
    return found.value if found is not None and found.valid else ""


def _isbn(text: str) -> str:
    found = parse_isbn(text) if text else None
    return found.value if found is not None and found.valid else ""
