"""``wenyuan union``: decisions from the command line, into an index and through a running gateway."""

from __future__ import annotations

import asyncio
import json

import pytest

from gateway.app import running
from gateway.cli import main
from gateway.cli.main import parser
from gateway.cli.union import run
from gateway.core.record import Contributor, Identifier, Publication, Record, Title
from gateway.records import keys
from gateway.settings import GatewaySettings
from gateway.union import Unifier
from index.embedded import open_index


def book(uid: str, isbn: str = "9787020002207") -> Record:
    source, local_id = uid.split(":")
    return Record(
        id=uid,
        source=source,
        local_id=local_id,
        titles=(Title("红楼梦"),),
        contributors=(Contributor("曹雪芹", "aut", primary=True),),
        publications=(Publication(publisher="人民文学出版社", date="1996"),),
        year=1996,
        identifiers=(Identifier("isbn", isbn, isbn),),
        languages=("chi",),
    )


@pytest.fixture
def data(tmp_path):
    """A folder whose index holds one edition of two libraries and another one of a third."""

    async def fill() -> None:
        index = await open_index(str(tmp_path / "data"))
        await Unifier(index).add([book("a:1"), book("b:1"), book("c:1", "9787101003048")])
        await index.close()

    asyncio.run(fill())
    return tmp_path / "data"


def call(capsys, *words):
    code = main(["union", *map(str, words)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_join_why_list_undo(data, capsys) -> None:
    code, out, _ = call(
        capsys, "join", keys.uid("a:1"), "c:1", "--reason", "ISBN印错", "--by", "李馆员", "--data", data
    )
    assert code == 0
    decision = out.split()[0]
    assert "join by 李馆员" in out and "ISBN印错" in out
    assert "a:1, b:1, c:1" in out
    code, out, _ = call(capsys, "why", "c:1", "--data", data)
    assert code == 0
    assert f"cataloguer {decision}" in out
    assert [line for line in out.splitlines() if line.startswith("year") and "1996" in line and "a:1 b:1 c:1" in line]
    code, out, _ = call(capsys, "undo", decision, "--reason", "看错了", "--by", "王", "--data", data)
    assert code == 0
    assert f"{decision} join (undone) by 李馆员" in out
    code, out, err = call(capsys, "list", "--data", data)
    assert "undone by 王: 看错了" in out
    assert "0 of 1 decisions stand" in err
    code, out, _ = call(capsys, "list", "--json", "--data", data)
    assert json.loads(out)["decisions"][0]["undone"]["by"] == "王"


def test_split_and_never(data, capsys) -> None:
    code, out, _ = call(capsys, "split", "b:1", "--reason", "第二版", "--data", data)
    assert code == 0
    assert "split by" in out and "b:1 | a:1 (第二版)" in out
    code, out, _ = call(capsys, "never", "a:1", "c:1", "--reason", "不同版本", "--json", "--data", data)
    assert json.loads(out)["decisions"][0]["kind"] == "never"
    code, _, err = call(capsys, "join", "a:1", "c:1", "--reason", "同", "--data", data)
    assert code == 2
    assert "keeps them apart; undo it first (wenyuan union undo d" in err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["join", "a:1", "c:1"], "Say why"),
        (["never", "a:1", "--reason", "x"], "never takes 2 names; 1 were given"),
        (["split", "--reason", "x"], "none was given"),
        (["why"], "why takes 1 names"),
        (["why", "no:such"], "No record is called 'no:such'"),
        (["undo", "d0", "--reason", "x"], "No decision is called 'd0'"),
    ],
)
def test_wrong_use_is_told(data, capsys, words, told) -> None:
    code, _, err = call(capsys, *words, "--data", data)
    assert code == 2
    assert told in err


def test_why_of_a_record_that_is_gone_says_where_its_company_is(data, capsys) -> None:
    async def delete() -> None:
        index = await open_index(str(data))
        await Unifier(index).delete(["a:1"])
        await index.close()

    asyncio.run(delete())
    code, _, err = call(capsys, "why", keys.uid("a:1"), "--data", data)
    assert code == 2
    assert f"is gone; what was merged with it is in: {keys.uid('b:1')}" in err


async def test_a_running_gateway_is_asked(data, tmp_path, capsys, monkeypatch) -> None:
    accounts = tmp_path / "cataloguers"
    accounts.write_text("li:secret\n")
    settings = GatewaySettings(data=data, port=0, z3950_port=-1, cataloguers=accounts)

    async def ask(*words: str) -> tuple[int, str]:
        options = parser().parse_args(["union", *words, "--gateway", url])
        code = await run(options)
        return code, capsys.readouterr().out

    async with running(settings, []) as addresses:
        url = f"http://127.0.0.1:{addresses.http_port}/"
        monkeypatch.setenv("WENYUAN_CATALOGUER", "li:secret")
        code, out = await ask("join", "a:1", "c:1", "--reason", "same")
        assert code == 0
        assert "join by li" in out
        code, out = await ask("why", keys.uid("c:1"))
        assert "= c:1: cataloguer" in out
        code, out = await ask("list")
        assert "same" in out
        monkeypatch.setenv("WENYUAN_CATALOGUER", "li:wrong")
        with pytest.raises(Exception, match=r"says 401 .*cataloguer"):
            await ask("list")
    with pytest.raises(Exception, match="does not answer"):
        await ask("list")
