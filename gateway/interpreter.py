"""The Python interpreter's own settings, as a gateway's process needs them."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import sys
from collections.abc import Iterator, Mapping

#: New objects that the collector looks at together while they are in the processor's cache, and how many such lots it
#: looks at once more before what is left of them is let be.
_NEW, _LOTS = 10_000, 3
#: Seconds after which a thread that writes behind the answers lets the event loop go on. The loop asks for its turn at
#: every question that it sends: with the usual 5 ms a search of a hundred libraries would wait for half a second.
_TURN = 0.001
#: Seconds from one look at everything to the next, and how many more it waits for a moment at which nobody searches.
_EVERY, _PATIENCE = 3600.0, 6 * 3600.0


@contextlib.contextmanager
def tuned() -> Iterator[None]:
    """Turns between threads are short, and the collector of reference cycles lets be what outlives two looks.

    A search of a hundred libraries makes some hundred thousand objects that live for minutes, and hardly one of them is
    in a cycle. Looking at a million of them again and again, as the usual thresholds would, stops everything for a
    second (for twelve on a busy machine, and libraries that answered well then count as late); a lot and its second
    look take 0.01 and 0.03 s. Objects that are let be are freed like all others when nobody refers to them; a cycle of
    them stays until :func:`tidy` looks, or the end of the ``with``.
    """
    turn, thresholds = sys.getswitchinterval(), gc.get_threshold()
    gc.collect()
    gc.freeze()
    sys.setswitchinterval(_TURN)
    gc.set_threshold(_NEW, _LOTS, 10)
    gc.callbacks.append(_let_be)
    try:
        yield
    finally:
        gc.callbacks.remove(_let_be)
        gc.set_threshold(*thresholds)
        sys.setswitchinterval(turn)
        gc.unfreeze()


def _let_be(phase: str, told: Mapping[str, int]) -> None:
    if phase == "stop" and told["generation"] > 0:
        gc.freeze()


async def tidy(quiet: asyncio.Event, *, every: float = _EVERY, patience: float = _PATIENCE) -> None:
    """Look at everything for cycles, every so many seconds, when ``quiet`` is set; to be run for as long as ``tuned``.

    What a week of searches leaves in cycles (errors with their frames, connections with their callbacks) would add up.
    A look takes about a second for a million objects, so it waits for a moment at which nobody does, at most for
    ``patience`` seconds.
    """
    while True:
        await asyncio.sleep(every)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(quiet.wait(), patience)
        gc.unfreeze()
        gc.collect()  # and then :func:`_let_be`
