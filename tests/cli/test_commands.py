import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.app import running
from gateway.cli import main
from gateway.cli.common import cells
from gateway.cli.main import parser
from gateway.core.errors import ConfigurationError
from gateway.settings import GatewaySettings, target_from_url
from tests.support.waiting import until
from tests.support.world import raw

WENYUAN = str(Path(sys.executable).with_name("wenyuan"))


@pytest.fixture
def marc(tmp_path):
    """Three records, the second of them rubbish."""
    path = tmp_path / "records.mrc"
    good = [raw("x", 1, "红楼梦", "曹雪芹著", isbn="9787020002207"), raw("x", 2, "围城", "钱锺书著")]
    path.write_bytes(good[0].payload + b"00060nonsense that is no record\x1d" + good[1].payload)
    return path


def run(capsys, *arguments):
    code = main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.mark.parametrize(
    "command", ["demo", "serve", "search", "import", "index", "union", "preview", "probe", "check", "targets"]
)
def test_help_teaches(command, capsys):
    with pytest.raises(SystemExit) as left:
        main([command, "--help"])
    assert left.value.code == 0
    text = capsys.readouterr().out
    assert len(text.splitlines()) >= 8
    assert f"wenyuan {command}" in text


def test_import_names_what_it_cannot_read_and_keeps_the_rest(tmp_path, marc, capsys):
    code, out, err = run(capsys, "import", "--source", "x", "--data", tmp_path / "data", marc)
    assert code == 1
    assert "2 imported, 1 unreadable" in out
    assert str(marc) in err and "byte " in err
    code, out, _ = run(capsys, "import", "--json", "--source", "x", "--data", tmp_path / "data", marc)
    report = json.loads(out)
    assert report["index"]["records"] == 2, "importing again adds nothing"
    assert report["files"][0]["unreadable"] == 1


def test_search_in_what_was_imported(tmp_path, marc, capsys):
    run(capsys, "import", "--source", "x", "--data", tmp_path / "data", marc)
    code, out, _ = run(capsys, "search", "--scope", "index", "--data", tmp_path / "data", "紅樓夢")
    assert code == 0
    assert "1 union record(s)" in out and "红楼梦 / 曹雪芹著" in out
    code, out, _ = run(
        capsys, "search", "--json", "--scope", "index", "--data", tmp_path / "data", "--syntax", "cql", 'title = "围城"'
    )
    assert json.loads(out)["records"][0]["title"] == "围城"


def test_search_a_file_by_its_address(marc, capsys):
    code, out, _ = run(capsys, "search", "--json", "--target", f"file://{marc}?id=county", "围城")
    document = json.loads(out)
    assert code == 0
    assert document["total"] == 1
    assert document["targets"][0]["id"] == "county"


def test_no_library_answers(capsys):
    code, out, err = run(capsys, "search", "--target", "z3950://127.0.0.1:1/db", "--deadline", "3", "x")
    assert code == 1
    assert "refuses" in out
    assert "no library answered" in err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["search", "x"], "--target"),
        (["search", "--target", "nowhere", "x"], "no known target"),
        (["search", "--syntax", "cql", "--target", "file:///tmp/x", "(title = x"], "wenyuan search:"),
        (["import", "--source", "x", "/no/such/file"], "/no/such/file"),
        (["preview", "/no/such/file"], "/no/such/file"),
        (["serve", "--targets", "/no/such/folder"], "/no/such/folder"),
        (["serve", "--port", "70000"], "port"),
    ],
)
def test_wrong_use_is_one_line_and_code_2(arguments, words, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, _, err = run(capsys, *arguments)
    assert code == 2
    assert words in err
    assert len(err.strip().splitlines()) == 1


def test_preview_shows_every_stage(marc, capsys):
    code, out, _ = run(capsys, "preview", "--count", 3, marc)
    assert code == 1
    for words in ("200 1# $a 红楼梦", "normalised:", "keys:", "warnings:", "error:"):
        assert words in out
    code, out, _ = run(capsys, "preview", "--json", marc)
    assert json.loads(out)[0]["normalised"]["titles"][0]["text"] == "红楼梦"


def test_check_finds_the_bad_file(tmp_path, capsys):
    (tmp_path / "good.yaml").write_text("url: z3950://127.0.0.1/db\n", encoding="utf-8")
    (tmp_path / "bad.yaml").write_text("url: z3950://127.0.0.1/db\ntimout: 3\n", encoding="utf-8")
    code, out, _ = run(capsys, "check", "--targets", tmp_path)
    assert code == 2
    assert "did you mean 'timeout'" in out
    assert "ok      target good.yaml" in out
    (tmp_path / "bad.yaml").unlink()
    assert run(capsys, "check", "--targets", tmp_path)[0] == 0


async def test_what_a_running_gateway_decided_is_told(tmp_path, capsys):
    targets = [target_from_url("z3950://127.0.0.1:1/db?id=nobody")]
    settings = GatewaySettings(data=tmp_path, port=0, z3950_port=-1)
    async with running(settings, targets) as addresses:
        member = addresses.federation.members.get("nobody")
        await until(lambda: member.decisions)  # it is not reached by the warm-up
        for _ in range(3):
            member.lied(asyncio.get_running_loop().time(), 5)
        options = parser().parse_args(["targets", "--gateway", addresses.url])
        assert await options.run(options) == 0
        told = capsys.readouterr().out
        assert await options.run(parser().parse_args(["targets", "--json", "--gateway", addresses.url])) == 0
        document = json.loads(capsys.readouterr().out)
    assert "quarantined" in told and "said that it has 5 records and gave none" in told
    assert "not reached at the start" in document[0]["decisions"][0]["what"]
    options = parser().parse_args(["targets", "--gateway", addresses.url])
    with pytest.raises(ConfigurationError, match="No gateway tells"):
        await options.run(options)


def test_targets_are_listed_and_asked(marc, capsys):
    code, out, _ = run(capsys, "targets", "--target", f"file://{marc}?id=county", "--ask", "红楼梦")
    assert code == 0
    assert "county" in out and "ok" in out
    code, out, _ = run(capsys, "targets", "--json", "--target", "z3950://u:secret@127.0.0.1/db?id=a")
    assert json.loads(out)[0]["id"] == "a"
    assert "secret" not in out


def test_a_closed_pipe_is_no_traceback(marc):
    command = f"'{WENYUAN}' preview --count 3 '{marc}' | head -c 10"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60, check=False)
    assert "Traceback" not in done.stderr


def test_columns_count_han_as_two_cells():
    assert cells("红楼梦 x") == 8
