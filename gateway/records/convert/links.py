"""Linking entries: UNIMARC 4XX, with embedded fields (``$1``) or subfields, against MARC 21 76X-78X and 830."""

from __future__ import annotations

from gateway.records.convert.draft import Draft
from gateway.records.mapping.punctuation import strip
from gateway.records.marc import SUBFIELD, Field, embedded

#: (tag and code of an embedded field, MARC 21 code); the first pair of a MARC 21 code serves on the way back.
_EMBEDDED = (
    ("001", "w"), ("010a", "z"), ("011a", "x"), ("200a", "t"), ("205a", "b"), ("210a", "d"), ("210c", "d"),
    ("210d", "d"), ("215a", "h"), ("225a", "k"), ("500a", "s"), ("700a", "a"), ("701a", "a"), ("710a", "a"),
    ("711a", "a"), ("200v", "g"), ("040a", "y"), ("300a", "n"), ("200e", "t"), ("200h", "t"), ("200i", "t"),
    ("700b", "a"), ("701b", "a"), ("710b", "a"), ("711b", "a"), ("200f", "c"), ("500m", "e"),
)  # fmt: skip
#: Plain subfields of a 4XX field that embeds nothing.
_PLAIN = {"a": "a", "t": "t", "x": "x", "y": "z", "z": "y", "v": "g", "3": "w", "0": "w", "e": "b", "c": "d", "n": "d",
          "d": "d", "p": "h", "u": "o", "s": "k", "h": "t", "i": "t", "f": "c"}  # fmt: skip
_JOINTS = {"200e": " : ", "200h": ". ", "200i": ", ", "210c": " : ", "210d": ", ", "h": ". ", "i": ", ", "n": " : ",
           "d": ", ", "700b": ", ", "701b": ", ", "710b": ". ", "711b": ". "}  # fmt: skip
_ORDER = "atbcdekghnosuvxyzw"
_BACK = {"w": "001", "z": "010a", "x": "011a", "t": "200a", "b": "205a", "d": "210a", "h": "215a", "k": "225a",
         "s": "500a", "a": "700a", "g": "200v", "y": "040a", "n": "300a", "c": "200f"}  # fmt: skip


def elements(field: Field, draft: Draft) -> dict[str, list[str]]:
    """MARC 21 code → values of a UNIMARC linking field; what finds no place is reported."""
    known = dict(_EMBEDDED)
    found: dict[str, list[str]] = {}
    inner = embedded(field)
    if inner:
        outer = [code for code, _ in field.subfields]
        draft.lose(Field(field.tag, subfields=field.subfields[: outer.index("1")]), outer)
    for own in inner:
        if own.is_control:
            # Subfields behind a control field are a fault, which is told and not followed.
            data, *beside = own.data.split(SUBFIELD)
            _put(found, known.get(own.tag, ""), data, "", _named(field, own.tag, "1", data), draft)
            for text in beside:
                draft.lose(_named(field, own.tag, text[:1], text[1:]), text[:1])
        for code, value in own.subfields:
            place = own.tag + code
            _put(found, known.get(place, ""), value, _JOINTS.get(place, ""), _named(field, own.tag, code, value), draft)
    if not inner:
        for code, value in field.subfields:
            _put(found, _PLAIN.get(code, ""), value, _JOINTS.get(code, ""), _named(field, "", code, value), draft)
    return found


def _named(field: Field, tag: str, code: str, value: str) -> Field:
    return Field(f"{field.tag}${tag}" if tag else field.tag, subfields=[(code, value)])


def _put(found: dict[str, list[str]], target: str, value: str, joint: str, origin: Field, draft: Draft) -> None:
    value = value.strip()
    if not value:
        return
    if not target:
        draft.lose(origin, origin.subfields[0][0] if origin.subfields else "")
        return
    values = found.setdefault(target, [])
    if joint and values:
        values[-1] += joint + value
    else:
        values.append(value)


def to_link(field: Field, tag: str, second: str, draft: Draft) -> None:
    """A linking entry of MARC 21."""
    found = elements(field, draft)
    subfields = [(code, value) for code in _ORDER for value in found.get(code, ())]
    draft.add(tag, ("0" if field.ind2 != "0" else "1") + (second or " "), subfields)


def to_series(field: Field, draft: Draft) -> None:
    """830 out of a link to a series, a set or a sub-set."""
    found = elements(field, draft)
    title, number = found.pop("t", []), found.pop("g", [])
    plain = [("a", title[0] if title else ""), *[("x", text) for text in found.pop("x", [])]]
    plain += [("w", text) for text in found.pop("w", [])]
    if number and plain[0][1]:
        plain[0] = ("a", f"{plain[0][1]} ;")
    for code, values in found.items():
        for value in values:
            draft.lose(Field(field.tag, subfields=[(code, value)]), code)
    for text in (*title[1:], *number[1:]):
        draft.lose(Field(field.tag, subfields=[("t", text)]), "t", "no-second")
    draft.add("830", " 0", [plain[0], *[("v", text) for text in number[:1]], *plain[1:]])


def from_link(field: Field, tag: str, draft: Draft) -> None:
    """A UNIMARC linking field with embedded fields (standard technique) out of 76X-78X."""
    by_tag: dict[str, list[tuple[str, str]]] = {}
    for code, value in field.subfields:
        value = strip(value)
        place = _BACK.get(code, "")
        if not value or code == "6":
            continue
        if not place:
            draft.lose(field, code)
        else:
            by_tag.setdefault(place[:3], []).append((place[3:], value))
    subfields: list[tuple[str, str]] = []
    for inner in sorted(by_tag):
        parts = by_tag[inner]
        if inner == "001":
            subfields.append(("1", "001" + parts[0][1]))
            for _, value in parts[1:]:
                draft.lose(Field(field.tag, subfields=[("w", value)]), "w", "no-second")
        else:
            subfields += [("1", inner + ("1 " if inner == "200" else "  ")), *parts]
    draft.add(tag, " " + ("0" if field.ind1 == "1" else "1"), subfields)


def from_series(field: Field, draft: Draft) -> None:
    """410 out of 830 (and 800-811, by the title)."""
    parts: list[tuple[str, str]] = []
    other: list[tuple[str, str]] = []
    for code, value in field.subfields:
        value = strip(value)
        if not value:
            continue
        if code in "anpv" and code != "n":
            parts.append(({"a": "a", "p": "i", "v": "v"}[code], value))
        elif code == "n":
            parts.append(("h", value))
        elif code == "x":
            other += [("1", "011  "), ("a", value)]
        elif code == "w":
            other.insert(0, ("1", "001" + value))
        elif code != "6":
            draft.lose(field, code)
    draft.add("410", " 0", [*other, *([("1", "2001 "), *parts] if parts else [])])
