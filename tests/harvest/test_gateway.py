"""From door to door: one gateway gives its joint catalogue, another harvests it, by command and by itself."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from gateway.app import Addresses, running
from gateway.cli.main import main
from gateway.core.target import Target
from gateway.frontends.oai.formats import FORMATS
from gateway.protocols.oaipmh.errors import CODES
from gateway.protocols.oaipmh.server_request import VERBS
from gateway.records.normalise import normalise
from gateway.settings import GatewaySettings, target_from_url
from gateway.union import Unifier
from tests.support.world import raw

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "protocols" / "oai-pmh.md"


@pytest.fixture
async def giving(tmp_path: Path) -> AsyncIterator[Addresses]:
    """A gateway with three records of two libraries in two editions."""
    settings = GatewaySettings(port=0, z3950_port=-1, data=tmp_path / "giving", oai_domain="giving.example")
    async with running(settings, [Target("xian", "file", name={"zh": "西安图书馆"}, enabled=False)]) as addresses:
        records = [("xian", 1, "红楼梦"), ("baoji", 1, "红楼梦"), ("xian", 2, "西游记")]
        await Unifier(addresses.federation.index).add(
            [normalise(raw(source, number, title, "某某著")) for source, number, title in records]
        )
        yield addresses


async def get(addresses: Addresses, query: str) -> str:
    async with aiohttp.ClientSession() as session, session.get(f"{addresses.url}/oai?{query}") as response:
        assert response.status == 200
        return await response.text()


async def test_the_gateway_gives_its_catalogue(giving):
    assert f"<baseURL>{giving.url}/oai</baseURL>" in await get(giving, "verb=Identify")
    assert "西安图书馆" in await get(giving, "verb=ListSets")
    listed = await get(giving, "verb=ListRecords&metadataPrefix=marcxml")
    assert listed.count("<header>") == 2
    assert "oai:giving.example:w" in listed


async def test_wenyuan_harvest(giving, tmp_path, capsys):
    place = ["--data", str(tmp_path / "taking")]
    target = ["--target", f"oai+{giving.url}/oai?id=joint&prefix=marcxml"]
    assert await asyncio.to_thread(main, ["harvest", *target, *place]) == 0
    assert "2 records in 2 union records" in capsys.readouterr().out
    assert await asyncio.to_thread(main, ["harvest", *target, *place, "--status", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["harvests"][0]["received"] == 2
    assert told["index"]["records"] == 2
    never = ["--target", "oai+http://127.0.0.1:1/x?set=a"]
    assert await asyncio.to_thread(main, ["harvest", *never, *place, "--status"]) == 0
    assert "never" in capsys.readouterr().out
    assert await asyncio.to_thread(main, ["harvest", "--target", "z3950://127.0.0.1:1/x", *place]) == 2
    assert "can be harvested" in capsys.readouterr().err


async def test_a_serving_gateway_harvests_by_itself(giving, tmp_path):
    settings = GatewaySettings(port=0, z3950_port=-1, data=tmp_path / "serving", harvest_every=0.05)
    joint = target_from_url(f"oai+{giving.url}/oai?id=joint&overlap=0")
    async with running(settings, [joint]) as taking:
        index = taking.federation.index
        async with asyncio.timeout(60):
            while (await index.statistics())["records"] < 2:  # noqa: ASYNC110 - another process's work is waited for
                await asyncio.sleep(0.05)
            gone = normalise(raw("xian", 2, "西游记", "某某著")).id
            await Unifier(giving.federation.index).delete([gone])
            while (await index.statistics())["records"] > 1:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        listed = await get(taking, "verb=ListRecords&metadataPrefix=oai_dc")
        assert listed.count('status="deleted"') == 1


def test_the_document_says_what_the_provider_does():
    text = DOCUMENT.read_text(encoding="utf-8")
    told = {
        row[0]: re.findall(r"`([^`]+)`", row[1]) for row in re.findall(r"^\| (\w+) \| (.+) \|$", text, re.MULTILINE)
    }
    assert set(told["Verbs"]) == set(VERBS)
    assert told["Formats"] == list(FORMATS)
    assert set(told["Errors"]) == set(CODES) - {"noMetadataFormats", "noSetHierarchy"}
    for name in ("prefix", "set", "overlap", "strip"):
        assert f"`{name}`" in text
