"""Makes config/maps/strokes.txt, the stroke counts of Han characters, out of Unihan's property kTotalStrokes.

    python scripts/make-strokes.py /usr/share/unicode/Unihan_IRGSources.txt.bz2 > config/maps/strokes.txt

The file is in Debian's package ``unicode-data``. Where Unihan gives two counts the first is that of mainland China
(UAX #38, kTotalStrokes).
"""

from __future__ import annotations

import bz2
import re
import sys
from pathlib import Path

_LINE = re.compile(r"^U\+([0-9A-F]{4,5})\tkTotalStrokes\t(\d+)")
_VERSION = re.compile(r"^# Unicode version: (\S+)", re.MULTILINE)
_WIDTH = 64
#: One character a count, from ``0`` on; a character without count is a full stop.
_ZERO, _MOST = 0x30, 0x4E


def main(path: Path) -> None:
    text = bz2.decompress(path.read_bytes()).decode("utf-8") if path.suffix == ".bz2" else path.read_text("utf-8")
    version = _VERSION.search(text)
    counts = {int(match[1], 16): int(match[2]) for line in text.splitlines() if (match := _LINE.match(line))}
    print(f"# Stroke counts of Han characters: Unihan {version[1] if version else ''}, kTotalStrokes (UAX #38).")
    print("# Copyright Unicode, Inc.; used under the Unicode License. Made by scripts/make-strokes.py.")
    print(f"# A line: the first code point, then a character for each of {_WIDTH}: 0 plus the count; . is none.")
    for start in sorted({point - point % _WIDTH for point in counts}):
        row = "".join(
            chr(_ZERO + min(counts[point], _MOST)) if point in counts else "." for point in range(start, start + _WIDTH)
        )
        print(f"{start:X} {row.rstrip('.')}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
