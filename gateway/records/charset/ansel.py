"""MARC-8: ANSEL, EACC and the other sets of MARC 21. Combining marks stand before their letter.

The mapping tables are pymarc's (``pymarc.marc8_mapping``); they are turned into flat lookup tables when the first
record in MARC-8 comes. Source: MARC 21 Specifications for Record Structure, Character Sets: "MARC-8 encoding
environment".
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

_ESC: Final = 0x1B
_ASCII: Final = 0x42
_ANSEL: Final = 0x45
_EACC: Final = 0x31
_REPLACEMENT: Final = "\ufffd"
_NCR: Final = re.compile(r"&#x([0-9A-Fa-f]{2,6});")
#: A stretch up to the next escape sequence.
_RUN: Final = re.compile(rb"[^\x1b]+")
_PLAIN: Final = re.compile(rb"[\x20-\x7e]+")
_KEEP_CONTROLS: Final = frozenset((0x1D, 0x1E, 0x1F))
#: Controls that mean nothing in a record; beside bytes above 7F they are left out.
DROPPED_CONTROLS: Final = bytes(byte for byte in (*range(0x20), 0x7F) if byte not in _KEEP_CONTROLS)

#: One single-byte set: for each byte (low seven bits) its character and whether it combines with the next letter.
_Table = dict[int, tuple[str, bool]]


@lru_cache(maxsize=32)
def _single(final: int, high: bool) -> _Table:
    """Table of a set as it lies in G0 (bytes 21-7E) or G1 (bytes A1-FE)."""
    from pymarc.marc8_mapping import CODESETS

    table: _Table = {}
    for code, (point, combining) in CODESETS.get(final, {}).items():
        byte = (code | 0x80) if high else (code & 0x7F)
        if byte & 0x7F > 0x20 or (high and 0x80 <= byte < 0xA0):
            table[byte] = (chr(point), bool(combining))
    if not high:
        table[0x20] = (" ", False)
    return table


@lru_cache(maxsize=1)
def _eacc() -> dict[bytes, str]:
    from pymarc.marc8_mapping import CODESETS, ODD_MAP

    table = {code.to_bytes(3, "big"): chr(point) for code, point in ODD_MAP.items()}
    table.update({code.to_bytes(3, "big"): chr(point) for code, (point, _) in CODESETS[_EACC].items()})
    return table


def decode_marc8(data: bytes) -> tuple[str, int]:
    """Text (composed, NFC) and how many places could not be read; these are U+FFFD in the text."""
    return _decode_escaped(data) if _ESC in data else _decode_ansel(data)


@lru_cache(maxsize=8)  # the same bytes come again at once: strictly, then with what is wrong in them
def _decode_escaped(data: bytes) -> tuple[str, int]:
    out: list[str] = []
    pending: list[str] = []
    bad = 0
    g0, g1 = _ASCII, _ANSEL
    at, size = 0, len(data)
    while at < size:
        if data[at] == _ESC:
            at, g0, g1, known = _designate(data, at, g0, g1)
            if not known:
                out.append(_REPLACEMENT)
                bad += 1
            continue
        run = _RUN.match(data, at)
        assert run is not None
        bad += _decode_run(run.group(), g0, g1, out, pending)
        at = run.end()
    if pending:
        out.append("".join(pending))
    return _composed("".join(out)), bad


def _decode_ansel(data: bytes) -> tuple[str, int]:
    """MARC-8 without escape sequences, which is ASCII and ANSEL all through: nearly all of it, read at one go."""
    if data.isascii():
        return _composed(data.decode("ascii")), 0
    characters, marks = _ansel()
    text = codecs.charmap_decode(data.translate(None, DROPPED_CONTROLS), "strict", characters)[0]
    bad = text.count(_REPLACEMENT)
    return _composed(marks.sub(behind, text)), bad


@lru_cache(maxsize=1)
def _ansel() -> tuple[str, re.Pattern[str]]:
    """The characters of all 256 bytes, and what finds marks with the letter behind them."""
    table = _single(_ANSEL, True)
    high = [table.get(byte, (_REPLACEMENT, False)) for byte in range(0x80, 0x100)]
    return "".join(map(chr, range(0x80))) + "".join([character for character, _ in high]), marked(
        [character for character, combining in high if combining], "\x1d-\x1f"
    )


def marked(marks: Iterable[str], others: str = "") -> re.Pattern[str]:
    """Marks and the character that they belong to, which is none of ``others``."""
    one = "".join(marks)
    # A class at the very beginning lets the engine skip what is no mark. Only the first mark of a run begins a match:
    # a long run without a letter would cost its length squared otherwise.
    return re.compile(f"([{one}](?<![{one}]{{2}})[{one}]*+)([^{one}{others}])")


def behind(match: re.Match[str]) -> str:
    return match[2] + match[1]


def _composed(text: str) -> str:
    if "&#x" in text:
        text = _NCR.sub(_from_ncr, text)
    return unicodedata.normalize("NFC", text)


def _from_ncr(match: re.Match[str]) -> str:
    point = int(match[1], 16)
    return chr(point) if 0x20 <= point < 0xD800 or 0xDFFF < point < 0x110000 else match[0]


def _designate(data: bytes, at: int, g0: int, g1: int) -> tuple[int, int, int, bool]:
    """Follow the escape sequence at ``at``: (position behind it, G0, G1, whether it was known)."""
    sequence = data[at + 1 : at + 5]
    one = sequence[:1]
    if one in (b"s", b"g", b"b", b"p"):
        return at + 2, _ASCII if one == b"s" else one[0], g1, True
    if one == b"1":
        return at + 2, _EACC, g1, True
    body = sequence[1:] if one in (b"(", b",", b")", b"-", b"$") else b""
    taken = 2
    high = one in (b")", b"-")
    if one == b"$" and body[:1] in (b"(", b",", b")", b"-"):
        high = body[:1] in (b")", b"-")
        body = body[1:]
        taken = 3
    if body[:1] == b"!":
        body = body[1:]
        taken += 1
    final = body[:1]
    if not final or final not in b"1234BENQS":
        return at + 1, g0, g1, False
    code = final[0]
    return (at + taken + 1, g0, code, True) if high else (at + taken + 1, code, g1, True)


def _decode_run(run: bytes, g0: int, g1: int, out: list[str], pending: list[str]) -> int:
    bad = 0
    at, size = 0, len(run)
    if not pending and run.isascii():
        if g0 == _ASCII:
            out.append(run.decode("ascii"))
            return 0
        if g0 == _EACC and size % 3 == 0:
            of = _eacc().get
            characters = [of(run[i : i + 3]) for i in range(0, size, 3)]
            if None not in characters:
                out.extend(characters)  # type: ignore[arg-type]
                return 0
    low = None if g0 == _EACC else _single(_ANSEL if g0 == _ANSEL else g0, False)
    high = None if g1 == _EACC else _single(g1, True)
    eacc = _eacc() if low is None or high is None else {}
    while at < size:
        if g0 == _ASCII and not pending:
            plain = _PLAIN.match(run, at)
            if plain is not None:
                out.append(plain.group().decode("ascii"))
                at = plain.end()
                if at == size:
                    break
        byte = run[at]
        if byte < 0x20 or byte == 0x7F:
            if byte in _KEEP_CONTROLS:
                if pending:
                    out.append("".join(pending))
                    pending.clear()
                out.append(chr(byte))
            at += 1
            continue
        table = low if byte < 0x80 else high
        if table is None:
            if byte == 0x20:
                out.append(" ")
                at += 1
                continue
            code = run[at : at + 3]
            character = eacc.get(code if byte < 0x80 else bytes([b & 0x7F for b in code]))
            if character is None:
                bad += 1
                character = _REPLACEMENT
                if len(code) == 3 and min(code) < 0x21:
                    # A broken triple: go on behind its bad byte's place, not two characters further.
                    at -= 2
            out.append(character)
            at += 3
            continue
        found = table.get(byte)
        at += 1
        if found is None:
            bad += 1
            out.append(_REPLACEMENT)
        elif found[1]:
            pending.append(found[0])
            continue
        else:
            out.append(found[0])
        if pending:
            out.extend(pending)
            pending.clear()
    return bad


@lru_cache(maxsize=1)
def _encoding() -> tuple[dict[str, tuple[int, bytes]], dict[str, tuple[int, bytes]]]:
    """Character to (set, bytes): spacing characters, and combining marks. Sets earlier in the list win."""
    from pymarc.marc8_mapping import CODESETS

    spacing: dict[str, tuple[int, bytes]] = {}
    marks: dict[str, tuple[int, bytes]] = {}
    for final in (_EACC, 0x34, 0x33, 0x32, 0x51, 0x4E, 0x53, 0x67, 0x62, 0x70, _ANSEL, _ASCII):
        # Of several codes for one character the smallest is the main one: variants lie in higher planes of EACC.
        for code, (point, combining) in sorted(CODESETS[final].items(), reverse=True):
            if code < 0x20:
                continue
            raw = (
                code.to_bytes(3, "big")
                if final == _EACC
                else bytes([code if final in (_ASCII, _ANSEL) else code & 0x7F])
            )
            (marks if combining and final != _EACC else spacing)[chr(point)] = (final, raw)
    return spacing, marks


def encode_marc8(text: str) -> bytes:
    """MARC-8 bytes; characters outside of it become ``&#xHHHH;``. G0 is back at ASCII at every field separator."""
    if text.isascii():
        return text.encode("ascii")
    spacing, marks = _encoding()
    out = bytearray()
    current = _ASCII
    clusters = _clusters(text, spacing)
    for base, accents in clusters:
        found = spacing.get(base)
        if found is None or (base < " " and base in "\x1d\x1e\x1f"):
            final, raw = _ASCII, (b"&#x%X;" % ord(base)) if base >= " " else base.encode("latin-1")
        else:
            final, raw = found
        if base == " " and current == _EACC:
            final = _ASCII
        lead = bytearray()
        trail = bytearray()
        for mark in accents:
            code = marks.get(mark)
            if (code is not None and code[0] == _ANSEL) or (code is not None and code[0] == final):
                lead += code[1]
            else:
                trail += b"&#x%X;" % ord(mark)
        if final == _ANSEL:
            final = current if current != _EACC else _ASCII
        if final != current:
            out += _escape(final)
            current = final
        out += lead + raw
        if trail:
            if current != _ASCII:
                out += _escape(_ASCII)
                current = _ASCII
            out += trail
    if current != _ASCII:
        out += _escape(_ASCII)
    return bytes(out)


def _escape(final: int) -> bytes:
    if final == _EACC:
        return b"\x1b$1"
    if final in (0x67, 0x62, 0x70):
        return b"\x1b" + bytes([final])
    if final == _ASCII:
        return b"\x1b(B"
    return b"\x1b(" + bytes([final])


def _clusters(text: str, spacing: dict[str, tuple[int, bytes]]) -> list[tuple[str, list[str]]]:
    """Letters with the marks that follow them; composed letters that MARC-8 has not are taken apart."""
    clusters: list[tuple[str, list[str]]] = []
    for character in text:
        pieces = character
        if character not in spacing and character > "\x7f":
            pieces = unicodedata.normalize("NFD", character)
        for piece in pieces:
            if unicodedata.combining(piece) and clusters and clusters[-1][0] not in "\x1d\x1e\x1f":
                clusters[-1][1].append(piece)
            else:
                clusters.append((piece, []))
    return clusters
