"""Any record back out as MARC, from its own bytes when they are held, else built anew in MARC 21.

A record that came as MARC keeps every field it had, in its own flavour; only the character set changes. A record made
from Dublin Core or MODS, or whose bytes are no longer held, becomes a plain MARC 21 record of what is known.
"""

from __future__ import annotations

from gateway.core.errors import DataError
from gateway.core.record import Contributor, Record, Title, TitleKind
from gateway.records import iso2709, marcjson, marcxml
from gateway.records.marc import Field, MarcRecord
from gateway.records.normalise import marc_of

_LEADERS = {
    "book": "am", "ebook": "am", "braille": "am", "rarebook": "am", "thesis": "am", "microform": "am", "serial": "as",
    "eserial": "as", "newspaper": "as", "article": "aa", "manuscript": "tm", "audio": "im", "music": "jm",
    "score": "cm", "video": "gm", "map": "em", "image": "km", "software": "mm", "website": "ai",
    "kit": "om", "object": "rm",
}  # fmt: skip
_NAME_TAGS = {"person": "00", "family": "00", "corporate": "10", "meeting": "11"}
_SUBJECT_TAGS = {"person": "600", "corporate": "610", "meeting": "611", "title": "630", "place": "651", "form": "655"}
_CLASS_TAGS = {"lcc": "050", "ddc": "082", "udc": "080"}


def to_marc(record: Record) -> MarcRecord:
    """The record's own MARC when its bytes are held and readable, else one built in MARC 21."""
    if record.raw is not None:
        try:
            found = marc_of(record.raw)
        except DataError:
            found = None
        if found is not None:
            return found
    return build(record)


def to_iso2709(record: Record, charset: str = "utf-8") -> bytes:
    """ISO 2709 in ``charset``; characters that it lacks are written as its writer's escapes."""
    return iso2709.write(to_marc(record), charset)


def to_marcxml(record: Record) -> bytes:
    """One MARCXML ``record`` element in UTF-8."""
    return marcxml.write(to_marc(record))


def to_marcjson(record: Record) -> bytes:
    """MARC-in-JSON in UTF-8."""
    return marcjson.write(to_marc(record))


def build(record: Record) -> MarcRecord:
    """A MARC 21 record of everything in ``record`` that MARC 21 has a place for."""
    fields = [Field.control("001", record.local_id), Field.control("008", _fixed(record))]
    fields += _numbers(record)
    fields += [
        Field("041", "1" if record.original_languages else "0", " ", [
            *[("a", code) for code in record.languages],
            *[("h", code) for code in record.original_languages],
        ])
    ] if len(record.languages) > 1 or record.original_languages else []  # fmt: skip
    for found in record.classes:
        tag = _CLASS_TAGS.get(found.scheme, "084")
        source = (
            [("2", found.scheme)] if tag == "084" else [("2", found.edition)] if tag == "082" and found.edition else []
        )
        fields.append(Field(tag, " ", "4" if tag != "084" else " ", [("a", found.value), *source]))
    names = [*record.contributors]
    lead = next((name for name in names if name.primary), None)
    if lead is not None:
        names.remove(lead)
        fields.append(_name(lead, "1"))
    fields += _titles(record, bool(lead))
    if record.edition:
        fields.append(Field("250", " ", " ", [("a", record.edition)]))
    for publication in record.publications:
        parts = [("a", publication.place), ("b", publication.publisher), ("c", publication.date)]
        fields.append(Field("264", " ", "1", [(code, text) for code, text in parts if text]))
    physical = [("a", record.extent), ("b", record.illustrations), ("c", record.dimensions)]
    if any(text for _, text in physical):
        fields.append(Field("300", " ", " ", [(code, text) for code, text in physical if text]))
    for series in record.series:
        parts = [("a", series.title), ("v", series.number), ("x", series.issn)]
        fields.append(Field("490", "0", " ", [(code, text) for code, text in parts if text]))
    fields += [Field("500", " ", " ", [("a", note)]) for note in record.notes]
    for tag, text in (("505", record.contents), ("520", record.summary), ("521", record.audience)):
        if text:
            fields.append(Field(tag, "0" if tag == "505" else " ", " ", [("a", text)]))
    for subject in record.subjects:
        tag = "653" if subject.kind == "free" else _SUBJECT_TAGS.get(subject.kind, "650")
        rest = [("x", part) for part in subject.parts[1:]]
        source = [("2", subject.scheme)] if subject.scheme and tag != "653" else []
        second = " " if tag == "653" else "7" if source else "4"
        fields.append(Field(tag, " ", second, [("a", subject.parts[0]), *rest, *source]))
    fields += [_name(name, "7") for name in names]
    for link in record.links:
        label = [("y", link.label)] if link.label else []
        fields.append(Field("856", "4", "0", [("u", link.url), *label]))
    for holding in record.holdings:
        parts = [
            ("a", holding.library or holding.source), ("b", holding.location), ("h", holding.call_number),
            ("p", holding.barcode), ("z", holding.note),
        ]  # fmt: skip
        fields.append(Field("852", " ", " ", [(code, text) for code, text in parts if text]))
    leader = f"00000n{_LEADERS.get(record.form, 'am')} a2200000 i 4500"
    return MarcRecord(leader, fields)


def _fixed(record: Record) -> str:
    """008 with the dates and the language; the rest is left blank or filled."""
    first = f"{record.year:04d}" if record.year is not None else "    "
    last = f"{record.year_end:04d}" if record.year_end is not None else "    "
    kind = "m" if record.year_end is not None else "s" if record.year is not None else "n"
    item = {"ebook": "o", "eserial": "o", "braille": "f", "microform": "a"}.get(record.form, " ")
    language = (record.languages or ("und",))[0]
    return f"      {kind}{first}{last}xx {'':5}{item}{'':11}{language:3.3} d"


def _numbers(record: Record) -> list[Field]:
    fields = []
    for found in record.identifiers:
        code = "a" if found.valid else "z"
        more = [("q", found.qualifier)] if found.qualifier else []
        more += [("c", found.price)] if found.price else []
        if found.scheme in ("isbn", "issn"):
            value = [(code, found.value)] if found.value else []
            if value or more:
                fields.append(Field("020" if found.scheme == "isbn" else "022", " ", " ", [*value, *more]))
        elif found.scheme == "lccn":
            fields.append(Field("010", " ", " ", [(code, found.value)]))
        elif found.scheme == "oclc":
            fields.append(Field("035", " ", " ", [("a", f"(OCoLC){found.value}")]))
        elif found.scheme == "control":
            fields.append(Field("035", " ", " ", [("a", found.value)]))
        elif found.value:
            first = {"isrc": "0", "ismn": "2"}.get(found.scheme, "7")
            source = [("2", found.scheme)] if first == "7" else []
            fields.append(Field("024", first, " ", [(code, found.value), *more, *source]))
    return fields


def _titles(record: Record, has_main_entry: bool) -> list[Field]:
    main = record.title
    parallels = [title for title in record.titles if title.kind is TitleKind.PARALLEL]
    statement = _title_parts(main, "npb")
    if record.responsibility:
        statement.append(("c", record.responsibility))
    fields = [Field("245", "1" if has_main_entry else "0", "0", statement or [("a", record.local_id)])]
    fields += [Field("246", "3", "1", _title_parts(title, "npb")) for title in parallels]
    for title in record.titles:
        if title is main or title.kind is TitleKind.PARALLEL:
            continue
        if title.kind in (TitleKind.UNIFORM, TitleKind.ORIGINAL):
            fields.insert(0, Field("240", "1", "0", _title_parts(title, "np")))
        elif title.kind is TitleKind.CONTENT:
            fields.append(Field("740", "0", "2", _title_parts(title, "np")))
        else:
            fields.append(Field("246", "3", " ", _title_parts(title, "npb")))
    if main.pinyin:
        fields.append(Field("246", "3", " ", [("a", main.pinyin)]))
    return fields


def _title_parts(title: Title, codes: str) -> list[tuple[str, str]]:
    parts = {"n": title.part_number, "p": title.part_name, "b": " : ".join(title.other)}
    return [("a", title.text), *[(code, parts[code]) for code in codes if parts[code]]]


def _name(name: Contributor, first: str) -> Field:
    parts = [("a", name.name), ("c", name.nationality), ("d", name.dates), ("e", name.role_text), ("4", name.role)]
    indicator = {"person": "1", "family": "3"}.get(name.kind, "2")
    subfields = [(code, text) for code, text in parts if text]
    return Field(first + _NAME_TAGS.get(name.kind, "00"), indicator, " ", subfields)
