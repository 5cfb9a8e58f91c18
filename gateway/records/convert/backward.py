"""MARC 21 into UNIMARC and CNMARC."""

from __future__ import annotations

from typing import Final

from gateway.core.record import Flavour
from gateway.records.convert import coded, links, names, titles
from gateway.records.convert.draft import Draft, Loss, restored
from gateway.records.convert.rules import Rule, rules
from gateway.records.mapping.punctuation import strip, unbracket
from gateway.records.mapping.statements import has_han
from gateway.records.marc import Field, MarcRecord

FOREIGN: Final = "marc21"
_AGENCIES = (("a", "0"), ("c", "1"), ("d", "2"))
#: Fields whose values end in prescribed punctuation, which UNIMARC leaves out.
_PUNCTUATED = frozenset(("245", "246", "247", "250", "260", "264", "300", "490", "440", "255", "254", "830"))


def to_unimarc(marc: MarcRecord, flavour: Flavour) -> tuple[MarcRecord, list[Loss]]:
    draft = Draft(FOREIGN)
    leader = coded.unimarc_leader(marc, draft)
    coded.to_unimarc(marc, flavour, draft)
    done = rules().coded["marc21"]
    originals = _originals(marc)
    used: set[int] = set()
    for field in marc.fields():
        if field.tag in ("001", "005"):
            draft.fields.append(field)
        elif field.tag in done or field.tag == "880":
            continue
        else:
            number = field.get("6")[4:6] if field.get("6")[:4] == "880-" else ""
            other = originals.get((field.tag, number)) if number else None
            if other is not None:
                used.add(id(other))
            _field(field, other, flavour, draft)
    for other in originals.values():
        if id(other) not in used:
            _field(Field.parse(other.get("6")[:3], other.text), None, flavour, draft)
    draft.fields.sort(key=lambda field: field.tag)
    return MarcRecord(
        leader, draft.fields, charset=marc.charset, charset_confidence=marc.charset_confidence
    ), draft.losses


def _originals(marc: MarcRecord) -> dict[tuple[str, str], Field]:
    """880 fields by the tag and the number that they are linked to; those linked to nothing get a key of their own."""
    found: dict[tuple[str, str], Field] = {}
    for at, field in enumerate(marc.fields("880")):
        link = field.get("6")
        key = (link[:3], link[4:6] if link[4:6] != "00" else "")
        if not key[1] or key in found:
            key = (link[:3], f"unlinked {at}")
        found[key] = field
    return found


def _choose(field: Field, other: Field | None) -> tuple[Field, Field | None]:
    """The field in its original script, and the romanised one beside it."""
    if other is None:
        return field, None
    if has_han(field.text) and not has_han(other.text):
        return field, other
    return Field.parse(field.tag, other.text), field


def _field(field: Field, other: Field | None, flavour: Flavour, draft: Draft) -> None:
    tag = field.tag
    own, romanised = _choose(field, other)
    if tag == "886":
        back = restored(field, "unimarc")
        draft.fields.append(back if back is not None else field)
    elif tag in rules().plain_notes:
        _note(own, "300", draft)
    elif tag == "245":
        if any(made.tag == "200" for made in draft.fields):
            draft.keep(field)
            return
        _romanised(romanised, "anp", draft)
        titles.to_200(own, _latin(romanised), draft, mark_articles=flavour is Flavour.UNIMARC)
    elif tag == "040":
        _agencies(field, draft)
    elif tag in ("100", "110", "111", "700", "710", "711") and not own.is_control:
        _name(own, romanised, flavour, draft)
    elif tag in ("600", "610", "611"):
        _subject_name(own, romanised, flavour, draft)
    elif tag in ("800", "810", "811"):
        draft.keep(field)
    else:
        chosen = next((rule for rule in rules().to_unimarc.get(tag, ()) if rule.fits(own)), None)
        if chosen is None:
            if tag[:1] == "9" or tag in rules().same or not tag.isdigit():
                draft.fields.append(field)
            else:
                draft.keep(field)
            return
        _by_rule(own, romanised, chosen, draft)


def _by_rule(field: Field, romanised: Field | None, rule: Rule, draft: Draft) -> None:
    if rule.how == "link":
        links.from_link(field, rule.target, draft)
    elif rule.how == "series":
        links.from_series(field, draft)
    elif rule.how == "same":
        draft.fields.append(field)
    elif rule.how == "note":
        _note(field, rule.target, draft)
    elif rule.how == "contents":
        draft.add("327", rule.indicators, [("a", _joined(field, "agrtu", draft))])
    elif rule.how == "subject":
        _subject(field, rule, draft)
    else:
        latin = _latin(romanised) if rule.target[:1] == "5" else ""
        if romanised is not None and not latin:
            _romanised(romanised, "", draft)
        _plain(field, rule, draft, latin)
        return
    _romanised(romanised, "", draft)


def _latin(romanised: Field | None) -> str:
    """The romanised title proper for $A."""
    if romanised is None:
        return ""
    return " ".join(text for code, value in romanised.subfields if code in "anp" and (text := strip(value)))


def _romanised(romanised: Field | None, kept: str, draft: Draft) -> None:
    if romanised is not None:
        draft.lose(romanised, [code for code, _ in romanised.subfields if code not in kept + "6"], "romanisation")


def _joined(field: Field, codes: str, draft: Draft) -> str:
    draft.lose(field, [code for code, _ in field.subfields if code not in codes + "6"])
    return " ".join(value.strip() for code, value in field.subfields if code in codes and value.strip())


def _note(field: Field, tag: str, draft: Draft) -> None:
    draft.add(tag, "  ", [("a", _joined(field, "abcdefghijklmnopqrstuvwxyz", draft))])


def _plain(field: Field, rule: Rule, draft: Draft, latin: str) -> None:
    punctuated = field.tag in _PUNCTUATED
    parts: list[list[str]] = []
    origins: dict[str, str] = {}
    for code, value in field.subfields:
        target = rule.pairs.get(code, "")
        text = strip(value) if punctuated else value.strip()
        if field.tag in ("260", "264") and code != "c":
            text = unbracket(text)
        if not text or code == "6" or code in rule.need:
            continue
        if not target:
            draft.lose(field, code)
        elif origins.get(target, code) != code:
            last = next(part for part in reversed(parts) if part[0] == target)
            last[1] += " " + text
        else:
            origins[target] = code
            parts.append([target, text])
    if latin and parts:
        parts.insert(1, ["A", latin])
    if parts:
        draft.add(rule.target, rule.indicators, [*[(code, text) for code, text in parts], *rule.add.items()])


def _name(field: Field, romanised: Field | None, flavour: Flavour, draft: Draft) -> None:
    if field.get("t"):
        draft.keep(field)
        return
    latin = _latin_name(romanised)
    _romanised(romanised, "abcdeq4", draft)
    indicators, parts = names.to_unimarc(field, latin, flavour, draft)
    if field.tag[0] == "1":
        tag = {"100": "720" if field.ind1 == "3" else "700"}.get(field.tag, "710")
        if flavour is Flavour.CNMARC:
            tag = tag[:2] + "1"
    else:
        tag = names.added_tag(field)
    draft.add(tag, indicators, parts)


def _latin_name(romanised: Field | None) -> str:
    return strip(romanised.get("a")) if romanised is not None else ""


def _subject_name(field: Field, romanised: Field | None, flavour: Flavour, draft: Draft) -> None:
    indicators, parts = names.to_unimarc(field, _latin_name(romanised), flavour, draft)
    _romanised(romanised, "a", draft)
    tag = "602" if field.tag == "600" and field.ind1 == "3" else "600" if field.tag == "600" else "601"
    draft.add(tag, indicators, [*parts, *_subdivisions(field)])


def _subject(field: Field, rule: Rule, draft: Draft) -> None:
    parts: list[list[str]] = []
    codes = {new for _, new in rules().subdivisions}
    for code, value in field.subfields:
        text = strip(value)
        target = rule.pairs.get(code, "")
        if not text or code in "62" or code in codes:
            continue
        if code == "0":
            parts.append(["3", text])
        elif not target:
            draft.lose(field, code)
        elif parts and parts[-1][0] == target == "a":
            parts[-1][1] += " " + text
        else:
            parts.append([target, text])
    draft.add(rule.target, rule.indicators, [*[(code, text) for code, text in parts], *_subdivisions(field)])


def _subdivisions(field: Field) -> list[tuple[str, str]]:
    codes = {new: old for old, new in rules().subdivisions}
    rest = [(codes[code], text) for code, value in field.subfields if code in codes and (text := strip(value))]
    systems = {second: name for name, second in reversed(list(rules().subject_indicators.items()))}
    source = field.get("2").strip() if field.ind2 == "7" else systems.get(field.ind2, "")
    back = {new: old for old, new in rules().subject_sources.items() if old != new}
    return [*rest, ("2", back.get(source, source))] if source else rest


def _agencies(field: Field, draft: Draft) -> None:
    rules_of = field.get("e").strip()
    for code, second in _AGENCIES:
        for value in field.all(code):
            if value.strip():
                more = [("g", rules_of)] if rules_of and second == "0" else []
                draft.add("801", " " + second, [("b", value.strip()), *more])
    known = "abcde6" if field.get("a") else "abcd6"
    draft.lose(field, [code for code, _ in field.subfields if code not in known])
