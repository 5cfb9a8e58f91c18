"""Whether two records describe one edition: a symmetric rule over two records, with its evidence.

A false merge costs more than a missed one. ISBN agreement alone never merges: sets, reprints and one ISBN for many
titles are common. A conflict in form, carrier, language, title, volume, part, edition, numbers, year, translator or
extent vetoes, whatever else agrees. ``gateway.records.clusters`` groups many records by it.
"""

from __future__ import annotations

from gateway.core.record import Evidence
from gateway.records.keys import Features, shared
from gateway.records.names import any_alike, any_same, comparable_phrases, publisher_within
from gateway.records.text import has_han, pinyin
from gateway.records.volumes import same_volume

#: Rules that say yes, the strongest first, with what each asks for. Published: `why` of a union record names them.
RULES: dict[str, str] = {
    "identical-number": "one number of an edition (LCCN, OCLC, 统一书号, DOI) and the title agree, nothing conflicts",
    "isbn-title": "ISBN and title agree, and one of author, publisher, year or pages; nothing conflicts",
    "isbn-title-most": "ISBN, title and at least three of author, publisher, year, pages agree; one of them differs",
    "isbn-romanised": "ISBN agrees, the title in characters reads as the romanised one, and two more agree",
    "isbn-partial-title": "ISBN, author, publisher and pages agree; one title begins with the other",
    "title-author-imprint": "title, author and year agree, and publisher or pages; no number to compare",
    "title-imprint": "title, publisher, year and pages agree; no authors that can be compared",
    "romanised-author-imprint": "romanised title and author agree, and year and pages",
    "serial-issn": "ISSN and title of a serial agree",
    "serial-title-imprint": "title, publisher and first year of a serial agree",
}
_SERIALS = frozenset(("serial", "eserial"))
#: Pages counted with or without preliminaries differ by so much.
_PAGES_SLACK = 6


def compare(a: Features, b: Features) -> Evidence:
    """The verdict on two records; the same whichever comes first."""
    if b.id < a.id:
        a, b = b, a
    agree: list[str] = []
    conflict: list[str] = []
    vetoes: list[str] = []
    title = _title(a, b)
    if title:
        agree.append({"same": "title", "romanised": "romanised-title", "partial": "title-beginning"}[title])
    else:
        vetoes.append("title")
    if a.kind != b.kind:
        vetoes.append("form")
    if a.languages and b.languages and not a.languages & b.languages:
        vetoes.append("language")
    strong = _numbers(a, b, agree, vetoes)
    serial = a.kind in _SERIALS
    _parts(a, b, title, agree, vetoes)
    if not serial:
        _edition(a, b, agree, vetoes)
        _extent(a, b, agree, conflict, vetoes)
    _year(a, b, strong, agree, vetoes)
    _names(a, b, agree, conflict, vetoes)
    _publisher(a, b, agree, conflict)
    if vetoes:
        return Evidence(a.id, b.id, False, f"conflict-{vetoes[0]}", tuple(agree), (*vetoes, *conflict))
    rule = _serial_rule(title, agree, conflict) if serial else _rule(title, strong, agree, conflict, a, b)
    return Evidence(a.id, b.id, rule != "", rule or "insufficient", tuple(agree), tuple(conflict))


def vetoed(evidence: Evidence) -> bool:
    """Whether the two must never be in one union, whatever other records say."""
    return evidence.rule.startswith("conflict-")


def _title(a: Features, b: Features) -> str:
    """How the titles agree: ``same``, ``romanised``, ``partial``, or empty: not at all."""
    if a.titles & b.titles or a.full_titles & b.full_titles or a.titles & b.full_titles or b.titles & a.full_titles:
        return "same"
    if a.romanised & b.titles or b.romanised & a.titles:
        return "romanised"
    for han, latin in ((a, b), (b, a)):
        if not any(map(has_han, han.titles)) or not latin.titles or any(map(has_han, latin.titles)):
            continue
        if any(pinyin(key)[0].replace(" ", "") in latin.titles for key in han.titles):
            return "romanised"
    for left in a.titles:
        for right in b.titles:
            short, long = (left, right) if len(left) < len(right) else (right, left)
            if len(short) >= (4 if has_han(short) else 10) and long.startswith(short):
                return "partial"
    return ""


def _numbers(a: Features, b: Features, agree: list[str], vetoes: list[str]) -> str:
    """Which number agrees: ``isbn``, ``number`` or nothing."""
    strong = ""
    if a.numbers & b.numbers:
        agree.append("number")
        strong = "number"
    if a.isbns & b.isbns or a.loose_isbns & b.loose_isbns:
        agree.append("isbn")
        strong = strong or "isbn"
    elif a.isbns and b.isbns and not strong:
        vetoes.append("isbn")
    if a.issns and b.issns and a.kind in _SERIALS:
        if a.issns & b.issns:
            agree.append("issn")
        else:
            vetoes.append("issn")
    return strong


def _parts(a: Features, b: Features, title: str, agree: list[str], vetoes: list[str]) -> None:
    """Volume numbers, names of parts, other title information."""
    named = any_alike(a.part_names, b.part_names)
    if a.volume and b.volume:
        if not same_volume(a.volume, b.volume):
            vetoes.append("volume")
            return
        agree.append("volume")
    elif (a.volume or b.volume) and not named:
        # A set and one of its volumes, or a volume whose number one of them leaves out: not to be told apart safely.
        vetoes.append("volume")
        return
    if a.part_names and b.part_names:
        if named:
            agree.append("part")
        elif comparable_phrases(a.part_names, b.part_names):
            vetoes.append("part")
    elif (a.part_names or b.part_names) and not (a.volume and b.volume):
        part = a.part_names or b.part_names
        whole = b if a.part_names else a
        if not any(name in text for name in part for text in whole.full_titles | whole.other):
            vetoes.append("part")
    if a.other and b.other and not a.full_titles & b.full_titles:
        if any_alike(a.other, b.other):
            agree.append("subtitle")
        elif comparable_phrases(a.other, b.other) and title != "partial":
            vetoes.append("subtitle")


def _edition(a: Features, b: Features, agree: list[str], vetoes: list[str]) -> None:
    """A first edition is hardly ever stated, so that no statement means the first."""
    left, right = a.edition, b.edition
    if left.number != right.number or (left.number == 1 and left.revised != right.revised):
        vetoes.append("edition")
    elif left.stated and right.stated:
        agree.append("edition")


def _extent(a: Features, b: Features, agree: list[str], conflict: list[str], vetoes: list[str]) -> None:
    left, right = a.extent, b.extent
    if left.carrier and right.carrier and left.carrier != right.carrier:
        vetoes.append("carrier")
        return
    if max(left.volumes, right.volumes) > 1:
        if left.volumes == right.volumes:
            agree.append("volumes")
        elif (left.volumes or left.pages) and (right.volumes or right.pages):
            vetoes.append("extent")
            return
    if left.pages and right.pages:
        difference = abs(left.pages - right.pages)
        if difference <= _PAGES_SLACK and difference * 5 <= max(left.pages, right.pages):
            agree.append("pages")
        elif difference * 10 > max(left.pages, right.pages):
            conflict.append("pages")


def _year(a: Features, b: Features, strong: str, agree: list[str], vetoes: list[str]) -> None:
    if a.year is None or b.year is None:
        return
    if a.year == b.year:
        agree.append("year")
    elif a.kind in _SERIALS:
        if abs(a.year - b.year) > 2:
            vetoes.append("year")
    elif abs(a.year - b.year) > 1 or not strong:
        # A year apart is how imprint and cataloguing-in-publication data differ; more is a reprint.
        vetoes.append("year")


def _names(a: Features, b: Features, agree: list[str], conflict: list[str], vetoes: list[str]) -> None:
    everybody_a = a.creators + a.others + a.translators
    everybody_b = b.creators + b.others + b.translators
    author = any_same(a.creators or a.others, b.creators or b.others)
    if not author and (
        a.creators_romanised & {name.replace(" ", "") for name in b.creators}
        or b.creators_romanised & {name.replace(" ", "") for name in a.creators}
    ):
        author = True
    if author is False:
        # The same people in other roles: who is an editor here is an author there.
        author = any_same(a.creators, everybody_b) or any_same(b.creators, everybody_a) or False
    if author:
        agree.append("author")
    elif author is False:
        conflict.append("author")
    if a.translators and b.translators:
        translator = any_same(a.translators, b.translators)
        if translator:
            agree.append("translator")
        elif (
            translator is False
            and not any_same(everybody_a, b.translators)
            and not any_same(a.translators, everybody_b)
        ):
            vetoes.append("translator")


def _publisher(a: Features, b: Features, agree: list[str], conflict: list[str]) -> None:
    if not a.publishers or not b.publishers:
        return
    comparable = False
    for left in a.publishers:
        for right in b.publishers:
            if left == right or publisher_within(left, right) or publisher_within(right, left):
                agree.append("publisher")
                return
            if has_han(left) == has_han(right):
                comparable = True
            elif has_han(left) or has_han(right):
                han, latin = (left, right) if has_han(left) else (right, left)
                if latin and pinyin(han)[0].replace(" ", "").startswith(latin.replace(" ", "")):
                    agree.append("publisher")
                    return
    if comparable:
        conflict.append("publisher")


def _rule(title: str, strong: str, agree: list[str], conflict: list[str], a: Features, b: Features) -> str:
    support = sum(name in agree for name in ("author", "publisher", "year", "pages"))
    near = a.year is not None and b.year is not None and a.year != b.year
    if strong:
        if near and not ("pages" in agree and support >= 2):
            return ""
        if title == "same":
            if strong == "number" and not conflict:
                return "identical-number"
            if not conflict and (support >= 1 or (a.other and b.other and a.full_titles & b.full_titles)):
                # Brief records may hold no more than number and title; the same subtitle is support, too.
                return "isbn-title"
            if len(conflict) == 1 and support >= 3:
                return "isbn-title-most"
        if title == "romanised" and not conflict and support >= 2:
            return "isbn-romanised"
        if title == "partial" and not conflict and {"author", "publisher", "pages", "year"} <= set(agree):
            return "isbn-partial-title"
        return ""
    if conflict or "year" not in agree:
        return ""
    if title == "same":
        if "author" in agree and ("publisher" in agree or "pages" in agree):
            return "title-author-imprint"
        if "publisher" in agree and ("pages" in agree or "volumes" in agree):
            return "title-imprint"
    if title == "romanised" and "author" in agree and "pages" in agree:
        return "romanised-author-imprint"
    return ""


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
    if a.kind != b.kind:
        return False
    if a.year != b.year and a.year is not None and b.year is not None:
        apart = abs(a.year - b.year)
        if apart > 1 and (apart > 2 or a.kind not in _SERIALS):
            return False
    if a.isbns and b.isbns and a.isbns.isdisjoint(b.isbns):
        strong = a.numbers & b.numbers or a.loose_isbns & b.loose_isbns
        if not strong:
            return False
    if a.volume and b.volume and not same_volume(a.volume, b.volume):
        return False
    if a.languages and b.languages and a.languages.isdisjoint(b.languages):
        return False
    return compare(a, b).same
