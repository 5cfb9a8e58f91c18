"""A small library to test engines with: well-known books (facts only) as several members would catalogue them."""
# ruff: noqa: E501  (one record a line)

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from gateway.core.record import (
    Classification,
    Contributor,
    Holding,
    Identifier,
    Publication,
    RawRecord,
    Record,
    Series,
    Subject,
    Title,
    TitleKind,
    UnionRecord,
)
from gateway.records import keys

#: id | title | author | publisher | year | isbn | language | form | subject | class | call number | barcode
_TABLE = """
xa:1|红楼梦|曹雪芹|人民文学出版社|1996|9787020002207|chi|book|章回小说--中国--清代|I242.4|I242.4/1|XA0001
bj:1|紅樓夢|曹雪芹|人民文學出版社|1996|9787020002207|chi|book|章回小說--中國--清代|I242.4|I242.4/C166|BJ0001
hz:1|红楼梦|曹雪芹|人民文学出版社|1996|9787020002207|chi|book|章回小说--中国--清代|I242.4|I242.4/22|HZ0001
xa:2|红楼梦|曹雪芹|岳麓书社|1987||chi|book|章回小说--中国--清代|I242.4|I242.4/2|XA0002
xa:3|红楼梦研究|俞平伯|棠棣出版社|1952||chi|book|《红楼梦》研究|I207.411|I207.411/1|XA0003
bj:3|红楼梦人物论|王昆仑|三联书店|1983||chi|book|《红楼梦》人物--研究|I207.411|I207.411/9|BJ0003
bj:2|西遊記|吳承恩|人民文學出版社|1980||chi|book|章回小說--中國--明代|I242.4|I242.4/W|BJ0002
xa:4|西游记|吴承恩|中华书局|2005|9787101046489|chi|book|章回小说--中国--明代|I242.4|I242.4/3|XA0004
xa:5|三国演义|罗贯中|人民文学出版社|1973|9787020008728|chi|book|章回小说--中国--明代|I242.4|I242.4/4|XA0005
hz:5|三国演义|罗贯中|人民文学出版社|1973|9787020008728|chi|book|章回小说--中国--明代|I242.4|I242.4/5|HZ0005
xa:6|水浒传|施耐庵|人民文学出版社|1975|9787020008742|chi|book|章回小说--中国--明代|I242.4|I242.4/6|XA0006
xa:7|鲁迅全集|鲁迅|人民文学出版社|1981||chi|book|鲁迅著作--全集|I210.1|I210.1/1|XA0007
hz:7|呐喊|鲁迅|北新书局|1926||chi|book|短篇小说--中国--现代|I246.7|I246.7/1|HZ0007
xa:8|平凡的世界|路遥|中国文联出版公司|1986||chi|book|长篇小说--中国--当代|I247.5|I247.5/1|XA0008
yl:8|平凡的世界|路遥|中国文联出版公司|1986||chi|book|长篇小说--中国--当代|I247.5|I247.5/2|YL0008
xa:9|白鹿原|陈忠实|人民文学出版社|1993|9787020017324|chi|book|长篇小说--中国--当代|I247.5|I247.5/3|XA0009
xa:10|废都|贾平凹|北京出版社|1993||chi|book|长篇小说--中国--当代|I247.5|I247.5/4|XA0010
xa:11|史记|司马迁|中华书局|1959|9787101003048|chi|book|中国历史--古代史|K204.2|K204.2/1|XA0011
bj:11|史記|司馬遷|中華書局|1959|9787101003048|chi|book|中國歷史--古代史|K204.2|K204.2/S|BJ0011
xa:12|西安事变|申伯纯|人民出版社|1979||chi|book|西安事变|K264.81|K264.81/1|XA0012
xa:13|西安历史地图集|史念海|西安地图出版社|1996||chi|map|历史地图--西安|K992.9|K992.9/1|XA0013
xa:14|陕西省志|陕西省地方志编纂委员会|陕西人民出版社|1992||chi|book|陕西--地方志|K294.1|K294.1/1|XA0014
xa:15|中国古代文学史|袁行霈|高等教育出版社|1999|9787040066104|chi|book|中国文学--古代文学史|I209.2|I209.2/1|XA0015
xa:16|文学史|黑塞|商务印书馆|1998||chi|book|文学史|I109|I109/1|XA0016
xa:17|数据结构|严蔚敏|清华大学出版社|1997|9787302023685|chi|book|数据结构|TP311.12|TP311.12/1|XA0017
bj:17|C程序设计|谭浩强|清华大学出版社|1991||chi|book|C语言--程序设计|TP312C|TP312C/1|BJ0017
xa:18|读者|读者杂志社|甘肃人民出版社|1981||chi|serial|综合性期刊|Z62|Z62/1|XA0018
xa:19|收获|收获文学杂志社|上海文艺出版社|1957||chi|serial|中国文学--期刊|I2|I2/1|XA0019
un:1|The old man and the sea|Hemingway, Ernest|Scribner|1952|9780684801223|eng|book|Fishermen--Fiction|I712.45|PS3515.E37|UN0001
bj:20|The old man and the sea|Ernest Hemingway|Scribner|1952|9780684801223|eng|book|Fishers--Fiction|I712.45|PS3515|BJ0020
xa:20|老人与海|海明威|上海译文出版社|1979|9787532725069|chi|book|中篇小说--美国--现代|I712.45|I712.45/1|XA0020
un:2|Pride and prejudice|Austen, Jane|Oxford University Press|1970||eng|book|Courtship--Fiction|I561.44|PR4034|UN0002
un:3|Dream of the red chamber|Cao, Xueqin|Twayne|1958||eng|book|Chinese fiction|I242.4|PL2727|UN0003
un:4|Gödel, Escher, Bach|Hofstadter, Douglas R.|Basic Books|1979|9780465026562|eng|book|Artificial intelligence|TP18|QA9.8|UN0004
un:5|The art of computer programming|Knuth, Donald E.|Addison-Wesley|1968||eng|book|Computer programming|TP311|QA76.6|UN0005
un:6|Les misérables|Hugo, Victor|Hachette|1862||fre|book|Historical fiction|I565.44|PQ2286|UN0006
un:7|Война и мир|Толстой, Лев|Наука|1869||rus|book|Война--Романы|I512.44|PG3365|UN0007
un:8|雪国|川端康成|新潮社|1937||jpn|book|日本文学|I313.45|PL832|UN0008
un:9|Nature|Macmillan|Macmillan|1869||eng|serial|Science--Periodicals|N55|Q1.N2|UN0009
xa:21|秦腔|贾平凹|作家出版社|2005|9787506332545|chi|book|长篇小说--中国--当代|I247.5|I247.5/8|XA0021
yl:22|秦腔音乐|王依群|陕西人民出版社|1954||chi|music|秦腔--戏曲音乐|J643.5|J643.5/1|YL0022
xa:23|上海市地图|中华地图学社|中华地图学社|1999||chi|map|城市地图--上海|K992.251|K992.251/1|XA0023
"""

_EXTRA = {
    "bj:1": {"notes": ("据程乙本校注",), "series": (Series("中国古典文学读本丛书"),), "audience": "成人"},
    "hz:5": {"series": (Series("中国古典文学读本丛书"),)},
    "xa:8": {"summary": "黄土高原上孙少安和孙少平两兄弟的故事"},
    "un:9": {
        "identifiers": (Identifier("issn", "0028-0836", "0028-0836"),),
        "year_end": 2026,
    },
    "xa:20": {
        "titles": (Title("老人与海"), Title("The old man and the sea", TitleKind.ORIGINAL)),
        "contributors": (Contributor("海明威", "aut", primary=True), Contributor("吴劳", "trl")),
    },
    "xa:18": {"year_end": 1999},
}

#: What was seen of their copies.
_SEEN = ("available", "", "unavailable", "reference", "on_order")

#: Which of them describe one edition.
GROUPS = (
    ("xa:1", "bj:1", "hz:1"),
    ("xa:5", "hz:5"),
    ("xa:8", "yl:8"),
    ("xa:11", "bj:11"),
    ("un:1", "bj:20"),
)


def library() -> list[Record]:
    """The records, always the same."""
    return [_record(line) for line in _TABLE.strip().splitlines()]


def _record(line: str) -> Record:
    uid, title, author, publisher, year, isbn, language, form, subject, number, call_number, barcode = line.split("|")
    source, local_id = uid.split(":")
    record = Record(
        id=uid,
        source=source,
        local_id=local_id,
        titles=(Title(title),),
        contributors=(Contributor(author, "aut", primary=True),),
        publications=(Publication(publisher=publisher, date=year),),
        year=int(year),
        identifiers=(Identifier("isbn", isbn, isbn),) if isbn else (),
        languages=(language,),
        form=form,
        subjects=(Subject(tuple(subject.split("--"))),),
        classes=(Classification("clc", number),),
        holdings=(
            Holding(
                source=source,
                library=f"{source} main",
                call_number=call_number,
                barcode=barcode,
                copies=1,
                status=_SEEN[int(barcode[2:]) % len(_SEEN)],
            ),
        ),
        raw=RawRecord(source, line.encode(), local_id=local_id),
    )
    return replace(record, **_EXTRA.get(uid, {}))  # type: ignore[arg-type]


def union(*members: Record) -> UnionRecord:
    """A union record of these members as simply as the contract needs it: the first one's values, everybody's holdings."""
    ordered = sorted(members, key=lambda record: record.id)
    uid = min(keys.uid(record.id) for record in ordered)
    holdings = tuple(holding for record in ordered for holding in record.holdings)
    merged = replace(ordered[0], id=uid, source="union", local_id=uid, holdings=holdings, raw=None)
    return UnionRecord(uid, merged, tuple(ordered))


def unions(records: Iterable[Record]) -> list[UnionRecord]:
    """The records in their groups, the others alone."""
    by_id = {record.id: record for record in records}
    groups = [group for group in GROUPS if all(uid in by_id for uid in group)]
    grouped = {uid for group in groups for uid in group}
    return [
        *(union(*(by_id[uid] for uid in group)) for group in groups),
        *(union(record) for uid, record in by_id.items() if uid not in grouped),
    ]
