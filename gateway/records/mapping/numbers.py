"""Identifiers out of fields: numbers normalised, invalid ones kept apart, price and binding taken off."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

from gateway.core.record import Identifier
from gateway.records import identifiers
from gateway.records.mapping.punctuation import strip
from gateway.records.mapping.tables import NumberRule
from gateway.records.marc import Field, values

# A run of blanks or of digits is looked through from its beginning only; from each place in it, that would cost its
# length squared.
_PARENTHESIS: Final = re.compile(r"(?:(?<!\s)\s++)?[(（]([^()（）]*)[)）]\s*")
#: A price: a currency and a number, or a number and 元.
_PRICE: Final = re.compile(
    r"((?:CNY|RMB|NTD?\$?|HKD?\$?|US\$|USD|\$|￥|¥|£|€|EUR|GBP|JPY|KRW)\s*\d[\d.,]*|(?<!\d)(?<!\d[.,])\d[\d.,]*+\s*+(?:元|円|圆))",
    re.IGNORECASE,
)
_BINDING: Final = re.compile(r"(平装|软精装|精装|线装|简装|盒装|函装|套装|软精|平|精)$")
_DOI_PREFIX: Final = re.compile(r"^(?:https?://(?:dx\.)?doi\.org/|doi:)", re.IGNORECASE)
_OCLC: Final = re.compile(r"^(?:oc[mn]|on)?(\d++)$", re.IGNORECASE)
_PARSERS: Final = {
    "ismn": identifiers.parse_ismn,
    "isrc": identifiers.parse_isrc,
    "csbn": identifiers.parse_csbn,
}
_SCHEMES: Final = {
    "0": "isrc", "1": "other", "2": "ismn", "3": "other", "4": "other", "7": "", "8": "other",
}  # fmt: skip


class _Found(NamedTuple):
    scheme: str
    value: str
    valid: bool = True
    qualifier: str = ""
    price: str = ""


def identify(field: Field, rule: NumberRule) -> list[Identifier]:
    """All identifiers of one field, valid and invalid, each with its qualifier and price."""
    if rule.simple:
        # Most fields: one number and nothing else.
        return [_plain(value.strip(), rule, field) for value in values(field, rule.value) if value.strip()]
    found: list[Identifier] = []
    qualifiers = [strip(v).strip("()（）") for code in rule.qualifier for v in values(field, code)]
    prices = [text for code in rule.price for v in values(field, code) if (text := strip(v))]
    for at, value in enumerate([value for code in rule.value for value in values(field, code)]):
        value = value.strip()
        if not value:
            continue
        scheme, number, valid, qualifier, price = _identify(value, rule, field)
        if qualifiers:
            qualifier = ", ".join(text for text in dict.fromkeys((qualifier, *qualifiers)) if text)
        if prices and not price:
            price = prices[min(at, len(prices) - 1)]
        found.append(Identifier(scheme, number, value, valid, qualifier, price))
    for code in rule.invalid:
        for value in values(field, code):
            if value.strip():
                item = _identify(value.strip(), rule, field)
                found.append(Identifier(rule.scheme, item.value, value.strip(), False, item.qualifier))
    if not found and prices:
        # 010 with a price and no number: the price is all that is known.
        found.append(Identifier(rule.scheme, "", "", False, ", ".join(qualifiers), prices[0]))
    return found


def _plain(value: str, rule: NumberRule, field: Field) -> Identifier:
    scheme, number, valid, qualifier, price = _identify(value, rule, field)
    return Identifier(scheme, number, value, valid, qualifier, price)


def _identify(value: str, rule: NumberRule, field: Field) -> _Found:
    scheme = rule.scheme
    if scheme == "isbn":
        return _isbn(value)
    if scheme == "control":
        return _control(value)
    if scheme == "local":
        return _Found("local", f"({field.get(rule.named_by).strip()}){value}")
    if scheme == "issn":
        number = identifiers.parse_issn(value)
        return _Found("issn", number.value, number.valid) if number else _Found("issn", value, False)
    if scheme == "lccn":
        return _Found("lccn", value.replace(" ", "").partition("/")[0])
    if scheme == "cn":
        return _Found("cn", value)
    if scheme in _PARSERS:
        number = _PARSERS[scheme](value)
        return _Found(scheme, number.value, number.valid) if number else _Found(scheme, value, False)
    if field.tag == "024":
        return _standard(value, field)
    named = field.get(rule.named_by).strip().lower() if rule.named_by else ""
    return _Found("doi" if named == "doi" or (value.startswith("10.") and "/" in value) else "other", value)


def _standard(value: str, field: Field) -> _Found:
    """MARC 21 024: the first indicator or $2 names the standard."""
    scheme = _SCHEMES.get(field.ind1, "other") or field.get("2").strip().lower()
    if scheme == "doi":
        return _Found("doi", _DOI_PREFIX.sub("", value).lower())
    if field.ind1 == "3":
        found = _isbn(value)
        if found.valid:
            return found
    if scheme in _PARSERS:
        number = _PARSERS[scheme](value)
        return _Found(scheme, number.value, number.valid) if number else _Found(scheme, value, False)
    return _Found("other", value.replace("-", ""))


def _control(value: str) -> _Found:
    """035: ``(OCoLC)ocm01234`` is an OCLC number; others keep the agency in brackets."""
    bare = value[7:].strip() if value[:7].lower() == "(ocolc)" else value if value[:2] in ("oc", "on") else ""
    if bare:
        number = _OCLC.match(bare)
        if number:
            return _Found("oclc", number[1].lstrip("0") or "0")
    return _Found("control", value)


@lru_cache(maxsize=8192)
def _isbn(value: str) -> _Found:
    number = identifiers.parse_isbn(value)
    rest = number.remainder if number else value
    qualifier = price = ""
    if rest:
        if match := _PRICE.search(rest):
            price, rest = match[1].strip(), rest[: match.start()]
        notes = [text.strip() for text in _PARENTHESIS.findall(rest) if text.strip()]
        rest = strip(_PARENTHESIS.sub(" ", rest))
        if match := _BINDING.search(rest):
            notes.append(match[1])
        qualifier = ", ".join(notes)
    if number is None:
        return _Found("isbn", value, False, qualifier, price)
    return _Found("isbn", number.value, number.valid, qualifier, price)


def isbn(value: str) -> Identifier:
    """An ISBN as a record has it: 13 digits when valid; binding and price that are glued on come off."""
    found = _isbn(value)
    return Identifier("isbn", found.value, value, found.valid, found.qualifier, found.price)


def issn(value: str) -> Identifier:
    """An ISSN as 1234-5678 when valid."""
    number = identifiers.parse_issn(value)
    return Identifier("issn", number.value, value, number.valid) if number else Identifier("issn", value, value, False)
