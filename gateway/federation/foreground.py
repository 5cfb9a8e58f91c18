"""First screens go before everything else: no library is asked, and no answer looked into, while one is drawn.

A reader with an answer of the index waits for nothing but the processor, and to ask a hundred libraries, and to
understand what they answer to other searches or to his own, would take it for half a second. So that waits, for a
moment; and never for longer than it is then given in turn, however many readers come. Threads that write behind the
answers wait with it (``gateway.core.courtesy``), and so does the collector of reference cycles, one look of which takes
as long as a page.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
from collections.abc import Iterator
from typing import Final

from gateway.core import courtesy

#: Seconds for which everything else waits at most, and for which it then goes on whoever comes.
LONGEST: Final = 0.2


class Foreground:
    """Made once for all searches of a gateway; used from one event loop."""

    def __init__(self) -> None:
        self._screens: set[object] = set()
        self._once: set[object] = set()  #: those for which others have waited as long as they do
        self._clear = asyncio.Event()
        self._clear.set()
        self._timer: asyncio.TimerHandle | None = None
        self._collecting = False  #: whether cycles are to be looked for again afterwards

    def enter(self, screen: object) -> None:
        """``screen`` is to be drawn, until it ``leave``s."""
        self._screens.add(screen)
        if self._timer is None:
            self._go_before()

    def leave(self, screen: object) -> None:
        """``screen`` is out, or waits for libraries itself; again and again is as good as once."""
        self._screens.discard(screen)
        if not self._screens and self._timer is not None and not self._clear.is_set():
            self._timer.cancel()
            self._timer = None
            self._let_go_on()

    @contextlib.contextmanager
    def ahead(self) -> Iterator[None]:
        """While the block runs, which is to be short."""
        screen = object()
        self.enter(screen)
        try:
            yield
        finally:
            self.leave(screen)

    async def clear(self) -> None:
        """Wait until nothing goes before."""
        await self._clear.wait()

    def _give_way(self) -> None:
        # What is not drawn after two turns waits for something else than the processor: an index that is slow itself.
        self._screens -= self._once
        self._once = set(self._screens)
        self._let_go_on()
        self._timer = asyncio.get_running_loop().call_later(LONGEST, self._go_on)

    def _go_on(self) -> None:
        self._timer = None
        if self._screens:
            self._go_before()

    def _go_before(self) -> None:
        self._clear.clear()
        courtesy.go_before()
        self._collecting = gc.isenabled()
        gc.disable()
        self._timer = asyncio.get_running_loop().call_later(LONGEST, self._give_way)

    def _let_go_on(self) -> None:
        self._clear.set()
        courtesy.go_on()
        if self._collecting:
            gc.enable()
