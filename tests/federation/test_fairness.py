import asyncio

import pytest

from gateway.federation.fairness import FairSlots


async def test_never_more_than_the_limit():
    slots, now, most = FairSlots(3), 0, 0

    async def hold(search):
        nonlocal now, most
        async with slots.of(search):
            now += 1
            most = max(most, now)
            await asyncio.sleep(0)
            now -= 1

    await asyncio.gather(*(hold(n % 4) for n in range(40)))
    assert (now, most, slots.waiting) == (0, 3, 0)


async def test_searches_are_served_in_turn():
    slots, order = FairSlots(1), []

    async def hold(search):
        async with slots.of(search):
            order.append(search)
            await asyncio.sleep(0)

    tasks = [asyncio.create_task(hold("a")) for _ in range(5)]
    await asyncio.sleep(0)
    tasks += [asyncio.create_task(hold("b")) for _ in range(3)]
    await asyncio.gather(*tasks)
    assert "".join(order).endswith("abab"), f"once b waits, the two are served in turn: {order}"


async def test_a_waiter_who_leaves_takes_no_slot_along():
    slots = FairSlots(1)
    async with slots.of("a"):
        leaving = asyncio.create_task(_hold(slots, "b"))
        staying = asyncio.create_task(_hold(slots, "c"))
        await asyncio.sleep(0)
        leaving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leaving
    await asyncio.wait_for(staying, 30)
    await asyncio.wait_for(_hold(slots, "d"), 30)


async def test_a_slot_given_to_one_who_is_just_leaving_comes_back():
    slots = FairSlots(1)
    first = slots.of("a")
    await first.__aenter__()
    leaving = asyncio.create_task(_hold(slots, "b"))
    await asyncio.sleep(0)
    await first.__aexit__(None, None, None)  # gives the slot to "b" ...
    leaving.cancel()  # ... who leaves before it runs
    with pytest.raises(asyncio.CancelledError):
        await leaving
    await asyncio.wait_for(_hold(slots, "c"), 30)


async def _hold(slots: FairSlots, search: str) -> None:
    async with slots.of(search):
        await asyncio.sleep(0)


async def test_a_slot_taken_briefly_comes_back_by_itself():
    slots = FairSlots(1)
    await slots.briefly("a", 0.0)
    await asyncio.wait_for(_hold(slots, "b"), 30)


async def test_a_slot_taken_briefly_comes_back_once_however_often_it_is_handed_back():
    slots = FairSlots(1)
    hand_back = await slots.briefly("a", 3600.0)
    assert not slots.take_if_free()
    hand_back()
    hand_back()
    assert slots.take_if_free()
    assert not slots.take_if_free()
