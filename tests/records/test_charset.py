"""Character sets: found by evidence, read back without being told, written both ways."""

from __future__ import annotations

import unicodedata
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import charsets
from gateway.core.errors import DataError
from gateway.records import iso2709
from gateway.records.charset import CERTAIN, canonical, decode, detect, encode
from gateway.records.marc import Field, MarcRecord


@pytest.fixture(scope="module")
def titles(real_data: Path) -> tuple[str, ...]:
    """Chinese titles and headings of the real records that came in UTF-8; four Han characters or more."""
    return charsets.titles(real_data)


@pytest.mark.parametrize(("title_set", "note_set"), charsets.CASES)
def test_real_titles_are_read_back_without_being_told(title_set: str, note_set: str, titles: tuple[str, ...]) -> None:
    mixed = title_set != note_set
    # A third of the mixtures is enough here; ``python -m benchmarks charsets`` reads them all.
    records = charsets.written(titles, title_set, note_set)[:: 3 if mixed else 1]
    assert len(records) >= (500 if mixed else 1000)
    wrong = [(each.values, *charsets.ours(each.data)) for each in records]
    wrong = [found for found in wrong if found[0] != found[1]]
    assert len(wrong) / len(records) <= 0.005, wrong
    assert [found for found in wrong if not found[2]] == []


def _record(text: str) -> MarcRecord:
    return MarcRecord(
        "00000nam0 2200000   450 ",
        [Field.control("001", "0001"), Field("200", "1", " ", [("a", text), ("f", "国家统计局编")])],
    )


@pytest.mark.parametrize("charset", ["utf-8", "gbk", "gb18030", "big5"])
def test_a_record_tells_its_charset(charset: str) -> None:
    text = "中国统计年鉴" if charset != "big5" else "中國統計年鑑"
    record = _record(text)
    if charset == "big5":
        record = MarcRecord(
            record.leader, [record.fields()[0], Field("200", "1", " ", [("a", text), ("f", "主計處編")])]
        )
    data = iso2709.write(record, charset)
    back = iso2709.read(data)
    assert back == MarcRecord(back.leader, record.fields())
    assert back.charset == ("gbk" if charset == "gb18030" else charset)
    assert back.charset_confidence >= CERTAIN
    assert back.damage == ()


def test_what_the_target_is_known_for_is_evidence_and_no_order() -> None:
    data = iso2709.write(_record("中国统计年鉴"), "utf-8")
    back = iso2709.read(data, "gbk")
    assert back.fields("200")[0].get("a") == "中国统计年鉴"
    assert back.charset == "utf-8"
    assert [item.split(":")[0] for item in back.damage] == ["charset-declared"]


def test_a_thin_case_is_decided_by_the_target_and_else_uncertain() -> None:
    # Two legal readings of four bytes: a rare word of Big5, another of GBK.
    data = "夢殿".encode("big5")
    assert detect(data).confidence < CERTAIN
    told = detect(data, "big5")
    assert told.charset == "big5"
    assert told.confidence > detect(data).confidence


def test_mixed_charsets_in_one_record_are_read_field_by_field() -> None:
    fields = [
        ("200", "\u4e2d\u56fd\u5386\u53f2\u5730\u7406\u8bba\u4e1b" * 4, "gbk"),
        ("300", "本书据旧版重印并增补附录", "utf-8"),
    ]
    bodies = [b"1 \x1fa" + text.encode(charset) + b"\x1e" for _, text, charset in fields]
    directory = b"".join(
        b"%b%04d%05d" % (tag.encode(), len(body), sum(map(len, bodies[:at])))
        for at, ((tag, _, _), body) in enumerate(zip(fields, bodies, strict=True))
    )
    base = 24 + len(directory) + 1
    total = base + sum(map(len, bodies)) + 1
    data = b"%05dnam0 22%05d   4500" % (total, base) + directory + b"\x1e" + b"".join(bodies) + b"\x1d"
    record = iso2709.read(data)
    assert [field.get("a") for field in record.fields()] == [text for _, text, _ in fields]
    assert any(item.startswith("mixed-charset: field ") for item in record.damage)


def test_a_field_left_in_marc8_when_the_record_went_to_utf8() -> None:
    left = Field("880", "1", " ", [("6", "245-01/$1"), ("a", "LEFT")])
    record = MarcRecord("00000nam a2200000 i 4500", [Field("245", "1", "0", [("a", "Études françaises")]), left])
    eacc = encode("紅樓夢研究", "marc-8")
    data = iso2709.write(record).replace(b"LEFT", eacc)
    back = iso2709.read(data)
    assert back.fields("880")[0].get("a") == "紅樓夢研究"
    assert back.fields("245")[0].get("a") == "Études françaises"
    assert any(item.startswith("mixed-charset: field 880 is in marc-8") for item in back.damage)


def test_a_middle_dot_between_escapes_is_still_marc8() -> None:
    fields = [Field("200", "1", " ", [("a", "简·爱")]), Field("300", " ", " ", [("a", "Brontë · Jane")])]
    data = iso2709.write(MarcRecord("00000nam0 2200000   450 ", fields), "marc-8")
    for declared in (None, "marc-8"):
        back = iso2709.read(data, declared)
        assert (back.fields(), back.charset) == (fields, "marc-8")


def test_half_characters_stay_visible_and_are_told() -> None:
    data = iso2709.write(_record("中国统计年鉴"), "gbk").replace("鉴".encode("gbk"), "鉴".encode("gbk")[:1])
    record = iso2709.read(data)
    assert record.fields("200")[0].get("a") == "中国统计年\ufffd"
    assert record.fields("200")[0].get("f") == "国家统计局编"
    assert any(item.startswith("undecodable: ") and item.endswith("(200)") for item in record.damage)


def test_text_that_fits_no_set_is_uncertain() -> None:
    finding = detect("Πόλεμος και ειρήνη: μυθιστόρημα σε τέσσερις τόμους".encode("iso8859-7"))
    assert finding.confidence < CERTAIN
    assert detect("Война и мир: роман".encode("windows-1251"), "windows-1251").charset == "cp1251"


@pytest.mark.parametrize("charset", ["koi8-r", "cp1251", "cp866"])
def test_cyrillic_in_sets_of_one_byte(charset: str) -> None:
    """Words tell; a few letters do only where 100$a/26-29 says that they are Cyrillic."""
    for text in ("Война и мир: роман в четырёх томах / Л. Н. Толстой", "История государства Российского"):
        found = detect(text.encode(charset))
        assert (found.charset, found.confidence >= CERTAIN) == (charset, True)
    assert detect("ИСТОРИЯ РОССИИ С ДРЕВНЕЙШИХ ВРЕМЕН".encode(charset)).charset == charset
    short = detect("Мы / Замятин".encode(charset), coded="0102    ")
    assert short.charset == charset or short.confidence < CERTAIN
    assert detect("中国图书馆分类法使用手册".encode("gbk"), coded="0102    ").charset == "gbk"


def _known(text: str, charset: str, written: str) -> None:
    """The text is read in this set without being told, by itself and in a record; ``written``: a name of the set."""
    found = detect(text.encode(charset))
    assert (found.charset, found.confidence >= CERTAIN) == (charset, True)
    record = MarcRecord("00000nam0 2200000   450 ", [Field.control("001", "1"), Field("200", "1", " ", [("a", text)])])
    read = iso2709.read(iso2709.write(record, written))
    assert read.fields("200")[0].get("a") == text
    assert not read.damage


@pytest.mark.parametrize(
    "text",
    [
        "현대 중국의 정치와 경제 / 김영호 지음",
        "한국 근대 소설사 연구",
        "연변 조선족 자치주 개황",
        "컴퓨터 프로그래밍 입문 = Introduction to programming",
        "조선왕조실록 硏究 : 세종 시대",
    ],
)
def test_korean_is_no_chinese_though_its_bytes_could_be(text: str) -> None:
    """Code page 949 and GBK have letters at the same places."""
    _known(text, "cp949", "cp949")


@pytest.mark.parametrize("text", ["춘향전", "토지", "불교 입문"])
def test_korean_too_short_to_tell_leaves_a_doubt(text: str) -> None:
    assert detect(text.encode("cp949")).confidence < CERTAIN
    assert detect(text.encode("cp949"), "euc-kr").charset == "cp949"


@pytest.mark.parametrize(
    "text",
    [
        "ประวัติศาสตร์ไทย",
        "สามก๊ก ฉบับเจ้าพระยาพระคลัง (หน)",
        "กรุงเทพฯ : สำนักพิมพ์แห่งจุฬาลงกรณ์มหาวิทยาลัย, 2545",
        "พจนานุกรมไทย-จีน",
        "อาหารไทย",
    ],
)
def test_thai_is_no_chinese_though_its_bytes_could_be(text: str) -> None:
    _known(text, "cp874", "tis-620")


@pytest.mark.parametrize("text", ["เวลา", "ผู้ดี", "ปีศาจ"])
def test_thai_too_short_to_tell_leaves_a_doubt(text: str) -> None:
    assert detect(text.encode("cp874")).confidence < CERTAIN
    assert detect(text.encode("cp874"), "tis-620").charset == "cp874"


@pytest.mark.parametrize("text", ["皇冠叢書", "红叶　诗丛", "牧野信一", "藤原書店"])
def test_chinese_whose_bytes_stand_as_in_thai_stays_chinese(text: str) -> None:
    found = detect(text.encode("gbk"))
    assert (found.charset, found.confidence >= CERTAIN) == ("gbk", True)


@pytest.mark.parametrize("text", ["河北省个人档案", "车票去哪儿了", "安徽怀宁县个人档案", "版本不明的地方报告"])
def test_chinese_of_nothing_but_the_first_rows_stays_chinese(text: str) -> None:
    found = detect(text.encode("gbk"))
    assert (found.charset, found.confidence >= CERTAIN) == ("gbk", True)


@given(st.text(alphabet=st.characters(codec="gbk", exclude_categories=("Cc", "Cs")), max_size=60))
def test_gbk_and_gb18030_both_directions(text: str) -> None:
    for charset in ("gbk", "gb18030"):
        assert decode(encode(text, charset), charset) == (text, ())


@given(st.text(alphabet="漢字圖書館目錄中国abc Éüñł.1\u0141ß“", max_size=40))
def test_marc8_with_eacc_both_directions(text: str) -> None:
    expected = unicodedata.normalize("NFC", text)
    assert decode(encode(expected, "marc-8"), "marc-8") == (expected, ())


def test_marc8_agrees_with_pymarc_on_the_real_pair_file(real_data: Path) -> None:
    folder = next(real_data.rglob("test_marc8.txt")).parent
    marc8 = (folder / "test_marc8.txt").read_bytes().splitlines()
    utf8 = (folder / "test_utf8.txt").read_bytes().decode("utf-8").splitlines()
    pairs = list(zip(marc8, utf8, strict=True))
    assert len(pairs) > 1000
    assert [(raw, decode(raw, "marc-8")[0], text) for raw, text in pairs if decode(raw, "marc-8")[0] != text] == []


def test_iso5426_puts_the_mark_behind_its_letter() -> None:
    assert decode(b"\xc2Etudes fran\xd0caises sur M\xc8unchen \xe1sop", "iso5426") == (
        "Études françaises sur München Æsop",
        (),
    )


def test_names_are_made_one_and_unknown_ones_refused() -> None:
    assert [canonical(name) for name in ("UTF8", "GB2312", "cp936", "Big5-HKSCS", "ansel", "ISO_8859-1")] == [
        "utf-8",
        "gbk",
        "gbk",
        "big5",
        "marc-8",
        "latin-1",
    ]
    with pytest.raises(DataError, match="klingon"):
        canonical("klingon")


def test_characters_that_a_set_lacks_are_named_or_written_as_references() -> None:
    with pytest.raises(DataError, match="བོད་ཡིགས"):
        encode("བོད་ཡིགས", "gbk")
    assert encode("a\u0f66", "gbk", "ncr") == b"a&#xF66;"
    assert decode(encode("a\u0f66", "marc-8"), "marc-8") == ("a\u0f66", ())


@given(st.binary(max_size=200), st.sampled_from(["utf-8", "gbk", "gb18030", "big5", "marc-8", "iso5426", "latin-1"]))
def test_no_bytes_break_detection_or_decoding(data: bytes, charset: str) -> None:
    finding = detect(data, charset)
    assert 0.0 <= finding.confidence <= 1.0
    text, damage = decode(data, charset)
    text.encode("utf-8")
    assert bool(damage) == ("\ufffd" in text) or charset == "utf-8"


@pytest.mark.parametrize(
    "text", ["Jahrbuch über die Fortschritte der Mathematik", "Materiały i sprawozdania Ośrodka Archeologicznego",
             "Annales de génétique et de sélection animale", "»Großbritannien« ‡gnd"],
)  # fmt: skip
def test_iso5426_is_found_and_written(text: str) -> None:
    data = encode(text, "iso5426")
    assert decode(data, "iso5426") == (text, ())
    finding = detect(data)
    assert finding.charset == "iso5426" or finding.confidence < CERTAIN


def test_iso5426_refuses_what_it_lacks() -> None:
    with pytest.raises(DataError, match="图"):
        encode("图书馆", "iso5426")
    assert encode("a\u0f66", "iso5426", "ncr") == b"a&#xF66;"


@given(st.text(alphabet="abcAEO éüñłøÆß“”§\u0171ṣ\u1ea5", max_size=40))
def test_iso5426_both_directions(text: str) -> None:
    assert decode(encode(text, "iso5426"), "iso5426") == (unicodedata.normalize("NFC", text), ())


def test_german_union_catalogue_is_iso5426_or_said_to_be_uncertain(real_data: Path) -> None:
    charsets: Counter[str] = Counter()
    with next(real_data.rglob("1217zdbtit.dat")).open("rb") as stream:
        for chunk in iso2709.split(stream):
            if not isinstance(chunk, DataError) and not chunk.data.isascii():
                record = iso2709.read(chunk.data)
                charsets[record.charset if record.charset_confidence >= CERTAIN else "uncertain"] += 1
    assert charsets["iso5426"] > 3500
    assert charsets.total() - charsets["iso5426"] - charsets["uncertain"] <= 4


def test_fields_that_alone_went_to_utf8_do_not_hide_what_the_others_are_in() -> None:
    fields = [Field("245", "1", "0", [("a", "S rubezheĭ frontovykh na rubezhi diplomaticheskie : Kanon-plius")]),
              Field("880", "1", "0", [("a", "LEFT")])]  # fmt: skip
    russian = "С рубежей фронтовых на рубежи дипломатические"
    data = iso2709.write(MarcRecord("00000cam  2200000 i 4500", fields), "marc-8").replace(b"LEFT", russian.encode())
    back = iso2709.read(data)
    assert [field.get("a") for field in back.fields()] == [fields[0].get("a"), russian]
    assert back.charset == "marc-8"


def test_a_short_field_that_could_be_utf8_does_not_leave_its_gbk_record() -> None:
    # 页 in GBK is D2 B3, which is a letter of Abkhaz in UTF-8; every extent of a Chinese record ends so.
    fields = [
        Field("200", "1", " ", [("a", "陕西地方志研究概论"), ("f", "王志远著")]),
        Field("215", " ", " ", [("a", "352页")]),
    ]
    read = iso2709.read(iso2709.write(MarcRecord("", fields), "gbk"))
    assert (read.charset, read.damage) == ("gbk", ())
    assert read.fields() == fields
