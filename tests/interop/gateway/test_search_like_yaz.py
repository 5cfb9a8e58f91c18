"""``wenyuan search`` and yaz-client, both against one Zebra over real MARC 21 records: the same hits."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import peers

pytestmark = pytest.mark.peers

#: (our words, our syntax, the same in PQF): title, author, ISBN, subject, Boolean, truncation, phrase.
QUERIES = (
    ("title:jazz", "simple", "@attr 1=4 jazz"),
    ("author:davis", "simple", "@attr 1=1003 davis"),
    ("title = blues and title = jazz", "cql", "@and @attr 1=4 blues @attr 1=4 jazz"),
    ("title = jazz or title = piano", "cql", "@or @attr 1=4 jazz @attr 1=4 piano"),
    ("title = jazz not author = davis", "cql", "@not @attr 1=4 jazz @attr 1=1003 davis"),
    ('title:"jazz piano"', "simple", '@attr 1=4 @attr 4=1 "jazz piano"'),
    ("title:improvis*", "simple", "@attr 1=4 @attr 5=1 improvis"),
    ("subject:jazz", "simple", "@attr 1=21 jazz"),
    ('subject:"jazz musicians"', "simple", '@attr 1=21 @attr 4=1 "jazz musicians"'),
    ("isbn:{isbn}", "simple", "@attr 1=7 {isbn}"),
    ("music", "simple", "@attr 1=1016 music"),
    ("author = armstrong and subject = jazz", "cql", "@and @attr 1=1003 armstrong @attr 1=21 jazz"),
)


@pytest.fixture(scope="module")
def zebra(tmp_path_factory):
    with peers.zebra([peers.data(*_FILE)], tmp_path_factory.mktemp("zebra")) as peer:
        yield peer


_FILE = ("evergreen", "Open-ILS", "tests", "datasets", "jazz_1k.mrc")


def ours(peer: peers.Peer, query: str, syntax: str) -> int:
    command = [
        str(Path(sys.executable).with_name("wenyuan")), "search", "--json", "--size", "1", "--syntax", syntax,
        "--target", f"z3950://{peer.address}?id=zebra&max_records=1", query,
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    (target,) = json.loads(done.stdout)["targets"]
    assert target["state"] == "ok", target
    return int(target["hits"])


def theirs(peer: peers.Peer, pqf: str) -> int:
    printed = peers.yaz_client(peer, f"find {pqf}")
    found = re.search(r"Number of hits: (\d+)", printed)
    assert found, printed
    return int(found.group(1))


@pytest.mark.parametrize(("query", "syntax", "pqf"), QUERIES, ids=[query for query, _, _ in QUERIES])
def test_the_same_hits(zebra, query, syntax, pqf):
    isbn = "0195090225"
    expected = theirs(zebra, pqf.format(isbn=isbn))
    assert ours(zebra, query.format(isbn=isbn), syntax) == expected


def test_the_queries_find_something(zebra):
    """A comparison of nothing with nothing would prove little."""
    found = [theirs(zebra, pqf.format(isbn="0195090225")) for _, _, pqf in QUERIES]
    assert sum(1 for hits in found if hits > 0) >= 10, found
