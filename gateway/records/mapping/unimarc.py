"""UNIMARC and CNMARC records (UNIMARC Manual, Bibliographic Format; CNMARC, WH/T 0503), over ``maps/unimarc.yaml``."""

from __future__ import annotations

import re
from typing import ClassVar

from gateway.core.record import Contributor, Host, Series, Title, TitleKind
from gateway.records.countries import of_unimarc
from gateway.records.mapping.forms import unimarc_form
from gateway.records.mapping.hosts import unimarc_host
from gateway.records.mapping.marc_view import MarcView, audience_code, languages, texts, unique
from gateway.records.mapping.punctuation import parallel, strip
from gateway.records.mapping.statements import Credit, credits, glued_role, has_han, mark, role_code
from gateway.records.mapping.tables import Tables, tables
from gateway.records.marc import Field, embedded
from gateway.records.memo import memo

_WRAPPED = re.compile(r"^《([^《》]+)》$")
_HAN_NAME = re.compile(r"^[\u3400-\u9fff]{2,4}$")
_NOT_SORTED = re.compile("[\x98\x9c\x88\x89]|<<|>>")
_BRACKETS = "()（）[]［］〔〕 "


def pinyin(field: Field) -> str:
    """Romanised form beside ``$a``: ``$A`` by CALIS, ``$9`` by the National Library and ILAS."""
    found = field.get("A") or field.get("9")
    return found.strip() if found and not has_han(found) and not found.strip().isdigit() else ""


class UnimarcView(MarcView):
    """``value(name)`` understands one attribute of ``Record`` at a time."""

    tables: ClassVar[Tables] = tables("unimarc")
    range_types: ClassVar[frozenset[str]] = frozenset("abg")
    serial_types: ClassVar[frozenset[str]] = frozenset("abc")

    # Titles: the grammar of field 200, where $e $f $h $i belong to the title before them.

    def titles(self) -> tuple[Title, ...]:
        found = list(self.own_titles)
        rules = self.tables.titles
        for field in self.fields("titles"):
            rule = rules[field.tag]
            text = strip(" ".join(texts(field, rule.main)))
            if text:
                found.append(
                    Title(
                        _clean(text),
                        rule.kind,
                        tuple(texts(field, rule.other)),
                        field.get(rule.part_number).strip() if rule.part_number else "",
                        field.get(rule.part_name).strip() if rule.part_name else "",
                        field.get("z").strip() or field.get("m").strip() if field.tag in ("500", "510") else "",
                        pinyin(field),
                    )
                )
        for field in self.fields("linked_titles"):
            found += _linked_titles(field, self.tables.linked_titles[field.tag])
        return unique(found)

    @memo
    def own_titles(self) -> list[Title]:
        """Titles of field 200."""
        field = self.marc.first("200")
        if field is None:
            return []
        drafts: list[_Draft] = []
        for code, value in field.subfields:
            value = strip(value) if code != "d" else strip(parallel(value))
            if not value:
                continue
            if code == "a":
                drafts.append(_Draft(_clean(value), TitleKind.CONTENT if drafts else TitleKind.MAIN))
            elif code == "c":
                drafts.append(_Draft(_clean(value), TitleKind.CONTENT))
            elif code == "d":
                drafts.append(_Draft(value, TitleKind.PARALLEL))
            elif not drafts:
                # $e or $i before any $a: a damaged field, whose first words must do for a title.
                if code in "ehi":
                    drafts.append(_Draft(value, TitleKind.MAIN))
            elif code == "e":
                value = parallel(value)
                # $d often stands before a Chinese $e, which is the main title's all the same.
                stray = drafts[-1].kind is TitleKind.PARALLEL and has_han(value) and not has_han(drafts[-1].text)
                (drafts[0] if stray else drafts[-1]).other.append(value)
            elif code == "h":
                drafts[-1].numbers.append(value)
            elif code == "i":
                drafts[-1].names.append(value)
            elif code in "A9" and drafts[-1].kind is not TitleKind.PARALLEL and not drafts[-1].pinyin:
                drafts[-1].pinyin = "" if has_han(value) or value.isdigit() else value
        languages_of_parallels = field.all("z")
        parallels = [draft for draft in drafts if draft.kind is TitleKind.PARALLEL]
        for draft, language in zip(parallels, languages_of_parallels, strict=False):
            draft.language = language.strip()
        if drafts and drafts[0].kind is not TitleKind.MAIN:
            drafts[0].kind = TitleKind.MAIN
        return [draft.title() for draft in drafts]

    # Responsibility.

    def responsibility(self) -> str:
        field = self.marc.first("200")
        return " ; ".join(texts(field, "fg")) if field else ""

    @memo
    def credits(self) -> list[Credit]:
        field = self.marc.first("200")
        return [credit for text in texts(field, "fg") for credit in credits(text)] if field else []

    def contributors(self) -> tuple[Contributor, ...]:
        rules = self.tables.contributors
        by_name: dict[str, Credit] | None = None
        found: dict[tuple[str, str], Contributor] = {}
        for field in self.fields("contributors"):
            rule = rules[field.tag]
            name, nationality = _name(field, rule.kind)
            if not name:
                continue
            roles = [text.strip() for text in field.all("4") if text.strip()]
            if not roles:
                if by_name is None:
                    by_name = {credit.name: credit for credit in reversed(self.credits)}
                credit = by_name.get(name) or by_name.get(field.get("a").strip())
                if credit is not None:
                    roles = [credit.role_text] if credit.role_text else []
                    nationality = nationality or credit.nationality
                elif rule.kind == "person" and (credit := glued_role(name)) is not None:
                    name, roles = credit.name, [credit.role_text]
            kind = rule.kind
            if kind == "corporate" and field.ind1 == "1":
                kind = "meeting"
            contributor = Contributor(
                name,
                next((code for text in roles if (code := role_code(text))), ""),
                "、".join(text for text in dict.fromkeys(roles) if not text.isdigit()),
                kind,
                rule.primary,
                field.get("f").strip(_BRACKETS) if kind != "meeting" else "",
                nationality,
                pinyin(field),
            )
            found.setdefault((name, contributor.role), contributor)
        return tuple(found.values()) + self._from_statement(found)

    def _from_statement(self, found: dict[tuple[str, str], Contributor]) -> tuple[Contributor, ...]:
        """People whom 200$f or $g names and no heading does; everybody when there is no heading at all."""
        names = {name for name, _ in found}
        extra = []
        for credit in self.credits:
            if credit.name in names or any(credit.name in name for name in names):
                continue
            if found and not (_HAN_NAME.match(credit.name) and credit.role):
                continue
            names.add(credit.name)
            kind = "corporate" if has_han(credit.name) and not _is_person(credit.name) else "person"
            extra.append(
                Contributor(
                    credit.name,
                    credit.role,
                    credit.role_text,
                    kind,
                    not found and credit.role in ("", "aut", "edt", "com"),
                    "",
                    credit.nationality,
                )
            )
        return tuple(extra)

    # Coded data.

    @memo
    def coded(self) -> str:
        """100$a: general processing data."""
        field = self.marc.first("100")
        return field.get("a").replace("^", " ").replace("#", " ") if field else ""

    @memo
    def coded_dates(self) -> tuple[str, str, str]:
        return self.coded[8:9], self.coded[9:13], self.coded[13:17]

    def languages(self) -> tuple[str, ...]:
        return languages([value for field in self.fields("coded") for value in field.all("a")])

    def original_languages(self) -> tuple[str, ...]:
        return languages([value for field in self.fields("coded") for value in field.all("c")])

    def countries(self) -> tuple[str, ...]:
        return unique(
            [
                code
                for field in self.fields("country")
                for value in field.all("a")
                if (code := of_unimarc(value, field.get("b")))
            ]
        )

    def coded_audience(self) -> str:
        return audience_code("unimarc", self.coded[17:20].strip())

    def form(self) -> str:
        return unimarc_form(self.marc)

    # Series, subjects.

    def series(self) -> tuple[Series, ...]:
        found: list[Series] = []
        seen: set[str] = set()
        for field in self.fields("series"):
            title = " ".join(texts(field, "ai"))
            title = _unwrap(strip(title))
            number = strip(field.get("v")) or strip(field.get("h"))
            if title and title not in seen:
                seen.add(title)
                found.append(Series(title, number, field.get("x").strip()))
        for field in self.fields("linked_series"):
            inner = {item.tag: item for item in reversed(embedded(field))}
            own = inner.get("200") or inner.get("500") or field
            title = _unwrap(strip(own.get("a") or own.get("t")))
            number = strip(own.get("v") or field.get("v"))
            if title and not any(title in other or other in title for other in seen):
                seen.add(title)
                issn = inner["011"].get("a") if "011" in inner else field.get("x")
                found.append(Series(title, number, issn.strip()))
        return tuple(found)

    def hosts(self) -> tuple[Host, ...]:
        """Where an article or another part is: its issue (463) before its journal (461, 462)."""
        if self.marc.leader[7:8] != "a":
            return ()
        found = [host for field in self.fields("hosts") if (host := unimarc_host(field)) is not None]
        return unique(found)

    @classmethod
    def subject_scheme(cls, field: Field) -> str:
        return field.get("2").strip()


class _Draft:
    """A title of field 200 while its subfields are read."""

    def __init__(self, text: str, kind: TitleKind) -> None:
        self.text = text
        self.kind = kind
        self.other: list[str] = []
        self.numbers: list[str] = []
        self.names: list[str] = []
        self.language = ""
        self.pinyin = ""

    def title(self) -> Title:
        return Title(
            self.text,
            self.kind,
            tuple(self.other),
            ", ".join(self.numbers),
            ". ".join(self.names),
            self.language,
            self.pinyin,
        )


def _clean(text: str) -> str:
    """Without marks for characters that are not sorted (ISO 6630) and without 《》 around the whole."""
    return _NOT_SORTED.sub("", _unwrap(text)).strip()


def _unwrap(text: str) -> str:
    match = _WRAPPED.match(text)
    return match[1] if match else text


def _name(field: Field, kind: str) -> tuple[str, str]:
    """Name and nationality of a 7XX heading; a Western name gets its forename after a comma."""
    name, nationality = mark(strip(field.get("a")))
    rest = [strip(text) for text in field.all("b") if text.strip()]
    if kind == "person" or kind == "family":
        if rest:
            name = f"{name}, {rest[0]}"
        for text in field.all("c"):
            text = text.strip(_BRACKETS)
            if not nationality and 0 < len(text) <= 4 and has_han(text):
                nationality = text
    elif rest:
        name = ". ".join([name, *rest])
    return name, nationality


_CORPORATE = re.compile(
    r"(?:社|会|院|部|局|厅|处|所|室|馆|站|台|组|团|厂|公司|中心|大学|学校|学院|中学|小学|委|党|校|系|协会|集团|政府|银行|工作室|编委会|编写组)$"
)


def _is_person(name: str) -> bool:
    return len(name) < 3 or not _CORPORATE.search(name)


def _linked_titles(field: Field, kind: TitleKind) -> list[Title]:
    """Titles in a linking field: embedded 200 or 500 (``$1``), or ``$t``."""
    found = []
    for inner in embedded(field):
        if inner.tag in ("200", "500", "530"):
            text = _clean(strip(inner.get("a")))
            if text:
                found.append(
                    Title(text, kind, tuple(texts(inner, "e")), inner.get("h").strip(), inner.get("i").strip())
                )
    if not found and (text := _clean(strip(field.get("t") or field.get("a")))):
        found.append(Title(text, kind))
    return found
