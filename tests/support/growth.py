"""How the cost of reading a record grows with its size, for shapes that invite more than linear work.

    python -m tests.support.growth

prints, for each shape, the processor time at a size and at eight times that size: a factor of about 8 is linear, 64 is
quadratic.
"""

from __future__ import annotations

import io
import json
import sys
import time
from collections.abc import Callable
from functools import partial

from gateway.core.errors import DataError
from gateway.core.record import RawRecord
from gateway.records import iso2709
from tests.support.fuzz_records import understand

FACTOR = 8


def _record(leader: bytes, *fields: tuple[bytes, bytes]) -> bytes:
    """ISO 2709 as long as it takes; entries of the directory wrap where ISO 2709 has no more digits."""
    pieces, entries = [], []
    start = 0
    for tag, text in fields:
        length = len(text) + 1
        entries.append(b"%b%04d%05d" % (tag, length % 10_000, start % 100_000))
        pieces.append(text + b"\x1e")
        start += length
    directory, body = b"".join(entries), b"".join(pieces)
    base = 24 + len(directory) + 1
    head = b"%05d%b22%05d   4500" % ((base + start + 1) % 100_000, leader, base % 100_000)
    return head + directory + b"\x1e" + body + b"\x1d"


def _unimarc(*fields: tuple[bytes, bytes]) -> bytes:
    return _record(b"nam0 ", (b"001", b"x"), *fields)


def _marc21(*fields: tuple[bytes, bytes]) -> bytes:
    return _record(b"cam a", (b"001", b"x"), *fields)


def _in(tag: str, value: str, charset: str = "utf-8") -> tuple[bytes, bytes]:
    return tag.encode(), b"1 " + value.replace("$", "\x1f").encode(charset)


#: What patterns look for around names, numbers and titles; a run of it may be tried from each of its places.
_PIECES = (" ", "…", "等", "著 ", "，", "1, ", "1-", "(a", "百", "; ", "v ")
_UNIMARC_FIELDS = ("205$a", "210$c", "215$a", "225$a", "300$a", "461$g", "606$a", "690$a", "701$a", "905$d")
_MARC21_FIELDS = ("245$a", "245$c", "250$a", "260$b", "300$a", "490$a", "500$a", "650$a", "700$a", "773$g", "773$q")


def _runs(piece: str, marc21: bool, size: int) -> bytes:
    """A record each of whose fields is nothing but a run of the piece between two words."""
    run = "张" + piece * (size // 12 // len(piece.encode())) + "著"
    if marc21:
        return _marc21(*[_in(place[:3], place[3:] + run) for place in _MARC21_FIELDS])
    own = [_in(place[:3], place[3:] + run) for place in _UNIMARC_FIELDS]
    return _unimarc(_in("200", f"$a{run}$e{run}$f{run}$g{run}$h{run}"), *own)


#: Name, format, and the payload of about ``size`` bytes.
SHAPES: dict[str, tuple[str, Callable[[int], bytes]]] = {
    "one long value": ("iso2709", lambda size: _unimarc(_in("330", "$a" + "红楼梦研究资料" * (size // 21)))),
    "one long value in GBK": (
        "iso2709",
        lambda size: _unimarc(_in("330", "$a" + "红楼梦研究资料" * (size // 14), "gbk")),
    ),
    "a long title": ("iso2709", lambda size: _unimarc(_in("200", "$a" + "红楼梦 : 论" * (size // 18)))),
    "many fields": ("iso2709", lambda size: _unimarc(*[_in("606", f"$a主题{at}$x文学") for at in range(size // 40)])),
    "many subfields": ("iso2709", lambda size: _unimarc(_in("200", "$a红$e楼$f(清)曹雪芹著" * (size // 40)))),
    "many names in a statement": (
        "iso2709",
        lambda size: _unimarc(_in("200", "$a红$f" + "曹雪芹, 高鹗著 ; " * (size // 30))),
    ),
    "many headings": ("iso2709", lambda size: _unimarc(*[_in("701", f"$a张三{at}$4著") for at in range(size // 40)])),
    "many linked fields": (
        "iso2709",
        lambda size: _marc21(
            *[_in("700", f"$6880-{at % 100:02d}$aCao, Xueqin {at}") for at in range(size // 80)],
            *[_in("880", f"$6700-{at % 100:02d}/$1$a曹雪芹{at}") for at in range(size // 80)],
        ),
    ),
    "many ISBNs": (
        "iso2709",
        lambda size: _unimarc(*[_in("010", "$a978-7-02-000220-7$dCNY59.70") for _ in range(size // 50)]),
    ),
    "one number of digits alone": ("iso2709", lambda size: _unimarc(_in("010", "$a" + "1" * size))),
    "blanks behind a number": ("iso2709", lambda size: _unimarc(_in("010", "$a7-02-000220-7 (" + " " * size + "1"))),
    "one long number": ("iso2709", lambda size: _unimarc(_in("010", "$a" + "978-7-02-" * (size // 9)))),
    "many copies in a field": (
        "iso2709",
        lambda size: _unimarc(_in("905", "$a馆$b" + "".join(f"$b{at:08d}" for at in range(size // 12)))),
    ),
    "many copies in fields": (
        "iso2709",
        lambda size: _marc21(*[_in("952", f"$aMAIN$p{at:08d}$oI247") for at in range(size // 40)]),
    ),
    "many embedded fields": ("iso2709", lambda size: _unimarc(_in("461", "$12001 $a丛书$v1" * (size // 24)))),
    **{f"runs of {piece!r} in every field": ("iso2709", partial(_runs, piece, False)) for piece in _PIECES},
    **{f"and in MARC 21, {piece!r}": ("iso2709", partial(_runs, piece, True)) for piece in _PIECES},
    "brackets": ("iso2709", lambda size: _unimarc(_in("200", "$a红$f" + "(" * size))),
    "hyphens and digits": ("iso2709", lambda size: _unimarc(_in("905", "$b" + "001-" * (size // 4)))),
    "spaces": ("iso2709", lambda size: _marc21(_in("245", "$a" + " " * size + ";"))),
    "marks without a letter": ("iso2709", lambda size: _marc21((b"245", b"10\x1fa" + b"\xe2" * size))),
    "escape sequences": ("iso2709", lambda size: _marc21((b"245", b"10\x1fa" + b"\x1b$1" * (size // 3)))),
    "bytes of no set": (
        "iso2709",
        lambda size: _unimarc((b"200", b"1 \x1fa" + bytes(range(0x80, 0x100)) * (size // 128))),
    ),
    "garbled text": ("iso2709", lambda size: _unimarc(_in("330", "$a" + "绾㈡ゼ姊" * (size // 12)))),
    "terminators": ("iso2709", lambda size: _unimarc((b"200", b"\x1e" * size))),
    "a directory of nonsense": (
        "iso2709",
        lambda size: b"00000nam0 2299999   4500" + b"20000009999" * (size // 11) + b"\x1e\x1fa\x1e\x1d",
    ),
    "record terminators": ("stream", lambda size: b"\x1d" * size),
    "half leaders": ("stream", lambda size: b"00100nam0 22000" * (size // 15)),
    "records run together": ("stream", lambda size: (_unimarc(_in("200", "$a红"))[:-1]) * (size // 60)),
    "elements": (
        "marcxml",
        lambda size: (
            b"<record>"
            + b'<datafield tag="606"><subfield code="a">x</subfield></datafield>' * (size // 65)
            + b"</record>"
        ),
    ),
    "open elements": ("marcxml", lambda size: b"<record>" + b'<datafield tag="606">' * (size // 21)),
    "references": (
        "marcxml",
        lambda size: b"<record><datafield tag='200'><subfield code='a'>" + b"&#x7EA2;" * (size // 8),
    ),
    "JSON": (
        "marcjson",
        lambda size: json.dumps(
            {"leader": " " * 24, "fields": [{"606": {"subfields": [{"a": "x"}]}}] * (size // 40)}
        ).encode(),
    ),
    "brackets in JSON": ("marcjson", lambda size: b"[" * size),
    "lines": ("marcline", lambda size: b"606 0# $ax$xy\n" * (size // 14)),
    "one line": ("marcline", lambda size: b"200 1# " + b"$ " * (size // 2)),
    "blank line": ("marcline", lambda size: b"200" + b" " * size + b"x"),
    "Dublin Core": (
        "dc",
        lambda size: b"<dc>" + b"<title>x : y / z</title><creator>a</creator>" * (size // 45) + b"</dc>",
    ),
    "MODS": (
        "mods",
        lambda size: (
            b"<mods>"
            + b"<titleInfo><title>x</title></titleInfo><name><namePart>a</namePart></name>" * (size // 75)
            + b"</mods>"
        ),
    ),
    "text": ("sutrs", lambda size: "题名: 红楼梦\n".encode("gbk") * (size // 13)),
}


def seconds(kind: str, payload: bytes) -> float:
    """Processor time of reading the payload once, whole; caches know nothing of it."""
    started = time.thread_time()
    if kind == "stream":
        for item in iso2709.split(io.BytesIO(payload)):
            if not isinstance(item, DataError):
                understand(RawRecord("lib", item.data, "iso2709"))
    else:
        understand(RawRecord("lib", payload, kind))
    return time.thread_time() - started


def growth(name: str, size: int = 4000, tries: int = 3) -> tuple[float, float]:
    """Best seconds at ``size``, and at ``FACTOR`` times that; one byte more each time, so that no cache knows it."""
    kind, make = SHAPES[name]
    found = []
    for scale in (size, size * FACTOR):
        best = float("inf")
        for at in range(tries * (FACTOR if scale == size else 1)):
            payload = make(scale)
            payload = (
                payload.replace(b"\x1ex", b"\x1e%d" % at, 1) if kind in ("iso2709", "stream") else payload + b" " * at
            )
            best = min(best, seconds(kind, payload))
        found.append(best)
    return found[0], found[1]


def main() -> int:
    understand(RawRecord("lib", _unimarc(_in("200", "$a红楼梦研究$f曹雪芹著")), "iso2709"))
    for name in SHAPES:
        small, large = growth(name, 8000)
        print(f"{name:28} {small * 1000:8.2f} ms {large * 1000:8.2f} ms  x {large / max(small, 1e-6):5.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
