"""The clusters depend on which records there are, not on the order, the batches or the history in which they came."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.core.decision import Decision, Kind
from gateway.core.ports import IndexSearch
from gateway.core.record import Contributor, Identifier, Publication, Record, Title
from gateway.records import keys
from gateway.records.clusters import partition
from gateway.records.constraints import Constraints
from gateway.union import Unifier
from index.embedded import open_index

_TITLES = ("红楼梦", "紅樓夢", "红楼梦 上", "红楼梦评论", "Hong lou meng")
_AUTHORS = ("曹雪芹", "曹雪芹著", "王国维", "")
_ISBNS = ("9787020002207", "9787101003048", "")
_PUBLISHERS = ("人民文学出版社", "人民文學出版社", "岳麓书社", "")
_YEARS = (1996, 1997, 1987, None)
_EXTENTS = ("1606页", "1605页", "3册", "")


@st.composite
def _records(draw: st.DrawFn) -> list[Record]:
    size = draw(st.integers(2, 9))
    out = []
    for number in range(size):
        isbn = draw(st.sampled_from(_ISBNS))
        author = draw(st.sampled_from(_AUTHORS))
        out.append(
            Record(
                id=f"s{number}:{number}",
                source=f"s{number}",
                local_id=str(number),
                titles=(Title(draw(st.sampled_from(_TITLES))),),
                contributors=(Contributor(author, "aut", primary=True),) if author else (),
                publications=(Publication(publisher=draw(st.sampled_from(_PUBLISHERS))),),
                identifiers=(Identifier("isbn", isbn, isbn),) if isbn else (),
                year=draw(st.sampled_from(_YEARS)),
                extent=draw(st.sampled_from(_EXTENTS)),
                languages=("chi",),
            )
        )
    return out


@st.composite
def _histories(draw: st.DrawFn) -> tuple[list[Record], list[list[Record]], list[str]]:
    """(records that are there in the end, batches as they come, ids that are deleted in between)."""
    records = draw(_records())
    order = draw(st.permutations(records))
    cuts = sorted(draw(st.sets(st.integers(1, len(order)), max_size=4)) | {0, len(order)})
    batches = [list(order[start:end]) for start, end in pairwise(cuts)]
    detours = draw(st.lists(st.sampled_from(records), max_size=2, unique_by=lambda record: record.id))
    early = [replace(record, titles=(Title(draw(st.sampled_from(_TITLES))),)) for record in detours]
    passing = draw(st.booleans())
    ghost = replace(records[0], id="g:1", source="g", local_id="1")
    return records, [early + ([ghost] if passing else []), *batches], ["g:1"] if passing else []


async def _grown(batches: list[list[Record]], deleted: list[str]) -> tuple[set[tuple[str, ...]], set[str]]:
    index = await open_index("")
    try:
        unifier = Unifier(index)
        for batch in batches:
            await unifier.add(batch)
        await unifier.delete(deleted)
        await index.refresh()
        page = await index.search(IndexSearch(None, size=100))
        assert page.total == (await index.statistics())["unions"]
        return (
            {tuple(sorted(member.id for member in union.members)) for union in page.records},
            {union.id for union in page.records},
        )
    finally:
        await index.close()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_histories())
def test_every_history_ends_with_the_same_clusters(
    history: tuple[list[Record], list[list[Record]], list[str]],
) -> None:
    records, batches, deleted = history
    expected = {cluster.ids for cluster in partition([keys.features(record) for record in records])}
    clusters, ids = asyncio.run(_grown(batches, deleted))
    assert clusters == expected
    assert ids == {min(keys.uid(uid) for uid in cluster) for cluster in expected}


@st.composite
def _decisions(draw: st.DrawFn, ids: list[str]) -> list[Decision]:
    """Of any kind, also about records that never come, also contradicting one another."""
    out = []
    for number in range(draw(st.integers(1, 4))):
        kind = draw(st.sampled_from(Kind))
        named = draw(st.permutations([*ids, "x:1"]))
        cut = draw(st.integers(1, 3))
        others = named[cut : cut + draw(st.integers(1, 2))] if kind is not Kind.JOIN else ()
        stands = draw(st.integers(0, 4)) > 0
        made = Decision(f"d{number}", kind, tuple(sorted(named[:cut])), tuple(sorted(others)), "li", number)
        out.append(made if stands else replace(made, undone_by="wang", undone_at=9))
    return out


@st.composite
def _decided(draw: st.DrawFn) -> tuple[list[Record], list[Decision], list[object]]:
    """(records and decisions that there are in the end, what happens: batches, decisions and deleted ids in any order)

    Of a decision that is undone in the end, the making comes before the undoing.
    """
    records, batches, deleted = draw(_histories())
    decisions = draw(_decisions([record.id for record in records]))
    steps: list[object] = [*batches, *deleted]
    for decision in decisions:
        at = draw(st.integers(0, len(steps)))
        if not decision.stands:
            made = replace(decision, undone_by="", undone_at=None)
            steps.insert(draw(st.integers(0, at)), made)
            at += 1
        steps.insert(at, decision)
    return records, decisions, steps


async def _lived(steps: list[object]) -> tuple[set[tuple[str, ...]], list[tuple[object, ...]]]:
    index = await open_index("")
    try:
        unifier = Unifier(index)
        for step in steps:
            if isinstance(step, Decision):
                await unifier.decide(lambda _, __, step=step: _given(step))  # type: ignore[misc]
            elif isinstance(step, str):
                await unifier.delete([step])
            else:
                await unifier.add(step)  # type: ignore[arg-type]
        await index.refresh()
        page = await index.search(IndexSearch(None, size=100))
        assert page.total == (await index.statistics())["unions"]
        clusters = {tuple(sorted(member.id for member in union.members)) for union in page.records}
        return clusters, sorted((union.id, union.why) for union in page.records)
    finally:
        await index.close()


async def _given(decision: Decision) -> list[Decision]:
    return [decision]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_decided())
def test_every_history_with_decisions_ends_with_the_same_clusters_and_reasons(
    history: tuple[list[Record], list[Decision], list[object]],
) -> None:
    records, decisions, steps = history
    decided = Constraints(decisions)
    expected = partition([keys.features(record) for record in records], decided)
    clusters, reasons = asyncio.run(_lived(steps))
    assert clusters == {cluster.ids for cluster in expected}
    assert reasons == sorted((min(keys.uid(uid) for uid in cluster.ids), cluster.why) for cluster in expected)
    for ids in clusters:
        assert all(decided.apart(name).isdisjoint(ids) for name in ids)
