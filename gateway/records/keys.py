"""What sameness looks at: identifiers that last, keys by which candidates are found, features that are compared."""

from __future__ import annotations

from base64 import b32encode
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

from gateway.core.record import Record, TitleKind
from gateway.records.labels import table
from gateway.records.text import fold, has_han
from gateway.records.volumes import Edition, Extent, edition_key, extent_key, split_title, volume_key

_LAW_ROLES = frozenset(("trl",))
_BACKGROUND_ROLES = frozenset(("pbl", "prt", "dst", "col", "ths", "csl", "dsr"))
#: Words of publishers' names that everybody leaves out now and then.
_PUBLISHER_WORDS = (
    "有限责任公司", "股份有限公司", "有限公司", "出版社", "出版公司", "出版集团", "出版", "集团", "公司",
)  # fmt: skip
_PUBLISHER_LATIN = frozenset(
    ["the", "press", "publishing", "publishers", "publisher", "publications", "pub", "publ", "publishing", "co", "company", "ltd", "inc", "limited", "house", "books", "verlag", "editions", "editors", "and", "sons", "group", "chu", "ban", "she", "chubanshe", "edition", "ed", "of"]
)
_ARTICLES = ("the ", "a ", "an ")


def uid(record_id: str) -> str:
    """A short name for a record that lasts: ``w`` and 15 characters of base 32, made from its id alone."""
    return "w" + b32encode(blake2b(record_id.encode(), digest_size=10).digest()).decode("ascii").lower()[:15]


@dataclass(frozen=True, slots=True)
class Features:
    """A record as sameness sees it. All text is folded; nothing here is for showing."""

    id: str
    titles: frozenset[str]  #: title proper in each script, no spaces, volume taken out
    full_titles: frozenset[str]  #: the same with other title information, and with the part's name
    romanised: frozenset[str]  #: romanised forms that the record itself gives
    other: frozenset[str]  #: other title information
    volume: str  #: see ``volumes.volume_key``
    part_names: frozenset[str]
    creators: tuple[str, ...]  #: names of authors and editors
    creators_romanised: frozenset[str]
    translators: tuple[str, ...]
    others: tuple[str, ...]  #: names with other roles
    edition: Edition
    publishers: frozenset[str]
    year: int | None
    year_end: int | None
    extent: Extent
    isbns: frozenset[str]  #: valid ones
    loose_isbns: frozenset[str]  #: invalid ones, as written
    issns: frozenset[str]
    numbers: frozenset[str]  #: other numbers that name an edition: lccn, oclc, 统一书号, national, DOI
    kind: str  #: ``kind`` of the form in ``config/maps/forms``
    languages: frozenset[str]


def joined(text: str) -> str:
    """Folded, without an initial article and without spaces."""
    folded = fold(text)
    for article in _ARTICLES:
        if folded.startswith(article):
            folded = folded[len(article) :]
            break
    return folded.replace(" ", "")


@lru_cache(maxsize=4096)
def publisher_key(name: str) -> str:
    """A publisher's name without the words that come and go: 人民文学出版社 → 人民文学."""
    folded = fold(name)
    if has_han(folded):
        plain = folded.replace(" ", "")
        for word in _PUBLISHER_WORDS:
            if plain.endswith(word) and len(plain) > len(word) + 1:
                plain = plain[: -len(word)]
        return plain
    return " ".join(word for word in folded.split() if word not in _PUBLISHER_LATIN) or folded


@lru_cache(maxsize=64)
def form_kind(form: str) -> str:
    """What sameness compares of a form: two forms of one kind may describe one edition."""
    entry = table("forms").get(form)
    return str(entry["kind"]) if entry else form


def features(record: Record) -> Features:
    """The features of one record. Pure: the same record gives the same features every time."""
    titles: set[str] = set()
    full: set[str] = set()
    romanised: set[str] = set()
    other: set[str] = set()
    parts: set[str] = set()
    volume = ""
    main = record.title
    for title in record.titles:
        if title is not main and not (title.kind is TitleKind.VARIANT and main.pinyin and title.text in main.pinyin):
            continue
        text, inside = split_title(title.text)
        key = joined(text)
        if not key:
            continue
        volume = volume or volume_key(title.part_number) or volume_key(inside)
        titles.add(key)
        folded_other = [folded for value in title.other if (folded := joined(value))]
        full.add(key + "".join(folded_other))
        if title.part_name:
            part = joined(title.part_name)
            parts.add(part)
            full.add(key + part)
            full.add(part)
        if title is main:
            other.update(folded_other)
        if title.pinyin:
            romanised.add(joined(title.pinyin))
    creators: list[str] = []
    creators_romanised: set[str] = set()
    translators: list[str] = []
    others: list[str] = []
    for contributor in record.contributors:
        if contributor.role in _BACKGROUND_ROLES:
            continue
        name = fold(contributor.name)
        if contributor.role == "trl":
            translators.append(name)
        elif contributor.primary or contributor.role in ("aut", "edt", "com", ""):
            creators.append(name)
        else:
            others.append(name)
        if contributor.pinyin:
            creators_romanised.add(joined(contributor.pinyin))
    isbns: set[str] = set()
    loose: set[str] = set()
    issns: set[str] = set()
    numbers: set[str] = set()
    for identifier in record.identifiers:
        scheme = identifier.scheme
        if scheme == "isbn":
            if identifier.valid:
                isbns.add(identifier.value)
            elif len(identifier.value) >= 9:
                loose.add(identifier.value.replace("-", ""))
        elif not identifier.valid:
            continue
        elif scheme == "issn":
            issns.add(identifier.value)
        elif scheme in ("lccn", "oclc", "csbn", "doi"):
            numbers.add(f"{scheme}:{identifier.value}")
    return Features(
        id=record.id,
        titles=frozenset(titles),
        full_titles=frozenset(full),
        romanised=frozenset(romanised),
        other=frozenset(other),
        volume=volume,
        part_names=frozenset(parts),
        creators=tuple(creators),
        creators_romanised=frozenset(creators_romanised),
        translators=tuple(translators),
        others=tuple(others),
        edition=edition_key(record.edition),
        publishers=frozenset([publisher_key(p.publisher) for p in record.publications if p.publisher]),
        year=record.year,
        year_end=record.year_end,
        extent=extent_key(record.extent),
        isbns=frozenset(isbns),
        loose_isbns=frozenset(loose),
        issns=frozenset(issns),
        numbers=frozenset(numbers),
        kind=form_kind(record.form),
        languages=frozenset(record.languages),
    )


def feature_keys(found: Features) -> tuple[str, ...]:
    """Keys by which records that might be the same find each other: numbers, and title with year."""
    keys = [f"isbn:{value}" for value in found.isbns | found.loose_isbns]
    keys += [f"issn:{value}" for value in found.issns]
    keys += found.numbers
    when = "s" if found.kind in ("serial", "eserial") else str(found.year or "")
    keys += [f"t:{title[:60]}:{when}" for title in found.titles | found.full_titles | found.romanised]
    return tuple(sorted(keys))


def block_keys(record: Record) -> tuple[str, ...]:
    """The keys of a record; two records that can be judged the same share at least one."""
    return feature_keys(features(record))
