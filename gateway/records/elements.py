"""How single elements of two descriptions agree: title, numbers, parts, edition, extent, year, names, publisher.

Each function adds to ``agree``, ``conflict`` (which other evidence may outweigh) or ``vetoes`` (which nothing does).
All are symmetric. ``gateway.records.matching`` weighs what they find.
"""

from __future__ import annotations

import re

from gateway.records.keys import Features
from gateway.records.names import (
    any_alike,
    any_same,
    comparable_phrases,
    publisher_short,
    publisher_within,
    script,
    strangers,
)
from gateway.records.readings import reads_as
from gateway.records.text import has_han, pinyin
from gateway.records.volumes import Edition, Extent, same_volume, volume_key

SERIALS = frozenset(("serial", "eserial"))
#: Forms whose extent is often worded as if they were books, and whose discs go by several names.
_NO_PAPER = frozenset(("audio", "music", "video", "software", "kit", "etext", "eserial", "website"))
_DISCS = frozenset(("disc", "sound", "video"))
#: What makes another book of a title: 人间草木续编, 线性代数习题集.
_FOLLOWS = re.compile(
    r"[续補补外附前后別别新再](?:编|编本|集|篇|传|卷|册|录|记|刊)|.{0,4}(?:导读|导学|解读|赏析|鉴赏|详解|解析|答案|手册|教案|提要|评注|全解|讲义|笔记|题库|试题|问答|概要|习题|题解|练习|辅导|指导|索引|附录|教师|研究|评论|补遗)|第?[0-9]"
    r"|(?:ii|iii|iv|workbook|index|supplement|companion|study|teacher)"
)
#: With what other title information ends that names a part, and how long that is at most.
_PART_WORDS = frozenset("卷册辑冊輯")
_SHORT = 10
#: Pages counted with or without preliminaries differ by so much.
_PAGES_SLACK = 6


def same_kind(a: Features, b: Features) -> bool:
    """Whether the forms allow one edition. ``other`` is what a source says that does not tell: a number must vouch."""
    return a.kind == b.kind or ("other" in (a.kind, b.kind) and not a.numbers.isdisjoint(b.numbers))


def one_of_several(a: Features, b: Features) -> bool:
    """Whether codes of languages that differ can stand for the same ones: ``mul`` is any several."""
    return ("mul" in a.languages and len(b.languages) > 1) or ("mul" in b.languages and len(a.languages) > 1)


def title(a: Features, b: Features) -> str:
    """How the titles agree: ``same``, ``numbered``, ``romanised``, ``read``, ``partial``, or empty: not at all.

    ``numbered`` is one title with the other's volume written behind it: 明朝那些事儿1 and 明朝那些事儿, 1. ``read`` is
    one that can be read as the other, which is in Latin letters, where neither record says so itself.
    """
    if not a.titles.isdisjoint(b.titles):
        return "same"
    # The name of one part may belong to two works: 上卷: 总论 of the one, and of the other.
    if not (a.full_titles & b.full_titles) <= (a.part_names & b.part_names):
        return "same"
    if not a.titles.isdisjoint(b.full_titles) or not b.titles.isdisjoint(a.full_titles):
        return "same"
    if not a.romanised.isdisjoint(b.titles) or not b.romanised.isdisjoint(a.titles):
        return "romanised"
    for han, latin in ((a, b), (b, a)):
        if not any(map(has_han, han.titles)) or not latin.titles or any(map(has_han, latin.titles)):
            continue
        if any(
            reads_as(key, other) for key in han.titles | han.full_titles for other in latin.titles | latin.full_titles
        ):
            return "read"
    if not a.titles.isdisjoint(b.parallel) or not b.titles.isdisjoint(a.parallel):
        return "parallel"
    found = ""
    for left in a.titles:
        for right in b.titles:
            (short, whose), (long, whole) = (
                ((left, a), (right, b)) if len(left) < len(right) else ((right, b), (left, a))
            )
            if long.startswith(short):
                rest = long[len(short) :]
                if rest and whose.volume and not whole.volume and same_volume(volume_key(rest), whose.volume):
                    return "numbered"
                if len(short) >= (4 if has_han(short) else 10) and not _FOLLOWS.match(rest):
                    found = "partial"
            elif long.endswith(short) and len(short) >= (3 if has_han(short) else 10):
                found = "partial"
    return found


def numbers(a: Features, b: Features, agree: list[str], vetoes: list[str]) -> str:
    """Which number agrees: ``isbn``, ``number`` or nothing."""
    strong = ""
    if not a.numbers.isdisjoint(b.numbers):
        agree.append("number")
        strong = "number"
    if not a.isbns.isdisjoint(b.isbns) or not a.loose_isbns.isdisjoint(b.loose_isbns):
        agree.append("isbn")
        strong = strong or "isbn"
    elif a.isbns and b.isbns and not strong:
        vetoes.append("isbn")
    if a.issns and b.issns and a.kind in SERIALS:
        if not a.issns.isdisjoint(b.issns):
            agree.append("issn")
        else:
            vetoes.append("issn")
    return strong


def own_numbers(a: Features, b: Features, conflict: list[str]) -> None:
    """A library that has the two under two numbers in its own catalogue has found them to be two.

    Numbers of union catalogues (035) do not count: two for one edition are what is looked for here.
    """
    known = dict(a.own_numbers)
    if a.own_numbers.isdisjoint(b.own_numbers) and any(name in known for name, _ in b.own_numbers):
        conflict.append("own-number")


def parts(a: Features, b: Features, title: str, agree: list[str], vetoes: list[str]) -> None:
    """Volume numbers, names of parts, other title information."""
    if title == "numbered":
        agree.append("volume")
        return
    named = bool(a.part_names and b.part_names) and any_alike(a.part_names, b.part_names)
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
    if not a.titles.isdisjoint(b.full_titles - b.titles) or not b.titles.isdisjoint(a.full_titles - a.titles):
        # One has the other's whole title, or what stands beside it, in its title proper.
        return
    if a.other and b.other and not a.full_titles & b.full_titles:
        if any_alike(a.other, b.other):
            agree.append("subtitle")
        elif a.other <= b.series or b.other <= a.series:
            return  # the series stands beside the title
        elif comparable_phrases(a.other, b.other) and title not in ("partial", "parallel"):
            vetoes.append("subtitle")
    elif a.other or b.other:
        named_part, whole = (a, b) if a.other else (b, a)
        for text in named_part.other:
            # 中华成语故事: 智慧卷 and 中华成语故事, with the ISBN of them all.
            if text[-1] in _PART_WORDS and len(text) <= _SHORT and not any(text in full for full in whole.full_titles):
                vetoes.append("part")
                return


def edition(a: Features, b: Features, agree: list[str], conflict: list[str], vetoes: list[str]) -> None:
    """A first edition is hardly ever stated, so that no statement means the first."""
    left, right = a.edition, b.edition
    other_text = bool(left.kinds and right.kinds) and left.kinds.isdisjoint(right.kinds)
    if not other_text and left.number != right.number and _of_original(left, right):
        conflict.append("edition")
        return
    if a.declared - right.kinds or b.declared - left.kinds:
        # The edition statement itself says that it is another text: 注音本, 详注本.
        other_text = True
    if left.number != right.number or (left.number == 1 and left.revised != right.revised) or other_text:
        vetoes.append("edition")
    elif left.kinds != right.kinds and bool(left.sorts) != bool(right.sorts):
        # 连环画, 注音版, 汉英对照: another text than the plain one, or a word that one library left out.
        conflict.append("edition")
    elif left.stated and right.stated:
        agree.append("edition")


def _of_original(left: Edition, right: Edition) -> bool:
    """One numbers the original's edition (原书第2版) of a translation, the other says nothing."""
    return (left.foreign and not right.stated) or (right.foreign and not left.stated)


def extent(a: Features, b: Features, agree: list[str], conflict: list[str], vetoes: list[str]) -> None:
    """Carrier, volumes and pages."""
    left, right = a.extent, b.extent
    if left.carrier != right.carrier and left.carrier and right.carrier and not _loosely_worded(a, b):
        vetoes.append("carrier")
        return
    pages = _pages(left, right)
    if max(left.volumes, right.volumes) > 1:
        if left.volumes == right.volumes:
            agree.append("volumes")
        elif (left.volumes or left.pages) and (right.volumes or right.pages) and pages != "agree":
            # 2册 (1444页) and 1444页 are one count of the same set.
            vetoes.append("extent")
            return
    if pages:
        (agree if pages == "agree" else conflict).append("pages")


def _loosely_worded(a: Features, b: Features) -> bool:
    """12集 and 12张光盘 of a recording, 260页 and an online resource of an e-book."""
    if a.kind not in _NO_PAPER or b.kind not in _NO_PAPER:
        return False
    carriers = {a.extent.carrier, b.extent.carrier}
    return "paper" in carriers or carriers <= _DISCS


def _pages(left: Extent, right: Extent) -> str:
    if not left.pages or not right.pages:
        return ""
    difference = abs(left.pages - right.pages)
    if difference <= _PAGES_SLACK and difference * 5 <= max(left.pages, right.pages):
        return "agree"
    return "conflict" if difference * 10 > max(left.pages, right.pages) else ""


def year(a: Features, b: Features, strong: str, agree: list[str], vetoes: list[str]) -> None:
    if a.year is None or b.year is None:
        return
    if a.year == b.year:
        agree.append("year")
    elif a.kind in SERIALS:
        if abs(a.year - b.year) > 2:
            vetoes.append("year")
    elif abs(a.year - b.year) > 1 or not strong:
        # A year apart is how imprint and cataloguing-in-publication data differ; more is a reprint.
        vetoes.append("year")


def names(a: Features, b: Features, agree: list[str], conflict: list[str], vetoes: list[str]) -> None:
    """Authors, translators, and others where neither of those tells."""
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
        several = len(a.creators) > 1 and len(b.creators) > 1
        if several and strangers(a.creators, everybody_b) and strangers(b.creators, everybody_a):
            # One of them is another edition's author, unless the other has merely left some out.
            conflict.append("co-author")
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
    elif author and (
        _translated_by_another(a, everybody_a, b, everybody_b) or _translated_by_another(b, everybody_b, a, everybody_a)
    ):
        conflict.append("translator")
    elif (
        a.others
        and b.others
        and any_same(a.others, b.others) is False
        and not any_same(everybody_a, b.others)
        and not any_same(a.others, everybody_b)
    ):
        # Who annotated, adapted or drew it: another one, or another of several.
        conflict.append("other-names")


def _translated_by_another(
    a: Features, everybody_a: tuple[str, ...], b: Features, everybody_b: tuple[str, ...]
) -> bool:
    """The one has a translator whom the other does not know, and the other has somebody, in no known role, instead."""
    return (
        bool(a.translators)
        and not b.translators
        and any_same(a.translators, everybody_b) is False
        and strangers(everybody_b, everybody_a)
    )


def publisher(a: Features, b: Features, agree: list[str], conflict: list[str]) -> None:
    if a.regions and b.regions:
        if a.regions.isdisjoint(b.regions):
            conflict.append("place")
    elif a.countries and b.countries and a.countries.isdisjoint(b.countries):
        conflict.append("place")
    if not a.publishers or not b.publishers:
        return
    comparable = False
    for left in a.publishers:
        for right in b.publishers:
            if left == right or publisher_within(left, right) or publisher_within(right, left):
                agree.append("publisher")
                return
            if script(left) == script(right):
                comparable = comparable or not (publisher_short(left, right) or publisher_short(right, left))
            elif has_han(left) or has_han(right):
                han, latin = (left, right) if has_han(left) else (right, left)
                if latin and pinyin(han)[0].replace(" ", "").startswith(latin.replace(" ", "")):
                    agree.append("publisher")
                    return
    if comparable:
        conflict.append("publisher")
