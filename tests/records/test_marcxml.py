"""MARCXML and relatives: namespaces, dialects, streams, faults, and nothing from outside the document."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from gateway.core.errors import DataError
from gateway.records import marcxml
from gateway.records.marc import Field, MarcRecord

_BODY = """<{p}leader>00000nam0 2200000   450 </{p}leader><{p}controlfield tag="001">0001</{p}controlfield>
<{p}datafield tag="200" ind1="1" ind2=" ">
  <{p}subfield code="a">红楼梦</{p}subfield><{p}subfield code="f">曹雪芹著</{p}subfield></{p}datafield>"""
_FIELDS = [Field.control("001", "0001"), Field("200", "1", " ", [("a", "红楼梦"), ("f", "曹雪芹著")])]


@pytest.mark.parametrize(
    "document",
    [
        f"<record>{_BODY.format(p='')}</record>",
        f'<record xmlns="http://www.loc.gov/MARC21/slim">{_BODY.format(p="")}</record>',
        f'<collection xmlns="http://www.nlc.cn/"><record>{_BODY.format(p="")}</record></collection>',
        f'<m:record xmlns:m="info:lc/xmlns/marcxchange-v1">{_BODY.format(p="m:")}</m:record>',
        f'<srw:recordData xmlns:srw="http://www.loc.gov/zing/srw/"><record>{_BODY.format(p="")}</record></srw:recordData>',
    ],
)
def test_records_of_every_namespace_and_none(document: str) -> None:
    record = marcxml.read(document.encode())
    assert record.fields() == _FIELDS
    assert record.leader == "00000nam0 2200000   450 "
    assert record.damage == ()
    assert list(marcxml.iterate(io.BytesIO(document.encode()))) == [record]


def test_the_oai_marc_dialect_and_carets_for_blanks() -> None:
    document = (
        '<oai_marc><fixfield id="LDR">^^^^^nam0^22^^^^^^^^450^</fixfield><fixfield id="001">0001</fixfield>'
        '<varfield id="200" i1="1" i2=" "><subfield label="a">红楼梦</subfield>'
        '<subfield label="f">曹雪芹著</subfield></varfield></oai_marc>'
    )
    record = marcxml.read(document.encode())
    assert record.fields() == _FIELDS
    assert record.leader[5:9] == "nam0"


def test_a_collapsed_leader_is_put_right_and_told() -> None:
    record = marcxml.read(
        f"<record>{_BODY.format(p='')}</record>".replace("00000nam0 2200000   450 ", "nam 22 450").encode()
    )
    assert len(record.leader) == 24
    assert record.leader[5:8] == "nam"
    assert [item.split(":")[0] for item in record.damage] == ["bad-leader"]


def test_writing_is_deterministic_and_escapes() -> None:
    record = MarcRecord("00000nam a2200000 i 4500", [Field("245", '"', "<", [("a", 'A & B < "C"\x0b\r\n')])])
    data = marcxml.write(record)
    assert b"&amp; B &lt;" in data
    assert marcxml.read(data).fields()[0].get("a") == 'A & B < "C"\ufffd'


def test_no_entity_is_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    document = (
        f'<!DOCTYPE record [<!ENTITY x SYSTEM "{secret.as_uri()}"><!ENTITY a "aaaaaaaaaa">'
        '<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
        '<record><controlfield tag="001">1</controlfield><datafield tag="245" ind1=" " ind2=" ">'
        '<subfield code="a">&x;&b;</subfield></datafield></record>'
    ).encode()
    results = [*marcxml.iterate(io.BytesIO(document))]
    try:
        results.append(marcxml.read(document))
    except DataError as error:
        results.append(error)
    assert results
    assert all("secret" not in repr(item.fields()) for item in results if isinstance(item, MarcRecord))
    assert all("aaaa" not in repr(item.fields()) for item in results if isinstance(item, MarcRecord))


def test_a_broken_document_gives_what_is_before_the_break() -> None:
    one = f"<record>{_BODY.format(p='')}</record>"
    found = list(marcxml.iterate(io.BytesIO(f"<collection>{one}{one}<record><bad></collection>".encode())))
    assert [type(item) for item in found] == [MarcRecord, MarcRecord, DataError]


@pytest.mark.parametrize(
    "data", [b"", b"text", b"<a/>", b"<record/>", b"<record><leader>x</leader></record>", b"\xff\xfe"]
)
def test_what_is_no_record_is_refused(data: bytes) -> None:
    with pytest.raises(DataError):
        marcxml.read(data)


def test_a_record_with_illegal_characters_is_kept_and_told() -> None:
    document = f"<record>{_BODY.format(p='')}</record>".replace("红楼梦", "红楼梦&#x1; & 红学")
    record = marcxml.read(document.encode())
    assert record.fields()[1].get("a").startswith("红楼梦")
    assert record.fields()[1].get("f") == "曹雪芹著"
    assert record.damage[0].startswith("bad-xml: ")


class _Endless:
    """An XML stream of records that are given piece by piece; counts what is asked for."""

    def __init__(self, record: bytes, count: int) -> None:
        self._pieces = iter([b"<collection>", *([record] * count), b"</collection>"])

    def read(self, size: int, /) -> bytes:
        return next(self._pieces, b"")


def test_a_long_stream_is_read_and_an_endless_record_is_bounded() -> None:
    one = f"<record>{_BODY.format(p='')}</record>".encode()
    assert sum(isinstance(item, MarcRecord) for item in marcxml.iterate(_Endless(one, 3000))) == 3000
    found = list(marcxml.iterate(_Endless(b"<record>" + b"<x/>" * 1000, 500), limit=100_000))
    assert len(found) == 1
    assert isinstance(found[0], DataError)
