"""XML of unknown origin to a tree: no DTD, no entity, nothing from the network, bounded size and depth.

What is refused is refused with a :class:`RemoteProtocolError` in words. Two faults of real servers are healed instead,
since one bad character must not lose a page of records: characters that XML 1.0 forbids are replaced, and a body that
is not the UTF-8 it claims to be is read in the charset that its library is known to use, when there is one.
"""

from __future__ import annotations

import codecs
import re
from html import unescape

from lxml import etree

from gateway.core.errors import RemoteProtocolError

MAX_BODY = 32 * 1024 * 1024  #: bytes of one answer, unpacked
#: libxml2 itself refuses trees deeper than 256 and texts over 10 MB as long as huge_tree is off.
_PROLOG = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*(?:<\?.*?\?>\s*|<!--.*?-->\s*)*(<!DOCTYPE|<!ENTITY)", re.DOTALL)
_DECLARED = re.compile(
    rb"\A(?:\xef\xbb\xbf)?\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"'][^>]*\?>"
)
_HTML = re.compile(rb"<(?:!doctype\s+)?html\b", re.IGNORECASE)
_TITLE = re.compile(rb"<title[^>]*>(.{0,200}?)</title>", re.IGNORECASE | re.DOTALL)
_CONTROLS = bytes.maketrans(bytes((*range(9), 11, 12, *range(14, 32))), b" " * 29)
_REFERENCES = re.compile(rb"&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01])|[xX]0*(?:[0-8bcBCeEfF]|1[0-9a-fA-F]));")


def parse(body: bytes, who: str = "The server", charset: str | None = None) -> etree._Element:
    """The root element. ``charset`` is used only when the body is not in the encoding that it declares."""
    if len(body) > MAX_BODY:
        raise RemoteProtocolError(f"{who} sent {len(body)} bytes; at most {MAX_BODY} are read")
    if not body.strip():
        raise RemoteProtocolError(f"{who} sent an empty answer instead of XML")
    _refuse_prolog(body, who)
    try:
        root = _tree(body)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        root = _healed(body, who, charset, error)
    if root.getroottree().docinfo.internalDTD is not None:
        raise RemoteProtocolError(f"{who} sent XML with a document type; entities are not read from strangers")
    return root


def _refuse_prolog(body: bytes, who: str) -> None:
    start = body[:4096]
    if b"<!" not in start and b"html" not in start[:1024].lower():
        return
    if _HTML.search(start[:1024]) and not start.lstrip().startswith(b"<?xml"):
        title = _TITLE.search(body[:65536])
        name = unescape(title.group(1).decode("utf-8", "replace")).strip() if title else ""
        raise RemoteProtocolError(
            f"{who} answered with a web page instead of XML; check the address",
            detail=f"the page is titled '{name}'" if name else None,
        )
    if _PROLOG.match(start):
        raise RemoteProtocolError(f"{who} sent XML with a document type; entities are not read from strangers")


def _tree(body: bytes) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False, remove_pis=True
    )
    return etree.fromstring(body.lstrip(b" \t\r\n"), parser)


def _healed(body: bytes, who: str, charset: str | None, error: Exception) -> etree._Element:
    declared = _DECLARED.match(body)
    encoding = declared.group(1).decode("ascii") if declared else "utf-8"
    if body[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        encoding = "utf-16"
    try:
        codecs.lookup(encoding)
    except LookupError as unknown:
        raise RemoteProtocolError(f"{who} sent XML in an encoding that is not known: {encoding}") from unknown
    try:
        body.decode(encoding)
    except UnicodeDecodeError as bad:
        if charset is None:
            raise RemoteProtocolError(
                f"{who} sent XML that is not {encoding} as it claims (byte {bad.start}); if its true charset is known, "
                "set record_charset for this library"
            ) from error
        body = body[declared.end() if declared else 0 :].decode(charset, "replace").encode("utf-8")
    cleaned = _REFERENCES.sub(b" ", body.translate(_CONTROLS)) if encoding.lower() != "utf-16" else body
    try:
        return _tree(cleaned)
    except (etree.XMLSyntaxError, ValueError, LookupError) as still:
        raise RemoteProtocolError(f"{who} sent XML that cannot be read", detail=str(still)[:300]) from still


def local(element: etree._Element) -> str:
    """Name without namespace; empty for comments."""
    tag: object = element.tag
    if not isinstance(tag, str):
        return ""
    return tag[tag.rfind("}") + 1 :]


def namespace(element: etree._Element) -> str:
    tag: object = element.tag
    return tag[1 : tag.find("}")] if isinstance(tag, str) and tag.startswith("{") else ""


def child(element: etree._Element, name: str) -> etree._Element | None:
    """The first child of that local name."""
    for each in element:
        if local(each) == name:
            return each
    return None


def text(element: etree._Element, name: str, default: str = "") -> str:
    """Text of the first child of that local name, trimmed."""
    found = child(element, name)
    return (found.text or "").strip() if found is not None else default
