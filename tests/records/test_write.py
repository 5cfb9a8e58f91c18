import pytest

from gateway.core.errors import DataError
from gateway.core.record import Contributor, Identifier, Publication, RawRecord, Record, Subject, Title, TitleKind
from gateway.records import iso2709, lines, marcjson, marcxml, write
from gateway.records.normalise import normalise

TEXT = "001 7\n200 1# $a红楼梦$f曹雪芹著\n905 ## $aXA$b1{dollar}2\n"


def test_own_bytes_come_back_whole() -> None:
    marc = lines.read(TEXT)
    record = normalise(RawRecord("lib", iso2709.write(marc)))
    assert iso2709.read(write.to_iso2709(record)) == iso2709.read(iso2709.write(marc))
    assert marcxml.read(write.to_marcxml(record)).fields() == marc.fields()
    assert marcjson.read(write.to_marcjson(record)).fields() == marc.fields()
    assert "红楼梦".encode("gbk") in write.to_iso2709(record, "gbk")


def test_lines_are_read_as_written() -> None:
    marc = lines.read(TEXT)
    assert marc.fields("905")[0].get("b") == "1$2"
    assert lines.read(lines.write(marc)).fields() == marc.fields()
    assert [found.control("001") for found in lines.iterate("001 1\n\n# comment\n\n001 2\n")] == ["1", "2"]
    with pytest.raises(DataError, match="Line 2"):
        lines.read("001 1\nnonsense\n")
    with pytest.raises(DataError, match="no subfields"):
        lines.read("200 1# text")
    with pytest.raises(DataError):
        lines.read("\n")


def test_a_record_without_bytes_is_built_in_marc21() -> None:
    record = Record(
        id="lib:1",
        source="lib",
        local_id="1",
        titles=(Title("红楼梦", other=("校注本",), part_number="上"), Title("Dream", TitleKind.PARALLEL)),
        responsibility="曹雪芹著",
        contributors=(Contributor("曹雪芹", "aut", "著", primary=True, nationality="清"), Contributor("高鹗", "aut")),
        identifiers=(Identifier("isbn", "9787020002207", price="CNY59.70"), Identifier("oclc", "12")),
        publications=(Publication("北京", "人民文学出版社", "2008"),),
        year=2008,
        extent="2册",
        subjects=(Subject(("小说", "中国")),),
        languages=("chi",),
        edition="第3版",
    )
    again = normalise(RawRecord("lib", write.to_iso2709(record)))
    for name in ("id", "responsibility", "publications", "year", "extent", "languages", "edition"):
        assert getattr(again, name) == getattr(record, name), name
    assert (again.title.text, again.title.other, again.title.part_number) == ("红楼梦", ("校注本",), "上")
    assert [(c.name, c.role) for c in again.contributors] == [("曹雪芹", "aut"), ("高鹗", "aut")]
    assert {(i.scheme, i.value) for i in again.identifiers} == {("isbn", "9787020002207"), ("oclc", "12")}
    assert again.subjects[0].parts == ("小说", "中国")


def test_broken_json_is_a_data_error() -> None:
    for payload in (b"[]", b"{", b'{"fields": [{"245": 3}]}', b'{"fields": 3}'):
        with pytest.raises(DataError):
            marcjson.read(payload)


@pytest.mark.parametrize("half", [b"\\ud840", b"\xed\xa1\x80"])
def test_half_a_surrogate_pair_in_json_is_told_and_can_be_written(half: bytes) -> None:
    payload = b'{"leader": "", "fields": [{"200": {"ind1": " ", "ind2": " ", "subfields": [{"a": "a%b"}]}}]}' % half
    marc = marcjson.read(payload)
    assert marc.fields("200")[0].get("a").strip("\ufffd") == "a"
    assert marc.damage == ("undecodable: characters were lost before this record came here (200)",)
    assert marcjson.read(marcjson.write(marc)) == marc
