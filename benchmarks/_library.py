"""Made union records for the benchmarks of the index: as many as wanted, always the same for the same seed, and never
all in memory at once.

What a library's catalogue looks like to an index decides what it costs, so the shape is drawn after real ones: seven
titles of ten in Chinese, the others in Latin script; words by how often they are written (Chinese from the dictionary
of jieba, Latin ones made of syllables and taken by Zipf's law, and, where ``WENYUAN_TEST_DATA`` has real records,
theirs); some authors, subjects, publishers and series everywhere, most of them rare; two of three editions in one
library, the others in two to twelve; a summary in every third record; a classification, a call number and barcodes.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator, Sequence
from itertools import accumulate
from pathlib import Path

from gateway.core.record import (
    Classification,
    Contributor,
    Flavour,
    Holding,
    Identifier,
    Publication,
    RawRecord,
    Record,
    Series,
    Subject,
    Title,
    UnionRecord,
)
from gateway.records import iso2709
from gateway.records.files import read_file
from gateway.records.marc import Field, MarcRecord
from gateway.records.merge import merge
from gateway.records.normalise import normalise

SEED = 20261121
LIBRARIES = 113
_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
    "余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)
_CITIES = ("北京", "上海", "西安", "广州", "南京", "武汉", "成都", "天津", "沈阳", "杭州", "长沙", "济南")
_HOUSES = ("人民", "科学", "教育", "文艺", "古籍", "大学", "美术", "少年儿童", "科学技术", "民族", "经济", "法律")
_KINDS = (*("概论", "研究", "导论", "论集", "教程", "选读", "手册", "文集", "史", "学"), *([""] * 20))
_CLASSES = "ABCDEFGHIJKNOPQRSTUVXZ"


class _Words:
    """Words by their weight."""

    def __init__(self, words: Sequence[str], weights: Sequence[float]) -> None:
        self._words = words
        self._sums = list(accumulate(weights))

    def some(self, dice: random.Random, count: int) -> list[str]:
        return dice.choices(self._words, cum_weights=self._sums, k=count)

    def one(self, dice: random.Random) -> str:
        return self.some(dice, 1)[0]


class Library:
    """Editions by number; one is always the same, whichever others were asked for."""

    def __init__(self, seed: int = SEED) -> None:
        self.seed = seed
        dice = random.Random(seed)
        self._han = _dictionary()
        self.real_words = 0
        latin = [_latin_word(dice) for _ in range(60_000)]
        if real := _real_words():
            self.real_words = len(real)
            latin = [*real, *latin]
        self._latin = _by_zipf(list(dict.fromkeys(latin)), 0.9)
        self._subjects = _by_zipf([self._heading(dice) for _ in range(40_000)], 0.8)
        self._series = _by_zipf([f"{''.join(self._han.some(dice, 2))}丛书" for _ in range(8_000)], 0.7)
        publishers = [f"{dice.choice(_CITIES)}{dice.choice(_HOUSES)}出版社" for _ in range(60)]
        publishers += [f"{self._han.one(dice)}出版社" for _ in range(500)]
        publishers += [f"{self._latin.one(dice).title()} {dice.choice(('Press', 'Books'))}" for _ in range(300)]
        self._publishers = _by_zipf(list(dict.fromkeys(publishers)), 1.0)
        self._authors = _by_zipf([self._han_name(dice) for _ in range(150_000)], 0.6)
        self._foreigners = _by_zipf([self._latin_name(dice) for _ in range(60_000)], 0.6)

    def unions(self, start: int, stop: int) -> Iterator[UnionRecord]:
        for number in range(start, stop):
            yield merge(self.records(number))

    def records(self, number: int) -> list[Record]:
        """The records of one edition, each with its MARC record as its library sends it."""
        dice = random.Random(self.seed * 1_000_003 + number)
        chinese = dice.random() < 0.7
        title = self._title(dice, chinese)
        author = self._person(dice, chinese)
        second = self._person(dice, chinese) if dice.random() < 0.3 else None
        year = 2025 - int(dice.expovariate(1 / 18)) % 120
        publisher, extent = (
            self._publishers.one(dice),
            f"{90 + int(dice.expovariate(1 / 180))}{'页' if chinese else ' p.'}",
        )
        isbn = _isbn(number)
        subjects = tuple(dict.fromkeys(self._subjects.some(dice, dice.randint(1, 3))))
        number_of_class = f"{dice.choice(_CLASSES)}{dice.randint(1, 99)}{dice.choice(('', f'.{dice.randint(1, 99)}'))}"
        series = (Series(self._series.one(dice), str(dice.randint(1, 60))),) if dice.random() < 0.25 else ()
        summary = self._summary(dice, chinese) if dice.random() < 0.35 else ""
        holders = 1 if dice.random() < 0.67 else 2 + min(int(dice.expovariate(1 / 1.6)), 10)
        people = tuple(person for person in (author, second) if person is not None)
        out = []
        for library in dice.sample(range(LIBRARIES), holders):
            source = f"lib{library:03}"
            copies = range(dice.choice((1, 1, 2)))
            mark = f"{number_of_class}/{dice.randint(1, 9999)}"
            record = Record(
                id=f"{source}:{number}",
                source=source,
                local_id=str(number),
                titles=(title,),
                responsibility=f"{author.name}著" if chinese else f"by {author.name}",
                contributors=people,
                publications=(Publication(_CITIES[number % 12] if chinese else "London", publisher, str(year)),),
                identifiers=(Identifier("isbn", isbn, isbn),) if year >= 1970 else (),
                year=year,
                extent=extent,
                dimensions="21cm",
                series=series,
                subjects=subjects,
                classes=(Classification("clc", number_of_class),),
                languages=("chi",) if chinese else ("eng",),
                summary=summary,
                notes=("有书目和索引",) if dice.random() < 0.2 else (),
                holdings=tuple(
                    Holding(source, "", "流通库", mark, f"{library:03}{number:08}{copy}", 1, "available")
                    for copy in copies
                ),
            )
            record.raw = RawRecord(source, iso2709.write(_marc(record)), flavour=Flavour.MARC21, local_id=str(number))
            out.append(record)
        return out

    def _title(self, dice: random.Random, chinese: bool) -> Title:
        if chinese:
            text = "".join(self._han.some(dice, dice.choice((1, 2, 2, 3, 3, 4, 5)))) + dice.choice(_KINDS)
            other = ("".join(self._han.some(dice, dice.randint(2, 5))),) if dice.random() < 0.25 else ()
        else:
            words = self._latin.some(dice, dice.choice((2, 3, 4, 4, 5, 6, 8)))
            text = " ".join((words[0].capitalize(), *words[1:]))
            other = (" ".join(self._latin.some(dice, dice.randint(3, 8))),) if dice.random() < 0.35 else ()
        return Title(text, other=other, part_number=str(dice.randint(1, 12)) if dice.random() < 0.06 else "")

    def _person(self, dice: random.Random, chinese: bool) -> Contributor:
        name = (self._authors if chinese else self._foreigners).one(dice)
        return Contributor(name, "aut", "著" if chinese else "", primary=True)

    def _summary(self, dice: random.Random, chinese: bool) -> str:
        if not chinese:
            return " ".join(self._latin.some(dice, dice.randint(20, 90))).capitalize() + "."
        return "".join(
            "".join(self._han.some(dice, dice.randint(4, 12))) + "，" for _ in range(dice.randint(3, 9))
        ).rstrip("，") + "。"  # fmt: skip

    def _heading(self, dice: random.Random) -> Subject:
        return Subject(tuple(self._han.some(dice, dice.choice((1, 2, 2, 3)))), scheme="cct")

    def _han_name(self, dice: random.Random) -> str:
        given = "".join(self._han.some(dice, 1))[:2]
        return dice.choice(_SURNAMES) + given

    def _latin_name(self, dice: random.Random) -> str:
        return f"{self._latin.one(dice).title()}, {self._latin.one(dice).title()}"


def _dictionary() -> _Words:
    """Chinese words of one to six characters with how often each was counted."""
    import jieba

    lines = Path(jieba.__file__).with_name("dict.txt").read_text("utf-8").splitlines()
    rows = [(parts[0], int(parts[1])) for line in lines if not (parts := line.split(" "))[0].isascii()]
    rows = [row for row in rows if len(row[0]) <= 6]
    # Function words make sentences, not titles: what is counted most is damped.
    return _Words([word for word, _ in rows], [count**0.9 * (len(word) > 1 or 0.1) for word, count in rows])


def _by_zipf(values: Sequence, exponent: float) -> _Words:  # type: ignore[type-arg]
    return _Words(values, [1 / (rank + 3) ** exponent for rank in range(len(values))])


def _latin_word(dice: random.Random) -> str:
    size = dice.choice((1, 2, 2, 3, 3, 4))
    word = "".join(dice.choice("bcdfghjklmnprstvw") + dice.choice("aeiou") for _ in range(size))
    return word + dice.choice(("", "n", "r", "s", "l", "tion", "ment", "ing", "ed"))


def _real_words() -> list[str]:
    """Words of real titles, the most frequent first; none where there is no real data."""
    root = Path(os.environ.get("WENYUAN_TEST_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data")
    counted: dict[str, int] = {}
    for path in sorted((root / "psu-psulib_traject").rglob("*.mrc")):
        for raw in read_file(path, "real", flavour=Flavour.MARC21):
            if isinstance(raw, RawRecord):
                for word in normalise(raw).title.text.lower().split():
                    if word.isalpha():
                        counted[word] = counted.get(word, 0) + 1
    return sorted(counted, key=lambda word: (-counted[word], word))


def _isbn(number: int) -> str:
    body = f"9787{number:08}"
    return body + str(-sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(body)) % 10)


def _marc(record: Record) -> MarcRecord:
    title, publication, holding = record.title, record.publications[0], record.holdings[0]
    fields = [
        Field.control("001", record.local_id),
        Field.control("008", f"200101s{record.year}    cc            000 0 {record.languages[0]} d"),
        *(Field("020", " ", " ", (("a", identifier.value),)) for identifier in record.identifiers),
        *(Field("084", " ", " ", (("a", found.value), ("2", "clc"))) for found in record.classes),
        Field("100", "1", " ", (("a", record.contributors[0].name),)),
        Field("245", "1", "0", (
            ("a", title.text), *(("b", other) for other in title.other),
            *((("n", title.part_number),) if title.part_number else ()), ("c", record.responsibility),
        )),
        Field("260", " ", " ", (("a", publication.place), ("b", publication.publisher), ("c", publication.date))),
        Field("300", " ", " ", (("a", record.extent), ("c", record.dimensions))),
        *(Field("490", "0", " ", (("a", found.title), ("v", found.number))) for found in record.series),
        *(Field("500", " ", " ", (("a", note),)) for note in record.notes),
        *(Field("520", " ", " ", (("a", record.summary),)) for _ in range(bool(record.summary))),
        *(Field("650", " ", "4", (("a", subject.parts[0]), *(("x", part) for part in subject.parts[1:])))
          for subject in record.subjects),
        *(Field("700", "1", " ", (("a", person.name),)) for person in record.contributors[1:]),
        Field("852", " ", " ", (("a", record.source), ("h", holding.call_number), ("p", holding.barcode))),
    ]  # fmt: skip
    return MarcRecord("00000nam a2200000   4500", fields)
