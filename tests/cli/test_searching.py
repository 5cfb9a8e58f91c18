"""``wenyuan search``: orders of several keys, and the whole result as a file."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from gateway.cli.main import parser
from index.embedded import open_index
from index.testing import fill


@pytest.fixture
def data(tmp_path: Path) -> Path:
    async def filled() -> None:
        index = await open_index(str(tmp_path / "data"))
        await fill(index)
        await index.close()

    asyncio.run(filled())
    return tmp_path / "data"


def call(data: Path, *words: str) -> int:
    options = parser().parse_args(["search", "--data", str(data), *words])
    return asyncio.run(options.run(options))


def test_the_whole_result_goes_to_a_file(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "all.xml"
    assert call(data, "--export", "marcxml", "--output", str(file), "红楼梦") == 0
    assert len(ElementTree.parse(file).findall("{*}record")) == 4
    assert "4 of 4 union record(s) written" in capsys.readouterr().err


def test_lines_of_json_in_the_order_asked_for(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "all.ndjson"
    assert call(data, "--export", "ndjson", "--output", str(file), "--sort", "title,oldest", "红楼梦") == 0
    found = [json.loads(line) for line in file.read_bytes().splitlines()]
    assert [one["year"] for one in found] == [1987, 1996, 1983, 1952]


def test_an_order_that_there_is_not_is_named(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        call(data, "--sort", "title,colour", "红楼梦")
    assert "there is no order 'colour'" in capsys.readouterr().err


def test_filters_and_counts(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--scope", "index", "--filter", "year:1980..1989", "--facets", "year,language", "红楼梦")
    assert call(data, "--json", *words) == 0
    found = json.loads(capsys.readouterr().out)
    assert sorted(one["year"] for one in found["records"]) == [1983, 1987]
    assert {one["value"] for one in found["facets"]["year"]} == {"1952", "1983", "1987", "1996"}, "but its own filter"
    assert call(data, *words) == 0
    assert "language: chi 2" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--filter", "colour:red"), "there is no facet 'colour'"),
        (("--filter", "year"), "must read FACET:VALUE"),
        (("--facets", "year,colour"), "there is no facet 'colour'"),
    ],
)
def test_facets_that_there_are_not_are_named(
    data: Path, words: tuple[str, str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        call(data, *words, "红楼梦")
    assert said in capsys.readouterr().err


def test_what_comes_near_is_said_to(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(data, "--scope", "index", "红搂梦") == 0
    assert "these come near; perhaps you mean: 紅樓夢" in capsys.readouterr().out
