"""Makes ``fifth.jsonl``: pairs as cataloguers and systems really differ. ``python tests/sameness/make_fifth.py``.

Each edition of ``fifth_editions.txt`` is catalogued by eight hands (CALIS, a county library, a system that wrote the
subtitle into the title, MARC 21 in simplified and in traditional characters with years of the Republic, North American
libraries with and without 880, Dublin Core of a repository), and each record then has some of what happens to records
on the way: ISBN missing, of ten digits or with the price behind it; printings, brackets, months; short publishers;
names left out. Near misses get one thing that makes another edition, and the same accidents. ``fifth.txt`` adds cases
written by hand. The dice have a seed: the file is the same every time.
"""

from __future__ import annotations

import dataclasses
import json
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.sax.saxutils import escape

import opencc

from gateway.records.text import pinyin

HERE = Path(__file__).parent
TRADITIONAL = opencc.OpenCC("s2t")
_SEED = 2026
_MADE_UP = re.compile(r"<([0-9-]+)>")
_DIGITS = "零一二三四五六七八九十"


@dataclasses.dataclass(frozen=True)
class Edition:
    title: str
    other: str
    parallel: str
    authors: tuple[str, ...]
    mark: str
    role: str
    translator: str
    place: str
    publisher: str
    short: str
    prefix: str
    year: int
    pages: int
    edition: str
    series: str
    volumes: tuple[str, ...]
    serial: int
    volume: str = ""
    count: int = 0  #: volumes of a set
    kind: str = "am"  #: leader/06-07
    carrier: str = ""  #: 200$b
    extent: str = ""  #: instead of pages
    languages: tuple[str, ...] = ("chi",)

    @property
    def isbn(self) -> str:
        return completed(f"978-7-{self.prefix}-{self.serial}")

    @property
    def number(self) -> int:
        return int("".join(filter(str.isdigit, self.edition)) or 1)


def completed(body: str) -> str:
    """An ISBN with its check digit; the last group is filled up with zeros."""
    groups = body.split("-")
    missing = (12 if groups[0] in ("978", "979") else 9) - sum(map(len, groups))
    groups[-1] = "0" * missing + groups[-1]
    digits = "".join(groups)
    if len(digits) == 12:
        check = str(-sum((1, 3)[at % 2] * int(digit) for at, digit in enumerate(digits)) % 10)
    else:
        check = "0123456789X"[-sum((10 - at) * int(digit) for at, digit in enumerate(digits)) % 11]
    return "-".join([*groups, check])


def ten(isbn: str) -> str:
    return completed(isbn.removeprefix("978-").rpartition("-")[0])


def editions() -> list[Edition]:
    found = []
    for line in (HERE / "fifth_editions.txt").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            cells = [cell.strip() for cell in line.split("|")]
            values = [*cells[:3], tuple(cells[3].split(";")), *cells[4:11], int(cells[11]), int(cells[12])]
            found.append(
                Edition(*values, *cells[13:15], tuple(filter(None, cells[15].split(","))), 200 + 7 * len(found))
            )
    return found


def spelled(text: str) -> str:
    return pinyin(text)[0].capitalize()


def name_spelled(text: str) -> str:
    if "·" in text or len(text) > 4 or text.isascii():
        return spelled(text)
    parts = pinyin(text, name=True)[0].split()
    return f"{parts[0].capitalize()}, {''.join(parts[1:]).capitalize()}"


def statement(e: Edition, dice: random.Random) -> str:
    names = list(e.authors)
    if len(names) > 1 and dice.random() < 0.4:
        return f"{names[0]}{dice.choice(['等', '[等]'])}{e.role}"
    mark = dice.choice([f"({e.mark})", f"[{e.mark}]", f"（{e.mark}） ", ""]) if e.mark else ""
    return mark + ", ".join(names) + (e.role if dice.random() < 0.8 else "")


def numbers(e: Edition, dice: random.Random, isbn: bool) -> str:
    if not isbn:
        return ""
    written = dice.choice([e.isbn, e.isbn.replace("-", ""), ten(e.isbn), ten(e.isbn).replace("-", "")])
    price = f"{e.pages // 10 + 3}.{dice.choice(['00', '50', '80'])}"
    return written + dice.choice(
        ["", f"$dCNY{price}", f":CNY{price}", f" ￥{price}元", f"$b精装$d{price}元", f"(平装)$d¥{price}"]
    )


def edition_words(e: Edition, dice: random.Random) -> str:
    if not e.edition.startswith("第"):
        return dice.choice([e.edition, e.edition.replace("本", "版")])
    return dice.choice([e.edition, f"{e.number}版", f"第{_DIGITS[e.number]}版" if e.number <= 10 else e.edition])


def year_words(e: Edition, dice: random.Random) -> str:
    ways = [
        f"{e.year}",
        f"{e.year}.{dice.randint(1, 12)}",
        f"[{e.year}]",
        f"{e.year}（{e.year + 3}重印）",
        f"{e.year}年",
    ]
    return dice.choice([*ways, f"{e.year}$h{e.year + 2}.6"])


def extent_words(e: Edition, dice: random.Random) -> str:
    if e.extent:
        return e.extent
    if e.count:
        return f"{e.count}册" + dice.choice(["", f"({e.pages}页)"])
    return dice.choice(
        [f"{e.pages}页", f"{e.pages}页", f"{e.pages}p", f"12, {e.pages}页", f"XIV,{e.pages}页", f"{e.pages + 2}页"]
    )


def calis(e: Edition, dice: random.Random, isbn: bool) -> str:
    lines = [f"LDR 00000n{e.kind}0 2200000   450 ", f"001 012{e.serial:06d}"]
    lines += [f"010 ## $a{number}" for number in filter(None, [numbers(e, dice, isbn)])]
    lines += [f"100 ## $a20080315d{e.year}    em y0chiy50      ea"]
    lines.append(f"101 {int(bool(e.translator))}# " + "".join(f"$a{code}" for code in e.languages))
    title = f"200 1# $a{e.title}$A{spelled(e.title).lower()}" + (f"$b{e.carrier}" if e.carrier else "")
    title += (f"$d{e.parallel}" if e.parallel else "") + (f"$e{e.other}" if e.other else "")
    title += (f"$h{e.volume}" if e.volume else "") + f"$f{statement(e, dice)}"
    lines.append(title + (f"$g{e.translator}译" if e.translator else ""))
    lines += [f"205 ## $a{edition_words(e, dice)}"] if e.edition else []
    lines += [f"210 ## $a{e.place}$c{e.publisher}$d{year_words(e, dice)}", f"215 ## $a{extent_words(e, dice)}$d21cm"]
    lines += [f"225 2# $a{e.series}"] if e.series else []
    for name in e.authors[: dice.randint(1, 3)]:
        tag = "711 02" if len(name) > 5 and "·" not in name and not name.isascii() else "701 #0"
        lines.append(f"{tag} $a{name}$A{spelled(name).lower()}$4{e.role}")
    lines += [f"702 #0 $a{e.translator}$4译"] if e.translator else []
    return "\n".join(lines) + "\n"


def county(e: Edition, dice: random.Random, isbn: bool) -> str:
    lines = [f"LDR 00000n{e.kind}0 2200000   450 "]
    lines += [f"010 ## $a{number}" for number in filter(None, [numbers(e, dice, isbn)])]
    lines += [f"101 0# $a{e.languages[0]}"]
    volume = dice.choice([f"$h{e.volume}", f"({e.volume})", f" {e.volume}"]) if e.volume else ""
    title = f"200 1# $a{e.title}{volume}" + (f"$b{e.carrier}" if e.carrier else "")
    title += (f"$e{e.other}" if e.other and dice.random() < 0.6 else "") + f"$f{statement(e, dice)}"
    lines.append(title + (f"$g{e.translator}译" if e.translator else ""))
    lines += [f"205 ## $a{edition_words(e, dice)}"] if e.edition else []
    lines += [f"210 ## $a{e.place}$c{dice.choice([e.publisher, e.short])}$d{year_words(e, dice)}"]
    return "\n".join([*lines, f"215 ## $a{extent_words(e, dice)}"]) + "\n"


def glued(e: Edition, dice: random.Random, isbn: bool) -> str:
    """Subtitle, volume, edition and series where a title screen has one box for all of them."""
    lines = [f"010 ## $a{number}" for number in filter(None, [numbers(e, dice, isbn)])]
    lines += [f"101 0# $a{e.languages[0]}"]
    title = e.title + (f"{dice.choice(['：', ':', '——'])}{e.other}" if e.other else "")
    title += f"（{e.volume}）" if e.volume else ""
    title += f"（{edition_words(e, dice)}）" if e.edition else ""
    lines[:0] = [f"LDR 00000n{e.kind}0 2200000   450 "]
    lines.append(f"200 1# $a{title}" + (f"$b{e.carrier}" if e.carrier else "") + (f"$e{e.series}" if e.series else ""))
    lines[-1] += f"$f{statement(e, dice)}" + (f"$g{e.translator}" if e.translator else "")
    return (
        "\n".join([*lines, f"210 ## $a{e.place}$c{e.publisher}$d{e.year}", f"215 ## $a{extent_words(e, dice)}"]) + "\n"
    )


def marc21(e: Edition, dice: random.Random, isbn: bool, convert: Callable[[str], str] = str) -> str:
    lines = [f"LDR 00000n{e.kind} a2200000 a 4500", f"008 100101s{e.year}    cc            000 0 {e.languages[0]} d"]
    lines += [f"020 ## $a{dice.choice([e.isbn.replace('-', ''), ten(e.isbn).replace('-', '')])} (pbk.)"] if isbn else []
    lines += [f"041 1# $a{''.join(e.languages)}"] if len(e.languages) > 1 else []
    first = e.authors[0]
    tag = "110 2#" if len(first) > 5 and "·" not in first and not first.isascii() else "100 1#"
    lines.append(f"{tag} $a{convert(first)}.")
    title = f"245 10 $a{convert(e.title)}" + (f".$n{convert(e.volume)}" if e.volume else "")
    title += (f"$h[{convert(e.carrier)}]" if e.carrier else "") + (f" :$b{convert(e.other)}" if e.other else "")
    title += (f" =$b{e.parallel}" if e.parallel and not e.other else "") + f" /$c{convert(statement(e, dice))}"
    lines.append(title + (f" ; {convert(e.translator)}{convert('译')}." if e.translator else "."))
    lines += [f"250 ## $a{convert(edition_words(e, dice))}."] if e.edition else []
    year = f"{convert('民国')}{e.year - 1911}[{e.year}]" if convert is not str and dice.random() < 0.3 else f"{e.year}."
    lines.append(f"260 ## $a{convert(e.place)} :$b{convert(e.publisher)},$c{year}")
    lines.append(f"300 ## $a{e.extent or (f'{e.count} v. ({e.pages} p.)' if e.count else f'{e.pages} p.')} ;$c21 cm.")
    lines += [f"490 1# $a{convert(e.series)}"] if e.series else []
    lines += [f"700 1# $a{convert(e.translator)},$etranslator."] if e.translator else []
    return "\n".join(lines) + "\n"


def traditional(e: Edition, dice: random.Random, isbn: bool) -> str:
    return marc21(e, dice, isbn, TRADITIONAL.convert)


def american(e: Edition, dice: random.Random, isbn: bool, characters: bool = True) -> str:
    t = TRADITIONAL.convert
    lines = [f"LDR 00000c{e.kind} a2200000 a 4500", f"008 100101s{e.year}    cc            000 0 {e.languages[0]} d"]
    lines += [f"020 ## $a{ten(e.isbn).replace('-', '')}"] if isbn else []
    first = e.authors[0]
    tag = "110 2#" if len(first) > 5 and "·" not in first and not first.isascii() else "100 1#"
    lines.append(f"{tag} $6880-01$a{name_spelled(first)}.")
    volume = spelled(e.volume.removeprefix("第")) if e.volume else ""
    title = f"245 10 $6880-02$a{spelled(e.title)}" + (f".$n{volume}" if volume else "")
    lines.append(title + (f" :$b{spelled(e.other)}" if e.other else "") + f" /$c{spelled(first)} zhu.")
    if e.edition:
        lines.append(f"250 ## $6880-03$a{f'Di {e.number} ban' if e.number > 1 else spelled(e.edition)}.")
    place = spelled(e.place).replace(" ", "")
    lines.append(f"260 ## $6880-04$a{place} :$b{spelled(e.publisher)},$c{dice.choice(['', 'c', '['])}{e.year}.")
    lines.append(f"300 ## $a{e.extent or (f'{e.count} v. ({e.pages} p.)' if e.count else f'{e.pages} p.')} ;$c21 cm.")
    lines += [f"700 1# $6880-05$a{name_spelled(e.translator)}."] if e.translator else []
    if not characters:
        return re.sub(r"\$6880-0\d", "", "\n".join(lines)) + "\n"
    lines.append(f"880 {tag[4:]} $6{tag[:3]}-01/$1$a{t(first)}.")
    title = f"880 10 $6245-02/$1$a{t(e.title)}" + (f".$n{t(e.volume)}" if volume else "")
    lines.append(title + (f" :$b{t(e.other)}" if e.other else "") + f" /$c{t(statement(e, dice))}.")
    lines += [f"880 ## $6250-03/$1$a{t(e.edition)}."] if e.edition else []
    lines.append(f"880 ## $6260-04/$1$a{t(e.place)} :$b{t(e.publisher)},$c{e.year}.")
    lines += [f"880 1# $6700-05/$1$a{t(e.translator)}."] if e.translator else []
    return "\n".join(lines) + "\n"


def pinyin_only(e: Edition, dice: random.Random, isbn: bool) -> str:
    return american(e, dice, isbn, characters=False)


def dublin_core(e: Edition, dice: random.Random, isbn: bool) -> str:
    title = " ".join(filter(None, [e.title, e.volume])) + (f" : {e.other}" if e.other else "")
    kind = {"am": "Text", "im": "Sound"}.get(e.kind, "Text")
    cells = [("title", title), *(("creator", name) for name in e.authors), ("publisher", e.publisher)]
    cells += [("contributor", f"{e.translator} (译)")] if e.translator else []
    cells += [("date", str(e.year)), ("language", e.languages[0]), ("format", extent_words(e, dice)), ("type", kind)]
    cells += [("identifier", f"ISBN {e.isbn}")] if isbn else []
    cells += [("description", edition_words(e, dice))] if e.edition else []
    body = "".join(f"<dc:{name}>{escape(value)}</dc:{name}>" for name, value in cells)
    spaces = 'xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    return f"<oai_dc:dc {spaces}>{body}</oai_dc:dc>"


HANDS = (calis, county, glued, marc21, traditional, american, pinyin_only)


def same(e: Edition, at: int, dice: random.Random) -> Iterator[tuple[str, str, str]]:
    """Six pairs: each hand beside another; without number only where both tell enough besides."""
    for turn in range(6):
        left, right = HANDS[(at + turn) % len(HANDS)], HANDS[(at + 2 * turn + 1) % len(HANDS)]
        if left is right:
            right = dublin_core if not e.edition else county if left is not county else calis
        latin = {left, right} & {pinyin_only}
        isbn = (turn % 3 != 0) or bool(latin)
        mine = dataclasses.replace(e, volume=e.volumes[turn % 2]) if e.volumes and turn % 2 else e
        if mine is e and e.volumes:
            mine = dataclasses.replace(e, count=len(e.volumes))
        yield (
            f"{left.__name__}-{right.__name__}{'' if isbn else '-no-isbn'}",
            left(mine, dice, isbn),
            right(mine, dice, (isbn and dice.random() < 0.85) or bool(latin)),
        )


def different(e: Edition, at: int, others: list[Edition], dice: random.Random) -> Iterator[tuple[str, str, str]]:
    """Near misses: what is changed, then both catalogued by hands that keep what was changed."""
    change = dataclasses.replace
    neighbour = others[(at + 1) % len(others)]
    one = e
    found: list[tuple[str, Edition, Edition]] = []
    if e.volumes:
        found.append(("volume", change(e, volume=e.volumes[0]), change(e, volume=e.volumes[1])))
        found.append(("set", change(e, count=2, pages=e.pages * 2), change(e, volume=e.volumes[0])))
    found.append(("edition", one, change(e, edition=f"第{e.number + 1}版", year=e.year + 2, pages=e.pages + 14)))
    found.append(("edition-same-year", one, change(e, edition=f"第{e.number + 1}版")))
    found.append(("reprint-reset", one, change(e, year=e.year + 6, pages=e.pages + 57)))
    if e.translator:
        found.append(("translator", one, change(e, translator=neighbour.authors[0][:3] + "之")))
        found.append(("bilingual", one, change(e, languages=("chi", "eng"), edition="双语版", pages=e.pages * 2)))
    else:
        found.append(("author", one, change(e, authors=("赵钱孙",), mark="", pages=e.pages + 3)))
        found.append(("annotated", one, change(e, edition="详注本")))
    found.append(
        (
            "house",
            one,
            change(e, publisher="三秦出版社", short="三秦", place="西安", prefix="80546", pages=e.pages + 25),
        )
    )
    found.append(("sound", one, change(e, kind="im", carrier="录音制品", extent="6盒磁带")))
    found.append(("large-print", one, change(e, edition="大字本", pages=e.pages * 3 // 2)))
    found.append(("comic", one, change(e, other="漫画版", pages=e.pages // 3)))
    found.append(
        ("other-book-of-series", one, change(neighbour, serial=e.serial, prefix=e.prefix, publisher=e.publisher))
    )
    found.append(("companion", one, change(e, title=e.title + dice.choice(["导读", "习题集", "续编", "研究", "索引"]))))
    keeping = (calis, marc21, traditional, american, county)
    for turn in range(5):
        kind, a, b = found[(at + turn * 3) % len(found)]
        left, right = dice.choice(keeping[:4]), dice.choice(keeping[:4] if kind == "comic" else keeping)
        isbn = dice.random() < 0.5
        yield kind, left(a, dice, isbn), right(b, dice, isbn)


def pairs() -> Iterator[dict[str, object]]:
    dice = random.Random(_SEED)
    everything = editions()
    for at, e in enumerate(everything):
        for number, (kind, left, right) in enumerate(same(e, at, dice)):
            yield {"id": f"same-{at:02d}-{number}", "same": True, "kind": kind, "left": left, "right": right}
        for number, (kind, left, right) in enumerate(different(e, at, everything, dice)):
            yield {"id": f"different-{at:02d}-{number}", "same": False, "kind": kind, "left": left, "right": right}


def hand() -> Iterator[dict[str, object]]:
    text = _MADE_UP.sub(lambda match: completed(match[1]), (HERE / "fifth.txt").read_text("utf-8"))
    for at, block in enumerate(text.split("\n== ")[1:]):
        head, _, body = block.partition("\n")
        label, kind = head.split(maxsplit=1)
        if "\n-&\n" in body:
            left, changes = body.strip().split("\n-&\n")
            right = changed(left.splitlines(), changes.splitlines())
        else:
            left, right = body.strip().split("\n--\n")
        yield {
            "id": f"fifth-{at:03d}",
            "same": label == "same",
            "kind": kind,
            "left": left + "\n",
            "right": right + "\n",
        }


def changed(lines: list[str], changes: list[str]) -> str:
    new = {line[:3] for line in changes}
    return "\n".join([*[line for line in lines if line[:3] not in new], *changes])


if __name__ == "__main__":
    with (HERE / "fifth.jsonl").open("w", encoding="utf-8") as out:
        for pair in (*pairs(), *hand()):
            out.write(json.dumps(pair, ensure_ascii=False) + "\n")
