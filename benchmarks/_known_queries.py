"""The queries of the known-item test: made from records by rule and dice, never by hand."""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from opencc import OpenCC

from gateway.core.record import UnionRecord
from gateway.records import text
from index import analysis

_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Item:
    """A union record as a reader knows it."""

    union: UnionRecord
    title: str  #: the title proper as catalogued
    author: str
    isbns: tuple[str, ...]

    @property
    def key(self) -> str:
        return analysis.key(self.title)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is typed, and what must come: a union with this title (any edition of it), or with this ISBN."""

    typed: str
    item: Item
    by_isbn: str = ""


def item_of(union: UnionRecord) -> Item:
    record = union.record
    isbns = tuple(number for number in record.identifiers_of("isbn") if analysis.isbn13(number))
    author = next((person.name for person in record.contributors if person.primary), "")
    return Item(union, record.title.text.strip(), author, isbns)


def queries(items: Sequence[Item], count: int, seed: int) -> Iterator[tuple[str, list[Asked]]]:
    """(way of asking, ``count`` queries of distinct items; fewer where no more records can be asked for so)."""
    for way, ask in WAYS.items():
        dice = random.Random(f"{seed}/{way}")
        out: list[Asked] = []
        for item in dice.sample(items, len(items)):
            if len(out) == count:
                break
            if len(item.key) > 1 and len(item.title) <= _LONGEST and (asked := ask(item, dice)):
                out.append(asked)
        yield way, out


def _exact(item: Item, dice: random.Random) -> Asked:
    return Asked(item.title, item)


def _other_script(item: Item, dice: random.Random) -> Asked | None:
    for converter in _converters():
        other = str(converter.convert(item.title))
        if other != item.title:
            return Asked(other, item)
    return None


def _partial(item: Item, dice: random.Random) -> Asked | None:
    """Half of the title or a little more, at one end or in the middle."""
    title = item.title
    if text.has_han(title):
        if len(title) < 5:
            return None
        size = max(3, len(title) * 6 // 10)
        start = dice.randint(0, len(title) - size)
        return Asked(title[start : start + size], item)
    words = title.split()
    if len(words) < 4:
        return None
    size = max(3, len(words) * 6 // 10)
    start = dice.randint(0, len(words) - size)
    return Asked(" ".join(words[start : start + size]), item)


def _with_author(item: Item, dice: random.Random) -> Asked | None:
    return Asked(f"{item.title} {item.author}", item) if item.author else None


def _all_han(title: str) -> bool:
    return len(title) > 1 and all(text.has_han(letter) for letter in title)


def _pinyin(item: Item, dice: random.Random) -> Asked | None:
    if not _all_han(item.title):
        return None
    full = text.pinyin(item.title)[0]
    return Asked(full if dice.random() < 0.5 else full.replace(" ", ""), item)


def _initials(item: Item, dice: random.Random) -> Asked | None:
    return Asked(text.pinyin(item.title)[1], item) if _all_han(item.title) and len(item.title) > 2 else None


def _wrong_character(item: Item, dice: random.Random) -> Asked | None:
    """One character replaced: half of the time by one that sounds the same, else by any common one."""
    title = item.title
    if not _all_han(title) or len(title) < 3:
        return None
    place = dice.randrange(len(title))
    same = [other for other in _by_sound().get(text.pinyin(title[place])[0], ()) if other != text.fold(title[place])]
    wrong = dice.choice(same) if same and dice.random() < 0.5 else dice.choice(_common())
    if wrong == text.fold(title[place]):
        return None
    return Asked(title[:place] + wrong + title[place + 1 :], item)


def _isbn10(item: Item, dice: random.Random) -> Asked | None:
    for number in item.isbns:
        thirteen = analysis.isbn13(number)
        if thirteen.startswith("978"):
            body = thirteen[3:12]
            check = sum((10 - place) * int(digit) for place, digit in enumerate(body)) % 11
            last = "0" if check == 0 else "X" if check == 1 else str(11 - check)
            return Asked(body + last, item, by_isbn=thirteen)
    return None


def _nothing_between(item: Item, dice: random.Random) -> Asked | None:
    joined = "".join(letter for letter in item.title if letter.isalnum())
    return Asked(joined, item) if joined != item.title else None


def _typo(item: Item, dice: random.Random) -> Asked | None:
    """One letter of one word of five letters or more put in, left out, changed, or swapped with the next."""
    words = item.title.split()
    places = [at for at, word in enumerate(words) if len(word) > 4 and word.isascii() and word.isalpha()]
    if not places or not item.title.isascii():
        return None
    at = dice.choice(places)
    word = words[at].lower()
    place = dice.randrange(len(word) - 1)
    letter = dice.choice(string.ascii_lowercase)
    changed = dice.choice(
        (
            word[:place] + letter + word[place:],
            word[:place] + word[place + 1 :],
            word[:place] + letter + word[place + 1 :],
            word[:place] + word[place + 1] + word[place] + word[place + 2 :],
        )
    )
    return Asked(" ".join([*words[:at], changed, *words[at + 1 :]]), item) if changed != word else None


WAYS: dict[str, Callable[[Item, random.Random], Asked | None]] = {
    "exact title": _exact,
    "title in the other script": _other_script,
    "partial title": _partial,
    "title and author": _with_author,
    "pinyin": _pinyin,
    "initials": _initials,
    "one wrong character": _wrong_character,
    "ISBN-10 for 13": _isbn10,
    "spaces, punctuation lost": _nothing_between,
    "English with a typo": _typo,
}


@lru_cache(maxsize=1)
def _converters() -> tuple[OpenCC, OpenCC]:
    return OpenCC("t2s"), OpenCC("s2t")


@lru_cache(maxsize=1)
def _common() -> str:
    """The characters of GB 2312's first level, which holds the 3,755 common ones in the order of their readings."""
    rows = (bytes((first, second)) for first in range(0xB0, 0xD8) for second in range(0xA1, 0xFF))
    return "".join(pair.decode("gb2312", "ignore") for pair in rows)


@lru_cache(maxsize=1)
def _by_sound() -> dict[str, list[str]]:
    out: dict[str, list[str]] = {}
    for letter in _common():
        out.setdefault(text.pinyin(letter)[0], []).append(letter)
    return out
