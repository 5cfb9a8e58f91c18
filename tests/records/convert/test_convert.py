"""UNIMARC and CNMARC <-> MARC 21: what is carried, what is said to be lost, and that nothing else disappears."""

import pytest

from gateway.core.record import Flavour, RawRecord, Record
from gateway.records import lines
from gateway.records.convert import to_flavour
from gateway.records.labels import table
from gateway.records.marc import MarcRecord
from gateway.records.normalise import normalise

CHINESE = """LDR 00000nam0 2200000   450
001 012003001
010 ## $a978-7-02-000220-7$b精装$dCNY59.70
091 ## $aCN10019-1234$dCNY1.00
100 ## $a20080312d2008    em y0chiy50      ea
101 1# $achi$ceng
102 ## $aCN$b110000
105 ## $aac  z   001ay
106 ## $ar
200 1# $a红楼梦$AHong lou meng$d= Dream$e长篇小说$f(清)曹雪芹著$g(清)高鹗续$h第一卷$i上$zeng
205 ## $a第3版
210 ## $a北京$c人民文学出版社$d2008.7
215 ## $a3册 (1606页)$c图$d21cm
225 2# $a中国古典文学读本丛书$v12
304 ## $a题名页题
330 ## $a提要
454 #0 $12001 $aPride and prejudice$1700 1$aAusten, Jane
517 1# $a石头记$Ashi tou ji
606 0# $a长篇小说$x文学研究$y中国$z清代$2ct
690 ## $aI242.4$v5
701 #0 $c(清)$a曹雪芹$Acao xue qin$f约1715-1763$4著
702 #0 $a高鹗$4续
801 #0 $aCN$bNLC$c20080312
905 ## $aNLC$b001$dI242$e12
"""


def meaning(marc: MarcRecord, flavour: Flavour | None = None) -> Record:
    return normalise(RawRecord("lib", lines.write(marc).encode(), "marcline", flavour))


def test_cnmarc_becomes_marc21_with_its_punctuation_and_pinyin() -> None:
    made, losses = to_flavour(lines.read(CHINESE), Flavour.MARC21)
    text = lines.write(made)
    assert "245 10 $6880-01$a红楼梦 =$bDream : 长篇小说.$n第一卷,$p上 /$c(清)曹雪芹著 ; (清)高鹗续\n" in text
    assert "880 10 $6245-01$aHong lou meng\n" in text
    assert "100 1# $6880-03$a曹雪芹$c清$d约1715-1763$e著$4aut\n" in text
    assert "260 ## $a北京 :$b人民文学出版社,$c2008.7\n" in text
    assert "008 080312s2008    cc ac  d      001 1 chi d\n" in text
    assert "650 #7 $a长篇小说$x文学研究$z中国$y清代$2cct\n" in text
    assert "084 ## $aI242.4$2clc\n" in text
    assert "765 1# $aAusten, Jane$tPride and prejudice\n" in text
    assert {(loss.field, loss.value) for loss in losses} == {
        ("100$a/17-19", "em "), ("105$a/04-07", "z"),
        ("200$z", "eng"), ("690$v", "5"), ("801$a", "CN"), ("801$c", "20080312"),
    }  # fmt: skip


@pytest.mark.parametrize(
    "name", ["responsibility", "edition", "publications", "year", "extent", "illustrations", "dimensions", "series",
             "languages", "original_languages", "form", "identifiers", "summary"],
)  # fmt: skip
def test_there_and_back_means_the_same(name: str) -> None:
    own = lines.read(CHINESE)
    there, _ = to_flavour(own, Flavour.MARC21)
    back, _ = to_flavour(there, Flavour.CNMARC)
    assert getattr(meaning(there), name) == getattr(meaning(own), name)
    assert getattr(meaning(back), name) == getattr(meaning(own), name)


def test_every_reason_has_both_languages() -> None:
    assert all(entry["zh"] and entry["en"] for entry in table("conversion")["losses"].values())


def test_a_field_without_counterpart_is_kept_and_comes_back() -> None:
    own = lines.read("200 1# $a题名\n126 ## $aaxhxxxcxx\n")
    there, losses = to_flavour(own, Flavour.MARC21, Flavour.CNMARC)
    assert [loss.field for loss in losses] == ["126"]
    assert losses[0].explain("en").startswith("126: The other format has no such field")
    back, again = to_flavour(there, Flavour.CNMARC)
    assert back.fields("126") == own.fields("126")
    assert not again


def test_unimarc_and_cnmarc_share_their_fields() -> None:
    own = lines.read(CHINESE)
    assert to_flavour(own, Flavour.UNIMARC) == (own, ())


def test_electronic_resources_keep_their_codes_both_ways() -> None:
    own = lines.read(
        "LDR 00000nlm0 2200000   450 \n100 ## $a20080312d2008    em y0chiy50      ea\n135 ## $adrcga---uuuuu\n"
        "200 1# $a中国古籍库$b电子资源\n"
    )
    there, _ = to_flavour(own, Flavour.MARC21, Flavour.CNMARC)
    assert there.control("007") == "cr cga---uuuuu"
    assert (there.leader[6], there.control("008")[26]) == ("m", "d")
    back, _ = to_flavour(there, Flavour.CNMARC)
    assert back.fields("135") == own.fields("135")
    assert meaning(there).form == meaning(own).form == "ebook"


def test_a_007_of_something_else_is_kept_and_comes_back() -> None:
    own = lines.read("LDR 00000njm a2200000 i 4500\n007 sd fsngnnmmned\n245 00 $aSonate\n")
    there, losses = to_flavour(own, Flavour.UNIMARC)
    assert [(loss.field, loss.reason) for loss in losses] == [("007", "kept-foreign")]
    back, _ = to_flavour(there, Flavour.MARC21)
    assert back.control("007") == "sd fsngnnmmned"
