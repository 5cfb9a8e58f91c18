import dataclasses
import json

from gateway.core.record import Contributor, Host, Identifier, Link, Publication, Record, Series, Title
from gateway.records.citations import bibtex, gb7714, json_ld, ris

BOOK = Record(
    id="lib:1",
    source="lib",
    local_id="1",
    titles=(Title("百年孤独", other=("长篇小说",)),),
    contributors=(
        Contributor("加西亚·马尔克斯", "aut", "著", primary=True, nationality="哥伦"),
        Contributor("范晔", "trl", "译"),
    ),
    identifiers=(Identifier("isbn", "9787544253994"), Identifier("isbn", "1", valid=False)),
    edition="第2版",
    publications=(Publication("海口", "南海出版公司", "2011.6"),),
    year=2011,
    languages=("chi",),
    series=(Series("新经典文库"),),
)


def test_gb7714() -> None:
    assert gb7714(BOOK) == "（哥伦）加西亚·马尔克斯. 百年孤独: 长篇小说[M]. 范晔, 译. 2版. 海口: 南海出版公司, 2011."
    four = Record(
        id="a:1",
        source="a",
        local_id="1",
        titles=(Title("Algorithms"),),
        contributors=tuple(
            Contributor(name, "aut", primary=True) for name in ("Cormen", "Leiserson", "Rivest", "Stein")
        ),
        form="ebook",
        year=2009,
        links=(Link("http://example.org/a"),),
    )
    assert gb7714(four) == "Cormen, Leiserson, Rivest, et al. Algorithms[M/OL]. 2009. http://example.org/a."


def test_ris() -> None:
    lines = ris(BOOK).split("\r\n")
    assert lines[0] == "TY  - BOOK"
    assert lines[-2:] == ["ER  - ", ""]
    for line in (
        "TI  - 百年孤独: 长篇小说",
        "AU  - 加西亚·马尔克斯",
        "A4  - 范晔",
        "PY  - 2011",
        "SN  - 9787544253994",
    ):
        assert line in lines
    assert "SN  - 1" not in lines


def test_bibtex_escapes_what_tex_reads() -> None:
    text = bibtex(Record(id="lib:a/1", source="lib", local_id="a/1", titles=(Title("50% of {A} & B_1"),), year=1999))
    assert text.startswith("@book{lib_a_1,\n")
    assert r"title = {50\% of \{A\} \& B\_1}" in text
    assert "translator = {范晔}" in bibtex(BOOK)


def test_json_ld_is_json_and_cannot_end_a_script() -> None:
    value = json.loads(json_ld(BOOK, "http://example.org/id/w1"))
    assert (value["@type"], value["name"], value["isbn"]) == ("Book", "百年孤独: 长篇小说", ["9787544253994"])
    hostile = Record(id="a:1", source="a", local_id="1", titles=(Title("</script><b>"),))
    assert "</" not in json_ld(hostile)
    assert json.loads(json_ld(hostile))["name"] == "</script><b>"


def test_an_article_is_cited_in_its_journal() -> None:
    article = Record(
        id="lib:3",
        source="lib",
        local_id="3",
        titles=(Title("总分馆制研究"),),
        contributors=(Contributor("张三平", "aut", primary=True),),
        hosts=(Host("大学图书馆学报", "1002-1027", "", "2008, 26(3): 12-15", "26", "3", "12-15"),),
        year=2008,
        form="article",
    )
    assert gb7714(article) == "张三平. 总分馆制研究[J]. 大学图书馆学报, 2008, 26(3): 12-15."
    lines = ris(article).split("\r\n")
    assert {
        "TY  - JOUR",
        "T2  - 大学图书馆学报",
        "VL  - 26",
        "IS  - 3",
        "SP  - 12",
        "EP  - 15",
        "SN  - 1002-1027",
    } <= set(lines)
    assert "大学图书馆学报" not in gb7714(dataclasses.replace(article, form="book"))
    told = bibtex(article)
    assert "journal = {大学图书馆学报}" in told
    assert "pages = {12--15}" in told
    assert json.loads(json_ld(article))["isPartOf"] == [
        {"@type": "CreativeWork", "name": "大学图书馆学报", "issn": "1002-1027"}
    ]
