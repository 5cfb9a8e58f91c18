"""The short way through MARCXML gives what the XML parser gives, wherever it is taken."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from gateway.core.errors import DataError
from gateway.records import iso2709, marcxml
from gateway.records.marc import Field, MarcRecord
from gateway.records.marcxml_plain import plain

DATA = Path(os.environ.get("WENYUAN_TEST_DATA", Path(__file__).parents[3] / "shared" / "data"))
SLIM = 'xmlns="http://www.loc.gov/MARC21/slim"'


def parsed(data: bytes) -> MarcRecord:
    """Read by the XML parser."""
    return marcxml.read(etree.fromstring(data))


def same(data: bytes) -> bool:
    """Whether the short way was taken; it must not differ."""
    if plain(data) is None:
        return False
    short, long = marcxml.read(data), parsed(data)
    assert short == long, data
    assert short.damage == long.damage, data
    return True


@pytest.mark.parametrize(
    ("folder", "least"),
    [("sru-catmandu", 50), ("dp2", 20), ("xbib-marc", 700), ("metafacture", 5), ("dedup-melinda-matching", 15)],
)
def test_real_records_are_read_alike(folder: str, least: int) -> None:
    if not (DATA / folder).exists():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{DATA / folder} is missing")
    taken = 0
    for path in sorted((DATA / folder).rglob("*.xml")):
        try:
            root = etree.parse(path, etree.XMLParser(resolve_entities=False, no_network=True)).getroot()
        except etree.XMLSyntaxError:
            continue
        for element in root.iter("{*}record"):
            if element.find("{*}datafield") is not None:
                taken += same(etree.tostring(element, encoding="utf-8", with_tail=False))
    assert taken >= least


def test_written_records_go_the_short_way() -> None:
    path = DATA / "lc-marcedit" / "episodes" / "data" / "marc_sample_data.mrc"
    if not path.exists():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{path} is missing")
    taken = [
        same(marcxml.write(iso2709.read(item.data)))
        for item in iso2709.split(io.BytesIO(path.read_bytes()))
        if not isinstance(item, DataError)
    ]
    assert len(taken) == 536
    assert sum(taken) >= 530


@pytest.mark.parametrize(
    "inner",
    [
        '<datafield tag="245" ind1="1" ind2="0"><subfield code="a">A &amp; &lt;b&gt; &quot;c&apos;'
        "</subfield></datafield>",
        '<datafield ind1="" ind2="#" tag="200"><subfield code="a">one\n   two\tthree</subfield></datafield>',
        '<controlfield tag="001">\n 12 \n</controlfield><datafield tag="200" ind1="^" ind2=" ">'
        '<subfield code="a"></subfield><subfield code="a"> x </subfield></datafield>',
        '<controlfield tag="001">&amp;amp;</controlfield>',
        '<leader>00000nam a2200000   4500</leader><controlfield tag="001">1</controlfield>',
        "<leader>00000nam^a22#####   4500</leader><controlfield tag='001'>1</controlfield>".replace("'", '"'),
        '<leader>short</leader><datafield tag="245" ind1="1" ind2="0"><subfield code="a">红楼梦</subfield></datafield>',
    ],
)
@pytest.mark.parametrize("prefix", ["", "marc:"])
def test_plain_shapes(inner: str, prefix: str) -> None:
    space = SLIM if not prefix else SLIM.replace("xmlns", "xmlns:marc")
    named = inner.replace("</", "\x00").replace("<", f"<{prefix}").replace("\x00", f"</{prefix}")
    assert same(
        f'<?xml version="1.0" encoding="UTF-8"?>\n<{prefix}record {space}>\n{named}\n</{prefix}record>\n'.encode()
    )


@pytest.mark.parametrize(
    "text",
    [
        f"<record {SLIM}><!-- x --><controlfield tag='001'>1</controlfield></record>",
        f'<record {SLIM}><controlfield tag="001"><![CDATA[1]]></controlfield></record>',
        f'<!DOCTYPE record [<!ENTITY a "b">]><record {SLIM}><controlfield tag="001">1</controlfield></record>',
        f'<record {SLIM}><controlfield tag="001">&#49;</controlfield></record>',
        f'<record {SLIM}><controlfield tag="LDR">00000nam a2200000   4500</controlfield></record>',
        f'<record {SLIM}><controlfield tag="001">1]]></controlfield></record>',
        f'<record {SLIM}><controlfield tag="001">1\r\n</controlfield></record>',
        f'<record {SLIM}><datafield tag="245" ind1="1" ind2="0"></datafield></record>',
        f'<collection {SLIM}><record><controlfield tag="001">1</controlfield></record></collection>',
        '<marc:record a="b"><marc:controlfield tag="001">1</marc:controlfield></marc:record>',
        f'<record {SLIM}><controlfield tag="001">1</controlfield>',
        f'<record {SLIM}><controlfield tag="001">1\x01</controlfield></record>',
    ],
)
def test_anything_else_is_left_to_the_parser(text: str) -> None:
    assert plain(text.encode()) is None
    assert plain(b"\xff" + text.encode()) is None


letters = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)


@given(
    st.lists(
        st.tuples(
            st.text("0123456789", min_size=3, max_size=3).filter(lambda tag: tag[:2] != "00"),
            st.sampled_from(" 01#^a"),
            st.lists(st.tuples(st.sampled_from("abcxyz019$"), letters), min_size=1, max_size=4),
        ),
        min_size=1,
        max_size=5,
    ),
    letters,
)
@settings(max_examples=300, deadline=None)
def test_any_record_that_we_write_is_read_alike(
    rows: list[tuple[str, str, list[tuple[str, str]]]], number: str
) -> None:
    fields = [Field.control("001", number), *(Field(tag, mark, " ", parts) for tag, mark, parts in rows)]
    data = marcxml.write(MarcRecord("00000nam a2200000   4500", fields))
    assert marcxml.read(data) == parsed(data)


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_damaged_text_is_never_read_otherwise(data: st.DataObject) -> None:
    whole = marcxml.write(
        MarcRecord("00000nam a2200000   4500", [Field("245", "1", "0", [("a", "x & y"), ("b", "红")])])
    )
    at = data.draw(st.integers(0, len(whole) - 1))
    piece = data.draw(st.sampled_from([b"", b"<", b">", b'"', b"&", b"&lt;", b" ", b"\n", b"<b/>", b"\xff", b"]]>"]))
    broken = whole[:at] + piece + whole[at + data.draw(st.integers(0, 6)) :]
    if plain(broken) is not None and plain(broken)[1]:  # type: ignore[index]
        assert marcxml.read(broken) == parsed(broken), "what the parser refuses must not be read either"
