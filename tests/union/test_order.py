"""The clusters depend on which records there are, not on the order, the batches or the history in which they came."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.core.ports import IndexSearch
from gateway.core.record import Contributor, Identifier, Publication, Record, Title
from gateway.records import keys
from gateway.records.clusters import partition
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
