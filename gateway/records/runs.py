"""Pieces of patterns for runs of one kind of character, which are tried from the beginning of a run only.

A pattern that is tried from each place of a run, and goes through the rest of it each time, costs the square of its
length: see ``tests.support.patterns``.
"""

from __future__ import annotations

from typing import Final

#: Blanks before something, or none.
BLANKS: Final = r"(?:(?<!\s)\s++)?"
#: A number, all of it.
DIGITS: Final = r"(?<![0-9])[0-9]++"
