"""Answers of SRU servers: recorded ones of real servers, and those that lie or attack."""

from __future__ import annotations

import os
import resource
from collections import Counter
from pathlib import Path

import pytest

from gateway.core.errors import FatalTargetError, RemoteProtocolError, RetriableError, UnsupportedQueryError
from gateway.core.record import Flavour, RawRecord
from gateway.protocols.sru.diagnostics import MESSAGES, SRUDiagnostic
from gateway.protocols.sru.explain import parse_explain
from gateway.protocols.sru.response import parse_search
from gateway.protocols.sru.safe_xml import MAX_BODY, parse
from gateway.records.normalise import normalise

DATA = Path(os.environ.get("WENYUAN_TEST_DATA", Path(__file__).parents[4] / "shared" / "data"))
MARC = '<record xmlns="http://www.loc.gov/MARC21/slim"><leader>00000nam a2200000   4500</leader></record>'


def answer(records: str, total: int = 1, more: str = "", head: str = "") -> bytes:
    return (
        f'{head}<zs:searchRetrieveResponse xmlns:zs="http://www.loc.gov/zing/srw/"><zs:version>1.2</zs:version>'
        f"<zs:numberOfRecords>{total}</zs:numberOfRecords><zs:records>{records}</zs:records>{more}"
        "</zs:searchRetrieveResponse>"
    ).encode()


def record(data: str, schema: str = "marcxml", packing: str = "xml", more: str = "") -> str:
    return (
        f"<zs:record><zs:recordSchema>{schema}</zs:recordSchema><zs:recordPacking>{packing}</zs:recordPacking>"
        f"<zs:recordData>{data}</zs:recordData>{more}</zs:record>"
    )


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


@pytest.mark.parametrize(
    ("path", "total", "count", "kind", "flavour", "following"),
    [
        ("dp2/dp2Catalog/SRU/sample_cnmarcxml.xml", 42, 10, "marcxml", Flavour.CNMARC, 11),
        ("dp2/dp2Catalog/SRU/sample_unimarcxml.xml", 42, 10, "marcxml", Flavour.UNIMARC, 11),
        ("dp2/dp2Catalog/SRU/sample_marcxml.xml", 239392, 10, "marcxml", None, 11),
        ("dp2/dp2Catalog/SRU/sample_dc.xml", 42, 10, "dc", None, 11),
        ("dp2/dp2Catalog/SRU/sample_mods.xml", 42, 10, "mods", None, 11),
        ("sru-catmandu/t/files/marcxml_ns_prefix.xml", 79446, 5, "marcxml", None, None),
        ("sru-catmandu/t/files/picaxml.xml", 1, 1, "unknown", None, None),
        ("sru-catmandu/t/files/sru_oai_dc.xml", 2, 2, "dc", None, None),
        ("sru-sruthi/tests/fixtures/response_single_sru11.xml", 8985, 1, "dc", None, 2),
        ("sru-sruthi/tests/fixtures/response_multiple_2.xml", 220, 99, "unknown", None, 199),
    ],
)
def test_recorded_answers(
    path: str, total: int, count: int, kind: str, flavour: Flavour | None, following: int | None
) -> None:
    file = DATA / path
    if not file.exists():
        if os.environ.get("CI"):
            pytest.fail(f"{file} is missing")
        pytest.skip(f"{file} is missing")
    got = parse_search(file.read_bytes())
    assert (got.total, len(got.records), got.next_position) == (total, count, following)
    assert {(each.format, each.flavour) for each in got.records} == {(kind, flavour)}
    assert not got.faults
    for each in got.records:
        parse(each.payload)  # every payload is a document of its own


@pytest.mark.parametrize(
    ("folder", "files", "formats"),
    [
        ("sru-sruthi", 5, {"dc": 33, "unknown": 1}),
        ("sru-catmandu", 10, {"marcxml": 52, "mods": 5, "dc": 2, "unknown": 1}),
        ("metafacture", 6, {"marcxml": 8}),
        ("xbib-marc", 6, {"marcxml": 26, "unknown": 4}),
        ("dedup-melinda-matching", 23, {"marcxml": 25}),
    ],
)
def test_every_recorded_answer_is_read_whole(folder: str, files: int, formats: dict[str, int]) -> None:
    """DNB, ZDB, K10plus, LoC, Zurich's archives, Melinda and others, as they were recorded by other projects."""
    if not (DATA / folder).exists():
        if os.environ.get("CI"):
            pytest.fail(f"{DATA / folder} is missing")
        pytest.skip(f"{DATA / folder} is missing")
    found: Counter[str] = Counter()
    answers = 0
    for path in sorted((DATA / folder).rglob("*")):
        body = path.read_bytes() if path.is_file() else b""
        if body.lstrip()[:1] != b"<" or b"searchRetrieveResponse" not in body[:3000]:
            continue
        answers += 1
        got = parse_search(body, str(path))
        assert not got.faults, path
        for each in got.records:
            found[each.format] += 1
            if each.format == "unknown":
                continue
            raw = RawRecord("x", each.payload, each.format, each.flavour, "utf-8", each.identifier or "1")
            assert normalise(raw).id, path
    assert (answers, found) == (files, formats)


def test_recorded_explain_of_alma() -> None:
    file = DATA / "sru-sruthi/tests/fixtures/test_explain_with_zr2_namespace.xml"
    if not file.exists():
        if os.environ.get("CI"):
            pytest.fail(f"{file} is missing")
        pytest.skip(f"{file} is missing")
    got = parse_explain(file.read_bytes())
    assert got.database == "TR_INTEGRATION_INST"
    assert (got.default_records, got.max_records) == (10, 50)
    assert "alma.title" in got.indexes
    assert got.knows_index("ALMA.Title")
    assert got.knows_index("title")
    assert not got.knows_index("dc.title")
    assert ("dc", "info:srw/schema/1/dc-v1.1") in got.schemas
    assert "==" in got.relations


@pytest.mark.parametrize("packing", ["xml", "string"])
def test_what_is_in_the_packing_counts_not_what_is_said(packing: str) -> None:
    for data in (MARC, escaped(MARC), f"<![CDATA[{MARC}]]>", escaped('<?xml version="1.0" encoding="GBK"?>' + MARC)):
        got = parse_search(answer(record(data, packing=packing)))
        assert [each.format for each in got.records] == ["marcxml"]
        assert b"<leader>00000nam a2200000   4500</leader>" in got.records[0].payload


def test_details_of_records() -> None:
    more = "<zs:recordIdentifier>id7</zs:recordIdentifier><zs:recordPosition>7</zs:recordPosition>"
    collection = f'<collection xmlns="http://www.loc.gov/MARC21/slim">{MARC}</collection>'
    got = parse_search(answer(record(collection, more=more)))
    assert (got.records[0].identifier, got.records[0].position) == ("id7", 7)
    assert got.records[0].payload.startswith(b"<record")


def test_surrogate_diagnostics_and_unreadable_records_take_their_places() -> None:
    surrogate = (
        '<diagnostic xmlns="http://www.loc.gov/zing/srw/diagnostic/"><uri>info:srw/diagnostic/1/64</uri>'
        "<details>d</details></diagnostic>"
    )
    got = parse_search(answer(record(MARC) + record(surrogate) + record(escaped("<broken>")) + record(""), total=4))
    assert len(got.records) == 1
    assert [each.number for each in got.surrogates] == [64]
    assert len(got.faults) == 2
    assert got.delivered == 4


def test_soap_envelopes_are_opened() -> None:
    envelope = b'<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body>%s</S:Body></S:Envelope>'
    assert len(parse_search(envelope % answer(record(MARC))).records) == 1
    with pytest.raises(RemoteProtocolError, match="out of order"):
        parse_search(envelope % b"<S:Fault><faultstring>out of order</faultstring></S:Fault>")
    with pytest.raises(RemoteProtocolError, match="nothing in it"):
        parse_search(envelope % b"")


ENTITIES = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">%s]>'
BILLION = ENTITIES % "".join(f'<!ENTITY {chr(99 + n)} "{f"&{chr(98 + n)};" * 10}">' for n in range(9))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"hello", "cannot be read"),
        (b"<html><head><title>Welcome</title></head><body/></html>", "web page.*Welcome"),
        (b"<!DOCTYPE html><html><title>It &amp; I</title></html>", "web page.*It & I"),
        (b"<!DOCTYPE x SYSTEM 'file:///etc/passwd'><x/>", "document type"),
        (b'<?xml version="1.0"?>\n<!-- a --><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>', "docum"),
        (BILLION.encode() + b"<x>&k;</x>", "document type"),
        (
            f'<?xml version="1.0" encoding="utf-16"?>{BILLION}<x>&k;</x>'.encode("utf-16"),
            "document type|cannot be read",
        ),
        (b"<searchRetrieveResponse>", "cannot be read"),
        (b"<a>" * 10_000, "cannot be read"),
        (b"<a>" * 10_000 + b"</a>" * 10_000, "cannot be read.*depth"),
        (b"<x>" + b"a" * 11_000_000 + b"</x>", "cannot be read"),
        (b"<x " + b" ".join(b'a%d="1"' % n for n in range(100)) + b' a0="2"/>', "cannot be read"),
        ("<x>".encode("utf-16-le") + b"\xff", "not utf-8 as it claims"),
        (b"<other/>", "'other' instead"),
        (b'<?xml version="1.0" encoding="klingon"?><x/>', "encoding that is not known: klingon"),
        (b'<?xml version="1.0" encoding="utf-8"?><x>\xba\xec\xc2\xa5</x>', "not utf-8 as it claims"),
        (b"<x>\xff</x>", "not utf-8 as it claims.*record_charset"),
    ],
)
def test_hostile_and_broken_answers_are_refused_in_words(body: bytes, reason: str) -> None:
    with pytest.raises(RemoteProtocolError, match=f"(?s)Some library.*{reason}"):
        parse_search(body, "Some library")


def test_an_answer_over_the_limit_is_not_parsed() -> None:
    with pytest.raises(RemoteProtocolError, match="at most"):
        parse(b"<x>" + b" " * MAX_BODY)


@pytest.mark.parametrize("root", ["<x>&k;</x>", '<x y="&k;"/>', "<x>&b;</x>"])
def test_a_document_type_behind_a_long_comment_is_refused_in_bounded_memory(root: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(RemoteProtocolError, match=r"document type|cannot be read"):
        parse(f"<!--{'-a' * 4000}-->{BILLION}{root}".encode())
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kB; the bomb would be 10 GB


def test_latin_and_gbk_in_utf8_clothes_are_read_when_the_charset_is_known() -> None:
    body = answer(record(MARC.replace("<leader>", "<controlfield tag='001'>红楼梦</controlfield><leader>")))
    head = b'<?xml version="1.0" encoding="UTF-8"?>'
    got = parse_search(head + body.decode().encode("gbk"), charset="gbk")
    assert "红楼梦" in got.records[0].payload.decode()
    latin = answer(record(MARC.replace("<leader>", "<controlfield tag='001'>Müller</controlfield><leader>")))
    got = parse_search(head + latin.decode().encode("latin-1"), charset="latin-1")
    assert "Müller" in got.records[0].payload.decode()
    got = parse_search(head + body, charset="gbk")  # it is what it claims to be: the charset is not used
    assert "红楼梦" in got.records[0].payload.decode()


@pytest.mark.parametrize("mark", ["\x1b", "\x00", "&#31;", "&#x1F;", "&#x1f;"])
def test_characters_that_xml_forbids_lose_no_record(mark: str) -> None:
    data = MARC.replace("nam", f"n{mark}m")
    got = parse_search(answer(record(data) + record(MARC), total=2))
    assert len(got.records) == 2
    assert b"n m" in got.records[0].payload


@pytest.mark.parametrize(
    ("uri", "kind"),
    [
        ("info:srw/diagnostic/1/2", RetriableError),
        ("info:srw/diagnostic/1/3", FatalTargetError),
        ("info:srw/diagnostic/1/16", UnsupportedQueryError),
        ("16", UnsupportedQueryError),
        ("info:srw/diagnostic/1/66", FatalTargetError),
        ("info:srw/diagnostic/12/16", FatalTargetError),
        ("http://example.org/very-bad", FatalTargetError),
        ("", FatalTargetError),
    ],
)
def test_a_diagnostic_is_an_error_of_its_class(uri: str, kind: type[Exception]) -> None:
    error = SRUDiagnostic(uri, "detail").error("Some library")
    assert type(error) is kind
    assert "Some library" in str(error)
    assert "detail" in str(error)


def test_every_number_has_its_wording() -> None:
    for number, words in MESSAGES.items():
        assert SRUDiagnostic.standard(number).words == words
        assert SRUDiagnostic(str(number), message="in other words").words == words
    assert SRUDiagnostic("x:1", message="in its own words").words == "in its own words"
