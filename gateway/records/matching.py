"""Whether two records describe one edition: a symmetric rule over two records, with its evidence.

A false merge costs more than a missed one. ISBN agreement alone never merges: sets, reprints and one ISBN for many
titles are common. A conflict in form, carrier, language, title, volume, part, edition, numbers, year, translator or
extent vetoes, whatever else agrees. ``gateway.records.clusters`` groups many records by it.
"""

from __future__ import annotations

from gateway.core.record import Evidence
from gateway.records import articles, elements
from gateway.records.elements import SERIALS
from gateway.records.keys import Features, shared
from gateway.records.volumes import same_volume

#: Rules that say yes, the strongest first, with what each asks for. Published: `why` of a union record names them.
RULES: dict[str, str] = {
    "identical-number": "one number of an edition (LCCN, OCLC, 统一书号, DOI) and the title agree, nothing conflicts",
    "isbn-title": "ISBN and title agree, and one of author, publisher, year or pages; nothing conflicts",
    "isbn-title-most": "ISBN, title and at least three of author, publisher, year, pages agree; one of them differs",
    "isbn-romanised": "ISBN agrees, the title in characters reads as the romanised one, and two more agree",
    "isbn-parallel-title": "ISBN agrees, one's title is the other's parallel title, and two more agree",
    "isbn-partial-title": "ISBN, author, publisher, year and pages agree; one title begins or ends with the other",
    "title-author-imprint": "title, author and year agree, and publisher or pages; no number to compare",
    "title-imprint": "title, publisher, year and pages agree; no authors that can be compared",
    "romanised-author-imprint": "romanised title and author agree, and year and pages",
    "serial-issn": "ISSN and title of a serial agree",
    "serial-title-imprint": "title, publisher and first year of a serial agree",
    **articles.RULES,
}
#: Forms that come in sheets, of which one maker publishes several under one title: other scales, other plates.
_SHEETS = frozenset(("map", "image"))
#: What evidence calls each way in which titles agree.
_TITLES = {
    "same": "title", "numbered": "title", "romanised": "romanised-title", "read": "romanised-title",
    "partial": "title-beginning", "parallel": "parallel-title",
}  # fmt: skip


def compare(a: Features, b: Features) -> Evidence:
    """The verdict on two records; the same whichever comes first."""
    if b.id < a.id:
        a, b = b, a
    agree: list[str] = []
    conflict: list[str] = []
    vetoes: list[str] = []
    title = elements.title(a, b)
    if title:
        agree.append(_TITLES[title])
    else:
        vetoes.append("title")
    if a.kind != b.kind and not elements.same_kind(a, b):
        vetoes.append("form")
    if a.languages and b.languages and a.languages.isdisjoint(b.languages) and not elements.one_of_several(a, b):
        vetoes.append("language")
    if (a.kind == "article" or b.kind == "article") and articles.concerned(a, b):
        rule = articles.judge(a, b, title, agree, conflict, vetoes)
    else:
        rule = _judged(a, b, title, agree, conflict, vetoes)
    if vetoes:
        return Evidence(a.id, b.id, False, f"conflict-{vetoes[0]}", tuple(agree), (*vetoes, *conflict))
    return Evidence(a.id, b.id, rule != "", rule or "insufficient", tuple(agree), tuple(conflict))


def _judged(a: Features, b: Features, title: str, agree: list[str], conflict: list[str], vetoes: list[str]) -> str:
    strong = elements.numbers(a, b, agree, vetoes)
    serial = a.kind in SERIALS
    elements.own_numbers(a, b, conflict)
    elements.parts(a, b, title, agree, vetoes)
    if not serial:
        elements.edition(a, b, agree, conflict, vetoes)
        elements.extent(a, b, agree, conflict, vetoes)
    elements.year(a, b, strong, agree, vetoes)
    elements.names(a, b, agree, conflict, vetoes)
    elements.publisher(a, b, agree, conflict)
    if vetoes:
        return ""
    return _serial_rule(title, agree, conflict) if serial else _rule(title, strong, agree, conflict, a, b)


def vetoed(evidence: Evidence) -> bool:
    """Whether the two must never be in one union, whatever other records say."""
    return evidence.rule.startswith("conflict-")


def _rule(title: str, strong: str, agree: list[str], conflict: list[str], a: Features, b: Features) -> str:
    support = sum(name in agree for name in ("author", "publisher", "year", "pages"))
    near = a.year is not None and b.year is not None and a.year != b.year
    if strong:
        if near and not ("pages" in agree and support >= 2) and not _announced(agree, a, b):
            return ""
        if title in ("same", "numbered"):
            if strong == "number" and not conflict:
                return "identical-number"
            if not conflict and (support >= 1 or (a.other and b.other and a.full_titles & b.full_titles)):
                # Brief records may hold no more than number and title; the same subtitle is support, too.
                return "isbn-title"
            if len(conflict) == 1 and support >= 3 and _forgivable(conflict[0], a, b):
                return "isbn-title-most"
        if title in ("romanised", "read") and not conflict and support >= 2:
            return "isbn-romanised"
        if title == "parallel" and not conflict and support >= 2:
            return "isbn-parallel-title"
        if title == "partial" and not conflict and {"author", "publisher", "pages", "year"} <= set(agree):
            return "isbn-partial-title" if a.extent.pages == b.extent.pages else ""
        return ""
    if conflict or "year" not in agree:
        return ""
    if a.languages and b.languages and a.languages != b.languages:
        # A text in two languages and a text in one of them.
        return ""
    if title == "same":
        if "author" in agree and ("pages" in agree or ("publisher" in agree and a.kind not in _SHEETS)):
            return "title-author-imprint"
        if "publisher" in agree and ("pages" in agree or "volumes" in agree):
            return "title-imprint"
    if title == "romanised" and "author" in agree and "pages" in agree:
        return "romanised-author-imprint"
    return ""


def _forgivable(conflict: str, a: Features, b: Features) -> bool:
    """Whether this may differ where all else agrees: never the translator; an author only if pages and volumes are the
    very same; pages only by less than a half."""
    if conflict == "author":
        # One counts the volumes, the other their pages, too.
        return a.extent.pages == b.extent.pages != 0 or a.extent.volumes == b.extent.volumes > 1
    if conflict == "pages":
        few, many = sorted((a.extent.pages, b.extent.pages))
        return many * 2 < few * 3
    return conflict != "translator"


def _announced(agree: list[str], a: Features, b: Features) -> bool:
    """Announcements, orders and cataloguing in publication guess the year and the pages."""
    return {"author", "publisher"} <= set(agree) and not (a.year_doubtful or b.year_doubtful)


def _serial_rule(title: str, agree: list[str], conflict: list[str]) -> str:
    if title != "same":
        return ""
    if "issn" in agree:
        return "serial-issn"
    return "serial-title-imprint" if {"publisher", "year"} <= set(agree) and not conflict else ""


def same(a: Features, b: Features) -> bool:
    """What ``compare(a, b).same`` says, without the evidence: most pairs fall at the first cheap conflict."""
    common = shared(a, b)
    if common is not None:
        if "same" not in common:
            common["same"] = compare(a, b).same
        return bool(common["same"])
    if a.kind != b.kind and not elements.same_kind(a, b):
        return False
    if a.year != b.year and a.year is not None and b.year is not None:
        apart = abs(a.year - b.year)
        if apart > 1 and (apart > 2 or a.kind not in SERIALS):
            return False
    if a.kind == "article":
        # Their numbers are those of their journals, too.
        return compare(a, b).same
    if a.isbns and b.isbns and a.isbns.isdisjoint(b.isbns):
        strong = a.numbers & b.numbers or a.loose_isbns & b.loose_isbns
        if not strong:
            return False
    if a.volume and b.volume and not same_volume(a.volume, b.volume):
        return False
    if a.languages and b.languages and a.languages.isdisjoint(b.languages) and not elements.one_of_several(a, b):
        return False
    return compare(a, b).same
