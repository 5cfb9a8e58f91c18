"""Leaders and coded data: UNIMARC 100-110 against MARC 21 008, 041 and 044, by the code tables of the map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gateway.core.record import Flavour
from gateway.records.convert import electronic
from gateway.records.convert.draft import Draft, Loss
from gateway.records.convert.rules import rules
from gateway.records.countries import of_marc21
from gateway.records.labels import table, words
from gateway.records.mapping.statements import has_han
from gateway.records.marc import Field, MarcRecord

_FILL = "|"
_BLANKS = " |^#"


def _code(name: str, code: str, where: str, draft: Draft, *, back: bool = False, fill: str = " ") -> str:
    """The other format's code; ``fill`` and a loss when it has none. Fill characters and blanks say nothing."""
    codes: Mapping[str, str] = (rules().back if back else rules().codes)[name]
    found = codes.get(code)
    if found is None:
        if code and code not in _BLANKS:
            draft.losses.append(Loss(where, code, "no-code"))
        return fill
    return found


def _several(name: str, source: str, where: str, draft: Draft, *, back: bool = False, size: int) -> str:
    found = [_code(name, code, where, draft, back=back, fill="") for code in source if code not in _BLANKS]
    kept = "".join(code for code in found if code.strip())
    if len(kept) > size:
        draft.losses.append(Loss(where, source, "no-second"))
    return kept[:size].ljust(size)


def marc21_leader(marc: MarcRecord, draft: Draft) -> str:
    old = marc.leader
    status = _code("status", old[5], "LDR/05", draft, fill="n")
    kind = _code("type", old[6], "LDR/06", draft, fill="a")
    level = _code("level", old[7], "LDR/07", draft, fill="m")
    encoding = _code("encoding", old[17], "LDR/17", draft)
    return f"00000{status}{kind}{level} a2200000{encoding}i 4500"


def unimarc_leader(marc: MarcRecord, draft: Draft) -> str:
    old = marc.leader
    status = _code("status", old[5], "LDR/05", draft, back=True, fill="n")
    kind = {"p": "m"}.get(old[6]) or _code("type", old[6], "LDR/06", draft, back=True, fill="a")
    level = {"b": "a", "d": "c"}.get(old[7]) or _code("level", old[7], "LDR/07", draft, back=True, fill="m")
    encoding = {
        "1": " ",
        "u": " ",
        "z": " ",
        "2": "2",
        "5": "2",
        "7": "3",
        "4": " ",
        "3": "3",
        "I": " ",
        "L": " ",
        "K": "3",
        "M": "3",
    }.get(old[17])
    if encoding is None:
        encoding = _code("encoding", old[17], "LDR/17", draft, back=True)
    return f"00000{status}{kind}{level}  2200000{encoding}  450 "


def _sub(marc: MarcRecord, tag: str, code: str = "a") -> str:
    field = marc.first(tag)
    return field.get(code) if field else ""


def to_marc21(marc: MarcRecord, draft: Draft) -> None:
    """007, 008, 041 and 044 of MARC 21."""
    general = _sub(marc, "100").replace("^", " ").replace("#", " ").ljust(36)
    books = _sub(marc, "105").ljust(13)
    serial = _sub(marc, "110").ljust(11)
    data = list(" " * 40)
    entered = general[2:8]
    data[0:6] = entered if entered.isdecimal() else "      "
    first, last = general[9:13], general[13:17]
    data[6] = _code("date_type", general[8], "100$a/08", draft, fill="s" if first.isdecimal() else "n")
    data[7:15] = f"{first:4}{last:4}"
    countries = [value.strip().upper() for field in marc.fields("102") for value in field.all("a") if value.strip()]
    data[15:18] = f"{_country(countries[0], draft) if countries else 'xx ':3.3}"
    is_serial = marc.leader[7:8] == "s"
    form = _sub(marc, "106")[:1] or ("s" if marc.leader[6:7] == "l" else "")
    medium = _code("medium", form, "106$a/00", draft, fill=" ")
    audience = _several("audience", general[17:20], "100$a/17-19", draft, size=1)
    data[22] = audience if audience.strip() else _FILL
    if marc.leader[6:7] not in "ef":
        data[23] = medium
    else:
        data[29] = medium
    data[28] = _code("government", general[20], "100$a/20", draft, fill=_FILL)
    if is_serial:
        data[18] = _code("frequency", serial[1], "110$a/01", draft, fill=_FILL)
        data[19] = _code("regularity", serial[2], "110$a/02", draft, fill=_FILL)
        data[21] = _code("serial_type", serial[0], "110$a/00", draft, fill=_FILL)
    elif marc.leader[6:7] in "ab":
        _books(data, books, draft)
    kind = electronic.to_marc21(marc, draft)
    if marc.leader[6:7] == "l":
        data[26] = kind
    languages = [code.strip().lower() for code in _values(marc, "101", "a")]
    data[35:38] = f"{languages[0] if languages else 'und':3.3}"
    data[38] = " "
    data[39] = "d"
    draft.fields.append(Field.control("008", "".join(data)[:40]))
    _languages(marc, draft)
    _countries(marc, countries, draft)


def _books(data: list[str], books: str, draft: Draft) -> None:
    data[18:22] = _several("illustration", books[0:4], "105$a/00-03", draft, size=4)
    data[24:28] = _several("contents", books[4:8], "105$a/04-07", draft, size=4)
    for at, place in ((8, 29), (9, 30), (10, 31)):
        data[place] = books[at] if books[at] in "01" else _FILL
    data[33] = _code("literature", books[11], "105$a/11", draft, fill=_FILL)
    data[34] = _code("biography", books[12], "105$a/12", draft, fill=_FILL)


def _values(marc: MarcRecord, tag: str, code: str) -> list[str]:
    return [value for field in marc.fields(tag) for value in field.all(code) if value.strip()]


def _languages(marc: MarcRecord, draft: Draft) -> None:
    codes = rules().codes["text_languages"]
    for field in marc.fields("101"):
        parts = [(codes[code], value.strip()) for code, value in field.subfields if code in codes and value.strip()]
        draft.lose(field, [code for code, _ in field.subfields if code not in codes])
        if len(parts) > 1 or (parts and parts[0][0] != "a"):
            draft.add("041", ("1" if field.ind1 in "12" else "0") + " ", parts)


def _country(code: str, draft: Draft) -> str:
    entry = table("countries").get(code)
    if not entry or not entry.get("words"):
        draft.losses.append(Loss("102$a", code, "no-code"))
        return "xx "
    return str(entry["words"][0])


def _countries(marc: MarcRecord, countries: Sequence[str], draft: Draft) -> None:
    regions = _values(marc, "102", "b")
    if len(countries) > 1 or regions:
        parts = [("a", _country(code, draft).strip()) for code in countries]
        draft.add("044", "  ", [*parts, *[("b", region.strip()) for region in regions]])
    for field in marc.fields("102"):
        draft.lose(field, [code for code, _ in field.subfields if code not in "ab"])


def to_unimarc(marc: MarcRecord, flavour: Flavour, draft: Draft) -> None:
    """100, 101, 102, 105, 106, 110 and 135 of UNIMARC."""
    electronic.to_unimarc(marc, draft)
    fixed = marc.control("008").ljust(40)
    entered = fixed[0:6]
    century = "19" if entered[:2] > "50" else "20"
    day = century + entered if entered.isdecimal() else " " * 8
    kind = _code("date_type", fixed[6], "008/06", draft, back=True, fill="u")
    dates = "".join(character if character != _FILL else " " for character in fixed[7:15])
    is_serial = marc.leader[7:8] in "bs"
    audience = _code("audience", fixed[22], "008/22", draft, back=True, fill="u")
    government = _code("government", fixed[28], "008/28", draft, back=True, fill="u")
    agency = marc.first("040")
    cataloguing = (agency.get("b").strip() if agency else "") or ("chi" if flavour is Flavour.CNMARC else "eng")
    title = marc.first("245")
    script = "ea" if (title is not None and has_han(title.text)) or _han_title(marc) else "ba"
    general = f"{day}{kind}{dates}{audience}  {government}0{cataloguing:3.3}y50      {script}"
    draft.add("100", "  ", [("a", general)])
    _languages_back(marc, fixed, draft)
    country = of_marc21(fixed[15:18])
    if fixed[15:18].strip(_BLANKS) and not country and fixed[15:18].strip() not in ("xx", "xx|"):
        draft.losses.append(Loss("008/15-17", fixed[15:18], "no-code"))
    more = marc.first("044")
    known = words("countries")
    countries = [known.get(code, code.upper()) for value in (more.all("a") if more else []) if (code := value.strip())]
    regions = [value.strip() for value in (more.all("b") if more else [])]
    draft.add("102", "  ", [*[("a", code) for code in countries or [country]], *[("b", code) for code in regions]])
    if more:
        draft.lose(more, [code for code, _ in more.subfields if code not in "ab6"])
    if is_serial:
        serial = _code("serial_type", fixed[21], "008/21", draft, back=True, fill="z")
        frequency = _code("frequency", fixed[18], "008/18", draft, back=True, fill="u")
        regularity = _code("regularity", fixed[19], "008/19", draft, back=True, fill="u")
        draft.add("110", "  ", [("a", f"{serial}{frequency}{regularity}||||||||")])
    elif marc.leader[6:7] in "at":
        draft.add("105", "  ", [("a", _books_back(fixed, draft))])
    medium = fixed[29] if marc.leader[6:7] in "efgkor" else fixed[23]
    medium = {"b": "t", "c": "g", "q": "s", "s": "s"}.get(medium) or _code(
        "medium", medium, "008/23", draft, back=True, fill=""
    )
    draft.add("106", "  ", [("a", medium)])


def _han_title(marc: MarcRecord) -> bool:
    return any(field.get("6").startswith("245") and has_han(field.text) for field in marc.fields("880"))


def _books_back(fixed: str, draft: Draft) -> str:
    illustration = _several("illustration", fixed[18:22], "008/18-21", draft, back=True, size=4)
    contents = _several("contents", fixed[24:28], "008/24-27", draft, back=True, size=4)
    flags = "".join(fixed[place] if fixed[place] in "01" else _FILL for place in (29, 30, 31))
    fiction = "1" if fixed[33] == "f" else fixed[33]
    literature = _code("literature", fiction, "008/33", draft, back=True, fill=_FILL)
    biography = _code("biography", fixed[34], "008/34", draft, back=True, fill=_FILL)
    return f"{illustration}{contents}{flags}{literature}{biography}"


def _languages_back(marc: MarcRecord, fixed: str, draft: Draft) -> None:
    codes = rules().back["text_languages"]
    field = marc.first("041")
    parts: list[tuple[str, str]] = []
    if field is not None:
        parts = [(codes[code], value.strip()) for code, value in field.subfields if code in codes]
        draft.lose(field, [code for code, _ in field.subfields if code not in codes and code != "6"])
    own = fixed[35:38].strip(_BLANKS)
    if own and own != "und" and ("a", own) not in parts:
        parts.insert(0, ("a", own))
    draft.add("101", ("1" if field is not None and field.ind1 == "1" else "0") + " ", parts)
