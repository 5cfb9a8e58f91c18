"""Names of persons and bodies: UNIMARC 6XX and 7XX against MARC 21 1XX, 6XX and 7XX.

UNIMARC has the entry element and the rest of a name apart, MARC 21 together with a comma. Roles are numbers or Chinese
words in UNIMARC's ``$4``, codes in MARC 21's ``$4`` and words in ``$e``.
"""

from __future__ import annotations

from functools import lru_cache

from gateway.core.record import Flavour
from gateway.records.convert.draft import Draft
from gateway.records.labels import label, table
from gateway.records.mapping.punctuation import strip
from gateway.records.mapping.statements import has_han, role_code
from gateway.records.marc import Field

_BRACKETS = "()（）[]［］ "
#: UNIMARC code → MARC 21 code, beside the name itself.
_PERSON = {"c": "c", "d": "b", "f": "d", "g": "q", "p": "u", "3": "0", "t": "t"}
_BODY = {"b": "b", "d": "n", "e": "c", "f": "d", "p": "u", "3": "0", "t": "t"}
_FAMILY_TAGS = frozenset(("602", "720", "721", "722"))
#: Roles of those who answer for the work itself, so that MARC 21's 700 is UNIMARC's 701 (else 702).
_EQUAL = frozenset(("aut", "cmp", "art", "edt", "pht", "aus", "lyr", "com"))


@lru_cache(maxsize=1)
def _numbers() -> dict[str, str]:
    """MARC relator code → number of UNIMARC appendix C."""
    found = {}
    for code, entry in table("relators").items():
        number = next((word for word in entry.get("words", ()) if word.isdigit()), "")
        if number:
            found[code] = number
    return found


def to_marc21(field: Field, draft: Draft) -> tuple[str, list[tuple[str, str]], str]:
    """First indicator, subfields and pinyin of a UNIMARC name of a person, family or body."""
    person = field.tag[1:] in ("00", "01", "02", "20", "21", "22") and field.tag not in ("601",)
    codes = _PERSON if person else _BODY
    name, given, romanised = "", "", ""
    rest: list[tuple[str, str]] = []
    for code, value in field.subfields:
        value = value.strip()
        if not value:
            continue
        if code == "a" and not name:
            name = value
        elif code == "b" and person and not given:
            given = value
        elif code in "A9" and not romanised and not has_han(value) and not value.isdigit():
            romanised = value
        elif code in "fdec" and code in codes:
            rest.append((codes[code], strip(value).strip(_BRACKETS)))
        elif code in codes:
            rest.append((codes[code], value))
        elif code == "4":
            role = role_code(value)
            rest += [("e", value)] if not value.isdigit() else []
            rest += [("4", role)] if role else []
            if value.isdigit() and not role:
                draft.lose(Field(field.tag, subfields=[(code, value)]), code, "no-code")
        elif not (field.tag[0] == "6" and code in "jxyz2"):
            draft.lose(Field(field.tag, subfields=[(code, value)]), code)
    if person:
        joint = "" if given and has_han(name) and has_han(given) else ", "
        name = strip(name) + joint + given if given else name
        first = "3" if field.tag in _FAMILY_TAGS else "1" if given or has_han(name) or field.ind2 == "1" else "0"
    else:
        first = {"1": "1", "0": "2", "2": "2"}.get(field.ind2, "2")
    rest.sort(key=lambda part: "bcqdunt".find(part[0]) if part[0] in "bcqdunt" else 9)
    return first, [("a", name), *rest], romanised


def to_unimarc(field: Field, romanised: str, flavour: Flavour, draft: Draft) -> tuple[str, list[tuple[str, str]]]:
    """Indicators and subfields of a UNIMARC name out of MARC 21 X00, X10 or X11."""
    person = field.tag[1:] == "00"
    codes = {new: old for old, new in (_PERSON if person else _BODY).items()}
    parts: list[tuple[str, str]] = []
    roles: list[str] = []
    words: list[str] = []
    second = " "
    for code, value in field.subfields:
        value = strip(value)
        if not value:
            continue
        if code == "a":
            name, comma, given = value.partition(", ")
            if person and field.ind1 == "1" and comma:
                parts += [("a", name), ("b", given)]
            else:
                parts.append(("a", value))
        elif code == "e":
            words.append(value)
        elif code == "4":
            roles.append(value)
        elif code == "q" and person:
            parts.append(("g", value.strip("()")))
        elif code in codes:
            parts.append((codes[code], value))
        elif code not in "62" and not (field.tag[0] == "6" and code in "vxyz"):
            draft.lose(field, code)
    if romanised:
        parts.insert(1, ("A", romanised))
    parts += _roles(roles, words, flavour, field, draft)
    if person:
        second = "0" if field.ind1 == "0" or (field.ind1 == "1" and not has_han(field.get("a")) and
                                               ", " not in field.get("a")) else "1"  # fmt: skip
        return f" {second}", parts
    meeting = "1" if field.tag[1:] == "11" else "0"
    return meeting + {"0": "0", "1": "1", "2": "2"}.get(field.ind1, "2"), parts


def _roles(roles: list[str], words: list[str], flavour: Flavour, field: Field, draft: Draft) -> list[tuple[str, str]]:
    """``$4`` of UNIMARC: Chinese words for CNMARC, numbers of appendix C else."""
    found: dict[str, None] = {}
    known = {role_code(role.rpartition("/")[2]) for role in roles} - {""}
    for word in words:
        code = role_code(word)
        if flavour is Flavour.CNMARC and has_han(word):
            found[word] = None
            known.discard(code)
        elif code:
            known.add(code)
        else:
            draft.lose(field, "e", "no-code")
    for code in sorted(known):
        if flavour is Flavour.CNMARC:
            found[label("relators", code, "zh")] = None
        elif number := _numbers().get(code):
            found[number] = None
        else:
            draft.lose(field, "4", "no-code")
    for role in roles:
        if not role_code(role.rpartition("/")[2]):
            draft.lose(field, "4", "no-code")
    return [("4", role) for role in found]


def added_tag(field: Field) -> str:
    """UNIMARC tag of a MARC 21 added entry: equal responsibility when its role says so, secondary else."""
    role = next((code for text in (*field.all("4"), *field.all("e")) if (code := role_code(text))), "")
    equal = role in _EQUAL
    if field.tag == "700":
        if field.ind1 == "3":
            return "721" if equal else "722"
        return "701" if equal else "702"
    return "711" if equal else "712"
