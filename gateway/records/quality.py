"""Findings about a record: each has a stable id, a severity, and an explanation in Chinese and English.

The texts are ``config/maps/warnings.yaml``; damage that reading found (``wrong-length``, ``mojibake`` …) brings its own
sentence. Nothing found here ever rejects a record.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from gateway.core.record import Flavour, Record, TitleKind, Warning
from gateway.records.labels import label, table
from gateway.records.mapping.punctuation import years
from gateway.records.mapping.statements import glued_role

if TYPE_CHECKING:
    from gateway.records.mapping.marc_view import MarcView


#: The field that a sentence of the reader is about: ``field 880 is in …``, ``200$a was …``, ``… (245)``.
_FIELD = re.compile(r"^field (\w{3}) |^(\w{3}\$\w|\w{3}(?= (?:was|looks) ))|\((\w{3})\)$")


def warning(code: str, field: str = "", detail: str = "") -> Warning:
    """A finding with its English sentence; ``detail`` is what was found, word for word."""
    message = label("warnings", code, "en")
    return Warning(code, f"{message}: {detail}" if detail else message, field)


def explain(found: Warning, language: str = "zh") -> str:
    """The sentence of a finding in ``language``, with what was found; its own message when the table has it not."""
    if found.code not in table("warnings"):
        return found.message
    sentence = label("warnings", found.code, language)
    detail = found.message.removeprefix(label("warnings", found.code, "en")).partition(": ")
    if detail[0] or not detail[2]:  # the reader's own sentence, which is English, or nothing but the label
        return sentence
    return f"{sentence}：{detail[2]}" if language == "zh" else f"{sentence}: {detail[2]}"


def severity(code: str) -> str:
    """info, minor or major; damage found in reading is major."""
    entry = table("warnings").get(code)
    return str(entry["severity"]) if entry else "major"


def damage(found: tuple[str, ...]) -> Iterator[Warning]:
    """The reader's findings (``code: sentence``) as warnings; the sentence names the field, where it is one."""
    for text in found:
        code, separator, sentence = text.partition(": ")
        match = _FIELD.search(sentence)
        yield Warning(code, sentence if separator else text, match[match.lastindex or 0] if match else "")


def dates_that_disagree(record: Record, view: MarcView) -> str:
    """The year in the coded field and another one in the imprint; empty where they agree or one is missing."""
    kind, first, _ = view.coded_dates
    if not first.isdecimal() or kind in view.range_types:
        return ""
    written = [year for publication in record.publications for year in years(publication.date)]
    return f"{first}, {written[0]}" if written and int(first) not in written else ""


def inspect(record: Record, view: MarcView) -> Iterator[Warning]:
    """Findings about one MARC record, in the order of its fields."""
    unimarc = view.flavour() is not Flavour.MARC21
    for identifier in record.identifiers:
        if identifier.scheme in ("isbn", "issn") and identifier.value:
            tag = {"isbn": ("020", "010"), "issn": ("022", "011")}[identifier.scheme][unimarc]
            if not identifier.valid:
                yield warning(f"{identifier.scheme}-invalid", f"{tag}$a", identifier.raw)
            elif identifier.price and identifier.price in identifier.raw:
                yield warning("isbn-glued", f"{tag}$a", identifier.raw)
    title_tag = "200" if unimarc else "245"
    if not any(title.kind is TitleKind.MAIN for title in record.titles):
        yield warning("no-title", f"{title_tag}$a")
    if unimarc and not record.responsibility and record.contributors:
        yield warning("no-responsibility", "200$f")
    if record.year is None:
        yield warning("no-year", "210$d" if unimarc else "260$c")
    else:
        if disagreeing := dates_that_disagree(record, view):
            yield warning("year-mismatch", "100$a/09-12" if unimarc else "008/07-10", disagreeing)
    for contributor in record.contributors:
        if contributor.role_text and not contributor.role:
            # Which of the headings it was, or the title's own statement, is not kept with a name.
            where = "7XX$4" if unimarc else "7XX$e"
            yield warning("role-unknown", where, f"{contributor.name} {contributor.role_text}")
    if unimarc:
        for field in view.fields("contributors"):
            if not field.get("4") and glued_role(field.get("a")):
                yield warning("role-glued", f"{field.tag}$a", field.get("a"))
    if not record.languages:
        yield warning("language-missing", "101$a" if unimarc else "008/35-37")
