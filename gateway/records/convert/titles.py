"""Field 200 of UNIMARC and 245 of MARC 21, whose subfields are divided by different rules.

UNIMARC gives each element of the title statement a subfield; MARC 21 has the title proper, then one ``$b`` with all
that follows and one ``$c`` with everybody responsible, told apart by ISBD punctuation (MARC 21, 245; ISBD, area 1).
"""

from __future__ import annotations

import re

from gateway.records.convert.draft import Draft
from gateway.records.mapping.punctuation import parallel, strip
from gateway.records.mapping.statements import has_han
from gateway.records.marc import Field

#: UNIMARC code → the mark before it: in the title, in the statement of responsibility.
_MARKS = {"a": (" ; ", ". "), "c": (". ", ". "), "d": (" = ", " = "), "e": (" : ", " : "), "f": (" / ", " / "),
          "g": (" ; ", " ; "), "h": (". ", ". "), "i": (", ", ", ")}  # fmt: skip
_CODES = {"a": "b", "d": "b", "e": "b", "h": "n", "i": "p"}
_SPLIT = re.compile(r"( [:;=] )")
_NEXT_WORK = re.compile(r"\. (?=[^./;]+ / )")
NSB, NSE = "\x98", "\x9c"  #: before and after characters that are not sorted (ISO 6630)


def to_245(field: Field, draft: Draft, main_entry: bool) -> None:
    """245 out of 200, with the pinyin of ``$A`` or ``$9`` in an 880, and a 740 for each further work."""
    parts: list[list[str]] = []
    works: list[str] = []
    romanised = ""
    skipped = 0
    responsible = designated = False
    for code, value in field.subfields:
        value = value.strip()
        if not value:
            continue
        if code == "b" and not designated and not responsible:
            parts.append(["h", f"[{value}]"])
            designated = True
        elif code in "A9" and not romanised and not has_han(value):
            romanised = value
        elif code not in _MARKS:
            draft.lose(Field(field.tag, subfields=[(code, value)]), code)
        else:
            if code == "d":
                value = parallel(value)
            if not parts and code == "a":
                value, skipped = _unmarked(value)
            else:
                value = value.replace(NSB, "").replace(NSE, "")
                if code in "ac":
                    works.append(value)
            _put(parts, code, value, responsible)
            responsible = responsible or code in "fgc"
    subfields = [(code, text) for code, text in parts]
    indicators = ("1" if main_entry else "0") + str(skipped)
    draft.add_paired("245", indicators, subfields, [("a", romanised)])
    for work in works:
        draft.add("740", "02", [("a", work)])


def _put(parts: list[list[str]], code: str, value: str, responsible: bool) -> None:
    mark = _MARKS[code][responsible]
    target = "c" if responsible or code in "fgc" else _CODES[code]
    if not parts:
        parts.append(["a", value])
        return
    if code in "hi" and responsible and len(parts) > 1 and "c" not in [part[0] for part in parts[:-1]]:
        # A part named after those responsible is a part of the title all the same.
        statement = parts.pop()
        closing = parts[-1][1][-2:]
        parts[-1][1] = parts[-1][1][:-2]
        _put(parts, code, value, False)
        parts[-1][1] += closing
        parts.append(statement)
        return
    last = parts[-1]
    if (target == "c" or target == "b") and last[0] == target:
        last[1] += mark + value
        return
    if target == "p" and last[0] != "n":
        mark = ". "
    last[1] += mark.rstrip()
    parts.append([target, value])


def _unmarked(value: str) -> tuple[str, int]:
    """A title without its marks for characters that are not sorted, and how many those are (9 at most)."""
    start, _, rest = value.partition(NSE)
    if rest and start.startswith(NSB):
        article = start[1:]
        return article + rest, min(len(article), 9)
    return value.replace(NSB, "").replace(NSE, ""), 0


def to_200(field: Field, romanised: str, draft: Draft, *, mark_articles: bool) -> None:
    """200 out of 245; ``romanised`` is the title proper in Latin letters, when an 880 pairs it."""
    parts: list[tuple[str, str]] = []
    before = ""
    for code, value in field.subfields:
        value = value.strip()
        if not value:
            continue
        if code == "a":
            parts += _pieces("a", value)
        elif code in "bks":
            parts += _pieces({"=": "d", ";": "a"}.get(before[-1:], "e") if code == "b" else "e", value)
        elif code == "n":
            parts.append(("h", strip(value)))
        elif code == "p":
            parts.append(("i", strip(value)))
        elif code == "h":
            parts.append(("b", strip(value).strip("[]")))
        elif code == "c":
            parts += _statement(value)
        elif code != "6":
            draft.lose(Field(field.tag, subfields=[(code, value)]), code)
        if code != "6":
            before = value if code != "h" or value[-1:] in "=:;/" else before
    if parts and parts[0][0] == "e":
        parts[0] = ("a", parts[0][1])
    if romanised and parts:
        parts.insert(1, ("A", romanised))
    if mark_articles and field.ind2.isdigit() and field.ind2 != "0" and parts and parts[0][0] == "a":
        at = int(field.ind2)
        parts[0] = ("a", f"{NSB}{parts[0][1][:at]}{NSE}{parts[0][1][at:]}")
    draft.add("200", "1 ", parts)


def _pieces(code: str, value: str) -> list[tuple[str, str]]:
    """A subfield with several elements taken apart at ISBD's marks."""
    found: list[tuple[str, str]] = []
    for at, piece in enumerate(_SPLIT.split(value)):
        if at % 2:
            code = {"=": "d", ";": "a", ":": "e"}[piece.strip()]
        elif text := strip(piece):
            found.append((code, text))
    return found


def _statement(value: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for at, work in enumerate(_NEXT_WORK.split(value)):
        if at:
            title, _, work = work.partition(" / ")
            found += [("c" if code == "a" else code, text) for code, text in _pieces("a", title)]
        for place, name in enumerate(re.split(r" ; |；", work)):
            if text := strip(name):
                found.append(("g" if place else "f", text))
    return found
