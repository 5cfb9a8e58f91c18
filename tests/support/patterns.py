"""How the cost of every regular expression of the program grows with its input.

    python -m tests.support.patterns

Each pattern that a module of the program keeps is tried, in the way that the module uses it, on texts that repeat a
piece: blanks, brackets, digits, and what the pattern itself is written with. A pattern that tries every beginning of a
run, and at each the whole rest of it, costs the square of the run's length; some cost the cube, and 20 kB of blanks in
a statement of responsibility stopped everything for hours.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

PACKAGES = ("gateway", "connectors", "index")
#: What real and hostile records have runs of.
_PIECES = (
    " ", "  ", ", ", "; ", ". ", "a", "a ", "A", "ab ", "1", "1 ", "12-", "0-", "-", "(", ")", "[", "]", "()", "(a",
    "[a ", "(1", "中", "中 ", "等", "…", "著", "著 ", "、", "，", "；", "·", ",", ".", ":", ";", "/", "=", "<", ">",
    "<a ", "&", "&#", "\"",
    "'", "\\", "{", "}", "*", "?", "~", "+", "%", "@", "_", "\n", "\r\n", "\t", "\x1b", "\x1f",
    "\x1fa", "\x1e", "\u3000", "\u0301", "第1", "卷", "第一", "册 ", "版", "页", "p. ", "v. ", "and ", "的", "年", "元",
)  # fmt: skip
_ENDS = ("", "x", "\x00", "中", "1", " ")
#: Patterns that grow, and what keeps their texts short.
_SHORT = {
    "gateway.records.volumes._IN_TITLE": "the last 24 characters of a title",
    "gateway.records.volumes._LATIN_IN_TITLE": "the same",
}
#: Lengths of the texts, each four times the one before. The longest that is tried takes so many seconds.
_LENGTHS = (100, 400, 1_600, 6_400)
_ENOUGH = 0.01
#: Seconds below which the clock tells nothing, and how many times as much four times the text may cost.
_NOTICED, _GROWTH = 0.001, 9.0


@dataclass(frozen=True, slots=True)
class Found:
    name: str
    piece: str
    end: str
    length: int
    seconds: float
    growth: float


def patterns() -> Iterator[tuple[str, re.Pattern[str] | re.Pattern[bytes], str]]:
    """All patterns that modules, and caches without arguments in them, keep, each once; and how it is used: ``match``
    or ``fullmatch`` at one place only, else ``sub``."""
    seen: set[tuple[str | bytes, int]] = set()
    for package in PACKAGES:
        root = importlib.import_module(package)
        for info in pkgutil.walk_packages(root.__path__, package + "."):
            if info.name.endswith("__main__"):
                continue
            module = importlib.import_module(info.name)
            try:
                source = inspect.getsource(module)
            except OSError:  # an empty file
                continue
            for name, value in vars(module).items():
                used = set(re.findall(rf"\b{name}(?:\(\)(?:\[\w+\])?)?\.(\w+)\(", source))
                way = "sub" if not used or used - {"match", "fullmatch"} else min(used)
                for pattern in _of(value):
                    if (key := (pattern.pattern, pattern.flags)) not in seen and f"{info.name}.{name}" not in _SHORT:
                        seen.add(key)
                        yield f"{info.name}.{name}", pattern, way


def _of(value: object) -> Iterator[re.Pattern[str] | re.Pattern[bytes]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, dict):
        yield from (pattern for each in value.values() for pattern in _of(each))
    elif isinstance(value, tuple | list | frozenset):
        yield from (pattern for each in value for pattern in _of(each))
    elif hasattr(value, "cache_info") and getattr(value, "__code__", getattr(value, "__wrapped__", None)) is not None:
        wrapped = value.__wrapped__  # type: ignore[attr-defined]
        if wrapped.__code__.co_argcount == 0 and wrapped.__annotations__.get("return", "").find("Pattern") >= 0:
            yield from _of(value())  # type: ignore[operator]


def worst(pattern: re.Pattern[str] | re.Pattern[bytes], name: str, way: str) -> Found | None:
    """The piece at which the pattern grows most, if any grows more than it may."""
    found: Found | None = None
    for piece in dict.fromkeys((*_PIECES, *_own(pattern))):
        for end in _ENDS:
            length, seconds, growth = _growth(pattern, way, piece, end)
            if growth > _GROWTH and (found is None or growth > found.growth):
                found = Found(name, piece, end, length, seconds, growth)
    return found


def _own(pattern: re.Pattern[str] | re.Pattern[bytes]) -> Iterator[str]:
    """Pieces that the pattern is written with: each of its characters, alone and before a blank."""
    source = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    for character in dict.fromkeys(source[:600]):
        yield character
        yield character + " "


def _growth(pattern: re.Pattern[str] | re.Pattern[bytes], way: str, piece: str, end: str) -> tuple[int, float, float]:
    """The longest text tried, its seconds, and how many times those of the one before that is; 0 where it is quick."""
    before = 0.0
    for length in _LENGTHS:
        seconds = _seconds(pattern, way, piece, end, length)
        if seconds > _ENOUGH:
            break
        before = seconds
    if seconds < _NOTICED:
        return length, seconds, 0.0
    if seconds / max(before, 1e-7) > _GROWTH:  # once more: something else may have had the processor
        shorter = length // 4 if length > _LENGTHS[0] else length
        before = min(_seconds(pattern, way, piece, end, shorter) for _ in range(3))
        seconds = min(seconds, _seconds(pattern, way, piece, end, length))
    return length, seconds, seconds / max(before, 1e-7)


def _seconds(pattern: re.Pattern[str] | re.Pattern[bytes], way: str, piece: str, end: str, length: int) -> float:
    text = ("中" if way == "sub" else "") + (piece * length)[:length] + end
    data = text if isinstance(pattern.pattern, str) else text.encode("utf-8", "surrogatepass")
    attempt = partial(pattern.sub, data[:0]) if way == "sub" else getattr(pattern, way)  # type: ignore[arg-type]
    started = time.thread_time()
    attempt(data)
    return time.thread_time() - started


def main() -> int:
    bad = 0
    count = 0
    for name, pattern, way in patterns():
        count += 1
        if found := worst(pattern, name, way):
            bad += 1
            print(
                f"{found.seconds * 1000:8.1f} ms for {found.length}, {found.growth:.0f} times those for a quarter: "
                f"{name}, {found.piece!r} + {found.end!r}",
                flush=True,
            )
    print(f"{count} patterns, {bad} that grow too fast")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
