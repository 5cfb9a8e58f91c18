"""UNIMARC and CNMARC into MARC 21."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from gateway.records.convert import coded, links, names, titles
from gateway.records.convert.draft import Draft, Loss, restored
from gateway.records.convert.rules import Rule, rules
from gateway.records.mapping.statements import has_han
from gateway.records.marc import Field, MarcRecord

FOREIGN: Final = "unimarc"
_AGENCIES = {"0": "a", "1": "c", "2": "d"}


def to_marc21(marc: MarcRecord) -> tuple[MarcRecord, list[Loss]]:
    draft = Draft(FOREIGN)
    leader = coded.marc21_leader(marc, draft)
    coded.to_marc21(marc, draft)
    done = rules().coded["unimarc"]
    agency: list[tuple[str, str]] = []
    for field in marc.fields():
        tag = field.tag
        if tag in ("001", "005"):
            draft.fields.append(field)
        elif tag == "801":
            _agency(field, agency, draft)
        elif tag not in done:
            _field(field, marc, draft)
        elif tag in ("105", "106", "110", "100"):
            draft.lose(field, [code for code, _ in field.subfields if code != "a"])
    if agency:
        language = next((value[22:25] for field in marc.fields("100") for value in field.all("a")), "").strip()
        agency.sort(key=lambda part: "aecd".find(part[0]))
        at = 1 if agency[0][0] == "a" else 0
        draft.add("040", "  ", [*agency[:at], *([("b", language)] if language else []), *agency[at:]])
    draft.fields.sort(key=lambda field: field.tag)
    return MarcRecord(
        leader, draft.fields, charset=marc.charset, charset_confidence=marc.charset_confidence
    ), draft.losses


def _agency(field: Field, agency: list[tuple[str, str]], draft: Draft) -> None:
    code = _AGENCIES.get(field.ind2, "")
    for own, value in field.subfields:
        value = value.strip()
        if own == "b" and code and value and not (code in "ac" and any(part[0] == code for part in agency)):
            agency.append((code, value))
        elif own == "g" and value and not any(part[0] == "e" for part in agency):
            agency.append(("e", value))
        else:
            draft.lose(Field("801", subfields=[(own, value)]), own)


def _field(field: Field, marc: MarcRecord, draft: Draft) -> None:
    tag = field.tag
    if tag == "886":
        back = restored(field, "marc21")
        if back is not None:
            draft.fields.append(back)
        else:
            draft.fields.append(field)
        return
    found = rules().to_marc21.get(tag)
    if not found:
        if tag[:1] == "9" or tag in rules().same or not tag.isdigit():
            draft.fields.append(field)
        else:
            draft.keep(field)
        return
    _HANDLERS.get(found[0].how, _plain)(field, found[0], marc, draft)


def _plain(field: Field, rule: Rule, marc: MarcRecord, draft: Draft, extra: Sequence[tuple[str, str]] = ()) -> None:
    """Subfields by the pairs of the rule, with the punctuation of the new field; ``extra`` are set after them."""
    marks = rules().punctuation.get(rule.target, {})
    parts: list[list[str]] = []
    origin = ""
    romanised = ""
    for code, value in field.subfields:
        value = value.strip()
        target = rule.pairs.get(code, "")
        if not value:
            continue
        if code in "A9" and code not in rule.pairs and not romanised and not has_han(value) and not value.isdigit():
            romanised = value
        elif code in rule.glue and parts:
            parts[-1][1] += rule.glue[code] + value
        elif not target:
            draft.lose(Field(field.tag, subfields=[(code, value)]), code)
        elif parts and parts[-1][0] == target and origin != code:
            parts[-1][1] += " ; " + value
        else:
            if parts and target in marks:
                parts[-1][1] += marks[target]
            parts.append([target, value])
            origin = code
    fixed = [(code, value) for code, value in rule.need.items() if len(code) == 1]
    indicators = (rule.need.get("i1", rule.indicators[0])) + rule.need.get("i2", rule.indicators[1])
    subfields = [(code, value) for code, value in parts]
    if not subfields:
        draft.lose(field, "A9")
    else:
        draft.add_paired(rule.target, indicators, [*subfields, *fixed, *extra], [("a", romanised)])


def _entry(marc: MarcRecord) -> Field | None:
    """The name that becomes the main entry: the primary one, else the first of equals."""
    found = marc.fields("700", "710", "720") or marc.fields("701", "711", "721")
    return next((field for field in found if field.get("a").strip()), None)


def _title(field: Field, rule: Rule, marc: MarcRecord, draft: Draft) -> None:
    if any(made.tag == "245" for made in draft.fields):
        draft.keep(field)
    else:
        titles.to_245(field, draft, _entry(marc) is not None)


def _uniform(field: Field, rule: Rule, marc: MarcRecord, draft: Draft) -> None:
    made = {other.tag for other in draft.fields}
    choices = rules().to_marc21[field.tag]
    wanted = "730" if made & {"240", "130"} else "240" if _entry(marc) is not None else "130"
    _plain(field, next((choice for choice in choices if choice.target == wanted), rule), marc, draft)


def _name(field: Field, rule: Rule, marc: MarcRecord, draft: Draft) -> None:
    first, subfields, romanised = names.to_marc21(field, draft)
    tag = rule.target
    if tag[0] == "7" and field.tag[2] == "1" and _entry(marc) is field:
        # Chinese rules have no main entry: the first of equal names takes its place.
        tag = "1" + tag[1:]
    if tag[1:] == "10" and field.ind1 == "1":
        tag = tag[0] + "11"
    if tag[0] == "1" and any(made.tag[0] == "1" and made.tag[1:] in ("00", "10", "11") for made in draft.fields):
        tag = "7" + tag[1:]
    draft.add_paired(tag, first + " ", subfields, [("a", romanised)])


def _subject_name(field: Field, rule: Rule, marc: MarcRecord, draft: Draft) -> None:
    first, subfields, romanised = names.to_marc21(field, draft)
    tag = "611" if field.tag == "601" and field.ind1 == "1" else rule.target
    rest, second = _subdivisions(field)
    draft.add_paired(tag, first + second, [*subfields, *rest], [("a", romanised)])


def _subject(field: Field, rule: Rule, marc: MarcRecord, draft: Draft) -> None:
    rest, second = _subdivisions(field)
    codes = {code for code, _ in rules().subdivisions} | {"2", "3"}
    plain = Field(field.tag, subfields=[(code, value) for code, value in field.subfields if code not in codes])
    carried = [value for code, value in plain.subfields if code in rule.pairs and value.strip()]
    wanted = Rule(rule.source, rule.target, rule.pairs, rule.how, ("0" if rule.target == "630" else " ") + second)
    rest += [("0", value) for value in field.all("3")]
    if not carried and rest:
        # Subdivisions without a heading: the first of them must stand for it.
        draft.lose(plain, [code for code, _ in plain.subfields])
        plain, rest = Field(field.tag, subfields=[("a", rest[0][1])]), rest[1:]
    _plain(plain, wanted, marc, draft, rest)


def _subdivisions(field: Field) -> tuple[list[tuple[str, str]], str]:
    codes = dict(rules().subdivisions)
    rest = [(codes[code], value.strip()) for code, value in field.subfields if code in codes and value.strip()]
    source = field.get("2").strip()
    if not source:
        return rest, "4"
    second = rules().subject_indicators.get(source.lower())
    if second:
        return rest, second
    return [*rest, ("2", rules().subject_sources.get(source.lower(), source))], "7"


def _subject_work(field: Field, rule: Rule, marc: MarcRecord, draft: Draft) -> None:
    """604: name and title, which is embedded or in $a and $t."""
    found = links.elements(field, draft)
    name = "; ".join(found.pop("a", []))
    title = [("t", value) for value in found.pop("t", []) + found.pop("s", [])]
    for code, values in found.items():
        for value in values:
            draft.lose(Field(field.tag, subfields=[(code, value)]), code)
    if name:
        draft.add("600", "14", [("a", name), *title])
    elif title:
        draft.add("630", "04", [("a", title[0][1])])


def _link(field: Field, rule: Rule, marc: MarcRecord, draft: Draft) -> None:
    links.to_link(field, rule.target, rule.need.get("i2", ""), draft)


def _series(field: Field, rule: Rule, marc: MarcRecord, draft: Draft) -> None:
    links.to_series(field, draft)


def _same(field: Field, rule: Rule, marc: MarcRecord, draft: Draft) -> None:
    draft.fields.append(field)


_HANDLERS: Final[dict[str, Callable[[Field, Rule, MarcRecord, Draft], None]]] = {
    "title": _title, "uniform": _uniform, "person": _name, "body": _name, "subject": _subject,
    "subject_person": _subject_name, "subject_body": _subject_name, "subject_work": _subject_work, "link": _link,
    "series": _series, "same": _same,
}  # fmt: skip
