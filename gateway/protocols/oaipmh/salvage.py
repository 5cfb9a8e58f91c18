"""An answer that is not well-formed, taken apart into its records, so that each can be read by itself.

Text surgery: the frame (root, list, resumption token) is put together without the records, and every record in a copy
of the frame's head. Bare ampersands and unknown entities, the commonest faults, are healed; bytes that are not in the
answer's encoding become U+FFFD.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from gateway.protocols.sru.safe_xml import MAX_BODY

_DECLARATION = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")
_ROOT = re.compile(r"<((?:[\w.-]{1,60}:)?)OAI-PMH\b[^<>]{0,4000}>")
_LIST = re.compile(r"<((?:[\w.-]{1,60}:)?)(ListRecords|ListIdentifiers|GetRecord)\b[^<>]{0,2000}>")
#: A record of the protocol begins with its header; one of MARC does not.
_START = re.compile(r"<(?:[\w.-]{1,60}:)?record\b[^<>]{0,1000}>\s{0,200}<(?:[\w.-]{1,60}:)?header\b")
_END = re.compile(r"</(?:[\w.-]{1,60}:)?record\s{0,20}>")
_CLOSED = re.compile(r"</(?:[\w.-]{1,60}:)?OAI-PMH\s{0,20}>")
_TOKEN = re.compile(r"<(?:[\w.-]{1,60}:)?resumptionToken\b[^<>]{0,2000}(?:/>|>[^<>]{0,20000}</[^<>]{1,80}>)")
_IDENTIFIER = re.compile(r"<(?:[\w.-]{1,60}:)?identifier\b[^<>]{0,500}>([^<>]{1,1000})<")
_RESPONSE_DATE = re.compile(r"<((?:[\w.-]{1,60}:)?responseDate)\b[^<>]{0,500}>[^<>]{1,60}</\1\s{0,20}>")
_LOOSE = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9a-fA-F]{1,6});)")
_ILLEGAL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]|&#(?:0*(?:[0-8]|1[124-9]|2\\d|3[01])|[xX]0*(?:[0-8bBcCeEfF]|1[0-9a-fA-F]));"
)


@dataclass(frozen=True, slots=True)
class Piece:
    """One record in a document of its own; the identifier is as it stands in the text, for messages."""

    identifier: str
    document: bytes


@dataclass(frozen=True, slots=True)
class Pieces:
    frame: bytes
    records: tuple[Piece, ...]


def split(body: bytes, charset: str | None = None) -> Pieces | None:
    """None when it is no list of records at all, or brings a document type: that is refused, not healed."""
    if len(body) > MAX_BODY:
        return None
    written = _decoded(body, charset)
    root, listing = _ROOT.search(written[:20_000]), _LIST.search(written[:40_000])
    if root is None or listing is None or "<!" in written[: root.start()].replace("<!--", ""):
        return None
    starts = [match.start() for match in _START.finditer(written, listing.end())]
    if not starts:
        return None
    tokens = list(_TOKEN.finditer(written, starts[-1]))
    end = tokens[-1].start() if tokens else len(written)
    if not tokens and not _CLOSED.search(written, starts[-1]):
        return None  # cut off in the middle: whether the list goes on is not known
    date = _RESPONSE_DATE.search(written, root.end(), listing.start())
    head = root.group() + (date.group() if date else "")
    opened = f"<{listing[1]}{listing[2]}>"
    closed = f"</{listing[1]}{listing[2]}></{root[1]}OAI-PMH>"
    frame = head + opened + (tokens[-1].group() if tokens else "") + closed
    pieces = []
    for start, stop in zip(starts, [*starts[1:], end], strict=True):
        part = written[start:stop]
        ends = list(_END.finditer(part))
        part = _healed(part[: ends[-1].end()] if ends else part)
        name = _IDENTIFIER.search(part)
        pieces.append(Piece(name[1].strip() if name else "", (head + opened + part + closed).encode("utf-8")))
    return Pieces(_healed(frame).encode("utf-8"), tuple(pieces))


def _decoded(body: bytes, charset: str | None) -> str:
    declared = _DECLARATION.match(body)
    encoding = declared[1].decode("ascii") if declared else "utf-8"
    if body[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        encoding = "utf-16"
    try:
        return body.decode(encoding)
    except (LookupError, UnicodeDecodeError):
        return body.decode(charset or "utf-8", "replace")


def _healed(part: str) -> str:
    return _ILLEGAL.sub(" ", _LOOSE.sub("&amp;", part))
