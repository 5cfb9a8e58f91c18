"""The sample editions of ``config/demo/editions``: facts of well-known books, from which libraries make records."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from gateway.core.data import config_path
from gateway.core.errors import ConfigurationError
from gateway.demo.reading import draw, read

#: Files under ``config/demo/editions``; a library's ``shelves`` name them.
SHELVES: Final = ("classics", "modern", "shaanxi", "world", "knowledge", "children-and-others", "english")
_KEYS: Final = frozenset(
    (
        *("title", "other", "part", "by", "from", "edition", "isbn", "csbn", "issn", "extent", "volumes", "class"),
        *("lcc", "subjects", "series", "language", "original", "kind", "audience", "scale", "frequency", "held"),
        "summary",
    )
)
_CJK: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_MARK: Final = re.compile(r"^\(([^)]+)\)")
_PART_NUMBER: Final = re.compile(r"^(第\S+[卷部册辑]|[IVX]+|Volume \d+),?(?:\s+|$)")
_ORIGINAL: Final = re.compile(r"^(.*) \(([a-z]{3})\)$")
#: National books had ISBNs from about this year on; an older one without number gets none.
_FIRST_ISBN: Final = {"7": 1987, "4": 1981, "0": 1972, "957": 1987}


@dataclass(frozen=True, slots=True)
class Credit:
    """One name of the statement of responsibility. ``role`` is the statement's word (著, 译, author)."""

    name: str
    role: str
    mark: str = ""  #: nationality or dynasty, without brackets
    et_al: bool = False  #: others are not named (等)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    id: str
    shelf: str
    title: str
    other: str = ""
    part_number: str = ""
    part_name: str = ""
    credits: tuple[Credit, ...] = ()
    publisher: str = ""
    place: str = ""
    year: int = 0
    continuing: bool = False  #: a serial that still appears
    edition: str = ""
    isbn: str = ""  #: 13 digits with hyphens
    csbn: str = ""  #: 统一书号, the national number before ISBN
    issn: str = ""
    pages: str = ""
    size: str = ""
    price: str = ""
    volumes: tuple[str, ...] = ()  #: designations, when the parts of a set are known
    clc: str = ""
    lcc: str = ""
    subjects: tuple[tuple[str, ...], ...] = ()
    series: str = ""
    language: str = "chi"
    original: str = ""  #: title of the work that was translated
    original_language: str = ""
    kind: str = "book"  #: book | serial | map | audio | score
    audience: str = ""
    scale: str = ""
    frequency: str = ""
    everywhere: bool = False  #: every library of the province holds it
    summary: str = ""


def check_digit(digits: str) -> str:
    """The check digit of the first twelve digits of an ISBN-13 (ISO 2108)."""
    total = sum(int(digit) * (1, 3)[place % 2] for place, digit in enumerate(digits[:12]))
    return str(-total % 10)


def isbn10(isbn: str) -> str:
    """The ten-digit form of a hyphenated 978 ISBN, as books before 2007 had it."""
    body = isbn.removeprefix("978-").rpartition("-")[0]
    digits = body.replace("-", "")
    check = sum(int(digit) * (10 - place) for place, digit in enumerate(digits))
    return f"{body}-{'0123456789X'[-check % 11]}"


@lru_cache(maxsize=1)
def load_editions() -> tuple[Edition, ...]:
    """All editions in the order of the files. Raises ``ConfigurationError`` that names file and title."""
    editions: dict[str, Edition] = {}
    for shelf in SHELVES:
        publishers = _publishers()
        for values in read("editions", f"{shelf}.yaml"):
            where = f"config/demo/editions/{shelf}.yaml, {values.get('title', 'an edition without title')}"
            unknown = set(values) - _KEYS
            if unknown:
                raise ConfigurationError(f"{where}: unknown key {sorted(unknown)[0]!r}")
            edition = _edition(shelf, {key: str(value) for key, value in values.items()}, publishers, where)
            if edition.id in editions:
                raise ConfigurationError(f"{where}: the same title, publisher and year are there twice")
            editions[edition.id] = edition
    return tuple(editions.values())


@lru_cache(maxsize=1)
def _publishers() -> dict[str, tuple[str, str]]:
    return {name: (str(place), str(prefix)) for name, (place, prefix) in read("publishers.yaml").items()}


def _edition(shelf: str, values: dict[str, str], publishers: dict[str, tuple[str, str]], where: str) -> Edition:
    publisher, _, date = values.get("from", "").rpartition(" ")
    if publisher not in publishers or not re.fullmatch(r"\d{4}-?", date):
        path = config_path("demo", "publishers.yaml")
        raise ConfigurationError(
            f"{where}: 'from' must be a publisher of {path} and a year, not {values.get('from')!r}"
        )
    place, prefix = publishers[publisher]
    separator = ";" if ";" in values["extent"] else None
    *pages, size, price = [piece.strip() for piece in values["extent"].split(separator)]
    part = values.get("part", "")
    number = _PART_NUMBER.match(part)
    original = _ORIGINAL.match(values.get("original", ""))
    kind = values.get("kind", "book")
    year = int(date[:4])
    identity = f"{values['title']}|{part}|{kind}|{publisher}|{date}"
    isbn = values.get("isbn", "")
    if not isbn and kind != "serial" and "csbn" not in values and year >= _FIRST_ISBN[prefix.split("-")[1]]:
        isbn = _made_isbn(prefix, identity)
    default_language = "chi" if _CJK.search(values["title"] + values.get("by", "")) else "eng"
    return Edition(
        id=f"e{int(draw(identity) * 2**40):010x}",
        shelf=shelf,
        title=values["title"],
        other=values.get("other", ""),
        part_number=number[1] if number else "",
        part_name=part[number.end() :] if number else part,
        credits=tuple(_credits(values.get("by", ""))),
        publisher=publisher,
        place=place,
        year=year,
        continuing=date.endswith("-"),
        edition=values.get("edition", ""),
        isbn=isbn,
        csbn=values.get("csbn", ""),
        issn=values.get("issn", ""),
        pages=" ".join(pages),
        size=size,
        price=price,
        volumes=tuple(_volumes(values.get("volumes", ""))),
        clc=values["class"],
        lcc=values.get("lcc", ""),
        subjects=tuple(tuple(heading.split("--")) for heading in values["subjects"].split("; ")),
        series=values.get("series", ""),
        language=values.get("language", default_language),
        original=original[1] if original else "",
        original_language=original[2] if original else "",
        kind=kind,
        audience=values.get("audience", ""),
        scale=values.get("scale", ""),
        frequency=values.get("frequency", ""),
        everywhere=values.get("held") == "everywhere",
        summary=values.get("summary", ""),
    )


def _volumes(text: str) -> list[str]:
    return text.split("|") if "|" in text else text.split()


def _credits(text: str) -> Iterator[Credit]:
    """``(清)曹雪芹、(清)高鹗 著; 启功 注释`` or ``Cao, Xueqin author; Hawkes, David translator``."""
    for statement in text.split("; ") if text else ():
        names, _, role = statement.rpartition(" ")
        et_al = role.startswith("等")
        role = role.removeprefix("等")
        for name in names.split("、"):
            mark = _MARK.match(name)
            yield Credit(name[mark.end() :] if mark else name, role, mark[1] if mark else "", et_al)


def _made_isbn(prefix: str, identity: str) -> str:
    room = 12 - len(prefix.replace("-", ""))
    item = f"{int(draw('isbn', identity) * 10**room):0{room}d}"
    return f"{prefix}-{item}-{check_digit(prefix.replace('-', '') + item)}"


@lru_cache(maxsize=1)
def roles() -> dict[str, tuple[str, str]]:
    """Role word to (MARC 21 relator code, UNIMARC function code)."""
    return {word: (str(relator), str(function)) for word, (relator, function) in read("roles.yaml").items()}


@lru_cache(maxsize=1)
def places() -> dict[str, tuple[str, str, str]]:
    """Place to (ISO 3166 country, MARC 21 country, GB/T 2260 code)."""
    return {name: (str(iso), str(marc), str(gb)) for name, (iso, marc, gb) in read("places.yaml").items()}
