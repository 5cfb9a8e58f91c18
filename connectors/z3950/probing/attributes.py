"""Which access points and which other Bib-1 attributes a server takes, and which of them find what it has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from connectors.z3950.probing import evidence
from connectors.z3950.probing.evidence import Judged
from connectors.z3950.probing.sample import Sample
from connectors.z3950.probing.talk import Outcome, Talk, operand
from gateway.core.errors import DataError
from gateway.core.record import RawRecord
from gateway.protocols.z3950.numbers import isbn_terms
from gateway.protocols.z3950.querymap import bib1_map
from gateway.protocols.z3950.rpn import KnownUnitCode, Op, Operation, Prox
from gateway.records.charset import encode

#: Use attributes beside those of config/maps/bib1.yaml; 9999 exists nowhere: who takes it refuses none.
NOWHERE = 9999
_MORE_USES = (32, 52, 55, 56, 57, 58, 59, 60, 61, 1000, 1001, 1011, 1012, 1019, 1030, 1033)
_OTHERS: Mapping[str, tuple[int, tuple[int, ...]]] = {
    "relation": (2, (1, 2, 3, 4, 5, 6, 100, 101, 102, 103)),
    "position": (3, (1, 2, 3)),
    "structure": (4, (1, 2, 3, 4, 5, 6, 100, 101, 102, 103, 104, 105, 106, 107, 108)),
    "truncation": (5, (1, 2, 3, 100, 101, 102, 103, 104)),
    "completeness": (6, (1, 2, 3)),
}
#: Other ways to ask for an access point, tried in this order when the usual one is refused or finds nothing.
_ALTERNATIVES: Mapping[str, tuple[str, ...]] = {
    "any": ("1=1016", "1=1035", "1=1017", "1=1010", "1=4"),
    "title": ("1=4", "1=33", "1=36", "1=1097"),
    "author": ("1=1003", "1=1004", "1=1", "1=1002", "1=1005"),
    "subject": ("1=21", "1=27", "1=45", "1=46", "1=47", "1=1079"),
    "isbn": ("1=7", "1=1007"),
    "issn": ("1=8", "1=1007"),
    "publisher": ("1=1018", "1=1101"),
    "class": ("1=20", "1=13", "1=16", "1=1040"),
    "year": ("1=31", "1=30"),
    "id": ("1=12", "1=1032"),
}
_VARIANTS = ("", " 4=1", " 4=2", " 5=1", " 4=1 5=1")
_NONSENSE = "龘靐齉龗"
#: Several, because some servers make up how much they find.
_NONSENSE_LATIN = (b"xqzwvkjqxz", b"qqxzvw", b"zzyxjkqvvw", b"wvxqkzj")


@dataclass(slots=True)
class Attributes:
    terms: Judged = Judged("", 0.0, "")  # noqa: RUF009 - a tuple never changes
    charset: str = "utf-8"  #: that the questions were asked in
    tells: bool = True  #: nonsense finds nothing, so that what is found proves something
    asked: dict[str, str] = field(default_factory=dict)  #: index → attributes for the target file
    why: dict[str, str] = field(default_factory=dict)  #: index → evidence
    supported: dict[str, list[int]] = field(default_factory=dict)  #: type → values that are taken
    refused: dict[str, list[int]] = field(default_factory=dict)
    refuses_use: bool = True  #: unknown Use attributes get a diagnostic
    operators: dict[str, str] = field(default_factory=dict)
    isbn: str = ""
    isbn_why: str = ""
    words: str = ""
    words_why: str = ""


async def judge(talk: Talk, sample: Sample) -> Attributes:
    """Everything about queries, by trying."""
    out = Attributes()
    out.refuses_use = not (await talk.find(f"1={NOWHERE}", b"water")).accepted
    await _charset(talk, sample, out)
    items = evidence.known_items(filter(None, map(evidence.record_or_none, sample.raws)))
    await _access_points(talk, items, out)
    await _values(talk, items, out)
    title = out.asked.get("title", "1=4")
    if title == "-":
        title = sample.use
    await _operators(talk, title, items.get("title", "water"), out)
    if out.tells and "isbn" in items and out.asked.get("isbn") != "-":
        await _isbn(talk, out.asked.get("isbn", "1=7"), items["isbn"], out)
    if out.tells:
        await _words(talk, title, sample.raws, out)
    return out


async def _charset(talk: Talk, sample: Sample, out: Attributes) -> None:
    use = "1=4" if (await talk.find("1=4", b"water")).accepted else sample.use
    nonsense = [await talk.find(use, word) for word in _NONSENSE_LATIN]
    out.tells = not any(outcome.found for outcome in nonsense)
    han, latin = evidence.title_words(sample.raws)
    for words, names in ((han, evidence.HAN_CHARSETS), (latin, evidence.LATIN_CHARSETS)):
        found = dict.fromkeys(names, 0)
        control = dict.fromkeys(names, sum(outcome.hits for outcome in nonsense))
        for name in names if words else ():
            control[name] += (await talk.find(use, _encoded(_NONSENSE, name))).hits
            for word in words:
                found[name] += (await talk.find(use, _encoded(word, name))).found
        if words or not out.terms.why:
            out.terms = evidence.terms_charset(found, len(words), control)
        if out.terms.value:
            break
    out.charset = out.terms.value or "utf-8"


def _encoded(text: str, charset: str) -> bytes:
    try:
        return encode(text, charset)
    except DataError:
        return encode(text, charset, "ncr")


async def _access_points(talk: Talk, items: Mapping[str, str], out: Attributes) -> None:
    """For each index of ours the first way of asking that finds what is known to be there, else one that is taken."""
    for index, usual in bib1_map()[0].items():
        ways = dict.fromkeys((usual, *_ALTERNATIVES.get(index, ())))
        term = _encoded(items.get(index, "1"), out.charset)
        taken: str | None = None
        refusal = ""
        for way in ways:
            outcome = await talk.find(way, term)
            if not outcome.accepted:
                refusal = refusal or outcome.words()
                continue
            if outcome.found or index not in items or not out.tells:
                if taken is None or outcome.found:
                    taken = way
                break
            taken = taken or way
            variant = await _variant(talk, way, term) if index in ("any", "title", "author", "subject") else None
            if variant:
                taken, outcome = variant, Outcome(hits=1)
                break
        if taken is None:
            out.asked[index], out.why[index] = "-", refusal
            continue
        if taken != usual:
            out.asked[index] = taken
        if not out.tells or index not in items:
            out.why[index] = f"{taken} is taken; nothing is known to find there"
        elif outcome.found:
            out.why[index] = f"{taken} finds {items[index]!r}, which it has"
        else:
            out.why[index] = f"{taken} is taken, but does not find {items[index]!r}, which it has"


async def _variant(talk: Talk, way: str, term: bytes) -> str | None:
    for more in _VARIANTS[1:]:
        if (await talk.find(way + more, term)).found:
            return way + more
    return None


async def _values(talk: Talk, items: Mapping[str, str], out: Attributes) -> None:
    term = _encoded(items.get("title", "water"), out.charset)
    uses = sorted({*bib1_map()[1], *_MORE_USES})
    await _try(talk, "use", [(f"1={value}", value) for value in uses], term, out)
    for name, (kind, values) in _OTHERS.items():
        title = next(word for word in (out.asked.get("title", ""), "1=4") if word not in ("", "-"))
        base = " ".join(word for word in title.split() if not word.startswith(f"{kind}="))
        await _try(talk, name, [(f"{base} {kind}={value}", value) for value in values], term, out)


async def _try(talk: Talk, name: str, ways: Iterable[tuple[str, int]], term: bytes, out: Attributes) -> None:
    out.supported[name], out.refused[name] = [], []
    for way, value in ways:
        outcome = await talk.find(way, term)
        (out.supported if outcome.accepted else out.refused)[name].append(value)


async def _operators(talk: Talk, use: str, word: str, out: Attributes) -> None:
    one = operand(use, _encoded(word, out.charset))
    for name, operator in (
        ("and", Op.AND),
        ("or", Op.OR),
        ("not", Op.AND_NOT),
        ("prox", Prox(3, False, 2, KnownUnitCode(2), False)),
    ):
        outcome = await talk.search(Operation(one, one, operator))
        out.operators[name] = "yes" if outcome.accepted else f"no: {outcome.words()}"


async def _isbn(talk: Talk, use: str, number: str, out: Attributes) -> None:
    """Which forms of one ISBN find its record."""
    forms: dict[str, str] = {}
    for form in ("13", "10", "hyphens-13", "hyphens-10"):
        for term in isbn_terms(number, form):
            forms.setdefault(term, form)
    found = {form for term, form in forms.items() if (await talk.find(use, term.encode())).found}
    out.isbn_why = f"{number} is found as {', '.join(sorted(found)) or 'none of its forms'}"
    if {"13", "10"} <= found:
        out.isbn = "as-typed" if found >= set(forms.values()) else "plain"
    elif "13" in found or "10" in found:
        out.isbn = "13" if "13" in found else "10"
    elif found:
        out.isbn = min(found, key=lambda form: form != "hyphens-13")


async def _words(talk: Talk, use: str, raws: Iterable[RawRecord], out: Attributes) -> None:
    """How two words of one title must be asked for to find it."""
    if out.operators.get("and") == "yes":
        return
    for name, more in (("list", " 4=6"), ("phrase", " 4=1")):
        if any(value in out.supported["structure"] for value in ((6,) if name == "list" else (1,))):
            out.words, out.words_why = name, f"it has no AND; several words go as one term with{more}"
            return
