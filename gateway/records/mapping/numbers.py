"""Identifiers out of fields: numbers normalised, invalid ones kept apart, price and binding taken off."""

from __future__ import annotations

import re
from typing import Final

from gateway.core.record import Identifier
from gateway.records.mapping.punctuation import strip
from gateway.records.mapping.tables import NumberRule
from gateway.records.marc import Field

_PARENTHESIS: Final = re.compile(r"\s*[(（]([^()（）]*)[)）]\s*")
#: What begins a price glued on to a number: a currency, or 平装 and the like before it.
_GLUED: Final = re.compile(
    r"\s*[:：;；]?\s*((?:CNY|RMB|NTD?\$?|HKD?\$?|US\$|USD|\$|￥|¥|£|€|EUR|GBP|JPY|KRW)\s*[\d.,]+.*|[\d.,]+\s*(?:元|円|圆).*)$",
    re.I,
)
_BINDING: Final = re.compile(r"[\s(（]*(平装|精装|平|精|线装|简装|盒装|函装|套装|软精装|软精)[)）]?\s*$")
_CONTROL: Final = re.compile(r"^\(([^()]+)\)\s*(.+)$")
_OCLC: Final = re.compile(r"^(?:oc[mn]|on)?0*(\d+)$", re.I)
_SCHEMES: Final = {
    "0": "isrc", "1": "other", "2": "ismn", "3": "other", "4": "other", "7": "", "8": "other",
}  # fmt: skip


def identify(field: Field, rule: NumberRule) -> list[Identifier]:
    """All identifiers of one field, valid and invalid, each with its qualifier and price."""
    found: list[Identifier] = []
    qualifiers = [strip(v).strip("()（）") for code in rule.qualifier for v in field.all(code) if v.strip()]
    prices = [strip(v) for code in rule.price for v in field.all(code) if v.strip()]
    values = [value.strip() for code in rule.value for value in field.all(code)]
    for at, value in enumerate(values):
        if not value:
            continue
        identifier = _identify(value, rule, field)
        qualifier = ", ".join(text for text in dict.fromkeys((identifier.qualifier, *qualifiers)) if text)
        price = identifier.price or (prices[min(at, len(prices) - 1)] if prices else "")
        found.append(Identifier(identifier.scheme, identifier.value, value, identifier.valid, qualifier, price))
    for code in rule.invalid:
        found += [
            Identifier(rule.scheme, item.value, value.strip(), False, item.qualifier)
            for value in field.all(code)
            if value.strip()
            for item in (_identify(value.strip(), rule, field),)
        ]
    if not found and prices:
        # 010 with a price and no number: the price is all that is known.
        found.append(Identifier(rule.scheme, "", "", False, ", ".join(qualifiers), prices[0]))
    return found


def _identify(value: str, rule: NumberRule, field: Field) -> Identifier:
    scheme = rule.scheme
    if scheme == "isbn":
        return isbn(value)
    if scheme == "issn":
        return issn(value)
    if scheme == "control":
        return _control(value)
    if scheme == "lccn":
        return Identifier("lccn", "".join(value.split()).partition("/")[0], value)
    if scheme == "cn":
        prefix = field.get(rule.prefix).strip() if rule.prefix else ""
        return Identifier("cn", f"{prefix}{value}", value)
    if scheme == "csbn":
        return Identifier(
            "csbn", re.sub(r"[\s·．.•・－—]+", lambda m: "." if m[0].strip() not in "－—" else "-", value), value
        )
    if field.tag == "024":
        return _standard(value, field)
    if scheme in ("ismn", "isrc"):
        return Identifier(scheme, re.sub(r"[\s-]", "", value).upper(), value)
    name = field.get(rule.named_by).strip().lower() if rule.named_by else ""
    return Identifier("doi" if name == "doi" or (value.startswith("10.") and "/" in value) else "other", value, value)


def _standard(value: str, field: Field) -> Identifier:
    """MARC 21 024: the first indicator or $2 names the standard."""
    named = field.get("2").strip().lower()
    scheme = _SCHEMES.get(field.ind1, "other") or named
    if scheme == "doi":
        return Identifier("doi", re.sub(r"^(?:https?://(?:dx\.)?doi\.org/|doi:)", "", value, flags=re.I).lower(), value)
    if field.ind1 == "3":
        found = isbn(value)
        if found.valid:
            return found
    return Identifier(scheme if scheme in ("isrc", "ismn") else "other", value.replace("-", ""), value)


def _control(value: str) -> Identifier:
    """035: ``(OCoLC)ocm01234`` is an OCLC number; others keep the agency in brackets."""
    match = _CONTROL.match(value)
    if match and match[1].lower() == "ocolc":
        number = _OCLC.match(match[2].strip())
        if number:
            return Identifier("oclc", number[1], value)
    return Identifier("control", value, value)


def isbn(value: str) -> Identifier:
    """An ISBN as a record has it: 13 digits when valid; binding and price that are glued on come off."""
    rest = value
    qualifier = price = ""
    if not rest.replace("-", "").isdigit():
        if match := _GLUED.search(rest):
            price, rest = match[1].strip(), rest[: match.start()]
        notes = [text.strip() for text in _PARENTHESIS.findall(rest) if text.strip()]
        rest = _PARENTHESIS.sub(" ", rest)
        if match := _BINDING.search(rest):
            notes.append(match[1])
            rest = rest[: match.start()]
        qualifier = ", ".join(notes)
    parsed = _isbn13(rest)
    return Identifier("isbn", parsed or rest.strip(), value, bool(parsed), qualifier, price)


def issn(value: str) -> Identifier:
    """An ISSN as 1234-5678 when valid."""
    parsed = _issn(_PARENTHESIS.sub(" ", value))
    return Identifier("issn", parsed or value.strip(), value, bool(parsed))


def _isbn13(text: str) -> str:
    digits = re.sub(r"[\s-]", "", text).upper()
    if len(digits) == 10 and digits[:9].isdigit() and (digits[9].isdigit() or digits[9] == "X"):
        if sum((10 - i) * (10 if c == "X" else int(c)) for i, c in enumerate(digits)) % 11:
            return ""
        body = "978" + digits[:9]
        return body + str(-sum((1, 3)[i % 2] * int(c) for i, c in enumerate(body)) % 10)
    if len(digits) == 13 and digits.isdigit() and digits[:3] in ("978", "979"):
        return "" if sum((1, 3)[i % 2] * int(c) for i, c in enumerate(digits)) % 10 else digits
    return ""


def _issn(text: str) -> str:
    digits = re.sub(r"[\s-]", "", text).upper()
    if (
        len(digits) != 8
        or not digits[:7].isdigit()
        or sum((8 - i) * (10 if c == "X" else int(c)) for i, c in enumerate(digits) if c == "X" or c.isdigit()) % 11
    ):
        return ""
    return f"{digits[:4]}-{digits[4:]}"
