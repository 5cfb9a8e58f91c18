import asyncio
import gc
import threading

import pytest
import pytest_asyncio

from gateway.core import courtesy
from gateway.federation.foreground import Foreground


@pytest.fixture(autouse=True)
def nobody_before_and_after():
    yield
    courtesy.go_on()
    gc.enable()


class Timers:
    """The timers of the loop, which ring when they are told to."""

    def __init__(self):
        self.set = []

    def call_later(self, seconds, ring):
        handle = asyncio.TimerHandle(seconds, ring, (), asyncio.get_running_loop())
        self.set.append((handle, ring))
        return handle

    def ring(self):
        (due,) = [ring for handle, ring in self.set if not handle.cancelled()]
        self.set.clear()
        due()


@pytest_asyncio.fixture
async def timers(monkeypatch):
    timers = Timers()
    monkeypatch.setattr(asyncio.get_running_loop(), "call_later", timers.call_later)
    return timers


async def waits(foreground):
    """Whether others wait now."""
    task = asyncio.create_task(foreground.clear())
    for _ in range(3):
        await asyncio.sleep(0)
    task.cancel()
    return not task.done()


async def test_nobody_waits_for_nothing(timers):
    foreground = Foreground()
    assert not await waits(foreground)
    assert not timers.set


async def test_others_wait_until_every_screen_is_out(timers):
    foreground = Foreground()
    foreground.enter("a")
    assert await waits(foreground)
    with foreground.ahead():
        foreground.leave("a")
        foreground.leave("a")
        assert await waits(foreground)
    assert not await waits(foreground)
    assert all(handle.cancelled() for handle, _ in timers.set)


async def test_others_get_their_turn_however_many_come(timers):
    foreground = Foreground()
    seen = []
    for number in range(6):
        foreground.enter(number)
        seen.append(await waits(foreground))
        timers.ring()
    assert seen == [True, False] * 3


async def test_a_screen_that_is_not_drawn_for_long_is_waited_for_twice(timers):
    """It waits for an index that is slow itself, and the libraries are what there is to do meanwhile."""
    foreground = Foreground()
    foreground.enter("waits for a slow index")
    seen = []
    for _ in range(4):
        seen.append(await waits(foreground))
        timers.ring()
    assert seen == [True, False, True, False]
    assert not timers.set
    assert not await waits(foreground)
    foreground.enter("waits for a slow index")  # now it is drawn
    assert await waits(foreground)


async def test_a_screen_that_comes_in_the_turn_of_others_waits_for_its_own(timers):
    foreground = Foreground()
    foreground.enter("first")
    timers.ring()
    foreground.leave("first")
    foreground.enter("second")
    assert not await waits(foreground)
    timers.ring()
    assert await waits(foreground)
    foreground.leave("second")
    assert not await waits(foreground)


async def test_after_the_turn_of_others_nothing_is_left_running(timers):
    foreground = Foreground()
    foreground.enter("only")
    timers.ring()
    foreground.leave("only")
    timers.ring()
    assert not timers.set
    assert not await waits(foreground)


async def test_threads_that_work_behind_the_answers_wait_and_the_screen_does_not(timers):
    foreground = Foreground()
    foreground.enter("page")
    working = threading.Thread(target=courtesy.give_way)
    working.start()
    courtesy.give_way()  # where the page is drawn: at once
    working.join(0.05)
    assert working.is_alive()
    foreground.leave("page")
    working.join(10)
    assert not working.is_alive()


async def test_threads_do_not_wait_for_a_loop_that_is_gone(timers, monkeypatch):
    monkeypatch.setattr(courtesy, "LONGEST", 0.01)
    Foreground().enter("page")
    await asyncio.to_thread(courtesy.give_way)
    monkeypatch.setattr(courtesy, "LONGEST", 3600)
    await asyncio.to_thread(courtesy.give_way)  # nobody waits for it again


async def test_no_cycles_are_looked_for_while_a_screen_is_drawn(timers):
    foreground = Foreground()
    with foreground.ahead():
        assert not gc.isenabled()
    assert gc.isenabled()
    foreground.enter("slow")
    timers.ring()
    assert gc.isenabled()


async def test_whoever_looks_for_no_cycles_at_all_goes_on_so(timers):
    gc.disable()
    with Foreground().ahead():
        pass
    assert not gc.isenabled()
