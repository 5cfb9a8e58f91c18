"""Documents made by another process are those that are made here, and nothing depends on that process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

import pytest

from gateway.core.ports import Change, IndexSearch
from gateway.core.query import Clause, Query
from gateway.records import text
from index import analysts
from index.analysts import Analysts
from index.document import Document, made
from index.embedded import open_index
from index.gathering import Gathered, gather
from index.testing.library import library, union
from tests.support.province import libraries

PARTS = 4


@pytest.fixture(scope="module")
def found() -> list[Gathered]:
    others = [record for records in libraries(3, 30).values() for record in records]
    return [gather(union(record), 7.5) for record in (*library(), *others)]


def parts(found: list[Gathered]) -> list[list[Gathered]]:
    size = -(-len(found) // PARTS)
    return [found[start : start + size] for start in range(0, len(found), size)]


def results(made_by: Analysts, found: list[Gathered], *, elsewhere: bool) -> list[Document]:
    jobs = [made_by.begin(part) for part in parts(found)]
    if elsewhere:  # nobody here helps
        assert all(job.done.wait(60) for job in jobs)
    return [document for job in jobs for document in made_by.result(job)]


def test_the_other_process_makes_the_very_same(found: list[Gathered], monkeypatch: pytest.MonkeyPatch) -> None:
    made_by = Analysts(1, many=1)
    expected = [made(one) for one in found]
    monkeypatch.setattr(analysts, "made", lambda one: pytest.fail("it was made here"))
    try:
        assert results(made_by, found, elsewhere=True) == expected
        assert made_by.working
    finally:
        made_by.close()
    assert not made_by.working


def test_words_that_a_library_added_count_there_too(found: list[Gathered]) -> None:
    made_by = Analysts(1, many=1)
    try:
        results(made_by, found[:1], elsewhere=True)
        text.add_words(["灞桥折柳录"])
        one = found[0]._replace(running=(["灞桥折柳录注"], *found[0].running[1:]))
        (document,) = results(made_by, [one], elsewhere=True)
    finally:
        made_by.close()
    assert "灞桥折柳录" in document.running["title"].split(" ")


def test_few_are_made_here(found: list[Gathered]) -> None:
    made_by = Analysts(1, many=len(found) + 1)
    assert results(made_by, found, elsewhere=False) == [made(one) for one in found]
    assert not made_by.working
    made_by.close()


def test_whoever_waits_helps(found: list[Gathered]) -> None:
    made_by = Analysts(0, many=1)  # nobody else
    assert results(made_by, found, elsewhere=False) == [made(one) for one in found]


@pytest.mark.parametrize("broken", ["killed", "never started"])
def test_a_process_that_breaks_costs_nothing(
    found: list[Gathered], broken: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    started: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen

    def start(command: list[str], **more: object) -> subprocess.Popen[bytes]:
        started.append(popen([sys.executable, "-c", ""] if broken == "never started" else command, **more))  # type: ignore[call-overload]
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", start)
    made_by = Analysts(1, many=1)
    try:
        if broken == "killed":
            results(made_by, found, elsewhere=True)
            os.kill(started[0].pid, signal.SIGKILL)
        assert results(made_by, found[:1], elsewhere=True) == [made(found[0])]
        assert results(made_by, found, elsewhere=False) == [made(one) for one in found]
        results(made_by, found[:3], elsewhere=False)
    finally:
        made_by.close()
    assert len(started) == 1, "it is not tried again"
    assert "No second process makes documents now" in caplog.text


def test_a_process_without_work_ends(found: list[Gathered], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analysts, "IDLE", 0.05)
    made_by = Analysts(1, many=1)
    results(made_by, found[:1], elsewhere=True)
    for thread in [one for one in threading.enumerate() if one.name == "index-analyst"]:
        thread.join(30)
    assert not made_by.working
    assert results(made_by, found[:1], elsewhere=True) == [made(found[0])], "and another one begins"
    made_by.close()


async def test_an_index_loaded_with_help_finds_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Analysts.__init__, "__defaults__", (1, 1))
    records = [record for found in libraries(2, 60).values() for record in found]
    index = await open_index("")
    try:
        for start in range(0, len(records), 30):
            part = records[start : start + 30]
            await index.apply(Change(tuple(part), tuple(map(union, part))))
        again = records[10:50]  # written once more before the search has seen them
        await index.apply(Change(tuple(again), tuple(map(union, again))))
        await index.refresh()
        assert (await index.search(IndexSearch(None))).total == len(records)
        for record in records[::11]:
            page = await index.search(IndexSearch(Query(Clause("id", record.id))))
            assert [one.members[0].id for one in page.records] == [record.id]
    finally:
        await index.close()
