"""Harvesters that no one here wrote take the joint catalogue: sickle (Python) and Catmandu::OAI (Perl)."""

from __future__ import annotations

import json
import os
import subprocess
import warnings

import pytest

from tests.support import peers

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the first import compiles sources of 2020, which a newer Python warns of
    import sickle

EDITIONS = 375  #: of 450 records: every fifth edition is held twice

pytestmark = [
    pytest.mark.peers,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def catmandu(*arguments: str) -> list[dict]:
    command = [peers.program("catmandu"), "convert", "OAI", *arguments, "to", "JSON"]
    perl = [peers.program("perl"), "-MCatmandu::Importer::OAI", "-e", "1"]
    if subprocess.run(perl, capture_output=True, check=False).returncode:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("Catmandu::OAI is not installed (`make peers` does it)")
    done = subprocess.run(command, capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr.decode()
    found: list[dict] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("prefix", ["oai_dc", "marcxml", "mods"])
def test_sickle_takes_every_record(address, prefix):
    client = sickle.Sickle(address)
    found = list(client.ListRecords(metadataPrefix=prefix))
    assert len(found) == len({record.header.identifier for record in found}) == EDITIONS
    assert not any(record.deleted for record in found)


def test_sickle_asks_everything_else(address):
    client = sickle.Sickle(address)
    assert client.Identify().granularity == "YYYY-MM-DDThh:mm:ssZ"
    assert [each.metadataPrefix for each in client.ListMetadataFormats()] == ["oai_dc", "marcxml", "mods"]
    sets = {each.setSpec for each in client.ListSets()}
    assert sets >= {"library:xian", "library:baoji", "sector:university"}
    of_sets = [
        {head.identifier for head in client.ListIdentifiers(metadataPrefix="oai_dc", set=f"library:{name}")}
        for name in ("xian", "baoji", "daxue")
    ]
    assert len(set.union(*of_sets)) == EDITIONS
    assert sum(map(len, of_sets)) == 450
    identifier = min(of_sets[0])
    record = client.GetRecord(identifier=identifier, metadataPrefix="oai_dc")
    assert "xian" in record.metadata["source"]
    with pytest.raises(sickle.oaiexceptions.NoRecordsMatch):
        client.ListRecords(metadataPrefix="oai_dc", until="2001-01-01")
    with pytest.raises(sickle.oaiexceptions.IdDoesNotExist):
        client.GetRecord(identifier="x", metadataPrefix="oai_dc")
    with pytest.raises(sickle.oaiexceptions.BadResumptionToken):
        client.ListRecords(resumptionToken="x")


def test_catmandu_takes_every_record(address):
    found = catmandu("--url", address, "--metadataPrefix", "oai_dc")
    assert len({each["_identifier"] for each in found}) == len(found) == EDITIONS
    assert all(each["title"] and each["source"] for each in found)


def test_catmandu_takes_marc_with_everybodys_holdings(address):
    found = catmandu("--url", address, "--metadataPrefix", "marcxml", "--handler", "marcxml")
    assert len(found) == EDITIONS
    copies = sum(field[0] == "852" for each in found for field in each["record"])
    assert copies == 450


def test_catmandu_takes_a_set(address):
    found = catmandu("--url", address, "--metadataPrefix", "oai_dc", "--set", "sector:university")
    assert 0 < len(found) < EDITIONS
    assert all("sector:university" in each["_setSpec"] for each in found)
