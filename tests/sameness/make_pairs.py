"""Makes ``pairs.jsonl``, the labelled set of sameness: ``python tests/sameness/make_pairs.py``.

Every edition of ``editions.txt`` is catalogued in the ways that libraries really differ (CNMARC with and without
pinyin, MARC 21 in simplified characters, romanised with traditional 880 fields, romanised only), which gives pairs of
the same edition; and with one thing changed that makes it another edition, which gives near misses. ``hand.txt``,
``adversarial.txt``, ``second.txt``, ``third.txt`` and ``fourth.txt`` add cases written by hand. The choice is by
position, never by chance: the file is the same every time.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import opencc

from gateway.records.text import pinyin

HERE = Path(__file__).parent
TRADITIONAL = opencc.OpenCC("s2t")
#: A character of the title is exchanged for another one of the same sound.
HOMOPHONES = str.maketrans("梦记传史界中的美国时数学战论西城", "孟纪转使介钟地每果石树雪占轮夕成")


@dataclasses.dataclass(frozen=True)
class Edition:
    title: str
    other: str
    author: str
    nationality: str
    role: str
    translator: str
    place: str
    publisher: str
    prefix: str
    year: int
    pages: int
    edition: str
    clc: str
    serial: int
    volume: str = ""
    volumes: int = 0
    gmd: str = ""
    leader: str = "00000nam0 2200000   450 "
    language: str = "chi"

    @property
    def isbn(self) -> str:
        body = "7" + self.prefix + f"{self.serial:0{8 - len(self.prefix)}d}"
        thirteen = "978" + body
        return thirteen + str(-sum((1, 3)[at % 2] * int(digit) for at, digit in enumerate(thirteen)) % 10)

    @property
    def isbn10(self) -> str:
        body = self.isbn[3:12]
        return body + "0123456789X"[-sum((10 - at) * int(digit) for at, digit in enumerate(body)) % 11]


def editions() -> list[Edition]:
    found = []
    for line in (HERE / "editions.txt").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            cells = [cell.strip() for cell in line.split("|")]
            cells[9:11] = [int(cells[9]), int(cells[10])]  # type: ignore[list-item]
            found.append(Edition(*cells, serial=100 + 37 * len(found)))  # type: ignore[arg-type]
    return found


def spelled(text: str) -> str:
    return pinyin(text)[0].capitalize()


def name_spelled(text: str) -> str:
    parts = pinyin(text, name=True)[0].split()
    return f"{parts[0].capitalize()}, {''.join(parts[1:]).capitalize()}" if len(parts) in (2, 3) else " ".join(parts)


def statement(e: Edition) -> str:
    mark = f"({e.nationality}) " if e.nationality else ""
    return f"{mark}{e.author}{e.role}"


def extent(e: Edition, unit: str = "页") -> str:
    return f"{e.volumes}册 ({e.pages}{unit})" if e.volumes else f"{e.pages}{unit}"


def cnmarc(e: Edition) -> str:
    """As CALIS members catalogue: pinyin in $A, every heading."""
    lines = [
        f"LDR {e.leader}",
        f"001 C{e.serial}",
        f"010 ## $a{e.isbn[:3]}-7-{e.prefix}-{e.isbn[4 + len(e.prefix) : 12]}-{e.isbn[12]}$dCNY{e.pages // 10}.00",
    ]
    lines += [f"100 ## $a20100101d{e.year}    em y0chiy50      ea", f"101 0# $a{e.language}"]
    title = f"200 1# $a{e.title}$A{spelled(e.title)}" + (f"$b{e.gmd}" if e.gmd else "")
    title += (f"$h{e.volume}" if e.volume else "") + (f"$e{e.other}" if e.other else "") + f"$f{statement(e)}"
    lines.append(title + (f"$g{e.translator}译" if e.translator else ""))
    lines += [f"205 ## $a{e.edition}"] if e.edition else []
    lines += [f"210 ## $a{e.place}$c{e.publisher}$d{e.year}", f"215 ## $a{extent(e)}$d21cm", f"690 ## $a{e.clc}$v5"]
    tag = "711" if len(e.author) > 6 and "·" not in e.author else "701"
    lines.append(
        f"{tag} #0 $a{e.author}$A{spelled(e.author)}" + (f"$c{e.nationality}" if e.nationality else "") + f"$4{e.role}"
    )
    lines += [f"702 #0 $a{e.translator}$A{spelled(e.translator)}$4译"] if e.translator else []
    return "\n".join([*lines, "801 #0 $aCN$bBNU$c20100101"]) + "\n"


def county(e: Edition) -> str:
    """As a county library catalogues: ISBN-10, no pinyin, no name headings, month of printing, no subtitle."""
    lines = [f"LDR {e.leader}", f"001 X{e.serial}", f"010 ## $a{e.isbn10}$d{e.pages // 10}.00元"]
    lines += [f"100 ## $a20120101d{e.year}    em y0chiy0110    ea", f"101 0# $a{e.language}"]
    title = f"200 1# $a{e.title}" + (f"$b{e.gmd}" if e.gmd else "") + (f"$h{e.volume}" if e.volume else "")
    lines.append(title + f"$f{e.author}{e.role}" + (f"$g{e.translator}译" if e.translator else ""))
    lines += [f"205 ## $a{e.edition.removeprefix('第')}"] if e.edition else []
    lines += [f"210 ## $a{e.place}$c{e.publisher}$d{e.year}.10", f"215 ## $a{extent(e)}", f"690 ## $a{e.clc}"]
    return "\n".join([*lines, f"905 ## $aXIAN$b00{e.serial:06d}-2$d{e.clc}$e1"]) + "\n"


def county_wrong_isbn(e: Edition) -> str:
    wrong = e.isbn10[:5] + str((int(e.isbn10[5]) + 1) % 10) + e.isbn10[6:]
    return county(e).replace(e.isbn10, wrong)


def county_without_isbn(e: Edition) -> str:
    return county(e).replace(f"$a{e.isbn10}", "")


def marc21(e: Edition, convert: Callable[[str], str] = str) -> str:
    """MARC 21 with Chinese characters in the regular fields."""
    leader = "00000cam a2200000 a 4500" if "am" in e.leader else f"00000n{e.leader[6:8]} a2200000 a 4500"
    lines = [
        f"LDR {leader}",
        f"001 M{e.serial}",
        f"008 100101s{e.year}    cc            000 0 {e.language} d",
        f"020 ## $a{e.isbn}",
    ]
    main = "110 2#" if len(e.author) > 6 and "·" not in e.author else "100 1#"
    lines.append(f"{main} $a{convert(e.author)}" + ("$eauthor." if e.role == "著" else ""))
    title = f"245 10 $a{convert(e.title)}" + (f".$n{e.volume}" if e.volume else "") + (f"$h[{e.gmd}]" if e.gmd else "")
    lines.append(
        title
        + (f" :$b{convert(e.other)}" if e.other else "")
        + f" /$c{convert(statement(e))}"
        + (f" ; {convert(e.translator)}譯." if e.translator else ".")
    )
    lines += [f"250 ## $a{convert(e.edition)}."] if e.edition else []
    lines += [
        f"260 ## $a{convert(e.place)} :$b{convert(e.publisher)},$c{e.year}.",
        f"300 ## $a{extent(e, ' p.')} ;$c21 cm",
    ]
    lines += [f"700 1# $a{convert(e.translator)}$etranslator."] if e.translator else []
    return "\n".join(lines) + "\n"


def romanised(e: Edition, with_characters: bool = True) -> str:
    """MARC 21 as North American libraries catalogue: romanised, with 880 fields in traditional characters."""
    t = TRADITIONAL.convert
    leader = "00000cam a2200000 a 4500" if "am" in e.leader else f"00000n{e.leader[6:8]} a2200000 a 4500"
    lines = [
        f"LDR {leader}",
        f"001 R{e.serial}",
        f"008 100101s{e.year}    cc            000 0 {e.language} d",
        f"020 ## $a{e.isbn10}",
    ]
    corporate = len(e.author) > 6 and "·" not in e.author
    main = "110 2#" if corporate else "100 1#"
    author = spelled(e.author) if corporate else name_spelled(e.author)
    volume = e.volume.replace("册", "")
    lines.append(f"{main} $6880-01$a{author}.")
    lines.append(
        f"245 10 $6880-02$a{spelled(e.title)}."
        + (f"$n{volume}" if volume else "")
        + (f" :$b{spelled(e.other)}" if e.other else "")
        + f" /$c{spelled(e.author)} zhu."
    )
    number = "".join(c for c in e.edition if c.isdigit())
    lines += [f"250 ## $aDi {number} ban."] if number else []
    lines += [
        f"260 ## $6880-03$a{spelled(e.place)} :$b{spelled(e.publisher)},$c{e.year}.",
        f"300 ## $a{e.pages} p. ;$c21 cm" if not e.volumes else f"300 ## $a{e.volumes} v. ({e.pages} p.) ;$c21 cm",
    ]
    lines += [f"700 1# $6880-04$a{name_spelled(e.translator)}$4trl"] if e.translator else []
    if with_characters:
        lines.append(f"880 {main[4:]} $6{main[:3]}-01/$1$a{t(e.author)}.")
        lines.append(
            f"880 10 $6245-02/$1$a{t(e.title)}."
            + (f"$n{t(volume)}" if volume else "")
            + (f" :$b{t(e.other)}" if e.other else "")
            + f" /$c{t(statement(e))}."
        )
        lines.append(f"880 ## $6260-03/$1$a{t(e.place)} :$b{t(e.publisher)},$c{e.year}.")
        lines += [f"880 1# $6700-04/$1$a{t(e.translator)}$4trl"] if e.translator else []
    else:
        lines = [
            line.replace("$6880-01", "").replace("$6880-02", "").replace("$6880-03", "").replace("$6880-04", "")
            for line in lines
        ]
    return "\n".join(lines) + "\n"


def same(e: Edition) -> Iterator[tuple[str, str, str]]:
    yield "cnmarc-county", cnmarc(e), county(e)
    yield "wrong-isbn", cnmarc(e), county_wrong_isbn(e)
    yield "no-isbn", county_without_isbn(e), marc21(e)
    yield "flavours", cnmarc(e), marc21(e)
    yield "scripts", cnmarc(e), marc21(e, TRADITIONAL.convert)
    yield "880", cnmarc(e), romanised(e)
    yield "880-county", county(e), romanised(e)
    yield "romanised-only", cnmarc(e), romanised(e, with_characters=False)


def different(e: Edition, others: list[Edition], at: int) -> Iterator[tuple[str, str, str]]:
    change = dataclasses.replace
    neighbour = others[(at + 1) % len(others)]
    number = int("".join(c for c in e.edition if c.isdigit()) or 1)
    yield "other-volume", cnmarc(change(e, volume="上册")), county(change(e, volume="下册"))
    yield "other-volume-number", marc21(change(e, volume="第1卷")), cnmarc(change(e, volume="第2卷"))
    yield "set-and-volume", cnmarc(change(e, volumes=3, pages=e.pages * 3)), county(change(e, volume="第1册"))
    yield "other-edition", cnmarc(e), marc21(change(e, edition=f"第{number + 1}版"))
    yield "reprint", cnmarc(e), county(change(e, year=e.year + 4))
    yield (
        "other-publisher",
        county_without_isbn(e),
        marc21(
            change(
                e,
                publisher=neighbour.publisher if neighbour.publisher != e.publisher else "三秦出版社",
                serial=9000 + at,
                pages=e.pages + 61,
            )
        ),
    )
    yield (
        "other-author",
        county_without_isbn(e),
        county_without_isbn(
            change(
                e,
                author=neighbour.author if neighbour.author != e.author else "张三丰",
                nationality="",
                pages=e.pages + 40,
            )
        ),
    )
    yield "one-isbn", cnmarc(e), county(change(neighbour, serial=e.serial, prefix=e.prefix))
    yield "audio", cnmarc(e), marc21(change(e, leader="00000nim0 2200000   450 ", gmd="录音制品"))
    yield "braille", cnmarc(e), county(change(e, gmd="盲文"))
    yield "adaptation", cnmarc(change(e, other="青少版")), county_without_isbn(e).replace("$f", "$e连环画$f", 1)
    changed = e.title.translate(HOMOPHONES)
    if changed != e.title:
        yield "homophone", cnmarc(e), county(change(e, title=changed))
    if e.translator:
        yield (
            "translation",
            county_without_isbn(e),
            county_without_isbn(change(e, translator="李玉民" if e.translator != "李玉民" else "王力")),
        )
    else:
        yield "translated", cnmarc(e), marc21(change(e, language="eng"))


def pairs() -> Iterator[dict[str, object]]:
    everything = editions()
    for at, e in enumerate(everything):
        for kind, left, right in same(e):
            yield {"id": f"{kind}-{at:03d}", "same": True, "kind": kind, "left": left, "right": right}
        for kind, left, right in different(e, everything, at):
            yield {"id": f"{kind}-{at:03d}", "same": False, "kind": kind, "left": left, "right": right}


def hand(name: str) -> Iterator[dict[str, object]]:
    """A line ``== same|different kind``, then two records in lines with ``--`` between them; and so on."""
    for at, block in enumerate((HERE / f"{name}.txt").read_text("utf-8").split("\n== ")[1:]):
        head, _, body = block.partition("\n")
        label, kind = head.split(maxsplit=1)
        left, right = body.split("\n--\n")
        yield {
            "id": f"{name}-{at:03d}",
            "same": label == "same",
            "kind": kind,
            "left": left.strip() + "\n",
            "right": right.strip() + "\n",
        }


if __name__ == "__main__":
    with (HERE / "pairs.jsonl").open("w", encoding="utf-8") as out:
        for pair in (*pairs(), *hand("hand"), *hand("adversarial"), *hand("second"), *hand("third"), *hand("fourth")):
            out.write(json.dumps(pair, ensure_ascii=False) + "\n")
