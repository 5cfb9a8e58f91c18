"""A real Elasticsearch node for tests: the minimal distribution from Maven, as a user without rights, on loopback.

    with elasticsearch.node("8.19.7") as node:      # Node(url), node.restart()

``WENYUAN_ES_URL`` names a node to use instead. Where Java or Maven is missing the test is skipped, and fails where the
environment says CI (``make peers`` installs both).
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest

from index.elasticsearch.schema import KINDS
from tests.support.peers import free_port

V8 = "8.19.7"
V9 = "9.2.0"
#: The least Java that each runs on.
_JAVA = {V8: 17, V9: 21}
_HEAP = "1g"
_STARTED_IN = 120.0
_ROOT = Path(__file__).parents[2]
_NOBODY = 65534
_CONFIG = """\
cluster.name: wenyuan-test
discovery.type: single-node
network.host: 127.0.0.1
http.port: {port}
transport.port: {transport}
path.data: {home}/data
path.logs: {home}/logs
cluster.routing.allocation.disk.threshold_enabled: false
xpack.security.enabled: false
"""


class Node:
    """A node that a test started (or was given); ``url`` is its address."""

    def __init__(self, url: str, home: Path | None = None, java: Path | None = None) -> None:
        self.url = url
        self._home = home
        self._java = java
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        assert self._home is not None
        environment = {
            "PATH": os.environ.get("PATH", ""),
            "HOME": str(self._home),
            "ES_JAVA_HOME": str(self._java),
            "ES_JAVA_OPTS": f"-Xms{_HEAP} -Xmx{_HEAP} -XX:TieredStopAtLevel=1",
            "ES_PATH_CONF": str(self._home / "config"),
            "ES_TMPDIR": str(self._home / "tmp"),
        }
        command = ["bash", str(self._home / "bin" / "elasticsearch")]
        if os.geteuid() == 0:
            command = ["setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups", *command]
        with (self._home / "logs" / "console.log").open("ab") as log:
            self._process = subprocess.Popen(
                command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=environment, start_new_session=True
            )
        self._wait()

    def _wait(self) -> None:
        assert self._process is not None
        until = time.monotonic() + _STARTED_IN
        while time.monotonic() < until:
            if self._process.poll() is not None:
                pytest.fail(f"Elasticsearch ended with code {self._process.returncode}:\n{self._log()}")
            try:
                with urllib.request.urlopen(f"{self.url}/_cluster/health?wait_for_status=yellow&timeout=1s", timeout=3):
                    return
            except (OSError, urllib.error.URLError):
                time.sleep(0.1)
        self.stop()
        pytest.fail(f"Elasticsearch did not answer within {_STARTED_IN} s:\n{self._log()}")

    def _log(self) -> str:
        assert self._home is not None
        return (self._home / "logs" / "console.log").read_text(errors="replace")[-2_000:]

    @property
    def ours(self) -> bool:
        """Whether it may be stopped and started."""
        return self._home is not None

    def kill(self) -> None:
        self.stop(signal.SIGKILL)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, how)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(10)
        self._process = None


@contextlib.contextmanager
def node(version: str = V8) -> Iterator[Node]:
    """A started node of this version with an empty data folder; stopped and removed at the end."""
    java = _java(_JAVA[version])
    archive = _archive(version)
    folder = Path(tempfile.mkdtemp(prefix="wenyuan-es-"))
    started: Node | None = None
    try:
        folder.chmod(0o755)
        home = _unpacked(archive, folder)
        port, transport = free_port(), free_port()
        for name in ("data", "logs", "tmp", "config"):
            (home / name).mkdir(exist_ok=True)
        (home / "config" / "elasticsearch.yml").write_text(_CONFIG.format(port=port, transport=transport, home=home))
        if os.geteuid() == 0:
            for name in ("data", "logs", "tmp", "config"):
                for path in ((home / name), *(home / name).rglob("*")):
                    os.chown(path, _NOBODY, _NOBODY)
        started = Node(f"http://127.0.0.1:{port}", home, java)
        started.start()
        yield started
    finally:
        if started is not None:
            started.stop(signal.SIGKILL)
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def given_or_started() -> Iterator[Node]:
    """The node that ``WENYUAN_ES_URL`` names, else one of 8.19."""
    url = os.environ.get("WENYUAN_ES_URL")
    if url:
        yield Node(url.rstrip("/"))
    else:
        with node(V8) as started:
            yield started


def _unpacked(archive: Path, folder: Path) -> Path:
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(folder)
        for entry in packed.infolist():
            mode = entry.external_attr >> 16 & 0o777
            if mode:
                (folder / entry.filename).chmod(mode)
    return next(path for path in folder.iterdir() if path.is_dir())


@lru_cache
def _archive(version: str) -> Path:
    script = _ROOT / "scripts" / "fetch-elasticsearch.sh"
    done = subprocess.run(["sh", str(script), version], capture_output=True, text=True, check=False, timeout=600)
    if done.returncode:
        missing(f"Elasticsearch {version} could not be fetched (`make peers` installs Maven): {done.stderr[-300:]}")
    return Path(done.stdout.strip().splitlines()[-1])


def has_java(version: str) -> bool:
    return _best_java(_JAVA[version]) is not None


def _java(least: int) -> Path:
    found = _best_java(least)
    if found is None:
        missing(f"there is no Java {least} or later (`make peers` installs Java 17)")
    assert found is not None
    return found


@lru_cache
def _best_java(least: int) -> Path | None:
    """The home of the lowest Java that is high enough."""
    on_path = shutil.which("java")
    homes = [path for root in ("/usr/lib/jvm", "/opt") for path in sorted(Path(root).glob("*")) if path.is_dir()]
    homes += [Path(on_path).resolve().parents[1]] if on_path else []
    homes += [Path(home)] if (home := os.environ.get("JAVA_HOME")) else []
    found = sorted(
        (number, str(home)) for home in homes if (number := _java_version(home)) is not None and number >= least
    )
    return Path(found[0][1]) if found else None


@lru_cache
def _java_version(home: Path) -> int | None:
    program = home / "bin" / "java"
    if not program.is_file():
        return None
    told = subprocess.run([str(program), "-version"], capture_output=True, text=True, check=False, timeout=30)
    number = re.search(r'version "(\d+)', told.stderr)
    return int(number[1]) if number else None


def missing(words: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(words)
    pytest.skip(words)


@contextlib.contextmanager
def space(node: Node, prefix: str) -> Iterator[str]:
    """The address of an index with this prefix, which is removed at the end."""
    yield f"{node.url}/{prefix}"
    with contextlib.suppress(OSError):
        with urllib.request.urlopen(f"{node.url}/_alias", timeout=30) as answer:
            held = json.load(answer)
        mine = [name for name in held if re.fullmatch(rf"{re.escape(prefix)}-({'|'.join(KINDS)})-v.*", name)]
        request = urllib.request.Request(f"{node.url}/{','.join(mine)}?ignore_unavailable=true", method="DELETE")
        if mine:
            urllib.request.urlopen(request, timeout=30).close()
