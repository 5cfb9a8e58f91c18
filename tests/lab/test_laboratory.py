"""The laboratory in a process of its own, and its command."""

from __future__ import annotations

import asyncio
import os
import signal
import sys

from gateway.app import open_federation
from gateway.cli.lab import run as run_command
from gateway.cli.main import parser
from gateway.core.target import State
from gateway.lab.faults import FAULTS
from gateway.lab.laboratory import Laboratory
from gateway.lab.matrix import ask
from gateway.lab.plan import Plan
from gateway.settings import GatewaySettings, load_targets


async def test_processes_share_the_libraries_and_end(tmp_path):
    async with Laboratory(Plan(6, sru=2), processes=2) as laboratory:
        pids = list(laboratory.pids)
        assert len(laboratory.ports) == 6
        async with open_federation(GatewaySettings(data=tmp_path), laboratory.targets) as federation:
            answer, _ = await ask(federation, "戏曲", 8.0)
    assert [status.state for status in answer.targets] == [State.OK] * 6, answer.targets
    assert all("戏曲" in union.record.title.text for union in answer.records)
    for pid in pids:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            continue
        raise AssertionError(f"process {pid} is still there")


async def test_the_command_writes_targets_that_answer(tmp_path):
    folder = tmp_path / "targets"
    process = await asyncio.create_subprocess_exec(
        *(
            sys.executable,
            "-c",
            "from gateway.cli import main; raise SystemExit(main())",
            "lab",
            "--libraries",
            "3",
            "--sru",
            "1",
            "--faults",
            "refuse",
        ),
        *("--write", str(folder)),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    printed = b""
    while b"Ctrl-C" not in printed:
        line = await asyncio.wait_for(process.stdout.readline(), 30)
        assert line, printed
        printed += line
    targets = load_targets(folder)
    async with open_federation(GatewaySettings(data=tmp_path / "index"), targets) as federation:
        answer, _ = await ask(federation, "戏曲", 8.0)
    process.send_signal(signal.SIGINT)
    await asyncio.wait_for(process.wait(), 10)
    assert sorted(status.state for status in answer.targets) == [State.ERROR, State.OK, State.OK]
    assert all(target.id.encode() in printed for target in targets)


async def test_a_short_matrix(capsys, monkeypatch):
    monkeypatch.setattr("gateway.lab.matrix.cases", lambda: [("sru", FAULTS["http500"])])
    options = parser().parse_args(
        ["lab", "--matrix", "--libraries", "4", "--sizes", "1", "--deadline", "6", "--searches", "0"]
    )
    assert await run_command(options) == 0
    printed = capsys.readouterr().out
    assert "| sru | http500 | 1 | 3/3 | - | 1/1 | +0 | +0 |" in printed
    assert "All rows are as they should be." in printed


async def test_a_short_soak(capsys):
    options = parser().parse_args(["lab", "--libraries", "6", "--soak", "0.05"])
    assert await run_command(options) == 0
    printed = capsys.readouterr().out
    assert "errors    0" in printed
    assert "slope" in printed
