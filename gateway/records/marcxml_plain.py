"""The short way through MARCXML that is as plain as nearly all of it is.

A record whose text as a whole has the shape below (a strict subset of XML: no comment, no CDATA, no document type, the
attributes in one of the usual orders) is cut at its tags by C code. Anything else is left to the XML parser; what both
understand they understand alike (``tests/records/test_marcxml_plain.py`` compares them on all real files).
"""

from __future__ import annotations

import re
from typing import Final

from gateway.records.marc import SUBFIELD

_VALUE: Final = r'[^"<&\n\t]'
_TEXT: Final = r"[^<&]*(?:&(?:amp|lt|gt|quot|apos);[^<&]*)*"
_TAG: Final = f'tag="{_VALUE}{{3}}"'
_INDICATORS: Final = f'ind1="{_VALUE}?" ind2="{_VALUE}?"'
_NAMESPACE: Final = (
    r'"(?:https?://[a-zA-Z][a-zA-Z0-9.-]*(?:/[a-zA-Z0-9_./-]*)?(?:#[a-zA-Z0-9_.-]*)?|info:[a-zA-Z0-9_./-]+)"'
)
_SHAPE: Final = re.compile(
    r"""\s*(?:<\?xml version="1\.0"(?: encoding="(?:UTF|utf)-8")?(?: standalone="(?:yes|no)")?\s*\?>\s*)?"""
    r"<record(?=[^>]{0,400}>)(?![^>]* (type|format|xmlns(?::[A-Za-z_]+)?)=[^>]* \1=)"  # no attribute twice
    rf"(?: xmlns(?::(?!xml)[A-Za-z_]+)?={_NAMESPACE}|"
    r""" (?:type|format)="[\w .-]*")*\s*>\s*"""
    rf"(?:<leader>{_TEXT}</leader>\s*)?(?:<controlfield {_TAG}>{_TEXT}</controlfield>\s*)*"
    rf"(?:<datafield (?:{_TAG} {_INDICATORS}|{_INDICATORS} {_TAG})>\s*"
    rf'(?:<subfield code="{_VALUE}">{_TEXT}</subfield>\s*)+</datafield>\s*)*</record>\s*'
)
_PREFIX: Final = re.compile(r"\s*(?:<\?[^>]*\?>\s*)?<([A-Za-z_]+):record\s")
_CONTROL: Final = re.compile(r'<controlfield tag="(...)">([^<]*)<')
_LEADER: Final = re.compile(r"<leader>([^<]*)<")
#: What XML forbids or changes on reading, and the separators of our own fields.
_CONTROLS: Final = bytes((*range(9), *range(11, 32)))
#: U+FFFE and U+FFFF, which XML forbids; U+FFFD, which tells of damage; the end of CDATA, which no text may hold.
_UNUSUAL: Final = (b"\xef\xbf\xbd", b"\xef\xbf\xbe", b"\xef\xbf\xbf", b"]]>")
_BLANK: Final = frozenset(("", "^", "#"))
_LONGEST: Final = 1 << 20  #: characters; more is no record, and left to the parser's limits


def plain(data: bytes) -> tuple[str, list[str], list[str]] | None:
    """The leader as written ("" when there is none), and the fields' tags and texts; None: the parser must read it."""
    if len(data) > _LONGEST or len(data.translate(None, _CONTROLS)) != len(data):
        return None
    if any(unusual in data for unusual in _UNUSUAL):
        return None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    prefix = _PREFIX.match(text)
    if prefix is not None:
        name = prefix[1]
        if f' xmlns:{name}="' not in text:
            return None
        text = text.replace(f"<{name}:", "<").replace(f"</{name}:", "</")  # no value holds a <
    if _SHAPE.fullmatch(text) is None:
        return None
    head, *pieces = text.split("<datafield ")
    tags, texts = [], []
    for tag, value in _CONTROL.findall(head):
        if tag in ("LDR", "000"):
            return None
        tags.append(tag)
        texts.append(_unescaped(value).strip("\n"))
    for piece in pieces:
        first, *parts = piece.split('<subfield code="')
        inner = "".join([f"{SUBFIELD}{part[0]}{part[3 : part.index('<')]}" for part in parts])
        if "&" in inner or "\n" in inner or "\t" in inner:
            inner = "".join([f"{SUBFIELD}{part[0]}{_squeezed(part[3 : part.index('<')])}" for part in parts])
        _, one, _, two, _, three, _ = first.split('"', 6)
        tag, ind1, ind2 = (one, two, three) if first[0] == "t" else (three, one, two)
        tags.append(tag)
        texts.append(f"{' ' if ind1 in _BLANK else ind1}{' ' if ind2 in _BLANK else ind2}{inner}")
    leader = _LEADER.search(head)
    return (_unescaped(leader[1]) if leader else ""), tags, texts


def _squeezed(value: str) -> str:
    """A value as one line."""
    value = _unescaped(value)
    return " ".join(value.split()) if "\n" in value or "\t" in value else value


def _unescaped(value: str) -> str:
    if "&" not in value:
        return value
    value = value.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&apos;", "'")
    return value.replace("&amp;", "&")
