import copy
import pickle

import pytest

from gateway.core.codec import parse, plain
from gateway.core.errors import DataError
from gateway.core.record import Flavour, Holding, RawRecord, Record
from gateway.records import iso2709, lines
from gateway.records.labels import table
from gateway.records.normalise import normalise
from gateway.records.quality import explain, severity

CNMARC = """001 42
010 ## $a978-7-02-000220-7$dCNY59.70
100 ## $a20080101d2008    em y0chiy50      ea
101 0# $achi
200 1# $a红楼梦$Ahong lou meng$f(清) 曹雪芹著
210 ## $a北京$c人民文学出版社$d2008
701 #0 $a曹雪芹$c清$4著
801 #0 $aCN$bBNU
905 ## $aXALIB$b0010201-3$dI242.4
"""


def record(text: str = CNMARC, **known: object) -> Record:
    return normalise(RawRecord("lib", iso2709.write(lines.read(text)), **known))  # type: ignore[arg-type]


def test_lazy_record_is_the_record_it_stands_for() -> None:
    lazy = record()
    stored = parse(Record, plain(record()))
    assert type(stored) is Record
    assert lazy == stored
    assert stored == lazy
    assert repr(lazy) == repr(stored)
    assert pickle.loads(pickle.dumps(lazy)) == stored
    assert copy.copy(lazy) == stored
    assert lazy != record(CNMARC.replace("红楼梦", "紅樓夢"))
    with pytest.raises(TypeError):
        hash(lazy)
    with pytest.raises(AttributeError):
        lazy.no_such_thing  # type: ignore[attr-defined]  # noqa: B018


def test_identifier_comes_from_outside_then_001_then_content() -> None:
    assert record().id == "lib:42"
    assert record(local_id="oai:7").id == "lib:oai:7"
    nameless = CNMARC.replace("001 42\n", "")
    first, again = record(nameless), record(nameless)
    assert first.id == again.id != record(nameless.replace("2008", "2009")).id
    assert [found.code for found in first.warnings] == ["no-local-id"]


@pytest.mark.parametrize(
    ("text", "declared", "flavour"),
    [
        (CNMARC, None, Flavour.CNMARC),
        (CNMARC, Flavour.MARC21, Flavour.CNMARC),
        (CNMARC + "008 080101s2008\n", None, Flavour.CNMARC),
        ("001 1\n101 0# $afre\n200 1# $aL'étranger\n", None, Flavour.UNIMARC),
        ("001 1\n101 0# $afre\n200 1# $aL'étranger\n", Flavour.CNMARC, Flavour.CNMARC),
        ("001 1\n245 10 $aThe stranger\n", Flavour.UNIMARC, Flavour.MARC21),
        ("001 1\n500 ## $anothing\n", Flavour.UNIMARC, Flavour.UNIMARC),
        ("001 1\n500 ## $anothing\n", None, Flavour.MARC21),
    ],
)
def test_flavour_is_seen_in_the_record(text: str, declared: Flavour | None, flavour: Flavour) -> None:
    assert record(text, flavour=declared).flavour is flavour


def test_other_flavour_than_declared_is_said() -> None:
    assert "flavour-mismatch" in [found.code for found in record(flavour=Flavour.MARC21).warnings]
    assert "flavour-mismatch" not in [found.code for found in record(flavour=Flavour.UNIMARC).warnings]


def test_holdings_beside_the_record_win_and_get_its_source() -> None:
    beside = Holding(library="总馆", barcode="9", status="available")
    found = record(holdings=(beside,)).holdings
    assert [(h.source, h.barcode) for h in found] == [("lib", "9")]
    assert [h.barcode for h in record().holdings] == ["0010201", "0010202", "0010203"]


def test_raw_is_kept() -> None:
    raw = RawRecord("lib", iso2709.write(lines.read(CNMARC)))
    assert normalise(raw).raw is raw


@pytest.mark.parametrize("payload", [b"", b"   ", b"<html>", b"<a/>"])
def test_nothing_readable_is_a_data_error(payload: bytes) -> None:
    for kind in ("iso2709", "marcxml", "marcjson", "mods", "dc"):
        if (kind, payload) in (("dc", b"<a/>"), ("mods", b"<a/>")):
            continue
        with pytest.raises(DataError):
            normalise(RawRecord("lib", payload, kind))
    with pytest.raises(DataError, match="not known"):
        normalise(RawRecord("lib", b"x", "pdf"))


@pytest.mark.parametrize("kind", ["iso2709", "unknown"])
def test_format_is_seen_when_nobody_tells(kind: str) -> None:
    assert normalise(RawRecord("lib", iso2709.write(lines.read(CNMARC)), kind)).title.text == "红楼梦"
    xml = (
        "<record><leader/><datafield tag='200' ind1='1' ind2=' '><subfield code='a'>家</subfield></datafield></record>"
    )
    assert normalise(RawRecord("lib", xml.encode(), "unknown")).title.text == "家"
    dublin = "<dc><title>子夜</title><creator>茅盾著</creator><date>1960</date><identifier>{}</identifier></dc>"
    dublin = dublin.format("ISBN 7-02-000220-X")
    found = normalise(RawRecord("lib", dublin.encode(), "unknown"))
    assert (found.title.text, found.year) == ("子夜", 1960)
    assert list(found.identifiers_of("isbn")) == ["9787020002207"]


def test_mods_is_read() -> None:
    text = """<mods xmlns="http://www.loc.gov/mods/v3"><titleInfo><nonSort>The</nonSort><title>origin</title>
    <subTitle>a view</subTitle></titleInfo><name type="personal"><namePart type="family">Darwin</namePart>
    <namePart type="given">Charles</namePart><role><roleTerm type="code">aut</roleTerm></role></name>
    <typeOfResource>text</typeOfResource><originInfo><place><placeTerm type="text">London</placeTerm></place>
    <publisher>Murray</publisher><dateIssued>1859</dateIssued><edition>2nd ed.</edition></originInfo>
    <language><languageTerm type="code">eng</languageTerm></language><identifier type="isbn">0262031418</identifier>
    <recordInfo><recordIdentifier>m1</recordIdentifier></recordInfo></mods>"""
    found = normalise(RawRecord("lib", text.encode(), "mods"))
    assert found.id == "lib:m1"
    assert (found.title.text, found.title.other, found.year, found.edition) == (
        "The origin",
        ("a view",),
        1859,
        "2nd ed.",
    )
    assert [(c.name, c.role, c.primary) for c in found.contributors] == [("Darwin, Charles", "aut", True)]
    assert found.publications[0].place == "London"
    assert found.languages == ("eng",)


def test_every_finding_is_explained_in_both_languages() -> None:
    for code, entry in table("warnings").items():
        assert entry["zh"]
        assert entry["en"]
        assert severity(code) in ("info", "minor", "major")
    found = record(CNMARC.replace("220-7", "220-8")).warnings
    assert [warning.code for warning in found] == ["isbn-invalid"]
    assert explain(found[0], "zh") == "ISBN 校验不通过：978-7-02-000220-8"
