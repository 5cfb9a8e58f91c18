"""Zebra over MARC 21 files, serving SRU and Z39.50 on one port: for tests, and to measure beside."""

from __future__ import annotations

import contextlib
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support import peers

#: What Zebra makes of CQL, in the notation of YAZ: ours, over the indexes of ``tests.support.peers``.
PROPERTIES = """
set.cql = info:srw/cql-context-set/1/cql-v1.1
set.dc = info:srw/cql-context-set/1/dc-v1.1
set.bath = http://zing.z3950.org/cql/bath/2.0/
set = info:srw/cql-context-set/1/dc-v1.1
index.cql.serverChoice = 1=1016
index.cql.allRecords = 1=_ALLRECORDS 2=103
index.dc.title = 1=4
index.dc.creator = 1=1003
index.dc.subject = 1=21
index.dc.date = 1=30
index.bath.isbn = 1=7
relation.< = 2=1
relation.le = 2=2
relation.eq = 2=3
relation.exact = 2=3
relation.ge = 2=4
relation.> = 2=5
relation.all = 2=3
relation.any = 2=3
relation.within = 2=104
relation.scr = 2=3
position.any = 3=3 6=1
position.first = 3=1 6=1
structure.all = 4=2
structure.any = 4=2
structure.* = 4=1
truncation.right = 5=1
truncation.left = 5=2
truncation.both = 5=3
truncation.none = 5=100
truncation.* = 5=100
"""


@dataclass(frozen=True)
class Zebra:
    url: str  #: of SRU
    z3950: peers.Peer  #: the same register over Z39.50


@contextlib.contextmanager
def zebra_sru(files: Sequence[Path], folder: Path) -> Iterator[Zebra]:
    """Running as long as the block; ``folder`` is its own."""
    with contextlib.ExitStack() as stack:
        with peers.zebra(files, folder):
            pass  # it is indexed now; only one server may hold a register, and this one does not know CQL
        (folder / "cql.properties").write_text(PROPERTIES)
        port = peers.free_port()
        config = folder / "sru.xml"
        config.write_text(
            f'<yazgfs><listen id="one">tcp:127.0.0.1:{port}</listen><server id="main" listenref="one">'
            f"<config>{folder}/zebra.cfg</config><cql2rpn>{folder}/cql.properties</cql2rpn>"
            '<retrievalinfo><retrieval syntax="xml" name="marcxml" identifier="info:srw/schema/1/marcxml-v1.1">'
            '<backend syntax="usmarc"><marc inputformat="marc" outputformat="marcxml" inputcharset="utf-8"/></backend>'
            '</retrieval><retrieval syntax="xml"><backend syntax="usmarc">'
            '<marc inputformat="marc" outputformat="marcxml" inputcharset="utf-8"/></backend></retrieval>'
            '<retrieval syntax="usmarc"/></retrievalinfo>'
            '<explain xmlns="http://explain.z3950.org/dtd/2.0/"><serverInfo><host>localhost</host>'
            f"<port>{port}</port><database>Default</database></serverInfo></explain></server></yazgfs>"
        )
        process = subprocess.Popen(
            [peers.program("zebrasrv"), "-f", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        stack.callback(stop, process)
        url = f"http://127.0.0.1:{port}/Default"
        wait_for(url, process)
        yield Zebra(url, peers.Peer("127.0.0.1", port))


def stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait(5)


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        if process.poll() is not None:
            pytest.fail(f"zebrasrv ended with code {process.returncode}")
        with contextlib.suppress(OSError):
            urllib.request.urlopen(url, timeout=2).close()
            return
        time.sleep(0.02)
    pytest.fail("zebrasrv did not answer SRU within 20 s")
