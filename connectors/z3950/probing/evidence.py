"""Judgements over what a target sent: character sets with a confidence, and words its own records must answer to."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from gateway.core.errors import DataError
from gateway.core.record import Flavour, RawRecord, Record
from gateway.records import charset as charsets
from gateway.records.flavour import decide
from gateway.records.marc import MarcRecord
from gateway.records.normalise import marc_of, normalise
from gateway.records.text import is_cjk

#: Charsets in which terms are tried, the likeliest first; the second list for Latin letters with marks.
HAN_CHARSETS: Final = ("utf-8", "gbk", "big5")
LATIN_CHARSETS: Final = ("utf-8", "latin-1", "marc-8")
_HAN: Final = re.compile(r"[\u3400-\u9fff]{2,8}")
_LATIN: Final = re.compile(r"[^\W\d_]{4,20}")
_MAX_WORDS: Final = 6
_TITLES: Final = {"200": "ac", "245": "a", "880": "a"}


class Judged(NamedTuple):
    """``value`` is empty when the evidence tells nothing."""

    value: str
    confidence: float
    why: str


#: Nothing was asked yet.
NOTHING: Final = Judged("", 0.0, "nothing came to judge by")


def records_charset(payloads: Sequence[bytes]) -> Judged:
    """The charset of ISO 2709 records: each casts a vote, and all together are weighed once more."""
    votes: Counter[str] = Counter()
    for payload in payloads:
        found = charsets.detect(payload[24:], leader=payload[:24].decode("latin-1"))
        if found.charset != "ascii":
            votes[found.charset] += 1
    if not votes:
        return Judged("", 0.0, f"none of {len(payloads)} records has a byte above 7F")
    together = charsets.detect(b"\n".join(payload[24:] for payload in payloads))
    best, count = votes.most_common(1)[0]
    if votes["gb18030"] and best == "gbk":
        count += votes["gb18030"]
        best = "gb18030"
    total = sum(votes.values())
    share = count / total
    agrees = together.charset == best or {together.charset, best} == {"gbk", "gb18030"}
    confidence = share * (together.confidence if agrees else 0.5)
    told = ", ".join(f"{name} {number}" for name, number in votes.most_common())
    return Judged(best, round(confidence, 2), f"{total} records that are not plain ASCII read as {told}")


def terms_charset(found: dict[str, int], words: int, control: dict[str, int]) -> Judged:
    """From how many of ``words`` each charset found; ``control`` is what nonsense found in it."""
    if not words:
        return Judged("", 0.0, "no title has a character above 7F to ask for")
    if any(control.values()):
        return Judged("", 0.0, "the server finds something for nonsense, too; its answers prove nothing")
    told = ", ".join(f"{name} {count}" for name, count in found.items())
    why = f"of {words} words out of its own titles were found: {told}"
    ranked = sorted(found, key=lambda name: -found[name])
    best, second = ranked[0], ranked[1]
    if not found[best]:
        return Judged("", 0.0, why)
    confidence = (found[best] - found[second]) / words
    return Judged(best, round(min(0.99, max(0.3, confidence)), 2), why)


def flavour(raws: Iterable[RawRecord]) -> Judged:
    """The MARC rules that the fields of the records show."""
    votes: Counter[Flavour] = Counter(decide(marc) for marc in map(marc_or_none, raws) if marc is not None)
    if not votes:
        return Judged("", 0.0, "no record could be read as MARC")
    best, count = votes.most_common(1)[0]
    if best is Flavour.UNIMARC and votes[Flavour.CNMARC]:
        # Chinese fields do not come about by chance; foreign books in a Chinese catalogue lack them.
        best, count = Flavour.CNMARC, count + votes[Flavour.CNMARC]
    told = ", ".join(f"{name.value} {number}" for name, number in votes.most_common())
    return Judged(best.value, round(min(0.99, count / sum(votes.values())), 2), f"by their fields: {told}")


def marc_or_none(raw: RawRecord) -> MarcRecord | None:
    try:
        return marc_of(raw)
    except DataError:
        return None


def record_or_none(raw: RawRecord) -> Record | None:
    try:
        return normalise(raw)
    except DataError:
        return None


def title_words(raws: Iterable[RawRecord]) -> tuple[list[str], list[str]]:
    """Han words of two to four characters, and Latin words with marks, out of the titles of MARC records."""
    han: dict[str, None] = {}
    latin: dict[str, None] = {}
    for raw in raws:
        marc = marc_or_none(raw)
        for field in marc.fields(*_TITLES) if marc is not None else ():
            if field.tag == "880" and not field.get("6").startswith("245"):
                continue
            for title in field.all(*_TITLES[field.tag]):
                if "\ufffd" in title:
                    continue
                han |= dict.fromkeys(found[:4] for found in _HAN.findall(title)[:1])
                latin |= dict.fromkeys(w for w in _LATIN.findall(title) if not w.isascii() and not is_cjk(w[0]))
    return list(han)[:_MAX_WORDS], list(latin)[:_MAX_WORDS]


def known_items(records: Iterable[Record]) -> dict[str, str]:
    """For each access point a term that some record of the sample must answer to."""
    items: dict[str, str] = {}
    for record in records:
        found = {
            "title": record.title.text,
            "author": next((person.name for person in record.contributors if person.name), ""),
            "isbn": next(
                (one.raw or one.value for one in record.identifiers if one.scheme == "isbn" and one.valid), ""
            ),
            "issn": next(record.identifiers_of("issn"), ""),
            "subject": next((subject.parts[0] for subject in record.subjects), ""),
            "publisher": next((one.publisher for one in record.publications if one.publisher), ""),
            "series": next((one.title for one in record.series if one.title), ""),
            "class": next((one.value for one in record.classes), ""),
            "year": str(record.year or ""),
            "language": next(iter(record.languages), ""),
            "id": record.local_id,
        }
        for index, term in found.items():
            if term and "\ufffd" not in term and index not in items:
                items[index] = _short(index, term)
    if "title" in items:
        items["any"] = items["title"]
    return {index: term for index, term in items.items() if term}


def _short(index: str, term: str) -> str:
    """A term that an index of words, of phrases' beginnings or of numbers can find."""
    if index in ("isbn", "issn", "class", "year", "language", "id"):
        return term.split("(")[0].strip() if index != "id" else term
    han = _HAN.search(term)
    if han:
        return han.group()
    words = re.findall(r"[^\W_]{3,}", term)
    return max(words, key=len, default="")
