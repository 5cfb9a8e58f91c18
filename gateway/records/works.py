"""Which editions belong to one work: keys under which other editions, volumes and translations find one another.

A work is a title with an author. Editions of a work share a key made of the two, folded: of the main title without its
volume, the uniform title, the title of the original or a parallel one, each with each author. Chinese titles and names
also stand there as they read, so that a record in pinyin or a translation with a romanised uniform title finds them.
Works are shown, never merged, so a key may be wider than the rules of sameness.

A translation often names its author in Chinese only, so that nothing joins 海明威 to Hemingway but the title of the
original. Where that is long enough to be no other book's, the two sides find each other by the title alone: what is
``stored`` with one of them is ``asked`` by the other, so that two originals of one title by two authors stay apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b

from gateway.core.record import Contributor, Record, Title, TitleKind
from gateway.records.keys import form_kind, joined
from gateway.records.runs import BLANKS
from gateway.records.text import fold, has_han, pinyin
from gateway.records.volumes import split_title

#: Access point of the index that holds the keys.
INDEX = "work"

_TITLES = frozenset((TitleKind.MAIN, TitleKind.UNIFORM, TitleKind.ORIGINAL, TitleKind.PARALLEL))
_OF_THE_WORK = frozenset((TitleKind.UNIFORM, TitleKind.ORIGINAL))
_MAKERS = frozenset(("aut", "cre", "cmp", "art", ""))
_MOST_TITLES, _MOST_NAMES = 6, 3
#: Shorter readings (jia, shi ji) are those of many titles.
_SHORTEST_READING = 8
#: Forms whose editions are no editions of a work: a serial's title changes hands, an article has one.
_NO_WORKS = frozenset(("serial", "eserial", "article"))
_HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]+")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f][^()（）\[\]\u3400-\u9fff]*")
#: What cataloguers add to a uniform title: (Online), (Motion picture : 1954), [from old catalog].
_ADDED = re.compile(rf"{BLANKS}[(（\[][^()（）\[\]]*+[)）\]]")
#: Titles that are made for a collection and name no work (AACR2 25.8-25.10, RDA 6.2.2.10), folded and joined.
_COLLECTIVE = frozenset(
    (
        "works", "selections", "selectedworks", "completeworks", "collectedworks", "poems", "poetry", "plays", "drama",
        "novels", "shortstories", "essays", "letters", "correspondence", "speeches", "proseworks", "lawsetc", "laws",
        "treatiesetc", "songs", "choralmusic", "organmusic", "pianomusic", "vocalmusic", "chambermusic", "music",
        "作品集", "文集", "全集", "选集", "诗集", "诗选", "散文集", "小说集", "论文集", "书信集",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class WorkKeys:
    stored: tuple[str, ...]  #: what the index holds of a record
    asked: tuple[str, ...]  #: what finds the other editions


def work_keys(record: Record) -> WorkKeys:
    """None at all for serials, articles, and records without an author whose work has no uniform title."""
    if form_kind(record.form) in _NO_WORKS:
        return WorkKeys((), ())
    names = list(_names(record.contributors))
    titles = list(_named(record.titles))
    if not names:
        both = [
            f"{title}|" for kind, title in titles if kind in _OF_THE_WORK and len(title) >= (2 if has_han(title) else 6)
        ]
        keys = tuple(dict.fromkeys(map(_key, both)))
        return WorkKeys(keys, keys)
    common: list[str] = []
    stored: list[str] = []
    asked: list[str] = []
    latin_author = any(not has_han(name) for name, _ in names)
    for kind, title in titles:
        for name, read in names:
            common.append(f"{title}|{name}")
            if read and len(reading := _reading(title)) >= _SHORTEST_READING:
                common.append(f"{reading}|{read}")
        if _distinctive(title):
            if kind is TitleKind.MAIN and latin_author:
                stored.append(f"original:{title}")
                asked.append(f"translation:{title}")
            elif kind in _OF_THE_WORK and not latin_author:
                stored.append(f"translation:{title}")
                asked.append(f"original:{title}")
    return WorkKeys(
        tuple(dict.fromkeys(map(_key, (*common, *stored)))), tuple(dict.fromkeys(map(_key, (*common, *asked))))
    )


def _key(text: str) -> str:
    """Short, and one term whatever folds it: letters and digits only."""
    return blake2b(text.encode("utf-8", "replace"), digest_size=8).hexdigest()


def _named(titles: Iterable[Title]) -> Iterator[tuple[TitleKind, str]]:
    seen: set[tuple[TitleKind, str]] = set()
    for title in titles:
        if title.kind not in _TITLES or len(seen) == _MOST_TITLES:
            continue
        text = title.text if title.kind is TitleKind.MAIN else _ADDED.sub("", title.text)
        if title.kind in _OF_THE_WORK:
            head, *rest = text.split(". ")
            if any("selections" in part.lower() for part in rest):
                continue  # a part of the work
            text = head
        key = joined(split_title(text)[0])
        if key and (title.kind, key) not in seen and key not in _COLLECTIVE:
            seen.add((title.kind, key))
            yield title.kind, key


def _names(contributors: Iterable[Contributor]) -> Iterator[tuple[str, str]]:
    """(name, how its family name reads or ""): Chinese names whole, foreign ones by the family name alone."""
    seen: set[str] = set()
    makers = [one for one in contributors if one.role in _MAKERS and one.name]
    for one in [one for one in makers if one.primary] or makers:
        if len(seen) >= _MOST_NAMES:
            return
        for name, read in _forms(one):
            if name and name not in seen:
                seen.add(name)
                yield name, read


def _forms(contributor: Contributor) -> Iterator[tuple[str, str]]:
    name = contributor.name
    han = _HAN.findall(fold(name))
    if han:
        # 欧内斯特·海明威 and 海明威 are one; a Chinese name is in one piece.
        family = pinyin(han[-1], name=True)[0].split() if len(han) == 1 and contributor.kind == "person" else []
        yield han[-1], family[0] if family else ""
    latin = _LATIN.search(name)
    if latin and (not han or len(latin[0]) > 2):
        before, comma, _ = latin[0].partition(",")
        words = fold(before).split()
        if words:
            family_name = "".join(words) if comma or contributor.kind != "person" else words[-1]
            yield family_name, ""
    elif not han and (whole := joined(name)):
        yield whole, ""


def _reading(title: str) -> str:
    return pinyin(title)[0].replace(" ", "") if has_han(title) else title


def _distinctive(title: str) -> bool:
    """Whether hardly two books have this title: long, and in letters."""
    return len(title) >= 15 and not has_han(title)
