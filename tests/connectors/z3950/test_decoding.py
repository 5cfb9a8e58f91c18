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


async def test_searches_get_their_turns_one_after_the_other() -> None:
    queue = queue_of(asyncio.get_running_loop())
    seen: list[str] = []
    for job, asker in (("a1", "a"), ("a2", "a"), ("a3", "a"), ("b1", "b"), ("b2", "b")):
        queue.add(lambda job=job: seen.append(job), asker)
    for _ in range(6):
        await asyncio.sleep(0)
    assert seen == ["a1", "b1", "a2", "b2", "a3"]


async def test_a_job_that_fails_stops_no_other() -> None:
    loop = asyncio.get_running_loop()
    told: list[object] = []
    loop.set_exception_handler(lambda _, context: told.append(context["exception"]))
    queue, seen = queue_of(loop), []
    queue.add(lambda: [].pop())
    queue.add(lambda: seen.append("next"))
    for _ in range(4):
        await asyncio.sleep(0)
    assert seen == ["next"]
    assert isinstance(told[0], IndexError)
