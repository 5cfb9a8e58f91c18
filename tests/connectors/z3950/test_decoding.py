"""Decoding in turn: what else is ready runs between two jobs."""

from __future__ import annotations

import asyncio

from connectors.z3950.decoding import queue_of


async def test_one_job_in_an_iteration_of_the_loop() -> None:
    loop = asyncio.get_running_loop()
    queue = queue_of(loop)
    assert queue_of(loop) is queue
    seen: list[str] = []

    def follow(job: str) -> None:
        seen.append(job)
        loop.call_soon(seen.append, f"after {job}")

    for job in ("one", "two", "three"):
        queue.add(lambda job=job: follow(job))
    for _ in range(6):
        await asyncio.sleep(0)
    assert seen == ["one", "after one", "two", "after two", "three", "after three"]


async def test_a_job_may_add_another() -> None:
    queue = queue_of(asyncio.get_running_loop())
    seen: list[int] = []
    queue.add(lambda: queue.add(lambda: seen.append(1)))
    for _ in range(4):
        await asyncio.sleep(0)
    assert seen == [1]
