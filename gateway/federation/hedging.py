"""Asking twice: when a first page is later than nearly all were, a second question goes out, and the faster one counts.

It costs the target work, so it is done only where the target's file allows it (``options: {hedge: yes}``), when one of
the connections that the target allows is free, and for a tenth of its searches at most.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Final

from gateway.core.ports import Page
from gateway.core.target import Target

_SHARE: Final = 0.1
_SAVED: Final = 3.0


def allowed(target: Target) -> bool:
    return target.options.get("hedge", "").strip().lower() in ("1", "yes", "true", "on") and target.max_connections > 1


class Budget:
    """Every search earns the right to a tenth of a second question; three are saved at most."""

    def __init__(self) -> None:
        self._left = 1.0

    def earn(self) -> None:
        self._left = min(_SAVED, self._left + _SHARE)

    def take(self) -> bool:
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True


async def hedged(
    ask: Callable[[], AsyncIterator[Page]], after: float, second: Callable[[], bool], won: Callable[[], None]
) -> AsyncGenerator[Page, None]:
    """The pages of ``ask()``; when none came for ``after`` seconds and ``second()`` says yes, those of whichever of two
    questions answers first. ``won`` is called when that is the second. The other one is cancelled. A question that
    fails counts only when the other fails, too; raised is then what the first one raised."""
    answers = [ask()]
    firsts = [_first(answers[0])]
    winner: int | None = None
    try:
        await asyncio.wait(firsts, timeout=after)
        if not firsts[0].done() and second():
            answers.append(ask())
            firsts.append(_first(answers[1]))
        while winner is None:
            good = [at for at, task in enumerate(firsts) if task.done() and task.exception() is None]
            open_ = [task for task in firsts if not task.done()]
            if good or not open_:
                winner = good[0] if good else 0
            else:
                await asyncio.wait(open_, return_when=asyncio.FIRST_COMPLETED)
        await _drop(firsts, answers, but=winner)
        if winner:
            won()
        page = firsts[winner].result()
        while page is not None:
            yield page
            page = await anext(answers[winner], None)
    finally:
        await _drop(firsts, answers, but=None)


def _first(answer: AsyncIterator[Page]) -> asyncio.Task[Page | None]:
    async def first() -> Page | None:
        return await anext(answer, None)

    return asyncio.create_task(first())


async def _drop(firsts: list[asyncio.Task[Page | None]], answers: list[AsyncIterator[Page]], but: int | None) -> None:
    """Cancel and close all questions but one."""
    others = [at for at in range(len(firsts)) if at != but]
    for at in others:
        firsts[at].cancel()
    if others:
        await asyncio.wait([firsts[at] for at in others])
    for at in others:
        if not firsts[at].cancelled():
            firsts[at].exception()  # seen
        answer = answers[at]
        if isinstance(answer, AsyncGenerator):
            await answer.aclose()
