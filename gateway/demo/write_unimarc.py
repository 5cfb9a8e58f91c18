"""The demo's records in UNIMARC and in CNMARC, each as its libraries write it.

CNMARC differs in what matters here: pinyin in ``$9`` or ``$A``, first authors in 701, roles in Chinese words in ``$4``,
national character-set codes in 100, and copies in 905.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gateway.core.record import Flavour
from gateway.demo.collection import Copy, Item
from gateway.demo.editions import Credit, Edition, places
from gateway.demo.wording import (
    HAN,
    function_code,
    in_script,
    is_body,
    pinyin,
    printed_isbn,
    statements,
    subdivision,
    wrong_check_digit,
)
from gateway.records.marc import Field, MarcRecord

Subfields = list[tuple[str, str]]

_LEADERS: Final = {"book": "am0", "serial": "as0", "map": "em0", "audio": "im0", "score": "cm0"}
_DIVISIONS: Final = {"topical": "x", "geographic": "y", "chronological": "z"}
#: Stands for half of a character, until the record is bytes (see ``gateway.demo.records``).
HALF_CHARACTER: Final = "\x01"


def write(item: Item) -> MarcRecord:
    edition, member = item.edition, item.member
    chinese = member.flavour is Flavour.CNMARC
    fields = [
        Field.control("001", f"{member.code}{item.number}"),
        Field.control("005", f"2024{1 + int(item.number) % 12:02d}15093000.0"),
        *_numbers(item),
        Field("100", subfields=[("a", _coded(edition, chinese))]),
        _language(edition),
        _country(edition, chinese),
        *_form(edition),
        _title(item, chinese),
        *([Field("205", subfields=[("a", edition.edition)])] if edition.edition else []),
        *([Field("206", subfields=[("a", edition.scale)])] if edition.scale else []),
        _publication(edition),
        _extent(item),
        *([Field("225", "2", subfields=[("a", edition.series)])] if edition.series else []),
        *([Field("326", subfields=[("a", edition.frequency)])] if edition.frequency else []),
        *_summary(item),
        *([Field("333", subfields=[("a", "少年儿童")])] if edition.audience == "j" else []),
        *_original(edition, chinese),
        *_subjects(edition),
        Field("690", subfields=[("a", edition.clc), ("v", "5" if edition.year >= 2010 else "4")]),
        *_names(item, chinese),
        Field("801", " ", "0", [("a", "CN"), ("b", member.code), ("c", f"{max(edition.year, 1998)}0620")]),
        *holdings(item),
    ]
    return MarcRecord(f"00000n{_LEADERS[edition.kind]} 2200000   450 ", fields)


def _numbers(item: Item) -> Iterator[Field]:
    edition = item.edition
    price: Subfields = [("d", edition.price)] if edition.price else []
    if edition.isbn:
        isbn = printed_isbn(edition.isbn, edition.year)
        if "isbn-check" in item.faults:
            isbn = wrong_check_digit(isbn)
        if "price-in-isbn" in item.faults:
            yield Field("010", subfields=[("a", f"{isbn}：{edition.price}")])
        else:
            yield Field("010", subfields=[("a", isbn), *price])
    elif edition.issn:
        yield Field("011", subfields=[("a", edition.issn), *price])
    elif not edition.csbn:
        yield Field("010", subfields=price or [("d", "非卖品")])
    if edition.csbn:
        yield Field("091", subfields=[("a", edition.csbn), *price])


def _coded(edition: Edition, chinese: bool) -> str:
    """100$a: 36 characters by position (UNIMARC Manual, field 100; CNMARC fills 26-29 with codes of its own)."""
    kind, last = ("a", "9999") if edition.continuing else ("d", "    ")
    audience = edition.audience or "k"
    charset = "0120" if chinese else "50  "
    return f"20240115{kind}{edition.year}{last}{audience}  y0chiy{charset}    ea"[:36]


def _language(edition: Edition) -> Field:
    original: Subfields = [("c", edition.original_language)] if edition.original_language else []
    return Field("101", "1" if original else "0", " ", [("a", edition.language), *original])


def _country(edition: Edition, chinese: bool) -> Field:
    iso, _, region = places()[edition.place]
    return Field("102", subfields=[("a", iso), *([("b", region)] if chinese and region else [])])


def _form(edition: Edition) -> Iterator[Field]:
    if edition.kind == "serial":
        periodicity = {"月刊": "f", "双月刊": "g", "季刊": "h"}[edition.frequency]
        yield Field("110", subfields=[("a", f"a{periodicity}a   0xx0")])
    elif edition.kind == "audio":
        yield Field("126", subfields=[("a", "ccxxhxx       "), ("b", "   ")])
    elif edition.kind == "book":
        yield Field("105", subfields=[("a", "y   z   000yy")])


def _title(item: Item, chinese: bool) -> Field:
    edition, member = item.edition, item.member
    out: Subfields = [("a", edition.title)]
    if member.pinyin and HAN.search(edition.title) and edition.language == "chi":
        out.append((member.pinyin, pinyin(edition.title)))
    if edition.kind == "audio":
        out.append(("b", "录音制品"))
    if edition.other:
        out.append(("e", edition.other))
    if edition.part_number or item.volume:
        out.append(("h", edition.part_number or item.volume))
    if edition.part_name:
        out.append(("i", edition.part_name))
    if "no-responsibility" not in item.faults:
        said = statements(edition, wide=not chinese)
        out += [("f" if place == 0 else "g", statement) for place, statement in enumerate(said)]
    return Field("200", "1", " ", out)


def _publication(edition: Edition) -> Field:
    date = f"{edition.year}-" if edition.continuing else str(edition.year)
    place = in_script(edition.place, "simplified") if edition.language == "chi" else edition.place
    return Field("210", subfields=[("a", place), ("c", edition.publisher), ("d", date)])


def _extent(item: Item) -> Field:
    edition = item.edition
    pages = "1册" if item.volume else edition.pages
    return Field("215", subfields=[*([("a", pages)] if pages else []), ("d", edition.size)])


def _summary(item: Item) -> Iterator[Field]:
    summary = item.edition.summary
    if "half-character" in item.faults:
        # What a system does that cuts a note at so many bytes.
        summary = (summary or f"本书为{item.edition.publisher}出版的《{item.edition.title}》。")[:-1] + HALF_CHARACTER
    if summary:
        yield Field("330", subfields=[("a", summary)])


def _original(edition: Edition, chinese: bool) -> Iterator[Field]:
    if edition.original and chinese:
        yield Field("500", "1", "0", [("a", edition.original), ("m", "Chinese")])
    elif edition.original:
        yield Field("454", " ", "1", [("1", "2001 "), ("a", edition.original)])


def _subjects(edition: Edition) -> Iterator[Field]:
    for heading, *rest in edition.subjects:
        divisions = [(_DIVISIONS[subdivision(part)], part) for part in rest]
        tag = "606" if subdivision(heading) == "topical" else "607"
        yield Field(tag, "0", " ", [("a", heading), *divisions])


def _names(item: Item, chinese: bool) -> Iterator[Field]:
    first_role = item.edition.credits[0].role if item.edition.credits else ""
    for place, credit in enumerate(item.edition.credits):
        secondary = credit.role != first_role
        block = "71" if is_body(credit) else "70"
        if secondary:
            tag = block + "2"
        elif place or chinese:
            tag = block + "1"
        else:
            tag = block + "0"
        yield _name(tag, item, credit, chinese)


def _name(tag: str, item: Item, credit: Credit, chinese: bool) -> Field:
    out: Subfields = []
    if credit.mark and chinese:
        out.append(("c", f"({credit.mark})"))
    if "role-in-name" in item.faults:
        return Field(tag, " ", "0", [*out, ("a", credit.name + credit.role)])
    surname, comma, rest = credit.name.partition(", ")
    out += [("a", surname), ("b", rest)] if comma else [("a", credit.name)]
    if credit.mark and not chinese:
        out.append(("c", credit.mark))
    if item.member.pinyin and HAN.search(credit.name) and item.edition.language == "chi":
        out.append((item.member.pinyin, pinyin(credit.name)))
    out.append(("4", credit.role if chinese and HAN.search(credit.role) else function_code(credit.role)))
    if tag[1] == "1":
        return Field(tag, "0", "2", out)
    return Field(tag, " ", "1" if comma else "0", out)


def holdings(item: Item) -> Iterator[Field]:
    """The library's copies in its own layout."""
    code = item.member.code
    call_class, _, book = item.call_number.partition("/")
    if item.member.layout == "905":
        barcodes = [("b", copy.barcode) for copy in item.copies]
        shelf = [("c", item.copies[0].location), ("d", call_class), ("e", book), ("f", str(len(item.copies)))]
        yield Field("905", subfields=[("a", code), *barcodes, *shelf])
    elif item.member.layout == "905-copies":
        for copy in item.copies:
            volume: Subfields = [("v", copy.volume)] if copy.volume else []
            shelf = [("c", copy.location), ("s", item.call_number), *volume]
            yield Field("905", subfields=[("a", code), ("b", copy.barcode), *shelf])
    else:
        for copy in item.copies:
            yield from _french(code, item.call_number, copy)


def _french(code: str, call_number: str, copy: Copy) -> Iterator[Field]:
    """930 with its item in 915, joined by ``$5``."""
    link = f"{code}:{copy.barcode}"
    volume: Subfields = [("v", copy.volume)] if copy.volume else []
    yield Field("915", subfields=[("5", link), ("b", copy.barcode)])
    yield Field(
        "930", subfields=[("5", link), ("b", code), ("c", copy.location), ("a", call_number), *volume, ("j", "u")]
    )
