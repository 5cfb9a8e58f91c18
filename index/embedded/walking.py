"""Walks through whole results: the index as it was when a walk began, kept for a while.

A tantivy searcher sees one commit for ever, so a kept searcher is all that a walk needs; walks that began between the
same two commits share one. What a walk is given next is worked out in large pieces, since tantivy can only count from
the beginning.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

import tantivy

from gateway.core.ports import IndexSearch
from index.embedded.finding import Finder, Found
from index.request import cursor_of, fingerprint, lost_walk, state_of

#: Seconds for which a walk may pause.
PATIENCE = 300.0
#: States of the index kept at once; each keeps files that a merge would have removed.
MOST_VIEWS = 24
_PIECE = 10_000
_PIECES = 8


@dataclass(slots=True)
class _Piece:
    start: int
    total: int
    nums: list[int]

    def holds(self, position: int, end: int) -> bool:
        return self.start <= position and min(end, self.total) <= self.start + len(self.nums)


@dataclass(slots=True)
class _View:
    searcher: tantivy.Searcher
    used: float
    pieces: OrderedDict[str, _Piece] = field(default_factory=OrderedDict)


class Walks:
    """May be used from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._views: OrderedDict[str, _View] = OrderedDict()
        self._name = secrets.token_hex(6)

    def clear(self) -> None:
        with self._lock:
            self._views.clear()

    def searcher(self, index: tantivy.Index, search: IndexSearch, generation: int) -> tuple[str, _View, int]:
        """(name, view, position) of the walk that ``search.cursor`` begins or goes on with.

        Raises ``UnsupportedQueryError`` for a cursor that is none or too old.
        """
        state: list[Any] = state_of(search) if search.cursor else [f"{self._name}.{generation}", 0]
        if len(state) != 2 or not isinstance(state[0], str) or not isinstance(state[1], int) or state[1] < 0:
            raise lost_walk()
        name, position = state
        now = time.monotonic()
        with self._lock:
            for old in [key for key, view in self._views.items() if now - view.used > PATIENCE]:
                del self._views[old]
            view = self._views.get(name)
            if view is None and search.cursor:
                raise lost_walk()
            if view is None:
                view = self._views[name] = _View(index.searcher(), now)
            view.used = now
            self._views.move_to_end(name)
            while len(self._views) > MOST_VIEWS:
                self._views.popitem(last=False)
        return name, view, position

    def step(self, name: str, view: _View, position: int, finder: Finder, search: IndexSearch, kind: str) -> Found:
        """The next page of a walk, without counts. ``kind`` tells searches apart that a cursor does not."""
        key = f"{kind}{fingerprint(search)}"
        with self._lock:
            piece = view.pieces.get(key)
        end = position + search.size
        if piece is None or not piece.holds(position, end):
            total, nums = finder.page(view.searcher, position, max(_PIECE, search.size))
            piece = _Piece(position, total, nums)
            with self._lock:
                view.pieces[key] = piece
                while len(view.pieces) > _PIECES:
                    view.pieces.popitem(last=False)
        page = piece.nums[position - piece.start : end - piece.start]
        behind = position + len(page)
        more = bool(page) and behind < piece.total
        return Found(piece.total, page, cursor=cursor_of(search, [name, behind]) if more else "")
