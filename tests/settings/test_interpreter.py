import asyncio
import gc
import sys
import weakref

import pytest

from gateway.interpreter import tidy, tuned


class Thing:
    """Something that can be in a cycle."""

    def __init__(self):
        self.other = None


def test_all_is_as_before_at_the_end():
    before = (gc.get_threshold(), sys.getswitchinterval(), list(gc.callbacks))
    with tuned():
        assert gc.get_threshold() != before[0]
        assert sys.getswitchinterval() < before[1]
    assert (gc.get_threshold(), sys.getswitchinterval(), list(gc.callbacks)) == before
    assert gc.get_freeze_count() == 0


def test_what_outlives_a_second_look_is_let_be_and_freed_without_the_collector():
    with tuned():
        thing = Thing()
        gc.collect(1)
        assert not any(seen is thing for seen in gc.get_objects()), "the collector does not look at it any more"
        gone = weakref.ref(thing)
        del thing
        assert gone() is None


def test_a_cycle_that_was_let_be_is_found_after_the_end():
    with tuned():
        thing = Thing()
        thing.other = thing
        gc.collect(1)
        gone = weakref.ref(thing)
        del thing
        gc.collect()
        assert gone() is not None
    gc.collect()
    assert gone() is None


def test_a_cycle_of_new_things_is_found_at_once():
    with tuned():
        thing = Thing()
        thing.other = thing
        gone = weakref.ref(thing)
        del thing
        gc.collect(0)
        assert gone() is None


@pytest.mark.parametrize("patience", [0.0, 60.0])
async def test_what_was_let_be_is_looked_at_again_when_all_is_quiet_or_after_a_while(patience):
    quiet, found = asyncio.Event(), asyncio.Event()
    with tuned():
        thing = Thing()
        thing.other = thing
        weakref.finalize(thing, found.set)
        gc.collect(1)
        del thing
        kept = Thing()
        task = asyncio.create_task(tidy(quiet, every=0.0, patience=patience))
        if patience:
            await asyncio.sleep(0.05)
            assert not found.is_set(), "somebody searches"
            quiet.set()
        await asyncio.wait_for(found.wait(), 30)
        task.cancel()
        assert not any(seen is kept for seen in gc.get_objects()), "and what is in use is let be again"
