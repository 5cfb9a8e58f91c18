"""read ∘ write is the identity for what each format can carry: MODS nearly everything, Dublin Core the plain values."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.record import (
    Classification,
    Contributor,
    Link,
    Publication,
    RawRecord,
    Record,
    Series,
    Subject,
    Title,
    TitleKind,
)
from gateway.records import iso2709, lines, marcjson, marcxml
from gateway.records.export import to_dc, to_mods
from gateway.records.labels import codes
from gateway.records.marc import Field, MarcRecord
from gateway.records.normalise import normalise

_word = st.text("红楼梦经济研究国史abcdXYZäéŁ", min_size=2, max_size=8)
_maybe = st.just("") | _word
_code = st.sampled_from(["chi", "eng", "jpn", "tib", "rus"])


def _some(strategy: st.SearchStrategy, most: int = 3) -> st.SearchStrategy:
    return st.lists(strategy, max_size=most, unique=True).map(tuple)


_titles = st.builds(
    lambda main, rest: (main, *dict.fromkeys(rest)),
    st.builds(Title, _word, st.just(TitleKind.MAIN), _some(_word, 2), _maybe, _maybe, pinyin=_maybe),
    st.lists(
        st.builds(
            Title, _word, st.sampled_from([TitleKind.PARALLEL, TitleKind.UNIFORM, TitleKind.VARIANT]), _some(_word, 2),
            _maybe, _maybe, pinyin=_maybe,
        ), max_size=3,
    ),
)  # fmt: skip
_related = st.lists(
    st.builds(Title, _word, st.sampled_from([TitleKind.ORIGINAL, TitleKind.CONTENT])), max_size=2, unique=True
)
_contributors = _some(
    st.builds(
        Contributor, _word, st.sampled_from(["trl", "edt", "ill"]), st.just(""),
        st.sampled_from(["person", "corporate", "meeting", "family"]), st.booleans(),
        st.just("") | st.just("1900-1990"),
        st.sampled_from(["", "清", "英"]), st.just("") | st.just("Cao Xueqin"),
    )
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    _titles, _related, _contributors, _word, st.integers(1000, 2026), _some(st.builds(Series, _word, _maybe), 2),
    _some(st.builds(Subject, st.lists(_word, min_size=1, max_size=3).map(tuple), st.sampled_from(["topic", "place"]))),
    _some(st.builds(Classification, st.sampled_from(["clc", "ddc"]), _word, st.sampled_from(["", "5"])), 2),
    _some(_code), _some(_code), st.sampled_from(codes("forms")), _some(_word), _maybe, _maybe,
)  # fmt: skip
def test_mods_is_read_as_written(
    titles: tuple[Title, ...], related: list[Title], contributors: tuple[Contributor, ...], word: str, year: int,
    series: tuple[Series, ...], subjects: tuple[Subject, ...], classes: tuple[Classification, ...],
    languages: tuple[str, ...], originals: tuple[str, ...], form: str, notes: tuple[str, ...], audience: str, more: str,
) -> None:  # fmt: skip
    record = Record(
        id="l:1", source="l", local_id="1", titles=(*titles, *related), responsibility=word, contributors=contributors,
        edition=word, publications=(Publication(word, word, str(year)),), year=year, extent=word, dimensions=more,
        illustrations=more, series=series, subjects=subjects, classes=classes, languages=languages,
        original_languages=originals, form=form, audience=audience, summary=more, contents=audience, notes=notes,
        links=(Link("http://example.org/1", word),),
    )  # fmt: skip
    read = normalise(RawRecord("l", to_mods(record), "mods"))
    for name in Record.__dataclass_fields__:
        if name != "raw":
            assert getattr(read, name) == getattr(record, name), name


@settings(max_examples=100, deadline=None)
@given(
    _some(_word, 4), st.integers(1000, 2026), _some(_code), st.sampled_from(codes("forms")), _some(_word), _some(_word)
)
def test_dublin_core_is_read_as_written(
    titles: tuple[str, ...], year: int, languages: tuple[str, ...], form: str, subjects: tuple[str, ...],
    names: tuple[str, ...],
) -> None:  # fmt: skip
    record = Record(
        id="l:1", source="l", local_id="1",
        titles=tuple(Title(text, TitleKind.VARIANT if at else TitleKind.MAIN) for at, text in enumerate(titles)),
        year=year, languages=languages, form=form, subjects=tuple(Subject((text,)) for text in subjects),
        contributors=tuple(Contributor(text) for text in names),
        publications=tuple(Publication("", text, str(year)) for text in names),
    )  # fmt: skip
    read = normalise(RawRecord("l", to_dc(record), "dc", local_id="1"))
    for name in ("titles", "year", "languages", "form", "subjects"):
        assert getattr(read, name) == getattr(record, name), name
    assert [each.name for each in read.contributors] == list(names)
    assert [each.publisher for each in read.publications] == list(names or [""])


_value = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn")), min_size=1, max_size=20
).map(str.strip).filter(bool)  # fmt: skip
_fields = st.builds(
    Field, st.from_regex(r"[1-9][0-9]{2}", fullmatch=True), st.sampled_from(" 01"), st.sampled_from(" 12"),
    st.lists(st.tuples(st.sampled_from("abcfgz46"), _value), min_size=1, max_size=4),
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(_fields, min_size=1, max_size=8))
def test_marc_in_json_in_lines_and_in_xml_is_read_as_written(fields: list[Field]) -> None:
    record = MarcRecord("00000nam0 2200000   4500", [Field.control("001", "n1"), *fields])
    assert marcjson.read(marcjson.write(record)) == record
    assert marcxml.read(marcxml.write(record)) == record
    assert lines.read(lines.write(record)) == record


_phrase = st.sampled_from(
    ["中国统计年鉴", "红楼梦研究资料", "经济发展概论", "第三版", "人民文学出版社", "图书馆学基础", "国家统计局编",
     "978-7-02", "古典文学", "（清）曹雪芹著", "A history of", "$9.80", "长篇小说"]
)  # fmt: skip
_traditional = str.maketrans("国统计鉴红楼梦资济发论图馆础学编长说经书局", "國統計鑑紅樓夢資濟發論圖館礎學編長說經書局")
#: Letters with marks in words, as they are written: łø alone is a Chinese character in GBK as well, and likelier that.
_word = st.sampled_from(
    ["Études", "façon", "Müller", "Pałac", "København", "straße", "señor", "crème", "câble", "mañana"]
)
_latin = st.lists(st.text("abcdeE.,;1890", min_size=1, max_size=6) | _word, min_size=1, max_size=5).map(" ".join)


def _texts(charset: str) -> st.SearchStrategy[str]:
    """What libraries write in this set, and for UTF-8 anything at all."""
    if charset == "utf-8":
        return _value
    chinese = st.lists(_phrase, min_size=2, max_size=6).map("".join)
    if charset in ("big5", "marc-8"):
        chinese = chinese.map(lambda text: text.translate(_traditional))
    return chinese | _latin if charset == "marc-8" else _latin if charset == "iso5426" else chinese


@pytest.mark.parametrize("charset", ["utf-8", "gbk", "gb18030", "big5", "marc-8", "iso5426"])
@settings(max_examples=60, deadline=None)
@given(st.data())
def test_iso_2709_is_read_as_written(charset: str, data: st.DataObject) -> None:
    subfields = st.lists(st.tuples(st.sampled_from("abcfgz46"), _texts(charset)), min_size=1, max_size=4)
    fields = data.draw(
        st.lists(
            st.builds(
                Field, st.from_regex(r"[2-8][0-9]{2}", fullmatch=True), st.sampled_from(" 01"),
                st.sampled_from(" 12"), subfields,
            ), min_size=1, max_size=8,
        )
    )  # fmt: skip
    record = MarcRecord("", [Field.control("001", "n1"), *fields])
    read = iso2709.read(iso2709.write(record, charset), charset)
    assert read.fields() == record.fields()
    assert not [item for item in read.damage if not item.startswith("charset")]


@settings(max_examples=100, deadline=None)
@given(st.lists(_fields, min_size=1, max_size=8))
def test_a_record_that_was_read_is_written_as_it_was(fields: list[Field]) -> None:
    data = iso2709.write(MarcRecord("", [Field.control("001", "n1"), Field("245", "1", "0", [("a", "红")]), *fields]))
    assert iso2709.write(iso2709.read(data)) == data
    xml = marcxml.write(iso2709.read(data))
    assert marcxml.write(marcxml.read(xml)) == xml
