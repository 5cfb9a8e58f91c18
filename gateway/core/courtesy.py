"""Threads that work behind the answers let a reader's page go before them.

Python runs one thread at a time, so beside one that writes records a page takes three times as long as alone. Such work
calls :func:`give_way` between two pieces of a few thousandths of a second. The processor is the whole process's, and so
is this.
"""

from __future__ import annotations

import threading
from typing import Final

#: Seconds that nobody waits longer at one time, whatever happens to those who go before.
LONGEST: Final = 0.5

_clear = threading.Event()
_clear.set()
_before: int | None = None  #: the thread that goes before


def go_before() -> None:
    """Others wait from now on, until :func:`go_on`; this thread does not."""
    global _before
    _before = threading.get_ident()
    _clear.clear()


def go_on() -> None:
    _clear.set()


def give_way() -> None:
    """Wait while a page is drawn; at once where none is, which is nearly always."""
    if not _clear.is_set() and threading.get_ident() != _before and not _clear.wait(LONGEST):
        _clear.set()  # who went before was stopped in the midst of it
