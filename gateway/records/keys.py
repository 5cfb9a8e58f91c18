"""What sameness looks at: identifiers that last, keys by which candidates are found, features that are compared."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from operator import attrgetter
from typing import Any, NamedTuple

from gateway.core.record import Record, Title, TitleKind
from gateway.records.houses import publisher_key, region
from gateway.records.labels import table
from gateway.records.lazy import LazyRecord, year_mismatch
from gateway.records.text import fold, has_han
from gateway.records.volumes import (
    TEXTS,
    Edition,
    Extent,
    edition_among,
    edition_key,
    extent_key,
    is_count,
    is_volume,
    numerals,
    split_edition,
    split_other,
    split_title,
    volume_key,
)

_CREATING_ROLES = frozenset(("aut", "edt", "com", ""))
#: Schemes whose numbers name one edition.
_EDITION_NUMBERS = frozenset(("lccn", "oclc", "csbn", "doi"))
_BACKGROUND_ROLES = frozenset(("pbl", "prt", "dst", "col", "ths", "csl", "dsr"))
_ARTICLES = ("the ", "a ", "an ")
#: A number with the database whose number it is.
_AGENCY = re.compile(r"\(([^()]+)\)\s*(\S.*)$")
_PAGE = re.compile(r"(?<![a-z])[a-z]*+[0-9]++")
_PAGE_RANGE = re.compile(r"(?<![0-9])[0-9]++\s*+[-–—~～]++\s*+[0-9]++")


#: Two characters of base 32 (RFC 4648, small letters) for every ten bits.
_PAIRS = [a + b for a in "abcdefghijklmnopqrstuvwxyz234567" for b in "abcdefghijklmnopqrstuvwxyz234567"]


@lru_cache(maxsize=32768)  # asked again whenever a union that holds the record is drawn up
def uid(record_id: str) -> str:
    """A short name for a record that lasts: ``w`` and 15 characters of base 32, made from its id alone."""
    number = int.from_bytes(blake2b(record_id.encode(), digest_size=10).digest(), "big")
    return "w" + "".join([_PAIRS[number >> shift & 1023] for shift in range(70, -1, -10)])[:15]


class HostKey(NamedTuple):
    """What a part is in, folded; empty where it is not told."""

    titles: tuple[str, ...]  #: with their spaces, for abbreviations are compared word by word
    issns: frozenset[str]
    volume: str
    issue: str
    pages: tuple[str, ...]  #: first and last page, or the first alone


@dataclass(slots=True)
class Features:
    """A record as sameness sees it. All text is folded; nothing here is for showing. Never changed once made."""

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
    host: HostKey  #: of articles and other parts
    regions: frozenset[str]  #: CN, HK, MO, TW by the places of publication: one publisher's name is several houses
    year_doubtful: bool  #: the record gives two years of publication
    parallel: frozenset[str]  #: parallel titles
    series: frozenset[str]  #: titles of series
    declared: frozenset[str]  #: what the edition statement itself says of the text, see ``volumes.TEXTS``
    countries: frozenset[str]  #: codes of the countries of publication
    own_numbers: frozenset[tuple[str, str]]  #: a library's database, and the number there


def joined(text: str) -> str:
    """Folded, without an initial article and without spaces."""
    folded = fold(text.replace("&", " and ") if "&" in text and not has_han(text) else text)
    for article in _ARTICLES:
        if folded.startswith(article):
            folded = folded[len(article) :]
            break
    return folded.replace(" ", "")


@lru_cache(maxsize=64)
def form_kind(form: str) -> str:
    """What sameness compares of a form: two forms of one kind may describe one edition."""
    entry = table("forms").get(form)
    return str(entry["kind"]) if entry else form


class _LazyFeatures(Features):
    """Features that are worked out when a comparison asks for them: most records only ever need their keys."""

    __slots__ = ("_record", "_shared")

    _record: Record
    _shared: dict[str, Any]  #: by group, what copies of the record found before

    def __getattr__(self, name: str) -> Any:
        group = _GROUP_OF.get(name)
        if group is None:
            raise AttributeError(name)
        fill, names, values_of = group
        known = self._shared.get(names[0])
        if known is None:
            fill(self, self._record)
            self._shared[names[0]] = values_of(self)
        else:
            for each, value in zip(names, known, strict=True):
                setattr(self, each, value)
        return object.__getattribute__(self, name)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Features):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in _NAMES)

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return Features, tuple([getattr(self, name) for name in _NAMES])


def features(record: Record) -> Features:
    """The features of one record. Pure: the same record gives the same features every time."""
    found = _LazyFeatures.__new__(_LazyFeatures)
    found.id = record.id
    found._record = record
    core = record.core() if isinstance(record, LazyRecord) else None
    found._shared = {} if core is None else core.features
    return found


def description(found: Features) -> Hashable:
    """All that a comparison looks at, or something that only the same description has; not for keeping."""
    return id(found._shared) if isinstance(found, _LazyFeatures) else _described(found)


def shared(a: Features, b: Features) -> dict[str, Any] | None:
    """What two copies of one record share, to keep in it what was found of them; None for two other records."""
    if isinstance(a, _LazyFeatures) and isinstance(b, _LazyFeatures) and a._shared is b._shared:
        return a._shared
    return None


def _fill_titles(found: Features, record: Record) -> None:
    titles: list[str] = []
    full: list[str] = []
    romanised: list[str] = []
    other: list[str] = []
    parts: list[str] = []
    volume = ""
    for main in main_titles(record):
        text, inside = split_title(split_edition(main.text)[0])
        text, glued = split_other(text)
        key = joined(text)
        if not key:
            continue
        beside = [glued, *main.other] if glued else main.other
        alone = next((value for value in beside if is_volume(value)), "")
        if not volume and (main.part_number or inside or alone):
            volume = volume_key(main.part_number) or volume_key(inside) or volume_key(alone)
        folded_other = [
            folded for value in beside if value != alone and (folded := joined(value)) and not is_count(folded)
        ]
        if not titles:
            other = folded_other
        rest = "".join(folded_other)
        titles.append(key)
        full.append(key + rest)
        if rest:
            full.append(rest + key)  # 语文: 课程标准实验教科书 and 课程标准实验教科书语文
        if (counted := numerals(key)) != key:
            titles.append(counted)
            full.append(counted + rest)
        if main.part_name and (part := joined(main.part_name)):
            parts.append(part)
            full += (key + part, part)
        if main.pinyin:
            romanised.append(joined(main.pinyin))
    found.titles = frozenset(titles)
    found.full_titles = frozenset(full)
    found.romanised = frozenset(romanised)
    found.other = frozenset(other)
    found.part_names = frozenset(parts)
    found.volume = volume


def main_titles(record: Record) -> list[Title]:
    """The main title and, where the record has it in two scripts, its romanised form."""
    titles = record.own_titles() if isinstance(record, LazyRecord) else record.titles
    main = next((title for title in titles if title.kind is TitleKind.MAIN), None)
    if main is None:
        return list(titles[:1])
    if not main.pinyin:
        return [main]
    return [main, *[t for t in titles if t.kind is TitleKind.VARIANT and t.text and main.pinyin.startswith(t.text)]]


def _fill_names(found: Features, record: Record) -> None:
    creators: list[str] = []
    romanised: list[str] = []
    translators: list[str] = []
    others: list[str] = []
    for contributor in record.contributors:
        role = contributor.role
        if role in _BACKGROUND_ROLES:
            continue
        name = fold(contributor.name)
        if role == "trl":
            translators.append(name)
        elif contributor.primary or role in _CREATING_ROLES:
            creators.append(name)
        else:
            others.append(name)
        if contributor.pinyin:
            romanised.append(joined(contributor.pinyin))
    found.creators = tuple(creators)
    found.creators_romanised = frozenset(romanised)
    found.translators = tuple(translators)
    found.others = tuple(others)


def _fill_numbers(found: Features, record: Record) -> None:
    isbns: list[str] = []
    loose: list[str] = []
    issns: list[str] = []
    numbers: list[str] = []
    for identifier in record.identifiers:
        scheme = identifier.scheme
        if scheme == "isbn":
            if identifier.valid:
                isbns.append(identifier.value)
            elif len(identifier.value) >= 9:
                loose.append(identifier.value.replace("-", ""))
        elif not identifier.valid:
            continue
        elif scheme == "issn":
            issns.append(identifier.value)
        elif scheme in _EDITION_NUMBERS:
            numbers.append(f"{scheme}:{identifier.value}")
    found.isbns = frozenset(isbns)
    found.loose_isbns = frozenset(loose)
    found.issns = frozenset(issns)
    found.numbers = frozenset(numbers)


def _fill_own_numbers(found: Features, record: Record) -> None:
    numbers = (_AGENCY.match(value) for value in record.identifiers_of("local"))
    found.own_numbers = frozenset([(match[1].casefold(), match[2]) for match in numbers if match])


def _fill_parallel(found: Features, record: Record) -> None:
    found.parallel = frozenset([joined(title.text) for title in record.titles if title.kind is TitleKind.PARALLEL])


def _fill_series(found: Features, record: Record) -> None:
    found.series = frozenset([joined(series.title) for series in record.series])


def _fill_countries(found: Features, record: Record) -> None:
    found.countries = frozenset(record.countries)


def _fill_languages(found: Features, record: Record) -> None:
    found.languages = frozenset(record.languages)


def _fill_rest(found: Features, record: Record) -> None:
    told = [record.edition]
    for main in main_titles(record)[:1]:
        told += [split_edition(main.text)[1], edition_among(main.other)]
    found.edition = edition_key(" ".join([text for text in told if text]))
    found.declared = edition_key(record.edition).kinds & TEXTS
    found.regions = frozenset([code for p in record.publications if p.place and (code := region(p.place))])
    found.publishers = frozenset([publisher_key(p.publisher) for p in record.publications if p.publisher])
    found.extent = extent_key(record.extent)
    found.year_end = record.year_end


def _fill_imprint(found: Features, record: Record) -> None:
    found.year = record.year
    found.kind = form_kind(record.form)


def _fill_host(found: Features, record: Record) -> None:
    hosts = record.hosts
    issns = [value for host in hosts if (value := host.issn)]
    issns += record.identifiers_of("issn")
    volume = next((host.volume for host in hosts if host.volume), "")
    issue = next((host.issue for host in hosts if host.issue), "")
    pages = next((host.pages for host in hosts if host.pages), "") or _pages_in(record.extent)
    found.host = HostKey(
        tuple(dict.fromkeys([fold(host.title) for host in hosts])),
        frozenset(issns),
        volume_key(volume),
        volume_key(issue),
        tuple(_PAGE.findall(fold(pages))[:2]),
    )


def _fill_doubts(found: Features, record: Record) -> None:
    # A record in MARC knows without looking for all its faults.
    found.year_doubtful = record.year_doubtful() if isinstance(record, LazyRecord) else year_mismatch(record)


def _pages_in(extent: str) -> str:
    """An article's extent is often its first and last page: ``p. 927-932``, ``12-15页``."""
    match = _PAGE_RANGE.search(extent)
    return match[0] if match else ""


_NAMES = tuple(field.name for field in dataclasses.fields(Features))
_described = attrgetter(*_NAMES[1:])
#: What works out which features, all of a group at once.
_GROUPS: tuple[tuple[Callable[[Features, Record], None], tuple[str, ...]], ...] = (
    (_fill_titles, ("titles", "full_titles", "romanised", "other", "volume", "part_names")),
    (_fill_names, ("creators", "creators_romanised", "translators", "others")),
    (_fill_numbers, ("isbns", "loose_isbns", "issns", "numbers")),
    (_fill_rest, ("edition", "publishers", "regions", "extent", "year_end", "declared")),
    (_fill_languages, ("languages", "languages")),
    (_fill_imprint, ("year", "kind")),
    (_fill_host, ("host", "host")),
    (_fill_parallel, ("parallel", "parallel")),
    (_fill_series, ("series", "series")),
    (_fill_countries, ("countries", "countries")),
    (_fill_own_numbers, ("own_numbers", "own_numbers")),
    (_fill_doubts, ("year_doubtful", "year_doubtful")),
)
_GROUP_OF: dict[str, tuple[Callable[[Features, Record], None], tuple[str, ...], Callable[[object], Any]]] = {
    name: (fill, names, attrgetter(*names)) for fill, names in _GROUPS for name in names
}


def feature_keys(found: Features) -> tuple[str, ...]:
    """Keys by which records that might be the same find each other: numbers, and title with year."""
    known = found._shared.get("keys") if isinstance(found, _LazyFeatures) else None
    if known is None:
        known = _feature_keys(found)
        if isinstance(found, _LazyFeatures):
            found._shared["keys"] = known
    return known


def _feature_keys(found: Features) -> tuple[str, ...]:
    keys = {f"isbn:{value}" for value in found.isbns}
    if found.loose_isbns or found.issns or found.numbers:
        keys.update(found.numbers)
        keys.update([f"isbn:{value}" for value in found.loose_isbns])
        keys.update([f"issn:{value}" for value in found.issns])
    when = "s" if found.kind in ("serial", "eserial") else str(found.year or "")
    keys.update([f"t:{title[:60]}:{when}" for title in found.titles | found.full_titles | found.romanised])
    if found.kind == "article" and found.year:
        # An article appears online in one year and in its issue in the next.
        keys.update([f"t:{title[:60]}:{found.year + 1}" for title in found.titles])
    return tuple(sorted(keys))


def block_keys(record: Record) -> tuple[str, ...]:
    """The keys of a record; two records that can be judged the same share at least one."""
    return feature_keys(features(record))
