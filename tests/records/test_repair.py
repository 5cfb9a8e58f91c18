"""Mojibake: found, put right when certain, told when not, and sound text left alone."""

import pytest

from gateway.core.record import RawRecord
from gateway.records import iso2709, lines, quality
from gateway.records.marc import Field, MarcRecord
from gateway.records.normalise import marc_of, normalise
from gateway.records.repair import mend, mended, suspicious

_TITLES = ["红楼梦研究集刊", "中国经济史论", "现代汉语词典", "国家统计局编写组", "唐诗三百首", "计算机网络原理"]


@pytest.mark.parametrize("title", _TITLES)
@pytest.mark.parametrize(("right", "wrong"), [("utf-8", "latin-1"), ("gbk", "latin-1"), ("gbk", "cp1252")])
def test_what_lost_nothing_is_put_right(title: str, right: str, wrong: str) -> None:
    try:
        spoilt = title.encode(right).decode(wrong)
    except UnicodeDecodeError:
        pytest.skip("this set has no character for one of the bytes")
    found = mend(spoilt)
    assert found is not None
    assert found[0] == title


@pytest.mark.parametrize("title", ["红楼", "国史", "唐诗三百首诗"])
def test_an_even_number_of_characters_survives_gbk(title: str) -> None:
    assert mend(title.encode().decode("gbk")) == (title, "UTF-8 read as GBK")


@pytest.mark.parametrize("title", _TITLES)
def test_what_lost_bytes_is_never_put_right_wrongly(title: str) -> None:
    spoilt = title.encode().decode("gbk", "replace")
    found = mend(spoilt)
    assert found is None or found[0] == title
    assert found is not None or suspicious(spoilt)


@pytest.mark.parametrize(
    "text",
    ["红楼梦", "涓滴成河", "L'été à l'étranger", "naïve", "«À côté»", "Dvořák, Antonín", "Größe über Äquator",
     "¿Qué? ¡Sí!", "Ørsted, Æble", "“引号”——破折号", "Việt Nam", "Ελληνικά", "Война и мир", "日本語の本", "한국어"],
)  # fmt: skip
def test_sound_text_is_left_alone(text: str) -> None:
    assert mend(text) is None
    assert not suspicious(text)


def test_a_repair_is_told_and_the_bytes_are_kept() -> None:
    spoilt = "红楼".encode().decode("gbk")
    marc = MarcRecord("", [Field.control("001", "1"), Field("200", "1", " ", [("a", spoilt), ("f", "曹雪芹著")])])
    raw = RawRecord("lib", iso2709.write(marc), charset="utf-8")
    record = normalise(raw)
    assert record.title.text == "红楼"
    found = next(warning for warning in record.warnings if warning.code == "mojibake-repaired")
    assert "200$a" in found.message
    assert quality.explain(found, "zh") != found.message
    kept = marc_of(raw)
    assert kept is not None
    assert kept.fields() == marc.fields()


def test_a_sound_record_is_the_same_object() -> None:
    marc = lines.read("001 1\n200 1# $a红楼梦$fÉtienne\n")
    assert mended(marc) is marc


def test_what_is_too_short_alone_is_put_right_with_the_rest_of_its_record() -> None:
    read = "Découvrir".encode().decode("latin-1")
    rest = "Ghid turistic pentru țările române și Țara Făgărașului".encode().decode("latin-1")
    alone = MarcRecord("00000nam0 2200000   450 ", [Field("200", "1", " ", [("a", read)])])
    assert mended(alone) is alone
    both = MarcRecord("00000nam0 2200000   450 ", [Field("200", "1", " ", [("a", read), ("e", rest)])])
    assert mended(both).fields("200")[0].get("a") == "Découvrir"
