"""Answers like those of a province: the same editions in many libraries, a slow library, a dead one, bare records."""

from __future__ import annotations

from gateway.core.answer import Answer, Scope, SearchRequest
from gateway.core.ports import FacetValue, IndexScan, ScanPage, ScanTerm
from gateway.core.query import Clause, Query
from gateway.core.record import (
    Classification,
    Contributor,
    Evidence,
    Flavour,
    Holding,
    Identifier,
    Link,
    Publication,
    Record,
    Series,
    Subject,
    Title,
    TitleKind,
    UnionRecord,
    Warning,
)
from gateway.core.target import Diagnostic, State, Target, TargetStatus

LIBRARIES: dict[str, dict[str, str]] = {
    "shaanxi": {"zh": "陕西省图书馆", "en": "Shaanxi Library"},
    "xian": {"zh": "西安图书馆", "en": "Xi'an Library"},
    "baoji": {"zh": "宝鸡市图书馆", "en": "Baoji Library"},
    "xianyang": {"zh": "咸阳图书馆", "en": "Xianyang Library"},
    "weinan": {"zh": "渭南市图书馆", "en": "Weinan Library"},
    "yanan": {"zh": "延安中山图书馆", "en": "Yan'an Zhongshan Library"},
    "hanzhong": {"zh": "汉中市图书馆", "en": "Hanzhong Library"},
    "yulin": {"zh": "榆林市星元图书馆", "en": "Yulin Xingyuan Library"},
    "ankang": {"zh": "安康市图书馆", "en": "Ankang Library"},
    "shangluo": {"zh": "商洛市图书馆", "en": "Shangluo Library"},
    "tongchuan": {"zh": "铜川市图书馆", "en": "Tongchuan Library"},
    "hancheng": {"zh": "韩城市司马迁图书馆", "en": "Hancheng Sima Qian Library"},
}

TARGETS = tuple(
    Target(id=key, connector=("z3950", "sru", "file")[n % 3], name=names, url="", user="reader", password="secret-9")
    for n, (key, names) in enumerate(LIBRARIES.items())
)

STATUSES = (
    TargetStatus("shaanxi", "", State.OK, 214, 100, 412.0),
    TargetStatus("xian", "", State.OK, 96, 96, 388.4),
    TargetStatus("baoji", "", State.OK, 41, 41, 120.0),
    TargetStatus("xianyang", "", State.OK, 38, 38, 233.0),
    TargetStatus("weinan", "", State.PARTIAL, 57, 20, 8000.0, Diagnostic("The time ran out", kind="timeout")),
    TargetStatus("yanan", "", State.TIMEOUT, None, 0, 8000.0, Diagnostic("No answer within 8.0 s", kind="timeout")),
    TargetStatus(
        "hanzhong",
        "",
        State.ERROR,
        None,
        0,
        12.0,
        Diagnostic("Cannot connect to 10.0.3.7 port 2100", kind="retriable", detail="Connection refused"),
    ),
    TargetStatus("yulin", "", State.OK, 12, 12, 640.0),
    TargetStatus(
        "ankang",
        "",
        State.UNSUPPORTED,
        None,
        0,
        0.0,
        Diagnostic("Unsupported attribute", "unsupported", "bib1:114"),
    ),
    TargetStatus("shangluo", "", State.SUSPENDED, None, 0, 0.0),
    TargetStatus("tongchuan", "", State.OK, 0, 0, 98.0),
    TargetStatus("hancheng", "", State.OK, 9, 9, 301.0),
)

WAITING = tuple(
    TargetStatus(status.id, "", State.WAITING) if status.id in ("yanan", "weinan") else status for status in STATUSES
)


def union(
    uid: str,
    title: Title,
    responsibility: str,
    publisher: str,
    year: int,
    holdings: tuple[Holding, ...],
    **more: object,
) -> UnionRecord:
    sources = tuple(dict.fromkeys(holding.source for holding in holdings)) or ("shaanxi",)
    flavours = (Flavour.CNMARC, Flavour.UNIMARC, Flavour.MARC21)
    values: dict[str, object] = {
        "titles": (title,),
        "responsibility": responsibility,
        "publications": (Publication("北京", publisher, str(year)),),
        "year": year,
        "languages": ("chi",),
        "holdings": holdings,
        **more,
    }
    members = tuple(
        Record(
            id=f"{source}:{n}00123",
            source=source,
            local_id=f"{n}00123",
            flavour=flavours[n % 3],
            charset=("gbk", "utf-8")[n % 2],
            titles=(title,),
            warnings=(Warning("isbn-invalid", "The ISBN is not valid", "010$a"), Warning("odd", "Something odd"))[n:],
        )
        for n, source in enumerate(sources)
    )
    record = Record(id=members[0].id, source=sources[0], local_id="0", **values)  # type: ignore[arg-type]
    why = tuple(
        Evidence(members[0].id, other.id, True, "isbn-title-most", ("title", "isbn", "year", "publisher"), ("pages",))
        for other in members[1:]
    )
    return UnionRecord(uid, record, members, why)


def copies(*sources: str, call: str = "I242.47/5", volume: str = "") -> tuple[Holding, ...]:
    """A copy in each library; with ``volume`` the first has that volume in its reading room, too."""
    statuses = ("available", "unavailable", "reference", "unknown", "on_order")
    found = tuple(
        Holding(
            source=source,
            location=("中文图书借阅区（三楼）", "文学阅览室", "")[n % 3],
            call_number=f"{call}{n}" if n % 4 else call,
            barcode=f"61000{n:05d}",
            status=statuses[n % 5],
            due="2025-07-01" if n % 5 == 1 else "",
            copies=3 if n % 4 == 0 else None,
        )
        for n, source in enumerate(sources)
    )
    if not volume:
        return found
    return (*found, Holding(source=sources[0], location="古籍部", status="reference", volume=volume))


HONGLOU = union(
    "waaaaaaaaaaaaaa1",
    Title("红楼梦", other=("脂砚斋重评石头记汇校本",), pinyin="hong lou meng"),
    "(清) 曹雪芹著 ; (清) 无名氏续 ; 中国艺术研究院红楼梦研究所校注",
    "人民文学出版社",
    2008,
    copies("shaanxi", "xian", "baoji", "xianyang", "weinan", "yulin", "hancheng", volume="上册"),
    edition="3版",
    extent="2册 (1606页)",
    dimensions="21cm",
    titles=(
        Title("红楼梦", other=("脂砚斋重评石头记汇校本",), pinyin="hong lou meng"),
        Title("A dream of red mansions", TitleKind.PARALLEL),
        Title("石头记", TitleKind.VARIANT),
    ),
    contributors=(
        Contributor("曹雪芹", "aut", "著", primary=True, nationality="清", dates="约1715-约1763"),
        Contributor("无名氏", "", "续", nationality="清"),
        Contributor("中国艺术研究院红楼梦研究所", "ann", "校注", kind="corporate"),
    ),
    identifiers=(
        Identifier("isbn", "9787020002207", "978-7-02-000220-7", True, "平装", "CNY59.70"),
        Identifier("isbn", "7020002206", "7-02-000220-6", False),
        Identifier("csbn", "10019·2882"),
    ),
    series=(Series("中国古典文学读本丛书", "第1辑"),),
    subjects=(Subject(("章回小说", "中国", "清代")), Subject(("红楼梦",), "title")),
    classes=(Classification("clc", "I242.47", "5"),),
    audience="adult",
    summary="以贾、史、王、薛四大家族的兴衰为背景，写贾宝玉与林黛玉、薛宝钗的爱情婚姻悲剧。",
    notes=("据庚辰本排印", "附校记"),
    links=(Link("https://example.org/shitouji", "扫描本"), Link("javascript:alert(1)", "坏链接")),
    warnings=(Warning("isbn-invalid", "The check digit of the ISBN is wrong", "010$a"),),
)

LONG = "红楼梦语言词典与版本源流考辨暨其在陕西各地图书馆所藏抄本刻本石印本之目录提要与书影汇编"

UNIONS = (
    HONGLOU,
    union(
        "waaaaaaaaaaaaaa2",
        Title("紅樓夢", part_number="第一冊"),
        "曹雪芹, 高鶚著",
        "三民書局",
        1972,
        copies("xian", "yulin"),
        edition="初版",
    ),
    union(
        "waaaaaaaaaaaaaa3",
        Title("红楼梦学刊"),
        "中国艺术研究院",
        "文化艺术出版社",
        1979,
        copies("shaanxi", call="I207.411"),
        form="serial",
    ),
    union(
        "waaaaaaaaaaaaaa4",
        Title("The story of the stone", other=("a Chinese novel in five volumes",)),
        "Cao Xueqin ; translated by David Hawkes",
        "Penguin Books",
        1973,
        copies("shaanxi", "xian", call="PL2727"),
        languages=("eng",),
    ),
    union(
        "waaaaaaaaaaaaaa5",
        Title("红楼梦", other=("有声小说",)),
        "曹雪芹原著 ; 王明播讲",
        "中国唱片总公司",
        2004,
        (),
        form="audio",
    ),
    union(
        "waaaaaaaaaaaaaa6",
        Title("程甲本红楼梦"),
        "(清) 曹雪芹著",
        "书目文献出版社",
        1992,
        copies("xianyang", "baoji", "weinan"),
        form="rarebook",
        edition="影印本",
    ),
    union("waaaaaaaaaaaaaa7", Title(LONG), "周定一主编", "商务印书馆", 1995, copies("shaanxi", "hancheng")),
    union(
        "waaaaaaaaaaaaaa8",
        Title("قىزىل راۋاقتىكى چۈش"),
        "ساۋ شۆچىن",
        "新疆人民出版社",
        1975,
        copies("xian"),
        languages=("uig",),
    ),
)

FACETS = {
    "library": tuple(FacetValue(key, 40 - 3 * n) for n, key in enumerate(LIBRARIES)),
    "form": (FacetValue("book", 186), FacetValue("serial", 11), FacetValue("audio", 4), FacetValue("video", 2)),
    "language": (FacetValue("chi", 190), FacetValue("eng", 9), FacetValue("uig", 1)),
    "year": tuple(FacetValue(str(2020 - 2 * n), 30 - n) for n in range(28)),
    "subject": tuple(
        FacetValue(text, 20 - n)
        for n, text in enumerate(
            (
                "章回小说",
                "《红楼梦》研究",
                "古典小说",
                "人物形象",
                "版本",
                "小说评论",
                "红学",
                "曹雪芹",
                "脂砚斋",
                "诗词",
            )
        )
    ),
}

FURTHER = {
    "availability": (FacetValue("available", 90), FacetValue("reference", 3)),
    "class": tuple(
        FacetValue(value, count)
        for value, count in (("I", 180), ("I2", 170), ("I20", 60), ("I24", 99), ("K", 12), ("I242", 80), ("I207", 55))
    ),
    "region": (FacetValue("610000", 203), FacetValue("610100", 120), FacetValue("610800", 7), FacetValue("610118", 2)),
}
YEARS = tuple((1949 + 3 * n, 2 + n % 7) for n in range(24))
SCAN = IndexScan("title", "红楼梦", before=1, count=3)
TERMS = ScanPage(
    (ScanTerm("红楼梦", 12, "紅樓夢"), ScanTerm("红与黑", 3, "红与黑"), ScanTerm("a b" * 60, 1, "A-b" * 60)),
    before=1,
)


def request(**more: object) -> SearchRequest:
    return SearchRequest(query=Query(Clause("any", "红楼梦"), text="红楼梦"), **more)  # type: ignore[arg-type]


def answer(**more: object) -> Answer:
    values: dict[str, object] = {
        "request": request(),
        "total": 203,
        "records": UNIONS,
        "facets": {**FURTHER, **FACETS},
        "years": YEARS,
        "targets": STATUSES,
        "took_ms": 8004.2,
        **more,
    }
    return Answer(**values)  # type: ignore[arg-type]


def empty_answer(**more: object) -> Answer:
    return answer(**{"total": 0, "records": (), "facets": {}, "request": request(scope=Scope.ALL), **more})
