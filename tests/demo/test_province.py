"""The province as running processes: it starts, answers, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import sys
from collections.abc import Iterable
from pathlib import Path

import aiohttp
import pytest

from gateway.core.errors import ConfigurationError
from gateway.core.target import Target
from gateway.demo.members import load_members
from gateway.demo.supervisor import Province
from gateway.records.text import fold

#: Looks at what should soon be so; far more than it ever takes.
_LOOKS = 600
_ROOT = Path(__file__).resolve().parents[2]
_Z3950 = [member.id for member in load_members() if member.protocol == "z3950" and member.serves]
#: How each library's client must write 红楼梦.
_TERM_CHARSETS = {member.id: member.terms for member in load_members()}

_PARENT = """
import asyncio, sys
from pathlib import Path
from gateway.demo.supervisor import Province
async def main():
    async with Province(Path(sys.argv[1]), library_ids=("lantian", "ankang"), processes=2) as province:
        print(*province.pids.values(), flush=True)
        await asyncio.sleep(3600)
asyncio.run(main())
"""


@pytest.fixture(scope="module")
def province_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("province")


def running(pids: Iterable[int]) -> list[int]:
    alive = []
    for pid in pids:
        with contextlib.suppress(OSError):
            # A process that ended and waits to be collected is not running.
            state = (
                Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[0]
            )
            if state != "Z":
                alive.append(pid)
    return alive


def file_records(target: Target) -> int:
    return Path(target.url).read_bytes().count(b"\x1d")


async def gone(pids: Iterable[int]) -> bool:
    pids = list(pids)
    for _ in range(_LOOKS):
        if not running(pids):
            return True
        await asyncio.sleep(0.05)
    return False


async def found_by_sru(target: Target, term: str) -> int:
    parameters = {
        "version": target.options["version"],
        "operation": "searchRetrieve",
        "query": f'title = "{term}"',
        "maximumRecords": "50",
    }
    async with aiohttp.ClientSession() as session, session.get(target.url, params=parameters) as response:
        text = await response.text()
    assert response.status == 200
    assert fold(term) in fold(text)
    return int(text.partition("numberOfRecords>")[2].partition("<")[0])


async def found_by_yaz(target: Target, folder: Path) -> tuple[int, str]:
    """Hits of a title search by yaz-client, and the first record in UTF-8."""
    term = "红楼梦".encode(_TERM_CHARSETS[target.id])
    commands = folder / f"{target.id}.yaz"
    commands.write_bytes(
        f"open {target.host}:{target.port}/{target.database}\nformat {target.syntax}\n"
        f"marccharset {target.record_charset}\n".encode()
        + b'find @attr 1=4 "'
        + term
        + b'"\nshow 1\nquit\n'
    )
    process = await asyncio.create_subprocess_exec(
        "yaz-client", "-f", str(commands), stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(60):
        output, _ = await process.communicate()
    text = output.decode("utf-8", "replace")
    return int(text.partition("Number of hits: ")[2].partition(",")[0] or -1), text


async def test_every_library_answers_and_none_is_left_behind(province_folder: Path) -> None:
    async with Province(province_folder) as province:
        pids = set(province.pids.values())
        targets = {target.id: target for target in province.targets}
        assert list(targets) == [member.id for member in load_members()]
        assert running(pids) == list(pids)
        for name in ("weinan", "ankang", "lantian"):
            assert await found_by_sru(targets[name], "红楼梦") >= 2
            assert await found_by_sru(targets[name], "紅樓夢") >= 2
        for name in _Z3950:
            reader, writer = await asyncio.open_connection(targets[name].host, targets[name].port)
            assert not reader.at_eof()
            writer.close()
            await writer.wait_closed()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(targets["yanan"].host, targets["yanan"].port)
        assert [target.id for target in province.file_targets] == ["huyi"]
        assert file_records(targets["huyi"]) > 50
        assert len(province.queries) == 3
    assert not running(pids)
    for name in ("weinan", *_Z3950):
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(targets[name].host, targets[name].port)


@pytest.mark.peers
async def test_yaz_client_finds_the_novel_in_every_z3950_library(province_folder: Path) -> None:
    if shutil.which("yaz-client") is None:
        if os.environ.get("CI"):
            pytest.fail("yaz-client is not installed; `make peers` installs it")
        pytest.skip("yaz-client is not installed")
    async with Province(province_folder) as province:
        targets = [target for target in province.targets if target.id in _Z3950]
        answers = await asyncio.gather(*[found_by_yaz(target, province_folder) for target in targets])
    for target, (hits, text) in zip(targets, answers, strict=True):
        assert hits >= 3, f"{target.id}: {text}"
        assert "红楼梦" in fold(text), f"{target.id}: {text}"


async def test_a_port_that_is_taken_is_told_and_nothing_is_left(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError, match=rf"lantian \(port {port}\)") as raised:
            async with Province(tmp_path, port, library_ids=("lantian",)):
                pytest.fail("it started on a port that is taken")
    assert "in use" in (raised.value.detail or "")


async def test_libraries_take_ports_in_their_order(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    async with Province(tmp_path, port, library_ids=("lantian",)) as province:
        assert province.targets[0].port == port
        assert await found_by_sru(province.targets[0], "平凡的世界") >= 1


async def test_libraries_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _PARENT, str(tmp_path), stdout=asyncio.subprocess.PIPE, cwd=_ROOT
    )
    assert parent.stdout is not None
    pids = [int(pid) for pid in (await parent.stdout.readline()).split()]
    assert len(running(pids)) == 2
    parent.send_signal(signal.SIGKILL)
    await parent.communicate()
    assert await gone(pids)


async def test_a_library_alone_makes_its_records_and_stops_on_a_signal() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "gateway.demo.process", "--library", "lantian", "--port", "0"),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        cwd=_ROOT,
    )
    assert process.stdout is not None
    report = json.loads(await process.stdout.readline())
    lantian = next(member for member in load_members() if member.id == "lantian")
    assert await found_by_sru(lantian.target(report["port"]), "红楼梦") >= 2
    process.terminate()
    await process.communicate()
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--library", "beijing", "--port", "0"], "The demo has no library 'beijing'"),
        (["--library", "lantian", "--library", "ankang", "--port", "0"], "one --port for each --library"),
        (["--library", "lantian", "--port", "0", "--data", "/nowhere"], "/nowhere/lantian.xml"),
    ],
)
async def test_wrong_arguments_are_told(arguments: list[str], said: str) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway.demo.process", *arguments, stderr=asyncio.subprocess.PIPE, cwd=_ROOT
    )
    _, errors = await process.communicate()
    assert process.returncode == 2
    assert said in errors.decode()
    assert "Traceback" not in errors.decode()
