"""MARC 21 records (MARC 21 Format for Bibliographic Data, Library of Congress), over ``maps/marc21.yaml``.

A field with a linked 880 is read in its original script; the romanised form stays beside it (``pinyin`` of titles and
names), so that both find the record.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from gateway.core.record import Contributor, Host, Series, Title, TitleKind
from gateway.records.countries import of_marc21
from gateway.records.mapping.forms import fixed_data, marc21_form
from gateway.records.mapping.hosts import marc21_host
from gateway.records.mapping.marc_view import MarcView, audience_code, languages, texts, unique
from gateway.records.mapping.punctuation import strip
from gateway.records.mapping.scripts import joined
from gateway.records.mapping.statements import Credit, credits, has_han, mark, role_code
from gateway.records.mapping.tables import Tables, tables
from gateway.records.marc import Field, values
from gateway.records.memo import memo

_LINK = re.compile(r"^(\d{3})-(\d{2})")
_DATE_IN_NAME = re.compile(
    r"(?:,\s*+|(?<![\s,])\s++)?\(?(?:b\. |d\. |ca?\. ?|active )?\d{3,4}\??(?:-(?:\d{3,4})?\??|\))\.?$"
)


class Marc21View(MarcView):
    """``value(name)`` understands one attribute of ``Record`` at a time."""

    tables: ClassVar[Tables] = tables("marc21")
    range_types: ClassVar[frozenset[str]] = frozenset("cdumik")
    serial_types: ClassVar[frozenset[str]] = frozenset("cdu")

    # 880: the same field in another script.

    @memo
    def vernacular(self) -> dict[str, list[tuple[str, Field]]]:
        """880 fields by the tag that they stand for, each with its occurrence number (``00``: linked to nothing)."""
        found: dict[str, list[tuple[str, Field]]] = {}
        for field in self.own_fields("vernacular"):
            match = _LINK.match(field.get("6"))
            if match:
                found.setdefault(match[1], []).append((match[2], Field.parse(match[1], field.text)))
        return found

    def pair(self, field: Field) -> Field | None:
        """The field in its original script."""
        candidates = self.vernacular.get(field.tag) if self.vernacular else None
        if not candidates:
            return None
        match = _LINK.match(field.get("6"))
        number = match[2] if match and match[1] == "880" else None
        for occurrence, other in candidates:
            if number is not None and occurrence == number and number != "00":
                return other
        if number is None and field.tag[:1] == "2" and len(candidates) == 1 and field.tag == "245":
            # A title has one counterpart even where the links were lost on the way.
            return candidates[0][1]
        return None

    def pairs(self, group: str) -> list[tuple[Field, Field | None]]:
        """A group's fields with their counterparts; a lone 880 stands for its field."""
        own = self.own_fields(group)
        if not self.vernacular:
            return [(field, None) for field in own]
        found = [(field, self.pair(field)) for field in own]
        paired = {id(other) for _, other in found if other is not None}
        # Chinese catalogues write the title in characters and the romanised one in 880: the original comes second.
        found = [
            (other, field) if other is not None and has_han(field.text) and not has_han(other.text) else (field, other)
            for field, other in found
        ]
        groups = self.tables.groups
        for tag, others in self.vernacular.items():
            if group in groups.get(tag, ()):
                found += [(other, None) for _, other in others if id(other) not in paired]
        return found

    def fields(self, group: str) -> Sequence[Field]:
        if not self.vernacular:
            return self.own_fields(group)
        return [other or field for field, other in self.pairs(group)]

    # Titles.

    @memo
    def own_titles(self) -> list[Title]:
        """Titles of field 245."""
        found: list[Title] = []
        for field, other in self.pairs("statement"):
            found += _title_statement(other or field, field if other else None, first=not found)
        return found

    def titles(self) -> tuple[Title, ...]:
        found = list(self.own_titles)
        rules = self.tables.titles
        for field, other in self.pairs("titles"):
            rule = rules[field.tag]
            own = other or field
            text = strip(" ".join(texts(own, rule.main)))
            if not text:
                continue
            kind = rule.kind
            language = strip(own.get("l")) if kind is TitleKind.UNIFORM else ""
            if field.tag == "246" and field.ind2 == "1":
                kind = TitleKind.PARALLEL
            if kind is TitleKind.CONTENT and field.tag == "730" and field.ind2 != "2":
                kind = TitleKind.VARIANT
            found.append(
                Title(
                    text,
                    kind,
                    tuple(strip(value) for value in texts(own, rule.other)),
                    strip(" ".join(texts(own, rule.part_number))) if rule.part_number else "",
                    strip(" ".join(texts(own, rule.part_name))) if rule.part_name else "",
                    language,
                    strip(" ".join(texts(field, rule.main))) if other else "",
                )
            )
        for field in self.fields("linked_titles"):
            text = strip(field.get("t") or field.get("s"))
            if text:
                found.append(Title(text, self.tables.linked_titles[field.tag]))
        for field in self.fields("contributors"):
            text = strip(" ".join(values(field, "t")))
            if text:
                kind = TitleKind.CONTENT if field.ind2 == "2" else TitleKind.VARIANT
                found.append(Title(text, kind, (), strip(field.get("n")), strip(field.get("p")), strip(field.get("l"))))
        return unique(found)

    # Responsibility.

    def _title_field(self) -> Field | None:
        fields = self.fields("statement")
        return fields[0] if fields else None

    def responsibility(self) -> str:
        field = self._title_field()
        return strip(" ".join(texts(field, "c"))) if field else ""

    @memo
    def credits(self) -> list[Credit]:
        text = self.responsibility()
        return credits(text) if text else []

    def contributors(self) -> tuple[Contributor, ...]:
        rules = self.tables.contributors
        found: dict[tuple[str, str], Contributor] = {}
        for field, other in self.pairs("contributors"):
            rule = rules[field.tag]
            own = other or field
            name = _heading(own, rule.name)
            if not name:
                continue
            kind = rule.kind
            if kind == "person" and field.ind1 == "3":
                kind = "family"
            words = [text for value in values(own, "j" if kind == "meeting" else "e") if (text := strip(value))]
            role = ""
            for text in (*values(field, "4"), *words):
                role = role or role_code(text)
            name, nationality = mark(name)
            if not role:
                if has_han(name) and (credit := self._credit(name)) is not None:
                    role, nationality = credit.role, nationality or credit.nationality
                    words = words or ([credit.role_text] if credit.role_text else [])
                if not role and rule.primary and not words and kind == "person":
                    role = "aut"
            if (name, role) in found:
                continue
            found[name, role] = Contributor(
                name,
                role,
                ", ".join(words),
                kind,
                rule.primary,
                strip(own.get("d") or field.get("d")) if kind == "person" else "",
                nationality,
                _heading(field, rule.name) if other is not None else "",
            )
        if found:
            return joined(tuple(found.values())) if self.vernacular and len(found) > 1 else tuple(found.values())
        return unique([Contributor(c.name, c.role, c.role_text, nationality=c.nationality) for c in self.credits])

    def _credit(self, name: str) -> Credit | None:
        """What the statement of responsibility says of a name in Chinese characters."""
        plain = name.replace(" ", "").replace(",", "")
        return next((credit for credit in self.credits if credit.name.replace(" ", "") == plain), None)

    # Coded data.

    @memo
    def fixed(self) -> str:
        """008: fixed-length data elements."""
        return fixed_data(self.marc)

    @memo
    def coded_dates(self) -> tuple[str, str, str]:
        return self.fixed[6:7], self.fixed[7:11], self.fixed[11:15]

    @memo
    def publication_fields(self) -> Sequence[Field]:
        fields = self.fields("publication")
        if len(fields) < 2:
            return fields
        published = [field for field in fields if field.tag == "260" or field.text[1:2] in ("1", " ")]
        return published or [field for field in fields if field.text[1:2] == "0"] or fields

    def languages(self) -> tuple[str, ...]:
        fixed = self.fixed[35:38]
        # A code of two letters there is one of three out of its place.
        return languages(
            [
                fixed if fixed.isalpha() else "",
                *[value for field in self.fields("coded") for value in texts(field, "ad")],
            ]
        )

    def original_languages(self) -> tuple[str, ...]:
        return languages([value for field in self.fields("coded") for value in values(field, "h")])

    def countries(self) -> tuple[str, ...]:
        codes = [self.fixed[15:18], *[value for field in self.fields("country") for value in values(field, "a")]]
        return unique([code for value in codes if (code := of_marc21(value))])

    def coded_audience(self) -> str:
        return audience_code("marc21", self.fixed[22:23].strip()) if self.marc.leader[6:7] in "acdgijkmort" else ""

    def form(self) -> str:
        return marc21_form(self.marc)

    # Series, subjects.

    def series(self) -> tuple[Series, ...]:
        found: list[Series] = []
        seen: set[str] = set()
        for field in self.fields("series"):
            rule = self.tables.series[field.tag]
            numbers = [strip(value) for value in values(field, rule["number"])]
            titles = [strip(value) for value in texts(field, rule["title"])]
            if rule["title"] != "a":
                titles = [" ".join(titles)]
            for at, title in enumerate(titles):
                if title:
                    seen.add(title.casefold())
                    found.append(
                        Series(title, numbers[at] if at < len(numbers) else "", strip(field.get(rule["issn"])))
                    )
        for field in self.fields("traced_series"):
            title = strip(" ".join(texts(field, self.tables.traced_series[field.tag])))
            folded = title.casefold().partition(" (")[0]
            if folded and not any(folded in other or other in folded for other in seen):
                seen.add(folded)
                found.append(Series(title, strip(field.get("v")), strip(field.get("x"))))
        return tuple(found)

    def hosts(self) -> tuple[Host, ...]:
        return unique([host for field in self.fields("hosts") if (host := marc21_host(field)) is not None])

    @classmethod
    def subject_scheme(cls, field: Field) -> str:
        if field.ind2 == "7":
            return field.get("2").strip(" .")
        return cls.tables.subject_schemes.get(field.ind2, "") if field.tag != "653" else ""


def _heading(field: Field, codes: frozenset[str]) -> str:
    values = texts(field, codes)
    name = strip(" ".join(values) if len(values) > 1 else values[0]) if values else ""
    return _DATE_IN_NAME.sub("", name).strip(" ,") if name[-1:].isdigit() or name[-1:] in "-)" else name


def _title_statement(field: Field, romanised: Field | None, *, first: bool) -> list[Title]:
    """Main and parallel titles of one 245 (ISBD: `` = `` before a parallel title, `` : `` before other information)."""
    main = ""
    other: list[str] = []
    number: list[str] = []
    names: list[str] = []
    parallels: list[tuple[str, list[str]]] = []
    before = ""
    for code, value in field.subfields:
        raw = value.strip()
        if not raw:
            continue
        if code in "af" and not main:
            main = strip(raw)
        elif code in "bks":
            pieces = raw.split(" = ")
            text = strip(pieces[0])
            if before.endswith("=") and text:
                head, _, rest = text.partition(" : ")
                parallels.append((strip(head), [strip(rest)] if rest else []))
            elif text:
                (parallels[-1][1] if parallels else other).append(text)
            for piece in pieces[1:]:
                head, _, rest = piece.partition(" : ")
                if strip(head):
                    parallels.append((strip(head), [strip(rest)] if rest else []))
        elif code == "n":
            number.append(strip(raw))
        elif code == "p":
            names.append(strip(raw))
        if code in "abnphkfgs":
            before = raw
    if not main:
        main = next((strip(value) for code, value in field.subfields if code in "kpnb" and strip(value)), "")
    if not main:
        return []
    if " = " in main and not parallels:
        main, _, rest = main.partition(" = ")
        main = strip(main)
        parallels.insert(0, (strip(rest), []))
    pinyin = ""
    if romanised is not None:
        pinyin = strip(" ".join(texts(romanised, "anp")))
    kind = TitleKind.MAIN if first else TitleKind.PARALLEL
    found = [Title(main, kind, tuple(other), ", ".join(number), ". ".join(names), "", pinyin)]
    found += [Title(text, TitleKind.PARALLEL, tuple(more)) for text, more in parallels if text]
    if romanised is not None:
        plain = _title_statement(romanised, None, first=False)
        found += [
            Title(t.text, TitleKind.VARIANT, t.other, t.part_number, t.part_name) for t in plain[:1] if t.text != main
        ]
    return found
