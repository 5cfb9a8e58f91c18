"""The main job from outside: ``wenyuan demo`` as a process, asked over HTTP."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

WENYUAN = str(Path(sys.executable).with_name("wenyuan"))


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """The address of a running demo, and what it printed."""
    log = tmp_path_factory.mktemp("demo") / "log"
    with log.open("wb") as out:
        process = subprocess.Popen([WENYUAN, "demo", "--port", "0", "--z3950-port", "0"], stdout=out, stderr=out)
    try:
        until = time.monotonic() + 90
        while "Stop with Ctrl-C" not in log.read_text(encoding="utf-8"):
            assert process.poll() is None, log.read_text(encoding="utf-8")
            assert time.monotonic() < until, log.read_text(encoding="utf-8")
            time.sleep(0.1)
        printed = log.read_text(encoding="utf-8")
        found = re.search(r"Wenyuan is at (http://\S+?)/\n", printed)
        assert found
        yield found.group(1), printed
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0, log.read_text(encoding="utf-8")


def search(address, query):
    parameters = urllib.parse.urlencode({"q": query, "format": "json", "size": 50})
    with urllib.request.urlopen(f"{address}/search?{parameters}", timeout=30) as response:
        return json.load(response)


def test_one_title_in_three_scripts_gives_the_same_union_records(demo):
    address, _ = demo
    answers = [search(address, query) for query in ("红楼梦", "紅樓夢", "紅楼夢")]
    shapes = [
        {record["id"]: sorted({holding["source"] for holding in record["holdings"]}) for record in answer["records"]}
        for answer in answers
    ]
    assert shapes[0] == shapes[1] == shapes[2]
    assert max(len(libraries) for libraries in shapes[0].values()) >= 9
    flavours = {m["flavour"] for r in answers[0]["records"] for m in r["members"]}
    charsets = {m["charset"] for r in answers[0]["records"] for m in r["members"]}
    assert flavours == {"marc21", "unimarc", "cnmarc"} or flavours == {"marc21", "cnmarc"}
    assert {"gbk", "utf-8", "marc-8"} <= charsets


def test_every_library_is_accounted_for(demo):
    address, _ = demo
    targets = {target["id"]: target for target in search(address, "红楼梦")["targets"]}
    assert len(targets) >= 8
    slow, down = targets.pop("yulin"), targets.pop("yanan")
    assert slow["state"] == "ok" and slow["diagnostic"]["kind"] == "slow"
    assert down["state"] in ("error", "suspended")
    assert "refuses connections" in down["diagnostic"]["message"] + down["diagnostic"].get("detail", "")
    for target in targets.values():
        assert (target["state"], target["returned"]) == ("ok", target["hits"]), target


def test_the_demo_prints_what_to_try(demo):
    address, printed = demo
    tries = [urllib.parse.unquote(q) for q in re.findall(r"/search\?q=(\S+?)\s+\(", printed)]
    assert len(tries) == 3
    for query in tries:
        assert search(address, query)["total"] > 0, query
    assert re.search(r"Z39\.50 server at \S+:\d+/", printed)


def test_facets_narrow(demo):
    address, _ = demo
    everything = search(address, "红楼梦")
    assert {"library", "form", "language", "year", "subject"} <= everything["facets"].keys()
    value = everything["facets"]["language"][-1]
    parameters = urllib.parse.urlencode({"q": "红楼梦", "format": "json", "filter": f"language:{value['value']}"})
    with urllib.request.urlopen(f"{address}/search?{parameters}", timeout=30) as response:
        assert json.load(response)["total"] == value["count"]
