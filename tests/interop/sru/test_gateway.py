"""Clients that no one here wrote against /sru of a whole gateway: YAZ, Catmandu::SRU, sruthi, xmllint."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import urllib.parse
import urllib.request
import warnings
from pathlib import Path

import pytest
from lxml import etree

from connectors.sru import connect
from gateway.core.deadline import Deadline
from gateway.protocols.simple import parse_simple
from gateway.settings.targets import target_from_url
from tests.support import peers

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the first import compiles sources of an older Python
    import sruthi

pytestmark = pytest.mark.peers
ROOT = Path(__file__).resolve().parents[3]


async def run(*command: str, stdin: str = "") -> str:
    def call() -> str:
        program = [peers.program(command[0]), *command[1:]]
        done = subprocess.run(program, input=stdin.encode(), capture_output=True, timeout=60, check=False)
        return (done.stdout + done.stderr).decode("utf-8", "replace")

    return await asyncio.to_thread(call)


async def yaz(*lines: str) -> str:
    return await run("yaz-client", stdin="\n".join([*lines, "quit", ""]))


def fetch(url: str, **parameters: str) -> bytes:
    with urllib.request.urlopen(f"{url}?{urllib.parse.urlencode(parameters)}", timeout=20) as answer:
        body: bytes = answer.read()
    return body


@pytest.mark.parametrize("version", ["1.1", "1.2", "2.0"])
@pytest.mark.parametrize("transport", ["get", "post", "soap"])
async def test_yaz_client(gateway: str, transport: str, version: str) -> None:
    said = await yaz(
        f"sru {transport} {version}",
        "querytype cql",
        f"open {gateway}/union",
        "find dc.subject = literature",
        "show 1+2",
        "scan dc.title=history",
        "find dc.title = a sortBy nosuch",
    )
    hits = int(re.findall(r"Number of hits: (\d+)", said)[0])
    assert hits > 10
    assert said.count('xmlns="http://www.loc.gov/MARC21/slim"') >= 2
    assert '<subfield code="a">lib</subfield>' in said
    assert "Sort not supported" in said
    listed = re.findall(r"^(.+): (\d+) inner (.+)$", said, re.MULTILINE)
    assert len(listed) == 20
    assert listed[0] == ("History of Orchid Chapter, 1911-1970", "1", "history of orchid chapter 1911 1970")


async def test_yaz_client_asks_for_facets(gateway: str) -> None:
    said = await yaz(
        "sru get 2.0",
        "querytype cql",
        f"open {gateway}/union",
        "facets @attr 1=wenyuan.language @attr 3=5",
        "find dc.subject = literature",
    )
    assert "Number of hits:" in said
    assert "Facets(1)" in said
    counts = {code: int(number) for code, number in re.findall(r"^    (\w{3}) \((\d+)\)$", said, re.MULTILINE)}
    assert len(counts) == 5
    assert counts["eng"] > 1


@pytest.mark.parametrize("transport", ["get", "post", "soap"])
async def test_zoomsh(gateway: str, transport: str) -> None:
    said = await run(
        "zoomsh",
        stdin="\n".join(
            [
                f"set sru {transport}",
                f"connect {gateway}/lib",
                "search cql:dc.subject=literature",
                "show 0 1",
                "search @attr 1=4 history",
                "quit",
                "",
            ]
        ),
    )
    assert '<datafield tag="245"' in said
    found = [int(number) for number in re.findall(r": (\d+) hits", said)]
    assert len(found) == 2
    assert all(found)


async def test_sruthi(gateway: str) -> None:
    def ask() -> tuple[int, list[str], object]:
        found = sruthi.searchretrieve(f"{gateway}/union", "dc.subject = literature", record_schema="dc")
        titles = [record["title"] for record in found]
        with pytest.raises(sruthi.errors.SruError, match="Unsupported index"):
            len(sruthi.searchretrieve(f"{gateway}/union", "dc.nosuch = a"))
        return found.count, titles, sruthi.explain(f"{gateway}/union")

    count, titles, explain = await asyncio.to_thread(ask)
    assert count > 10
    assert len(titles) == count, "it follows nextRecordPosition to the end"
    assert all(titles)
    assert "title" in explain.index["dc"]  # type: ignore[attr-defined]
    assert {"marcxml", "mods", "union"} <= set(explain.schema)  # type: ignore[attr-defined]


@pytest.mark.parametrize(("schema", "parser"), [("marcxml", "marcxml"), ("mods", "simple"), ("dc", "simple")])
async def test_catmandu(gateway: str, schema: str, parser: str) -> None:
    check = [peers.program("perl"), "-MCatmandu::Importer::SRU", "-e", "1"]
    if (await asyncio.to_thread(subprocess.run, check, capture_output=True, check=False)).returncode:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("Catmandu::SRU is not installed (`make peers` does it)")
    said = await run(
        "catmandu", "convert", "SRU", "--base", f"{gateway}/union", "--query", "dc.subject=literature",
        "--recordSchema", schema, "--parser", parser, "--limit", "7", "--total", "20", "to", "JSON",
    )  # fmt: skip
    records = json.loads(said[said.index("[") :])
    assert len(records) == 20
    assert all(records)
    if schema == "marcxml":
        assert len({record["_id"] for record in records}) == 20
        assert all(any(field[0] == "245" for field in record["record"]) for record in records)


async def test_xmllint_finds_the_records_valid(gateway: str, tmp_path: Path) -> None:
    """MARC 21 slim by its published schema, unions by ours."""
    published = peers.data("xbib-marc", "src", "test", "resources", "org", "xbib", "marc", "MARC21slim.xsd")
    for schema, xsd, tag in (
        ("marcxml", published, "{http://www.loc.gov/MARC21/slim}record"),
        ("union", ROOT / "config" / "schema" / "union-1.xsd", "{urn:wenyuan:union:1}union"),
    ):
        asked = {"operation": "searchRetrieve", "version": "1.2", "query": "cql.allRecords=1", "recordSchema": schema}
        body = await asyncio.to_thread(fetch, f"{gateway}/union", maximumRecords="100", **asked)
        found = list(etree.fromstring(body).iter(tag))
        assert len(found) == 100
        files = []
        for number, record in enumerate(found):
            files.append(tmp_path / f"{schema}{number}.xml")
            files[-1].write_bytes(etree.tostring(record))
        said = await run("xmllint", "--noout", "--nonet", "--schema", str(xsd), *map(str, files))
        assert said.count(" validates\n") == 100, said[:2000]


async def test_our_own_client_takes_a_gateway_as_a_library(gateway: str) -> None:
    connector = connect(target_from_url(f"sru+{gateway}/union?profile=sru-wenyuan&explain=yes"))
    deadline = Deadline.after(20, asyncio.get_running_loop().time())
    try:
        query = parse_simple("subject:literature")
        pages = [page async for page in connector.search(query, start=1, limit=120, deadline=deadline)]
    finally:
        await connector.close()
    raws = [raw for page in pages for raw in page.records]
    assert len(raws) == min(120, pages[0].total) > 10
    assert len({raw.local_id for raw in raws}) == len(raws)
    assert not any(page.diagnostics for page in pages)
