"""Pairs out of real records: each beside itself as another library would have it, and beside another edition of itself.

The same: converted to the other flavour, in the other script, with the characters of its 880 fields in their place or
without them, without ISBN, without subtitle, statement, added names or ISBD's punctuation, a short publisher,
the year in brackets, preliminary pages counted. Near misses: one element changed to what makes another edition.
The dice have a seed. Nobody tuned a rule on these records; they are where they lie and in no repository of ours.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator

import opencc

from benchmarks._labelled import DATA, Labelled, Pair
from benchmarks.records_files import found_files, read
from gateway.core.errors import DataError
from gateway.core.record import Flavour, RawRecord, Record
from gateway.records.convert import to_flavour
from gateway.records.flavour import decide
from gateway.records.marc import Field, MarcRecord
from gateway.records.marcxml import write
from gateway.records.normalise import normalise
from gateway.records.text import has_han

_SEED = 11
_PER_FILE = 12
_FAMILIES = (
    "dp2", "lc-marcedit", "trln", "pulib-fixtures", "xbib-marc", "yaz-marc", "traject", "blacklight-marc",
    "folio-mod-data-import", "folio-dipc", "psu-psulib_traject", "marc2bibframe2", "tulibraries", "qa-catalogue",
    "evergreen", "idzebra", "catmandu-marc", "pymarc",
)  # fmt: skip
_SIMPLIFIED = opencc.OpenCC("t2s")
_TRADITIONAL = opencc.OpenCC("s2t")
_ISBD = re.compile(r"\s*[/:;,.=]$")
_NUMBER = re.compile(r"\d+")
_NUMBERS = frozenset(("001", "010", "016", "019", "024", "035"))
Change = Callable[[list[Field], random.Random], "list[Field] | None"]


def _each(fields: list[Field], change: Callable[[str, str, str], str]) -> list[Field]:
    """Every value put through ``change(tag, code, value)``."""
    return [
        field
        if field.is_control
        else Field(field.tag, field.ind1, field.ind2, [(c, change(field.tag, c, v)) for c, v in field.subfields])
        for field in fields
    ]


def _without(fields: list[Field], *tags: str) -> list[Field] | None:
    kept = [field for field in fields if field.tag not in tags]
    return kept if len(kept) < len(fields) else None


def _cut(fields: list[Field], tags: tuple[str, ...], code: str) -> list[Field] | None:
    kept = [
        Field(f.tag, f.ind1, f.ind2, [part for part in f.subfields if part[0] != code])
        if f.tag in tags and not f.is_control
        else f
        for f in fields
    ]
    return kept if kept != fields else None


def _characters_in_place(fields: list[Field], dice: random.Random) -> list[Field] | None:
    """880 fields instead of the romanised ones, as libraries in China would have it."""
    own: dict[str, list[Field]] = {}
    for field in fields:
        if field.tag == "880" and has_han(field.text) and (tag := field.get("6")[:3]).isdecimal():
            parts = [part for part in field.subfields if part[0] != "6"]
            own.setdefault(tag, []).append(Field(tag, field.ind1, field.ind2, parts))
    if "245" not in own:
        return None
    kept = [field for field in fields if field.tag not in own and field.tag != "880"]
    return sorted([*kept, *[field for found in own.values() for field in found]], key=lambda field: field.tag)


def _romanised_alone(fields: list[Field], dice: random.Random) -> list[Field] | None:
    kept = _without(fields, "880")
    return kept and _cut(kept, tuple({field.tag for field in kept}), "6")


def _script(fields: list[Field], dice: random.Random) -> list[Field] | None:
    convert = dice.choice((_SIMPLIFIED, _TRADITIONAL)).convert
    changed = _each(fields, lambda tag, code, value: convert(value) if has_han(value) else value)
    return changed if changed != fields else None


def _bare(fields: list[Field], dice: random.Random) -> list[Field]:
    return _each(fields, lambda tag, code, value: _ISBD.sub("", value))


def _short_publisher(fields: list[Field], dice: random.Random) -> list[Field] | None:
    words = re.compile(
        r"出版社|出版公司| chu ban she|,? (?:Inc|Ltd|Co|Press|Publishers?|Publishing|Pub)\b\.?", re.IGNORECASE
    )
    codes = {"260": "b", "264": "b", "210": "c"}
    changed = _each(
        fields, lambda tag, code, v: (words.sub("", v) or v) if codes.get(tag) == code and len(v) > 4 else v
    )
    return changed if changed != fields else None


def _year_worded(fields: list[Field], dice: random.Random) -> list[Field]:
    codes = {"260": "c", "264": "c", "210": "d"}

    def worded(tag: str, code: str, value: str) -> str:
        if codes.get(tag) != code or not (year := re.fullmatch(r"\D?(\d{4})\.?", value.strip())):
            return value
        return dice.choice([f"[{year[1]}]", f"c{year[1]}.", f"{year[1]}.8", f"{year[1]} (2nd printing)"])

    return _each(fields, worded)


SAME: dict[str, Change] = {
    "characters-in-place": _characters_in_place,
    "romanised-alone": _romanised_alone,
    "script": _script,
    "bare": _bare,
    "short-publisher": _short_publisher,
    "year-worded": _year_worded,
    "no-isbn": lambda fields, dice: _without(fields, "020", "010"),
    "no-added-names": lambda fields, dice: _without(fields, "700", "710", "702", "712"),
    "no-subtitle": lambda fields, dice: _cut(fields, ("245",), "b") or _cut(fields, ("200",), "e"),
    "no-statement": lambda fields, dice: _cut(fields, ("245",), "c"),
}


def _digits(fields: list[Field], tags: dict[str, str], by: Callable[[int], int]) -> list[Field] | None:
    changed = _each(
        fields,
        lambda tag, code, value: (
            _NUMBER.sub(lambda m: str(by(int(m[0]))), value) if code in tags.get(tag, "") else value
        ),
    )
    return changed if changed != fields else None


def _reprint(fields: list[Field], dice: random.Random) -> list[Field] | None:
    years = {"260": "c", "264": "c", "210": "d"}
    later = _digits(fields, years, lambda year: year + 7 if 1500 < year < 2030 else year)
    if later is None:
        return None
    moved = [
        Field.control("008", f"{f.data[:6]}s{int(f.data[7:11]) + 7}    {f.data[15:]}")
        if f.tag == "008" and f.data[7:11].isdecimal()
        else f
        for f in later
    ]
    return _digits(moved, {"300": "a", "215": "a"}, lambda pages: pages * 6 // 5 + 9)


def _titled(fields: list[Field], title: str) -> list[Field] | None:
    if any(field.tag == "880" for field in fields):
        return None
    at = {"245": "a", "200": "a"}
    return _each(fields, lambda tag, code, value: title if at.get(tag) == code else value)


def _added(*parts: tuple[str, str, str]) -> Change:
    """Adds a subfield (tag, code, value) to the title statement or edition, whichever flavour has it."""

    def change(fields: list[Field], dice: random.Random) -> list[Field] | None:
        for tag, code, value in parts:
            for at, f in enumerate(fields):
                if f.tag == tag and not f.get(code):
                    head, *rest = f.subfields
                    return [*fields[:at], Field(tag, f.ind1, f.ind2, [head, (code, value), *rest]), *fields[at + 1 :]]
        return None

    return change


def _edition(fields: list[Field], dice: random.Random) -> list[Field] | None:
    marc21 = any(field.tag == "245" for field in fields)
    tag = "250" if marc21 else "205"
    if any(field.tag == tag for field in fields):
        return None
    stated = Field(tag, " ", " ", [("a", dice.choice(["第3版", "3版"]) if not marc21 else "3rd ed.")])
    return sorted([*fields, stated], key=lambda field: field.tag)


OTHER: dict[str, Change] = {
    "reprint": _reprint,
    "volume": _added(("245", "n", "Vol. 3"), ("200", "h", "第3卷")),
    "edition": _edition,
    "other-title": lambda fields, dice: _titled(
        fields, dice.choice(["Roots and wings", "水经注疏", "Handbook of tiles"])
    ),
    "language": lambda fields, dice: (
        [
            Field.control("008", f"{f.data[:35]}fin{f.data[38:]}") if f.tag == "008" else f
            for f in (_without(fields, "041") or fields)
            if f.tag != "101"
        ]
        if any(
            f.tag == "008" and len(f.data) == 40 and f.data[35:38].isalpha() and f.data[35:38] != "fin" for f in fields
        )
        else None
    ),
}


def sets() -> dict[str, Labelled]:
    """The labelled pairs, or none without the data."""
    pairs = list(_pairs())
    return {"real records, perturbed": Labelled(pairs)} if pairs else {}


def _pairs() -> Iterator[Pair]:
    dice = random.Random(_SEED)
    for path in found_files() if DATA.is_dir() else ():
        if path.relative_to(DATA).parts[0] not in _FAMILIES or path.stat().st_size > 8_000_000:
            continue
        told = [marc for marc in read(path)[0] if _told(marc)]
        for marc in dice.sample(told, min(len(told), _PER_FILE)):
            yield from _of_one(marc, dice)


def _told(marc: MarcRecord) -> bool:
    """Whether there is enough in it to say what it is: a book with author, publisher, year and pages."""
    if marc.leader[6:8] != "am" or not (marc.tags() & {"245", "200"}):
        return False
    record = _record(marc, "a")
    return bool(
        record is not None
        and record.title.text
        and record.contributors
        and record.year
        and record.publications
        and re.search(r"\d{2}", record.extent)
        and record.edition == ""
    )


def _record(marc: MarcRecord, side: str) -> Record | None:
    try:
        return normalise(RawRecord(side, write(marc), "marcxml", local_id="1"))
    except DataError:
        return None


def _of_one(marc: MarcRecord, dice: random.Random) -> Iterator[Pair]:
    one = _record(marc, "a")
    name = marc.control("001").strip()
    for turn in range(2):
        fields = list(marc.fields())
        done = []
        for kind in dice.sample(list(SAME), 4):
            changed = SAME[kind](fields, dice)
            if changed is not None and not (kind == "no-isbn" and "romanised-alone" in done):
                fields = changed
                done.append(kind)
        other = MarcRecord(marc.leader, fields)
        if turn and not {"romanised-alone", "characters-in-place"} & set(done):
            # Converted with its flavour known, as a target's is.
            to = Flavour.MARC21 if decide(marc, None) is not Flavour.MARC21 else Flavour.CNMARC
            other = to_flavour(other, to)[0]
            done.append("converted")
        right = _record(other, "b")
        if one is not None and right is not None and done:
            yield f"{name}: {' '.join(done)}", True, one, right
    unimarc = "200" in marc.tags()
    if "880" in marc.tags():
        return  # both forms of a statement would have to be changed
    for kind in dice.sample(list(OTHER), 2):
        # Another edition has other numbers of its own; its ISBN may be copied from the one before.
        fields = [field for field in marc.fields() if field.tag not in _NUMBERS or (field.tag == "010" and unimarc)]
        changed = OTHER[kind](fields, dice)
        right = _record(MarcRecord(marc.leader, changed), "b") if changed is not None else None
        if one is not None and right is not None:
            yield f"{name}: {kind}", False, one, right
