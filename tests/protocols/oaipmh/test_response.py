"""Answers as a harvester reads them: real ones, broken ones, hostile ones."""

from __future__ import annotations

import contextlib
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.errors import FatalTargetError, RemoteProtocolError, RetriableError
from gateway.protocols.oaipmh import response
from gateway.protocols.oaipmh.dates import Granularity
from gateway.protocols.oaipmh.errors import CODES, OAIError, target_error
from tests.support import peers

NAMESPACE = 'xmlns="http://www.openarchives.org/OAI/2.0/"'
MARC = (
    '<record xmlns="http://www.loc.gov/MARC21/slim"><leader>00000nam a2200000   4500</leader>'
    '<controlfield tag="001">{0}</controlfield>'
    '<datafield tag="245" ind1="0" ind2="0"><subfield code="a">{1}</subfield></datafield></record>'
)


def one(number: int, title: str = "红楼梦", metadata: str | None = None) -> str:
    inner = MARC.format(number, title) if metadata is None else metadata
    return (
        f"<record><header><identifier>oai:x:{number}</identifier><datestamp>2024-01-0{number}</datestamp>"
        f"<setSpec>a:b</setSpec></header><metadata>{inner}</metadata></record>"
    )


def page(*records: str, token: str = "", root: str = NAMESPACE) -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><OAI-PMH {root}><responseDate>2024-02-01T00:00:00Z</responseDate>'
        f'<request verb="ListRecords">http://x/</request><ListRecords>{"".join(records)}{token}</ListRecords></OAI-PMH>'
    ).encode()


TOKEN = '<resumptionToken completeListSize="12" cursor="0"> next </resumptionToken>'


def identifiers(answer: response.ListAnswer) -> list[str]:
    return [record.header.identifier for record in answer.records]


def test_a_page_of_records():
    head = '<header status="deleted"><identifier>oai:x:9</identifier><datestamp>2024-01-09</datestamp></header>'
    gone = f"<record>{head}</record>"
    answer = response.parse_list(page(one(1), gone, token=TOKEN))
    assert identifiers(answer) == ["oai:x:1", "oai:x:9"]
    first, last = answer.records
    assert (first.header.datestamp, first.header.sets, first.header.deleted) == ("2024-01-01", ("a:b",), False)
    assert first.format == "marcxml"
    assert "红楼梦".encode() in first.payload
    assert (last.header.deleted, last.payload) == (True, b"")
    assert (answer.token, answer.total, answer.response_date) == ("next", 12, "2024-02-01T00:00:00Z")
    assert (answer.errors, answer.faults) == ((), ())


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("", ""),
        ("<resumptionToken/>", ""),
        ("<resumptionToken>\n </resumptionToken>", ""),
        ('<resumptionToken completeListSize="x">a&amp;b</resumptionToken>', "a&b"),
    ],
)
def test_tokens(token, expected):
    answer = response.parse_list(page(one(1), token=token))
    assert (answer.token, answer.total) == (expected, None)


@pytest.mark.parametrize(
    ("metadata", "kind"),
    [
        ('<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/"/>', "dc"),
        ('<mods xmlns="http://www.loc.gov/mods/v3"/>', "mods"),
        ('<oai_marc xmlns="http://www.openarchives.org/OAI/1.1/oai_marc"/>', "marcxml"),
        ('<m:record xmlns:m="info:lc/xmlns/marcxchange-v2"/>', "marcxml"),
        ('<!-- first --><rdf xmlns="http://x"/>', "unknown"),
    ],
)
def test_formats_are_seen_by_the_record_itself(metadata, kind):
    (record,) = response.parse_list(page(one(1, metadata=metadata))).records
    assert record.format == kind


def test_records_without_identifier_or_metadata_are_faults():
    bare = "<record><header><identifier>oai:x:5</identifier><datestamp>2024-01-05</datestamp></header></record>"
    nameless = "<record><header><datestamp>2024-01-05</datestamp></header><metadata><a/></metadata></record>"
    answer = response.parse_list(page(bare, nameless, one(1)))
    assert identifiers(answer) == ["oai:x:1"]
    assert len(answer.faults) == 2
    assert "oai:x:5" in answer.faults[0]


# Broken XML

BROKEN = [
    (MARC.format(2, "a").replace("</subfield>", "", 1), "a lost end tag"),
    (MARC.format(2, "<b>bold"), "a lost inner end tag"),
    ("<record><unclosed", "cut off inside of a tag"),
    (MARC.format(2, 'x" y=<'), "a bare less-than"),
]


@pytest.mark.parametrize(("metadata", "what"), BROKEN, ids=[what for _, what in BROKEN])
def test_one_broken_record_does_not_lose_the_page(metadata, what):
    answer = response.parse_list(page(one(1), one(2, metadata=metadata), one(3), token=TOKEN))
    assert identifiers(answer) == ["oai:x:1", "oai:x:3"]
    assert (answer.token, answer.total, answer.response_date) == ("next", 12, "2024-02-01T00:00:00Z")
    (fault,) = answer.faults
    assert "oai:x:2" in fault


@pytest.mark.parametrize(
    ("title", "read"),
    [("R&D", "R&amp;D"), ("caf&eacute;", "caf&amp;eacute;"), ("a & b &lt; c", "a &amp; b &lt; c")],
)
def test_bare_ampersands_and_unknown_entities_are_healed(title, read):
    answer = response.parse_list(page(one(1), one(2, title)))
    assert identifiers(answer) == ["oai:x:1", "oai:x:2"]
    assert read.encode() in answer.records[1].payload
    assert answer.faults == ()


def test_bytes_that_are_not_in_the_encoding_cost_their_character_only():
    body = page(one(1), one(2, "BAD"), one(3)).replace(b"BAD", "文".encode("gbk"))
    answer = response.parse_list(body)
    assert identifiers(answer) == ["oai:x:1", "oai:x:2", "oai:x:3"]
    assert "�".encode() in answer.records[1].payload
    answer = response.parse_list(page(one(1, "红楼梦")).decode().encode("gbk"), charset="gbk")
    assert "红楼梦".encode() in answer.records[0].payload


def test_prefixed_broken_pages_are_salvaged_too():
    text = page(one(1), one(2, metadata="<a><b></a>"), one(3), token=TOKEN).decode()
    for name in ("OAI-PMH", "ListRecords", "responseDate", "request", "header", "identifier", "datestamp", "metadata"):
        text = text.replace(f"<{name}", f"<o:{name}").replace(f"</{name}", f"</o:{name}")
    text = text.replace('xmlns="http://www.openarchives.org', 'xmlns:o="http://www.openarchives.org', 1)
    answer = response.parse_list(text.encode())
    assert identifiers(answer) == ["oai:x:1", "oai:x:3"]
    assert answer.token == "next"


@pytest.mark.parametrize("token", ["", TOKEN])
def test_a_page_cut_off_is_never_the_end_of_the_list(token):
    body = page(one(1), one(2), one(3), token=token)
    for at in range(len(body) - 1):
        try:
            answer = response.parse_list(body[:at])
        except RemoteProtocolError:
            continue
        assert token, "without its end, who knows whether the list goes on?"
        assert answer.token == "next"


# Hostile XML

_BOMB = "".join(f'<!ENTITY b{n} "{f"&b{n - 1};" * 10}">' if n else '<!ENTITY b0 "ha">' for n in range(12))
ATTACKS = {
    "external entity": '<!DOCTYPE OAI-PMH [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    + page(one(1, "&x;")).decode()[38:],
    "billion laughs": f"<!DOCTYPE OAI-PMH [{_BOMB}]>" + page(one(1, "&b11;")).decode()[38:],
    "parameter entity": '<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1:1/x"> %p;]>' + page(one(1)).decode()[38:],
    "late document type": "<!--"
    + "x" * 10_000
    + '--><!DOCTYPE a [<!ENTITY x "y">]>'
    + page(one(1, "&x;")).decode()[38:],
    "deep nesting": page(one(1, metadata="<a>" * 100_000 + "</a>" * 100_000)).decode()[38:],
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_attacks_are_refused_in_bounded_memory(attack):
    body = ATTACKS[attack].encode()
    tracemalloc.start()
    try:
        if attack == "deep nesting":
            answer = response.parse_list(body)  # its record is a fault; the page is not lost
            assert (answer.records, len(answer.faults)) == ((), 1)
        else:
            with pytest.raises(RemoteProtocolError):
                response.parse_list(body)
        assert tracemalloc.get_traced_memory()[1] < 40_000_000
    finally:
        tracemalloc.stop()


def test_an_answer_that_is_too_large_is_refused():
    with pytest.raises(RemoteProtocolError, match="at most"):
        response.parse_list(b" " * (33 * 1024 * 1024))


def test_other_answers_are_refused_with_words():
    with pytest.raises(RemoteProtocolError, match="web page"):
        response.parse_list(b"<!DOCTYPE html><html><title>Login</title></html>")
    with pytest.raises(RemoteProtocolError, match="check the address"):
        response.parse_list(b"<rss/>")
    with pytest.raises(RemoteProtocolError, match="neither a list nor an error"):
        response.parse_list(f"<OAI-PMH {NAMESPACE}><responseDate/></OAI-PMH>".encode())
    with pytest.raises(RemoteProtocolError, match="another question"):
        response.parse_identify(page(one(1)))


@given(st.binary(max_size=300), st.integers(0, 800))
def test_damaged_answers_raise_nothing_else(noise, at):
    body = page(one(1), one(2), token=TOKEN)
    at %= len(body)
    for damaged in (noise, body[:at] + noise + body[at:], body[:at] + noise + body[at + len(noise) :]):
        for read in (response.parse_list, response.parse_identify, response.parse_formats, response.parse_sets):
            with contextlib.suppress(RemoteProtocolError):
                read(damaged)


def test_error_codes_decide():
    for code in CODES:
        assert isinstance(target_error(OAIError(code, "words"), "Lib"), FatalTargetError)
    made = target_error(OAIError("serviceUnavailable", "later"), "Lib")
    assert isinstance(made, RetriableError)
    assert (made.code, "later" in str(made)) == ("oai:serviceUnavailable", True)


# Answers recorded from real servers

RECORDED = {
    "oai-sickle/sickle/tests/sample_data/ListRecords.xml": (2, 1, "ListRecords2.xml", 8),
    "oai-sickle/sickle/tests/sample_data/ListRecords4.xml": (1, 0, "", None),
    "oai-sickle/sickle/tests/sample_data/ListIdentifiers.xml": (2, 1, "ListIdentifiers2.xml", 4),
    "oai-sickle/sickle/tests/sample_data/GetRecord_utf8test.xml": (1, 0, "", None),
    "oai-pyoai/src/oaipmh/tests/fake1/00003.xml": (16, 0, "", None),
    "oai-pyoai/src/oaipmh/tests/fake1/00005.xml": (16, 0, "", None),
    "oai-pyoai/src/oaipmh/tests/fake2/00000.xml": (1, 1, "", None),
    "oai-pyoai/src/oaipmh/tests/fake2/00002.xml": (81, 2, "", None),
    "oai-vufindharvest/tests/fixtures/marc.xml": (100, 0, "fakeresumptiontoken", None),
    "oai-vufindharvest/tests/fixtures/list_records_response.xml": (2, 1, "", None),
    "oai-vufindharvest/tests/fixtures/list_records_token_response.xml": (1, 0, "more", None),
    "oai-folio/ramls/examples/records.sample": (2, 1, "", None),
    "oai-folio/ramls/examples/identifiers.sample": (4, 1, "xxx45abttyz", 6),
    "oai-folio/ramls/examples/record.sample": (1, 0, "", None),
}


@pytest.mark.parametrize("path", RECORDED)
def test_recorded_lists(path):
    answer = response.parse_list(peers.data(path).read_bytes())
    deleted = sum(record.header.deleted for record in answer.records)
    assert (len(answer.records), deleted, answer.token, answer.total) == RECORDED[path]


def test_recorded_list_with_a_long_token():
    path = "oai-vufindharvest/tests/fixtures/oai_doaj.xml"
    answer = response.parse_list(peers.data(path).read_bytes())
    assert (len(answer.records), answer.total) == (100, 2_460_909)
    assert answer.token.startswith("eyJt")


@pytest.mark.parametrize("name", ["bad_verb", "metadata_format", "no_record", "no_records", "resumption_token"])
def test_recorded_errors(name):
    answer = response.parse_list(peers.data(f"oai-folio/ramls/examples/{name}_error.sample").read_bytes())
    assert answer.records == ()
    assert answer.errors[0].code in CODES


def test_recorded_identities():
    found = {
        path: response.parse_identify(peers.data(path).read_bytes())
        for path in (
            "oai-sickle/sickle/tests/sample_data/Identify.xml",
            "oai-vufindharvest/tests/fixtures/identify_response.xml",
            "oai-ruby/test/test.xml",
            "oai-pyoai/src/oaipmh/tests/fake5/00001.xml",
        )
    }
    assert [(one.granularity, one.deleted) for one in found.values()] == [
        (Granularity.DAY, "persistent"),
        (Granularity.SECOND, "transient"),
        (Granularity.DAY, "no"),
        (Granularity.SECOND, "persistent"),
    ]
    assert all(one.name and one.version == "2.0" for one in found.values())


def test_recorded_formats_and_sets():
    sample = "oai-sickle/sickle/tests/sample_data"
    formats = response.parse_formats(peers.data(f"{sample}/ListMetadataFormats.xml").read_bytes())
    assert [each.prefix for each in formats] == ["epicur", "xMetaDissPlus", "oai_dc", "mods", "swepub_mods"]
    sets, token = response.parse_sets(peers.data(f"{sample}/ListSets.xml").read_bytes())
    assert (len(sets), token) == (131, "")
    assert response.parse_sets(peers.data(f"{sample}/noSetHierarchy.xml").read_bytes()).code == "noSetHierarchy"


@pytest.mark.parametrize("folder", ["fake3", "fake4"])
def test_recorded_identities_that_are_broken(folder):
    path: Path = peers.data(f"oai-pyoai/src/oaipmh/tests/{folder}/00001.xml")
    with pytest.raises(RemoteProtocolError, match="cannot be read"):
        response.parse_identify(path.read_bytes())
