"""The embedded index and Elasticsearch side by side: one moved to the other, the same questions, the same answers."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from gateway.cli.main import parser
from gateway.core.answer import ALL_FACETS
from gateway.core.ports import Change, Index, IndexSearch
from gateway.core.query import SortKey
from gateway.core.record import UnionRecord
from gateway.harvest.checkpoint import Checkpoint, Checkpoints
from gateway.protocols.simple import parse_simple
from gateway.union import Unifier
from index import elasticsearch as engine
from index import embedded
from tests.support import elasticsearch
from tests.support.province import everything, libraries

QUESTIONS = 300
SEED = 20261121
_SORTS = [(), (), (), (SortKey("year"),), (SortKey("year", True),), (SortKey("title"),), (SortKey("author", True),),
          (SortKey("author"), SortKey("year", True)), (SortKey("year", True), SortKey("title"))]  # fmt: skip


async def _move(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    options = parser().parse_args(["index", "move", *words])
    code = await options.run(options)
    return code, capsys.readouterr().out


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[UnionRecord]]:
    """An embedded index that grew library by library, with a deleted record and a checkpoint."""
    folder = tmp_path_factory.mktemp("old")

    async def grown() -> list[UnionRecord]:
        index = await embedded.open_index(str(folder))
        for found in libraries(6, 150).values():
            await Unifier(index).add(found)
        await Unifier(index).delete([found[-1].id])
        await Checkpoints(index).save(found[0].source, Checkpoint("here", True))
        held = await everything(index)
        await index.close()
        return held

    return folder, asyncio.run(grown())


@pytest.fixture(scope="module")
def place(node: elasticsearch.Node) -> Iterator[str]:
    with elasticsearch.space(node, "moved") as location:
        yield location


async def test_an_index_is_moved_there_and_back(
    old: tuple[Path, list[UnionRecord]],
    place: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder, unions = old
    to = ["--to", "elasticsearch", "--to-location", place]
    code, out = await _move(capsys, "--from", "embedded", "--from-location", str(folder), *to, "--json")
    told = json.loads(out)
    assert (code, told["different"], told["unions"], told["checkpoints"]) == (0, 0, len(unions), 1)
    assert told["records"] == sum(len(union.members) for union in unions)
    index = await engine.open_index(place)
    assert await everything(index) == unions
    source = unions[0].members[0].source
    assert {source} & set(await index.sources())
    await index.close()
    back = str(tmp_path / "back")
    words = ["--from", "elasticsearch", "--from-location", place, "--to", "embedded", "--to-location", back]
    code, out = await _move(capsys, *words)
    assert code == 0
    assert "all are the same" in out
    again = await embedded.open_index(back)
    assert await everything(again) == unions
    await again.close()


async def test_a_difference_is_named(
    old: tuple[Path, list[UnionRecord]], location: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, _ = old
    index = await engine.open_index(location)
    stranger = libraries(7, 5)
    strange = stranger[list(stranger)[-1]][0]
    await Unifier(index).add([strange])
    await index.close()
    words = ["--from-location", str(folder), "--to", "elasticsearch", "--to-location", location]
    with pytest.raises(Exception, match="holds 1 records already"):
        await _move(capsys, *words)
    code, out = await _move(capsys, *words, "--resume")
    assert code == 1
    assert "are not the same" in out


@pytest_asyncio.fixture
async def engines(old: tuple[Path, list[UnionRecord]], location: str) -> AsyncIterator[tuple[Index, Index]]:
    """Both filled in one go: what was written over and is not yet swept out counts in how rare a word is, and is swept
    out at different times."""
    _, unions = old
    change = Change(tuple(member for union in unions for member in union.members), tuple(unions))
    both = (await embedded.open_index(""), await engine.open_index(location))
    for index in both:
        await index.apply(change)
        await index.refresh()
    yield both
    for index in both:
        await index.close()


async def test_the_same_questions_get_the_same_answers(
    old: tuple[Path, list[UnionRecord]], engines: tuple[Index, Index]
) -> None:
    one, other = engines
    otherwise: list[str] = []
    for asked in _questions(old[1]):
        first, second = await one.search(asked), await other.search(asked)
        assert second.total == first.total, asked
        assert second.facets == first.facets, asked
        assert second.years == first.years, asked
        if [union.id for union in first.records] != [union.id for union in second.records]:
            assert asked.query is not None
            assert not asked.sort, asked
            otherwise.append(asked.query.text)
    # Scores of single precision are added up in different orders, so near ties may fall either way.
    assert len(otherwise) <= QUESTIONS // 50, otherwise


def _questions(unions: list[UnionRecord]) -> Iterator[IndexSearch]:
    dice = random.Random(SEED)
    for _ in range(QUESTIONS):
        record = dice.choice(unions).record
        title = record.title.text
        author = record.contributors[0].name if record.contributors else title
        cut = dice.randrange(len(title))
        text = dice.choice(
            [
                title,
                title[:2],
                title[cut : cut + 3],
                f"{title} {author}",
                author,
                record.subjects[0].parts[0] if record.subjects else title,
                record.publications[0].publisher if record.publications else title,
                record.title.pinyin or title,
                dice.choice("中文史地小新国学"),
                f'"{title}" -{author[:1]}',
                next(record.identifiers_of("isbn"), title),
            ]
        )
        filters = []
        if dice.random() < 0.3:
            filters.append(("language", record.languages[0] if record.languages else "chi"))
        if dice.random() < 0.3:
            filters += [("form", "book"), ("form", "serial")]
        yield IndexSearch(
            parse_simple(text),
            filters=tuple(filters),
            sort=dice.choice(_SORTS),
            start=dice.choice([0, 0, 0, 5]),
            facets=ALL_FACETS,
            facet_size=dice.choice([5, 30]),
            within=(("class", dice.choice(["I2", "TP", "K"])),),
            regions=(("610000", tuple({member.source for union in unions[:9] for member in union.members})),),
            histogram=dice.random() < 0.5,
        )
