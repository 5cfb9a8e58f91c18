"""The demo's records in MARC 21: Han in 880 pairs beside its pinyin, or directly in the fields, as the library does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gateway.demo.collection import Copy, Item
from gateway.demo.editions import Credit, Edition, places
from gateway.demo.wording import (
    HAN,
    body_pinyin,
    heading_pinyin,
    in_script,
    is_body,
    is_foreign,
    personal_pinyin,
    printed_isbn,
    relator,
    statements,
    subdivision,
    wrong_check_digit,
)
from gateway.records.marc import Field, MarcRecord

Subfields = list[tuple[str, str]]

_LEADERS: Final = {"book": "am ", "serial": "as ", "map": "em ", "audio": "im ", "score": "cm "}
_DIVISIONS: Final = {"topical": "x", "geographic": "z", "chronological": "y"}
_LANGUAGES: Final = {"chi": "Chinese", "eng": "English", "jpn": "Japanese"}
_STATUS_NOTES: Final = {"available": "", "on-loan": "checked out", "reference": "not for loan"}


class _Writer:
    """One record; counts its 880 pairs."""

    def __init__(self, item: Item) -> None:
        self.item = item
        self.edition = item.edition
        self.pairs: list[Field] = []
        self.linked = item.member.vernacular == "880" and item.edition.language == "chi"

    def script(self, text: str) -> str:
        return in_script(text, self.item.member.script) if self.edition.language == "chi" else text

    def field(self, tag: str, ind1: str, ind2: str, latin: Subfields, written: Subfields) -> Field:
        """``written`` as it is, or as an 880 with ``latin`` in the field itself."""
        if not self.linked or latin == written or not any(HAN.search(value) for _, value in written):
            return Field(tag, ind1, ind2, written)
        occurrence = f"{len(self.pairs) + 1:02d}"
        self.pairs.append(Field("880", ind1, ind2, [("6", f"{tag}-{occurrence}/$1"), *written]))
        return Field(tag, ind1, ind2, [("6", f"880-{occurrence}"), *latin])


def write(item: Item) -> MarcRecord:
    edition, member = item.edition, item.member
    writer = _Writer(item)
    fields = [
        Field.control("001", f"{member.id}{item.number}"),
        Field.control("003", member.code),
        Field.control("005", f"2024{1 + int(item.number) % 12:02d}15093000.0"),
        Field.control("008", _coded(edition)),
        *_numbers(item),
        Field("040", subfields=[("a", member.code), ("b", "chi"), ("c", member.code)]),
        *_languages(edition),
        *([Field("050", " ", "4", [("a", edition.lcc)])] if edition.lcc else []),
        Field("084", subfields=[("a", edition.clc), ("2", "clc")]),
        *_main_entry(writer),
        *_original(edition),
        _title(writer),
        *([_edition(writer)] if edition.edition else []),
        *([Field("255", subfields=[("a", f"Scale {edition.scale}")])] if edition.scale else []),
        _publication(writer),
        _extent(writer),
        *([_series(writer)] if edition.series else []),
        *([Field("310", subfields=[("a", edition.frequency)])] if edition.frequency else []),
        *([Field("520", subfields=[("a", writer.script(edition.summary))])] if edition.summary else []),
        *_subjects(writer),
        *_added_entries(writer),
    ]
    fields += [*holdings(item), *writer.pairs]
    return MarcRecord(f"00000n{_LEADERS[edition.kind]}a2200000 i 4500", fields)


def _coded(edition: Edition) -> str:
    """008: 40 characters by position (MARC 21 Format for Bibliographic Data, 008)."""
    kind, last = ("c", "9999") if edition.continuing else ("s", "    ")
    country = places()[edition.place][1].ljust(3)
    audience = edition.audience or " "
    middle = f"    {audience}      000 0 "
    if edition.kind == "serial":
        middle = f"{ {'月刊': 'm', '双月刊': 'b', '季刊': 'q'}[edition.frequency] }r p       0   a0".ljust(17)
    return f"240115{kind}{edition.year}{last}{country}{middle[:17]}{edition.language} d"


def _numbers(item: Item) -> Iterator[Field]:
    edition = item.edition
    price: Subfields = [("c", edition.price)] if edition.price else []
    if edition.isbn:
        isbn = printed_isbn(edition.isbn, edition.year).replace("-", "")
        if "isbn-check" in item.faults:
            isbn = wrong_check_digit(isbn)
        if "price-in-isbn" in item.faults:
            yield Field("020", subfields=[("a", f"{isbn} : {edition.price}")])
        else:
            yield Field("020", subfields=[("a", isbn), *price])
    if edition.issn:
        yield Field("022", subfields=[("a", edition.issn)])
    if edition.csbn:
        yield Field("091", subfields=[("a", edition.csbn), *([("d", edition.price)] if edition.price else [])])


def _languages(edition: Edition) -> Iterator[Field]:
    if edition.original_language:
        yield Field("041", "1", " ", [("a", edition.language), ("h", edition.original_language)])


def _heading(writer: _Writer, credit: Credit) -> tuple[str, str, Subfields, Subfields]:
    """(last two characters of the tag, first indicator, Latin form, written form) of a name."""
    name = writer.script(credit.name)
    role: Subfields = [("4", relator(credit.role))]
    if is_body(credit):
        return "10", "2", [("a", f"{body_pinyin(credit.name)}."), *role], [("a", name), *role]
    if ", " in name:
        return "00", "1", [], [("a", f"{name},"), *role]
    # A foreign name has no pinyin of its own; the form in Han is all that these libraries have.
    latin = name if is_foreign(credit) or not HAN.search(name) else f"{personal_pinyin(credit.name)},"
    return "00", "1", [("a", latin), *role], [("a", name), *role]


def _main_entry(writer: _Writer) -> Iterator[Field]:
    for credit in writer.edition.credits[:1]:
        if relator(credit.role) in ("aut", "cmp"):
            last, indicator, latin, written = _heading(writer, credit)
            yield writer.field(f"1{last}", indicator, " ", latin, written)


def _added_entries(writer: _Writer) -> Iterator[Field]:
    for place, credit in enumerate(writer.edition.credits):
        if place == 0 and relator(credit.role) in ("aut", "cmp"):
            continue
        last, indicator, latin, written = _heading(writer, credit)
        yield writer.field(f"7{last}", indicator, " ", latin, written)


def _original(edition: Edition) -> Iterator[Field]:
    if edition.original:
        language = _LANGUAGES[edition.language]
        yield Field("240", "1", "0", [("a", f"{edition.original}."), ("l", language)])


def _title(writer: _Writer) -> Field:
    edition, item = writer.edition, writer.item
    said = [] if "no-responsibility" in item.faults else statements(edition)
    pieces: list[tuple[str, str, str]] = [("", "a", edition.title)]
    if edition.part_number or item.volume:
        pieces.append((".", "n", edition.part_number or item.volume))
    if edition.part_name:
        pieces.append(("," if edition.part_number else ".", "p", edition.part_name))
    if edition.other:
        pieces.append((" :", "b", edition.other))
    if said:
        pieces.append((" /", "c", " ; ".join(said)))
    written = _punctuated([(mark, code, writer.script(text)) for mark, code, text in pieces])
    latin = _punctuated([(mark, code, heading_pinyin(text)) for mark, code, text in pieces]) if writer.linked else []
    added = "1" if any(relator(credit.role) in ("aut", "cmp") for credit in edition.credits[:1]) else "0"
    skipped = next((str(len(word)) for word in ("The ", "An ", "A ") if edition.title.startswith(word)), "0")
    return writer.field("245", added, skipped if edition.language == "eng" else "0", latin, written)


def _punctuated(pieces: list[tuple[str, str, str]]) -> Subfields:
    """ISBD: each mark stands at the end of the subfield before the one that it announces."""
    marks = [mark for mark, _, _ in pieces[1:]] + ["."]
    return [
        (code, text + (mark if not text.endswith(".") else ""))
        for (_, code, text), mark in zip(pieces, marks, strict=True)
    ]


def _edition(writer: _Writer) -> Field:
    text = writer.edition.edition
    return writer.field(
        "250", " ", " ", [("a", f"{heading_pinyin(text)}.")], [("a", f"{writer.script(text).rstrip('.')}.")]
    )


def _publication(writer: _Writer) -> Field:
    edition = writer.edition
    date = f"{edition.year}-" if edition.continuing else f"{edition.year}."
    latin = [("a", f"{body_pinyin(edition.place)} :"), ("b", f"{heading_pinyin(edition.publisher)},"), ("c", date)]
    written = [("a", f"{writer.script(edition.place)} :"), ("b", f"{writer.script(edition.publisher)},"), ("c", date)]
    return writer.field("264", " ", "1", latin, written)


def _extent(writer: _Writer) -> Field:
    edition = writer.edition
    size = edition.size.replace("cm", " cm")
    return Field(
        "300", subfields=[("a", f"{writer.script(edition.pages)} ;"), ("c", size)] if edition.pages else [("c", size)]
    )


def _series(writer: _Writer) -> Field:
    series = writer.edition.series
    return writer.field("490", "0", " ", [("a", heading_pinyin(series))], [("a", writer.script(series))])


def _subjects(writer: _Writer) -> Iterator[Field]:
    for heading, *rest in writer.edition.subjects:
        tag = "650" if subdivision(heading) == "topical" else "651"
        divisions = [(_DIVISIONS[subdivision(part)], writer.script(part)) for part in rest]
        if HAN.search(heading):
            yield Field(tag, " ", "7", [("a", writer.script(heading)), *divisions, ("2", "cct")])
        else:
            yield Field(tag, " ", "0", [("a", heading), *divisions])


def holdings(item: Item) -> Iterator[Field]:
    """The library's copies: 852 as the format has it, or 952 as Koha writes it."""
    call_class, _, book = item.call_number.partition("/")
    for copy in item.copies:
        if item.member.layout == "852":
            volume: Subfields = [("3", copy.volume)] if copy.volume else []
            note: Subfields = [("z", _STATUS_NOTES[copy.status])] if copy.status != "available" else []
            shelf = [("b", copy.location), ("h", call_class), ("i", book), ("p", copy.barcode)]
            yield Field("852", "8", " ", [*volume, ("a", item.member.code), *shelf, *note])
        else:
            yield _koha(item, copy)


def _koha(item: Item, copy: Copy) -> Field:
    loan: Subfields = [("q", "2026-12-20")] if copy.status == "on-loan" else []
    volume: Subfields = [("h", copy.volume)] if copy.volume else []
    code = item.member.code
    return Field(
        "952",
        subfields=[
            ("7", "1" if copy.status == "reference" else "0"),
            ("a", code),
            ("b", code),
            ("c", copy.location),
            *volume,
            ("o", item.call_number),
            ("p", copy.barcode),
            *loan,
            ("y", "BK"),
        ],
    )
