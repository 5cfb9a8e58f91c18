"""Real Z39.50 programs for tests: Zebra over MARC files, yaz-ztest, yaz-client, zoomsh and Perl ZOOM, on free ports.

    with peers.zebra([file], tmp_path) as peer:      # Peer(host, port, database)
        print(peers.yaz_client(peer, "find @attr 1=4 water"))

A program that is missing skips the test, and fails it where the environment says CI.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

_TAB = "/usr/share/idzebra-2.0/tab"
_STARTED_IN = 20.0

#: What is indexed of a record (Zebra's .abs notation): MARC 21 and UNIMARC or CNMARC.
_INDEXING = {
    "marc21": """
melm 008 Date-of-publication:w:range(data,7,4),Code-language:w:range(data,35,3)
melm 020$a ISBN
melm 022$a ISSN
melm 050$a LC-call-number
melm 100 Author,Author:p,Author:s
melm 110 Author
melm 245$a Title,Title:p,Title:s
melm 245 Title
melm 246 Title
melm 260$b Publisher
melm 490 Title-series
melm 600 Subject-heading
melm 650 Subject-heading
melm 651 Subject-heading
melm 700 Author
melm 710 Author
""",
    "unimarc": """
melm 010$a ISBN
melm 011$a ISSN
melm 200$a Title,Title:p,Title:s
melm 200 Title
melm 210$c Publisher
melm 210$d Date-of-publication
melm 225$a Title-series
melm 606 Subject-heading
melm 690$a Classification-Dewey
melm 700$a Author,Author:p,Author:s
melm 701$a Author
melm 702$a Author
melm 710$a Author
melm 711$a Author
""",
}
#: Without this Zebra takes records for Latin-1, and finds no Han character in them.
_INDEXING["marc21-utf8"] = f"encoding utf-8\n{_INDEXING['marc21']}"


@dataclass(frozen=True, slots=True)
class Peer:
    """A server that a test started."""

    host: str
    port: int
    database: str = "Default"
    scheme: str = "tcp"  #: tcp or ssl, as YAZ names them

    @property
    def address(self) -> str:
        return f"{self.host}:{self.port}/{self.database}"


def data(*parts: str) -> Path:
    """A file of the real data; the test is skipped, and fails in CI, where it is not."""
    root = Path(os.environ.get("WENYUAN_TEST_DATA") or Path(__file__).parents[2].parent / "shared" / "data")
    path = root.joinpath(*parts)
    if not path.exists():
        _missing(f"the real data has no {'/'.join(parts)} (WENYUAN_TEST_DATA says where it lies)")
    return path


def program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        _missing(f"{name} is not installed (`make peers` installs it)")
    return found or ""


def _missing(words: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(words)
    pytest.skip(words)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def ztest(certificate: Path | None = None) -> Iterator[Peer]:
    """yaz-ztest: any query finds the same MARC 21 records, in every syntax it has.

    It speaks TLS when it is given a certificate with its key (PEM).
    """
    port = free_port()
    tls = ["-C", str(certificate)] if certificate else []
    scheme = "ssl" if certificate else "tcp"
    with _running([program("yaz-ztest"), *tls, f"{scheme}:127.0.0.1:{port}"], port):
        yield Peer("127.0.0.1", port, scheme=scheme)


@contextlib.contextmanager
def zebra(files: Sequence[Path], folder: Path, *, rules: str = "marc21", charset: str = "utf-8") -> Iterator[Peer]:
    """Zebra over ISO 2709 files, indexed in ``folder`` by ``rules`` (marc21, marc21-utf8 or unimarc)."""
    zebraidx, zebrasrv = program("zebraidx"), program("zebrasrv")
    modules = next(Path("/usr/lib").glob("*/idzebra-2.0/modules"), Path("/usr/lib/idzebra-2.0/modules"))
    (folder / "register").mkdir(parents=True, exist_ok=True)
    (folder / "lock").mkdir(exist_ok=True)
    (folder / "records").mkdir(exist_ok=True)
    head = f"name {rules}\nattset bib1.att\nesetname F @\nesetname B @\nmarc usmarc.mar\nxpath disable\nall any\n"
    (folder / f"{rules}.abs").write_text(head + _INDEXING[rules])
    config = folder / "zebra.cfg"
    config.write_text(
        f"profilePath: {folder}:{_TAB}\nmodulePath: {modules}\nattset: bib1.att\n"
        f"recordType: grs.marcxml.{rules}\nencoding: {charset}\nregister: {folder}/register:2G\n"
        f"lockDir: {folder}/lock\nkeyTmpDir: {folder}\nsetTmpDir: {folder}\nindex: icu.idx\nestimatehits: 0\n"
    )
    for file in files:
        shutil.copy(file, folder / "records" / file.name)
    for command in (["init"], ["update", str(folder / "records")]):
        subprocess.run([zebraidx, "-c", str(config), *command], check=True, capture_output=True, timeout=120)
    port = free_port()
    with _running([zebrasrv, "-c", str(config), f"tcp:127.0.0.1:{port}"], port):
        yield Peer("127.0.0.1", port)


@contextlib.contextmanager
def _running(command: list[str], port: int) -> Iterator[None]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        _wait_for(port, process)
        yield
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _STARTED_IN
    while time.monotonic() < until:
        if process.poll() is not None:
            pytest.fail(f"{process.args!r} ended with code {process.returncode} before it listened")
        try:
            socket.create_connection(("127.0.0.1", port), 0.5).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    pytest.fail(f"{process.args!r} did not listen within {_STARTED_IN} s")


def yaz_client(peer: Peer, *commands: str, before: Sequence[str] = (), timeout: float = 30) -> str:
    """What yaz-client prints for these commands; ``before`` are given before it opens the connection."""
    lines = [*before, f"open {peer.scheme}:{peer.address}", *commands, "quit", ""]
    done = subprocess.run(
        [program("yaz-client")], input="\n".join(lines).encode(), capture_output=True, timeout=timeout, check=False
    )
    return done.stdout.decode("utf-8", "replace")


def zoomsh(peer: Peer, *commands: str, before: Sequence[str] = (), timeout: float = 30) -> str:
    """What zoomsh prints for these commands; ``before`` are given before it connects."""
    done = subprocess.run(
        [program("zoomsh")],
        input="\n".join([*before, f"connect tcp:{peer.address}", *commands, "quit", ""]).encode(),
        capture_output=True,
        timeout=timeout,
        check=False,
    )
    return done.stdout.decode("utf-8", "replace")


def perl_zoom(script: str, *arguments: str, timeout: float = 30) -> str:
    """What a Perl script that uses ZOOM prints."""
    perl = program("perl")
    if subprocess.run([perl, "-MZOOM", "-e", "1"], capture_output=True, check=False).returncode:
        _missing("Perl ZOOM is not installed (Debian's libnet-z3950-zoom-perl)")
    done = subprocess.run(
        [perl, "-e", script, *arguments], capture_output=True, timeout=timeout, check=False, text=True, errors="replace"
    )
    return done.stdout + done.stderr
